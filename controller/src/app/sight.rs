//! The snapshot of the inventory as one person sees it: what does not lie in his part is not there.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use ::inventory::area::{Area, AreaTree};
use ::inventory::device::Device;
use ::inventory::fleet::Fleet;
use ::inventory::hall::Hall;
use ::inventory::id::{AreaId, DeviceId, HallId};

use super::App;
use super::principal::{Principal, Role};
use crate::link::EMBEDDED;
use crate::live::Change;
use crate::store::Scope;
use crate::world::World;

/// A snapshot and the part of it that somebody sees.
#[derive(Debug, Clone)]
pub struct Sight {
    world: Arc<World>,
    scope: Scope,
    /// See [`Sight::areas_seen`]; a list asks it for each of its rows.
    areas_seen: OnceLock<Option<BTreeSet<AreaId>>>,
}

impl App {
    /// The inventory as it is now, as this principal sees it.
    pub fn sight(&self, principal: &Principal) -> Sight {
        Sight::new(self.world(), principal.scope(Role::Viewer))
    }
}

impl Sight {
    /// This part of a snapshot.
    pub fn new(world: Arc<World>, scope: Scope) -> Sight {
        Sight { world, scope, areas_seen: OnceLock::new() }
    }

    /// Areas of all times. Which of them a person may hear of says [`Sight::area`].
    pub fn areas(&self) -> &AreaTree {
        &self.world.areas
    }

    /// One area, if it is seen.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        let is_seen = self.areas_seen().is_none_or(|seen| seen.contains(&id));
        self.world.areas.area(id).filter(|_| is_seen)
    }

    /// The areas that are seen: those of his part and of his halls, and what lies above them. `None` when all are.
    pub fn areas_seen(&self) -> Option<&BTreeSet<AreaId>> {
        let seen = self.areas_seen.get_or_init(|| match &self.scope {
            Scope::All => None,
            Scope::Part { areas, halls } => {
                let of_halls = halls.iter().filter_map(|id| self.world.fleet.hall(*id)).map(|hall| hall.area);
                let with_halls: BTreeSet<AreaId> = areas.iter().copied().chain(of_halls).collect();
                let up = with_halls.iter().flat_map(|id| self.world.areas.path_up(*id));
                Some(up.map(|area| area.id).collect())
            }
        });
        seen.as_ref()
    }

    /// One hall, if it is seen.
    pub fn hall(&self, id: HallId) -> Option<&Hall> {
        self.world.fleet.hall(id).filter(|hall| self.scope.has(hall.area, hall.id))
    }

    /// One device, if it is seen.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.world.fleet.device(id).filter(|device| self.hall(device.hall).is_some())
    }

    /// Every device that is seen.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.world.fleet.devices().filter(|device| self.hall(device.hall).is_some())
    }

    /// What a device hangs on, if that is seen.
    pub fn uplink(&self, id: DeviceId) -> Option<&Device> {
        self.world.fleet.uplink(id).filter(|device| self.hall(device.hall).is_some())
    }

    /// What stands between a device and the centre, as far as it is seen.
    pub fn uplink_path(&self, id: DeviceId) -> Vec<DeviceId> {
        let path = self.world.fleet.uplink_path(id).into_iter();
        path.filter(|id| self.device(*id).is_some()).collect()
    }

    /// The devices over which a hall is reached.
    pub fn gateways(&self, hall: HallId) -> Vec<DeviceId> {
        self.hall(hall).map(|hall| self.world.fleet.gateways(hall.id)).unwrap_or_default()
    }

    /// The agents that poll something that is seen; `None` when all may be seen.
    pub fn agents_seen(&self) -> Option<BTreeSet<&str>> {
        match &self.scope {
            Scope::All => None,
            Scope::Part { .. } => {
                Some(self.devices().map(|device| device.facts.agent.as_deref().unwrap_or(EMBEDDED)).collect())
            }
        }
    }

    /// Whether he may hear of a change.
    pub fn hears(&self, change: &Change) -> bool {
        match (change, &self.scope) {
            (Change::All | Change::Fleet, _) | (Change::Hall(_) | Change::Device(_), Scope::All) => true,
            (Change::Hall(code), Scope::Part { .. }) => {
                self.world.fleet.hall_by_code(code).is_some_and(|hall| self.scope.has(hall.area, hall.id))
            }
            (Change::Device(id), Scope::Part { .. }) => self.device(*id).is_some(),
        }
    }

    /// The part as a fleet of its own. What hangs on a device elsewhere hangs on nothing in it.
    pub fn fleet(&self) -> Cow<'_, Fleet> {
        part(&self.world.fleet, &self.scope)
    }
}

/// The part of a fleet that a scope has.
pub fn part<'a>(fleet: &'a Fleet, scope: &Scope) -> Cow<'a, Fleet> {
    match scope {
        Scope::All => Cow::Borrowed(fleet),
        Scope::Part { .. } => {
            let halls: Vec<Hall> = fleet.halls().filter(|hall| scope.has(hall.area, hall.id)).cloned().collect();
            let devices = halls.iter().flat_map(|hall| fleet.devices_of(hall.id)).cloned().collect();
            Cow::Owned(Fleet::new(halls, devices))
        }
    }
}
