//! Halls and devices: how they are, and where they stand in their life.

use alerts::health::{DeviceState, HallState};
use inventory::device::{DeviceKind, Lifecycle};
use inventory::hall::HallCode;
use inventory::id::{AreaId, DeviceId, HallId};

use super::App;
use super::audit::{Actor, hall_place};
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::store::{
    AuditAction, AuditEntry, DeviceFilter, DeviceRecord, HallFilter, HallRecord, InterfaceFilter, InterfaceRecord,
    Page, PageAsk,
};

/// Which halls are asked for.
#[derive(Debug, Clone, Default)]
pub struct HallQuery {
    /// Those of this area and everything below it.
    pub area: Option<AreaId>,
    /// Those in this state.
    pub state: Option<HallState>,
    /// Those at this point of their life.
    pub lifecycle: Option<Lifecycle>,
    /// Those that have these words.
    pub search: Option<String>,
}

/// Which devices are asked for.
#[derive(Debug, Clone, Default)]
pub struct DeviceQuery {
    /// Those of this hall.
    pub hall: Option<HallCode>,
    /// Those of this area and everything below it.
    pub area: Option<AreaId>,
    /// Those in this state.
    pub state: Option<DeviceState>,
    /// Those at this point of their life.
    pub lifecycle: Option<Lifecycle>,
    /// Those of this kind.
    pub kind: Option<DeviceKind>,
    /// Those that have these words.
    pub search: Option<String>,
}

impl App {
    /// A page of halls.
    ///
    /// # Errors
    /// When the cursor is none of ours, or the records cannot be read.
    pub async fn hall_list(
        &self,
        principal: &Principal,
        query: HallQuery,
        ask: &PageAsk,
    ) -> Result<Page<HallRecord>, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let HallQuery { area, state, lifecycle, search } = query;
        let areas = area.map(|root| self.area_subtree(root));
        Ok(self.db.hall_list(&scope, &HallFilter { areas, state, lifecycle, search }, ask).await?)
    }

    /// One hall.
    ///
    /// # Errors
    /// When there is none of this code in his part.
    pub async fn hall(&self, principal: &Principal, code: &str) -> Result<HallRecord, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let missing = || AppError::NotFound { what: "hall", id: code.to_owned() };
        let known: HallCode = code.parse().map_err(|_| missing())?;
        self.db.hall_by_code(&scope, &known).await?.ok_or_else(missing)
    }

    /// Moves a hall to another point of its life.
    ///
    /// # Errors
    /// When there is none of this code in his part, or he does not administer it.
    pub async fn hall_set_lifecycle(
        &self,
        principal: &Principal,
        code: &str,
        lifecycle: Lifecycle,
    ) -> Result<HallRecord, AppError> {
        let hall = self.hall(principal, code).await?.hall;
        let scope = principal.require_over(Role::Admin, hall.area, hall.id)?;
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            place: hall_place(&hall),
            details: lifecycle_change(hall.lifecycle, lifecycle),
            ..actor.did(self.clock.now(), AuditAction::HallChange, format!("hall {}", hall.code))
        };
        self.db.hall_lifecycle_write(&scope, hall.id, lifecycle, &entry).await?;
        self.hall(principal, code).await
    }

    /// A page of devices.
    ///
    /// # Errors
    /// When the hall does not exist, the cursor is none of ours, or the records cannot be read.
    pub async fn device_list(
        &self,
        principal: &Principal,
        query: DeviceQuery,
        ask: &PageAsk,
    ) -> Result<Page<DeviceRecord>, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let DeviceQuery { hall, area, state, lifecycle, kind, search } = query;
        let (hall, areas) = self.place(principal, hall, area).await?;
        Ok(self.db.device_list(&scope, &DeviceFilter { hall, areas, state, lifecycle, kind, search }, ask).await?)
    }

    /// Where things are asked for, as the records filter by it: the hall by id, the area with everything below it.
    pub(super) async fn place(
        &self,
        principal: &Principal,
        hall: Option<HallCode>,
        area: Option<AreaId>,
    ) -> Result<(Option<HallId>, Option<Vec<AreaId>>), AppError> {
        let hall = match hall {
            Some(code) => Some(self.hall(principal, code.as_str()).await?.hall.id),
            None => None,
        };
        Ok((hall, area.map(|root| self.area_subtree(root))))
    }

    /// One device.
    ///
    /// # Errors
    /// When there is none of this id in his part.
    pub async fn device(&self, principal: &Principal, id: DeviceId) -> Result<DeviceRecord, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let found = self.db.device_by_id(&scope, id).await?;
        found.ok_or_else(|| AppError::NotFound { what: "device", id: id.to_string() })
    }

    /// Moves a device to another point of its life.
    ///
    /// # Errors
    /// When there is none of this id in his part, or he does not administer it.
    pub async fn device_set_lifecycle(
        &self,
        principal: &Principal,
        id: DeviceId,
        lifecycle: Lifecycle,
    ) -> Result<DeviceRecord, AppError> {
        let DeviceRecord { device, area, .. } = self.device(principal, id).await?;
        let scope = principal.require_over(Role::Admin, area, device.hall)?;
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            place: self.device_place(&device),
            details: lifecycle_change(device.lifecycle, lifecycle),
            ..actor.did(self.clock.now(), AuditAction::DeviceChange, format!("device {}", device.name))
        };
        self.db.device_lifecycle_write(&scope, id, lifecycle, &entry).await?;
        self.device(principal, id).await
    }

    /// A page of the ports of a device.
    ///
    /// # Errors
    /// When there is no such device.
    pub async fn interface_list(
        &self,
        principal: &Principal,
        device: DeviceId,
        ask: &PageAsk,
    ) -> Result<Page<InterfaceRecord>, AppError> {
        self.device(principal, device).await?;
        let scope = principal.require(Role::Viewer)?;
        let filter = InterfaceFilter { device: Some(device), ..InterfaceFilter::default() };
        Ok(self.db.interface_list(&scope, &filter, ask).await?)
    }
}

/// What the audit log keeps of a move from one point of life to another.
fn lifecycle_change(from: Lifecycle, to: Lifecycle) -> serde_json::Value {
    serde_json::json!({ "from": from.as_str(), "to": to.as_str() })
}
