//! MikroTik SwOS: the MIKROTIK-MIB of RouterOS as far as a switch has it. The gauge table has no names and no units,
//! and another number behind each index; what stands where is as the CSS610 with 2.20 shows it.

use super::family::{Clues, Family, Sensor, Source, between, word, yes_if};
use super::routeros;
use crate::condition::SensorClass as Class;

/// Every switch with SwOS or SwOS Lite.
pub(super) static FAMILY: Family = Family {
    key: "swos",
    platform: "swos",
    vendor: Some("MikroTik"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.14988.2")),
    model: &[Source::Object("1.3.6.1.4.1.14988.1.1.7.9.0"), Source::Descr(|descr| word(descr, 0))],
    version: &[Source::Descr(|descr| between(descr, "SwOS v", "")), Source::Object("1.3.6.1.4.1.14988.1.1.7.4.0")],
    serial: &[Source::Object("1.3.6.1.4.1.14988.1.1.7.3.0")],
    sensors: &[GAUGES, HEALTH, routeros::POE, routeros::OPTICAL],
    ..Family::UNKNOWN
};

/// dW, degree, then for each power supply 1/100 V and mA.
const GAUGES: &[Sensor] = &[
    Sensor::object(Class::Power, "consumption", "1.3.6.1.4.1.14988.1.1.3.100.1.3.16.0").times(0.1),
    Sensor::object(Class::Temperature, "cpu", "1.3.6.1.4.1.14988.1.1.3.100.1.3.52.0"),
    Sensor::object(Class::Voltage, "psu1", "1.3.6.1.4.1.14988.1.1.3.100.1.3.7201.0").times(0.01),
    Sensor::object(Class::Voltage, "psu2", "1.3.6.1.4.1.14988.1.1.3.100.1.3.7202.0").times(0.01),
    Sensor::object(Class::Current, "psu1", "1.3.6.1.4.1.14988.1.1.3.100.1.3.7301.0").times(0.001),
    Sensor::object(Class::Current, "psu2", "1.3.6.1.4.1.14988.1.1.3.100.1.3.7302.0").times(0.001),
];

/// Health of the switches without the gauges (2.18 and before): tenths of V, W and degree, mA.
const HEALTH: &[Sensor] = &[
    Sensor::object(Class::Voltage, "voltage", "1.3.6.1.4.1.14988.1.1.3.8.0").times(0.1),
    Sensor::object(Class::Temperature, "temperature", "1.3.6.1.4.1.14988.1.1.3.10.0").times(0.1),
    Sensor::object(Class::Temperature, "processor", "1.3.6.1.4.1.14988.1.1.3.11.0").times(0.1),
    Sensor::object(Class::Power, "consumption", "1.3.6.1.4.1.14988.1.1.3.12.0").times(0.1),
    Sensor::object(Class::Current, "current", "1.3.6.1.4.1.14988.1.1.3.13.0").times(0.001),
    Sensor::object(Class::State, "primary PSU", "1.3.6.1.4.1.14988.1.1.3.15.0"),
    Sensor::object(Class::State, "backup PSU", "1.3.6.1.4.1.14988.1.1.3.16.0"),
    Sensor::object(Class::FanSpeed, "fan 1", "1.3.6.1.4.1.14988.1.1.3.17.0"),
    Sensor::object(Class::FanSpeed, "fan 2", "1.3.6.1.4.1.14988.1.1.3.18.0"),
];
