//! FreshTomato, ASUSWRT-Merlin and DD-WRT: net-snmp on home routers, known by what their scripts publish through
//! NET-SNMP-EXTEND-MIB. Wi-Fi as far as LibreNMS's scripts publish it, as on OpenWrt.

use super::family::{Clues, Family, Source, Verdict, word};
use super::openwrt;

/// FreshTomato: `device` and `version` as arguments of extend (nsExtendArgs), or as what they print.
pub(super) static FRESHTOMATO: Family = Family {
    key: "freshtomato",
    platform: "freshtomato",
    vendor: Some("FreshTomato"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(false),
    probes: &["1.3.6.1.4.1.8072.1.3.2.2.1.3.7.118.101.114.115.105.111.110"],
    model: &[Source::Object("1.3.6.1.4.1.8072.1.3.2.2.1.3.6.100.101.118.105.99.101")],
    version: &[Source::Within("1.3.6.1.4.1.8072.1.3.2.2.1.3.7.118.101.114.115.105.111.110", |text| {
        if text.starts_with("FreshTomato") { word(text, 1) } else { Some(text.to_owned()) }
    })],
    is_gateway: true,
    ..Family::UNKNOWN
};

/// ASUSWRT-Merlin (pass scripts under E.2021.7890).
pub(super) static ASUSWRT: Family = Family {
    key: "asuswrt",
    platform: "asuswrt",
    vendor: Some("ASUS"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(false),
    probes: &["1.3.6.1.4.1.2021.7890.1.101"],
    // `ASUSWRT-Merlin RT-AC68U 384.19_0 …`.
    model: &[Source::Within("1.3.6.1.4.1.2021.7890.1.101.1", |text| word(text, 1))],
    version: &[Source::Within("1.3.6.1.4.1.2021.7890.1.101.1", |text| word(text, 2))],
    facts: openwrt::FACTS,
    live: openwrt::LIVE,
    read: openwrt::read,
    is_gateway: true,
    ..Family::UNKNOWN
};

/// DD-WRT: its `distro` says so.
pub(super) static DD_WRT: Family = Family {
    key: "ddwrt",
    platform: "ddwrt",
    vendor: Some("DD-WRT"),
    recognise: |clues: &Clues<'_>| match clues.probed {
        _ if clues.descr.contains("DD-WRT") => Verdict::Yes,
        Some(probed) if clues.is_vague() && probed.text(DISTRO).is_some_and(|text| text.starts_with("DD-WRT")) => {
            Verdict::Yes
        }
        Some(_) | None => Verdict::No,
    },
    model: openwrt::FAMILY.model,
    version: openwrt::FAMILY.version,
    facts: openwrt::FACTS,
    live: openwrt::LIVE,
    read: openwrt::read,
    is_gateway: true,
    ..Family::UNKNOWN
};

/// nsExtendOutput1Line of `distro`, which OpenWrt's file probes for.
const DISTRO: &str = "1.3.6.1.4.1.8072.1.3.2.3.1.1.6.100.105.115.116.114.111";
