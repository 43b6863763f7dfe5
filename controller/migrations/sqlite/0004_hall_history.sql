-- What was known of each hall from when on: the latest statement about a time wins. Strips are drawn from it.

CREATE TABLE hall_history (
    hall INTEGER NOT NULL REFERENCES hall (id),
    since INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (hall, since)
) STRICT, WITHOUT ROWID;
