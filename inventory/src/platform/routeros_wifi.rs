//! The Wi-Fi of RouterOS through its own shell: `/interface wireless`, and the younger `/interface wifi`, which 7 called
//! `wifiwave2` before 7.13.

use std::collections::BTreeMap;

use super::routeros_ssh::{Command, Record, duration, each, leading_number, pairs, rate};
use super::wifi::{self, Networks, below_zero, count, positive};
use crate::condition::{Condition, Radio, STATIONS_MAX, SensorClass as Class, Station, Wifi};

/// Its interfaces with what they measure, and who is connected. One that cannot be watched keeps the others.
macro_rules! wireless {
    ($menu:literal) => {
        Command {
            kinds: KINDS,
            is_of_each_visit: true,
            text: concat!(
                ":foreach i in=[",
                $menu,
                " find] do={:put \"== radio\"; ",
                pairs!(concat!($menu, " get $i")),
                "; :do {",
                pairs!(concat!($menu, " monitor $i once as-value"), "now-"),
                "} on-error={}}; :put \"== registrations\"; ",
                each!("client", concat!($menu, " registration-table"))
            ),
        }
    };
}

pub(super) const WIRELESS: Command = wireless!("/interface wireless");
pub(super) const WIFI: Command = wireless!("/interface wifi");
pub(super) const WIFIWAVE2: Command = wireless!("/interface wifiwave2");

const KINDS: &[&str] = &["radio", "registrations", "client"];

const RADIOS_MAX: usize = 512;

/// Fills in the Wi-Fi.
pub(super) fn read(records: &[Record<'_>], condition: &mut Condition) {
    let of = |kind: &'static str| records.iter().filter(move |record| record.kind == kind);
    // A list that could not be had is not an empty one.
    let is_listed = of("registrations").next().is_some();
    let names: BTreeMap<&str, Option<String>> =
        of("radio").filter_map(|record| Some((record.get("name")?, ssid(record)))).collect();
    let stations: Vec<Station> = of("client").filter_map(|record| station(record, &names)).take(STATIONS_MAX).collect();
    let mut networks = Networks::default();
    let mut radios = Vec::new();
    for record in of("radio").filter(|record| record.is("disabled") != Some(true)).take(RADIOS_MAX) {
        let Some(radio) = radio(record, is_listed.then_some(&stations)) else { continue };
        if let Some(clients) = radio.clients {
            networks.add(radio.ssid.clone(), Some(clients));
        }
        if let Some(ccq) = record.number("now-overall-tx-ccq") {
            wifi::add(condition, Class::Ccq, radio.name.clone(), ccq);
        }
        radios.push(radio);
    }
    let clients = wifi::on_radios(&radios);
    wifi::tell(condition, Wifi { clients, radios, networks: networks.into_list(), stations, ..Wifi::default() });
}

fn ssid(record: &Record<'_>) -> Option<String> {
    ["ssid", "configuration.ssid"].into_iter().find_map(|key| record.text(key))
}

/// An interface. One that is connected to another device has no clients of its own.
fn radio(record: &Record<'_>, stations: Option<&Vec<Station>>) -> Option<Radio> {
    let name = record.text("name")?;
    let mode = record.get("mode").or_else(|| record.get("configuration.mode")).unwrap_or("ap");
    // `2437/20/gn`, `5180/ax/Ceee`.
    let channel = record.get("now-channel").and_then(leading_number);
    let frequency = channel.or_else(|| record.number("now-frequency")).or_else(|| record.number("frequency"));
    let own =
        |stations: &Vec<Station>| stations.iter().filter(|station| station.radio.as_deref() == Some(&name)).count();
    let clients =
        stations.filter(|_| !mode.starts_with("station")).and_then(|stations| u32::try_from(own(stations)).ok());
    Some(Radio {
        ssid: ssid(record),
        frequency_mhz: frequency.and_then(positive),
        tx_power_dbm: record.number("now-tx-power"),
        noise_dbm: record.number("now-noise-floor").and_then(below_zero),
        clients,
        name,
        ..Radio::default()
    })
}

/// Who is connected; the access point that an interface is itself connected to is nobody's client.
fn station(record: &Record<'_>, names: &BTreeMap<&str, Option<String>>) -> Option<Station> {
    if record.is("ap") == Some(true) || record.is("authorized") == Some(false) {
        return None;
    }
    let interface = record.get("interface")?;
    let signal = record.number("signal-strength").or_else(|| record.number("signal"));
    Some(Station {
        radio: record.text("interface"),
        ssid: record.text("ssid").or_else(|| names.get(interface).cloned().flatten()),
        signal_dbm: signal.and_then(below_zero),
        snr_db: record.number("signal-to-noise").and_then(positive),
        tx_bps: record.get("tx-rate").and_then(rate),
        rx_bps: record.get("rx-rate").and_then(rate),
        connected_s: record.get("uptime").and_then(duration).and_then(|time| count(time.as_secs_f64())),
        ..Station::new(record.get("mac-address")?.parse().ok()?)
    })
}
