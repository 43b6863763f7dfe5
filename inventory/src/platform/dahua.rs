//! Dahua recorders and cameras (E.1004849).

use super::family::{Clues, Cpu, Family, Sensor, Source, word, yes_if};
use crate::condition::SensorClass as Class;

/// Dahua recorders and cameras.
pub(super) static FAMILY: Family = Family {
    key: "dahua",
    platform: "dahua",
    vendor: Some("Dahua"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.1004849")),
    model: &[Source::Object("1.3.6.1.4.1.1004849.2.1.2.6.0"), Source::Descr(|descr| word(descr, 0))],
    version: &[Source::Object("1.3.6.1.4.1.1004849.2.1.1.1.0")],
    serial: &[Source::Object("1.3.6.1.4.1.1004849.2.1.2.4.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.1004849.2.1.3.0", 1.0)],
    memory: &[],
    sensors: &[&[
        Sensor::object(Class::State, "device", "1.3.6.1.4.1.1004849.2.1.2.8.0").states(&[(0, "bad"), (1, "good")])
    ]],
    ..Family::UNKNOWN
};
