//! Data keys and sealed secrets. What is sealed comes and goes as it is; only [`Keyring`] knows what it means.
//!
//! Other resources put their secrets here, in their own transaction, by [`secret_put`] and [`secret_drop`]: so rotating
//! the data key is one piece of work, whatever secrets there are. Every change moves [`Db::vault_revision`], by which a
//! running `serve` notices what a command did.

use std::collections::BTreeMap;

use inventory::secret::Secret;
use jiff::Timestamp;
use sqlx::FromRow;

use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use crate::vault::{Keyring, MasterId, OpenError, Place, Sealed, WrappedKey};

/// Everything by which the vault is opened, of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultRecord {
    /// See [`Db::vault_revision`].
    pub revision: i64,
    /// The data keys, the oldest first.
    pub keys: Vec<WrappedKey>,
}

#[derive(FromRow)]
struct KeyRow {
    version: i64,
    master: String,
    wrapped: Vec<u8>,
}

/// A secret as it is kept.
#[derive(FromRow)]
pub(super) struct SecretRow {
    of_table: String,
    of_row: i64,
    of_column: String,
    version: i64,
    sealed: Vec<u8>,
}

impl SecretRow {
    fn place(&self) -> Place<'_> {
        Place { table: &self.of_table, row: self.of_row, column: &self.of_column }
    }

    fn open(&self, ring: &Keyring) -> Result<Secret, StoreError> {
        let sealed = Sealed { version: self.version, bytes: self.sealed.clone() };
        ring.open(self.place(), &sealed).map_err(|source| not_open(self.place(), source))
    }
}

fn not_open(place: Place<'_>, source: OpenError) -> StoreError {
    StoreError::NotOpened { place: format!("{} {} {}", place.table, place.row, place.column), source }
}

