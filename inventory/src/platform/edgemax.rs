//! Ubiquiti EdgeMAX: EdgeOS routers (UBNT-EdgeMAX-MIB, E.41112.1.5) and EdgeSwitch (Broadcom's FASTPATH MIBs, E.4413).

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, between, yes_if};
use crate::condition::SensorClass as Class;

/// EdgeRouter with EdgeOS: net-snmp beside its own small MIB, which 1.x does not have.
pub(super) static EDGEOS: Family = Family {
    key: "edgeos",
    platform: "edgeos",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| {
        let is_named = clues.descr.starts_with("EdgeOS") || clues.descr.starts_with("EdgeRouter");
        yes_if(clues.is_below("1.3.6.1.4.1.41112.1.5") || is_named)
    },
    model: &[
        Source::Object("1.3.6.1.4.1.41112.1.5.1.1.0"),
        // hrSWRunParameters of its configuration daemon: `-S UBNT EdgeRouter Pro 8-Port running on v2…`.
        Source::WithinColumn("1.3.6.1.2.1.25.4.2.1.5", |text| {
            between(text, "UBNT ", " running on").filter(|_| text.contains(" running on"))
        }),
    ],
    version: &[
        Source::Object("1.3.6.1.4.1.41112.1.5.1.3.0"),
        // `v1.8.0.4853089.160219.1607`: release, build, date.
        Source::Descr(|descr| {
            let version = between(descr, "EdgeOS v", " ")?;
            Some(version.split('.').take_while(|part| part.len() < 6).collect::<Vec<_>>().join("."))
        }),
    ],
    serial: &[Source::Object("1.3.6.1.4.1.41112.1.5.1.2.0")],
    is_gateway: true,
    ..Family::UNKNOWN
};

/// EdgeSwitch. CPU is a sentence: `5 Secs ( 31.1134%)   60 Secs ( 16.7571%) …`.
pub(super) static EDGESWITCH: Family = Family {
    key: "edgeswitch",
    platform: "edgeswitch",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| {
        yes_if(
            clues.descr.starts_with("EdgeSwitch")
                || clues.descr.starts_with("EdgePoint")
                || clues.descr.starts_with("UBNT EdgeSwitch")
                || clues.descr.starts_with("UBNT US")
                || (clues.is_below("1.3.6.1.4.1.4413") && !clues.descr.starts_with("USW-")),
        )
    },
    model: &[
        Source::Descr(|descr| {
            let name = descr.strip_prefix("UBNT ").unwrap_or(descr);
            name.split(", ").next().map(str::to_owned)
        }),
        Source::Column("1.3.6.1.2.1.47.1.1.1.1.13"),
    ],
    version: &[
        Source::Descr(|descr| descr.split(", ").nth(1).map(str::to_owned)),
        Source::Column("1.3.6.1.2.1.47.1.1.1.1.10"),
    ],
    serial: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.11"), Source::Object("1.3.6.1.4.1.4413.1.1.1.1.1.4.0")],
    cpu: &[Cpu::Within("1.3.6.1.4.1.4413.1.1.1.1.4.9.0", |text| {
        between(text, "5 Secs (", "%").and_then(|percent| percent.parse().ok())
    })],
    memory: &[Memory::Free("1.3.6.1.4.1.4413.1.1.1.1.4.1.0", "1.3.6.1.4.1.4413.1.1.1.1.4.2.0")],
    sensors: &[FASTPATH_BOX],
    ..Family::UNKNOWN
};

/// UniFi switches of the first generation are EdgeSwitches with another name.
pub(super) static UNIFI_SWITCH: Family = Family {
    key: "unifi-switch",
    platform: "unifi",
    recognise: |clues: &Clues<'_>| {
        yes_if(clues.is_below("1.3.6.1.4.1.4413") && clues.descr.starts_with("USW-") || clues.descr.starts_with("USW-"))
    },
    cpu: &[EDGESWITCH.cpu[0], Cpu::HOST[0], Cpu::HOST[1]],
    memory: &[EDGESWITCH.memory[0], Memory::HOST[0], Memory::HOST[1]],
    ..EDGESWITCH
};

/// boxServices of FASTPATH-BOXSERVICES-PRIVATE-MIB: fans 6.1 (state 3, rpm 4), temperatures 8.1 (state 4, degree 5), unit
/// 15.1 (state 2).
const FASTPATH_BOX: &[Sensor] = &[
    Sensor::column(Class::FanSpeed, Name::Row("fan"), "1.3.6.1.4.1.4413.1.1.43.1.6.1.4"),
    Sensor::column(Class::State, Name::Row("fan"), "1.3.6.1.4.1.4413.1.1.43.1.6.1.3").states(ITEM),
    Sensor::column(Class::State, Name::Row("temperature"), "1.3.6.1.4.1.4413.1.1.43.1.8.1.4").states(TEMPERATURE),
    Sensor::column(Class::Temperature, Name::Row("temperature"), "1.3.6.1.4.1.4413.1.1.43.1.8.1.5"),
    Sensor::column(Class::State, Name::Row("chassis temperature"), "1.3.6.1.4.1.4413.1.1.43.1.15.1.2")
        .states(TEMPERATURE),
];

const ITEM: &[(i64, &str)] = &[
    (1, "not present"),
    (2, "operational"),
    (3, "failed"),
    (4, "powering"),
    (5, "no power"),
    (6, "not powering"),
    (7, "incompatible"),
];
const TEMPERATURE: &[(i64, &str)] = &[
    (0, "low"),
    (1, "normal"),
    (2, "warning"),
    (3, "critical"),
    (4, "shutdown"),
    (5, "not present"),
    (6, "not operational"),
];
