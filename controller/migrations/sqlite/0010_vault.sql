-- The vault: data keys wrapped by the master key, which is never here, and secrets sealed with them; and the credential
-- profiles, whose secrets are there. A key that a secret still needs cannot be deleted (controller/docs/vault.md).

ALTER TABLE meta ADD COLUMN vault_revision INTEGER NOT NULL DEFAULT 0;

CREATE TABLE data_key (
    version INTEGER NOT NULL PRIMARY KEY,
    master TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE secret (
    of_table TEXT NOT NULL,
    of_row INTEGER NOT NULL,
    of_column TEXT NOT NULL,
    version INTEGER NOT NULL REFERENCES data_key (version),
    sealed BLOB NOT NULL,
    PRIMARY KEY (of_table, of_row, of_column)
) STRICT;

CREATE INDEX secret_by_version ON secret (version);

CREATE TABLE credential (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    user_name TEXT,
    auth TEXT,
    privacy TEXT,
    port INTEGER,
    legacy_until TEXT,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- Names that were taken over from the configuration, once each: also when the profile was deleted afterwards.
CREATE TABLE credential_import (
    name TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

-- For which device each agent was given which credential, as it was at that time: what the audit log knows already.
CREATE TABLE credential_use (
    device INTEGER NOT NULL REFERENCES device (id),
    credential INTEGER NOT NULL REFERENCES credential (id),
    agent TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (device, credential, agent)
) STRICT;

-- Secrets of authenticator apps are sealed from now on. No release had them in the open.
UPDATE account SET totp_step = NULL WHERE totp_secret IS NOT NULL;
ALTER TABLE account DROP COLUMN totp_secret;
