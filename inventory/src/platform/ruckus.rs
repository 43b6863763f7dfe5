//! Ruckus (E.25053.1): Unleashed, ZoneDirector, SmartZone, access points alone. sysObjectID lies: old Unleashed shares
//! the ZoneDirector's (LibreNMS #9727), 200.19.7.11 answers 0.0 (#19459), an R770 the lone access point's (#20423).

use super::family::{Ask, Clues, Cpu, Family, Memory, Seen, Source, Verdict, word, yes_if};
use super::wifi::{self, everybody, networks};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi};

/// Unleashed: the access point that leads the others (RUCKUS-UNLEASHED-SYSTEM-MIB).
pub(super) static UNLEASHED: Family = Family {
    key: "ruckus-unleashed",
    platform: "ruckus",
    vendor: Some("Ruckus"),
    recognise: |clues: &Clues<'_>| {
        let could_be = clues.is_vague()
            || ["1.3.6.1.4.1.25053.3.1.5", "1.3.6.1.4.1.25053.3.1.4"].iter().any(|root| clues.is_below(root));
        if could_be { Verdict::Maybe } else { Verdict::No }
    },
    probes: &["1.3.6.1.4.1.25053.1.15.1.1.1.1.9"],
    model: &[Source::Object("1.3.6.1.4.1.25053.1.15.1.1.1.1.9.0")],
    version: &[Source::Object("1.3.6.1.4.1.25053.1.15.1.1.1.1.18.0")],
    serial: &[Source::Object("1.3.6.1.4.1.25053.1.15.1.1.1.1.15.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.25053.1.15.1.1.1.15.13.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.25053.1.15.1.1.1.15.14.0")],
    facts: &[Ask::Columns("1.3.6.1.4.1.25053.1.15.2.1.1.1.1.1", &[1])],
    live: &[
        Ask::Object("1.3.6.1.4.1.25053.1.15.1.1.1.15.1.0"),
        Ask::Object("1.3.6.1.4.1.25053.1.15.1.1.1.15.2.0"),
        Ask::Columns("1.3.6.1.4.1.25053.1.15.2.1.1.1.1.1", &[12]),
    ],
    read: |seen, condition| {
        controller(seen, condition, "1.3.6.1.4.1.25053.1.15.1.1.1", "1.3.6.1.4.1.25053.1.15.2.1.1.1.1.1")
    },
    ..Family::UNKNOWN
};

/// ZoneDirector (RUCKUS-ZD-SYSTEM-MIB, RUCKUS-ZD-WLAN-MIB).
pub(super) static ZONE_DIRECTOR: Family = Family {
    key: "ruckus-zd",
    platform: "ruckus",
    vendor: Some("Ruckus"),
    recognise: |clues: &Clues<'_>| {
        yes_if(clues.is_below("1.3.6.1.4.1.25053.3.1.5") || clues.descr.starts_with("Ruckus Wireless ZD"))
    },
    model: &[Source::Object("1.3.6.1.4.1.25053.1.2.1.1.1.1.9.0"), Source::Descr(|descr| word(descr, 2))],
    version: &[Source::Object("1.3.6.1.4.1.25053.1.2.1.1.1.1.18.0")],
    serial: &[Source::Object("1.3.6.1.4.1.25053.1.2.1.1.1.1.15.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.25053.1.2.1.1.1.5.58.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.25053.1.2.1.1.1.5.59.0")],
    facts: &[Ask::Columns("1.3.6.1.4.1.25053.1.2.2.1.1.1.1.1", &[1])],
    live: &[
        Ask::Object("1.3.6.1.4.1.25053.1.2.1.1.1.15.1.0"),
        Ask::Object("1.3.6.1.4.1.25053.1.2.1.1.1.15.2.0"),
        Ask::Object("1.3.6.1.4.1.25053.1.2.1.1.1.15.15.0"),
        Ask::Columns("1.3.6.1.4.1.25053.1.2.2.1.1.1.1.1", &[12]),
    ],
    read: |seen, condition| {
        controller(seen, condition, "1.3.6.1.4.1.25053.1.2.1.1.1", "1.3.6.1.4.1.25053.1.2.2.1.1.1.1.1");
        if let Some(registered) = seen.answers.number("1.3.6.1.4.1.25053.1.2.1.1.1.15.15.0") {
            wifi::add(condition, Class::Count, "access points registered", registered);
        }
    },
    ..Family::UNKNOWN
};

