//! Ruijie, Reyee (E.4881.1.1.10) and FS, who sells the same under another number (E.52642.1.1.10).

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, yes_if};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class};

/// Ruijie switches, gateways and access points, Reyee among them (E.4881.1.1.10), and FS's clones (E.52642.1.1.10). No
/// MIB for their Wi-Fi is public.
pub(super) static RUIJIE: Family = Family {
    key: "ruijie",
    platform: "ruijie",
    vendor: Some("Ruijie"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.4881")),
    model: &[
        Source::Column("1.3.6.1.2.1.47.1.1.1.1.13"),
        Source::Descr(|descr| between(descr, "(", ")")),
        // ruijieDeviceHWVersion: the board's revision, where nothing else is told.
        Source::Column("1.3.6.1.4.1.4881.1.1.10.2.21.1.2.1.9"),
    ],
    version: &[
        Source::Column("1.3.6.1.4.1.4881.1.1.10.2.21.1.2.1.8"),
        Source::Object("1.3.6.1.4.1.4881.1.1.10.2.1.1.2.0"),
        Source::Column("1.3.6.1.2.1.47.1.1.1.1.10"),
    ],
    serial: &[Source::Object("1.3.6.1.4.1.4881.1.1.10.2.1.1.24.0"), Source::Column("1.3.6.1.2.1.47.1.1.1.1.11")],
    cpu: &[
        Cpu::Column("1.3.6.1.4.1.4881.1.1.10.2.36.1.2.1.5"),
        Cpu::Object("1.3.6.1.4.1.4881.1.1.10.2.36.1.1.3.0", 1.0),
    ],
    // ruijieMemoryPoolUsed of ruijieMemoryPoolSize, else the share.
    memory: &[
        Memory::UsedColumns("1.3.6.1.4.1.4881.1.1.10.2.35.1.1.1.7", "1.3.6.1.4.1.4881.1.1.10.2.35.1.1.1.6"),
        Memory::PercentColumn("1.3.6.1.4.1.4881.1.1.10.2.35.1.1.1.3"),
    ],
    sensors: &[SYSTEM],
    live: &[Ask::Columns(FIBER, &[17, 18, 76, 81])],
    read,
    ..Family::UNKNOWN
};

/// RUIJIE-SYSTEM-MIB: supplies 41 (status 3, input voltage 11, output power 15), fans 43 (status 4, rpm 6),
/// temperatures 44 (degree 5).
const SYSTEM: &[Sensor] = &[
    Sensor::column(Class::State, Name::Row("power supply"), "1.3.6.1.4.1.4881.1.1.10.2.1.1.41.1.3").states(PART),
    Sensor::column(Class::Voltage, Name::Row("power supply"), "1.3.6.1.4.1.4881.1.1.10.2.1.1.41.1.11"),
    Sensor::column(Class::Power, Name::Row("power supply"), "1.3.6.1.4.1.4881.1.1.10.2.1.1.41.1.15"),
    Sensor::column(Class::State, Name::Row("fan"), "1.3.6.1.4.1.4881.1.1.10.2.1.1.43.1.4").states(PART),
    Sensor::column(Class::FanSpeed, Name::Row("fan"), "1.3.6.1.4.1.4881.1.1.10.2.1.1.43.1.6"),
    Sensor::column(Class::Temperature, Name::Row("temperature"), "1.3.6.1.4.1.4881.1.1.10.2.1.1.44.1.5"),
];

const PART: &[(i64, &str)] =
    &[(1, "not there"), (2, "no power"), (3, "ready"), (4, "normal"), (5, "abnormal"), (6, "unknown")];

/// ruijieFiberEntry, by ifIndex (RUIJIE-FIBER-MIB): temperature 17 and its status 18, Rx 76 and Tx 81 (1/100 dBm; -10000
/// without light).
const FIBER: &str = "1.3.6.1.4.1.4881.1.1.10.2.105.1.1.1";

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let rows = |number: u32| seen.answers.column(&format!("{FIBER}.{number}"));
    for (number, after) in [(76, "Rx"), (81, "Tx")] {
        for (index, value) in rows(number) {
            // Without light the other direction is none either.
            let received = seen.answers.cell_number(&format!("{FIBER}.76"), index);
            if let (Some(value), [port, ..]) = (value.as_f64().filter(|_| received != Some(-10_000.0)), index) {
                wifi::add(condition, Class::Dbm, format!("{} {after}", seen.port(*port)), value / 100.0);
            }
        }
    }
    for (index, value) in rows(17) {
        if let (Some(degrees), [port, ..]) = (value.as_f64().filter(|degrees| *degrees != 0.0), index) {
            wifi::add(condition, Class::Temperature, seen.port(*port), degrees);
        }
    }
    for (index, value) in rows(18) {
        if let (Some(status), [port, ..]) = (value.as_f64().filter(|status| *status != 1.0), index) {
            wifi::add(condition, Class::State, format!("{} temperature", seen.port(*port)), status);
        }
    }
}

/// Ruijie's tree under FS's number.
pub(super) static FS: Family = Family {
    key: "fs",
    platform: "ruijie",
    vendor: Some("FS"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.52642")),
    model: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.13")],
    version: &[Source::Object("1.3.6.1.4.1.52642.1.1.10.2.1.1.2.0")],
    serial: &[Source::Object("1.3.6.1.4.1.52642.1.1.10.2.1.1.24.0")],
    cpu: &[Cpu::Column("1.3.6.1.4.1.52642.1.1.10.2.36.1.2.1.5")],
    memory: &[Memory::PercentColumn("1.3.6.1.4.1.52642.1.1.10.2.35.1.1.1.3")],
    ..Family::UNKNOWN
};
