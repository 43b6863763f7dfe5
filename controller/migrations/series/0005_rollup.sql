-- Hours and days of each quantity, made of what is packed by day. A row holds a week of hours or 52 weeks of days. Of a
-- quantity that was read under several widths they stand with the first of its series.

CREATE TABLE rollup (
    series INTEGER NOT NULL REFERENCES series (id),
    is_day INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (series, is_day, from_ms)
) STRICT;

-- Days of a device that are packed and of which no hours have been made since: written by who packs, in one transaction.
-- `again` counts how often, so that who makes hours sees that it was packed meanwhile.
CREATE TABLE unrolled (
    device INTEGER NOT NULL,
    day_ms INTEGER NOT NULL,
    again INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (device, day_ms)
) STRICT, WITHOUT ROWID;

-- Up to when a device has hours. What is later is read from the samples themselves.
CREATE TABLE rolled (
    device INTEGER NOT NULL PRIMARY KEY,
    upto_ms INTEGER NOT NULL
) STRICT;

INSERT INTO unrolled (device, day_ms)
SELECT DISTINCT s.device, c.from_ms / 86400000 * 86400000 FROM chunk c JOIN series s ON s.id = c.series WHERE c.is_day = 1;
