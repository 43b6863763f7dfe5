-- What an outage is thought to come from while it lasts, and the facts that this and its cause rest on (JSON); and when
-- a device started, as it told last.

ALTER TABLE outage ADD COLUMN suspected TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE outage ADD COLUMN evidence TEXT;
ALTER TABLE device_health ADD COLUMN started_at BIGINT;
ALTER TABLE device_health ADD COLUMN start_read_at BIGINT;
ALTER TABLE device_health ADD COLUMN is_start_sure BOOLEAN;
