//! Rows that only one make has (mibs.md): identity, radios, stations, sensors, batteries.

use super::evil;
use super::family::{Family, Role};
use super::live::{Live, Port, cpu_percent, host};
use super::plan::{Device, Hall, Kind};
use crate::snmp::{Value, Values};

/// A battery that the hall's devices empty in so long, in minutes.
const BATTERY_MINUTES: f64 = 45.0;

/// What every hall's Wi-Fi is called.
pub(super) const SSID: &str = "NhaSinhHoat";
/// The place of a RouterOS device's radio among its ports.
pub(super) const RADIO_INDEX: u32 = 6;

/// Adds them. `clients` are the stations on all radios together.
pub(super) fn add(values: &mut Values, device: &Device, live: &Live, now: f64, clients: u32) {
    match device.family {
        Family::RouterOs => router_os(values, device, live, clients, now),
        Family::OpenWrt => open_wrt(values, device, clients),
        Family::EdgeOs => edge_os(values, device),
        Family::DrayTek => dray_tek(values, device),
        Family::UniFi => uni_fi(values, device, live, now, clients),
        Family::Omada => values.set("1.3.6.1.4.1.11863.10.1.1.1.0", Value::Integer(i64::from(clients))),
        Family::Grandstream => grandstream(values, device, clients),
        Family::JetStream => jet_stream(values, device, now),
        Family::AirOs => air_os(values, device, now),
        Family::Camera => camera(values, device, now),
        Family::Ups => ups(values, device, live, now),
    }
}

fn number(value: u32) -> Value {
    Value::Integer(i64::from(value))
}

/// Sets columns of one row.
fn row<const N: usize>(values: &mut Values, entry: &str, index: &str, columns: [(u32, Value); N]) {
    for (column, value) in columns {
        values.set(&format!("{entry}.{column}.{index}"), value);
    }
}

/// What a board measures of itself.
pub(super) struct Gauges {
    pub(super) decivolts: u32,
    pub(super) temperature: u32,
}

pub(super) fn gauges(device: &Device, now: f64) -> Gauges {
    let cpu = cpu_percent(device, now);
    Gauges { decivolts: 236 + cpu / 10, temperature: 35 + cpu / 4 }
}

fn router_os(values: &mut Values, device: &Device, live: &Live, clients: u32, now: f64) {
    const MIB: &str = "1.3.6.1.4.1.14988.1.1";
    values.set(&format!("{MIB}.4.4.0"), Value::text(device.family.version()));
    values.set(&format!("{MIB}.7.3.0"), Value::text(&device.serial));
    values.set(&format!("{MIB}.7.4.0"), Value::text(device.family.version()));
    values.set(&format!("{MIB}.7.9.0"), Value::text(device.family.model()));
    let gauges = gauges(device, now);
    // mtxrHlVoltage, in tenths.
    values.set(&format!("{MIB}.3.8.0"), number(gauges.decivolts));
    let gauge = [(2, Value::text("cpu-temperature")), (3, number(gauges.temperature)), (4, Value::Integer(1))];
    row(values, &format!("{MIB}.3.100.1"), "14", gauge);
    if device.kind == Kind::AccessPoint {
        let radio = (RADIO_INDEX + live.index_shift).to_string();
        let access_point = [
            (4, Value::text(SSID)),
            (6, number(clients)),
            (7, Value::Integer(2437)),
            (8, Value::text("2ghz-b/g/n")),
            (9, Value::Integer(-103)),
            (10, Value::Integer(82)),
            (11, number(clients)),
        ];
        row(values, &format!("{MIB}.1.3.1"), &radio, access_point);
        values.set(&format!("{MIB}.1.4.0"), number(clients));
        // mtxrWlRtabTable: address and ifIndex name a row.
        for station in 1..=clients {
            let mac = station_mac(device, station);
            let index: Vec<String> = mac.iter().map(u8::to_string).chain([radio.clone()]).collect();
            let signal = station_signal(station);
            let columns = [
                (3, Value::Integer(signal)),
                (8, Value::Gauge32(65_000_000)),
                (9, Value::Gauge32(52_000_000)),
                (11, Value::Ticks(station * 61_700)),
                (12, Value::Integer(signal + 103)),
            ];
            row(values, &format!("{MIB}.1.2.1"), &index.join("."), columns);
        }
    }
}

