//! The parts of a device that are measured: its radios, its networks and its sensors. A part is known by what it is and
//! by what the device calls it, never by a number, so that its series goes on when numbers change.

use std::collections::BTreeMap;

use crate::condition::{Condition, Radio, SensorClass};
use crate::metric::Metric;
use crate::text::one_line;

/// The most parts of one device that are kept, and the most of each list that is shown: a controller with a hundred
/// access points has fewer, and a device that makes up names fills no disk.
pub const PARTS_MAX: usize = 512;
/// The longest name of a part, in characters. A longer one is cut.
pub const PART_NAME_MAX: usize = 96;
/// What a sample can hold without losing anything when it becomes a float again: 2⁵³.
const VALUE_MAX: f64 = 9_007_199_254_740_992.0;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartClass {
    /// A radio.
    Radio,
    /// A Wi-Fi network.
    Network,
    /// A sensor, by what it measures.
    Sensor(SensorClass),
}

/// The word is no class of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no class of parts")]
pub struct PartClassError;

impl PartClass {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            PartClass::Radio => "radio",
            PartClass::Network => "network",
            PartClass::Sensor(class) => class.as_str(),
        }
    }
}

impl std::str::FromStr for PartClass {
    type Err = PartClassError;
    fn from_str(word: &str) -> Result<Self, PartClassError> {
        match word {
            "radio" => Ok(PartClass::Radio),
            "network" => Ok(PartClass::Network),
            sensor => sensor.parse().map(PartClass::Sensor).map_err(|_| PartClassError),
        }
    }
}

/// Which part: what it is, and what the device calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartKey {
    /// What it is.
    pub class: PartClass,
    /// What the device calls it, cut to [`PART_NAME_MAX`]. A second one of a name has ` (2)` after it.
    pub name: String,
}

/// What a part told at one visit.
#[derive(Debug, Clone, PartialEq)]
pub struct PartReading {
    /// Which part.
    pub key: PartKey,
    /// Its values in the units of their metrics; what it did not tell is not here.
    pub values: Vec<(Metric, f64)>,
}

/// A value as a sample keeps it; `None` for what is no number or too large to be kept.
pub fn scaled(metric: Metric, value: f64) -> Option<i64> {
    let steps = (value * metric.scale()).round();
    (steps.abs() <= VALUE_MAX).then_some(steps as i64)
}

/// The keys of the radios, networks and sensors of a condition, list by list in their order, one for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartKeys {
    /// Of its radios.
    pub radios: Vec<PartKey>,
    /// Of its networks.
    pub networks: Vec<PartKey>,
    /// Of its sensors.
    pub sensors: Vec<PartKey>,
}

impl PartKeys {
    /// The keys of this condition.
    pub fn of(condition: &Condition) -> PartKeys {
        let mut seen = BTreeMap::new();
        let (radios, networks) =
            condition.wifi.as_ref().map_or((&[][..], &[][..]), |wifi| (&wifi.radios, &wifi.networks));
        PartKeys {
            radios: radios.iter().map(|radio| key(PartClass::Radio, &radio.name, &mut seen)).collect(),
            networks: networks.iter().map(|network| key(PartClass::Network, &network.ssid, &mut seen)).collect(),
            sensors: condition
                .sensors
                .iter()
                .map(|sensor| key(PartClass::Sensor(sensor.class), &sensor.name, &mut seen))
                .collect(),
        }
    }
}

/// A condition with lists no longer than [`PARTS_MAX`], names of one line each, and nobody's address in it.
pub fn bounded(mut condition: Condition) -> Condition {
    let line = |text: &mut String| *text = one_line(text, PART_NAME_MAX);
    if let Some(wifi) = &mut condition.wifi {
        wifi.stations.clear();
        wifi.radios.truncate(PARTS_MAX);
        for radio in &mut wifi.radios {
            line(&mut radio.name);
            radio.ssid.iter_mut().for_each(line);
        }
        wifi.networks.truncate(PARTS_MAX);
        wifi.networks.iter_mut().for_each(|network| line(&mut network.ssid));
    }
    condition.sensors.retain(|sensor| sensor.value.is_finite());
    condition.sensors.truncate(PARTS_MAX);
    for sensor in &mut condition.sensors {
        line(&mut sensor.name);
        if let Some(state) = &mut sensor.state {
            line(state.to_mut());
        }
    }
    condition.neighbours.truncate(PARTS_MAX);
    for neighbour in &mut condition.neighbours {
        line(&mut neighbour.port);
        neighbour.name.iter_mut().for_each(line);
    }
    condition
}

/// What every part of a device told, radios first.
pub fn part_readings(condition: &Condition) -> Vec<PartReading> {
    let keys = PartKeys::of(condition);
    let mut readings = Vec::new();
    if let Some(wifi) = &condition.wifi {
        readings.extend(
            wifi.radios.iter().zip(keys.radios).map(|(radio, key)| PartReading { key, values: radio_values(radio) }),
        );
        readings.extend(wifi.networks.iter().zip(keys.networks).map(|(network, key)| {
            let values = vec![(Metric::WifiClients, f64::from(network.clients))];
            PartReading { key, values }
        }));
    }
    readings.extend(condition.sensors.iter().zip(keys.sensors).map(|(sensor, key)| {
        let values = vec![(sensor_metric(sensor.class), sensor.value)];
        PartReading { key, values }
    }));
    readings
}

