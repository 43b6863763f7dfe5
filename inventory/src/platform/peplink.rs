//! Peplink and Pepwave (E.23695; older ones and other models the same tree under E.27662).

use super::family::{Ask, Clues, Family, Name, Seen, Sensor, Source, yes_if};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class, Wifi};

/// Balance, MAX, SOHO.
pub(super) static FAMILY: Family = Family {
    key: "peplink",
    platform: "peplink",
    vendor: Some("Peplink"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.27662") || clues.is_below("1.3.6.1.4.1.23695")),
    model: &[Source::Object("1.3.6.1.4.1.23695.200.1.1.1.1.1.0"), Source::Descr(|descr| Some(descr.to_owned()))],
    version: &[
        Source::Object("1.3.6.1.4.1.23695.200.1.1.1.1.3.0"),
        Source::Object("1.3.6.1.4.1.27662.200.1.1.1.1.3.0"),
    ],
    serial: &[Source::Object("1.3.6.1.4.1.23695.200.1.1.1.1.2.0"), Source::Object("1.3.6.1.4.1.27662.200.1.1.1.1.2.0")],
    sensors: &[CELLULAR, SYSTEM],
    live: &[Ask::Object("1.3.6.1.4.1.27662.4.1.1.7.0"), Ask::Object("1.3.6.1.4.1.27662.4.1.1.8.0")],
    read,
    is_gateway: true,
    ..Family::UNKNOWN
};

/// -9999 where there is no modem or it does not tell.
fn is_there(value: f64) -> bool {
    value > -9999.0
}

/// cellularSignalEntry: RSSI 3, SINR 5, RSRP 7, RSRQ 8.
const CELLULAR: &[Sensor] = &[
    Sensor::column(Class::Rssi, Name::Row("cellular"), "1.3.6.1.4.1.23695.200.1.12.1.1.1.3").only(is_there),
    Sensor::column(Class::Sinr, Name::Row("cellular"), "1.3.6.1.4.1.23695.200.1.12.1.1.1.5").only(is_there),
    Sensor::column(Class::Rsrp, Name::Row("cellular"), "1.3.6.1.4.1.23695.200.1.12.1.1.1.7").only(is_there),
    Sensor::column(Class::Rsrq, Name::Row("cellular"), "1.3.6.1.4.1.23695.200.1.12.1.1.1.8").only(is_there),
];

/// wanEntry: name 2, state 3, signal 5. Device: temperature (1/1000 degree), consumption (W), supplies.
const SYSTEM: &[Sensor] = &[
    Sensor::column(Class::State, Name::Cell(WAN_NAME, ""), "1.3.6.1.4.1.27662.2.1.2.1.3").states(&[
        (0, "unknown"),
        (1, "disabled"),
        (2, "disconnected"),
        (3, "connected"),
        (4, "connecting"),
        (5, "activating"),
        (6, "health check failed"),
        (7, "disconnected by hand"),
    ]),
    Sensor::column(Class::Signal, Name::Cell(WAN_NAME, ""), "1.3.6.1.4.1.27662.2.1.2.1.5").only(is_there),
    Sensor::object(Class::Temperature, "system", "1.3.6.1.4.1.27662.200.1.1.1.4.4.1.0").times(0.001),
    Sensor::object(Class::Power, "consumption", "1.3.6.1.4.1.27662.200.1.1.1.4.1.1.3.0"),
    Sensor::object(Class::State, "PSU", "1.3.6.1.4.1.27662.200.1.1.1.4.1.1.2.0").states(&[(0, "error"), (1, "on")]),
    Sensor::column(
        Class::State,
        Name::Cell("1.3.6.1.4.1.23695.200.1.1.1.4.3.1.2", ""),
        "1.3.6.1.4.1.27662.200.1.1.1.4.3.1.3",
    )
    .states(&[(0, "no cable"), (1, "connected")]),
    Sensor::column(
        Class::State,
        Name::Cell("1.3.6.1.4.1.23695.200.1.10.1.1.2.1.2", ""),
        "1.3.6.1.4.1.23695.200.1.10.1.1.2.1.3",
    )
    .states(&[(0, "starting"), (1, "authenticating"), (2, "making the tunnel"), (3, "routing"), (4, "connected")]),
    Sensor::object(Class::Count, "access points licensed", "1.3.6.1.4.1.27662.4.1.1.3.0"),
    Sensor::object(Class::Count, "access point profiles", "1.3.6.1.4.1.27662.4.1.1.4.0"),
    Sensor::object(Class::Count, "Wi-Fi networks", "1.3.6.1.4.1.27662.4.1.1.5.0"),
    Sensor::object(Class::Count, "access points registered", "1.3.6.1.4.1.27662.4.1.1.6.0"),
    Sensor::object(Class::Count, "stations of the access points", "1.3.6.1.4.1.27662.4.1.1.8.0"),
];

const WAN_NAME: &str = "1.3.6.1.4.1.23695.2.1.2.1.2";

/// Its controller of access points: online 7, their stations 8.
fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let access_points = wifi::single(seen, "1.3.6.1.4.1.27662.4.1.1.7.0");
    let clients = wifi::single(seen, "1.3.6.1.4.1.27662.4.1.1.8.0");
    wifi::tell(condition, Wifi { clients, access_points, ..Wifi::default() });
}
