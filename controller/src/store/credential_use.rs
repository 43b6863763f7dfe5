//! Which credential was given to which agent for which device: written down when it is new, or when the credential has
//! changed since, and in the audit log with it.

use std::collections::BTreeMap;

use inventory::id::{CredentialId, DeviceId};
use jiff::Timestamp;

use super::audit::{AuditEntry, audit_append};
use super::codec::ms;
use super::db::{Db, both};
use super::error::{Step as _, StoreError};

/// One use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CredentialUse {
    /// For which device.
    pub device: DeviceId,
    /// Which profile.
    pub credential: CredentialId,
}

impl Db {
    /// What an agent was given up to now, and when the credential had been changed at that time.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn credential_uses(&self, agent: &str) -> Result<BTreeMap<CredentialUse, i64>, StoreError> {
        let text = "SELECT device, credential, changed_at FROM credential_use WHERE agent = $1";
        let rows: Vec<(i64, i64, i64)> =
            both!(self.reader(), pool => sqlx::query_as(text).bind(agent).fetch_all(pool).await)
                .step("credential_uses", agent)?;
        let use_of = |(device, credential, changed_at)| {
            (CredentialUse { device: DeviceId(device), credential: CredentialId(credential) }, changed_at)
        };
        Ok(rows.into_iter().map(use_of).collect())
    }

    /// Writes new uses down, with the entry that tells of them. A profile that was deleted meanwhile is left out.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn credential_use_write(
        &self,
        agent: &str,
        uses: &[(CredentialUse, Timestamp)],
        entry: &AuditEntry<'_>,
    ) -> Result<(), StoreError> {
        const WRITE: &str = "INSERT INTO credential_use (device, credential, agent, changed_at) \
             SELECT d.id, c.id, $3, $4 FROM device d, credential c WHERE d.id = $1 AND c.id = $2 \
             ON CONFLICT (device, credential, agent) DO UPDATE SET changed_at = excluded.changed_at";
        let step = "credential_use_write";
        let mut tx = self.begin(step).await?;
        for (used, changed_at) in uses {
            both!(tx.link(), on => {
                sqlx::query(WRITE)
                    .bind(used.device.0)
                    .bind(used.credential.0)
                    .bind(agent)
                    .bind(ms(*changed_at))
                    .execute(on)
                    .await
                    .map(|_| ())
            })
            .step(step, used.device)?;
        }
        audit_append(&mut tx, entry).await?;
        tx.commit(step).await
    }
}
