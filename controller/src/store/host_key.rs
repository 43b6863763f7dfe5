//! The SSH host keys that devices showed last, and a person's word that one of them is right.

use alerts::host_key::OfferedKey;
use inventory::device::HostKeyFingerprint;
use inventory::id::DeviceId;
use sqlx::FromRow;

use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms, ms_if};
use super::db::{Db, Tx, both};
use super::device::device_is_within;
use super::error::{Step as _, StoreError};
use super::meta::fleet_revision_bump;
use super::scope::Scope;

/// The columns of the key that a device showed last, joined as `k`.
macro_rules! offered_key_columns {
    () => {
        "k.fingerprint AS key_fingerprint, k.first_seen AS key_first_seen, k.last_seen AS key_last_seen, \
         k.changed_at AS key_changed_at"
    };
}
pub(super) use offered_key_columns;

/// What became of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyConfirmed {
    /// The key is pinned.
    Pinned,
    /// Nothing was changed: this is the key that the device shows by now, if it ever showed one.
    NotShown(Option<HostKeyFingerprint>),
}

/// A row, or nothing where the join found none.
#[derive(FromRow)]
pub(super) struct OfferedKeyRow {
    key_fingerprint: Option<String>,
    key_first_seen: Option<i64>,
    key_last_seen: Option<i64>,
    key_changed_at: Option<i64>,
}

impl OfferedKeyRow {
    pub(super) fn key(self, device: DeviceId) -> Result<Option<OfferedKey>, StoreError> {
        let at = at("offered_host_key", device);
        let (Some(fingerprint), Some(first_seen), Some(last_seen)) =
            (self.key_fingerprint, self.key_first_seen, self.key_last_seen)
        else {
            return Ok(None);
        };
        Ok(Some(OfferedKey {
            device,
            fingerprint: at.parse("fingerprint", &fingerprint)?,
            first_seen: at.time("first_seen", first_seen)?,
            last_seen: at.time("last_seen", last_seen)?,
            changed: at.time_if("changed_at", self.key_changed_at)?,
        }))
    }
}

impl Db {
    /// Pins a host key, if it is still the one that the device shows.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn host_key_confirm(
        &self,
        scope: &Scope,
        id: DeviceId,
        fingerprint: &HostKeyFingerprint,
        audit: &AuditEntry<'_>,
    ) -> Result<HostKeyConfirmed, StoreError> {
        let step = "host_key_confirm";
        let mut tx = self.begin(step).await?;
        if !device_is_within(&mut tx, scope, id).await? {
            return Err(StoreError::Missing { what: "device", name: id.to_string() });
        }
        fleet_revision_bump(&mut tx).await?;
        let shown: Option<String> = both!(tx.link(), on => {
            sqlx::query_scalar("SELECT fingerprint FROM offered_host_key WHERE device = $1").bind(id.0).fetch_optional(on).await
        })
        .step(step, id)?;
        let shown: Option<HostKeyFingerprint> = at("offered_host_key", id).parse_if("fingerprint", shown.as_deref())?;
        if shown.as_ref() != Some(fingerprint) {
            return Ok(HostKeyConfirmed::NotShown(shown));
        }
        both!(tx.link(), on => {
            sqlx::query("UPDATE device SET host_key = $2 WHERE id = $1").bind(id.0).bind(fingerprint.as_str()).execute(on).await
                .map(|_| ())
        })
        .step(step, id)?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(HostKeyConfirmed::Pinned)
    }
}

#[derive(FromRow)]
struct OfferedKeyOf {
    device: i64,
    #[sqlx(flatten)]
    key: OfferedKeyRow,
}

pub(super) async fn offered_key_all_in(tx: &mut Tx) -> Result<Vec<OfferedKey>, StoreError> {
    const ALL: &str =
        concat!("SELECT k.device, ", offered_key_columns!(), " FROM offered_host_key k ORDER BY k.device");
    let rows: Vec<OfferedKeyOf> =
        both!(tx.link(), on => sqlx::query_as(ALL).fetch_all(on).await).step("offered_key_all", "offered_host_key")?;
    rows.into_iter().map(|row| row.key.key(DeviceId(row.device))).filter_map(Result::transpose).collect()
}

pub(super) async fn offered_key_write(tx: &mut Tx, key: &OfferedKey) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO offered_host_key (device, fingerprint, first_seen, last_seen, changed_at) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (device) DO UPDATE SET fingerprint = excluded.fingerprint, first_seen = excluded.first_seen, \
                 last_seen = excluded.last_seen, changed_at = excluded.changed_at",
        )
        .bind(key.device.0)
        .bind(key.fingerprint.as_str())
        .bind(ms(key.first_seen))
        .bind(ms(key.last_seen))
        .bind(ms_if(key.changed))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("offered_key_write", key.device)
}
