//! OpenWrt. Over SNMP it is net-snmp, and what LibreNMS's scripts publish through NET-SNMP-EXTEND-MIB: `distro`,
//! `hardware`, `clients-wlan0`, `frequency-wlan0` and so on, each value as text. The list of radios stands in the full
//! output of `interfaces`, `ifname,label` a line; a name that went stale there answers with nothing.
//! Through its shell: `openwrt_ssh.rs`.

use super::family::{Ask, Clues, Family, Seen, Source, Verdict, word, yes_if};
use super::linux::LM_SENSORS;
use super::parts::clean;
use super::wifi::{self, count};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi};
use crate::mib::{Answers, Value};

/// nsExtendOutput1Line: the first line of what a script printed; the index is the length and letters of its name.
const LINE: &str = "1.3.6.1.4.1.8072.1.3.2.3.1.1";
/// nsExtendOutputFull of `interfaces`.
const INTERFACES: &str = "1.3.6.1.4.1.8072.1.3.2.3.1.2.10.105.110.116.101.114.102.97.99.101.115";

/// OpenWrt and what is built from it without another name.
pub(super) static FAMILY: Family = Family {
    key: "openwrt",
    platform: "openwrt",
    vendor: Some("OpenWrt"),
    recognise: |clues: &Clues<'_>| {
        // OpenWrt builds every kernel as number 0 (KBUILD_BUILD_VERSION in its kernel-defaults.mk).
        let looks_so = clues.descr.contains("OpenWrt") || clues.descr.contains(" #0 ") && clues.is_vague();
        match clues.probed {
            None if clues.is_vague() => Verdict::Maybe,
            Some(_) if clues.is_vague() && !looks_so => Verdict::Maybe,
            _ => yes_if(looks_so),
        }
    },
    probes: &["1.3.6.1.4.1.8072.1.3.2.3.1.1.6.100.105.115.116.114.111"],
    model: &[Source::Object("1.3.6.1.4.1.8072.1.3.2.3.1.1.8.104.97.114.100.119.97.114.101")],
    version: &[Source::Within("1.3.6.1.4.1.8072.1.3.2.3.1.1.6.100.105.115.116.114.111", |text| {
        word(text, 1).or_else(|| word(text, 0))
    })],
    facts: FACTS,
    sensors: &[LM_SENSORS],
    live: LIVE,
    read,
    is_gateway: true,
    ..Family::UNKNOWN
};

/// What LibreNMS's scripts publish, on every firmware that runs them.
pub(super) const FACTS: &[Ask] = &[Ask::Object(INTERFACES)];
pub(super) const LIVE: &[Ask] = &[Ask::Columns("1.3.6.1.4.1.8072.1.3.2.3.1", &[1])];

/// A value that a script of this name printed.
fn script(answers: &Answers, name: &str) -> Option<f64> {
    let letters: Vec<u32> = std::iter::once(name.len() as u32).chain(name.bytes().map(u32::from)).collect();
    answers.cell_number(LINE, &letters)
}

/// The radios: as `interfaces` lists them, else as the names of the scripts do.
fn interfaces(answers: &Answers) -> Vec<(String, String)> {
    const RADIOS_MAX: usize = 32;
    let listed = answers.value(INTERFACES).and_then(Value::as_octets).unwrap_or_default();
    let listed = String::from_utf8_lossy(listed).into_owned();
    let mut found: Vec<(String, String)> = listed
        .lines()
        .filter_map(|line| line.trim_matches(['"', ' ', '\r']).split_once(','))
        .filter_map(|(name, label)| Some((clean(name)?, clean(label)?)))
        .collect();
    if found.is_empty() {
        let names = answers.column(LINE).filter_map(|(index, _)| {
            let letters = index.get(1..)?.iter().map(|letter| u8::try_from(*letter).ok());
            let name = String::from_utf8(letters.collect::<Option<Vec<u8>>>()?).ok()?;
            clean(name.strip_prefix("frequency-")?)
        });
        found = names.map(|name| (name.clone(), name)).collect();
    }
    found.truncate(RADIOS_MAX);
    found
}

pub(super) fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let radios: Vec<Radio> = interfaces(answers)
        .into_iter()
        .map(|(name, label)| {
            for (what, class) in [("rate-tx", Class::Rate), ("rate-rx", Class::Rate), ("snr", Class::Snr)] {
                for share in ["min", "avg", "max"] {
                    if let Some(value) = script(answers, &format!("{what}-{name}-{share}")) {
                        wifi::add(condition, class, format!("{label} {what} {share}"), value);
                    }
                }
            }
            Radio {
                frequency_mhz: script(answers, &format!("frequency-{name}")).and_then(wifi::positive),
                noise_dbm: script(answers, &format!("noise-floor-{name}")).and_then(wifi::below_zero),
                clients: script(answers, &format!("clients-{name}")).and_then(count),
                name: label,
                ..Radio::default()
            }
        })
        .collect();
    // The script's own sum counts a client of two links twice (librenms-agent #613), as the sum of the radios does.
    let clients = script(answers, "clients-wlan").and_then(count).or_else(|| wifi::on_radios(&radios));
    wifi::tell(condition, Wifi { clients, radios, ..Wifi::default() });
}
