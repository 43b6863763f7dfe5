//! How a device is beyond its ports, as a part of its page: load, Wi-Fi, sensors, neighbours, visitors.

use inventory::condition::{Radio, SensorClass, SensorReading};
use inventory::id::{DeviceId, PartId};
use inventory::metric::{Metric, Unit};
use inventory::part::{PartKey, PartKeys, sensor_metric};
use jiff::Timestamp;

use super::graph::{Graph, Range};
use crate::app::condition::ConditionSeen;
use crate::store::StationRecord;
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::language::Language;

/// More rows make a page too heavy for a phone; the API has them all.
const STATIONS_SHOWN: usize = 100;

/// What the page tells of it.
#[derive(Debug, Clone)]
pub struct ConditionBlock {
    /// When it was read.
    pub at: Timestamp,
    /// Words and values: load, clients.
    pub facts: Vec<(String, String)>,
    /// Its radios.
    pub radios: Vec<RadioRow>,
    /// Its networks.
    pub networks: Vec<NetworkRow>,
    /// Its sensors.
    pub sensors: Vec<SensorRow>,
    /// Who is at the other end of its cables: port, name, how.
    pub neighbours: Vec<(String, String, &'static str)>,
    /// How many parts there was no room for.
    pub left_out: usize,
    /// Who was connected, for those who may know it: the last seen of them.
    pub stations: Option<Vec<StationRow>>,
    /// How many there are of them in all.
    pub station_count: usize,
    /// The series of one part; `None` when none was chosen.
    pub drawn: Option<(String, Graph)>,
    /// What a link to this page with the same part has in its query.
    pub drawn_query: String,
}

/// A radio.
#[derive(Debug, Clone)]
pub struct RadioRow {
    /// Its name.
    pub name: String,
    /// The network on it.
    pub ssid: Option<String>,
    /// Channel and frequency.
    pub channel: Option<String>,
    /// What it sends with.
    pub power: Option<String>,
    /// Noise floor.
    pub noise: Option<String>,
    /// How busy its channel is.
    pub busy: Option<String>,
    /// Who is connected through it.
    pub clients: Option<u32>,
    /// The graphs that there are of it: word and address.
    pub links: Vec<(String, String)>,
}

/// A network.
#[derive(Debug, Clone)]
pub struct NetworkRow {
    /// Its name.
    pub ssid: String,
    /// Who is connected to it.
    pub clients: u32,
    /// Where its graph is.
    pub link: Option<String>,
}

/// A sensor.
#[derive(Debug, Clone)]
pub struct SensorRow {
    /// What is measured.
    pub what: String,
    /// Where.
    pub name: String,
    /// How much, with its unit.
    pub value: String,
    /// The MIB's word for a state, in English.
    pub state: Option<String>,
    /// Where its graph is.
    pub link: Option<String>,
}

/// One that is or was connected.
#[derive(Debug, Clone)]
pub struct StationRow {
    /// Its address, or the beginning of its hash once the address is forgotten.
    pub name: String,
    /// Whether that is the hash.
    pub is_forgotten: bool,
    /// Radio and network.
    pub place: String,
    /// How well it is heard.
    pub signal: Option<String>,
    /// Rates to it and from it.
    pub rates: Option<String>,
    /// When it was first seen.
    pub first: String,
    /// When it was last seen.
    pub last: String,
}

impl ConditionBlock {
    /// The part of the page. `device` and `range` are those of its links.
    pub fn new(frame: &Frame, device: DeviceId, range: Range, seen: &ConditionSeen, visitors: Option<i64>) -> Self {
        let keys = PartKeys::of(&seen.condition);
        let link = |key: &PartKey, metric: Metric| {
            let id = seen.parts.get(key)?;
            Some(format!("/devices/{device}?range={}&part={id}&metric={metric}#part", range.as_str()))
        };
        let wifi = seen.condition.wifi.as_ref();
        let radios = wifi.map(|wifi| &wifi.radios[..]).unwrap_or_default();
        let networks = wifi.map(|wifi| &wifi.networks[..]).unwrap_or_default();
        ConditionBlock {
            at: seen.at,
            facts: facts(frame, seen, visitors),
            radios: radios
                .iter()
                .zip(&keys.radios)
                .map(|(radio, key)| radio_row(frame, radio, |m| link(key, m)))
                .collect(),
            networks: networks
                .iter()
                .zip(&keys.networks)
                .map(|(network, key)| NetworkRow {
                    ssid: network.ssid.clone(),
                    clients: network.clients,
                    link: link(key, Metric::WifiClients),
                })
                .collect(),
            sensors: seen
                .condition
                .sensors
                .iter()
                .zip(&keys.sensors)
                .map(|(sensor, key)| sensor_row(frame, sensor, link(key, sensor_metric(sensor.class))))
                .collect(),
            neighbours: seen
                .condition
                .neighbours
                .iter()
                .map(|neighbour| {
                    let mac = neighbour.mac.map(|mac| mac.to_string());
                    let name = neighbour.name.clone().or(mac).unwrap_or_default();
                    (neighbour.port.clone(), name, if neighbour.how.as_str() == "cdp" { "CDP" } else { "LLDP" })
                })
                .collect(),
            left_out: seen.parts_left_out,
            stations: None,
            station_count: 0,
            drawn: None,
            drawn_query: String::new(),
        }
    }

