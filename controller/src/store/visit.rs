//! Visits: what the devices of one batch told, written in one transaction: facts and ports. Gives back which port each
//! reading belongs to, which is what its samples are kept under.

use inventory::id::{DeviceId, InterfaceId};
use inventory::reading::{Failure, Reading};
use jiff::Timestamp;

use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::fact::{fact_write, failure_write};
use super::interface::interface_write;

/// One visit that came to an end.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitSeen {
    /// The device.
    pub device: DeviceId,
    /// When, by the agent's clock.
    pub at: Timestamp,
    /// How: `snmp2c`.
    pub protocol: String,
    /// Whether everything was asked for.
    pub is_full: bool,
    /// What it told, or why it failed.
    pub outcome: Result<Reading, Failure>,
}

impl Db {
    /// Writes these visits. For each it gives the port of each interface reading, in order; nothing for visits that
    /// failed and for devices that are not in the records.
    ///
    /// # Errors
    /// When they cannot be written; then none is.
    pub async fn visit_write(&self, visits: &[VisitSeen]) -> Result<Vec<Vec<InterfaceId>>, StoreError> {
        let step = "visit_write";
        if visits.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin(step).await?;
        let mut ports = Vec::with_capacity(visits.len());
        for visit in visits {
            ports.push(if device_exists(&mut tx, visit.device).await? {
                one(&mut tx, visit).await?
            } else {
                Vec::new()
            });
        }
        tx.commit(step).await?;
        Ok(ports)
    }
}

async fn one(tx: &mut Tx, visit: &VisitSeen) -> Result<Vec<InterfaceId>, StoreError> {
    match &visit.outcome {
        Ok(reading) => {
            fact_write(tx, visit, reading).await?;
            interface_write(tx, visit, reading).await
        }
        Err(failure) => failure_write(tx, visit, failure).await.map(|()| Vec::new()),
    }
}

async fn device_exists(tx: &mut Tx, id: DeviceId) -> Result<bool, StoreError> {
    let found: Option<i64> = both!(tx.link(), on => {
        sqlx::query_scalar("SELECT id FROM device WHERE id = $1").bind(id.0).fetch_optional(on).await
    })
    .step("device_exists", id)?;
    Ok(found.is_some())
}