/// How well a visitor's phone is heard, in dBm.
pub(super) fn station_signal(station: u32) -> i64 {
    -48 - i64::from(station % 31)
}

/// What somebody wrote on a port.
pub(super) fn alias(port: &Port, live: &Live) -> Option<&'static str> {
    match (live.is_evil, port.kind.role) {
        (true, _) => Some(evil::ALIAS),
        (false, Role::Up) => Some("uplink"),
        (false, Role::Down(_) | Role::Empty) => None,
    }
}

/// A visitor's phone: an address of its own choosing, the same as long as it is there.
pub(super) fn station_mac(device: &Device, station: u32) -> [u8; 6] {
    let [.., hall, number] = device.mac;
    [0x02, 0xC1, hall, number, (station >> 8) as u8, station as u8]
}

/// Numbers as text under NET-SNMP-EXTEND, as LibreNMS's scripts have it.
fn open_wrt(values: &mut Values, device: &Device, clients: u32) {
    let (low, high) = split(clients);
    let extends = [
        ("clients-wlan", clients.to_string()),
        ("clients-phy0-ap0", high.to_string()),
        ("clients-phy1-ap0", low.to_string()),
        ("frequency-phy0-ap0", "5180".to_owned()),
        ("frequency-phy1-ap0", "2437".to_owned()),
        ("noise-floor-phy0-ap0", "-95".to_owned()),
        ("noise-floor-phy1-ap0", "-91".to_owned()),
        ("distro", format!("OpenWrt {}", device.family.version())),
        ("hardware", device.family.model().to_owned()),
    ];
    for (name, text) in extends {
        let index: Vec<String> =
            std::iter::once(name.len().to_string()).chain(name.bytes().map(|byte| byte.to_string())).collect();
        values.set(&format!("1.3.6.1.4.1.8072.1.3.2.3.1.1.{}", index.join(".")), Value::text(&text));
    }
}

fn edge_os(values: &mut Values, device: &Device) {
    const MIB: &str = "1.3.6.1.4.1.41112.1.5.1";
    values.set(&format!("{MIB}.1.0"), Value::text(device.family.model()));
    values.set(&format!("{MIB}.2.0"), Value::text(&device.serial));
    values.set(&format!("{MIB}.3.0"), Value::text(device.family.version()));
}

fn dray_tek(values: &mut Values, device: &Device) {
    const MIB: &str = "1.3.6.1.4.1.7367.3";
    values.set(&format!("{MIB}.1.0"), Value::text(device.family.model()));
    values.set(&format!("{MIB}.2.0"), Value::text(device.family.version()));
    values.set(&format!("{MIB}.7.0"), Value::Integer(41));
}

fn uni_fi(values: &mut Values, device: &Device, live: &Live, now: f64, clients: u32) {
    const MIB: &str = "1.3.6.1.4.1.41112.1.6";
    let (low, high) = split(clients);
    let busy = cpu_percent(device, now);
    for (index, name, radio, use_percent) in [("1", "wifi0", "ng", busy + 12), ("2", "wifi1", "na", busy)] {
        let columns = [(2, Value::text(name)), (3, Value::text(radio)), (6, number(use_percent.min(100)))];
        row(values, &format!("{MIB}.1.1.1"), index, columns);
    }
    for (index, channel, radio, stations) in [("1", 6, "ng", low), ("2", 36, "na", high)] {
        let columns = [
            (3, Value::Integer(870)),
            (4, Value::Integer(channel)),
            (6, Value::text(SSID)),
            (8, number(stations)),
            (9, Value::text(radio)),
            (21, Value::Integer(20)),
        ];
        row(values, &format!("{MIB}.1.2.1"), index, columns);
    }
    values.set(&format!("{MIB}.3.3.0"), Value::text(device.family.model()));
    values.set(&format!("{MIB}.3.5.0"), Value::Counter64(live.uptime_s(now) as u64));
    values.set(&format!("{MIB}.3.6.0"), Value::text(device.family.version()));
}

