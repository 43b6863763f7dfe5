-- Passkeys: a public key of a phone, a computer or a security key, and what to ask it by. Nobody can log in with what
-- stands here. `handle` is what a device keeps its owner under: one for all passkeys of an account, and random.

CREATE TABLE passkey (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (id),
    credential_id TEXT NOT NULL UNIQUE,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE INDEX passkey_by_account ON passkey (account, id);
