//! Visits: what the devices of one batch told, written in one transaction: facts, ports, parts and how they are. Gives
//! back which port and which part each reading belongs to, which is what its samples are kept under.

use inventory::id::{DeviceId, InterfaceId};
use inventory::part::part_readings;
use inventory::reading::{Failure, Reading};
use jiff::Timestamp;

use super::condition::condition_write;
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::fact::{fact_write, failure_write};
use super::interface::interface_write;
use super::part::{PartsKept, part_write};

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

/// What the readings of one visit are kept under.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitKept {
    /// The port of each interface reading, in order.
    pub ports: Vec<InterfaceId>,
    /// The part of each of [`part_readings`], in order.
    pub parts: PartsKept,
}

impl Db {
    /// Writes these visits. For each it gives what its readings are kept under, in order; nothing for visits that failed
    /// and for devices that are not in the records.
    ///
    /// # Errors
    /// When they cannot be written; then none is.
    pub async fn visit_write(&self, visits: &[VisitSeen]) -> Result<Vec<VisitKept>, StoreError> {
        let step = "visit_write";
        if visits.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin(step).await?;
        let mut kept = Vec::with_capacity(visits.len());
        for visit in visits {
            kept.push(if device_exists(&mut tx, visit.device).await? {
                one(&mut tx, visit).await?
            } else {
                VisitKept::default()
            });
        }
        tx.commit(step).await?;
        Ok(kept)
    }
}

async fn one(tx: &mut Tx, visit: &VisitSeen) -> Result<VisitKept, StoreError> {
    match &visit.outcome {
        Ok(reading) => {
            fact_write(tx, visit, reading).await?;
            let ports = interface_write(tx, visit, reading).await?;
            let parts = part_write(tx, visit, &part_readings(&reading.condition)).await?;
            condition_write(tx, visit, &reading.condition, parts.left_out).await?;
            Ok(VisitKept { ports, parts })
        }
        Err(failure) => failure_write(tx, visit, failure).await.map(|()| VisitKept::default()),
    }
}

async fn device_exists(tx: &mut Tx, id: DeviceId) -> Result<bool, StoreError> {
    let found: Option<i64> = both!(tx.link(), on => {
        sqlx::query_scalar("SELECT id FROM device WHERE id = $1").bind(id.0).fetch_optional(on).await
    })
    .step("device_exists", id)?;
    Ok(found.is_some())
}
