//! How a device is beyond its ports: load, Wi-Fi, sensors and neighbours, in one vocabulary for every platform and
//! transport. What a device did not tell is `None` or not in a list, never 0.

use std::borrow::Cow;

use crate::words;

/// How a device is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    /// How busy its processors are, in per cent: the mean of them.
    pub cpu_percent: Option<f64>,
    /// Memory in use, in per cent, without buffers and caches where the device tells them apart.
    pub memory_used_percent: Option<f64>,
    /// Its Wi-Fi, when it has any.
    pub wifi: Option<Wifi>,
    /// What else it measures.
    pub sensors: Vec<SensorReading>,
    /// Who is at the other end of its cables.
    pub neighbours: Vec<Neighbour>,
}

/// The Wi-Fi of a device, or of the access points that it controls.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wifi {
    /// Everybody connected.
    pub clients: Option<u32>,
    /// Access points that a controller has under it now.
    pub access_points: Option<u32>,
    /// Its radios.
    pub radios: Vec<Radio>,
    /// Its networks, by name; one name may be on several radios.
    pub networks: Vec<Network>,
    /// Who is connected, one by one, where the device tells; at most [`STATIONS_MAX`]. Fewer than `clients` where it
    /// tells of some only.
    pub stations: Vec<Station>,
}

/// The most stations of one device that are told one by one: more than any access point of a hall carries, and a bound
/// on what a device can make its records grow by.
pub const STATIONS_MAX: usize = 1024;

/// One radio.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Radio {
    /// What the device calls it.
    pub name: String,
    /// The network on it, when there is one only.
    pub ssid: Option<String>,
    /// Channel number (IEEE 802.11 annex E).
    pub channel: Option<u32>,
    /// Frequency, in MHz.
    pub frequency_mhz: Option<f64>,
    /// What it sends with, in dBm.
    pub tx_power_dbm: Option<f64>,
    /// Noise floor, in dBm.
    pub noise_dbm: Option<f64>,
    /// How much of the time the channel is busy, in per cent.
    pub utilization_percent: Option<f64>,
    /// Who is connected through it.
    pub clients: Option<u32>,
}

/// One network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Its name.
    pub ssid: String,
    /// Who is connected to it.
    pub clients: u32,
}

/// One that is connected by Wi-Fi: a visitor's phone, mostly. Personal data by its address: shown to technicians in
/// scope only, and kept in the clear for 30 days (`controller/docs/devices.md`).
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// Its address, which many phones choose anew for each network.
    pub mac: crate::device::Mac,
    /// The radio or access point that it is connected to, as the device calls it.
    pub radio: Option<String>,
    /// The network.
    pub ssid: Option<String>,
    /// How strongly the device hears it, in dBm.
    pub signal_dbm: Option<f64>,
    /// The same above the noise, in dB.
    pub snr_db: Option<f64>,
    /// What the device sends to it with, in bits per second over the air.
    pub tx_bps: Option<f64>,
    /// What it sends with, in bits per second over the air.
    pub rx_bps: Option<f64>,
    /// For how long it has been connected, in seconds.
    pub connected_s: Option<u32>,
}

impl Station {
    /// One of which nothing but its address is known.
    pub fn new(mac: crate::device::Mac) -> Self {
        Station {
            mac,
            radio: None,
            ssid: None,
            signal_dbm: None,
            snr_db: None,
            tx_bps: None,
            rx_bps: None,
            connected_s: None,
        }
    }
}

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub struct SensorReading {
    /// What is measured; it says the unit.
    pub class: SensorClass,
    /// Where.
    pub name: String,
    /// How much, in the unit of the class. For [`SensorClass::State`] the number that the device's MIB gives the state.
    pub value: f64,
    /// For states, the MIB's word for that number, when it is known.
    pub state: Option<Cow<'static, str>>,
}

/// Who is at the other end of a cable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Our port.
    pub port: String,
    /// What the neighbour is called.
    pub name: Option<String>,
    /// Its MAC address, when it shows one.
    pub mac: Option<crate::device::Mac>,
    /// The protocol that told.
    pub how: NeighbourProtocol,
}

words! {
    /// How neighbours tell each other of themselves.
    NeighbourProtocol, NeighbourProtocolError {
        /// IEEE 802.1AB.
        Lldp = "lldp",
        /// Cisco's, which MikroTik and Ubiquiti speak too.
        Cdp = "cdp",
    }
}

