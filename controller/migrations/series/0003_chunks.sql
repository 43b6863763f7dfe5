-- Sealed samples. A chunk holds those of one series in two hours or, once it is over, in a day of UTC; `stamp` the times
-- that all series of a device share which were measured together. Both bodies carry a checksum. `sample` keeps what is
-- young, and what came late until the next sealing.

CREATE TABLE stamp (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE chunk (
    series INTEGER NOT NULL REFERENCES series (id),
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    is_day INTEGER NOT NULL,
    stamp INTEGER NOT NULL REFERENCES stamp (id),
    count INTEGER NOT NULL,
    min INTEGER NOT NULL,
    max INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (series, from_ms)
) STRICT;

CREATE INDEX chunk_young ON chunk (from_ms) WHERE is_day = 0;

CREATE INDEX chunk_stamp ON chunk (stamp);
