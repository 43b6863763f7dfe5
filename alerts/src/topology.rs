//! What stands before and behind each device, worked out once for each version of the fleet. Only devices that are
//! judged appear: in use or in maintenance, in a hall that is.

use std::collections::BTreeMap;

use inventory::device::{Device, Lifecycle};
use inventory::fleet::Fleet;
use inventory::id::{DeviceId, HallId};

/// The fleet as a tree.
#[derive(Debug, Default)]
pub(crate) struct Topology {
    /// Per judged device everything between it and the centre, nearest to the device first.
    paths: BTreeMap<DeviceId, Vec<DeviceId>>,
    /// Per device everything that is reached through it, nearest to the root first.
    behind: BTreeMap<DeviceId, Vec<DeviceId>>,
    /// Per hall the devices whose loss is its loss.
    gateways: BTreeMap<HallId, Vec<DeviceId>>,
    /// Per hall its gateways and what stands before them in the same hall.
    carriers: BTreeMap<HallId, Vec<DeviceId>>,
}

impl Topology {
    /// Of this fleet.
    pub(crate) fn of(fleet: &Fleet) -> Topology {
        let judged = |id: &DeviceId| fleet.device(*id).is_some_and(|device| lifecycle(fleet, device).is_polled());
        let walked: BTreeMap<DeviceId, Vec<DeviceId>> = fleet
            .devices()
            .map(|device| device.id)
            .filter(judged)
            .map(|id| (id, fleet.uplink_path(id).into_iter().filter(judged).collect()))
            .collect();
        // Uplinks that form a circle would make each cut off behind the other and nobody down. The smaller id counts as
        // nearer the root.
        let is_before = |id: DeviceId, parent: DeviceId| parent < id || !walked[&parent].contains(&id);
        let paths: BTreeMap<DeviceId, Vec<DeviceId>> = walked
            .iter()
            .map(|(id, path)| (*id, path.iter().copied().filter(|parent| is_before(*id, *parent)).collect()))
            .collect();
        let mut behind: BTreeMap<DeviceId, Vec<DeviceId>> = BTreeMap::new();
        for (id, path) in &paths {
            for parent in path {
                behind.entry(*parent).or_default().push(*id);
            }
        }
        for list in behind.values_mut() {
            list.sort_by_key(|id| (paths[id].len(), *id));
        }
        let mut topology = Topology { paths, behind, ..Topology::default() };
        for hall in fleet.halls().filter(|hall| hall.lifecycle.is_polled()) {
            let gateways = fleet.gateways(hall.id);
            let mut carriers = gateways.clone();
            for parent in gateways.iter().flat_map(|id| topology.path(*id)) {
                if !carriers.contains(parent) && fleet.device(*parent).is_some_and(|device| device.hall == hall.id) {
                    carriers.push(*parent);
                }
            }
            topology.gateways.insert(hall.id, gateways);
            topology.carriers.insert(hall.id, carriers);
        }
        topology
    }

    /// Whether observations of it count.
    pub(crate) fn is_judged(&self, device: DeviceId) -> bool {
        self.paths.contains_key(&device)
    }

    /// Everything between a device and the centre, nearest to the device first.
    pub(crate) fn path(&self, device: DeviceId) -> &[DeviceId] {
        self.paths.get(&device).map_or(&[], Vec::as_slice)
    }

    /// Everything that is reached through a device, nearest to the root first.
    pub(crate) fn behind(&self, device: DeviceId) -> &[DeviceId] {
        self.behind.get(&device).map_or(&[], Vec::as_slice)
    }

    /// The devices whose loss is the loss of the hall; none when the hall is not in use.
    pub(crate) fn gateways(&self, hall: HallId) -> &[DeviceId] {
        self.gateways.get(&hall).map_or(&[], Vec::as_slice)
    }

    /// The hall's gateways and what stands before them in the same hall: what can be the reason why it is down.
    pub(crate) fn carriers(&self, hall: HallId) -> &[DeviceId] {
        self.carriers.get(&hall).map_or(&[], Vec::as_slice)
    }

    /// Sorts so that those nearest the root come first.
    pub(crate) fn sort_root_first(&self, devices: &mut [DeviceId]) {
        devices.sort_by_key(|id| (self.path(*id).len(), *id));
    }
}

/// Where a device stands in its life, with its hall's counted in: what is not in use in either is not in use.
pub(crate) fn lifecycle(fleet: &Fleet, device: &Device) -> Lifecycle {
    let hall = fleet.hall(device.hall).map_or(Lifecycle::Retired, |hall| hall.lifecycle);
    let worst = [Lifecycle::Retired, Lifecycle::Planned, Lifecycle::Maintenance];
    worst.into_iter().find(|one| device.lifecycle == *one || hall == *one).unwrap_or(Lifecycle::Active)
}
