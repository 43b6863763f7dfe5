//! How devices last were beyond their ports: kept whole, so that it is there after a restart.

use inventory::condition::Condition;
use inventory::id::DeviceId;
use inventory::part::bounded;
use jiff::Timestamp;
use sqlx::FromRow;

use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::query::Select;
use super::scope::Scope;
use super::visit::VisitSeen;

/// How a device last was.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionRecord {
    /// When it was read.
    pub at: Timestamp,
    /// What it told, without the addresses of who was connected.
    pub condition: Condition,
    /// How many parts it told of that there was no room for.
    pub parts_left_out: usize,
}

impl Db {
    /// How a device last was; `None` while it has told nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn condition_of(&self, scope: &Scope, device: DeviceId) -> Result<Option<ConditionRecord>, StoreError> {
        let mut select = Select::new(CONDITIONS);
        select.within(scope, "h.area", "h.id");
        select.and("c.device = ?", [device.0.into()]);
        let rows: Vec<ConditionRow> = select.rows(self, "condition_of").await?;
        rows.into_iter().next().map(|row| row.record(device)).transpose()
    }
}

/// Writes what a device told beyond its ports. A visit that told nothing of it, and one that comes late, change nothing.
pub(super) async fn condition_write(
    tx: &mut Tx,
    visit: &VisitSeen,
    condition: &Condition,
    left_out: usize,
) -> Result<(), StoreError> {
    if *condition == Condition::default() {
        return Ok(());
    }
    // The form of the wire is the one that other releases understand.
    let kept = agent_api::Condition::from(bounded(condition.clone()));
    // No NUL is left in what has been put on one line.
    let text = serde_json::to_string(&kept).expect("a condition is plain data");
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO device_condition (device, at, condition, parts_left_out) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (device) DO UPDATE SET at = excluded.at, condition = excluded.condition, \
                 parts_left_out = excluded.parts_left_out \
             WHERE device_condition.at <= excluded.at",
        )
        .bind(visit.device.0)
        .bind(ms(visit.at))
        .bind(text)
        .bind(i64::try_from(left_out).unwrap_or(i64::MAX))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("condition_write", visit.device)
}

const CONDITIONS: &str = "SELECT c.at, c.condition, c.parts_left_out FROM device_condition c \
                          JOIN device d ON d.id = c.device JOIN hall h ON h.id = d.hall";

#[derive(FromRow)]
struct ConditionRow {
    at: i64,
    condition: String,
    parts_left_out: i64,
}

impl ConditionRow {
    fn record(self, device: DeviceId) -> Result<ConditionRecord, StoreError> {
        let at = at("device_condition", device);
        let condition: agent_api::Condition = at.json("condition", &self.condition)?;
        Ok(ConditionRecord {
            at: at.time("at", self.at)?,
            condition: condition.into(),
            parts_left_out: at.number("parts_left_out", self.parts_left_out)?,
        })
    }
}
