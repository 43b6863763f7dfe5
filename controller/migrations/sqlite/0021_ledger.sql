-- What people correct in the ledger of a hall, and what came late and has still to be taken into it.

CREATE TABLE correction (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hall INTEGER NOT NULL REFERENCES hall (id),
    kind TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    outage INTEGER REFERENCES outage (id),
    cause TEXT,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    undone_by TEXT,
    undone_at INTEGER,
    CHECK (until_at > from_at),
    CHECK ((kind = 'cause') = (outage IS NOT NULL) AND (outage IS NULL) = (cause IS NULL)),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL))
) STRICT;

CREATE INDEX correction_by_hall ON correction (hall, from_at);
CREATE INDEX correction_by_outage ON correction (outage, id);

CREATE TABLE late (
    hall INTEGER NOT NULL PRIMARY KEY REFERENCES hall (id),
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    came_at INTEGER NOT NULL
) STRICT;
