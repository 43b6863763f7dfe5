//! The families, one line each. The first that recognises a device has it: those that are sure of themselves stand
//! before those that take what is left.

use super::family::{Family, Source};
use super::{
    aerohive, airfiber, airos, alta, apc, aruba, aruba_cx, axis, cambium, cisco, comware, dahua, dlink, draytek,
    edgemax, entity, fortinet, freshtomato, grandstream, hikvision, ios, linux, mimosa, netonix, openwrt, peplink,
    procurve, routeros, ruckus, ruijie, rutos, swos, tplink, unifi, ups, zyxel,
};

/// All of them, in the order in which they are asked.
pub static ALL: &[&Family] = &[
    &routeros::FAMILY,
    &swos::FAMILY,
    &unifi::FAMILY,
    &airfiber::LTU,
    &airfiber::AF60,
    &airfiber::FIRST,
    &airos::FAMILY,
    &edgemax::EDGEOS,
    &edgemax::UNIFI_SWITCH,
    &edgemax::EDGESWITCH,
    &tplink::JETSTREAM,
    &tplink::EAP,
    &tplink::HOME,
    &ruckus::UNLEASHED,
    &ruckus::ZONE_DIRECTOR,
    &ruckus::SMART_ZONE,
    &ruckus::ALONE,
    &cambium::EPMP,
    &cambium::CNPILOT,
    &cambium::CNMATRIX,
    &cambium::PMP,
    &aruba::INSTANT,
    &aruba::CONTROLLER,
    &aruba_cx::FAMILY,
    &procurve::FAMILY,
    &comware::FAMILY,
    &cisco::WLC,
    &cisco::SMALL_BUSINESS,
    &ios::FAMILY,
    &grandstream::FAMILY,
    &ruijie::RUIJIE,
    &ruijie::FS,
    &draytek::FAMILY,
    &alta::FAMILY,
    &zyxel::ACCESS_POINT,
    &zyxel::SWITCH,
    &zyxel::FAMILY,
    &mimosa::FAMILY,
    &fortinet::FORTIAP,
    &fortinet::FORTIGATE,
    &fortinet::FORTISWITCH,
    &aerohive::FAMILY,
    &peplink::FAMILY,
    &netonix::FAMILY,
    &dlink::FAMILY,
    &apc::FAMILY,
    &ups::CYBERPOWER,
    &ups::EATON,
    &ups::FAMILY,
    &axis::FAMILY,
    &dahua::FAMILY,
    &hikvision::FAMILY,
    &rutos::FAMILY,
    &freshtomato::FRESHTOMATO,
    &freshtomato::ASUSWRT,
    &freshtomato::DD_WRT,
    &openwrt::FAMILY,
    &linux::FAMILY,
];

/// A device of no known family: what the standards' MIBs tell of it.
pub static GENERIC: Family = Family {
    model: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.13")],
    version: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.10")],
    serial: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.11")],
    sensors: &[ups::SENSORS],
    facts: entity::FACTS,
    live: entity::LIVE,
    read: entity::read,
    ..Family::UNKNOWN
};

/// Makers by their private enterprise numbers (IANA), for devices of no known family.
pub static MAKERS: &[(&str, &str)] = &[
    ("9", "Cisco"),
    ("11", "HPE"),
    ("43", "3Com"),
    ("161", "Motorola"),
    ("171", "D-Link"),
    ("318", "APC"),
    ("368", "Axis"),
    ("534", "Eaton"),
    ("674", "Dell"),
    ("890", "Zyxel"),
    ("1916", "Extreme"),
    ("1991", "Brocade"),
    ("2011", "Huawei"),
    ("2636", "Juniper"),
    ("3375", "F5"),
    ("3808", "CyberPower"),
    ("3902", "ZTE"),
    ("4526", "Netgear"),
    ("5651", "Maipu"),
    ("6527", "Nokia"),
    ("6876", "VMware"),
    ("8741", "SonicWall"),
    ("12356", "Fortinet"),
    ("30065", "Arista"),
    ("37950", "VSOL"),
    ("41112", "Ubiquiti"),
];

