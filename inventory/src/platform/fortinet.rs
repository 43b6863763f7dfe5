//! Fortinet: FortiAP (FORTINET-FORTIAP-MIB, E.12356.120) and FortiGate (FORTINET-FORTIGATE-MIB, E.12356.101).

use super::family::{Ask, Clues, Cpu, Family, Memory, Seen, Sensor, Source, between, yes_if};
use super::wifi::{self, count, everybody, networks_of_radios};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi, channel_mhz};

/// fapRadioEntry: TxPower 10, Channel 14, utilisation 15 (%).
const RADIO: &str = "1.3.6.1.4.1.12356.120.4.1.1";
/// fapVapEntry, by radio and number: SSID 4, stations 45.
const VAP: &str = "1.3.6.1.4.1.12356.120.7.1.1";

/// FortiAP.
pub(super) static FORTIAP: Family = Family {
    key: "fortiap",
    platform: "fortinet",
    vendor: Some("Fortinet"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.12356.120")),
    // `FP231G-v7.4-build0771`: the model is its first part with FP for FortiAP.
    model: &[Source::Within("1.3.6.1.4.1.12356.120.1.1.0", |text| {
        let model = text.split('-').next()?;
        Some(model.strip_prefix("FP").map_or_else(|| model.to_owned(), |number| format!("FortiAP {number}")))
    })],
    version: &[Source::Object("1.3.6.1.4.1.12356.120.1.1.0")],
    serial: &[Source::Object("1.3.6.1.4.1.12356.120.1.2.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.12356.120.3.41.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.12356.120.3.42.0")],
    sensors: &[&[
        Sensor::object(Class::Temperature, "board", "1.3.6.1.4.1.12356.120.3.44.0"),
        Sensor::object(Class::Count, "stations", "1.3.6.1.4.1.12356.120.3.43.0"),
        Sensor::object(Class::State, "PoE mode", "1.3.6.1.4.1.12356.120.3.4.0"),
    ]],
    facts: &[Ask::Columns(VAP, &[4])],
    live: &[Ask::Columns(RADIO, &[10, 14, 15]), Ask::Columns(VAP, &[45])],
    read: read_fortiap,
    ..Family::UNKNOWN
};

fn read_fortiap(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let on_radio = |radio: u32| {
        let vaps = answers.column(&format!("{VAP}.45"));
        vaps.filter(|(index, _)| index.first() == Some(&radio))
            .filter_map(|(_, value)| count(value.as_f64()?))
            .reduce(u32::saturating_add)
    };
    // A radio that only listens shows channel 0 and a power.
    let radios = wifi::radios(seen, &format!("{RADIO}.14"), |index, channel| {
        let number = index.first().copied()?;
        let channel = channel.as_f64().and_then(count).filter(|channel| *channel > 0);
        Some(Radio {
            name: format!("radio {number}"),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            tx_power_dbm: answers.cell_number(&format!("{RADIO}.10"), index),
            utilization_percent: answers.cell_number(&format!("{RADIO}.15"), index),
            clients: on_radio(number),
            ..Radio::default()
        })
    });
    let networks = networks_of_radios(seen, &format!("{VAP}.4"), &format!("{VAP}.45"));
    let clients = wifi::single(seen, "1.3.6.1.4.1.12356.120.3.43.0").or_else(|| everybody(&networks));
    wifi::tell(condition, Wifi { clients, radios, networks, ..Wifi::default() });
}

/// FortiGate: system information 4.1.
pub(super) static FORTIGATE: Family = Family {
    key: "fortigate",
    platform: "fortinet",
    vendor: Some("Fortinet"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.12356.101")),
    model: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.13")],
    version: &[Source::Within("1.3.6.1.4.1.12356.101.4.1.1.0", |text| between(text, "v", ","))],
    serial: &[Source::Object("1.3.6.1.4.1.12356.100.1.1.1.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.12356.101.4.1.3.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.12356.101.4.1.4.0")],
    ..Family::UNKNOWN
};
