-- Samples that wait to be sent on to another store, one row for each batch that was stored while that was wanted. A row
-- goes when the receiver has acknowledged it, or when more waits than there is room for.

CREATE TABLE remote_log (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    logged_at INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- How much waits is asked without reading what waits.
CREATE INDEX remote_log_size ON remote_log (id, logged_at, samples, bytes);
