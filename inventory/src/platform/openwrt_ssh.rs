//! OpenWrt through its shell: the JSON of ubus. `system board` (procd) says what it is, and where ubus does not answer
//! the files it is made of, `/etc/openwrt_release` and `/tmp/sysinfo/model`. Of its Wi-Fi tell `iwinfo info` and
//! `assoclist` (rpcd-mod-iwinfo) and, for access points alone, hostapd's `get_clients` (`src/ap/ubus.c`).

use serde_json::Value;

use super::json::{list, number, parse, text};
use super::parts::{Parts, assignment, clean};
use super::wifi::{self, Networks, count};
use crate::condition::{Condition, Radio, STATIONS_MAX, Station, Wifi};
use crate::device::Mac;
use crate::reading::Identity;

/// More than any access point has networks.
const INTERFACES_MAX: usize = 64;

/// Fills in vendor, platform, model and version when the device is OpenWrt or a derivative, which keeps the same names
/// (`DISTRIB_ID`, `DISTRIB_RELEASE`: base-files of OpenWrt). The files are asked where ubus says nothing.
pub(super) fn identify(parts: &Parts<'_>, identity: &mut Identity) {
    let (board, file) = (parse(parts.text("board")), parts.text("openwrt_release"));
    let release = board.get("release").unwrap_or(&Value::Null);
    let Some(distribution) = text(release, "distribution").or_else(|| assignment(file, "DISTRIB_ID")) else {
        return;
    };
    identity.platform = Some("openwrt".to_owned());
    identity.vendor = Some(distribution);
    identity.version =
        text(release, "version").or_else(|| assignment(file, "DISTRIB_RELEASE")).or_else(|| identity.version.take());
    identity.model = text(&board, "model").or_else(|| parts.line("model")).or_else(|| identity.model.take());
}

/// Fills in the Wi-Fi: an interface that is an access point is a radio here, as it is over SNMP. One that is another's
/// client, or only listens, is none.
pub(super) fn read(parts: &Parts<'_>, condition: &mut Condition) {
    let (mut wifi, mut networks) = (Wifi::default(), Networks::default());
    for (name, info) in parts.about("iwinfo info").take(INTERFACES_MAX) {
        let info = parse(info);
        let (Some(radio), "Master") = (clean(name), text(&info, "mode").unwrap_or_default().as_str()) else { continue };
        let ssid = text(&info, "ssid");
        let stations = stations(parts, name, &radio, ssid.as_ref());
        let clients = stations.as_ref().and_then(|stations| u32::try_from(stations.len()).ok());
        if let Some(clients) = clients {
            networks.add(ssid.clone(), Some(clients));
        }
        wifi.stations.extend(stations.into_iter().flatten());
        wifi.radios.push(Radio {
            name: radio,
            ssid,
            channel: number(&info, "channel").and_then(count).filter(|channel| *channel > 0),
            frequency_mhz: number(&info, "frequency").and_then(wifi::positive),
            tx_power_dbm: number(&info, "txpower"),
            noise_dbm: number(&info, "noise").and_then(wifi::below_zero),
            clients,
            ..Radio::default()
        });
    }
    wifi.clients = wifi::on_radios(&wifi.radios);
    wifi.networks = networks.into_list();
    wifi.stations.truncate(STATIONS_MAX);
    wifi::tell(condition, wifi);
}

