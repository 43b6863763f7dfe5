//! Ubiquiti airFiber: LTU (UBNT-AFLTU-MIB, E.41112.1.10) and 60 GHz / Wave (UI-AF60-MIB, E.41112.1.11). sysObjectID is
//! net-snmp's.

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source};
use super::wifi::{self, positive};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi};

/// afLTU: one point-to-point or multipoint radio.
pub(super) static LTU: Family = Family {
    key: "airfiber-ltu",
    platform: "airfiber",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.41112.1.10")),
    probes: &["1.3.6.1.4.1.41112.1.10.1"],
    model: &[Source::Object("1.3.6.1.4.1.41112.1.10.1.3.2.0")],
    version: &[Source::Object("1.3.6.1.4.1.41112.1.10.1.3.4.0")],
    sensors: &[LTU_SENSORS],
    live: &[Ask::Object("1.3.6.1.4.1.41112.1.10.1.2.2.0"), Ask::Object("1.3.6.1.4.1.41112.1.10.1.2.6.0")],
    read: read_ltu,
    ..Family::UNKNOWN
};

/// afLTUStaEntry: modulation 1 and 2, capacity 3 and 4 (kbit/s), power received 5 and 6, ideal 7 and 8 (dBm), level 9
/// and 10 (%), distance 23 (m). One row a station, by MAC.
const LTU_SENSORS: &[Sensor] = &[
    Sensor::object(Class::State, "role", "1.3.6.1.4.1.41112.1.10.1.2.1.0").states(&[(0, "ap"), (1, "cpe")]),
    Sensor::column(Class::State, Name::Fixed("Tx modulation"), "1.3.6.1.4.1.41112.1.10.1.4.1.1"),
    Sensor::column(Class::State, Name::Fixed("Rx modulation"), "1.3.6.1.4.1.41112.1.10.1.4.1.2"),
    Sensor::column(Class::Rate, Name::Fixed("Tx"), "1.3.6.1.4.1.41112.1.10.1.4.1.3").times(1000.0),
    Sensor::column(Class::Rate, Name::Fixed("Rx"), "1.3.6.1.4.1.41112.1.10.1.4.1.4").times(1000.0),
    Sensor::column(Class::Dbm, Name::Fixed("Rx chain 0"), "1.3.6.1.4.1.41112.1.10.1.4.1.5").only(is_below_zero),
    Sensor::column(Class::Dbm, Name::Fixed("Rx chain 1"), "1.3.6.1.4.1.41112.1.10.1.4.1.6").only(is_below_zero),
    Sensor::column(Class::Dbm, Name::Fixed("ideal Rx chain 0"), "1.3.6.1.4.1.41112.1.10.1.4.1.7").only(is_below_zero),
    Sensor::column(Class::Dbm, Name::Fixed("ideal Rx chain 1"), "1.3.6.1.4.1.41112.1.10.1.4.1.8").only(is_below_zero),
    Sensor::column(Class::Quality, Name::Fixed("signal level chain 0"), "1.3.6.1.4.1.41112.1.10.1.4.1.9"),
    Sensor::column(Class::Quality, Name::Fixed("signal level chain 1"), "1.3.6.1.4.1.41112.1.10.1.4.1.10"),
    Sensor::column(Class::Distance, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.10.1.4.1.23").times(0.001),
    Sensor::object(Class::State, "GPS status", "1.3.6.1.4.1.41112.1.10.1.7.1.0"),
    Sensor::object(Class::State, "GPS fix", "1.3.6.1.4.1.41112.1.10.1.7.2.0"),
    Sensor::object(Class::Count, "GPS satellites visible", "1.3.6.1.4.1.41112.1.10.1.7.7.0"),
    Sensor::object(Class::Count, "GPS satellites tracked", "1.3.6.1.4.1.41112.1.10.1.7.8.0"),
];

fn is_below_zero(dbm: f64) -> bool {
    dbm < 0.0
}

fn read_ltu(seen: &Seen<'_>, condition: &mut Condition) {
    let number = |at: &str| seen.answers.number(&format!("1.3.6.1.4.1.41112.1.10.1.2.{at}.0"));
    if let Some(frequency_mhz) = number("2").and_then(positive) {
        let radio = Radio {
            name: "radio".to_owned(),
            frequency_mhz: Some(frequency_mhz),
            // What leaves the antenna: its gain is counted in.
            tx_power_dbm: number("6"),
            ..Radio::default()
        };
        wifi::tell(condition, Wifi { radios: vec![radio], ..Wifi::default() });
    }
}

/// 60 GHz and Wave.
pub(super) static AF60: Family = Family {
    key: "airfiber-60",
    platform: "airfiber",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.41112.1.11")),
    probes: &["1.3.6.1.4.1.41112.1.11.1"],
    model: &[Source::Column("1.3.6.1.4.1.41112.1.11.1.2.4")],
    version: &[Source::Column("1.3.6.1.4.1.41112.1.11.1.2.9")],
    cpu: &[Cpu::Column("1.3.6.1.4.1.41112.1.11.1.2.6")],
    memory: &[Memory::PercentColumn("1.3.6.1.4.1.41112.1.11.1.2.5")],
    sensors: &[&[
        Sensor::column(Class::Rssi, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.11.1.3.1.3"),
        Sensor::column(Class::Snr, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.11.1.3.1.4"),
        Sensor::column(Class::Rate, Name::Fixed("Tx"), "1.3.6.1.4.1.41112.1.11.1.3.1.7").times(1000.0),
        Sensor::column(Class::Rate, Name::Fixed("Rx"), "1.3.6.1.4.1.41112.1.11.1.3.1.8").times(1000.0),
        Sensor::column(Class::Distance, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.11.1.3.1.15").times(0.001),
        Sensor::column(Class::Rssi, Name::Fixed("remote"), "1.3.6.1.4.1.41112.1.11.1.3.1.18"),
        Sensor::column(Class::Snr, Name::Fixed("remote"), "1.3.6.1.4.1.41112.1.11.1.3.1.19"),
    ]],
    live: &[Ask::Columns("1.3.6.1.4.1.41112.1.11.1.1", &[2])],
    read: |seen, condition| {
        let radios = wifi::radios(seen, "1.3.6.1.4.1.41112.1.11.1.1.2", |_, mhz| {
            let frequency_mhz = mhz.as_f64().and_then(positive);
            Some(Radio { name: "60 GHz".to_owned(), frequency_mhz, ..Radio::default() })
        });
        wifi::tell(condition, Wifi { radios, ..Wifi::default() });
    },
    ..Family::UNKNOWN
};
