-- The inventory: areas, halls, devices, their ports, and what devices last said of themselves.
-- Times are milliseconds since 1970 (UTC), dates ISO text, closed sets of words their words. AUTOINCREMENT: an id of a
-- row that was deleted is never given again.

CREATE TABLE meta (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    installation TEXT NOT NULL,
    fleet_revision INTEGER NOT NULL
) STRICT;

INSERT INTO meta (one, installation, fleet_revision) VALUES (1, lower(hex(randomblob(16))), 0);

CREATE TABLE area (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent INTEGER REFERENCES area (id),
    valid_from TEXT,
    valid_to TEXT,
    search TEXT NOT NULL
) STRICT;

CREATE INDEX area_by_code ON area (code, id);

CREATE TABLE area_succession (
    predecessor INTEGER NOT NULL REFERENCES area (id),
    successor INTEGER NOT NULL REFERENCES area (id),
    happened_on TEXT NOT NULL,
    PRIMARY KEY (predecessor, successor)
) STRICT;

CREATE TABLE hall (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    area INTEGER NOT NULL REFERENCES area (id),
    lifecycle TEXT NOT NULL,
    name TEXT NOT NULL,
    latitude REAL,
    longitude REAL,
    provider TEXT,
    contract TEXT,
    down_mbps REAL,
    up_mbps REAL,
    promised_uptime REAL,
    power_feeder TEXT,
    opening_hours TEXT,
    contact_name TEXT,
    contact_phone TEXT,
    notes TEXT,
    search TEXT NOT NULL
) STRICT;

CREATE INDEX hall_by_area ON hall (area);

CREATE TABLE device (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hall INTEGER NOT NULL REFERENCES hall (id),
    name TEXT NOT NULL,
    lifecycle TEXT NOT NULL,
    uplink INTEGER REFERENCES device (id),
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    platform TEXT,
    agent TEXT,
    poll TEXT NOT NULL,
    snmp TEXT,
    ssh TEXT,
    serial TEXT,
    mac TEXT,
    power TEXT,
    notes TEXT,
    host_key TEXT,
    search TEXT NOT NULL,
    UNIQUE (hall, name)
) STRICT;

CREATE TABLE interface (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device (id),
    name TEXT NOT NULL,
    mac TEXT,
    alias TEXT NOT NULL,
    if_type INTEGER,
    if_index INTEGER NOT NULL,
    speed_bps INTEGER,
    is_admin_up INTEGER,
    is_oper_up INTEGER,
    seen_at INTEGER NOT NULL,
    gone_at INTEGER,
    search TEXT NOT NULL
) STRICT;

CREATE INDEX interface_by_device ON interface (device, if_index, id);

CREATE TABLE device_fact (
    device INTEGER NOT NULL PRIMARY KEY REFERENCES device (id),
    sys_name TEXT,
    sys_descr TEXT,
    sys_object_id TEXT,
    sys_location TEXT,
    vendor TEXT,
    platform TEXT,
    model TEXT,
    version TEXT,
    serial TEXT,
    identity_at INTEGER,
    warnings TEXT NOT NULL,
    uptime_ms INTEGER,
    uptime_is_32_bit INTEGER,
    uptime_at INTEGER,
    full_visit_at INTEGER,
    good_visit_at INTEGER,
    visit_at INTEGER NOT NULL,
    visit_protocol TEXT NOT NULL,
    failure_kind TEXT,
    failure_message TEXT,
    failure_hint TEXT
) STRICT;
