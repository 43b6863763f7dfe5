-- What observations mean: health, outages, alerts and their groups, why people were (not) told, and how far the
-- observations of each agent have been judged.

CREATE TABLE device_health (
    device INTEGER NOT NULL PRIMARY KEY REFERENCES device (id),
    state TEXT NOT NULL,
    reach TEXT NOT NULL,
    since INTEGER NOT NULL,
    last_seen INTEGER,
    answered INTEGER,
    first_answer INTEGER,
    failure TEXT,
    visit_failure TEXT,
    last_visit INTEGER,
    failed_visits INTEGER NOT NULL
) STRICT;

CREATE TABLE hall_health (
    hall INTEGER NOT NULL PRIMARY KEY REFERENCES hall (id),
    state TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

CREATE TABLE outage (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hall INTEGER REFERENCES hall (id),
    device INTEGER REFERENCES device (id),
    start_at INTEGER NOT NULL,
    end_at INTEGER,
    cause TEXT NOT NULL,
    CHECK ((hall IS NULL) <> (device IS NULL)),
    UNIQUE (hall, start_at),
    UNIQUE (device, start_at)
) STRICT;

CREATE UNIQUE INDEX outage_open_of_hall ON outage (hall) WHERE end_at IS NULL;
CREATE UNIQUE INDEX outage_open_of_device ON outage (device) WHERE end_at IS NULL;
CREATE INDEX outage_by_start ON outage (start_at, id);

CREATE TABLE alert (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    alert_key TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    hall INTEGER REFERENCES hall (id),
    device INTEGER REFERENCES device (id),
    since INTEGER NOT NULL,
    decided INTEGER NOT NULL,
    state TEXT NOT NULL,
    fired_at INTEGER,
    resolved_at INTEGER,
    CHECK ((hall IS NULL) <> (device IS NULL))
) STRICT;

CREATE INDEX alert_by_decided ON alert (decided, id);
CREATE INDEX alert_by_hall ON alert (hall);
CREATE INDEX alert_by_device ON alert (device);
CREATE INDEX alert_not_over ON alert (state) WHERE resolved_at IS NULL;

-- What a group holds is read and written with it and never searched, so its lists are JSON texts.
CREATE TABLE alert_group (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    group_key TEXT NOT NULL UNIQUE,
    opened INTEGER NOT NULL,
    grown INTEGER NOT NULL,
    told INTEGER,
    members TEXT NOT NULL,
    cut_off TEXT NOT NULL
) STRICT;

CREATE TABLE decision (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    alert_key TEXT NOT NULL,
    decided INTEGER NOT NULL,
    reason TEXT NOT NULL,
    other_alert TEXT,
    device INTEGER REFERENCES device (id),
    UNIQUE (alert_key, decided, reason)
) STRICT;

CREATE INDEX decision_by_alert ON decision (alert_key, id);
CREATE INDEX decision_by_time ON decision (decided);

CREATE TABLE judged (
    agent TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
