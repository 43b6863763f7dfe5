-- When a controller was last known to run: what came after, until the next start, nobody could look at.

ALTER TABLE meta ADD COLUMN alive_at INTEGER;
