-- Who can be told of alerts, who of them is on call when, and who is told of what, step by step.

CREATE TABLE contact (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    post TEXT NOT NULL,
    language TEXT NOT NULL,
    account INTEGER REFERENCES account (id),
    addresses TEXT NOT NULL,
    quiet_from TEXT,
    quiet_until TEXT,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
) STRICT;

CREATE TABLE on_call_schedule (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    rotations TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE on_call_override (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    schedule INTEGER NOT NULL REFERENCES on_call_schedule (id) ON DELETE CASCADE,
    contact INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    CHECK (until_at > from_at)
) STRICT;

CREATE INDEX on_call_override_by_schedule ON on_call_override (schedule, id);
CREATE INDEX on_call_override_by_contact ON on_call_override (contact);

CREATE TABLE escalation (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    area INTEGER REFERENCES area (id),
    least TEXT NOT NULL,
    steps TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

ALTER TABLE meta ADD COLUMN people_revision INTEGER NOT NULL DEFAULT 0;
