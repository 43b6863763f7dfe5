//! TP-Link: Omada access points (EAP), JetStream and Omada switches (TPLINK MIBs, E.11863), home routers (E.16972). The
//! Omada controller has no SNMP.
//!
//! The SFP tables of the switches (E.11863.6.96) are not read: a GETBULK on them stops the switch's SNMP until it is
//! restarted (LibreNMS #13050).

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, word, yes_if};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class, Wifi};

/// JetStream and Omada switches.
pub(super) static JETSTREAM: Family = Family {
    key: "omada-switch",
    platform: "omada",
    vendor: Some("TP-Link"),
    recognise: |clues: &Clues<'_>| {
        yes_if(["1", "5", "6"].iter().any(|below| clues.is_below(&format!("1.3.6.1.4.1.11863.{below}"))))
    },
    model: &[
        Source::Object("1.3.6.1.4.1.11863.6.1.1.5.0"),
        Source::Within("1.3.6.1.4.1.11863.1.1.1.5.0", |text| word(text, 0)),
    ],
    version: &[Source::Object("1.3.6.1.4.1.11863.6.1.1.6.0")],
    serial: &[Source::Object("1.3.6.1.4.1.11863.6.1.1.8.0")],
    // The last 5 seconds; columns 3 and 4 are the last minute and 5 minutes.
    cpu: &[Cpu::Column("1.3.6.1.4.1.11863.6.4.1.1.1.1.2")],
    memory: &[Memory::PercentColumn("1.3.6.1.4.1.11863.6.4.1.2.1.1.2")],
    sensors: &[POE],
    ..Family::UNKNOWN
};

/// TPLINK-POWER-OVER-ETHERNET-MIB: of the switch in tenths of a watt, of a port 7 likewise and 11 the state.
const POE: &[Sensor] = &[
    Sensor::object(Class::Power, "PoE limit", "1.3.6.1.4.1.11863.6.56.1.1.1.1.0").times(0.1),
    Sensor::object(Class::Power, "PoE consumption", "1.3.6.1.4.1.11863.6.56.1.1.1.3.0").times(0.1),
    Sensor::object(Class::Power, "PoE remaining", "1.3.6.1.4.1.11863.6.56.1.1.1.4.0").times(0.1),
    Sensor::column(Class::Power, Name::Row("PoE port"), "1.3.6.1.4.1.11863.6.56.1.1.2.1.1.7").times(0.1),
    Sensor::column(Class::State, Name::Row("PoE port"), "1.3.6.1.4.1.11863.6.56.1.1.2.1.1.11").states(&[
        (0, "off"),
        (1, "turning on"),
        (2, "on"),
        (3, "overload"),
        (4, "short"),
        (5, "non-standard device"),
        (6, "voltage high"),
        (7, "voltage low"),
        (8, "hardware fault"),
        (9, "over temperature"),
    ]),
];

/// Omada access points. Clients are the rows of the client table where their number is not told. From public notes of
/// other projects; no EAP has answered us yet.
pub(super) static EAP: Family = Family {
    key: "omada-eap",
    platform: "omada",
    vendor: Some("TP-Link"),
    recognise: |clues: &Clues<'_>| {
        clues.yes_or_probe(
            clues.is_below("1.3.6.1.4.1.11863.10")
                || clues.is_below("1.3.6.1.4.1.11863.3")
                || clues.descr.starts_with("EAP"),
        )
    },
    probes: &["1.3.6.1.4.1.11863.10.1.1"],
    model: &[Source::Descr(|descr| word(descr, 0).filter(|model| model.starts_with("EAP")))],
    live: &[Ask::Object(CLIENTS), Ask::Columns(CLIENT, &[2])],
    read: read_eap,
    ..Family::UNKNOWN
};

const CLIENTS: &str = "1.3.6.1.4.1.11863.10.1.1.1.0";
const CLIENT: &str = "1.3.6.1.4.1.11863.10.1.1.2.1";

fn read_eap(seen: &Seen<'_>, condition: &mut Condition) {
    let rows = seen.answers.column(&format!("{CLIENT}.2")).count();
    let counted = u32::try_from(rows).ok().filter(|rows| *rows > 0);
    wifi::tell(condition, Wifi { clients: wifi::single(seen, CLIENTS).or(counted), ..Wifi::default() });
}

/// Home routers and modems: ports only. `0.9.1 0.2 v0076.0 Build 170919 …`.
pub(super) static HOME: Family = Family {
    key: "tplink-home",
    platform: "tplink",
    vendor: Some("TP-Link"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.16972")),
    version: &[Source::Descr(|descr| between(descr, "Build ", "").map(|build| format!("Build {build}")))],
    ..Family::UNKNOWN
};
