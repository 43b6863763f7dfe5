//! Hikvision: cameras (HIK-DEVICE-MIB, E.39165, all of it text) and recorders (HIKVISION-MIB, E.50001); sysObjectID is
//! empty on some. After the MIBs: none has answered us yet.

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source};
use crate::condition::SensorClass as Class;

/// Hikvision cameras and recorders.
pub(super) static FAMILY: Family = Family {
    key: "hikvision",
    platform: "hikvision",
    vendor: Some("Hikvision"),
    recognise: |clues: &Clues<'_>| {
        let is_its = clues.is_below("1.3.6.1.4.1.39165") || clues.is_below("1.3.6.1.4.1.50001");
        clues.yes_or_probe(is_its || clues.descr.to_lowercase().contains("hikvision"))
    },
    probes: &["1.3.6.1.4.1.39165.1.1", "1.3.6.1.4.1.50001.1.3", "1.3.6.1.4.1.50001.1.100"],
    // deviceType; hikEntityType, a number.
    model: &[
        Source::Object("1.3.6.1.4.1.39165.1.1.0"),
        Source::Made(&["1.3.6.1.4.1.50001.1.100.0"], |answers| {
            let word = match answers.number("1.3.6.1.4.1.50001.1.100.0")? {
                1.0 => "DVR",
                2.0 => "NVR",
                3.0 => "IPC",
                _ => return None,
            };
            Some(word.to_owned())
        }),
    ],
    version: &[Source::Object("1.3.6.1.4.1.39165.1.3.0")],
    serial: &[Source::Object("1.3.6.1.4.1.50001.1.3.0")],
    cpu: &[Cpu::Within("1.3.6.1.4.1.39165.1.7.0", percent)],
    // memUsed, hikMemoryUsage.
    memory: &[
        Memory::Within("1.3.6.1.4.1.39165.1.11.0", percent),
        Memory::Percent("1.3.6.1.4.1.50001.1.221.0"),
        Memory::Storage,
    ],
    // hikDiskStatus.
    sensors: &[&[Sensor::column(
        Class::State,
        Name::Cell("1.3.6.1.4.1.50001.1.241.1.2", ""),
        "1.3.6.1.4.1.50001.1.241.1.3",
    )
    .states(&[
        (0, "normal"),
        (1, "unformatted"),
        (2, "abnormal"),
        (3, "SMART failed"),
        (4, "mismatch"),
        (5, "idle"),
        (6, "not online"),
        (10, "repairing"),
        (11, "formatting"),
    ])]],
    ..Family::UNKNOWN
};

/// `12 PERCENT`, `12%`, `12`. A size, `98 MB`, is none.
fn percent(text: &str) -> Option<f64> {
    let (number, unit) =
        text.split_at(text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len()));
    let is_percent = matches!(unit.trim().to_ascii_lowercase().as_str(), "" | "%" | "percent");
    number.parse().ok().filter(|_| is_percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_with_and_without_its_unit_and_a_size_is_none() {
        assert_eq!(
            ["12 PERCENT", "12%", "12.5", "98 MB", ""].map(percent),
            [Some(12.0), Some(12.0), Some(12.5), None, None]
        );
    }
}
