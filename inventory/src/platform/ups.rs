//! Every UPS that has UPS-MIB (RFC 1628), CyberPower (CPS-MIB, E.3808) and Eaton (XUPS-MIB, E.534).

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, between, yes_if};
use crate::condition::SensorClass as Class;

const NO_CPU: &[Cpu] = &[];

const NO_MEMORY: &[Memory] = &[];

/// Any UPS with the standard's MIB: recognised by its number, or by the MIB where nothing else is known.
pub(super) static FAMILY: Family = Family {
    key: "ups",
    platform: "ups",
    recognise: |clues: &Clues<'_>| {
        yes_if(
            // Numbers of makers that fill the standard's MIB: MGE, Socomec, Megatec, Riello, Delta, Tripp Lite, Salicru,
            // Liebert.
            ["2.1.33", "4.1.705", "4.1.4555", "4.1.935", "4.1.5491", "4.1.2254", "4.1.850", "4.1.5742", "4.1.476"]
                .iter()
                .any(|below| clues.is_below(&format!("1.3.6.1.{below}"))),
        )
    },
    model: &[Source::Object("1.3.6.1.2.1.33.1.1.2.0")],
    version: &[Source::Object("1.3.6.1.2.1.33.1.1.3.0"), Source::Object("1.3.6.1.2.1.33.1.1.4.0")],
    cpu: NO_CPU,
    memory: NO_MEMORY,
    sensors: &[SENSORS],
    ..Family::UNKNOWN
};

