//! Grandstream GWN access points. GRANDSTREAM-GWN-PRODUCTS-AP-MIB (E.42397.1.1); sysObjectID is net-snmp's, sysName
//! always "grandstream" (LibreNMS #18303). One name a request: the walk finds that out by itself.

use super::family::{Ask, Clues, Family, Seen, Source};
use super::wifi::{self, Networks, below_zero, count};
use crate::condition::{Condition, Radio, Station, Wifi, channel_mhz};

/// gwnRadio: Name 2, Channel 4, TxPower 5, the last two sent as Counter32.
const RADIO: &str = "1.3.6.1.4.1.42397.1.1.3.1.1";
/// gwnSsid: ESSID 2.
const SSID: &str = "1.3.6.1.4.1.42397.1.1.3.2.1";
/// gwnClient: MAC 1, ESSID 4, RSSI 5 (dBm). There is no counter of clients: the rows are counted.
const CLIENT: &str = "1.3.6.1.4.1.42397.1.1.3.3.1";

/// Every GWN76xx.
pub(super) static FAMILY: Family = Family {
    key: "grandstream",
    platform: "grandstream",
    vendor: Some("Grandstream"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.42397.1.1")),
    probes: &["1.3.6.1.4.1.42397.1.1.2.1"],
    model: &[Source::Object("1.3.6.1.4.1.42397.1.1.2.1.0")],
    version: &[Source::Object("1.3.6.1.4.1.42397.1.1.2.4.0")],
    facts: &[Ask::Columns(RADIO, &[2]), Ask::Columns(SSID, &[2])],
    live: &[Ask::Columns(RADIO, &[4, 5]), Ask::Columns(CLIENT, &[1, 4, 5])],
    read,
    ..Family::UNKNOWN
};

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let radios = wifi::radios(seen, &format!("{RADIO}.4"), |index, channel| {
        let channel = channel.as_f64().and_then(count).filter(|channel| *channel > 0);
        Some(Radio {
            name: answers.cell_text(&format!("{RADIO}.2"), index).unwrap_or_default(),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            tx_power_dbm: answers.cell_number(&format!("{RADIO}.5"), index),
            ..Radio::default()
        })
    });
    if radios.is_empty() {
        return;
    }
    let mut networks = Networks::default();
    for (_, ssid) in answers.column(&format!("{SSID}.2")) {
        networks.add(ssid.as_text(), Some(0));
    }
    // A client without a network's name is one all the same.
    let clients = answers.column(&format!("{CLIENT}.4")).count();
    for (_, ssid) in answers.column(&format!("{CLIENT}.4")) {
        networks.add(ssid.as_text(), Some(1));
    }
    let clients = u32::try_from(clients).ok();
    let stations = wifi::stations(seen, &format!("{CLIENT}.1"), |index, mac| {
        Some(Station {
            ssid: answers.cell_text(&format!("{CLIENT}.4"), index),
            signal_dbm: answers.cell_number(&format!("{CLIENT}.5"), index).and_then(below_zero),
            ..Station::new(wifi::mac(mac)?)
        })
    });
    wifi::tell(condition, Wifi { clients, radios, networks: networks.into_list(), stations, ..Wifi::default() });
}
