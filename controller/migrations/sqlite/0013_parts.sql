-- What devices tell beyond their ports. A part is a radio, a network or a sensor: known by class and name, so that its
-- series goes on when numbers change. `device_condition` is the last word of a device, whole, without anybody's address.

CREATE TABLE part (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device (id),
    class TEXT NOT NULL,
    name TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    UNIQUE (device, class, name)
) STRICT;

CREATE TABLE device_condition (
    device INTEGER NOT NULL PRIMARY KEY REFERENCES device (id),
    at INTEGER NOT NULL,
    condition TEXT NOT NULL,
    parts_left_out INTEGER NOT NULL
) STRICT;

-- Who was connected by Wi-Fi. `hash` is the keyed hash of the address, by which visitors are counted; `mac` is the
-- address itself, which is taken out after 30 days.
CREATE TABLE station (
    device INTEGER NOT NULL REFERENCES device (id),
    hash TEXT NOT NULL,
    mac TEXT,
    radio TEXT,
    ssid TEXT,
    signal_dbm REAL,
    snr_db REAL,
    tx_bps REAL,
    rx_bps REAL,
    connected_s INTEGER,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (device, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX station_by_time ON station (last_seen);
