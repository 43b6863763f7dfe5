//! Interfaces: ports known by their name and MAC. The ifIndex of a port changes when a device renumbers (RFC 2863
//! §3.1.5), so it only says where to look at the moment.

use std::collections::BTreeMap;

use crate::device::Mac;
use crate::id::{DeviceId, InterfaceId};
use crate::reading::InterfaceReading;

/// A port that was seen on a device.
#[derive(Debug, Clone, PartialEq)]
pub struct Interface {
    /// Row id, kept across renumbering and reboots.
    pub id: InterfaceId,
    /// Its device.
    pub device: DeviceId,
    /// ifName, else ifDescr.
    pub name: String,
    /// ifPhysAddress, when it has one.
    pub mac: Option<Mac>,
    /// ifAlias: what a person called it on the device.
    pub alias: String,
    /// ifType (IANAifType-MIB).
    pub if_type: Option<u32>,
    /// ifIndex when last seen.
    pub index: u32,
    /// Bits per second, as the device says.
    pub speed_bps: Option<u64>,
    /// ifAdminStatus is up.
    pub is_admin_up: Option<bool>,
    /// ifOperStatus is up.
    pub is_oper_up: Option<bool>,
    /// The device's default route leaves through it.
    pub is_wan: Option<bool>,
}

/// Which known interface each reading belongs to; `None` is one never seen before.
///
/// The same name and MAC is the same port. A name alone is enough when one side has no MAC, or the box was replaced
/// (all its MACs are new); a MAC alone is enough when only one port on each side bears it (a renamed port). Several
/// ports with one name, as devices with empty ifName have, are told apart by MAC, then by ifIndex.
pub fn match_interfaces(known: &[Interface], seen: &[InterfaceReading]) -> Vec<Option<InterfaceId>> {
    let mut found: Vec<Option<InterfaceId>> = vec![None; seen.len()];
    let mut free: BTreeMap<InterfaceId, &Interface> = known.iter().map(|port| (port.id, port)).collect();
    type Rule = fn(&Interface, &InterfaceReading) -> bool;
    let rules: [Rule; 4] = [
        |port, new| port.name == new.name && port.mac == new.mac && port.index == new.index,
        |port, new| port.name == new.name && port.mac == new.mac,
        |port, new| port.name == new.name,
        |port, new| port.mac.is_some() && port.mac == new.mac,
    ];
    for (step, rule) in rules.into_iter().enumerate() {
        for (slot, new) in found.iter_mut().zip(seen) {
            if slot.is_some() {
                continue;
            }
            let candidates: Vec<InterfaceId> =
                free.values().filter(|port| rule(port, new)).map(|port| port.id).collect();
            // By MAC alone a bridge, its VLANs and its ports look the same: only an only one counts.
            let is_certain =
                step < 3 || (candidates.len() == 1 && seen.iter().filter(|other| other.mac == new.mac).count() == 1);
            if let (true, Some(id)) = (is_certain, candidates.first()) {
                free.remove(id);
                *slot = Some(*id);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: i64, index: u32, name: &str, mac: Option<u8>) -> Interface {
        Interface {
            id: InterfaceId(id),
            device: DeviceId(1),
            name: name.into(),
            mac: mac.map(|last| Mac([2, 0, 0, 0, 0, last])),
            alias: String::new(),
            if_type: Some(6),
            index,
            speed_bps: None,
            is_admin_up: None,
            is_oper_up: None,
            is_wan: None,
        }
    }

    fn seen(index: u32, name: &str, mac: Option<u8>) -> InterfaceReading {
        let mac = mac.map(|last| Mac([2, 0, 0, 0, 0, last]));
        InterfaceReading { index, name: name.into(), mac, ..InterfaceReading::default() }
    }

    #[test]
    fn renumbering_keeps_every_port() {
        let ports = [known(1, 1, "ether1", Some(1)), known(2, 2, "ether2", Some(2)), known(3, 3, "wlan1", Some(3))];
        let now = [
            seen(11, "wlan1", Some(3)),
            seen(12, "ether1", Some(1)),
            seen(13, "ether2", Some(2)),
            seen(14, "new", Some(4)),
        ];
        let ids = match_interfaces(&ports, &now);
        assert_eq!(ids, [Some(InterfaceId(3)), Some(InterfaceId(1)), Some(InterfaceId(2)), None]);
    }

    #[test]
    fn a_renamed_port_is_known_by_its_mac_and_a_bridge_is_not_mixed_up() {
        let ports = [known(1, 1, "ether1", Some(1)), known(2, 2, "bridge", Some(2))];
        assert_eq!(match_interfaces(&ports, &[seen(1, "wan", Some(1))]), [Some(InterfaceId(1))]);
        // a VLAN with the bridge's MAC appears: it is new, and the bridge stays itself
        let now = [seen(7, "vlan10", Some(2)), seen(2, "bridge", Some(2))];
        assert_eq!(match_interfaces(&ports, &now), [None, Some(InterfaceId(2))]);
    }

    #[test]
    fn ports_without_names_are_told_apart() {
        let ports = [known(1, 1, "", Some(1)), known(2, 2, "", Some(2)), known(3, 3, "", None)];
        let now = [seen(9, "", Some(2)), seen(8, "", Some(1)), seen(3, "", None)];
        assert_eq!(match_interfaces(&ports, &now), [Some(InterfaceId(2)), Some(InterfaceId(1)), Some(InterfaceId(3))]);
    }
}