/// The platform keys that a device can be of, each once, in the order of the alphabet.
pub fn platforms() -> Vec<&'static str> {
    let mut keys: Vec<&str> = ALL.iter().map(|family| family.platform).chain([GENERIC.platform]).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mib::Oid;
    use crate::platform::family::{Clues, Cpu, Memory, Name};
    use crate::platform::{Recognised, recognise};

    fn every() -> impl Iterator<Item = &'static Family> {
        ALL.iter().copied().chain([&GENERIC])
    }

    #[test]
    fn every_family_has_a_key_of_its_own_and_names_that_can_be_asked_for() {
        let mut keys = BTreeSet::new();
        for family in every() {
            assert!(keys.insert(family.key), "{} twice", family.key);
            let sensors = || family.sensors.iter().copied().flatten();
            let mut names: Vec<&str> = family.probes.to_vec();
            names.extend(sensors().map(|sensor| sensor.at));
            names.extend(sensors().filter_map(|sensor| match sensor.name {
                Name::Cell(column, _) => Some(column),
                Name::Fixed(_) | Name::Row(_) | Name::Port(_) => None,
            }));
            for source in [family.model, family.version, family.serial, family.restart_reason].concat() {
                match source {
                    Source::Object(name) | Source::Column(name) => names.push(name),
                    Source::Within(name, _) | Source::WithinColumn(name, _) => names.push(name),
                    Source::Descr(_) => {}
                    Source::Made(made, _) => names.extend(made),
                }
            }
            for cpu in family.cpu {
                match cpu {
                    Cpu::Object(name, _) | Cpu::Column(name) | Cpu::Idle(name) | Cpu::Within(name, _) => {
                        names.push(name);
                    }
                    Cpu::Made(made, _) => names.extend(*made),
                }
            }
            for memory in family.memory {
                match memory {
                    Memory::Storage | Memory::Ucd => {}
                    Memory::Percent(name) | Memory::PercentColumn(name) | Memory::Within(name, _) => names.push(name),
                    Memory::Free(one, two)
                    | Memory::FreeColumns(one, two)
                    | Memory::Used(one, two)
                    | Memory::UsedColumns(one, two) => names.extend([*one, *two]),
                    Memory::Made(made, _) => names.extend(*made),
                }
            }
            for name in names {
                assert!(name.parse::<Oid>().is_ok(), "{}: {name}", family.key);
            }
            let asked = [crate::platform::facts(family), crate::platform::live(family)];
            assert!(asked.iter().all(|asks| asks.objects.iter().all(|name| name.arcs().len() > 6)), "{}", family.key);
        }
    }

    #[test]
    fn a_family_is_known_by_its_number_and_a_vague_one_is_probed() {
        let of = |object_id: &str, descr: &str| match recognise(&Clues { descr, object_id, probed: None }) {
            Recognised::Family(family) => family.key,
            Recognised::Probe(_) => "probe",
        };
        for (object_id, descr, key) in [
            ("1.3.6.1.4.1.14988.1", "RouterOS hEX", "routeros"),
            ("1.3.6.1.4.1.14988.2", "CSS326 SwOS v2.13", "swos"),
            ("1.3.6.1.4.1.14988.10", "", "generic"),
            ("1.3.6.1.4.1.8072.3.2.10", "UAP-AC-Lite 4.3.28.11361", "unifi"),
            ("1.3.6.1.4.1.8072.3.2.10", "Linux x 5.4 armv7l", "probe"),
            ("1.3.6.1.4.1.10002.1", "Linux 2.6.32", "probe"),
            ("", "", "probe"),
            ("1.3.6.1.4.1.11863.5.190", "Omada Switch", "omada-switch"),
            ("1.3.6.1.4.1.25053.3.1.5.15", "Ruckus Wireless ZD1200", "probe"),
            ("1.3.6.1.4.1.25053.3.1.11.1", "SmartZone", "ruckus-sz"),
            ("1.3.6.1.4.1.9.1.2660", "Cisco IOS Software [Cupertino]", "cisco-ios"),
            ("1.3.6.1.4.1.2636.1.1.1.2.1", "Juniper", "generic"),
            ("1.3.6.1.4.1.8072.3.2.10", "U6-Pro 6.5.28", "unifi"),
            ("1.3.6.1.4.1.47196.4.1.1.1.100", "Aruba JL679A", "aruba-cx"),
            ("1.3.6.1.4.1.25506.11.1.121", "HP Comware Platform Software", "comware"),
            ("1.3.6.1.4.1.890.1.5.8.68", "GS1920-24", "zyxel-switch"),
            ("1.3.6.1.4.1.890.1.15", "NWA1123-AC", "zyxel-ap"),
            ("1.3.6.1.4.1.12356.106.1.1081", "FortiSwitch-108E", "fortiswitch"),
            ("1.3.6.1.4.1.9.6.1.34.371.1", "Linksys SLM2024", "cisco-sb"),
            ("1.3.6.1.4.1.3808.1.1.1", "CyberPower", "cyberpower"),
        ] {
            assert_eq!(of(object_id, descr), key, "{object_id} {descr}");
        }
    }
}
