-- Who is told: contacts beside the channels that hear of everything, step by step.

CREATE TABLE decision_of_receiver (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    alert_key TEXT NOT NULL,
    decided INTEGER NOT NULL,
    reason TEXT NOT NULL,
    other_alert TEXT,
    device INTEGER REFERENCES device (id),
    silence INTEGER,
    -- 0 where it is of the channels that hear of everything.
    contact INTEGER NOT NULL,
    -- 0 where no schedule has to do with it.
    schedule INTEGER NOT NULL,
    until INTEGER,
    -- The hall that it is about or stands in; 0 where it was not kept yet.
    hall INTEGER NOT NULL,
    UNIQUE (alert_key, decided, reason, contact, schedule)
) STRICT;

INSERT INTO decision_of_receiver (id, alert_key, decided, reason, other_alert, device, silence, contact, schedule, hall)
SELECT id, alert_key, decided, reason, other_alert, device, silence, 0, 0, 0 FROM decision;

DROP TABLE decision;
ALTER TABLE decision_of_receiver RENAME TO decision;
CREATE INDEX decision_by_alert ON decision (alert_key, id);
CREATE INDEX decision_by_time ON decision (decided);
CREATE INDEX decision_by_hall ON decision (hall, id);
CREATE INDEX decision_by_contact ON decision (contact, id) WHERE contact <> 0;

ALTER TABLE alert_group ADD COLUMN spoken INTEGER;
ALTER TABLE alert_group ADD COLUMN grows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert_group ADD COLUMN receivers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE alert_group ADD COLUMN progress TEXT NOT NULL DEFAULT '[]';

-- Messages for a contact go to his next channel when this one does not deliver.
ALTER TABLE outbox ADD COLUMN contact INTEGER;
ALTER TABLE outbox ADD COLUMN passed_on INTEGER;
CREATE INDEX outbox_of_contact ON outbox (contact, thread) WHERE contact IS NOT NULL;
