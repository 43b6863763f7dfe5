//! Ubiquiti's own programs on its Linux: `mca-dump` on UniFi access points prints what their controller is sent;
//! `mca-status` on airMAX prints `key=value`, and `wstalist` the stations.

use serde_json::Value;

use super::json::{list, number, parse, text};
use super::parts::{Parts, assignment, clean};
use super::wifi::{self, Networks, below_zero, count, positive};
use crate::condition::{Condition, Radio, STATIONS_MAX, SensorClass as Class, Station, Wifi, channel_mhz};
use crate::reading::Identity;

/// More than any access point has.
const RADIOS_MAX: usize = 16;
const VAPS_MAX: usize = 64;

/// What its programs printed; nothing where they are not there.
pub(super) struct Ubiquiti<'a> {
    dump: Value,
    status: &'a str,
    stations: &'a str,
}

impl<'a> Ubiquiti<'a> {
    pub(super) fn of(parts: &Parts<'a>) -> Self {
        let dump = parse(parts.text("mca-dump"));
        Ubiquiti { dump, status: parts.text("mca-status"), stations: parts.text("wstalist") }
    }

    /// Fills in who it is.
    pub(super) fn identify(&self, identity: &mut Identity) {
        let dump = &self.dump;
        let first = self.status.lines().next().unwrap_or_default();
        // deviceName=…,deviceId=…,firmwareVersion=XW.ar934x.v6.1.7.32555…,platform=NanoStation M5,…
        let of_first =
            |key: &str| first.split(',').find_map(|pair| clean(pair.trim().strip_prefix(key)?.strip_prefix('=')?));
        if let Some(model) = text(dump, "model_display").or_else(|| text(dump, "model")) {
            identity.platform = Some("unifi".to_owned());
            identity.model = Some(model);
            identity.version = text(dump, "version").or_else(|| identity.version.take());
            identity.serial = text(dump, "serial").or_else(|| identity.serial.take());
            identity.sys_name = text(dump, "hostname").or_else(|| identity.sys_name.take());
        } else if let (Some(model), Some(firmware)) = (of_first("platform"), of_first("firmwareVersion")) {
            identity.platform = Some("airos".to_owned());
            identity.model = Some(model);
            let version = firmware.split_once(".v").map(|(_, version)| version.to_owned());
            identity.version = version.or(Some(firmware));
            identity.sys_name = of_first("deviceName").or_else(|| identity.sys_name.take());
        } else {
            return;
        }
        identity.vendor = Some("Ubiquiti".to_owned());
    }

    /// Fills in what they measure.
    pub(super) fn read(&self, condition: &mut Condition) {
        if self.dump.get("vap_table").is_some() {
            unifi(&self.dump, condition);
        }
        if !self.status.is_empty() {
            airos(self.status, &parse(self.stations), condition);
        }
    }
}

fn unifi(dump: &Value, condition: &mut Condition) {
    let vaps: Vec<&Value> = list(dump, "vap_table").take(VAPS_MAX).collect();
    let mut networks = Networks::default();
    let mut stations = Vec::new();
    for vap in &vaps {
        let ssid = text(vap, "essid");
        networks.add(ssid.clone(), number(vap, "num_sta").and_then(count));
        let (radio, room) = (text(vap, "radio"), STATIONS_MAX - stations.len());
        let station = |told: &Value| {
            // kbit/s.
            let rate = |key: &str| number(told, key).and_then(positive).map(|kbps| kbps * 1000.0);
            Some(Station {
                radio: radio.clone(),
                ssid: ssid.clone(),
                signal_dbm: number(told, "signal").and_then(below_zero),
                tx_bps: rate("tx_rate"),
                rx_bps: rate("rx_rate"),
                connected_s: number(told, "uptime").and_then(count),
                ..Station::new(text(told, "mac")?.parse().ok()?)
            })
        };
        stations.extend(list(vap, "sta_table").filter_map(station).take(room));
    }
    // `radio` is `ng`, `na` or `6e`, as over SNMP; `name` is the driver's.
    let radios: Vec<Radio> = list(dump, "radio_table").take(RADIOS_MAX).filter_map(|told| radio(told, &vaps)).collect();
    for told in list(dump, "radio_table").take(RADIOS_MAX) {
        let Some(name) = text(told, "radio") else { continue };
        for (key, after) in [("cu_self_rx", "own Rx"), ("cu_self_tx", "own Tx")] {
            if let Some(share) = airtime(told, key) {
                wifi::add(condition, Class::Utilization, format!("{name} {after}"), share);
            }
        }
    }
    if let Some(temperature) = number(dump, "general_temperature").and_then(positive) {
        wifi::add(condition, Class::Temperature, "board", temperature);
    }
    let clients = vaps.iter().filter_map(|vap| number(vap, "num_sta").and_then(count)).reduce(u32::saturating_add);
    wifi::tell(condition, Wifi { clients, radios, networks: networks.into_list(), stations, ..Wifi::default() });
}

