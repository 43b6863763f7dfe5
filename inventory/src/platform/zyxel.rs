//! Zyxel ZyWALL, USG and ATP (E.890.1.6.22, E.890.1.15); USG Flex H is net-snmp beside it.

use super::family::{Clues, Cpu, Family, Memory, Source, word};

/// Zyxel ZyWALL, USG and ATP (ZYXEL-ES-COMMON, ZYWALL MIBs: E.890.1.6.22, E.890.1.15).
pub(super) static FAMILY: Family = Family {
    key: "zyxel",
    platform: "zyxel",
    vendor: Some("Zyxel"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.890")),
    probes: &["1.3.6.1.4.1.890.1.15.3.1"],
    model: &[Source::Object("1.3.6.1.4.1.890.1.15.3.1.11.0"), Source::Descr(|descr| word(descr, 0))],
    version: &[Source::Object("1.3.6.1.4.1.890.1.15.3.1.6.0")],
    serial: &[Source::Object("1.3.6.1.4.1.890.1.15.3.1.12.0")],
    cpu: &[
        Cpu::Object("1.3.6.1.4.1.890.1.6.22.1.1.0", 1.0),
        Cpu::Object("1.3.6.1.4.1.890.1.15.3.2.4.0", 1.0),
        Cpu::HOST[0],
    ],
    memory: &[
        Memory::Percent("1.3.6.1.4.1.890.1.6.22.1.2.0"),
        Memory::Percent("1.3.6.1.4.1.890.1.15.3.2.5.0"),
        Memory::Storage,
    ],
    ..Family::UNKNOWN
};
