-- Why a device started last, in its own words, where it tells.

ALTER TABLE device_fact ADD COLUMN restart_reason TEXT;
