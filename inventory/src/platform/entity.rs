//! ENTITY-SENSOR-MIB (RFC 3433): sensors that say themselves what they measure and in which unit.

use super::family::{Ask, Seen, Sensor};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class};

/// entPhySensorEntry: type 1, scale 2, precision 3, value 4, state 5.
const SENSOR: &str = "1.3.6.1.2.1.99.1.1.1";
/// entPhysicalEntry: description 2, name 7.
const PHYSICAL: &str = "1.3.6.1.2.1.47.1.1.1.1";

/// Nothing that a table could say.
pub(super) const SENSORS: &[Sensor] = &[];
pub(super) const FACTS: &[Ask] = &[Ask::Columns(SENSOR, &[1, 2, 3]), Ask::Columns(PHYSICAL, &[2, 7])];
pub(super) const LIVE: &[Ask] = &[Ask::Columns(SENSOR, &[4, 5])];

pub(super) fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    for (index, value) in answers.column(&format!("{SENSOR}.4")) {
        let cell = |number: u32| answers.cell_number(&format!("{SENSOR}.{number}"), index);
        // EntitySensorDataType: voltsAC 3, voltsDC 4, amperes 5, watts 6, hertz 7, celsius 8, percentRH 9, rpm 10.
        let class = match cell(1) {
            Some(3.0 | 4.0) => Class::Voltage,
            Some(5.0) => Class::Current,
            Some(6.0) => Class::Power,
            Some(7.0) => Class::Frequency,
            Some(8.0) => Class::Temperature,
            Some(9.0) => Class::Humidity,
            Some(10.0) => Class::FanSpeed,
            _ => continue,
        };
        // EntitySensorStatus: ok 1, unavailable 2, nonoperational 3.
        if cell(5).is_some_and(|state| state != 1.0) {
            continue;
        }
        let Some(value) = value.as_f64() else { continue };
        // EntitySensorDataScale: units 9, each step three powers of ten; the precision counts digits after the point.
        let scale = cell(2).filter(|scale| (1.0..=17.0).contains(scale)).unwrap_or(9.0);
        let precision = cell(3).filter(|precision| (-8.0..=9.0).contains(precision)).unwrap_or(0.0);
        let power = (scale - 9.0) * 3.0 - precision;
        let value = value * 10f64.powf(power);
        // A chassis that has no such sensor shows 0 for each.
        if value == 0.0 {
            continue;
        }
        let name = [2, 7].iter().find_map(|number| answers.cell_text(&format!("{PHYSICAL}.{number}"), index));
        wifi::add(condition, class, name.unwrap_or_else(|| format!("sensor {index:?}")), value);
    }
}
