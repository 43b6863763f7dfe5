-- The SSH host key that each device showed last, whether a person has confirmed it (device.host_key) or not.

CREATE TABLE offered_host_key (
    device BIGINT NOT NULL PRIMARY KEY REFERENCES device (id),
    fingerprint TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    changed_at BIGINT
);