    /// With who was connected.
    #[must_use]
    pub fn with_stations(self, frame: &Frame, stations: &[StationRecord]) -> Self {
        let rows = stations.iter().take(STATIONS_SHOWN).map(|station| station_row(frame, station)).collect();
        ConditionBlock { stations: Some(rows), station_count: stations.len(), ..self }
    }

    /// With the graph of one part, of one of its quantities.
    #[must_use]
    pub fn with_drawn(self, (part, metric): (PartId, Metric), title: String, graph: Graph) -> Self {
        ConditionBlock { drawn: Some((title, graph)), drawn_query: format!("&part={part}&metric={metric}"), ..self }
    }

    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) fn station_count(&self) -> usize {
        self.station_count
    }

    pub(super) fn has_wifi(&self) -> bool {
        !self.radios.is_empty() || !self.networks.is_empty()
    }
}

/// What a graph of a part is called: its name and what is drawn of it.
pub fn drawn_title(frame: &Frame, key: &PartKey, metric: Metric) -> String {
    let what = match key.class {
        inventory::part::PartClass::Radio | inventory::part::PartClass::Network => frame.t(metric_key(metric)),
        inventory::part::PartClass::Sensor(class) => frame.t(class_key(class)),
    };
    format!("{what}: {}", key.name)
}

/// Where the series of a part are asked.
pub fn series_of(device: DeviceId, part: PartId, metric: Metric) -> String {
    format!("/api/v1/devices/{device}/series?metric={metric}&part={part}")
}

/// The unit that stands on the axis.
pub fn unit_text(metric: Metric) -> &'static str {
    match metric.unit() {
        Unit::Percent => "%",
        Unit::Celsius => "°C",
        Unit::Volts => "V",
        Unit::Amperes => "A",
        Unit::Watts => "W",
        Unit::RevolutionsPerMinute => "rpm",
        Unit::Hertz => "Hz",
        Unit::Megahertz => "MHz",
        Unit::Dbm => "dBm",
        Unit::Decibels => "dB",
        Unit::Minutes => "min",
        Unit::Kilometres => "km",
        Unit::BitsPerSecond => "bit/s",
        Unit::Seconds => "s",
        Unit::OctetsPerSecond
        | Unit::PacketsPerSecond
        | Unit::Centiseconds
        | Unit::Count
        | Unit::Number
        | Unit::YesNo => "",
    }
}

