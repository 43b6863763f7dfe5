//! DrayTek Vigor (E.7367.3). Its 32-bit counters and states of 0 are seen to by the reading of ports.

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, between, yes_if};
use crate::condition::SensorClass as Class;

/// DrayTek Vigor (E.7367.3).
pub(super) static FAMILY: Family = Family {
    key: "draytek",
    platform: "draytek",
    vendor: Some("DrayTek"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.7367") || clues.descr.starts_with("DrayTek")),
    model: &[Source::Descr(|descr| between(descr, "Router Model: ", ",")), Source::Object("1.3.6.1.4.1.7367.3.1.0")],
    version: &[Source::Descr(|descr| between(descr, "Version: ", ",")), Source::Object("1.3.6.1.4.1.7367.3.2.0")],
    cpu: &Cpu::HOST,
    memory: &[Memory::Percent("1.3.6.1.4.1.7367.3.7.0"), Memory::Storage],
    // lteactivechannel, by modem.
    sensors: &[&[Sensor::column(Class::Count, Name::Row("LTE channel"), "1.3.6.1.4.1.7367.4.1")]],
    is_gateway: true,
    ..Family::UNKNOWN
};
