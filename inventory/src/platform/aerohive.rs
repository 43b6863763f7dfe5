//! Aerohive, now Extreme: HiveOS access points (AH-SYSTEM-MIB, AH-INTERFACE-MIB, E.26928.1).

use super::family::{Ask, Clues, Cpu, Family, Memory, Seen, Sensor, Source, between, yes_if};
use super::wifi::{self, count};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi, channel_mhz};

/// ahRadioAttributeEntry, by ifIndex: Channel 1, TxPower 2 (dBm), NoiseFloor 3.
const RADIO: &str = "1.3.6.1.4.1.26928.1.1.1.2.1.5.1";

/// HiveOS and IQ Engine.
pub(super) static FAMILY: Family = Family {
    key: "aerohive",
    platform: "aerohive",
    vendor: Some("Aerohive"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.26928")),
    model: &[
        Source::Object("1.3.6.1.4.1.26928.1.2.6.0"),
        Source::Descr(|descr| descr.split(',').next().map(str::to_owned)),
    ],
    version: &[
        Source::Within("1.3.6.1.4.1.26928.1.2.12.0", |text| between(text, "HiveOS ", "").or(Some(text.to_owned()))),
        Source::Descr(|descr| between(descr, "HiveOS ", "")),
    ],
    serial: &[Source::Object("1.3.6.1.4.1.26928.1.2.5.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.26928.1.2.3.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.26928.1.2.4.0")],
    sensors: &[&[Sensor::object(Class::Temperature, "board", "1.3.6.1.4.1.26928.1.2.10.0")]],
    live: &[Ask::Columns(RADIO, &[1, 2, 3]), Ask::Object("1.3.6.1.4.1.26928.1.2.9.0")],
    read,
    ..Family::UNKNOWN
};

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let radios = wifi::radios(seen, &format!("{RADIO}.1"), |index, channel| {
        let cell = |number: u32| seen.answers.cell_number(&format!("{RADIO}.{number}"), index);
        let channel = channel.as_f64().and_then(count).filter(|channel| *channel > 0);
        Some(Radio {
            name: index.last().map_or_else(String::new, |port| seen.port(*port)),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            tx_power_dbm: cell(2),
            // A signed byte sent as an unsigned one.
            noise_dbm: cell(3)
                .map(|noise| if noise > 127.0 { noise - 256.0 } else { noise })
                .and_then(wifi::below_zero),
            ..Radio::default()
        })
    });
    let clients = wifi::single(seen, "1.3.6.1.4.1.26928.1.2.9.0");
    wifi::tell(condition, Wifi { clients, radios, ..Wifi::default() });
}
