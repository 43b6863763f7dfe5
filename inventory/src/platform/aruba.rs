//! Aruba: Instant clusters (AI-AP-MIB, E.14823.2.3.3.1) and ArubaOS controllers (WLSX MIBs, E.14823.2.2.1).

use std::collections::BTreeMap;

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, yes_if};
use super::wifi::{self, count, everybody, networks, positive};
use crate::condition::{Condition, Radio, SensorClass as Class, Station, Wifi, channel_mhz};
use crate::mib::Value;

/// aiAccessPointEntry, by MAC: Name 2, Serial 4, CPU 7, MemFree 8, MemTotal 10, Status 11.
const AP: &str = "1.3.6.1.4.1.14823.2.3.3.1.2.1.1";
/// aiRadioEntry, by MAC and number: Channel 4, TxPower 5 (dBm), NoiseFloor 6, Utilization64 8 (%), Status 20, ClientNum
/// 21 (from 8.4).
const RADIO: &str = "1.3.6.1.4.1.14823.2.3.3.1.2.2.1";
/// aiSSIDEntry: SSID 2, ClientNum 4 (from 8.4).
const SSID: &str = "1.3.6.1.4.1.14823.2.3.3.1.1.7.1";
/// aiWlanEntry, by the access point's MAC and number: ESSID 3, WlanMac 4, the BSSID that a client names.
const WLAN: &str = "1.3.6.1.4.1.14823.2.3.3.1.2.3.1";
/// aiClientEntry, by MAC: WlanMac 2, SNR 7 (dB), TxRate 11, RxRate 15 (Mbit/s), Uptime 16. Older firmware has no counts;
/// the rows are counted there.
const CLIENT: &str = "1.3.6.1.4.1.14823.2.3.3.1.2.4.1";

