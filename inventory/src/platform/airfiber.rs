//! Ubiquiti airFiber: the first ones, 2X to 24 (UBNT-AirFIBER-MIB, E.41112.1.3), LTU (UBNT-AFLTU-MIB, E.41112.1.10), 60
//! GHz and Wave (UI-AF60-MIB, E.41112.1.11). sysObjectID is net-snmp's or, on the first ones, airOS's.

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

/// airFiber 2X, 3X, 4X, 5, 5X, 11, 24: one link, index 1. After the MIB: none has answered us yet.
pub(super) static FIRST: Family = Family {
    key: "airfiber",
    platform: "airfiber",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.41112.1.3")),
    // fwVersion.
    probes: &["1.3.6.1.4.1.41112.1.3.2.1.40"],
    model: &[Source::WithinColumn("1.2.840.10036.3.1.2.1.3", |name| {
        (!name.is_empty()).then(|| format!("Ubiquiti AF {name}"))
    })],
    version: &[Source::Column("1.3.6.1.4.1.41112.1.3.2.1.40")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.41112.1.4.8.3.0", 100.0)],
    sensors: &[FIRST_SENSORS],
    live: &[Ask::Columns("1.3.6.1.4.1.41112.1.3.1.1", &[5, 6, 9])],
    read: read_first,
    ..Family::UNKNOWN
};

/// airFiberConfigEntry: gpsSync 8; airFiberStatusEntry: modulation 2, distance 4 (m), capacity 5 and 6 (bit/s),
/// temperatures 8 and 10 (degree), power received 11 and 14 (dBm).
const FIRST_SENSORS: &[Sensor] = &[
    Sensor::column(Class::State, Name::Fixed("GPS synchronisation"), "1.3.6.1.4.1.41112.1.3.1.1.8")
        .states(&[(1, "off"), (2, "on")]),
    Sensor::column(Class::State, Name::Fixed("Tx modulation"), "1.3.6.1.4.1.41112.1.3.2.1.2").states(&[
        (0, "1/4x QPSK SISO"),
        (1, "1x QPSK SISO"),
        (2, "2x QPSK MIMO"),
        (4, "4x 16QAM MIMO"),
        (6, "6x 64QAM MIMO"),
        (8, "8x 256QAM MIMO"),
    ]),
    Sensor::column(Class::Distance, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.3.2.1.4").times(0.001),
    Sensor::column(Class::Rate, Name::Fixed("Rx"), "1.3.6.1.4.1.41112.1.3.2.1.5"),
    Sensor::column(Class::Rate, Name::Fixed("Tx"), "1.3.6.1.4.1.41112.1.3.2.1.6"),
    Sensor::column(Class::Temperature, Name::Fixed("radio 0"), "1.3.6.1.4.1.41112.1.3.2.1.8"),
    Sensor::column(Class::Temperature, Name::Fixed("radio 1"), "1.3.6.1.4.1.41112.1.3.2.1.10"),
    Sensor::column(Class::Dbm, Name::Fixed("Rx chain 0"), "1.3.6.1.4.1.41112.1.3.2.1.11").only(is_below_zero),
    Sensor::column(Class::Dbm, Name::Fixed("Rx chain 1"), "1.3.6.1.4.1.41112.1.3.2.1.14").only(is_below_zero),
];

/// It sends and hears at once, on a frequency each.
fn read_first(seen: &Seen<'_>, condition: &mut Condition) {
    const CONFIG: &str = "1.3.6.1.4.1.41112.1.3.1.1";
    let cell = |number: u32, index: &[u32]| seen.answers.cell_number(&format!("{CONFIG}.{number}"), index);
    let mut radios = wifi::radios(seen, &format!("{CONFIG}.5"), |index, mhz| {
        let frequency_mhz = mhz.as_f64().and_then(positive);
        Some(Radio { name: "Tx".to_owned(), frequency_mhz, tx_power_dbm: cell(9, index), ..Radio::default() })
    });
    radios.extend(wifi::radios(seen, &format!("{CONFIG}.6"), |_, mhz| {
        Some(Radio { name: "Rx".to_owned(), frequency_mhz: mhz.as_f64().and_then(positive), ..Radio::default() })
    }));
    wifi::tell(condition, Wifi { radios, ..Wifi::default() });
}

/// 60 GHz and Wave.
pub(super) static AF60: Family = Family {
    key: "airfiber-60",
    platform: "airfiber",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.41112.1.11")),
    probes: &["1.3.6.1.4.1.41112.1.11.1"],
    model: &[Source::Column("1.3.6.1.4.1.41112.1.11.1.2.4")],
    // `GMP.ipq807x.v2.6.0-RC1.…`: the release in it.
    version: &[Source::WithinColumn("1.3.6.1.4.1.41112.1.11.1.2.9", |text| {
        let version = text.split_once(".v").map_or(text, |(_, version)| version);
        let version: Vec<&str> = version.trim_start_matches('v').splitn(4, '.').take(3).collect();
        Some(format!("v{}", version.join("."))).filter(|version| version.len() > 1)
    })],
    cpu: &[Cpu::Column("1.3.6.1.4.1.41112.1.11.1.2.6")],
    memory: &[Memory::PercentColumn("1.3.6.1.4.1.41112.1.11.1.2.5")],
    sensors: &[&[
        Sensor::column(Class::State, Name::Fixed("role"), "1.3.6.1.4.1.41112.1.11.1.1.1")
            .states(&[(0, "ap"), (1, "cpe")]),
        Sensor::column(Class::State, Name::Fixed("GPS status"), "1.3.6.1.4.1.41112.1.11.1.4.1").states(&[
            (0, "absent"),
            (1, "off"),
            (2, "on"),
        ]),
        Sensor::column(Class::State, Name::Fixed("GPS fix"), "1.3.6.1.4.1.41112.1.11.1.4.2").states(&[
            (0, "unknown"),
            (1, "no fix"),
            (2, "2D"),
            (3, "3D"),
        ]),
        Sensor::column(Class::Count, Name::Fixed("GPS satellites visible"), "1.3.6.1.4.1.41112.1.11.1.4.7"),
        Sensor::column(Class::Count, Name::Fixed("GPS satellites tracked"), "1.3.6.1.4.1.41112.1.11.1.4.8"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::{Answers, Value};
    use crate::platform::reading::{condition, identify};
    use crate::reading::Identity;

    #[test]
    fn a_first_one_has_a_frequency_each_way_and_counts_in_metres_and_bits() {
        let mut answers = Answers::default();
        for (name, value) in [
            ("1.3.6.1.4.1.41112.1.3.1.1.5.1", 5200),
            ("1.3.6.1.4.1.41112.1.3.1.1.6.1", 5800),
            ("1.3.6.1.4.1.41112.1.3.1.1.9.1", 26),
            ("1.3.6.1.4.1.41112.1.3.2.1.4.1", 2500),
            ("1.3.6.1.4.1.41112.1.3.2.1.6.1", 768_000_000),
            ("1.3.6.1.4.1.41112.1.3.2.1.11.1", -52),
            ("1.3.6.1.4.1.41112.1.3.2.1.14.1", 0),
        ] {
            answers.insert(name.parse().unwrap(), Value::Integer(value));
        }
        let told = condition(&FIRST, &answers, &[]);
        let radios = told.wifi.unwrap().radios;
        assert_eq!([radios[0].frequency_mhz, radios[1].frequency_mhz], [Some(5200.0), Some(5800.0)]);
        assert_eq!(radios[0].tx_power_dbm, Some(26.0));
        let sensors: Vec<_> = told.sensors.iter().map(|sensor| (sensor.class, sensor.value)).collect();
        assert_eq!(sensors, [(Class::Distance, 2.5), (Class::Rate, 768e6), (Class::Dbm, -52.0)]);
    }

    #[test]
    fn the_release_is_taken_out_of_the_name_of_the_build() {
        for (build, release) in [("GMP.ipq807x.v2.6.0.1234.220101", "v2.6.0"), ("v2.2.0-RC1.99", "v2.2.0-RC1")] {
            let mut answers = Answers::default();
            let text = Value::Octets { bytes: build.into(), is_cut: false };
            answers.insert("1.3.6.1.4.1.41112.1.11.1.2.9.1".parse().unwrap(), text);
            let mut identity = Identity::default();
            identify(&AF60, &answers, &mut identity);
            assert_eq!(identity.version.as_deref(), Some(release));
        }
    }
}
