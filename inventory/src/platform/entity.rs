//! ENTITY-SENSOR-MIB (RFC 3433) and Cisco's older CISCO-ENTITY-SENSOR-MIB: sensors that say themselves what they measure
//! and in which unit. The two tables have the same columns; Cisco's has light in dBm besides.

use super::family::{Ask, Seen, Sensor};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class};

/// entPhySensorEntry: type 1, scale 2, precision 3, value 4, state 5.
const SENSOR: &str = "1.3.6.1.2.1.99.1.1.1";
/// entSensorValueEntry, likewise.
const CISCO: &str = "1.3.6.1.4.1.9.9.91.1.1.1.1";
/// entPhysicalEntry: description 2, name 7.
const PHYSICAL: &str = "1.3.6.1.2.1.47.1.1.1.1";

/// Nothing that a table could say.
pub(super) const SENSORS: &[Sensor] = &[];
pub(super) const FACTS: &[Ask] = &[Ask::Columns(SENSOR, &[1, 2, 3]), Ask::Columns(PHYSICAL, &[2, 7])];
pub(super) const LIVE: &[Ask] = &[Ask::Columns(SENSOR, &[4, 5])];

/// What Cisco's table needs besides.
pub(super) const CISCO_FACTS: Ask = Ask::Columns(CISCO, &[1, 2, 3]);
pub(super) const CISCO_LIVE: Ask = Ask::Columns(CISCO, &[4, 5]);
/// The standard's table beside it.
pub(super) const STANDARD_FACTS: [Ask; 2] = [FACTS[0], FACTS[1]];
pub(super) const STANDARD_LIVE: Ask = LIVE[0];

/// The sensors of the standard's table. A chassis that has no such sensor shows 0 for each.
pub(super) fn read(seen: &Seen<'_>, condition: &mut Condition) {
    table(seen, condition, SENSOR, |value| value != 0.0);
}

/// The sensors of Cisco's table; the same stand in the standard's, which counts where Cisco's is not there.
pub(super) fn read_cisco(seen: &Seen<'_>, condition: &mut Condition) {
    if seen.answers.has(&format!("{CISCO}.4")) {
        // -127 is what a slot without the part sends.
        table(seen, condition, CISCO, |value| value != -127.0);
    } else {
        read(seen, condition);
    }
}

fn table(seen: &Seen<'_>, condition: &mut Condition, entry: &str, is_told: fn(f64) -> bool) {
    let answers = seen.answers;
    for (index, value) in answers.column(&format!("{entry}.4")) {
        let cell = |number: u32| answers.cell_number(&format!("{entry}.{number}"), index);
        // EntitySensorDataType: voltsAC 3, voltsDC 4, amperes 5, watts 6, hertz 7, celsius 8, percentRH 9, rpm 10; 14 is
        // dBm in Cisco's.
        let class = match cell(1) {
            Some(3.0 | 4.0) => Class::Voltage,
            Some(5.0) => Class::Current,
            Some(6.0) => Class::Power,
            Some(7.0) => Class::Frequency,
            Some(8.0) => Class::Temperature,
            Some(9.0) => Class::Humidity,
            Some(10.0) => Class::FanSpeed,
            Some(14.0) => Class::Dbm,
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
        if !is_told(value) || class == Class::Temperature && value > 200.0 {
            continue;
        }
        let name = [2, 7].iter().find_map(|number| answers.cell_text(&format!("{PHYSICAL}.{number}"), index));
        wifi::add(condition, class, name.unwrap_or_else(|| format!("sensor {index:?}")), value);
    }
}
