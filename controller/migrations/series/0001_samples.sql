-- Samples, and the batches they came in. A batch is kept until what it means has been written into the records.

CREATE TABLE batch (
    agent TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (agent, epoch, seq)
) STRICT;

-- The last batch stored of each agent: what is not above it has been stored before.
CREATE TABLE watermark (
    agent TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE series (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL,
    interface INTEGER,
    metric TEXT NOT NULL,
    width INTEGER
) STRICT;

-- NULLs are distinct in a unique index, so absence is spelt as a value that no id and no width has.
CREATE UNIQUE INDEX series_key ON series (device, ifnull(interface, -1), metric, ifnull(width, -1));

-- The value is an integer in steps of the metric's scale; a Counter64 keeps its bits.
CREATE TABLE sample (
    series INTEGER NOT NULL REFERENCES series (id),
    at INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (series, at)
) STRICT, WITHOUT ROWID;
