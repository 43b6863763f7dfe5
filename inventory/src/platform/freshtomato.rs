//! FreshTomato and ASUSWRT-Merlin: net-snmp on home routers, known by what their scripts publish through
//! NET-SNMP-EXTEND-MIB. No Wi-Fi over SNMP.

use super::family::{Clues, Family, Source, word};

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
    ..Family::UNKNOWN
};

/// ASUSWRT-Merlin (pass scripts under E.2021.7890).
pub(super) static ASUSWRT: Family = Family {
    key: "asuswrt",
    platform: "asuswrt",
    vendor: Some("ASUS"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(false),
    probes: &["1.3.6.1.4.1.2021.7890.1.101"],
    version: &[Source::Object("1.3.6.1.4.1.2021.7890.1.101.1")],
    ..Family::UNKNOWN
};