fn facts(frame: &Frame, seen: &ConditionSeen, visitors: Option<i64>) -> Vec<(String, String)> {
    let condition = &seen.condition;
    let wifi = condition.wifi.as_ref();
    let percent = |value: f64| format::percent(frame.language, value);
    let facts = [
        ("condition-cpu", condition.cpu_percent.map(percent)),
        ("condition-memory", condition.memory_used_percent.map(percent)),
        ("condition-clients", wifi.and_then(|wifi| wifi.clients).map(|clients| clients.to_string())),
        ("condition-access-points", wifi.and_then(|wifi| wifi.access_points).map(|count| count.to_string())),
        ("condition-visitors", visitors.map(|visitors| format::number(frame.language, visitors as f64, 0))),
    ];
    facts.into_iter().filter_map(|(key, value)| Some((frame.t(key), value?))).collect()
}

fn radio_row(frame: &Frame, radio: &Radio, link: impl Fn(Metric) -> Option<String>) -> RadioRow {
    let language = frame.language;
    let dbm = |value: f64| measured(language, value, "dBm", 1);
    let mhz = radio.frequency_mhz.map(|mhz| measured(language, mhz, "MHz", 0));
    let channel = match (radio.channel, mhz) {
        (Some(channel), Some(mhz)) => Some(format!("{channel} ({mhz})")),
        (Some(channel), None) => Some(channel.to_string()),
        (None, mhz) => mhz,
    };
    let graphs = [
        (Metric::WifiClients, radio.clients.is_some()),
        (Metric::UtilizationPercent, radio.utilization_percent.is_some()),
        (Metric::NoiseDbm, radio.noise_dbm.is_some()),
    ];
    RadioRow {
        name: radio.name.clone(),
        ssid: radio.ssid.clone(),
        channel,
        power: radio.tx_power_dbm.map(dbm),
        noise: radio.noise_dbm.map(dbm),
        busy: radio.utilization_percent.map(|busy| format::percent(language, busy)),
        clients: radio.clients,
        links: graphs
            .into_iter()
            .filter(|(_, is_told)| *is_told)
            .filter_map(|(metric, _)| Some((frame.t(metric_key(metric)), link(metric)?)))
            .collect(),
    }
}

fn sensor_row(frame: &Frame, sensor: &SensorReading, link: Option<String>) -> SensorRow {
    SensorRow {
        what: frame.t(class_key(sensor.class)),
        name: sensor.name.clone(),
        value: sensor_value(frame.language, sensor.class, sensor.value),
        state: sensor.state.as_deref().map(str::to_owned),
        link,
    }
}

fn station_row(frame: &Frame, station: &StationRecord) -> StationRow {
    let language = frame.language;
    // Twelve digits of a hash tell one visitor from another as well as an address does.
    let short: String = station.hash.chars().take(12).collect();
    let place: Vec<&str> = [&station.ssid, &station.radio].into_iter().flatten().map(String::as_str).collect();
    let dbm = station.signal_dbm.map(|dbm| measured(language, dbm, "dBm", 0));
    let rates = [station.tx_bps, station.rx_bps].map(|rate| rate.map(|rate| format::bit_rate(language, rate)));
    StationRow {
        name: station.mac.map_or(short, |mac| mac.to_string()),
        is_forgotten: station.mac.is_none(),
        place: place.join(" · "),
        signal: dbm.or_else(|| station.snr_db.map(|db| format!("SNR {}", measured(language, db, "dB", 0)))),
        rates: match rates {
            [Some(tx), Some(rx)] => Some(format!("{tx} / {rx}")),
            [Some(one), None] | [None, Some(one)] => Some(one),
            [None, None] => None,
        },
        first: format::short_date_time(frame.now, station.first_seen),
        last: format::short_date_time(frame.now, station.last_seen),
    }
}