impl Db {
    /// The counter of changes of keys and credentials. Cheap enough to ask every second.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn vault_revision(&self) -> Result<i64, StoreError> {
        let text = "SELECT vault_revision FROM meta";
        both!(self.reader(), pool => sqlx::query_scalar(text).fetch_one(pool).await).step("vault_revision", "meta")
    }

    /// The data keys.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn vault_load(&self) -> Result<VaultRecord, StoreError> {
        let mut tx = self.snapshot("vault_load").await?;
        vault_load_in(&mut tx).await
    }

    /// Keeps the first data key, unless there is one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn data_key_first(&self, key: &WrappedKey, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin("data_key_first").await?;
        vault_revision_bump(&mut tx).await?;
        if vault_load_in(&mut tx).await?.keys.is_empty() {
            key_insert(&mut tx, key, now).await?;
        }
        tx.commit("data_key_first").await
    }

    /// Keeps a newer data key: from then on it is the one that seals.
    ///
    /// # Errors
    /// When there is one of this version, or it cannot be written.
    pub async fn data_key_add(&self, key: &WrappedKey, entry: &AuditEntry<'_>) -> Result<(), StoreError> {
        let mut tx = self.begin("data_key_add").await?;
        vault_revision_bump(&mut tx).await?;
        key_insert(&mut tx, key, entry.at).await?;
        audit_append(&mut tx, entry).await?;
        tx.commit("data_key_add").await
    }

    /// Puts another wrapping around every data key, all at once.
    ///
    /// # Errors
    /// [`StoreError::KeysChanged`] when these are not all of the keys; or when it cannot be written. Then none is changed.
    pub async fn data_key_rewrap(&self, keys: &[WrappedKey], entry: &AuditEntry<'_>) -> Result<(), StoreError> {
        let step = "data_key_rewrap";
        let mut tx = self.begin(step).await?;
        vault_revision_bump(&mut tx).await?;
        let there = vault_load_in(&mut tx).await?.keys;
        if there.iter().map(|key| key.version).ne(keys.iter().map(|key| key.version)) {
            return Err(StoreError::KeysChanged);
        }
        for key in keys {
            both!(tx.link(), on => {
                sqlx::query("UPDATE data_key SET master = $2, wrapped = $3 WHERE version = $1")
                    .bind(key.version)
                    .bind(key.master.to_string())
                    .bind(&key.bytes)
                    .execute(on)
                    .await
                    .map(|_| ())
            })
            .step(step, key.version)?;
        }
        audit_append(&mut tx, entry).await?;
        tx.commit(step).await
    }

    /// Seals anew, with the newest key, up to `limit` secrets that an older one sealed. Gives how many there were: none
    /// is left when it is 0.
    ///
    /// # Errors
    /// When one does not open, or it cannot be written; then none of them is changed.
    pub async fn secret_reseal(&self, ring: &Keyring, limit: u32) -> Result<usize, StoreError> {
        const OLD: &str = "SELECT of_table, of_row, of_column, version, sealed FROM secret WHERE version < $1 \
                           ORDER BY of_table, of_row, of_column LIMIT $2";
        // A secret that somebody replaced meanwhile is left as it is.
        const WRITE: &str = "UPDATE secret SET version = $4, sealed = $5 \
                             WHERE of_table = $1 AND of_row = $2 AND of_column = $3 AND sealed = $6";
        let step = "secret_reseal";
        let mut tx = self.begin(step).await?;
        let old: Vec<SecretRow> = both!(tx.link(), on => {
            sqlx::query_as(OLD).bind(ring.newest()).bind(i64::from(limit)).fetch_all(on).await
        })
        .step(step, ring.newest())?;
        for row in &old {
            let sealed = ring.seal(row.place(), &row.open(ring)?);
            both!(tx.link(), on => {
                sqlx::query(WRITE)
                    .bind(&row.of_table)
                    .bind(row.of_row)
                    .bind(&row.of_column)
                    .bind(sealed.version)
                    .bind(&sealed.bytes)
                    .bind(&row.sealed)
                    .execute(on)
                    .await
                    .map(|_| ())
            })
            .step(step, row.of_row)?;
        }
        tx.commit(step).await?;
        Ok(old.len())
    }

    /// Deletes the data keys that are older than the newest and that no secret needs. Says whether all of them are gone:
    /// somebody may have sealed with an older one meanwhile.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn data_key_drop_old(&self) -> Result<bool, StoreError> {
        const DROP: &str = "DELETE FROM data_key WHERE version < (SELECT max(version) FROM data_key) \
                            AND NOT EXISTS (SELECT 1 FROM secret WHERE secret.version = data_key.version)";
        let step = "data_key_drop_old";
        let mut tx = self.begin(step).await?;
        vault_revision_bump(&mut tx).await?;
        both!(tx.link(), on => sqlx::query(DROP).execute(on).await.map(|_| ())).step(step, "data_key")?;
        let left: i64 = both!(tx.link(), on => sqlx::query_scalar("SELECT count(*) FROM data_key").fetch_one(on).await)
            .step(step, "data_key")?;
        tx.commit(step).await?;
        Ok(left == 1)
    }

    /// Writes back what SQLite still keeps of rows that were overwritten: its log of changes, and free pages. Nothing on
    /// PostgreSQL, which leaves that to VACUUM. `false` when a reader kept it from being done now.
    ///
    /// # Errors
    /// When it cannot be done.
    pub async fn secret_traces_wipe(&self) -> Result<bool, StoreError> {
        let Db::Sqlite(db) = self else { return Ok(true) };
        let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&db.write)
            .await
            .step("secret_traces_wipe", "checkpoint")?;
        Ok(busy == 0)
    }

    /// Every sealed secret, as it is kept.
    #[cfg(test)]
    pub(crate) async fn secret_bytes_all(&self) -> Vec<Vec<u8>> {
        let text = "SELECT sealed FROM secret ORDER BY of_table, of_row, of_column";
        both!(self.reader(), pool => sqlx::query_scalar(text).fetch_all(pool).await).expect("it reads")
    }

    /// How many secrets there are.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub async fn secret_count(&self) -> Result<i64, StoreError> {
        let text = "SELECT count(*) FROM secret";
        both!(self.reader(), pool => sqlx::query_scalar(text).fetch_one(pool).await).step("secret_count", "secret")
    }

    /// The secret of a place, if there is one.
    ///
    /// # Errors
    /// [`StoreError::NotOpened`] when it does not open with these keys; or when it cannot be read.
    pub async fn secret_open(&self, ring: &Keyring, place: Place<'_>) -> Result<Option<Secret>, StoreError> {
        let mut tx = self.snapshot("secret_open").await?;
        let rows = secret_rows_of(&mut tx, place.table, place.row).await?;
        rows.iter().find(|row| row.of_column == place.column).map(|row| row.open(ring)).transpose()
    }
}

/// Moves the counter, as the first statement of a transaction that changes keys or credentials: on PostgreSQL its row is
/// also the lock that lets such transactions pass one at a time.
pub(super) async fn vault_revision_bump(tx: &mut Tx) -> Result<(), StoreError> {
    let text = "UPDATE meta SET vault_revision = vault_revision + 1";
    both!(tx.link(), on => sqlx::query(text).execute(on).await.map(|_| ())).step("vault_revision_bump", "meta")
}

