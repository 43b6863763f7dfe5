//! Hikvision cameras and recorders (HIK-DEVICE-MIB, E.39165; E.50001); sysObjectID is empty on some. After the MIB: none
//! has answered us yet.

use super::family::{Clues, Cpu, Family, Memory, Source};

/// Hikvision cameras and recorders (HIK-DEVICE-MIB): load and memory as text with a unit.
pub(super) static FAMILY: Family = Family {
    key: "hikvision",
    platform: "hikvision",
    vendor: Some("Hikvision"),
    recognise: |clues: &Clues<'_>| {
        let is_its = clues.is_below("1.3.6.1.4.1.39165") || clues.is_below("1.3.6.1.4.1.50001");
        clues.yes_or_probe(is_its || clues.descr.to_lowercase().contains("hikvision"))
    },
    probes: &["1.3.6.1.4.1.39165.1.1", "1.3.6.1.4.1.50001.1.1"],
    model: &[Source::Object("1.3.6.1.4.1.39165.1.1.0"), Source::Object("1.3.6.1.4.1.50001.1.1.0")],
    version: &[Source::Object("1.3.6.1.4.1.39165.1.3.0")],
    serial: &[Source::Object("1.3.6.1.4.1.50001.1.2.0")],
    cpu: &[Cpu::Within("1.3.6.1.4.1.39165.1.7.0", percent)],
    memory: &[Memory::Storage],
    ..Family::UNKNOWN
};

/// `12 PERCENT`, `12%`.
fn percent(text: &str) -> Option<f64> {
    text.trim_end_matches(|letter: char| !letter.is_ascii_digit()).trim().parse().ok()
}