/// Share of the time, in per cent: beside the radio's settings, or under the name of its chips' maker.
fn airtime(radio: &Value, key: &str) -> Option<f64> {
    number(radio, key).or_else(|| number(radio.get("athstats")?, key))
}

fn radio(told: &Value, vaps: &[&Value]) -> Option<Radio> {
    let name = text(told, "radio").or_else(|| text(told, "name"))?;
    let own: Vec<&&Value> = vaps.iter().filter(|vap| text(vap, "radio").as_ref() == Some(&name)).collect();
    let first = |key: &str| own.iter().find_map(|vap| number(vap, key));
    let mut ssids: Vec<String> = own.iter().filter_map(|vap| text(vap, "essid")).collect();
    ssids.sort();
    ssids.dedup();
    let channel = first("channel").and_then(count).filter(|channel| *channel > 0);
    Some(Radio {
        ssid: if ssids.len() == 1 { ssids.pop() } else { None },
        channel,
        frequency_mhz: channel.and_then(channel_mhz),
        tx_power_dbm: first("tx_power"),
        utilization_percent: airtime(told, "cu_total"),
        clients: own.iter().filter_map(|vap| number(vap, "num_sta").and_then(count)).reduce(u32::saturating_add),
        name,
        ..Radio::default()
    })
}

