//! Axis cameras (AXIS-VIDEO-MIB, E.368). Their serial number is the MAC address of their port.

use super::family::{Clues, Cpu, Family, Name, Sensor, Source, yes_if};
use crate::condition::SensorClass as Class;

/// Axis: `; AXIS P1455-LE; Network Camera; 11.10.61; Apr 18 2024 18:48; …`. Its serial number is its MAC.
pub(super) static FAMILY: Family = Family {
    key: "axis",
    platform: "axis",
    vendor: Some("Axis"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.368")),
    model: &[Source::Descr(|descr| descr.split(';').nth(1).map(str::to_owned))],
    version: &[Source::Descr(|descr| descr.split(';').nth(3).map(str::to_owned))],
    // deviceCpuUtilization (newer firmware).
    cpu: &[Cpu::Object("1.3.6.1.4.1.368.4.1.100.3.1.0", 1.0), Cpu::HOST[0], Cpu::HOST[1]],
    sensors: &[&[
        Sensor::column(Class::State, Name::Row("temperature"), "1.3.6.1.4.1.368.4.1.3.1.3").states(&[
            (1, "ok"),
            (2, "failed"),
            (3, "out of boundary"),
        ]),
        Sensor::column(Class::Temperature, Name::Row("temperature"), "1.3.6.1.4.1.368.4.1.3.1.4"),
    ]],
    ..Family::UNKNOWN
};