/// SmartZone (RUCKUS-SZ-SYSTEM-MIB, RUCKUS-SZ-WLAN-MIB, RUCKUS-CTRL-MIB).
pub(super) static SMART_ZONE: Family = Family {
    key: "ruckus-sz",
    platform: "ruckus",
    vendor: Some("Ruckus"),
    recognise: |clues: &Clues<'_>| {
        yes_if(["10", "11"].iter().any(|below| clues.is_below(&format!("1.3.6.1.4.1.25053.3.1.{below}"))))
    },
    model: &[Source::Column("1.3.6.1.4.1.25053.1.8.1.1.1.1.1.1.3")],
    version: &[Source::Column("1.3.6.1.4.1.25053.1.8.1.1.1.1.1.1.9")],
    serial: &[Source::Object("1.3.6.1.4.1.25053.1.4.1.1.1.15.13.0")],
    facts: &[Ask::Columns("1.3.6.1.4.1.25053.1.4.2.1.1.1.2.1", &[1])],
    live: &[
        Ask::Object("1.3.6.1.4.1.25053.1.4.1.1.1.15.1.0"),
        Ask::Object("1.3.6.1.4.1.25053.1.4.1.1.1.15.2.0"),
        Ask::Columns("1.3.6.1.4.1.25053.1.4.2.1.1.1.2.1", &[12]),
        Ask::Columns("1.3.6.1.4.1.25053.1.8.1.1.1.1.1.1", &[19]),
    ],
    read: |seen, condition| {
        controller(seen, condition, "1.3.6.1.4.1.25053.1.4.1.1.1", "1.3.6.1.4.1.25053.1.4.2.1.1.1.2.1");
        // Of all it knows; how many of them are connected stands by controller.
        let connected = wifi::sum(seen, "1.3.6.1.4.1.25053.1.8.1.1.1.1.1.1.19");
        if let (Some(connected), Some(wifi)) = (connected, &mut condition.wifi) {
            let known = wifi.access_points.replace(connected);
            if let Some(known) = known {
                wifi::add(condition, Class::Count, "access points registered", f64::from(known));
            }
        }
    },
    ..Family::UNKNOWN
};

/// An access point alone (RUCKUS-WLAN-MIB, RUCKUS-HWINFO-MIB).
pub(super) static ALONE: Family = Family {
    key: "ruckus-ap",
    platform: "ruckus",
    vendor: Some("Ruckus"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.25053")),
    model: &[Source::Object("1.3.6.1.4.1.25053.1.1.2.1.1.1.1.0")],
    version: &[Source::Object("1.3.6.1.4.1.25053.1.1.3.1.1.1.1.1.3.1")],
    serial: &[Source::Object("1.3.6.1.4.1.25053.1.1.2.1.1.1.2.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.25053.1.1.11.1.1.1.1.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.25053.1.1.11.1.1.1.2.0")],
    live: &[Ask::Columns(RADIO_STATS, &[2, 21, 50]), Ask::Columns(RADIO, &[8])],
    read: read_alone,
    ..Family::UNKNOWN
};

/// ruckusRadioStatsEntry: stations 2, errors received 21, utilisation 50 (%). ruckusRadioEntry: noise floor 8.
const RADIO_STATS: &str = "1.3.6.1.4.1.25053.1.1.12.1.1.1.3.1";
const RADIO: &str = "1.3.6.1.4.1.25053.1.1.12.1.1.1.2.1";

fn read_alone(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let name = |index: &[u32]| match index {
        [1] => "2.4 GHz".to_owned(),
        [2] => "5 GHz".to_owned(),
        [number, ..] => format!("radio {number}"),
        [] => "radio".to_owned(),
    };
    for (index, errors) in answers.column(&format!("{RADIO_STATS}.21")) {
        if let Some(errors) = errors.as_f64() {
            wifi::add(condition, Class::Errors, format!("{} Rx", name(index)), errors);
        }
    }
    let radios = wifi::radios(seen, &format!("{RADIO_STATS}.2"), |index, clients| {
        let noise = answers.cell_number(&format!("{RADIO}.8"), index);
        Some(Radio {
            name: name(index),
            noise_dbm: noise.and_then(wifi::below_zero),
            utilization_percent: answers.cell_number(&format!("{RADIO_STATS}.50"), index),
            clients: clients.as_f64().and_then(wifi::count),
            ..Radio::default()
        })
    });
    wifi::tell(condition, Wifi { clients: wifi::on_radios(&radios), radios, ..Wifi::default() });
}

/// Access points 15.1 and clients 15.2 of the system, SSID 1 and stations 12 of each network.
fn controller(seen: &Seen<'_>, condition: &mut Condition, system: &str, wlan: &str) {
    let networks = networks(seen, &format!("{wlan}.1"), &format!("{wlan}.12"));
    let clients = wifi::single(seen, &format!("{system}.15.2.0")).or_else(|| everybody(&networks));
    let access_points = wifi::single(seen, &format!("{system}.15.1.0"));
    wifi::tell(condition, Wifi { clients, access_points, networks, ..Wifi::default() });
}
