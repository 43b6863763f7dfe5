//! Alta Labs access points: net-snmp with a sysDescr of its own.

use super::family::{Clues, Family, Source, word, yes_if};

/// Alta Labs access points: net-snmp with a sysDescr of its own, `Alta AP6 2.2w`.
pub(super) static FAMILY: Family = Family {
    key: "alta",
    platform: "altalabs",
    vendor: Some("Alta Labs"),
    recognise: |clues: &Clues<'_>| yes_if(clues.descr.starts_with("Alta ")),
    model: &[Source::Descr(|descr| word(descr, 1))],
    version: &[Source::Descr(|descr| word(descr, 2))],
    ..Family::UNKNOWN
};
