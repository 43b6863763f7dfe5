//! Alta Labs access points, switches and routers: net-snmp with a sysDescr of its own; ALTA-SYSTEM-MIB (E.61802.2).

use super::family::{Clues, Family, Name, Sensor, Source, word, yes_if};
use crate::condition::SensorClass as Class;

/// All of them: net-snmp with a sysDescr of its own, `Alta AP6 2.2w`.
pub(super) static FAMILY: Family = Family {
    key: "alta",
    platform: "altalabs",
    vendor: Some("Alta Labs"),
    recognise: |clues: &Clues<'_>| yes_if(clues.descr.starts_with("Alta ")),
    model: &[Source::Descr(|descr| word(descr, 1))],
    version: &[Source::Descr(|descr| word(descr, 2))],
    sensors: &[&[Sensor::column(Class::Temperature, Name::Row("temperature"), "1.3.6.1.4.1.61802.2.1.1.2")
        .only(|degrees| degrees != 0.0)]],
    ..Family::UNKNOWN
};
