-- Once a second is looked for messages for contacts that are overdue: of all that were ever sent only these few are read.

CREATE INDEX outbox_overdue ON outbox (made_at) WHERE contact IS NOT NULL AND passed_on IS NULL AND state <> 'sent';
