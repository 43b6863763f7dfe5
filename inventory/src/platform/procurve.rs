//! HP ProCurve and Aruba AOS-S switches (HP-ICF MIBs, E.11.2.14.11).

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, between, yes_if};
use crate::condition::SensorClass as Class;

/// ProCurve, later Aruba 25xx to 54xx.
pub(super) static FAMILY: Family = Family {
    key: "procurve",
    platform: "procurve",
    vendor: Some("HPE"),
    recognise: |clues: &Clues<'_>| {
        let names = [
            "ProCurve",
            "PROCURVE",
            "HPE OfficeConnect Switch",
            "HP 1820",
            "HPE Networking Instant On",
            "Aruba Instant On",
        ];
        yes_if(clues.is_below("1.3.6.1.4.1.11.2.3.7") || names.iter().any(|name| clues.descr.starts_with(name)))
    },
    model: &[
        // A stack says only that it is one; its first chassis says what it is made of.
        Source::WithinColumn("1.3.6.1.2.1.47.1.1.1.1.2", |text| {
            text.starts_with("HP J").then(|| format!("Stack of {text}")).filter(|_| text.contains("Switch"))
        }),
        Source::Descr(|descr| descr.split(',').next().map(str::to_owned)),
    ],
    version: &[
        Source::Descr(|descr| between(descr, "revision ", ",")),
        // `HP 1820-24G Switch J9980A, PD.01.05, Linux …`, `Aruba Instant On 1930 …, InstantOn_1930_2.5.0.0 …`.
        Source::Descr(|descr| {
            let second = descr.split(", ").nth(1)?.split(' ').next()?;
            let version = second.rsplit('_').next()?;
            version.contains('.').then(|| version.to_owned())
        }),
        // hpSwitchOsVersion.
        Source::Object("1.3.6.1.4.1.11.2.14.11.5.1.1.3.0"),
    ],
    serial: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.11"), Source::Object("1.3.6.1.4.1.11.2.36.1.1.2.9.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.11.2.14.11.5.1.9.6.1.0", 1.0)],
    memory: &[Memory::FreeColumns("1.3.6.1.4.1.11.2.14.11.5.1.1.2.1.1.1.6", "1.3.6.1.4.1.11.2.14.11.5.1.1.2.1.1.1.5")],
    sensors: &[CHASSIS, OPTICAL, super::entity::SENSORS, POE],
    read: super::entity::read,
    live: super::entity::LIVE,
    facts: &[super::entity::STANDARD_FACTS[0], super::entity::STANDARD_FACTS[1], super::neighbours::CDP],
    ..Family::UNKNOWN
};

/// hpicfFan 54, hpicfPs 55, hpicfSensor 1.2.6.
const CHASSIS: &[Sensor] = &[
    Sensor::column(
        Class::State,
        Name::Cell("1.3.6.1.4.1.11.2.14.11.1.2.6.1.7", ""),
        "1.3.6.1.4.1.11.2.14.11.1.2.6.1.4",
    )
    .states(&[(1, "unknown"), (2, "bad"), (3, "warning"), (4, "good"), (5, "not present")]),
    Sensor::column(Class::State, Name::Row("fan"), "1.3.6.1.4.1.11.2.14.11.5.1.54.2.1.1.4").states(&[
        (0, "failed"),
        (1, "removed"),
        (2, "off"),
        (3, "underspeed"),
        (4, "overspeed"),
        (5, "ok"),
        (6, "maximum"),
    ]),
    Sensor::column(Class::State, Name::Row("power supply"), "1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.2").states(&[
        (1, "not present"),
        (2, "not plugged"),
        (3, "powered"),
        (4, "failed"),
        (5, "permanent failure"),
        (6, "maximum"),
    ]),
    Sensor::column(Class::Temperature, Name::Row("power supply"), "1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.4"),
    Sensor::column(Class::Power, Name::Row("power supply"), "1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.6"),
];

/// hpicfPseFeaturesEntry: power that it could give 4 and gives 5 (W).
const POE: &[Sensor] = &[
    Sensor::column(Class::Power, Name::Row("PoE available"), "1.3.6.1.4.1.11.2.14.11.1.9.1.6.1.4"),
    Sensor::column(Class::Power, Name::Row("PoE used"), "1.3.6.1.4.1.11.2.14.11.1.9.1.6.1.5"),
];

/// hpicfXcvrInfo: temperature 11 (1/1000 degree), voltage 12 (100 µV), bias 13 (µA), Tx 14 and Rx 15 (1/1000 dBm).
const OPTICAL: &[Sensor] = &[
    Sensor::column(Class::Temperature, Name::Cell(PORT, ""), "1.3.6.1.4.1.11.2.14.11.5.1.82.1.1.1.1.11")
        .times(0.001)
        .only(is_there),
    Sensor::column(Class::Voltage, Name::Cell(PORT, ""), "1.3.6.1.4.1.11.2.14.11.5.1.82.1.1.1.1.12").times(0.0001),
    Sensor::column(Class::Current, Name::Cell(PORT, "bias"), "1.3.6.1.4.1.11.2.14.11.5.1.82.1.1.1.1.13").times(1e-6),
    Sensor::column(Class::Dbm, Name::Cell(PORT, "Tx"), "1.3.6.1.4.1.11.2.14.11.5.1.82.1.1.1.1.14")
        .times(0.001)
        .only(is_there),
    Sensor::column(Class::Dbm, Name::Cell(PORT, "Rx"), "1.3.6.1.4.1.11.2.14.11.5.1.82.1.1.1.1.15")
        .times(0.001)
        .only(is_there),
];

const PORT: &str = "1.3.6.1.4.1.11.2.14.11.5.1.82.1.1.1.1.2";

/// No light is -99999999.
fn is_there(thousandths: f64) -> bool {
    thousandths > -99_999_000.0
}
