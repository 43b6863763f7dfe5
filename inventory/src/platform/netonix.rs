//! Netonix WISP switches (NETONIX-SWITCH-MIB, E.46242).

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, between, yes_if};
use crate::condition::SensorClass as Class;

/// Netonix WISP switches: temperatures 3.1, voltages 4.1 (1/100 V), PoE 5.1 (states), consumption 6 (tenths of W).
/// hrProcessor is not there; UCD has the load and the memory.
pub(super) static FAMILY: Family = Family {
    key: "netonix",
    platform: "netonix",
    vendor: Some("Netonix"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.46242")),
    model: &[Source::Descr(|descr| between(descr, "Netonix ", ""))],
    version: &[Source::Within("1.3.6.1.4.1.46242.1.0", |text| {
        let numbers =
            text.split('.').take_while(|part| part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty());
        Some(numbers.collect::<Vec<_>>().join("."))
    })],
    cpu: &Cpu::HOST,
    memory: &[Memory::Ucd, Memory::Storage],
    sensors: &[&[
        Sensor::column(Class::FanSpeed, Name::Row("fan"), "1.3.6.1.4.1.46242.2.1.2"),
        Sensor::column(Class::Temperature, Name::Cell("1.3.6.1.4.1.46242.3.1.2", ""), "1.3.6.1.4.1.46242.3.1.3"),
        Sensor::column(Class::Voltage, Name::Cell("1.3.6.1.4.1.46242.4.1.2", ""), "1.3.6.1.4.1.46242.4.1.3")
            .times(0.01),
        Sensor::column(Class::State, Name::Row("PoE port"), "1.3.6.1.4.1.46242.5.1.2").states(&[
            (1, "off"),
            (2, "24V"),
            (3, "48V"),
            (4, "24VH"),
            (5, "48VH"),
        ]),
        Sensor::object(Class::Power, "consumption", "1.3.6.1.4.1.46242.6.0").times(0.1),
        Sensor::object(Class::Current, "DC input", "1.3.6.1.4.1.46242.7.0").times(0.1),
    ]],
    ..Family::UNKNOWN
};
