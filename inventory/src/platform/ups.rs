//! Every UPS that has UPS-MIB (RFC 1628), CyberPower (E.3808) and other makers' among them.

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, yes_if};
use crate::condition::SensorClass as Class;

const NO_CPU: &[Cpu] = &[];

const NO_MEMORY: &[Memory] = &[];

/// Any UPS with the standard's MIB: recognised by its number, or by the MIB where nothing else is known.
pub(super) static FAMILY: Family = Family {
    key: "ups",
    platform: "ups",
    recognise: |clues: &Clues<'_>| {
        yes_if(
            clues.is_below("1.3.6.1.2.1.33") || clues.is_below("1.3.6.1.4.1.3808") || clues.is_below("1.3.6.1.4.1.935"),
        )
    },
    model: &[Source::Object("1.3.6.1.2.1.33.1.1.2.0"), Source::Object("1.3.6.1.4.1.3808.1.1.1.1.1.1.0")],
    version: &[Source::Object("1.3.6.1.2.1.33.1.1.3.0"), Source::Object("1.3.6.1.2.1.33.1.1.4.0")],
    serial: &[Source::Object("1.3.6.1.4.1.3808.1.1.1.1.2.3.0")],
    cpu: NO_CPU,
    memory: NO_MEMORY,
    sensors: &[SENSORS],
    ..Family::UNKNOWN
};

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
