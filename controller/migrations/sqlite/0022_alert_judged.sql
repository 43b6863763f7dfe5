-- What an alert was judged by, where something is measured: amounts in thousandths of the unit.

ALTER TABLE alert ADD COLUMN value INTEGER;
ALTER TABLE alert ADD COLUMN threshold INTEGER;
ALTER TABLE alert ADD COLUMN hold_s INTEGER;
ALTER TABLE alert ADD COLUMN severity TEXT;
