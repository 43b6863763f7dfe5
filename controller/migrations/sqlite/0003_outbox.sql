-- Notifications on their way. A row is written in the transaction of the transition that it tells of, and delivered at
-- least once by whoever holds its claim. A later message of a thread waits for the earlier ones.

CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    thread TEXT NOT NULL,
    dedupe TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    claimed_until INTEGER,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    sent_at INTEGER,
    UNIQUE (channel, dedupe)
) STRICT;

CREATE INDEX outbox_waiting ON outbox (channel, thread, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_time ON outbox (made_at);