fn grandstream(values: &mut Values, device: &Device, clients: u32) {
    const MIB: &str = "1.3.6.1.4.1.42397.1.1";
    values.set(&format!("{MIB}.2.1.0"), Value::text(device.family.model()));
    values.set(&format!("{MIB}.2.2.0"), Value::text(&device.full_name()));
    values.set(&format!("{MIB}.2.3.0"), Value::Octets(device.mac.to_vec()));
    // It ends in NUL (mibs.md).
    values.set(&format!("{MIB}.2.4.0"), Value::text(&format!("{}\0", device.family.version())));
    for (index, name, channel) in [("1", "2.4GHz", 6), ("2", "5GHz", 44)] {
        let columns =
            [(2, Value::text(name)), (3, Value::Integer(1)), (4, Value::Counter32(channel)), (5, Value::Counter32(20))];
        row(values, &format!("{MIB}.3.1.1"), index, columns);
    }
    // No counter of stations exists: rows are counted.
    for station in 1..=clients {
        let mac = station_mac(device, station);
        let columns = [(1, Value::Octets(mac.to_vec())), (4, Value::text(SSID)), (5, Value::Integer(-61))];
        row(values, &format!("{MIB}.3.3.1"), &station.to_string(), columns);
    }
}

fn jet_stream(values: &mut Values, device: &Device, now: f64) {
    const MIB: &str = "1.3.6.1.4.1.11863.6";
    let cpu = cpu_percent(device, now);
    for column in 2..=4 {
        values.set(&format!("{MIB}.4.1.1.1.1.{column}.1"), number(cpu));
    }
    values.set(&format!("{MIB}.4.1.2.1.1.2.1"), Value::Integer(48));
    values.set(&format!("{MIB}.1.1.5.0"), Value::text(device.family.model()));
    values.set(&format!("{MIB}.1.1.6.0"), Value::text(device.family.version()));
    values.set(&format!("{MIB}.1.1.8.0"), Value::text(&device.serial));
}

fn air_os(values: &mut Values, device: &Device, now: f64) {
    const MIB: &str = "1.3.6.1.4.1.41112.1.4";
    values.set(&format!("{MIB}.1.1.4.1"), Value::Integer(5240));
    values.set(&format!("{MIB}.1.1.6.1"), Value::Integer(22));
    values.set(&format!("{MIB}.1.1.7.1"), Value::Integer(4300));
    let station =
        [(2, Value::text("Don-Duong-5")), (5, Value::Integer(-58)), (8, Value::Integer(-95)), (15, Value::Integer(1))];
    row(values, &format!("{MIB}.5.1"), "1", station);
    // Load in hundredths of a per cent, temperature in degrees.
    let cpu = cpu_percent(device, now);
    values.set(&format!("{MIB}.8.3.0"), number(cpu * 100));
    values.set(&format!("{MIB}.8.4.0"), number(34 + cpu / 4));
    // IEEE802dot11-MIB: product name and version.
    values.set("1.2.840.10036.3.1.2.1.3.5", Value::text(device.family.model()));
    values.set("1.2.840.10036.3.1.2.1.4.5", Value::text("WA.ar934x.v8.7.11.46972.220614.0419"));
}