/// One radio. Names of what it measures are those of `airos.rs`.
fn airos(status: &str, stations: &Value, condition: &mut Condition) {
    let value = |key: &str| assignment(status, key)?.parse::<f64>().ok().filter(|number| number.is_finite());
    let clients = value("wlanConnections").and_then(count);
    let ssid = assignment(status, "essid");
    let sensors = [
        (Class::Dbm, "signal", value("signal").and_then(below_zero)),
        (Class::Rssi, "link", value("rssi").and_then(positive)),
        // Thousandths.
        (Class::Ccq, "link", value("ccq").map(|ccq| ccq / 10.0)),
        // Mbit/s.
        (Class::Rate, "Tx", value("wlanTxRate").and_then(positive).map(|mbps| mbps * 1e6)),
        (Class::Rate, "Rx", value("wlanRxRate").and_then(positive).map(|mbps| mbps * 1e6)),
        (Class::Quality, "airMAX", value("wlanPollingQuality")),
        (Class::Capacity, "airMAX", value("wlanPollingCapacity")),
    ];
    for (class, name, value) in sensors {
        if let Some(value) = value {
            wifi::add(condition, class, name, value);
        }
    }
    let frequency_mhz = value("freq").and_then(positive);
    let noise_dbm = value("noise").and_then(below_zero);
    let tx_power_dbm = value("txPower").or_else(|| value("txpower"));
    if frequency_mhz.is_none() && clients.is_none() {
        return;
    }
    let radio = Radio {
        name: "radio".to_owned(),
        ssid: ssid.clone(),
        frequency_mhz,
        tx_power_dbm,
        noise_dbm,
        clients,
        ..Radio::default()
    };
    let station = |told: &Value| {
        let rate = |key: &str| number(told, key).and_then(positive).map(|mbps| mbps * 1e6);
        Some(Station {
            radio: Some("radio".to_owned()),
            ssid: ssid.clone(),
            signal_dbm: number(told, "signal").and_then(below_zero),
            tx_bps: rate("tx"),
            rx_bps: rate("rx"),
            connected_s: number(told, "uptime").and_then(count),
            ..Station::new(text(told, "mac")?.parse().ok()?)
        })
    };
    let stations = stations.as_array().into_iter().flatten().filter_map(station).take(STATIONS_MAX).collect();
    wifi::tell(condition, Wifi { clients, radios: vec![radio], stations, ..Wifi::default() });
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = r#"== mca-status
== wstalist
== mca-dump
{"model":"U7LT","model_display":"UAP-AC-Lite","version":"4.3.28.11361","serial":"02005E005301","hostname":"ap-nha",
 "uptime":"86400","general_temperature":51,
 "radio_table":[{"name":"wifi0","radio":"ng","athstats":{"cu_total":31,"cu_self_rx":4,"cu_self_tx":9}},
                {"name":"wifi1","radio":"na","cu_total":5}],
 "vap_table":[
  {"name":"ath0","essid":"Khách","radio":"ng","channel":"6","tx_power":20,"num_sta":2,"sta_table":[
    {"mac":"02:00:5e:00:53:aa","signal":-61,"noise":-95,"rssi":34,"tx_rate":72222,"rx_rate":65000,"uptime":120},
    {"mac":"02:00:5e:00:53:ab","signal":34}]},
  {"name":"ath1","essid":"Cán bộ","radio":"ng","channel":6,"tx_power":20,"num_sta":0,"sta_table":[]},
  {"name":"ath2","essid":"Khách","radio":"na","channel":36,"tx_power":22,"num_sta":1}]}
== end
"#;

    const STATUS: &str = "== mca-status\n\
deviceName=cầu-1,deviceId=02:00:5E:00:53:02,firmwareVersion=XW.ar934x.v6.1.7.32555.180523.1754,platform=NanoStation M5,deviceIp=192.0.2.1\n\
uptime=1000\nfreq=5785\nsignal=-62\nrssi=34\nnoise=-96\nccq=991\nwlanConnections=1\nessid=cau\nwlanTxRate=130\nwlanRxRate=117\n\
wlanPollingQuality=95\nwlanPollingCapacity=81\ndistance=\n\
== wstalist\n[{\"mac\":\"02:00:5E:00:53:03\",\"name\":\"xa\",\"tx\":130,\"rx\":117.0,\"signal\":-62,\"uptime\":500}]\n\
== mca-dump\n== end\n";

    fn told(output: &str) -> (Identity, Condition) {
        let (mut identity, mut condition) = (Identity::default(), Condition::default());
        let ubiquiti = Ubiquiti::of(&Parts::of(output));
        ubiquiti.identify(&mut identity);
        ubiquiti.read(&mut condition);
        (identity, condition)
    }

    #[test]
    fn a_unifi_access_point_is_read() {
        let (identity, condition) = told(DUMP);
        let names = [identity.vendor, identity.platform, identity.model, identity.version, identity.serial];
        assert_eq!(names.map(Option::unwrap), ["Ubiquiti", "unifi", "UAP-AC-Lite", "4.3.28.11361", "02005E005301"]);
        let wifi = condition.wifi.unwrap();
        assert_eq!((wifi.clients, wifi.stations.len()), (Some(3), 2));
        let [two, five] = &wifi.radios[..] else { panic!("{:?}", wifi.radios) };
        assert_eq!((two.name.as_str(), two.channel, two.clients, two.ssid.as_ref()), ("ng", Some(6), Some(2), None));
        assert_eq!((two.utilization_percent, two.tx_power_dbm), (Some(31.0), Some(20.0)));
        assert_eq!((five.ssid.as_deref(), five.frequency_mhz), (Some("Khách"), Some(5180.0)));
        assert_eq!(five.utilization_percent, Some(5.0));
        let networks: Vec<_> = wifi.networks.iter().map(|network| (network.ssid.as_str(), network.clients)).collect();
        assert_eq!(networks, [("Cán bộ", 0), ("Khách", 3)]);
        assert_eq!((wifi.stations[0].signal_dbm, wifi.stations[0].tx_bps), (Some(-61.0), Some(72_222_000.0)));
        assert_eq!(wifi.stations[1].signal_dbm, None, "34 is no power received");
        let sensors: Vec<_> = condition.sensors.iter().map(|sensor| (sensor.name.as_str(), sensor.value)).collect();
        assert_eq!(sensors, [("ng own Rx", 4.0), ("ng own Tx", 9.0), ("board", 51.0)]);
    }

    #[test]
    fn an_airmax_radio_is_read() {
        let (identity, condition) = told(STATUS);
        let names = [identity.vendor, identity.platform, identity.model, identity.version, identity.sys_name];
        let right = ["Ubiquiti", "airos", "NanoStation M5", "6.1.7.32555.180523.1754", "cầu-1"];
        assert_eq!(names.map(Option::unwrap), right);
        let wifi = condition.wifi.unwrap();
        let [radio] = &wifi.radios[..] else { panic!("{:?}", wifi.radios) };
        assert_eq!((radio.frequency_mhz, radio.noise_dbm, radio.clients), (Some(5785.0), Some(-96.0), Some(1)));
        assert_eq!((wifi.stations[0].tx_bps, wifi.stations[0].connected_s), (Some(130e6), Some(500)));
        let ccq = condition.sensors.iter().find(|sensor| sensor.class == Class::Ccq).unwrap();
        assert!((ccq.value - 99.1).abs() < 1e-9, "{ccq:?}");
    }

    #[test]
    fn what_is_no_ubiquiti_is_left_alone() {
        for other in ["== mca-status\n== mca-dump\n== end\n", "== mca-status\nx\n== mca-dump\n{}\n== end\n"] {
            assert_eq!(told(other), (Identity::default(), Condition::default()), "{other}");
        }
    }
}
