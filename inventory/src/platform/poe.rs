//! POWER-ETHERNET-MIB (RFC 3621): what a switch can give over its cables and what it gives, by group of ports.

use super::family::{Name, Sensor};
use crate::condition::SensorClass as Class;

/// pethMainPseEntry: power 2, consumption 4, both in watts.
pub(super) const MAIN: &[Sensor] = &[
    Sensor::column(Class::Power, Name::Row("PoE budget"), "1.3.6.1.2.1.105.1.3.1.1.2"),
    Sensor::column(Class::Power, Name::Row("PoE consumption"), "1.3.6.1.2.1.105.1.3.1.1.4"),
];
