-- Whether the fleet of this installation is simulated: pages say so, and nobody takes it for a real one.

ALTER TABLE meta ADD COLUMN is_simulated INTEGER NOT NULL DEFAULT 0;
