//! Ubiquiti UniFi access points. UBNT-UniFi-MIB (E.41112.1.6); sysObjectID is net-snmp's or, on old ones, airOS's.

use std::collections::BTreeSet;

use super::family::{Ask, Clues, Cpu, Family, Memory, Seen, Source, word};
use super::wifi::{self, Networks, count};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi, channel_mhz};

/// unifiRadioEntry: Radio 3, CuTotal 6, CuSelfRx 7, CuSelfTx 8, OtherBss 9 (per cent).
const RADIO: &str = "1.3.6.1.4.1.41112.1.6.1.1.1";
/// unifiVapEntry: Ccq 3 (tenths of a per cent), Channel 4 (a number, not MHz), EssId 6, NumStations 8, Radio 9,
/// TxPower 21.
const VAP: &str = "1.3.6.1.4.1.41112.1.6.1.2.1";

/// Every UniFi access point.
pub(super) static FAMILY: Family = Family {
    key: "unifi",
    platform: "unifi",
    vendor: Some("Ubiquiti"),
    recognise: |clues: &Clues<'_>| {
        // `UAP-AC-Lite 4.3.28.11361`, `U6-Pro 6.5.28`, `U7-Pro …`, `E7 …`, `UK-Ultra …`, `U-LTE …`.
        let starts = ["UAP", "U6", "U7", "E7", "UK-", "U-LTE"];
        let is_its = clues.is_vague() || clues.is_below("1.3.6.1.4.1.41112");
        let is_named = is_its && starts.iter().any(|start| clues.descr.starts_with(start));
        clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.41112.1.6") || is_named)
    },
    probes: &["1.3.6.1.4.1.41112.1.6.1.1.1.3", "1.3.6.1.4.1.41112.1.6.1.2.1.4", "1.3.6.1.4.1.41112.1.6.3"],
    model: &[
        Source::Object("1.3.6.1.4.1.41112.1.6.3.3.0"),
        Source::Descr(|descr| word(descr, 0).filter(|word| word.starts_with('U') || word.starts_with('E'))),
        Source::Column("1.2.840.10036.3.1.2.1.3"),
    ],
    version: &[
        Source::Object("1.3.6.1.4.1.41112.1.6.3.6.0"),
        Source::Descr(|descr| if descr.starts_with("Linux") { None } else { word(descr, 1) }),
        Source::Column("1.2.840.10036.3.1.2.1.4"),
    ],
    // loadValue of the last 5 minutes in the old tree (FROGFOOT-RESOURCES-MIB), where HOST-RESOURCES is not there.
    cpu: &[
        Cpu::Column("1.3.6.1.2.1.25.3.3.1.2"),
        Cpu::Object("1.3.6.1.4.1.10002.1.1.1.4.2.1.3.2", 1.0),
        Cpu::Idle("1.3.6.1.4.1.2021.11.11.0"),
    ],
    // memFree and memTotal of the same MIB come first: they are on every one.
    memory: &[
        Memory::Free("1.3.6.1.4.1.10002.1.1.1.1.2.0", "1.3.6.1.4.1.10002.1.1.1.1.1.0"),
        Memory::Storage,
        Memory::Ucd,
    ],
    facts: &[Ask::Columns(RADIO, &[3]), Ask::Columns(VAP, &[6, 9])],
    live: &[Ask::Columns(RADIO, &[6, 7, 8, 9]), Ask::Columns(VAP, &[3, 4, 8, 21])],
    read,
    ..Family::UNKNOWN
};

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let mut networks = Networks::default();
    for (index, clients) in answers.column(&format!("{VAP}.8")) {
        let ssid = answers.cell_text(&format!("{VAP}.6"), index);
        networks.add(ssid, clients.as_f64().and_then(count));
    }
    for (index, ccq) in answers.column(&format!("{VAP}.3")) {
        let radio = answers.cell_text(&format!("{VAP}.9"), index).unwrap_or_default();
        if let (Some(ssid), Some(tenths)) = (answers.cell_text(&format!("{VAP}.6"), index), ccq.as_f64()) {
            wifi::add(condition, Class::Ccq, format!("{ssid} ({radio})"), (tenths / 10.0).min(100.0));
        }
    }
    for (number, after) in [(7, "own Rx"), (8, "own Tx"), (9, "others")] {
        for (index, share) in answers.column(&format!("{RADIO}.{number}")) {
            let radio = answers.cell_text(&format!("{RADIO}.3"), index).unwrap_or_default();
            if let Some(share) = share.as_f64() {
                wifi::add(condition, Class::Utilization, format!("{radio} {after}"), share);
            }
        }
    }
    let radios: BTreeSet<String> = [format!("{RADIO}.3"), format!("{VAP}.9")]
        .iter()
        .flat_map(|column| answers.column(column))
        .filter_map(|(_, value)| value.as_text().filter(|name| !name.is_empty()))
        .collect();
    let radios: Vec<Radio> = radios.into_iter().map(|name| radio(seen, name)).collect();
    wifi::tell(
        condition,
        Wifi {
            clients: wifi::sum(seen, &format!("{VAP}.8")),
            radios,
            networks: networks.into_list(),
            ..Wifi::default()
        },
    );
}

/// A radio with what its virtual access points say of it: they share channel and power.
fn radio(seen: &Seen<'_>, name: String) -> Radio {
    let answers = seen.answers;
    let of_radio = |column: String| -> Vec<&[u32]> {
        answers.column(&column).filter(|(_, value)| value.as_text() == Some(name.clone())).map(|(at, _)| at).collect()
    };
    let vaps = of_radio(format!("{VAP}.9"));
    let first = |number: u32| vaps.iter().find_map(|at| answers.cell_number(&format!("{VAP}.{number}"), at));
    let ssids: BTreeSet<String> = vaps.iter().filter_map(|at| answers.cell_text(&format!("{VAP}.6"), at)).collect();
    let clients = vaps.iter().filter_map(|at| count(answers.cell_number(&format!("{VAP}.8"), at)?));
    let channel = first(4).and_then(count).filter(|channel| *channel > 0);
    let busy = of_radio(format!("{RADIO}.3"));
    Radio {
        ssid: if ssids.len() == 1 { ssids.into_iter().next() } else { None },
        channel,
        frequency_mhz: channel.and_then(channel_mhz),
        tx_power_dbm: first(21),
        utilization_percent: busy.iter().find_map(|at| answers.cell_number(&format!("{RADIO}.6"), at)),
        clients: clients.reduce(u32::saturating_add),
        name,
        ..Radio::default()
    }
}
