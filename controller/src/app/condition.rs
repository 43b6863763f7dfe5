//! How a device is beyond its ports, and who is connected to it.

use std::collections::BTreeMap;

use ::inventory::condition::Condition;
use ::inventory::id::{DeviceId, PartId};
use ::inventory::part::PartKey;
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::store::StationRecord;

/// The most stations of one answer: as many as a device tells of at once.
const STATIONS_MOST: u32 = 1024;
/// How far back the list of stations goes, and the counting of visitors.
const VISITORS_DAYS: i64 = 30;

/// How a device last was.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionSeen {
    /// When it was read.
    pub at: Timestamp,
    /// What it told.
    pub condition: Condition,
    /// The ids of its parts, under which their series are kept.
    pub parts: BTreeMap<PartKey, PartId>,
    /// How many parts it told of that there was no room for.
    pub parts_left_out: usize,
}

impl App {
    /// How a device last was; `None` while it has told nothing beyond its ports.
    ///
    /// # Errors
    /// When there is no such device in his part, or the records cannot be read.
    pub async fn condition(&self, principal: &Principal, id: DeviceId) -> Result<Option<ConditionSeen>, AppError> {
        self.device(principal, id).await?;
        let scope = principal.require(Role::Viewer)?;
        let Some(record) = self.db.condition_of(&scope, id).await? else { return Ok(None) };
        let parts = self.db.part_list(&scope, id).await?.into_iter().map(|part| (part.key, part.id)).collect();
        let (at, condition, parts_left_out) = (record.at, record.condition, record.parts_left_out);
        Ok(Some(ConditionSeen { at, condition, parts, parts_left_out }))
    }

    /// Who was connected to a device in the last 30 days, the last seen first. Personal data: for technicians.
    ///
    /// # Errors
    /// When there is no such device in his part, he is no technician of it, or the records cannot be read.
    pub async fn station_list(&self, principal: &Principal, id: DeviceId) -> Result<Vec<StationRecord>, AppError> {
        let record = self.device(principal, id).await?;
        let scope = principal.require_over(Role::Technician, record.area, record.device.hall)?;
        Ok(self.db.station_list(&scope, id, self.visitors_since(), STATIONS_MOST).await?)
    }

    /// How many different visitors a device has had in the last 30 days; `None` when it never told of any.
    ///
    /// # Errors
    /// When there is no such device in his part, or the records cannot be read.
    pub async fn visitors(&self, principal: &Principal, id: DeviceId) -> Result<Option<i64>, AppError> {
        self.device(principal, id).await?;
        let visitors = self.db.station_visitors(id, self.visitors_since()).await?;
        Ok((visitors > 0).then_some(visitors))
    }

    fn visitors_since(&self) -> Timestamp {
        let month = SignedDuration::from_hours(24 * VISITORS_DAYS);
        self.clock.now().saturating_sub(month).unwrap_or(Timestamp::MIN)
    }
}
