//! The fleet as it is connected: which halls and devices there are, and what stands between each and the centre.

use std::collections::BTreeMap;

use crate::device::{Device, DeviceFullName, DeviceKind};
use crate::hall::{Hall, HallCode};
use crate::id::{DeviceId, HallId};

/// A snapshot of the inventory for those who judge and those who poll.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fleet {
    halls: BTreeMap<HallId, Hall>,
    devices: BTreeMap<DeviceId, Device>,
    by_hall: BTreeMap<HallId, Vec<DeviceId>>,
}

impl Fleet {
    /// A fleet of these halls and devices. Devices of unknown halls are left out.
    pub fn new(halls: Vec<Hall>, devices: Vec<Device>) -> Self {
        let halls: BTreeMap<HallId, Hall> = halls.into_iter().map(|hall| (hall.id, hall)).collect();
        let devices: BTreeMap<DeviceId, Device> = devices
            .into_iter()
            .filter(|device| halls.contains_key(&device.hall))
            .map(|device| (device.id, device))
            .collect();
        let mut by_hall: BTreeMap<HallId, Vec<DeviceId>> = BTreeMap::new();
        for device in devices.values() {
            by_hall.entry(device.hall).or_default().push(device.id);
        }
        Fleet { halls, devices, by_hall }
    }

    /// All halls, by id.
    pub fn halls(&self) -> impl Iterator<Item = &Hall> {
        self.halls.values()
    }

    /// All devices, by id.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values()
    }

    /// One hall.
    pub fn hall(&self, id: HallId) -> Option<&Hall> {
        self.halls.get(&id)
    }

    /// The hall with this code.
    pub fn hall_by_code(&self, code: &HallCode) -> Option<&Hall> {
        self.halls.values().find(|hall| hall.code == *code)
    }

    /// One device.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(&id)
    }

    /// The device of this name.
    pub fn device_by_name(&self, name: &DeviceFullName) -> Option<&Device> {
        self.devices.values().find(|device| device.name == *name)
    }

    /// The devices of a hall, by id.
    pub fn devices_of(&self, hall: HallId) -> impl Iterator<Item = &Device> {
        self.by_hall.get(&hall).into_iter().flatten().filter_map(|id| self.devices.get(id))
    }

    /// The device through which this one is reached: the one a person named; else the hall's only router, when it is
    /// another device. A device of a hall with several routers and no uplink named stands on its own.
    pub fn uplink(&self, id: DeviceId) -> Option<&Device> {
        let device = self.devices.get(&id)?;
        if let Some(uplink) = device.uplink {
            return self.devices.get(&uplink);
        }
        let mut routers = self.devices_of(device.hall).filter(|other| is_gateway_kind(other));
        match (routers.next(), routers.next()) {
            (Some(router), None) if router.id != id && device.facts.kind != DeviceKind::Cpe => Some(router),
            _ => None,
        }
    }

    /// Everything between a device and the centre, nearest to the device first. A circle in the data ends the walk.
    pub fn uplink_path(&self, id: DeviceId) -> Vec<DeviceId> {
        let mut path = Vec::new();
        let mut current = id;
        while let Some(next) = self.uplink(current) {
            if next.id == id || path.contains(&next.id) {
                break;
            }
            path.push(next.id);
            current = next.id;
        }
        path
    }

    /// The devices whose loss is the loss of the hall: its polled routers; where it has none, whatever has no uplink
    /// inside the hall.
    pub fn gateways(&self, hall: HallId) -> Vec<DeviceId> {
        let polled = || self.devices_of(hall).filter(|device| device.lifecycle.is_polled());
        let routers: Vec<DeviceId> =
            polled().filter(|device| is_gateway_kind(device)).map(|device| device.id).collect();
        if !routers.is_empty() {
            return routers;
        }
        polled()
            .filter(|device| self.uplink(device.id).is_none_or(|uplink| uplink.hall != hall))
            .map(|device| device.id)
            .collect()
    }
}

fn is_gateway_kind(device: &Device) -> bool {
    device.facts.kind == DeviceKind::Router && device.lifecycle.is_polled()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::device::{DeviceFacts, Lifecycle, PollMethods};
    use crate::hall::HallFacts;
    use crate::id::AreaId;

    pub(crate) fn hall(id: i64, code: &str) -> Hall {
        let code = code.parse().expect("a good code");
        Hall { id: HallId(id), code, area: AreaId(1), lifecycle: Lifecycle::Active, facts: HallFacts::default() }
    }

    pub(crate) fn device(id: i64, hall: &Hall, name: &str, kind: DeviceKind, uplink: Option<i64>) -> Device {
        Device {
            id: DeviceId(id),
            hall: hall.id,
            name: DeviceFullName { hall: hall.code.clone(), name: name.parse().expect("a good name") },
            lifecycle: Lifecycle::Active,
            uplink: uplink.map(DeviceId),
            facts: DeviceFacts {
                kind,
                address: format!("10.0.0.{id}").parse().expect("a good address"),
                platform: None,
                agent: None,
                poll: PollMethods::default(),
                snmp: None,
                ssh: None,
                serial: None,
                mac: None,
                power: None,
                notes: None,
                host_key: None,
            },
        }
    }

    #[test]
    fn what_names_no_uplink_hangs_on_the_only_router_of_its_hall() {
        let one = hall(1, "dr-01");
        let devices = vec![
            device(1, &one, "gw", DeviceKind::Router, None),
            device(2, &one, "ap-1", DeviceKind::AccessPoint, None),
            device(3, &one, "ap-2", DeviceKind::AccessPoint, Some(2)),
            device(4, &one, "ont", DeviceKind::Cpe, None),
        ];
        let fleet = Fleet::new(vec![one], devices);
        assert_eq!(fleet.uplink_path(DeviceId(3)), [DeviceId(2), DeviceId(1)]);
        assert_eq!(fleet.uplink_path(DeviceId(1)), []);
        assert_eq!(fleet.uplink_path(DeviceId(4)), [], "the provider's box stands before the router, not behind it");
        assert_eq!(fleet.gateways(HallId(1)), [DeviceId(1)]);
    }

    #[test]
    fn a_hall_without_a_router_is_lost_with_its_first_boxes() {
        let one = hall(1, "dr-01");
        let devices = vec![
            device(1, &one, "ap-1", DeviceKind::AccessPoint, None),
            device(2, &one, "ap-2", DeviceKind::AccessPoint, Some(1)),
        ];
        let fleet = Fleet::new(vec![one], devices);
        assert_eq!(fleet.gateways(HallId(1)), [DeviceId(1)]);
    }

    #[test]
    fn uplinks_that_form_a_circle_end() {
        let one = hall(1, "dr-01");
        let devices =
            vec![device(1, &one, "a", DeviceKind::Switch, Some(2)), device(2, &one, "b", DeviceKind::Switch, Some(1))];
        let fleet = Fleet::new(vec![one], devices);
        assert_eq!(fleet.uplink_path(DeviceId(1)), [DeviceId(2)]);
    }
}