pub(super) async fn vault_load_in(tx: &mut Tx) -> Result<VaultRecord, StoreError> {
    let step = "vault_load";
    let revision = both!(tx.link(), on => sqlx::query_scalar("SELECT vault_revision FROM meta").fetch_one(on).await)
        .step(step, "meta")?;
    let text = "SELECT version, master, wrapped FROM data_key ORDER BY version";
    let rows: Vec<KeyRow> = both!(tx.link(), on => sqlx::query_as(text).fetch_all(on).await).step(step, "data_key")?;
    let key = |row: KeyRow| -> Result<WrappedKey, StoreError> {
        let master: MasterId = at("data_key", row.version).parse("master", &row.master)?;
        Ok(WrappedKey { version: row.version, master, bytes: row.wrapped })
    };
    Ok(VaultRecord { revision, keys: rows.into_iter().map(key).collect::<Result<_, _>>()? })
}

/// Seals a secret into a place, over what was there.
///
/// # Errors
/// [`StoreError::KeysChanged`] when the keys were rotated since these were read: load them and try again.
pub(super) async fn secret_put(
    tx: &mut Tx,
    ring: &Keyring,
    place: Place<'_>,
    secret: &Secret,
) -> Result<(), StoreError> {
    let step = "secret_put";
    let newest: Option<i64> =
        both!(tx.link(), on => sqlx::query_scalar("SELECT max(version) FROM data_key").fetch_one(on).await)
            .step(step, "data_key")?;
    if newest != Some(ring.newest()) {
        return Err(StoreError::KeysChanged);
    }
    let sealed = ring.seal(place, secret);
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO secret (of_table, of_row, of_column, version, sealed) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (of_table, of_row, of_column) DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
        )
        .bind(place.table)
        .bind(place.row)
        .bind(place.column)
        .bind(sealed.version)
        .bind(&sealed.bytes)
        .execute(on)
        .await
        .map(|_| ())
    })
    .step(step, place.row)
}

/// Deletes every secret of a row.
pub(super) async fn secret_drop(tx: &mut Tx, table: &'static str, row: i64) -> Result<(), StoreError> {
    let text = "DELETE FROM secret WHERE of_table = $1 AND of_row = $2";
    both!(tx.link(), on => sqlx::query(text).bind(table).bind(row).execute(on).await.map(|_| ()))
        .step("secret_drop", row)
}

/// The opened secrets of a row, by column.
pub(super) async fn secret_all_of(
    tx: &mut Tx,
    ring: &Keyring,
    table: &'static str,
    row: i64,
) -> Result<Vec<(String, Secret)>, StoreError> {
    secrets_opened(ring, secret_rows_of(tx, table, row).await?)
}

/// Opens the secrets of a row.
pub(super) fn secrets_opened(ring: &Keyring, rows: Vec<SecretRow>) -> Result<Vec<(String, Secret)>, StoreError> {
    rows.into_iter().map(|row| row.open(ring).map(|secret| (row.of_column, secret))).collect()
}

/// The sealed secrets of a table, by row.
pub(super) async fn secret_rows_of_table(
    tx: &mut Tx,
    table: &'static str,
) -> Result<BTreeMap<i64, Vec<SecretRow>>, StoreError> {
    let text = "SELECT of_table, of_row, of_column, version, sealed FROM secret WHERE of_table = $1";
    let rows: Vec<SecretRow> =
        both!(tx.link(), on => sqlx::query_as(text).bind(table).fetch_all(on).await).step("secret_of_table", table)?;
    let mut by_row: BTreeMap<i64, Vec<SecretRow>> = BTreeMap::new();
    for row in rows {
        by_row.entry(row.of_row).or_default().push(row);
    }
    Ok(by_row)
}

async fn secret_rows_of(tx: &mut Tx, table: &str, row: i64) -> Result<Vec<SecretRow>, StoreError> {
    let text = "SELECT of_table, of_row, of_column, version, sealed FROM secret WHERE of_table = $1 AND of_row = $2";
    both!(tx.link(), on => sqlx::query_as(text).bind(table).bind(row).fetch_all(on).await).step("secret_of", row)
}

async fn key_insert(tx: &mut Tx, key: &WrappedKey, now: Timestamp) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("INSERT INTO data_key (version, master, wrapped, made_at) VALUES ($1, $2, $3, $4)")
            .bind(key.version)
            .bind(key.master.to_string())
            .bind(&key.bytes)
            .bind(ms(now))
            .execute(on)
            .await
            .map(|_| ())
    })
    .step("data_key_insert", key.version)
}
