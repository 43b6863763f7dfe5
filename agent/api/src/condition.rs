//! [`Condition`]: load, Wi-Fi, sensors and neighbours on the wire. What this release does not know of it is left out, so
//! that an agent of a newer one is still understood.

use inventory::condition;
use serde::{Deserialize, Serialize};

/// [`condition::Condition`] on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Condition {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_used_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wifi: Option<Wifi>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensors: Vec<Sensor>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<Neighbour>,
}

/// [`condition::Wifi`] on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Wifi {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_points: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub radios: Vec<Radio>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Network>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stations: Vec<Station>,
}

/// [`condition::Radio`] on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Radio {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_mhz: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_power_dbm: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise_dbm: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilization_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<u32>,
}

/// [`condition::Network`] on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Network {
    pub ssid: String,
    pub clients: u32,
}

/// [`condition::Station`] on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Station {
    pub mac: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal_dbm: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snr_db: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_bps: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx_bps: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_s: Option<u32>,
}

/// [`condition::SensorReading`] on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Sensor {
    pub class: String,
    pub name: String,
    pub value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// [`condition::Neighbour`] on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Neighbour {
    pub port: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    pub how: String,
}

impl From<condition::Condition> for Condition {
    fn from(condition: condition::Condition) -> Self {
        Condition {
            cpu_percent: condition.cpu_percent,
            memory_used_percent: condition.memory_used_percent,
            wifi: condition.wifi.map(Wifi::from),
            sensors: condition.sensors.into_iter().map(Sensor::from).collect(),
            neighbours: condition.neighbours.into_iter().map(Neighbour::from).collect(),
        }
    }
}

impl From<Condition> for condition::Condition {
    /// Sensors of classes, and neighbours by protocols, that this release does not know are left out.
    fn from(condition: Condition) -> Self {
        condition::Condition {
            cpu_percent: condition.cpu_percent,
            memory_used_percent: condition.memory_used_percent,
            wifi: condition.wifi.map(condition::Wifi::from),
            sensors: condition.sensors.into_iter().filter_map(sensor).collect(),
            neighbours: condition.neighbours.into_iter().filter_map(neighbour).collect(),
        }
    }
}

impl From<condition::Wifi> for Wifi {
    fn from(wifi: condition::Wifi) -> Self {
        let radio = |radio: condition::Radio| Radio {
            name: radio.name,
            ssid: radio.ssid,
            channel: radio.channel,
            frequency_mhz: radio.frequency_mhz,
            tx_power_dbm: radio.tx_power_dbm,
            noise_dbm: radio.noise_dbm,
            utilization_percent: radio.utilization_percent,
            clients: radio.clients,
        };
        let network = |network: condition::Network| Network { ssid: network.ssid, clients: network.clients };
        Wifi {
            clients: wifi.clients,
            access_points: wifi.access_points,
            radios: wifi.radios.into_iter().map(radio).collect(),
            networks: wifi.networks.into_iter().map(network).collect(),
            stations: wifi.stations.into_iter().take(condition::STATIONS_MAX).map(Station::from).collect(),
        }
    }
}

impl From<Wifi> for condition::Wifi {
    fn from(wifi: Wifi) -> Self {
        let radio = |radio: Radio| condition::Radio {
            name: radio.name,
            ssid: radio.ssid,
            channel: radio.channel,
            frequency_mhz: radio.frequency_mhz,
            tx_power_dbm: radio.tx_power_dbm,
            noise_dbm: radio.noise_dbm,
            utilization_percent: radio.utilization_percent,
            clients: radio.clients,
        };
        let network = |network: Network| condition::Network { ssid: network.ssid, clients: network.clients };
        condition::Wifi {
            clients: wifi.clients,
            access_points: wifi.access_points,
            radios: wifi.radios.into_iter().map(radio).collect(),
            networks: wifi.networks.into_iter().map(network).collect(),
            stations: wifi.stations.into_iter().filter_map(station).take(condition::STATIONS_MAX).collect(),
        }
    }
}

impl From<condition::Station> for Station {
    fn from(station: condition::Station) -> Self {
        Station {
            mac: station.mac.to_string(),
            radio: station.radio,
            ssid: station.ssid,
            signal_dbm: station.signal_dbm,
            snr_db: station.snr_db,
            tx_bps: station.tx_bps,
            rx_bps: station.rx_bps,
            connected_s: station.connected_s,
        }
    }
}

fn station(station: Station) -> Option<condition::Station> {
    Some(condition::Station {
        mac: station.mac.parse().ok()?,
        radio: station.radio,
        ssid: station.ssid,
        signal_dbm: station.signal_dbm,
        snr_db: station.snr_db,
        tx_bps: station.tx_bps,
        rx_bps: station.rx_bps,
        connected_s: station.connected_s,
    })
}

impl From<condition::SensorReading> for Sensor {
    fn from(sensor: condition::SensorReading) -> Self {
        let state = sensor.state.map(String::from);
        Sensor { class: sensor.class.as_str().to_owned(), name: sensor.name, value: sensor.value, state }
    }
}

fn sensor(sensor: Sensor) -> Option<condition::SensorReading> {
    let class = sensor.class.parse().ok()?;
    let state = sensor.state.map(std::borrow::Cow::Owned);
    Some(condition::SensorReading { class, name: sensor.name, value: sensor.value, state })
}

impl From<condition::Neighbour> for Neighbour {
    fn from(neighbour: condition::Neighbour) -> Self {
        Neighbour {
            port: neighbour.port,
            name: neighbour.name,
            mac: neighbour.mac.map(|mac| mac.to_string()),
            how: neighbour.how.as_str().to_owned(),
        }
    }
}

fn neighbour(neighbour: Neighbour) -> Option<condition::Neighbour> {
    Some(condition::Neighbour {
        port: neighbour.port,
        name: neighbour.name,
        mac: neighbour.mac.and_then(|mac| mac.parse().ok()),
        how: neighbour.how.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use inventory::condition::{NeighbourProtocol, SensorClass};

    use super::*;

    #[test]
    fn what_is_sent_arrives_and_what_is_unknown_is_left_out() {
        let radio = condition::Radio { name: "wlan1".into(), noise_dbm: Some(-95.5), ..condition::Radio::default() };
        let network = condition::Network { ssid: "Nhà văn hoá".into(), clients: 3 };
        let mac = "02-00-00-00-00-02".parse().unwrap();
        let station = condition::Station { signal_dbm: Some(-61.0), ..condition::Station::new(mac) };
        let sent = condition::Condition {
            cpu_percent: Some(7.5),
            memory_used_percent: None,
            wifi: Some(condition::Wifi {
                clients: Some(3),
                access_points: None,
                radios: vec![radio],
                networks: vec![network],
                stations: vec![station],
            }),
            sensors: vec![condition::SensorReading {
                class: SensorClass::State,
                name: "output".into(),
                value: 2.0,
                state: Some("on line".into()),
            }],
            neighbours: vec![condition::Neighbour {
                port: "ether1".into(),
                name: None,
                mac: "02-00-00-00-00-01".parse().ok(),
                how: NeighbourProtocol::Lldp,
            }],
        };
        let mut json = serde_json::to_value(Condition::from(sent.clone())).unwrap();
        let back: Condition = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(condition::Condition::from(back), sent);
        json["sensors"][0]["class"] = "smell".into();
        let back: Condition = serde_json::from_value(json).unwrap();
        assert_eq!(condition::Condition::from(back).sensors, []);
        assert_eq!(serde_json::to_string(&Condition::default()).unwrap(), "{}");
    }
}