words! {
    /// What a sensor measures. The words are those that monitoring systems share.
    SensorClass, SensorClassError {
        /// °C.
        Temperature = "temperature",
        /// V.
        Voltage = "voltage",
        /// A.
        Current = "current",
        /// W.
        Power = "power",
        /// Revolutions per minute.
        FanSpeed = "fanspeed",
        /// Hz, of mains.
        Frequency = "frequency",
        /// %, of a battery.
        Charge = "charge",
        /// %, of what a device can carry.
        Load = "load",
        /// %, relative humidity.
        Humidity = "humidity",
        /// Minutes that a battery lasts.
        Runtime = "runtime",
        /// A number that stands for a state.
        State = "state",
        /// How many.
        Count = "count",
        /// dBm: optical or radio power sent or received.
        Dbm = "dbm",
        /// dBm: a received signal.
        Signal = "signal",
        /// dBm, or dB above the noise where the maker counts so: received signal strength indicator.
        Rssi = "rssi",
        /// dB: signal above noise.
        Snr = "snr",
        /// dBm: what is there without a signal.
        NoiseFloor = "noise-floor",
        /// dBm: LTE reference signal.
        Rsrp = "rsrp",
        /// dB: quality of the LTE reference signal.
        Rsrq = "rsrq",
        /// dB: LTE signal above noise and interference.
        Sinr = "sinr",
        /// The number of a mobile network's cell.
        Cell = "cell",
        /// Bits per second over the air.
        Rate = "rate",
        /// Kilometres over the air.
        Distance = "distance",
        /// %: share of frames sent without repetition.
        Ccq = "ccq",
        /// %: quality of a link, as its maker defines it.
        Quality = "quality",
        /// %: capacity of a link, as its maker defines it.
        Capacity = "capacity",
        /// Index of modulation and coding.
        Mcs = "mcs",
        /// %: share of time in use.
        Utilization = "utilization",
        /// %: share of packets in error.
        ErrorRatio = "error-ratio",
        /// Packets in error, counted.
        Errors = "errors",
    }
}

impl SensorClass {
    /// The unit of its values.
    pub fn unit(self) -> &'static str {
        match self {
            SensorClass::Temperature => "C",
            SensorClass::Voltage => "V",
            SensorClass::Current => "A",
            SensorClass::Power => "W",
            SensorClass::FanSpeed => "rpm",
            SensorClass::Frequency => "Hz",
            SensorClass::Charge
            | SensorClass::Load
            | SensorClass::Humidity
            | SensorClass::Ccq
            | SensorClass::Quality
            | SensorClass::Capacity
            | SensorClass::Utilization
            | SensorClass::ErrorRatio => "%",
            SensorClass::Runtime => "min",
            SensorClass::State | SensorClass::Count | SensorClass::Cell | SensorClass::Mcs | SensorClass::Errors => "",
            SensorClass::Dbm | SensorClass::Signal | SensorClass::NoiseFloor | SensorClass::Rsrp => "dBm",
            SensorClass::Rssi => "dBm",
            SensorClass::Snr | SensorClass::Rsrq | SensorClass::Sinr => "dB",
            SensorClass::Rate => "bit/s",
            SensorClass::Distance => "km",
        }
    }
}

/// The frequency of a Wi-Fi channel in MHz (IEEE 802.11 annex E). A number that is a channel of 2.4 GHz or of 5 GHz is
/// taken for that; the numbers that only 6 GHz has for 6 GHz. `None` for 0, which radios that only listen show.
pub fn channel_mhz(channel: u32) -> Option<f64> {
    let mhz = match channel {
        1..=13 => 2407 + 5 * channel,
        14 => 2484,
        32..=68 | 96..=144 if channel.is_multiple_of(4) => 5000 + 5 * channel,
        149..=177 if channel % 4 == 1 => 5000 + 5 * channel,
        17..=233 if channel % 4 == 1 => 5950 + 5 * channel,
        _ => return None,
    };
    Some(f64::from(mhz))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_where_the_standard_puts_them() {
        let mhz = [1, 6, 13, 14, 36, 52, 116, 136, 144, 149, 165, 53, 69, 0, 15, 34, 255].map(channel_mhz);
        let told = [2412, 2437, 2472, 2484, 5180, 5260, 5580, 5680, 5720, 5745, 5825, 6215, 6295];
        assert_eq!(mhz[..13], told.map(|mhz| Some(f64::from(mhz))));
        assert_eq!(mhz[13..], [None; 4]);
    }
}
