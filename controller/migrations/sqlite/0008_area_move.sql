-- Halls and areas that came to lie elsewhere by a succession of areas. What was granted to people before covers what it
-- covered then, until somebody confirms that it is to cover what it covers now: a grant remembers up to which of these
-- rows it has been confirmed.

CREATE TABLE area_move (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hall INTEGER REFERENCES hall (id),
    area INTEGER REFERENCES area (id),
    was INTEGER NOT NULL REFERENCES area (id),
    CHECK ((hall IS NULL) <> (area IS NULL))
) STRICT;
