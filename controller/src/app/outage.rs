//! Outages and alerts: what went wrong, and who was (not) told.

use alerts::decision::Decision;
use inventory::hall::HallCode;
use inventory::id::{AlertId, AreaId, DeviceId, OutageId};
use jiff::Timestamp;

use super::App;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::store::{AlertFilter, AlertPhase, AlertRecord, OutageFilter, OutageOf, OutageRecord, Page, PageAsk};

/// Which outages or alerts are asked for.
#[derive(Debug, Clone, Default)]
pub struct TroubleQuery {
    /// Those of this hall and its devices.
    pub hall: Option<HallCode>,
    /// Those of this device.
    pub device: Option<DeviceId>,
    /// Those of this area and everything below it.
    pub area: Option<AreaId>,
    /// Those that are not over.
    pub open_only: bool,
    /// Those that reach past this time.
    pub from: Option<Timestamp>,
    /// Those that began before this time.
    pub to: Option<Timestamp>,
}

impl App {
    /// A page of outages, the latest first.
    ///
    /// # Errors
    /// When the hall does not exist, the cursor is none of ours, or the records cannot be read.
    pub async fn outage_list(
        &self,
        principal: &Principal,
        query: TroubleQuery,
        of: OutageOf,
        ask: &PageAsk,
    ) -> Result<Page<OutageRecord>, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let TroubleQuery { hall, device, area, open_only, from, to } = query;
        let (hall, areas) = self.place(principal, hall, area).await?;
        Ok(self.db.outage_list(&scope, &OutageFilter { of, hall, device, areas, open_only, from, to }, ask).await?)
    }

    /// One outage.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn outage(&self, principal: &Principal, id: OutageId) -> Result<OutageRecord, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let found = self.db.outage_by_id(&scope, id).await?;
        found.ok_or_else(|| AppError::NotFound { what: "outage", id: id.to_string() })
    }

    /// A page of alerts, the latest first.
    ///
    /// # Errors
    /// When the hall does not exist, the cursor is none of ours, or the records cannot be read.
    pub async fn alert_list(
        &self,
        principal: &Principal,
        query: TroubleQuery,
        phase: Option<AlertPhase>,
        ask: &PageAsk,
    ) -> Result<Page<AlertRecord>, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let TroubleQuery { hall, device, area, open_only, from, to } = query;
        let (hall, areas) = self.place(principal, hall, area).await?;
        Ok(self.db.alert_list(&scope, &AlertFilter { hall, device, areas, phase, open_only, from, to }, ask).await?)
    }

    /// One alert, and every decision to tell or not to tell of it.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn alert(&self, principal: &Principal, id: AlertId) -> Result<(AlertRecord, Vec<Decision>), AppError> {
        let scope = principal.require(Role::Viewer)?;
        let found = self.db.alert_by_id(&scope, id).await?;
        let record = found.ok_or_else(|| AppError::NotFound { what: "alert", id: id.to_string() })?;
        let decisions = self.db.decision_list(&scope, &record.alert.key).await?;
        Ok((record, decisions))
    }
}
