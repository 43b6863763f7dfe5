//! Cisco: wireless controllers (AireOS, Business Wireless, Mobility Express: AIRESPACE MIBs, E.14179), Small Business and
//! Catalyst 1200/1300 switches (CISCOSB MIBs, E.9.6.1.101).

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, word, yes_if};
use super::neighbours;
use super::wifi::{self, count, everybody, networks};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi, channel_mhz};

/// bsnAPIfEntry, by MAC and slot: Type 2, Channel 4, users 15. Power 6 is a step, not dBm.
const RADIO: &str = "1.3.6.1.4.1.14179.2.2.2.1";
/// bsnAPIfLoadParametersEntry: utilisation 3 (%).
const LOAD: &str = "1.3.6.1.4.1.14179.2.2.13.1";
/// bsnAPEntry, by MAC: Name 3.
const AP: &str = "1.3.6.1.4.1.14179.2.2.1.1";

/// Wireless controllers of the AireOS line.
pub(super) static WLC: Family = Family {
    key: "cisco-wlc",
    platform: "ciscowlc",
    vendor: Some("Cisco"),
    recognise: |clues: &Clues<'_>| {
        let descr = ["Cisco Controller", "Cisco Business Wireless", "Cisco Aironet"];
        yes_if(descr.iter().any(|known| clues.descr.starts_with(known)) || clues.is_below("1.3.6.1.4.1.14179"))
    },
    model: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.13"), Source::Object("1.3.6.1.4.1.14179.1.1.1.3.0")],
    version: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.10"), Source::Object("1.3.6.1.4.1.14179.1.1.1.14.0")],
    serial: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.11"), Source::Object("1.3.6.1.4.1.14179.1.1.1.4.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.14179.1.1.5.1.0", 1.0)],
    memory: &[Memory::Free("1.3.6.1.4.1.14179.1.1.5.3.0", "1.3.6.1.4.1.14179.1.1.5.2.0")],
    // Access points that lead others have no sensor and send 5000.
    sensors: &[&[
        Sensor::object(Class::Temperature, "unit", "1.3.6.1.4.1.14179.2.3.1.13.0").only(|value| value < 200.0)
    ]],
    facts: &[Ask::Columns("1.3.6.1.4.1.14179.2.1.1.1", &[2]), Ask::Columns(AP, &[3])],
    live: &[
        Ask::Columns("1.3.6.1.4.1.14179.2.1.1.1", &[38]),
        Ask::Object("1.3.6.1.4.1.9.9.618.1.8.4.0"),
        Ask::Columns(RADIO, &[4, 15]),
        Ask::Columns(LOAD, &[3]),
    ],
    read: read_wlc,
    ..Family::UNKNOWN
};

fn read_wlc(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let networks = networks(seen, "1.3.6.1.4.1.14179.2.1.1.1.2", "1.3.6.1.4.1.14179.2.1.1.1.38");
    let radios = wifi::radios(seen, &format!("{RADIO}.4"), |index, channel| {
        let (slot, mac) = index.split_last()?;
        let ap = answers.cell_text(&format!("{AP}.3"), mac).unwrap_or_default();
        let channel = channel.as_f64().and_then(count).filter(|channel| *channel > 0);
        Some(Radio {
            name: format!("{ap} slot {slot}").trim().to_owned(),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            utilization_percent: answers.cell_number(&format!("{LOAD}.3"), index),
            clients: answers.cell_number(&format!("{RADIO}.15"), index).and_then(count),
            ..Radio::default()
        })
    });
    let clients = everybody(&networks).or_else(|| wifi::sum(seen, &format!("{RADIO}.15")));
    let access_points = wifi::single(seen, "1.3.6.1.4.1.9.9.618.1.8.4.0");
    wifi::tell(condition, Wifi { clients, access_points, radios, networks, ..Wifi::default() });
}

