//! The part of `poll --json` that is about load, Wi-Fi, sensors and neighbours.

use inventory::condition::{Neighbour, Radio, SensorClass, SensorReading, Station, Wifi};
use serde::Serialize;

/// The Wi-Fi of a device.
#[derive(Debug, Serialize)]
pub(crate) struct WifiView {
    pub(crate) clients: Option<u32>,
    pub(crate) access_points: Option<u32>,
    pub(crate) radios: Vec<RadioView>,
    pub(crate) networks: Vec<NetworkView>,
    pub(crate) stations: Vec<StationView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StationView {
    pub(crate) mac: String,
    pub(crate) radio: Option<String>,
    pub(crate) ssid: Option<String>,
    pub(crate) signal_dbm: Option<f64>,
    pub(crate) snr_db: Option<f64>,
    pub(crate) tx_bps: Option<f64>,
    pub(crate) rx_bps: Option<f64>,
    pub(crate) connected_s: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RadioView {
    pub(crate) name: String,
    pub(crate) ssid: Option<String>,
    pub(crate) channel: Option<u32>,
    pub(crate) frequency_mhz: Option<f64>,
    pub(crate) tx_power_dbm: Option<f64>,
    pub(crate) noise_dbm: Option<f64>,
    pub(crate) utilization_percent: Option<f64>,
    pub(crate) clients: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct NetworkView {
    pub(crate) ssid: String,
    pub(crate) clients: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct SensorView {
    #[serde(serialize_with = "class")]
    pub(crate) class: SensorClass,
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct NeighbourView {
    pub(crate) port: String,
    pub(crate) name: Option<String>,
    pub(crate) mac: Option<String>,
    pub(crate) how: &'static str,
}

fn class<S: serde::Serializer>(class: &SensorClass, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(class.as_str())
}

/// Without the digits that only the arithmetic made. The finest unit of a sensor is a millionth: currents and voltages of
/// optical modules.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl From<Wifi> for WifiView {
    fn from(wifi: Wifi) -> Self {
        WifiView {
            clients: wifi.clients,
            access_points: wifi.access_points,
            radios: wifi.radios.into_iter().map(RadioView::from).collect(),
            networks: wifi
                .networks
                .into_iter()
                .map(|network| NetworkView { ssid: network.ssid, clients: network.clients })
                .collect(),
            stations: wifi.stations.into_iter().map(StationView::from).collect(),
        }
    }
}

impl From<Station> for StationView {
    fn from(station: Station) -> Self {
        StationView {
            mac: station.mac.to_string(),
            radio: station.radio,
            ssid: station.ssid,
            signal_dbm: station.signal_dbm.map(rounded),
            snr_db: station.snr_db.map(rounded),
            tx_bps: station.tx_bps.map(rounded),
            rx_bps: station.rx_bps.map(rounded),
            connected_s: station.connected_s,
        }
    }
}

impl From<Radio> for RadioView {
    fn from(radio: Radio) -> Self {
        RadioView {
            name: radio.name,
            ssid: radio.ssid,
            channel: radio.channel,
            frequency_mhz: radio.frequency_mhz.map(rounded),
            tx_power_dbm: radio.tx_power_dbm.map(rounded),
            noise_dbm: radio.noise_dbm.map(rounded),
            utilization_percent: radio.utilization_percent.map(rounded),
            clients: radio.clients,
        }
    }
}

impl From<SensorReading> for SensorView {
    fn from(sensor: SensorReading) -> Self {
        SensorView {
            class: sensor.class,
            name: sensor.name,
            value: rounded(sensor.value),
            unit: sensor.class.unit(),
            state: sensor.state.map(String::from),
        }
    }
}

impl From<Neighbour> for NeighbourView {
    fn from(neighbour: Neighbour) -> Self {
        NeighbourView {
            port: neighbour.port,
            name: neighbour.name,
            mac: neighbour.mac.map(|mac| mac.to_string()),
            how: neighbour.how.as_str(),
        }
    }
}