/// Eaton and Powerware with XUPS-MIB beside the standard's.
pub(super) static EATON: Family = Family {
    key: "eaton",
    platform: "ups",
    vendor: Some("Eaton"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.534")),
    model: &[Source::Object("1.3.6.1.4.1.534.1.1.2.0"), Source::Object("1.3.6.1.2.1.33.1.1.2.0")],
    version: &[Source::Object("1.3.6.1.4.1.534.1.1.3.0"), Source::Object("1.3.6.1.2.1.33.1.1.3.0")],
    serial: &[Source::Within("1.3.6.1.2.1.33.1.1.5.0", |text| between(text, "ID: ", " "))],
    sensors: &[XUPS, SENSORS],
    ..FAMILY
};

/// XUPS-MIB: battery 2 (seconds left, V, state), input 3.4, output 4 (load, V, W), surroundings 6.
const XUPS: &[Sensor] = &[
    Sensor::object(Class::Runtime, "battery", "1.3.6.1.4.1.534.1.2.1.0").times(1.0 / 60.0),
    Sensor::object(Class::Voltage, "battery", "1.3.6.1.4.1.534.1.2.2.0"),
    Sensor::object(Class::State, "battery", "1.3.6.1.4.1.534.1.2.5.0").states(&[
        (1, "charging"),
        (2, "discharging"),
        (3, "floating"),
        (4, "resting"),
        (5, "unknown"),
        (6, "disconnected"),
        (7, "under test"),
        (8, "to be checked"),
    ]),
    Sensor::column(Class::Voltage, Name::Row("input"), "1.3.6.1.4.1.534.1.3.4.1.2"),
    Sensor::object(Class::Load, "output", "1.3.6.1.4.1.534.1.4.1.0"),
    Sensor::column(Class::Voltage, Name::Row("output"), "1.3.6.1.4.1.534.1.4.4.1.2"),
    Sensor::column(Class::Power, Name::Row("output"), "1.3.6.1.4.1.534.1.4.4.1.4"),
    Sensor::object(Class::Temperature, "surroundings", "1.3.6.1.4.1.534.1.6.1.0"),
];

/// CyberPower. Its ports have NUL bytes in their names and an ifAdminStatus of 7, which the reading of ports sees to.
pub(super) static CYBERPOWER: Family = Family {
    key: "cyberpower",
    platform: "ups",
    vendor: Some("CyberPower"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.3808")),
    model: &[Source::Object("1.3.6.1.4.1.3808.1.1.1.1.1.1.0"), Source::Object("1.3.6.1.4.1.3808.1.1.3.1.5.0")],
    version: &[Source::Object("1.3.6.1.4.1.3808.1.1.1.1.2.1.0"), Source::Object("1.3.6.1.4.1.3808.1.1.3.1.3.0")],
    serial: &[Source::Object("1.3.6.1.4.1.3808.1.1.1.1.2.3.0"), Source::Object("1.3.6.1.4.1.3808.1.1.3.1.6.0")],
    sensors: &[CPS],
    ..FAMILY
};

/// CPS-MIB: battery 2, input 3, output 4 (tenths of V, A and Hz; the time left in TimeTicks); surroundings 1.1.4.
const CPS: &[Sensor] = &[
    Sensor::object(Class::State, "battery", "1.3.6.1.4.1.3808.1.1.1.2.1.1.0").states(&[
        (1, "unknown"),
        (2, "normal"),
        (3, "low"),
    ]),
    Sensor::object(Class::State, "battery replacement", "1.3.6.1.4.1.3808.1.1.1.2.2.5.0")
        .states(&[(1, "not needed"), (2, "needed")]),
    Sensor::object(Class::Charge, "battery", "1.3.6.1.4.1.3808.1.1.1.2.2.1.0"),
    Sensor::object(Class::Voltage, "battery", "1.3.6.1.4.1.3808.1.1.1.2.2.2.0").times(0.1),
    Sensor::object(Class::Temperature, "battery", "1.3.6.1.4.1.3808.1.1.1.2.2.3.0"),
    Sensor::object(Class::Runtime, "battery", "1.3.6.1.4.1.3808.1.1.1.2.2.4.0").times(1.0 / 6000.0),
    Sensor::object(Class::State, "why it went to battery", "1.3.6.1.4.1.3808.1.1.1.3.2.5.0").states(&[
        (1, "it did not"),
        (2, "high voltage"),
        (3, "brown-out"),
        (4, "self-test"),
    ]),
    Sensor::object(Class::State, "input", "1.3.6.1.4.1.3808.1.1.1.3.2.6.0").states(&[
        (1, "normal"),
        (2, "over voltage"),
        (3, "under voltage"),
        (4, "frequency failure"),
        (5, "blackout"),
    ]),
    Sensor::object(Class::Voltage, "input", "1.3.6.1.4.1.3808.1.1.1.3.2.1.0").times(0.1),
    Sensor::object(Class::Frequency, "input", "1.3.6.1.4.1.3808.1.1.1.3.2.4.0").times(0.1),
    Sensor::object(Class::State, "output", "1.3.6.1.4.1.3808.1.1.1.4.1.1.0").states(&[
        (1, "unknown"),
        (2, "on line"),
        (3, "on battery"),
        (4, "on boost"),
        (5, "sleeping"),
        (6, "off"),
        (7, "rebooting"),
    ]),
    Sensor::object(Class::Voltage, "output", "1.3.6.1.4.1.3808.1.1.1.4.2.1.0").times(0.1),
    Sensor::object(Class::Frequency, "output", "1.3.6.1.4.1.3808.1.1.1.4.2.2.0").times(0.1),
    Sensor::object(Class::Load, "output", "1.3.6.1.4.1.3808.1.1.1.4.2.3.0"),
    Sensor::object(Class::Current, "output", "1.3.6.1.4.1.3808.1.1.1.4.2.4.0").times(0.1),
    Sensor::object(Class::Humidity, "surroundings", "1.3.6.1.4.1.3808.1.1.4.3.1.0"),
];

/// UPS-MIB: battery 1.2, input 1.3.3.1, output 1.4.
pub(super) const SENSORS: &[Sensor] = &[
    Sensor::object(Class::State, "battery", "1.3.6.1.2.1.33.1.2.1.0").states(&[
        (1, "unknown"),
        (2, "normal"),
        (3, "low"),
        (4, "depleted"),
    ]),
    Sensor::object(Class::Runtime, "battery", "1.3.6.1.2.1.33.1.2.3.0"),
    Sensor::object(Class::Charge, "battery", "1.3.6.1.2.1.33.1.2.4.0"),
    Sensor::object(Class::Voltage, "battery", "1.3.6.1.2.1.33.1.2.5.0").times(0.1),
    Sensor::object(Class::Current, "battery", "1.3.6.1.2.1.33.1.2.6.0").times(0.1),
    Sensor::object(Class::Temperature, "battery", "1.3.6.1.2.1.33.1.2.7.0"),
    Sensor::column(Class::Frequency, Name::Row("input"), "1.3.6.1.2.1.33.1.3.3.1.2").times(0.1),
    Sensor::column(Class::Voltage, Name::Row("input"), "1.3.6.1.2.1.33.1.3.3.1.3"),
    Sensor::object(Class::State, "output", "1.3.6.1.2.1.33.1.4.1.0").states(&[
        (1, "other"),
        (2, "none"),
        (3, "on line"),
        (4, "bypass"),
        (5, "on battery"),
        (6, "booster"),
        (7, "reducer"),
    ]),
    Sensor::object(Class::Frequency, "output", "1.3.6.1.2.1.33.1.4.2.0").times(0.1),
    Sensor::column(Class::Voltage, Name::Row("output"), "1.3.6.1.2.1.33.1.4.4.1.2"),
    Sensor::column(Class::Current, Name::Row("output"), "1.3.6.1.2.1.33.1.4.4.1.3").times(0.1),
    Sensor::column(Class::Power, Name::Row("output"), "1.3.6.1.2.1.33.1.4.4.1.4"),
    Sensor::column(Class::Load, Name::Row("output"), "1.3.6.1.2.1.33.1.4.4.1.5"),
];