/// LLDP-MIB of a switch (IEEE 802.1AB): what it hangs behind at its first port, what hangs behind it at the others.
pub(super) fn neighbours(values: &mut Values, hall: &Hall, device: &Device, index_shift: u32) {
    const REMOTE: &str = "1.0.8802.1.1.2.1.4.1.1";
    if device.family != Family::JetStream {
        return;
    }
    let is_above = |other: &&Device| device.uplink.as_deref() == Some(&other.full_name());
    let is_below = |other: &&Device| other.uplink.as_deref() == Some(&device.full_name());
    let above = hall.devices.iter().find(is_above);
    let below = hall.devices.iter().filter(is_below);
    for (port, other) in above.into_iter().map(|other| (1, other)).chain((2..).zip(below)) {
        // chassis id by MAC address (4), system name.
        let columns = [(4, Value::Integer(4)), (5, Value::Octets(other.mac.to_vec())), (9, Value::text(&host(other)))];
        row(values, REMOTE, &format!("0.{}.{port}", port + index_shift), columns);
    }
}

/// Hikvision's own MIB: a share as text.
fn camera(values: &mut Values, device: &Device, now: f64) {
    const MIB: &str = "1.3.6.1.4.1.39165.1";
    values.set(&format!("{MIB}.1.0"), Value::text(device.family.model()));
    values.set(&format!("{MIB}.3.0"), Value::text(device.family.version()));
    values.set(&format!("{MIB}.7.0"), Value::text(&format!("{} PERCENT", cpu_percent(device, now))));
}

/// UPS-MIB (RFC 1628).
fn ups(values: &mut Values, device: &Device, live: &Live, now: f64) {
    const MIB: &str = "1.3.6.1.2.1.33.1";
    let on_battery_s = live.on_battery_since.map_or(0.0, |since| (now - since).max(0.0));
    let left = (BATTERY_MINUTES - on_battery_s / 60.0).max(0.0);
    values.set(&format!("{MIB}.1.1.0"), Value::text("APC"));
    values.set(&format!("{MIB}.1.2.0"), Value::text(device.family.model()));
    // upsBatteryStatus 2 is normal, 3 low; upsOutputSource 3 is normal, 5 battery.
    values.set(&format!("{MIB}.2.1.0"), Value::Integer(if left < 10.0 { 3 } else { 2 }));
    values.set(&format!("{MIB}.2.2.0"), Value::Integer(on_battery_s as i64));
    values.set(&format!("{MIB}.2.3.0"), Value::Integer(left as i64));
    values.set(&format!("{MIB}.2.4.0"), Value::Integer((100.0 * left / BATTERY_MINUTES) as i64));
    values.set(&format!("{MIB}.4.1.0"), Value::Integer(if live.on_battery_since.is_some() { 5 } else { 3 }));
    values.set(&format!("{MIB}.4.4.1.5.1"), Value::Integer(23));
    // The same as APC's own MIB has it (PowerNet-MIB): tenths, hundredths of a second, 2 on line, 3 on battery.
    const POWER_NET: &str = "1.3.6.1.4.1.318.1.1.1";
    let is_on_battery = live.on_battery_since.is_some();
    let own = [
        ("1.1.1.0", Value::text(device.family.model())),
        ("1.2.1.0", Value::text("UPS 09.3")),
        ("1.2.3.0", Value::text(&device.serial)),
        ("2.2.3.0", Value::Ticks((left * 6000.0) as u32)),
        ("2.2.4.0", Value::Integer(1)),
        ("2.3.1.0", Value::Gauge32((1000.0 * left / BATTERY_MINUTES) as u32)),
        ("2.3.2.0", Value::Gauge32(291)),
        ("3.3.1.0", Value::Gauge32(if is_on_battery { 0 } else { 2268 })),
        ("4.1.1.0", Value::Integer(if is_on_battery { 3 } else { 2 })),
        ("4.3.1.0", Value::Gauge32(2301)),
        ("4.3.3.0", Value::Gauge32(230)),
    ];
    for (object, value) in own {
        values.set(&format!("{POWER_NET}.{object}"), value);
    }
}

/// Most stations take the radio at 5 GHz.
fn split(clients: u32) -> (u32, u32) {
    let low = clients / 4;
    (low, clients - low)
}
