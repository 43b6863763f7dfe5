//! APC UPS with a management card (PowerNet-MIB, E.318.1.1).

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, yes_if};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class};

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
        // Distribution units and transfer switches: rPDUIdentModelNumber, atsIdentModelNumber, sPDUIdentModelNumber.
        Source::Object("1.3.6.1.4.1.318.1.1.12.1.5.0"),
        Source::Object("1.3.6.1.4.1.318.1.1.8.1.5.0"),
        Source::Object("1.3.6.1.4.1.318.1.1.4.1.4.0"),
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
    live: &LIVE,
    read,
    ..Family::UNKNOWN
};

/// By the high-precision group in tenths, and the same without it on older cards: class, name, and the two objects.
const TENTHS: &[(Class, &str, &str, &str)] = &[
    (Class::Charge, "battery", "1.3.6.1.4.1.318.1.1.1.2.3.1.0", "1.3.6.1.4.1.318.1.1.1.2.2.1.0"),
    (Class::Temperature, "inside", "1.3.6.1.4.1.318.1.1.1.2.3.2.0", "1.3.6.1.4.1.318.1.1.1.2.2.2.0"),
    (Class::Voltage, "battery", "1.3.6.1.4.1.318.1.1.1.2.3.4.0", "1.3.6.1.4.1.318.1.1.1.2.2.8.0"),
    (Class::Voltage, "input", "1.3.6.1.4.1.318.1.1.1.3.3.1.0", "1.3.6.1.4.1.318.1.1.1.3.2.1.0"),
    (Class::Voltage, "output", "1.3.6.1.4.1.318.1.1.1.4.3.1.0", "1.3.6.1.4.1.318.1.1.1.4.2.1.0"),
    (Class::Frequency, "input", "1.3.6.1.4.1.318.1.1.1.3.3.4.0", "1.3.6.1.4.1.318.1.1.1.3.2.4.0"),
    (Class::Frequency, "output", "1.3.6.1.4.1.318.1.1.1.4.3.2.0", "1.3.6.1.4.1.318.1.1.1.4.2.2.0"),
    (Class::Load, "output", "1.3.6.1.4.1.318.1.1.1.4.3.3.0", "1.3.6.1.4.1.318.1.1.1.4.2.3.0"),
    (Class::Current, "output", "1.3.6.1.4.1.318.1.1.1.4.3.4.0", "1.3.6.1.4.1.318.1.1.1.4.2.4.0"),
];

const LIVE: [Ask; TENTHS.len() * 2] = {
    let mut asks = [Ask::Object(""); TENTHS.len() * 2];
    let mut nth = 0;
    while nth < TENTHS.len() {
        asks[nth * 2] = Ask::Object(TENTHS[nth].2);
        asks[nth * 2 + 1] = Ask::Object(TENTHS[nth].3);
        nth += 1;
    }
    asks
};

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    for (class, name, tenths, whole) in TENTHS {
        let value = seen.answers.number(tenths).map(|tenths| tenths / 10.0).or_else(|| seen.answers.number(whole));
        // -1 is what a model without the measurement sends.
        if let Some(value) = value.filter(|value| *value >= 0.0) {
            wifi::add(condition, *class, *name, value);
        }
    }
}

const SENSORS: &[Sensor] = &[
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
        (14, "hot standby"),
        (15, "battery test"),
        (16, "emergency static bypass"),
        (17, "static bypass standby"),
        (18, "power saving"),
        (19, "spot mode"),
        (20, "eConversion"),
        (21, "charger spot mode"),
        (22, "inverter spot mode"),
    ]),
    Sensor::column(
        Class::Temperature,
        Name::Cell("1.3.6.1.4.1.318.1.1.25.1.2.1.3", ""),
        "1.3.6.1.4.1.318.1.1.25.1.2.1.6",
    )
    .only(|degrees| degrees > -1.0),
];
