//! Areas: listed, and succeeded by others on a day.

use inventory::area::{Area, AreaTree};
use inventory::clock::Clock;
use inventory::id::AreaId;
use jiff::civil::Date;

use super::App;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::store::{AreaFilter, AuditAction, AuditEntry, Page, PageAsk, Successor};
use crate::web::format;

/// Today where the halls are: dates of the administration are local.
pub(super) fn today(clock: &dyn Clock) -> Date {
    format::local(clock.now()).date()
}

impl App {
    /// Today where the halls are.
    pub fn today(&self) -> Date {
        today(self.clock.as_ref())
    }

    /// A page of the areas that lie in his part, and of those above them.
    ///
    /// # Errors
    /// When he sees nothing, the cursor is none of ours, or the records cannot be read.
    pub async fn area_list(
        &self,
        principal: &Principal,
        filter: &AreaFilter,
        ask: &PageAsk,
    ) -> Result<Page<Area>, AppError> {
        principal.require(Role::Viewer)?;
        let sight = self.sight(principal);
        Ok(self.db.area_list(sight.areas_seen(), filter, ask).await?)
    }

    /// One area.
    ///
    /// # Errors
    /// When there is none of this id.
    pub fn area(&self, principal: &Principal, id: AreaId) -> Result<Area, AppError> {
        principal.require(Role::Viewer)?;
        self.sight(principal).area(id).cloned().ok_or_else(|| AppError::NotFound { what: "area", id: id.to_string() })
    }

    /// One area straight from the records: one that was written a moment ago is not in the snapshot yet.
    ///
    /// # Errors
    /// When he does not administer everything, or there is none of this id.
    pub async fn area_now(&self, principal: &Principal, id: AreaId) -> Result<(Area, AreaTree), AppError> {
        principal.require_everywhere(Role::Admin)?;
        let tree = self.db.fleet_load().await?.areas;
        let area = tree.area(id).cloned().ok_or_else(|| AppError::NotFound { what: "area", id: id.to_string() })?;
        Ok((area, tree))
    }

    /// Lets areas be succeeded by one, on a day. Halls follow on that day.
    ///
    /// # Errors
    /// When he does not administer everything, an area does not exist or does not end on that day, or the code is taken.
    pub async fn area_succeed(
        &self,
        principal: &Principal,
        olds: &[AreaId],
        by: &Successor,
        on: Date,
    ) -> Result<AreaId, AppError> {
        principal.require_everywhere(Role::Admin)?;
        let world = self.world();
        let name = |id: &AreaId| world.areas.area(*id).map_or_else(|| id.to_string(), |area| area.code.clone());
        let codes: Vec<String> = olds.iter().map(name).collect();
        let by_code = match by {
            Successor::Existing(id) => name(id),
            Successor::New(draft) => draft.code.clone(),
        };
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            details: serde_json::json!({ "by": by_code, "on": on.to_string() }),
            ..actor.did(self.clock.now(), AuditAction::AreaSucceed, format!("area {}", codes.join(", ")))
        };
        Ok(self.db.area_succeed(olds, by, on, self.today(), &entry).await?)
    }

    /// The area with everything below it, as a filter for halls.
    pub(super) fn area_subtree(&self, root: AreaId) -> Vec<AreaId> {
        let world = self.world();
        let below = world.areas.areas().iter().filter(|area| world.areas.is_within(area.id, root));
        below.map(|area| area.id).collect()
    }
}
