//! Ruijie, Reyee (E.4881.1.1.10) and FS, who sells the same under another number (E.52642.1.1.10).

use super::family::{Clues, Cpu, Family, Memory, Source, between, yes_if};

/// Ruijie switches, gateways and access points, Reyee among them (E.4881.1.1.10), and FS's clones (E.52642.1.1.10). No
/// MIB for their Wi-Fi is public.
pub(super) static RUIJIE: Family = Family {
    key: "ruijie",
    platform: "ruijie",
    vendor: Some("Ruijie"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.4881")),
    model: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.13"), Source::Descr(|descr| between(descr, "(", ")"))],
    version: &[Source::Object("1.3.6.1.4.1.4881.1.1.10.2.1.1.2.0"), Source::Column("1.3.6.1.2.1.47.1.1.1.1.10")],
    serial: &[Source::Object("1.3.6.1.4.1.4881.1.1.10.2.1.1.24.0"), Source::Column("1.3.6.1.2.1.47.1.1.1.1.11")],
    cpu: &[
        Cpu::Column("1.3.6.1.4.1.4881.1.1.10.2.36.1.2.1.5"),
        Cpu::Object("1.3.6.1.4.1.4881.1.1.10.2.36.1.1.3.0", 1.0),
    ],
    memory: &[Memory::PercentColumn("1.3.6.1.4.1.4881.1.1.10.2.35.1.1.1.3")],
    ..Family::UNKNOWN
};

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
