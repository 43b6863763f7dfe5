-- The SSH host key that each device showed last, whether a person has confirmed it (device.host_key) or not.

CREATE TABLE offered_host_key (
    device INTEGER NOT NULL PRIMARY KEY REFERENCES device (id),
    fingerprint TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    changed_at INTEGER
) STRICT;
