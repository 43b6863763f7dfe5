//! APC UPS with a management card (PowerNet-MIB, E.318.1.1).

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, between, yes_if};
use crate::condition::SensorClass as Class;

const NO_CPU: &[Cpu] = &[];

const NO_MEMORY: &[Memory] = &[];

/// APC Smart-UPS and Back-UPS with a management card.
pub(super) static FAMILY: Family = Family {
    key: "apc",
    platform: "apc",
    vendor: Some("APC"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.318")),
    model: &[
        Source::Made(&["1.3.6.1.4.1.318.1.1.1.1.1.1.0", "1.3.6.1.4.1.318.1.1.1.1.2.1.0"], |answers| {
            let model = answers.text("1.3.6.1.4.1.318.1.1.1.1.1.1.0")?;
            Some(format!("{model} {}", answers.text("1.3.6.1.4.1.318.1.1.1.1.2.1.0").unwrap_or_default()))
        }),
        Source::Descr(|descr| between(descr, "MN:", " ")),
    ],
    // Of the management card, as it names them: operating system PF, application AF1.
    version: &[Source::Descr(|descr| {
        Some(format!("AOS {} / App {}", between(descr, "PF:", " ")?, between(descr, "AF1:", " ")?))
    })],
    serial: &[Source::Object("1.3.6.1.4.1.318.1.1.1.1.2.3.0"), Source::Descr(|descr| between(descr, "SN: ", " "))],
    cpu: NO_CPU,
    memory: NO_MEMORY,
    sensors: &[SENSORS],
    ..Family::UNKNOWN
};

/// The high-precision group counts in tenths.
const SENSORS: &[Sensor] = &[
    Sensor::object(Class::Charge, "battery", "1.3.6.1.4.1.318.1.1.1.2.3.1.0").times(0.1),
    // TimeTicks to minutes.
    Sensor::object(Class::Runtime, "battery", "1.3.6.1.4.1.318.1.1.1.2.2.3.0").times(1.0 / 6000.0),
    Sensor::object(Class::State, "battery replacement", "1.3.6.1.4.1.318.1.1.1.2.2.4.0")
        .states(&[(1, "not needed"), (2, "needed")]),
    Sensor::object(Class::State, "output", "1.3.6.1.4.1.318.1.1.1.4.1.1.0").states(&[
        (1, "unknown"),
        (2, "on line"),
        (3, "on battery"),
        (4, "on smart boost"),
        (5, "timed sleeping"),
        (6, "software bypass"),
        (7, "off"),
        (8, "rebooting"),
        (9, "switched bypass"),
        (10, "hardware failure bypass"),
        (11, "sleeping until power returns"),
        (12, "on smart trim"),
        (13, "eco mode"),
    ]),
    Sensor::object(Class::Temperature, "inside", "1.3.6.1.4.1.318.1.1.1.2.3.2.0").times(0.1),
    Sensor::column(
        Class::Temperature,
        Name::Cell("1.3.6.1.4.1.318.1.1.25.1.2.1.3", ""),
        "1.3.6.1.4.1.318.1.1.25.1.2.1.6",
    )
    .only(|degrees| degrees > -1.0),
    Sensor::object(Class::Voltage, "battery", "1.3.6.1.4.1.318.1.1.1.2.3.4.0").times(0.1),
    Sensor::object(Class::Voltage, "input", "1.3.6.1.4.1.318.1.1.1.3.3.1.0").times(0.1),
    Sensor::object(Class::Voltage, "output", "1.3.6.1.4.1.318.1.1.1.4.3.1.0").times(0.1),
    Sensor::object(Class::Frequency, "input", "1.3.6.1.4.1.318.1.1.1.3.3.4.0").times(0.1),
    Sensor::object(Class::Frequency, "output", "1.3.6.1.4.1.318.1.1.1.4.3.2.0").times(0.1),
    Sensor::object(Class::Load, "output", "1.3.6.1.4.1.318.1.1.1.4.3.3.0").times(0.1),
    Sensor::object(Class::Current, "output", "1.3.6.1.4.1.318.1.1.1.4.3.4.0").times(0.1),
];
