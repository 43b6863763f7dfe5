//! Health rows: one for each device and hall ever judged.

use alerts::health::{DeviceHealth, HallHealth, SeenStart};
use inventory::id::{DeviceId, HallId};
use sqlx::FromRow;

use super::codec::{at, ms, ms_if};
use super::db::{Tx, both};
use super::error::{Step as _, StoreError};

/// The columns of a device's health, joined as `dh`.
macro_rules! device_health_columns {
    () => {
        "dh.state AS health_state, dh.reach AS health_reach, dh.since AS health_since, dh.last_seen AS health_last_seen, \
         dh.answered AS health_answered, dh.first_answer AS health_first_answer, dh.failure AS health_failure, \
         dh.visit_failure AS health_visit_failure, dh.last_visit AS health_last_visit, \
         dh.failed_visits AS health_failed_visits, dh.started_at AS health_started_at, \
         dh.start_read_at AS health_start_read_at, dh.is_start_sure AS health_is_start_sure"
    };
}
pub(super) use device_health_columns;

/// A health row, or nothing where the join found none.
#[derive(FromRow)]
pub(super) struct DeviceHealthRow {
    health_state: Option<String>,
    health_reach: Option<String>,
    health_since: Option<i64>,
    health_last_seen: Option<i64>,
    health_answered: Option<i64>,
    health_first_answer: Option<i64>,
    health_failure: Option<String>,
    health_visit_failure: Option<String>,
    health_last_visit: Option<i64>,
    health_failed_visits: Option<i64>,
    health_started_at: Option<i64>,
    health_start_read_at: Option<i64>,
    health_is_start_sure: Option<bool>,
}

impl DeviceHealthRow {
    pub(super) fn health(self, device: DeviceId) -> Result<Option<DeviceHealth>, StoreError> {
        let at = at("device_health", device);
        let (Some(state), Some(reach), Some(since), Some(failed_visits)) =
            (self.health_state, self.health_reach, self.health_since, self.health_failed_visits)
        else {
            return Ok(None);
        };
        Ok(Some(DeviceHealth {
            device,
            state: at.parse("state", &state)?,
            reach: at.parse("reach", &reach)?,
            since: at.time("since", since)?,
            last_seen: at.time_if("last_seen", self.health_last_seen)?,
            answered: at.time_if("answered", self.health_answered)?,
            first_answer: at.time_if("first_answer", self.health_first_answer)?,
            failure: at.failure_if("failure", self.health_failure.as_deref())?,
            visit_failure: at.failure_if("visit_failure", self.health_visit_failure.as_deref())?,
            last_visit: at.time_if("last_visit", self.health_last_visit)?,
            failed_visits: at.number("failed_visits", failed_visits)?,
            start: match (self.health_started_at, self.health_start_read_at, self.health_is_start_sure) {
                (Some(started), Some(read), Some(is_sure)) => Some(SeenStart {
                    at: at.time("started_at", started)?,
                    read: at.time("start_read_at", read)?,
                    is_sure,
                }),
                (Some(_) | None, Some(_) | None, Some(_) | None) => None,
            },
        }))
    }
}

#[derive(FromRow)]
struct DeviceHealthOf {
    device: i64,
    #[sqlx(flatten)]
    health: DeviceHealthRow,
}

pub(super) async fn device_health_all_in(tx: &mut Tx) -> Result<Vec<DeviceHealth>, StoreError> {
    const ALL: &str =
        concat!("SELECT dh.device, ", device_health_columns!(), " FROM device_health dh ORDER BY dh.device");
    let rows: Vec<DeviceHealthOf> =
        both!(tx.link(), on => sqlx::query_as(ALL).fetch_all(on).await).step("device_health_all", "device_health")?;
    let rows = rows.into_iter().map(|row| row.health.health(DeviceId(row.device)));
    rows.filter_map(Result::transpose).collect()
}

pub(super) async fn hall_health_all_in(tx: &mut Tx) -> Result<Vec<HallHealth>, StoreError> {
    let rows: Vec<(i64, String, i64)> = both!(tx.link(), on => {
        sqlx::query_as("SELECT hall, state, since FROM hall_health ORDER BY hall").fetch_all(on).await
    })
    .step("hall_health_all", "hall_health")?;
    let health = |(hall, state, since): (i64, String, i64)| {
        let at = at("hall_health", hall);
        Ok(HallHealth { hall: HallId(hall), state: at.parse("state", &state)?, since: at.time("since", since)? })
    };
    rows.into_iter().map(health).collect()
}

pub(super) async fn device_health_write(tx: &mut Tx, health: &DeviceHealth) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO device_health (device, state, reach, since, last_seen, answered, first_answer, failure, \
                 visit_failure, last_visit, failed_visits, started_at, start_read_at, is_start_sure) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
             ON CONFLICT (device) DO UPDATE SET state = excluded.state, reach = excluded.reach, since = excluded.since, \
                 last_seen = excluded.last_seen, answered = excluded.answered, first_answer = excluded.first_answer, \
                 failure = excluded.failure, visit_failure = excluded.visit_failure, last_visit = excluded.last_visit, \
                 failed_visits = excluded.failed_visits, started_at = excluded.started_at, \
                 start_read_at = excluded.start_read_at, is_start_sure = excluded.is_start_sure",
        )
        .bind(health.device.0)
        .bind(health.state.as_str())
        .bind(health.reach.as_str())
        .bind(ms(health.since))
        .bind(ms_if(health.last_seen))
        .bind(ms_if(health.answered))
        .bind(ms_if(health.first_answer))
        .bind(health.failure.map(|kind| kind.as_str()))
        .bind(health.visit_failure.map(|kind| kind.as_str()))
        .bind(ms_if(health.last_visit))
        .bind(i64::from(health.failed_visits))
        .bind(ms_if(health.start.map(|start| start.at)))
        .bind(ms_if(health.start.map(|start| start.read)))
        .bind(health.start.map(|start| start.is_sure))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("device_health_write", health.device)
}

pub(super) async fn hall_health_write(tx: &mut Tx, health: &HallHealth) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO hall_health (hall, state, since) VALUES ($1, $2, $3) \
             ON CONFLICT (hall) DO UPDATE SET state = excluded.state, since = excluded.since",
        )
        .bind(health.hall.0)
        .bind(health.state.as_str())
        .bind(ms(health.since))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("hall_health_write", health.hall)
}
