//! Passkeys: whose they are and what they are asked by. What is kept of one is a public key; nobody who reads the records
//! can come in with it. How a key is asked and what its answer proves is for `app` to say.

use inventory::id::{AccountId, PasskeyId};
use jiff::Timestamp;
use sqlx::FromRow;

use super::account::change;
use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};

/// Passkeys of one account at most.
const PASSKEYS_MOST: i64 = 20;

/// A passkey to be kept.
#[derive(Debug, Clone)]
pub struct NewPasskey<'a> {
    /// Whose it is.
    pub account: AccountId,
    /// What the device that holds the private key calls it (base64url).
    pub credential_id: &'a str,
    /// What the device keeps its owner under (base64url).
    pub handle: &'a str,
    /// What its owner calls it.
    pub name: &'a str,
    /// The public key and what is known of it, as JSON.
    pub credential: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRecord {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub account: AccountId,
    /// What the device keeps its owner under (base64url).
    pub handle: String,
    /// What its owner calls it.
    pub name: String,
    /// The public key and what is known of it, as JSON.
    pub credential: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// Passkeys and a condition.
macro_rules! passkeys {
    ($rest:literal) => {
        concat!("SELECT id, account, handle, name, credential, created_at, used_at FROM passkey ", $rest)
    };
}

impl Db {
    /// The passkeys of an account, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn passkey_list(&self, account: AccountId) -> Result<Vec<PasskeyRecord>, StoreError> {
        let text = passkeys!("WHERE account = $1 ORDER BY id");
        let rows: Vec<PasskeyRow> = both!(self.reader(), pool => {
            sqlx::query_as(text).bind(account.0).fetch_all(pool).await
        })
        .step("passkey_list", account)?;
        rows.into_iter().map(PasskeyRecord::try_from).collect()
    }

    /// The passkey that its device calls so.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn passkey_find(&self, credential_id: &str) -> Result<Option<PasskeyRecord>, StoreError> {
        let text = passkeys!("WHERE credential_id = $1");
        let row: Option<PasskeyRow> = both!(self.reader(), pool => {
            sqlx::query_as(text).bind(credential_id).fetch_optional(pool).await
        })
        .step("passkey_find", "passkey")?;
        row.map(PasskeyRecord::try_from).transpose()
    }

    /// Keeps a passkey. `None` when there is one of this credential, or the account has too many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn passkey_add(
        &self,
        new: &NewPasskey<'_>,
        audit: &AuditEntry<'_>,
    ) -> Result<Option<PasskeyId>, StoreError> {
        let step = "passkey_add";
        let mut tx = self.begin(step).await?;
        let text = "INSERT INTO passkey (account, credential_id, handle, name, credential, created_at) \
                    SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT COUNT(*) FROM passkey WHERE account = $1) < $7 \
                    ON CONFLICT (credential_id) DO NOTHING RETURNING id";
        let made: Option<i64> = both!(tx.link(), on => {
            sqlx::query_scalar(text)
                .bind(new.account.0)
                .bind(new.credential_id)
                .bind(new.handle)
                .bind(new.name)
                .bind(new.credential)
                .bind(ms(new.now))
                .bind(PASSKEYS_MOST)
                .fetch_optional(on)
                .await
        })
        .step(step, new.account)?;
        let Some(id) = made.map(PasskeyId) else { return Ok(None) };
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(Some(id))
    }

    /// Takes a passkey of this account away: whether it had this one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn passkey_remove(
        &self,
        account: AccountId,
        id: PasskeyId,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "passkey_remove";
        let mut tx = self.begin(step).await?;
        if change!(tx, step, "DELETE FROM passkey WHERE id = $1 AND account = $2", id.0, account.0) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }

    /// Notes that a passkey was used, and what its device told of itself with that. Whether it is still there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn passkey_used(&self, id: PasskeyId, credential: &str, now: Timestamp) -> Result<bool, StoreError> {
        let step = "passkey_used";
        let mut tx = self.begin(step).await?;
        let text = "UPDATE passkey SET credential = $2, used_at = $3 WHERE id = $1";
        let changed = change!(tx, step, text, id.0, credential, ms(now));
        tx.commit(step).await?;
        Ok(changed == 1)
    }
}

/// Takes every passkey of an account away.
pub(super) async fn passkeys_remove(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    change!(tx, "passkeys_remove", "DELETE FROM passkey WHERE account = $1", account.0);
    Ok(())
}

#[derive(FromRow)]
struct PasskeyRow {
    id: i64,
    account: i64,
    handle: String,
    name: String,
    credential: String,
    created_at: i64,
    used_at: Option<i64>,
}

impl TryFrom<PasskeyRow> for PasskeyRecord {
    type Error = StoreError;
    fn try_from(row: PasskeyRow) -> Result<Self, StoreError> {
        let at = at("passkey", row.id);
        Ok(PasskeyRecord {
            id: PasskeyId(row.id),
            account: AccountId(row.account),
            handle: row.handle,
            name: row.name,
            credential: row.credential,
            created_at: at.time("created_at", row.created_at)?,
            used_at: at.time_if("used_at", row.used_at)?,
        })
    }
}
