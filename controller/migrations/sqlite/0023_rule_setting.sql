-- How people set rules in place of what is built in: everywhere, in an area, on a kind of devices. Amounts in thousandths.

CREATE TABLE rule_setting (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL,
    area INTEGER REFERENCES area (id),
    kind TEXT,
    threshold INTEGER NOT NULL,
    hold_s INTEGER NOT NULL,
    keep_s INTEGER NOT NULL,
    severity TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX rule_setting_one ON rule_setting (rule, COALESCE(area, 0), COALESCE(kind, ''));