/// Who is connected to one interface; `None` when nobody tells.
fn stations(parts: &Parts<'_>, name: &str, radio: &str, ssid: Option<&String>) -> Option<Vec<Station>> {
    let one = |mac: Mac| Station { radio: Some(radio.to_owned()), ssid: ssid.cloned(), ..Station::new(mac) };
    let heard = parse(parts.text(&format!("iwinfo assoclist {name}")));
    if heard.get("results").is_some() {
        let station = |told: &Value| {
            // kbit/s.
            let rate = |way: &str| number(told.get(way)?, "rate").and_then(wifi::positive).map(|kbps| kbps * 1000.0);
            Some(Station {
                signal_dbm: number(told, "signal").and_then(wifi::below_zero),
                tx_bps: rate("tx"),
                rx_bps: rate("rx"),
                connected_s: number(told, "connected_time").and_then(count),
                ..one(text(told, "mac")?.parse().ok()?)
            })
        };
        return Some(list(&heard, "results").filter_map(station).collect());
    }
    let kept = parse(parts.text(&format!("hostapd {name}")));
    let kept = kept.get("clients")?.as_object()?.iter();
    // Some are still shaking hands.
    let connected = kept.filter(|(_, told)| told.get("authorized").is_none_or(|is| is == &Value::Bool(true)));
    let station = |(mac, told): (&String, &Value)| {
        // hostapd asks the driver in units of 100 kbit/s and tells kbit/s.
        let rate = |way: &str| number(told.get("rate")?, way).and_then(wifi::positive).map(|kbps| kbps * 1000.0);
        Some(Station {
            signal_dbm: number(told, "signal").and_then(wifi::below_zero),
            tx_bps: rate("tx"),
            rx_bps: rate("rx"),
            ..one(mac.parse().ok()?)
        })
    };
    Some(connected.filter_map(station).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RADIO: &str = r#"== iwinfo info phy0-ap0
{"phy":"phy0","ssid":"Nhà văn hóa","bssid":"02:00:5E:00:53:01","mode":"Master","channel":6,"frequency":2437,
 "txpower":20,"quality":70,"noise":-93,"signal":-55}
== iwinfo assoclist phy0-ap0
{"results":[
 {"mac":"02:00:5E:00:53:AA","signal":-51,"noise":-93,"inactive":10,"connected_time":600,
  "rx":{"rate":72200,"mcs":7},"tx":{"rate":65000,"mcs":7}},
 {"mac":"02:00:5E:00:53:AB","signal":0},{"mac":"nobody"},7]}
== hostapd phy0-ap0
{"freq":2437,"clients":{"02:00:5e:00:53:aa":{"authorized":true,"signal":-60}}}
== iwinfo info phy1-ap0
{"ssid":"Nhà văn hóa","mode":"Master","channel":36,"frequency":5180,"txpower":23,"noise":0}
== iwinfo assoclist phy1-ap0
== hostapd phy1-ap0
{"freq":5180,"clients":{"02:00:5e:00:53:ac":{"auth":true,"authorized":true,"signal":-70,"rate":{"rx":6000,"tx":866700}},
 "02:00:5e:00:53:ad":{"auth":true,"authorized":false},"":{}}}
== iwinfo info phy2-sta0
{"ssid":"uplink","mode":"Client","channel":1}
== iwinfo info phy3-ap0
Command failed: Not found
== end
"#;

    fn wifi(output: &str) -> Option<Wifi> {
        let mut condition = Condition::default();
        read(&Parts::of(output), &mut condition);
        condition.wifi
    }

    #[test]
    fn access_points_tell_radios_networks_and_stations() {
        let wifi = wifi(RADIO).unwrap();
        let [two, five] = &wifi.radios[..] else { panic!("{:?}", wifi.radios) };
        assert_eq!((two.name.as_str(), two.channel, two.frequency_mhz), ("phy0-ap0", Some(6), Some(2437.0)));
        assert_eq!((two.tx_power_dbm, two.noise_dbm, two.clients), (Some(20.0), Some(-93.0), Some(2)));
        // The driver does not know its noise; who is still shaking hands is no client.
        assert_eq!((five.noise_dbm, five.clients, wifi.clients), (None, Some(1), Some(3)));
        let ssid = "Nhà văn hóa".to_owned();
        assert_eq!(wifi.networks, [crate::condition::Network { ssid: ssid.clone(), clients: 3 }]);
        let first = &wifi.stations[0];
        assert_eq!((first.mac, first.ssid.as_ref()), ("02:00:5e:00:53:aa".parse().unwrap(), Some(&ssid)));
        assert_eq!(first.radio.as_deref(), Some("phy0-ap0"));
        assert_eq!((first.signal_dbm, first.connected_s), (Some(-51.0), Some(600)));
        assert_eq!((first.tx_bps, first.rx_bps), (Some(65e6), Some(72.2e6)));
        assert_eq!((wifi.stations[1].signal_dbm, wifi.stations[1].tx_bps), (None, None));
        assert_eq!((wifi.stations[2].signal_dbm, wifi.stations[2].tx_bps), (Some(-70.0), Some(866.7e6)));
    }

    #[test]
    fn where_nobody_tells_of_clients_there_are_none_and_not_zero() {
        let silent = RADIO.replace("\"results\"", "\"error\"").replace("\"clients\"", "\"no\"");
        let silent = wifi(&silent).unwrap();
        assert_eq!((silent.clients, silent.radios[0].clients, silent.stations.len()), (None, None, 0));
        let empty = "== iwinfo info a\n{\"mode\":\"Master\"}\n== iwinfo assoclist a\n{\"results\":[]}\n";
        assert_eq!(wifi(empty).unwrap().clients, Some(0));
        assert_eq!(wifi("== iwinfo info a\n[[[[\n== net\n"), None);
    }

    #[test]
    fn stations_are_bounded() {
        let many = (0..3000).map(|nth| format!(r#"{{"mac":"02:00:5e:00:{:02x}:{:02x}"}}"#, nth / 256, nth % 256));
        let many = many.collect::<Vec<_>>().join(",");
        let output = format!(
            "== iwinfo info a\n{{\"mode\":\"Master\"}}\n== iwinfo assoclist a\n{{\"results\":[{many}]}}\n== end\n"
        );
        let wifi = wifi(&output).unwrap();
        assert_eq!((wifi.clients, wifi.stations.len()), (Some(3000), STATIONS_MAX));
    }
}
