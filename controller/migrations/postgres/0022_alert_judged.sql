-- What an alert was judged by, where something is measured: amounts in thousandths of the unit.

ALTER TABLE alert ADD COLUMN value BIGINT;
ALTER TABLE alert ADD COLUMN threshold BIGINT;
ALTER TABLE alert ADD COLUMN hold_s BIGINT;
ALTER TABLE alert ADD COLUMN severity TEXT;
