//! Ubiquiti airMAX (airOS). UBNT-AirMAX-MIB (E.41112.1.4), one radio with index 1; model and firmware in
//! IEEE802dot11-MIB. GETBULK is weak there: the walk finds that out by itself.

use super::family::{Ask, Clues, Cpu, Family, Name, Seen, Sensor, Source, yes_if};
use super::wifi::{self, below_zero, count, positive};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi};

const E: &str = "1.3.6.1.4.1.41112.1.4";

/// airOS on airMAX M and AC.
pub(super) static FAMILY: Family = Family {
    key: "airos",
    platform: "airos",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| {
        let is_vague = clues.yes_or_probe(false);
        if clues.is_below("1.3.6.1.4.1.41112.1.4") { yes_if(true) } else { is_vague }
    },
    probes: &["1.3.6.1.4.1.41112.1.4"],
    model: &[Source::Column("1.2.840.10036.3.1.2.1.3")],
    version: &[Source::WithinColumn("1.2.840.10036.3.1.2.1.4", version)],
    cpu: &[Cpu::Object("1.3.6.1.4.1.41112.1.4.8.3.0", 100.0)],
    sensors: &[SENSORS],
    facts: &[Ask::Columns("1.3.6.1.4.1.41112.1.4.5.1", &[2])],
    live: &[
        Ask::Columns("1.3.6.1.4.1.41112.1.4.1.1", &[4, 6]),
        Ask::Columns("1.3.6.1.4.1.41112.1.4.5.1", &[8, 15]),
        Ask::Columns("1.3.6.1.4.1.41112.1.4.6.1", &[7]),
        Ask::Object(TEMPERATURE),
    ],
    read,
    ..Family::UNKNOWN
};

const TEMPERATURE: &str = "1.3.6.1.4.1.41112.1.4.8.4.0";

const SENSORS: &[Sensor] = &[
    Sensor::column(Class::Distance, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.4.1.1.7").times(0.001),
    Sensor::column(Class::Rssi, Name::Row("chain"), "1.3.6.1.4.1.41112.1.4.2.1.2"),
    Sensor::column(Class::Dbm, Name::Fixed("signal"), "1.3.6.1.4.1.41112.1.4.5.1.5").only(|dbm| dbm < 0.0),
    Sensor::column(Class::Rssi, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.4.5.1.6"),
    Sensor::column(Class::Ccq, Name::Fixed("link"), "1.3.6.1.4.1.41112.1.4.5.1.7"),
    Sensor::column(Class::Rate, Name::Fixed("Tx"), "1.3.6.1.4.1.41112.1.4.5.1.9"),
    Sensor::column(Class::Rate, Name::Fixed("Rx"), "1.3.6.1.4.1.41112.1.4.5.1.10"),
    Sensor::column(Class::Quality, Name::Fixed("airMAX"), "1.3.6.1.4.1.41112.1.4.6.1.3"),
    Sensor::column(Class::Capacity, Name::Fixed("airMAX"), "1.3.6.1.4.1.41112.1.4.6.1.4"),
    Sensor::object(Class::State, "GPS fix", "1.3.6.1.4.1.41112.1.4.9.2.0").states(&[
        (0, "unknown"),
        (1, "no fix"),
        (2, "2D"),
        (3, "3D"),
    ]),
];

/// `XW.ar934x.v6.1.7.32555…`: what comes after the board.
fn version(text: &str) -> Option<String> {
    text.split_once(".v").map(|(_, version)| version.to_owned())
}

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let cell = |at: &str, index: &[u32]| seen.answers.cell_number(&format!("{E}.{at}"), index);
    let radios = wifi::radios(seen, &format!("{E}.1.1.4"), |index, mhz| {
        Some(Radio {
            name: "radio".to_owned(),
            ssid: seen.answers.cell_text(&format!("{E}.5.1.2"), index),
            frequency_mhz: mhz.as_f64().and_then(positive),
            tx_power_dbm: cell("1.1.6", index),
            noise_dbm: cell("5.1.8", index).and_then(below_zero),
            utilization_percent: cell("6.1.7", index).map(|tenths| tenths / 10.0),
            clients: cell("5.1.15", index).and_then(count),
            ..Radio::default()
        })
    });
    if let Some(temperature) = seen.answers.number(TEMPERATURE) {
        // 8.7.4 to 8.7.6 count in ten millionths of a degree, others in degrees.
        let temperature = if temperature.abs() >= 1e6 { temperature / 1e7 } else { temperature };
        wifi::add(condition, Class::Temperature, "board", temperature);
    }
    let clients = wifi::sum(seen, &format!("{E}.5.1.15"));
    wifi::tell(condition, Wifi { clients, radios, ..Wifi::default() });
}
