-- A series may be of a part of a device: a radio, a network or a sensor. The parts themselves stand in the records.

ALTER TABLE series ADD COLUMN part INTEGER;

DROP INDEX series_key;

CREATE UNIQUE INDEX series_key
    ON series (device, ifnull(interface, -1), ifnull(part, -1), metric, ifnull(width, -1));
