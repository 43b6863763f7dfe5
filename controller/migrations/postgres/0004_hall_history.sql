-- What was known of each hall from when on: the latest statement about a time wins. Strips are drawn from it.

CREATE TABLE hall_history (
    hall BIGINT NOT NULL REFERENCES hall (id),
    since BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (hall, since)
);
