//! Neighbours by LLDP (IEEE 802.1AB, LLDP-MIB), the same on every family.

use super::family::{Ask, Seen};
use crate::condition::{Neighbour, NeighbourProtocol};
use crate::device::Mac;
use crate::mib::Value;

/// lldpRemEntry: chassis id subtype 4, chassis id 5, system name 9. Index: time mark, local port, number.
const REMOTE: &str = "1.0.8802.1.1.2.1.4.1.1";
/// lldpLocPortEntry: port id 3, port description 4. Index: local port.
const LOCAL: &str = "1.0.8802.1.1.2.1.3.7.1";

/// LldpChassisIdSubtype macAddress.
const BY_MAC: u64 = 4;

pub(super) const ASKS: &[Ask] = &[Ask::Columns(REMOTE, &[4, 5, 9]), Ask::Columns(LOCAL, &[3, 4])];

pub(super) fn read(seen: &Seen<'_>) -> Vec<Neighbour> {
    let answers = seen.answers;
    let row = |(index, chassis): (&[u32], &Value)| {
        let [_, port, _] = index else { return None };
        let is_mac = answers.cell(&format!("{REMOTE}.4"), index).and_then(Value::as_u64) == Some(BY_MAC);
        let local = |number: u32| answers.cell_text(&format!("{LOCAL}.{number}"), &[*port]);
        Some(Neighbour {
            // The local port number is the ifIndex on most devices; where the port's own name is told, that is sure.
            port: seen.ports.get(port).cloned().or_else(|| local(4)).or_else(|| local(3)).unwrap_or_default(),
            name: answers.cell_text(&format!("{REMOTE}.9"), index),
            mac: if is_mac { mac(chassis) } else { None },
            how: NeighbourProtocol::Lldp,
        })
    };
    answers.column(&format!("{REMOTE}.5")).filter_map(row).collect()
}

/// Six bytes, or their text as RouterOS sends it.
fn mac(chassis: &Value) -> Option<Mac> {
    let bytes: Option<[u8; 6]> = chassis.as_octets().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Mac).or_else(|| chassis.as_text()?.parse().ok())
}