/// Instant: the access point that leads the others tells of all. Its place among the numbers of access points
/// (E.14823.1.2) says so, whatever sysDescr has become (8.13, LibreNMS #18112).
pub(super) static INSTANT: Family = Family {
    key: "aruba-instant",
    platform: "aruba",
    vendor: Some("Aruba"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.14823.1.2")),
    model: &[
        Source::Descr(|descr| between(descr, "MODEL: ", ")")),
        Source::Column("1.3.6.1.4.1.14823.2.3.3.1.2.1.1.6"),
    ],
    version: &[
        Source::Descr(|descr| between(descr, "Version ", " ")),
        Source::Object("1.3.6.1.4.1.14823.2.3.3.1.1.4.0"),
    ],
    serial: &[Source::Column("1.3.6.1.4.1.14823.2.3.3.1.2.1.1.4")],
    cpu: &[Cpu::Column("1.3.6.1.4.1.14823.2.3.3.1.2.1.1.7")],
    memory: &[Memory::FreeColumns("1.3.6.1.4.1.14823.2.3.3.1.2.1.1.8", "1.3.6.1.4.1.14823.2.3.3.1.2.1.1.10")],
    sensors: &[&[Sensor::column(
        Class::State,
        Name::Cell("1.3.6.1.4.1.14823.2.3.3.1.2.1.1.2", ""),
        "1.3.6.1.4.1.14823.2.3.3.1.2.1.1.11",
    )
    .states(UP_DOWN)]],
    facts: &[Ask::Columns(AP, &[2]), Ask::Columns(SSID, &[2]), Ask::Columns(WLAN, &[3, 4])],
    live: &[
        Ask::Columns(RADIO, &[4, 5, 6, 8, 20, 21]),
        Ask::Columns(SSID, &[4]),
        Ask::Columns(CLIENT, &[2, 7, 11, 15, 16]),
    ],
    read: read_instant,
    ..Family::UNKNOWN
};

const UP_DOWN: &[(i64, &str)] = &[(1, "up"), (2, "down")];

fn read_instant(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let name = |index: &[u32]| {
        let (number, mac) = index.split_last().unwrap_or((&0, &[]));
        let ap = answers.cell_text(&format!("{AP}.2"), mac).unwrap_or_default();
        format!("{ap} radio {number}").trim().to_owned()
    };
    for (index, status) in answers.column(&format!("{RADIO}.20")) {
        if let Some(status) = status.as_f64() {
            wifi::add(condition, Class::State, name(index), status);
        }
    }
    let radios = wifi::radios(seen, &format!("{RADIO}.4"), |index, channel| {
        let cell = |number: u32| answers.cell_number(&format!("{RADIO}.{number}"), index);
        let channel = channel_number(channel);
        Some(Radio {
            name: name(index),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            tx_power_dbm: cell(5),
            // Sent without its sign.
            noise_dbm: cell(6).filter(|noise| *noise != 0.0).map(|noise| -noise.abs()),
            utilization_percent: cell(8),
            clients: cell(21).and_then(count),
            ..Radio::default()
        })
    });
    let networks = networks(seen, &format!("{SSID}.2"), &format!("{SSID}.4"));
    let rows = u32::try_from(answers.column(&format!("{CLIENT}.7")).count()).ok().filter(|rows| *rows > 0);
    let clients = wifi::on_radios(&radios).or_else(|| everybody(&networks)).or(rows);
    let access_points = u32::try_from(answers.column(&format!("{AP}.11")).count()).ok().filter(|count| *count > 0);
    wifi::tell(condition, Wifi { clients, access_points, radios, networks, stations: connected(seen) });
}

/// Who is connected, with the name of the access point and the network behind the BSSID that each is on.
fn connected(seen: &Seen<'_>) -> Vec<Station> {
    let answers = seen.answers;
    let row = |(index, bssid): (&[u32], &Value)| Some((bssid.as_octets()?.to_vec(), index.to_vec()));
    let wlans: BTreeMap<Vec<u8>, Vec<u32>> = answers.column(&format!("{WLAN}.4")).filter_map(row).collect();
    wifi::stations(seen, &format!("{CLIENT}.7"), |index, snr| {
        let (mac, _) = wifi::mac_of(index)?;
        let cell = |number: u32| answers.cell_number(&format!("{CLIENT}.{number}"), index);
        let bssid = answers.cell(&format!("{CLIENT}.2"), index).and_then(Value::as_octets);
        let wlan = bssid.and_then(|bssid| wlans.get(bssid));
        let ap = wlan.and_then(|wlan| wlan.split_last()).map(|(_, ap)| ap);
        Some(Station {
            radio: ap.and_then(|ap| answers.cell_text(&format!("{AP}.2"), ap)),
            ssid: wlan.and_then(|wlan| answers.cell_text(&format!("{WLAN}.3"), wlan)),
            snr_db: snr.as_f64().and_then(positive),
            tx_bps: cell(11).and_then(positive).map(|mbps| mbps * 1e6),
            rx_bps: cell(15).and_then(positive).map(|mbps| mbps * 1e6),
            connected_s: cell(16).and_then(wifi::seconds),
            ..Station::new(mac)
        })
    })
}

/// 6.x sends a number with flags above the low byte (388 is 132), 8.x text with the width: `116E` 80 MHz, `53S` 160.
fn channel_number(value: &Value) -> Option<u32> {
    let text = match value.as_text() {
        Some(text) => text.trim_end_matches(|letter: char| !letter.is_ascii_digit()).parse().ok()?,
        None => u32::try_from(value.as_u64()?).ok()?,
    };
    let channel = if text > 255 { text & 255 } else { text };
    (channel > 0).then_some(channel)
}

/// ArubaOS: mobility controllers and what they manage.
pub(super) static CONTROLLER: Family = Family {
    key: "arubaos",
    platform: "aruba",
    vendor: Some("Aruba"),
    recognise: |clues: &Clues<'_>| {
        yes_if(clues.is_below("1.3.6.1.4.1.14823") || clues.descr.starts_with("ArubaOS (MODEL"))
    },
    model: &[Source::Descr(|descr| between(descr, "MODEL: ", ")"))],
    version: &[Source::Descr(|descr| between(descr, "Version ", " "))],
    serial: &[Source::Object("1.3.6.1.4.1.14823.2.2.1.1.1.12.0")],
    cpu: &[Cpu::Column("1.3.6.1.4.1.14823.2.2.1.2.1.13.1.3")],
    memory: &[Memory::UsedColumns("1.3.6.1.4.1.14823.2.2.1.1.1.11.1.3", "1.3.6.1.4.1.14823.2.2.1.1.1.11.1.2")],
    sensors: &[&[Sensor::object(Class::Count, "VPN sessions", "1.3.6.1.4.1.14823.2.2.1.4.1.4.2.0")]],
    facts: &[Ask::Columns("1.3.6.1.4.1.14823.2.2.1.5.2.1.4.1", &[3])],
    live: &[
        Ask::Object("1.3.6.1.4.1.14823.2.2.1.1.3.1.0"),
        Ask::Object("1.3.6.1.4.1.14823.2.2.1.1.3.2.0"),
        Ask::Columns("1.3.6.1.4.1.14823.2.2.1.5.2.1.5.1", &[3, 6, 7]),
    ],
    read: read_controller,
    ..Family::UNKNOWN
};

/// wlanAPRadioEntry, by MAC and number: Channel 3, Utilization 6 (%), clients 7. The power's unit is not told (4).
fn read_controller(seen: &Seen<'_>, condition: &mut Condition) {
    const RADIO: &str = "1.3.6.1.4.1.14823.2.2.1.5.2.1.5.1";
    let answers = seen.answers;
    let radios = wifi::radios(seen, &format!("{RADIO}.3"), |index, channel| {
        let (number, mac) = index.split_last()?;
        let ap = answers.cell_text("1.3.6.1.4.1.14823.2.2.1.5.2.1.4.1.3", mac).unwrap_or_default();
        let channel = channel_number(channel);
        Some(Radio {
            name: format!("{ap} radio {number}").trim().to_owned(),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            utilization_percent: answers.cell_number(&format!("{RADIO}.6"), index),
            clients: answers.cell_number(&format!("{RADIO}.7"), index).and_then(count),
            ..Radio::default()
        })
    });
    let access_points = wifi::single(seen, "1.3.6.1.4.1.14823.2.2.1.1.3.1.0");
    let clients = wifi::single(seen, "1.3.6.1.4.1.14823.2.2.1.1.3.2.0");
    wifi::tell(condition, Wifi { clients, access_points, radios, ..Wifi::default() });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_read_through_its_flags_and_its_width() {
        let text = |text: &str| channel_number(&Value::Octets { bytes: text.into(), is_cut: false });
        assert_eq!(
            [text("161"), text("116E"), text("53S"), text("0"), text("")],
            [Some(161), Some(116), Some(53), None, None]
        );
        assert_eq!([channel_number(&Value::Integer(388)), channel_number(&Value::Integer(11))], [Some(132), Some(11)]);
    }
}
