-- Silences: a person wants nobody to be told of a hall, of a device, or of all halls of an area, for a while.

CREATE TABLE silence (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hall INTEGER REFERENCES hall (id),
    device INTEGER REFERENCES device (id),
    area INTEGER REFERENCES area (id),
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    CHECK (until_at >= from_at)
) STRICT;

CREATE INDEX silence_by_end ON silence (until_at, id);

ALTER TABLE decision ADD COLUMN silence INTEGER;
