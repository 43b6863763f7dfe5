//! Neighbours by LLDP (IEEE 802.1AB, LLDP-MIB), the same on every family, and by CDP (CISCO-CDP-MIB) where the family
//! asks for it.

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

/// cdpCacheDeviceId, by ifIndex and number: a name, or a MAC address as text.
const CDP_DEVICE: &str = "1.3.6.1.4.1.9.9.23.1.2.1.1.6";

/// What families ask for that speak CDP.
pub(super) const CDP: Ask = Ask::Columns("1.3.6.1.4.1.9.9.23.1.2.1.1", &[6]);

/// By both protocols. Who is on a port by LLDP is not told once more by CDP.
pub(super) fn read(seen: &Seen<'_>) -> Vec<Neighbour> {
    let mut found = lldp(seen);
    let mut others = cdp(seen);
    others.retain(|one| !found.iter().any(|other| is_same(one, other)));
    found.extend(others);
    found
}

fn is_same(one: &Neighbour, other: &Neighbour) -> bool {
    one.port == other.port && (one.name == other.name || one.mac.is_some() && one.mac == other.mac)
}

fn cdp(seen: &Seen<'_>) -> Vec<Neighbour> {
    let row = |(index, device): (&[u32], &Value)| {
        let [port, _] = index else { return None };
        let name = device.as_text().filter(|name| !name.is_empty());
        let mac = name.as_deref().and_then(|name| name.parse().ok());
        let port = seen.port(*port);
        Some(Neighbour { port, name: name.filter(|_| mac.is_none()), mac, how: NeighbourProtocol::Cdp })
    };
    seen.answers.column(CDP_DEVICE).filter_map(row).collect()
}

fn lldp(seen: &Seen<'_>) -> Vec<Neighbour> {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mib::Answers;

    #[test]
    fn who_is_told_by_both_protocols_is_told_once() {
        let mut answers = Answers::default();
        let text = |text: &str| Value::Octets { bytes: text.into(), is_cut: false };
        for (name, value) in [
            (format!("{REMOTE}.4.0.3.1"), Value::Integer(4)),
            (format!("{REMOTE}.5.0.3.1"), Value::Octets { bytes: vec![2, 0, 0, 0, 0, 1], is_cut: false }),
            (format!("{REMOTE}.9.0.3.1"), text("switch-1")),
            (format!("{CDP_DEVICE}.3.7"), text("switch-1")),
            (format!("{CDP_DEVICE}.3.8"), text("phone")),
            (format!("{CDP_DEVICE}.4.1"), text("02:00:00:00:00:02")),
        ] {
            answers.insert(name.parse().unwrap(), value);
        }
        let ports = BTreeMap::from([(3, "Gi0/3".to_owned()), (4, "Gi0/4".to_owned())]);
        let found = read(&Seen { answers: &answers, ports: &ports });
        let told: Vec<_> = found.iter().map(|one| (one.port.as_str(), one.name.as_deref(), one.how)).collect();
        let (lldp, cdp) = (NeighbourProtocol::Lldp, NeighbourProtocol::Cdp);
        assert_eq!(told, [("Gi0/3", Some("switch-1"), lldp), ("Gi0/3", Some("phone"), cdp), ("Gi0/4", None, cdp)]);
        assert_eq!(found[2].mac, Some(Mac([2, 0, 0, 0, 0, 2])));
    }
}
