//! Carrying out an import plan: all of it in one transaction, and only on the inventory that it was made for.

use std::collections::BTreeMap;

use inventory::id::{AreaId, HallId};
use inventory::import::{AreaRef, Change, Counts, DeviceRow, HallRow, NewArea, Plan};

use super::area::{AreaDraft, area_insert};
use super::area_move::hall_leaves_ended;
use super::audit::{AuditEntry, audit_append};
use super::db::{Db, Tx, both};
use super::device::{device_id_in, device_uplink_write, device_upsert};
use super::error::{Step as _, StoreError};
use super::hall::{hall_area_in, hall_upsert};
use super::meta::fleet_revision_bump;
use super::scope::Scope;

impl Db {
    /// Carries out a plan that was made from the inventory at revision `planned_at`. A plan that changes nothing writes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::FleetChanged`] when the inventory is no longer the one it was made for: make it again;
    /// [`StoreError::Missing`] when it names what is not there, or not in the scope; or when it cannot be written. Then nothing is.
    pub async fn import_apply(
        &self,
        scope: &Scope,
        plan: &Plan,
        planned_at: i64,
        audit: &AuditEntry<'_>,
    ) -> Result<Counts, StoreError> {
        let step = "import_apply";
        let mut tx = self.begin(step).await?;
        let now = fleet_revision_bump(&mut tx).await? - 1;
        if now != planned_at {
            return Err(StoreError::FleetChanged { planned: planned_at, now });
        }
        let counts = plan.counts();
        if counts.created + counts.updated == 0 && plan.new_areas.is_empty() {
            return Ok(counts);
        }
        plan_is_within(&mut tx, scope, plan).await?;
        let areas = areas_write(&mut tx, &plan.new_areas).await?;
        halls_write(&mut tx, &plan.halls, &areas).await?;
        devices_write(&mut tx, &plan.devices).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(counts)
    }
}

/// Whoever imports into a part makes no areas, leaves what lies elsewhere, and moves nothing in or out.
async fn plan_is_within(tx: &mut Tx, scope: &Scope, plan: &Plan) -> Result<(), StoreError> {
    if *scope == Scope::All {
        return Ok(());
    }
    let missing = |what, name: &str| StoreError::Missing { what, name: name.to_owned() };
    for row in changed(&plan.halls) {
        let area = match &row.area {
            AreaRef::Existing(id) => *id,
            AreaRef::New { code } => return Err(missing("area", code)),
        };
        match hall_if_in(tx, row.code.as_str()).await? {
            Some(hall) => {
                let here = hall_area_in(tx, hall).await?;
                let stays = here == Some(area) || scope.has_area(area);
                if !stays || !here.is_some_and(|here| scope.has(here, hall)) {
                    return Err(missing("hall", row.code.as_str()));
                }
            }
            None if scope.has_area(area) => {}
            None => return Err(missing("area", &area.to_string())),
        }
    }
    for row in changed(&plan.devices) {
        for code in [Some(&row.name.hall), row.uplink.as_ref().map(|uplink| &uplink.hall)].into_iter().flatten() {
            let hall = hall_id_in(tx, code.as_str()).await?;
            let here = hall_area_in(tx, hall).await?;
            let is_kept = *code != row.name.hall && uplink_is(tx, row).await?;
            if !is_kept && !here.is_some_and(|here| scope.has(here, hall)) {
                return Err(missing("hall", code.as_str()));
            }
        }
    }
    Ok(())
}

/// Whether the device hangs there already: what hangs on a device elsewhere stays there.
async fn uplink_is(tx: &mut Tx, row: &DeviceRow) -> Result<bool, StoreError> {
    let (Some(device), Some(uplink)) = (device_id_in(tx, &row.name).await?, row.uplink.as_ref()) else {
        return Ok(false);
    };
    let uplink = device_id_in(tx, uplink).await?;
    let found: Option<Option<i64>> = both!(tx.link(), on => {
        sqlx::query_scalar("SELECT uplink FROM device WHERE id = $1").bind(device.0).fetch_optional(on).await
    })
    .step("uplink_is", device)?;
    Ok(uplink.is_some() && found.flatten() == uplink.map(|id| id.0))
}

async fn areas_write(tx: &mut Tx, areas: &[NewArea]) -> Result<BTreeMap<String, AreaId>, StoreError> {
    let mut ids = BTreeMap::new();
    for area in areas {
        let draft =
            AreaDraft { code: area.code.clone(), name: area.name.clone(), kind: area.kind.clone(), parent: None };
        // Since when it has existed is not in the file.
        ids.insert(area.code.clone(), area_insert(tx, &draft, None).await?);
    }
    Ok(ids)
}

async fn halls_write(tx: &mut Tx, halls: &[Change<HallRow>], new: &BTreeMap<String, AreaId>) -> Result<(), StoreError> {
    for row in changed(halls) {
        let area = match &row.area {
            AreaRef::Existing(id) => *id,
            AreaRef::New { code } => {
                *new.get(code).ok_or_else(|| StoreError::Missing { what: "area", name: code.clone() })?
            }
        };
        hall_leaves_ended(tx, row.code.as_str(), area).await?;
        hall_upsert(tx, &row.code, area, &row.facts).await?;
    }
    Ok(())
}

/// First all devices, then their uplinks: an uplink may stand further down in the file.
async fn devices_write(tx: &mut Tx, devices: &[Change<DeviceRow>]) -> Result<(), StoreError> {
    let mut written = Vec::new();
    let mut halls: BTreeMap<&str, HallId> = BTreeMap::new();
    for row in changed(devices) {
        let code = row.name.hall.as_str();
        let hall = match halls.get(code) {
            Some(hall) => *hall,
            None => hall_id_in(tx, code).await?,
        };
        halls.insert(code, hall);
        written.push((device_upsert(tx, hall, &row.name, &row.facts).await?, row));
    }
    for (id, row) in written {
        let Some(uplink) = &row.uplink else { continue };
        let found = device_id_in(tx, uplink).await?;
        let uplink = found.ok_or_else(|| StoreError::Missing { what: "device", name: uplink.to_string() })?;
        device_uplink_write(tx, id, uplink).await?;
    }
    Ok(())
}

async fn hall_id_in(tx: &mut Tx, code: &str) -> Result<HallId, StoreError> {
    hall_if_in(tx, code).await?.ok_or_else(|| StoreError::Missing { what: "hall", name: code.to_owned() })
}

async fn hall_if_in(tx: &mut Tx, code: &str) -> Result<Option<HallId>, StoreError> {
    let found: Option<i64> = both!(tx.link(), on => {
        sqlx::query_scalar("SELECT id FROM hall WHERE code = $1").bind(code).fetch_optional(on).await
    })
    .step("hall_id", code)?;
    Ok(found.map(HallId))
}

fn changed<T>(rows: &[Change<T>]) -> impl Iterator<Item = &T> {
    rows.iter().filter_map(|change| match change {
        Change::Create(row) | Change::Update(row) => Some(row),
        Change::Unchanged(_) => None,
    })
}