/// `-3,5 °C`, without digits that say nothing.
fn measured(language: Language, value: f64, unit: &str, decimals: usize) -> String {
    let rounded = |decimals: usize| {
        let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
        (value * scale).round() / scale
    };
    let needed = (0..decimals).find(|fewer| rounded(*fewer) == rounded(decimals)).unwrap_or(decimals);
    let number = format::number(language, value, needed);
    if unit.is_empty() { number } else { format!("{number}\u{a0}{unit}") }
}

/// A sensor's value with its unit, in the words of the language.
pub(super) fn sensor_value(language: Language, class: SensorClass, value: f64) -> String {
    match class {
        SensorClass::Rate => format::bit_rate(language, value),
        SensorClass::Temperature => measured(language, value, "°C", 1),
        SensorClass::Voltage => measured(language, value, "V", 2),
        SensorClass::Current => measured(language, value, "A", 3),
        SensorClass::FanSpeed => measured(language, value, &language.t("unit-rpm"), 0),
        SensorClass::Runtime => measured(language, value, &language.t("unit-minutes"), 0),
        SensorClass::Power
        | SensorClass::Frequency
        | SensorClass::Charge
        | SensorClass::Load
        | SensorClass::Humidity
        | SensorClass::State
        | SensorClass::Count
        | SensorClass::Dbm
        | SensorClass::Signal
        | SensorClass::Rssi
        | SensorClass::Snr
        | SensorClass::NoiseFloor
        | SensorClass::Rsrp
        | SensorClass::Rsrq
        | SensorClass::Sinr
        | SensorClass::Cell
        | SensorClass::Distance
        | SensorClass::Ccq
        | SensorClass::Quality
        | SensorClass::Capacity
        | SensorClass::Mcs
        | SensorClass::Utilization
        | SensorClass::ErrorRatio
        | SensorClass::Errors => measured(language, value, class.unit(), 1),
    }
}

/// The words for what is drawn of a radio or a network.
fn metric_key(metric: Metric) -> &'static str {
    let words = [
        (Metric::UtilizationPercent, "radio-busy"),
        (Metric::NoiseDbm, "radio-noise"),
        (Metric::TxPowerDbm, "radio-power"),
        (Metric::Channel, "radio-channel"),
        (Metric::FrequencyMegahertz, "radio-channel"),
    ];
    words.into_iter().find(|(known, _)| *known == metric).map_or("condition-clients", |(_, key)| key)
}

fn class_key(class: SensorClass) -> &'static str {
    match class {
        SensorClass::Temperature => "sensor-temperature",
        SensorClass::Voltage => "sensor-voltage",
        SensorClass::Current => "sensor-current",
        SensorClass::Power => "sensor-power",
        SensorClass::FanSpeed => "sensor-fanspeed",
        SensorClass::Frequency => "sensor-frequency",
        SensorClass::Charge => "sensor-charge",
        SensorClass::Load => "sensor-load",
        SensorClass::Humidity => "sensor-humidity",
        SensorClass::Runtime => "sensor-runtime",
        SensorClass::State => "sensor-state",
        SensorClass::Count => "sensor-count",
        SensorClass::Dbm => "sensor-dbm",
        SensorClass::Signal => "sensor-signal",
        SensorClass::Rssi => "sensor-rssi",
        SensorClass::Snr => "sensor-snr",
        SensorClass::NoiseFloor => "sensor-noise-floor",
        SensorClass::Rsrp => "sensor-rsrp",
        SensorClass::Rsrq => "sensor-rsrq",
        SensorClass::Sinr => "sensor-sinr",
        SensorClass::Cell => "sensor-cell",
        SensorClass::Rate => "sensor-rate",
        SensorClass::Distance => "sensor-distance",
        SensorClass::Ccq => "sensor-ccq",
        SensorClass::Quality => "sensor-quality",
        SensorClass::Capacity => "sensor-capacity",
        SensorClass::Mcs => "sensor-mcs",
        SensorClass::Utilization => "sensor-utilization",
        SensorClass::ErrorRatio => "sensor-error-ratio",
        SensorClass::Errors => "sensor-errors",
    }
}
