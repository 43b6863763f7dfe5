-- People: accounts with what they may do where, their sessions, the tokens of their programs, and links that are good
-- once. Of everything that lets somebody in only a hash is kept; what is random and long is kept as SHA-256, pass phrases
-- as argon2id. `confirmed` is the last row of area_move that an administrator has seen for this area.

CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    passphrase TEXT,
    totp_secret TEXT,
    totp_step INTEGER,
    is_disabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    logged_in_at INTEGER
) STRICT;

CREATE TABLE account_grant (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (id),
    role TEXT NOT NULL,
    area INTEGER REFERENCES area (id),
    confirmed INTEGER NOT NULL
) STRICT;

CREATE INDEX account_grant_by_account ON account_grant (account, id);

CREATE TABLE recovery_code (
    account INTEGER NOT NULL REFERENCES account (id),
    hash TEXT NOT NULL,
    PRIMARY KEY (account, hash)
) STRICT;

CREATE TABLE session (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    stepped_up_at INTEGER,
    address TEXT,
    browser TEXT NOT NULL
) STRICT;

CREATE INDEX session_by_account ON session (account, id);

CREATE TABLE api_token (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    area INTEGER REFERENCES area (id),
    confirmed INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE INDEX api_token_by_account ON api_token (account, id);

CREATE TABLE one_time_link (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    account INTEGER REFERENCES account (id),
    expires_at INTEGER NOT NULL
) STRICT;
