-- What people work on: the alerts that were told together, who has taken them, and everything that happened to them.

CREATE TABLE incident (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    thread TEXT NOT NULL UNIQUE,
    opened_at INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    ended_at INTEGER,
    acknowledged_at INTEGER,
    owner TEXT,
    going_at INTEGER,
    arrives_at INTEGER,
    snoozed_until INTEGER,
    resolved_at INTEGER,
    wrong TEXT,
    done TEXT,
    part TEXT
) STRICT;

CREATE INDEX incident_by_told ON incident (told_at, id);
CREATE INDEX incident_open ON incident (id) WHERE ended_at IS NULL;

CREATE TABLE incident_alert (
    incident INTEGER NOT NULL REFERENCES incident (id),
    alert_key TEXT NOT NULL,
    PRIMARY KEY (incident, alert_key)
) STRICT;

CREATE INDEX incident_alert_by_key ON incident_alert (alert_key);

CREATE TABLE incident_event (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incident (id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (incident, at, kind, who, text)
) STRICT;

-- Links in messages: of the secret only the hash is kept.
CREATE TABLE incident_link (
    hash TEXT NOT NULL PRIMARY KEY,
    incident INTEGER NOT NULL REFERENCES incident (id),
    channel TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used TEXT NOT NULL
) STRICT;

CREATE INDEX incident_link_by_expiry ON incident_link (expires_at);

ALTER TABLE alert_group ADD COLUMN reminded INTEGER;