/// Small Business SF, SG, CBS, Catalyst 1200 and 1300.
pub(super) static SMALL_BUSINESS: Family = Family {
    key: "cisco-sb",
    platform: "ciscosb",
    vendor: Some("Cisco"),
    recognise: |clues: &Clues<'_>| {
        let below = clues.object_id.strip_prefix("1.3.6.1.4.1.9.6.1.").and_then(|rest| rest.split('.').next());
        let is_switch = below.and_then(|number| number.parse().ok()).is_some_and(|number: u32| number >= 72);
        // Linksys's and Cisco's own numbers of the same switches before and beside (SLM, SRW, SF, SG, ESW 500).
        let others = ["9.6.1.23.3.13", "9.6.1.34.371", "9.6.1.70.2000", "3955.6"];
        let is_other = others.iter().any(|below| clues.is_below(&format!("1.3.6.1.4.1.{below}")));
        let esw = clues.object_id.strip_prefix("1.3.6.1.4.1.9.1.").and_then(|rest| rest.parse::<u32>().ok());
        let is_esw = esw.is_some_and(|number| matches!(number, 1058..=1064 | 1176 | 1177));
        let known = ["Catalyst 1200", "Catalyst 1300", "CBS", "Linksys SLM"];
        let is_known = known.iter().any(|start| clues.descr.starts_with(start));
        yes_if(is_switch || is_other || is_esw || is_known)
    },
    model: &[
        Source::Column("1.3.6.1.2.1.47.1.1.1.1.13"),
        Source::Column("1.3.6.1.4.1.9.6.1.101.53.14.1.7"),
        Source::Descr(|descr| {
            word(descr, 0).filter(|model| ["SF", "SG", "SX", "CBS"].iter().any(|s| model.starts_with(s)))
        }),
    ],
    version: &[Source::Column("1.3.6.1.4.1.9.6.1.101.53.14.1.2"), Source::Object("1.3.6.1.4.1.9.6.1.101.2.4.0")],
    serial: &[Source::Column("1.3.6.1.4.1.9.6.1.101.53.14.1.5"), Source::Column("1.3.6.1.2.1.47.1.1.1.1.11")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.9.6.1.101.1.8.0", 1.0)],
    memory: &[],
    sensors: &[SMALL_BUSINESS_SENSORS],
    facts: &[neighbours::CDP],
    live: &[Ask::Columns(PHY_TEST, &[3])],
    read: read_optical,
    ..Family::UNKNOWN
};

/// rlPhyTestGetResult, by port and test.
const PHY_TEST: &str = "1.3.6.1.4.1.9.6.1.101.90.1.2.1";

/// Tests of an optical module: 5 temperature (degree), 6 supply (µV), 7 bias (µA), 8 Tx and 9 Rx (1/1000 dBm).
fn read_optical(seen: &Seen<'_>, condition: &mut Condition) {
    for (index, value) in seen.answers.column(&format!("{PHY_TEST}.3")) {
        let ([port, test], Some(value)) = (index, value.as_f64()) else { continue };
        let (class, after, scale) = match test {
            5 => (Class::Temperature, "module", 1.0),
            6 => (Class::Voltage, "supply", 1e-6),
            7 => (Class::Current, "bias", 1e-6),
            8 => (Class::Dbm, "Tx", 1e-3),
            9 => (Class::Dbm, "Rx", 1e-3),
            _ => continue,
        };
        wifi::add(condition, class, format!("{} {after}", seen.port(*port)), value * scale);
    }
}

/// rlPhdUnitEnvParam 53.15, rlEnv 83, swIfOperSuspendedStatus 43.1.1.24.
const SMALL_BUSINESS_SENSORS: &[Sensor] = &[
    Sensor::column(Class::Temperature, Name::Row("unit"), "1.3.6.1.4.1.9.6.1.101.53.15.1.10").only(|value| value > 0.0),
    Sensor::column(Class::State, Name::Row("power supply"), "1.3.6.1.4.1.9.6.1.101.83.1.2.1.3").states(ENVIRONMENT),
    Sensor::column(Class::State, Name::Row("fan"), "1.3.6.1.4.1.9.6.1.101.83.1.1.1.3").states(ENVIRONMENT),
    Sensor::column(Class::State, Name::Port("suspended"), "1.3.6.1.4.1.9.6.1.101.43.1.1.24")
        .states(&[(1, "true"), (2, "false")]),
    // rlEnvFanData: temperature 2, speed 3; 0 where there is none. rlPethPsePortOutputPower (mW), by unit and port.
    Sensor::column(Class::Temperature, Name::Row("fan inlet"), "1.3.6.1.4.1.9.6.1.101.83.5.1.1.2")
        .only(|value| value > 0.0),
    Sensor::column(Class::FanSpeed, Name::Row("fan"), "1.3.6.1.4.1.9.6.1.101.83.5.1.1.3").only(|value| value > 0.0),
    Sensor::column(Class::Power, Name::Port("PoE"), "1.3.6.1.4.1.9.6.1.101.108.1.1.5")
        .times(0.001)
        .only(|milliwatts| milliwatts > 0.0),
];

const ENVIRONMENT: &[(i64, &str)] =
    &[(1, "normal"), (2, "warning"), (3, "critical"), (4, "shutdown"), (5, "not present"), (6, "not functioning")];
