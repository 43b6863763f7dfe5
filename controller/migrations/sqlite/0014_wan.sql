-- Through which port a device's default route leaves, where it tells.

ALTER TABLE interface ADD COLUMN is_wan INTEGER;