fn radio_values(radio: &Radio) -> Vec<(Metric, f64)> {
    [
        (Metric::WifiClients, radio.clients.map(f64::from)),
        (Metric::UtilizationPercent, radio.utilization_percent),
        (Metric::NoiseDbm, radio.noise_dbm),
        (Metric::TxPowerDbm, radio.tx_power_dbm),
        (Metric::Channel, radio.channel.map(f64::from)),
        (Metric::FrequencyMegahertz, radio.frequency_mhz),
    ]
    .into_iter()
    .filter_map(|(metric, value)| Some((metric, value?)))
    .collect()
}

/// The metric under which the values of a sensor are kept: one for each unit, the class being in the key of the part.
pub fn sensor_metric(class: SensorClass) -> Metric {
    match class {
        SensorClass::Temperature => Metric::TemperatureCelsius,
        SensorClass::Voltage => Metric::Volts,
        SensorClass::Current => Metric::Amperes,
        SensorClass::Power => Metric::Watts,
        SensorClass::FanSpeed => Metric::RevolutionsPerMinute,
        SensorClass::Frequency => Metric::Hertz,
        SensorClass::Charge
        | SensorClass::Load
        | SensorClass::Humidity
        | SensorClass::Ccq
        | SensorClass::Quality
        | SensorClass::Capacity
        | SensorClass::Utilization
        | SensorClass::ErrorRatio => Metric::SensorPercent,
        SensorClass::Runtime => Metric::RuntimeMinutes,
        SensorClass::State => Metric::StateNumber,
        SensorClass::Count | SensorClass::Cell | SensorClass::Mcs | SensorClass::Errors => Metric::CountNow,
        SensorClass::Dbm | SensorClass::Signal | SensorClass::NoiseFloor | SensorClass::Rsrp | SensorClass::Rssi => {
            Metric::Dbm
        }
        SensorClass::Snr | SensorClass::Rsrq | SensorClass::Sinr => Metric::Decibels,
        SensorClass::Rate => Metric::RateBps,
        SensorClass::Distance => Metric::DistanceKilometres,
    }
}

/// The name on one line and cut; `seen` counts how often each was met.
fn key(class: PartClass, name: &str, seen: &mut BTreeMap<(PartClass, String), u32>) -> PartKey {
    let name = one_line(name, PART_NAME_MAX);
    let times = seen.entry((class, name.clone())).or_default();
    *times += 1;
    let name = if *times == 1 { name } else { format!("{name} ({times})") };
    PartKey { class, name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::{Network, SensorReading, Wifi};

    fn sensor(class: SensorClass, name: &str, value: f64) -> SensorReading {
        SensorReading { class, name: name.to_owned(), value, state: None }
    }

    #[test]
    fn parts_are_told_apart_by_class_and_name_and_those_of_one_name_by_their_order() {
        let condition = Condition {
            wifi: Some(Wifi {
                radios: vec![Radio {
                    name: "wlan1".into(),
                    clients: Some(3),
                    noise_dbm: Some(-95.5),
                    ..Radio::default()
                }],
                networks: vec![Network { ssid: "Nhà văn hoá".into(), clients: 3 }],
                ..Wifi::default()
            }),
            sensors: vec![
                sensor(SensorClass::Temperature, "cpu", -3.25),
                sensor(SensorClass::Temperature, "cpu", 41.0),
                sensor(SensorClass::Voltage, "cpu", 1.1),
                sensor(SensorClass::State, &"đ".repeat(500), 2.0),
            ],
            ..Condition::default()
        };
        let told = part_readings(&condition);
        let names: Vec<(&str, &str)> =
            told.iter().map(|part| (part.key.class.as_str(), part.key.name.as_str())).collect();
        assert_eq!(
            names[..5],
            [
                ("radio", "wlan1"),
                ("network", "Nhà văn hoá"),
                ("temperature", "cpu"),
                ("temperature", "cpu (2)"),
                ("voltage", "cpu")
            ]
        );
        assert_eq!(told[0].values, [(Metric::WifiClients, 3.0), (Metric::NoiseDbm, -95.5)]);
        assert_eq!(scaled(told[2].values[0].0, told[2].values[0].1), Some(-325));
        assert!(told[5].key.name.chars().count() <= PART_NAME_MAX);
        let others = Condition {
            sensors: vec![condition.sensors[2].clone(), condition.sensors[0].clone()],
            ..Condition::default()
        };
        assert_eq!(part_readings(&others)[1].key, told[2].key, "neither its place nor a number names a part");
    }

    #[test]
    fn what_is_no_number_makes_no_sample() {
        let told = [f64::NAN, f64::INFINITY, 1e300, -1e300].map(|value| scaled(Metric::Volts, value));
        assert_eq!(told, [None; 4]);
    }

    #[test]
    fn every_class_is_read_back_from_its_word() {
        let sensors = SensorClass::ALL.iter().copied().map(PartClass::Sensor);
        for class in [PartClass::Radio, PartClass::Network].into_iter().chain(sensors) {
            assert_eq!(class.as_str().parse(), Ok(class));
        }
        assert_eq!("smell".parse::<PartClass>(), Err(PartClassError));
    }
}
