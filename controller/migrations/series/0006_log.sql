-- Young samples, one row for each batch they came in, in the order in which they came: a log that is written at its end
-- alone, which costs a tenth of rows in a tree. It is read at a start; until they are packed, samples are answered from
-- memory. A row goes when all of its samples are packed.

CREATE TABLE log (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
) STRICT;

INSERT INTO log (body)
SELECT CAST(json_group_array(json_array(series, at, value)) AS BLOB) FROM sample GROUP BY series, at / 7200000;

DROP TABLE sample;
