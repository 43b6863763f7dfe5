//! What a device answers over SNMP at a moment: made when it is asked, kept nowhere.

use super::evil;
use super::family::{Family, Role};
use super::live::{Live, Port, clients, cpu_percent, host, lan_address, ports};
use super::plan::{Device, Hall};
use super::vendor;
use crate::snmp::{Oid, Value, Values};

/// All values of a device.
pub(super) fn values(hall: &Hall, device: &Device, live: &Live, now: f64) -> Values {
    let mut values = Values::new();
    system(&mut values, hall, device, live, now);
    let ports = ports(device, live, now);
    values.set("1.3.6.1.2.1.2.1.0", Value::Integer(ports.len() as i64));
    for port in &ports {
        add_port(&mut values, device, live, port);
    }
    if let Some(up) = ports.iter().find(|port| port.kind.role == Role::Up) {
        // ipRouteIfIndex of 0.0.0.0 (RFC1213-MIB).
        values.set("1.3.6.1.2.1.4.21.1.2.0.0.0.0", Value::Integer(i64::from(up.index)));
    }
    host_resources(&mut values, device, live, now);
    vendor::add(&mut values, device, live, now, clients(device, now));
    vendor::neighbours(&mut values, hall, device, live.index_shift);
    values
}

/// Hundredths in 32 bits, which wrap.
fn ticks(seconds: f64) -> Value {
    Value::Ticks((seconds * 100.0) as u64 as u32)
}

fn oid(text: &str) -> Value {
    Value::Oid(text.parse().expect("written here"))
}

fn system(values: &mut Values, hall: &Hall, device: &Device, live: &Live, now: f64) {
    let is_grandstream = device.family == Family::Grandstream;
    // A GWN calls itself so whatever it is named (mibs.md, "Identity").
    let name = if is_grandstream { "grandstream".to_owned() } else { host(device) };
    let description = device.family.description(&host(device));
    let (description, name, location) = if live.is_evil {
        (Value::Octets(evil::description()), Value::text(evil::NAME), Value::text(evil::LOCATION))
    } else {
        (Value::text(&description), Value::text(&name), Value::text(&hall.name))
    };
    values.set("1.3.6.1.2.1.1.1.0", description);
    let object_id = device.family.object_id().map_or(Value::Oid(Oid(vec![0, 0])), oid);
    values.set("1.3.6.1.2.1.1.2.0", object_id);
    values.set("1.3.6.1.2.1.1.3.0", ticks(live.uptime_s(now)));
    values.set("1.3.6.1.2.1.1.4.0", Value::text(""));
    values.set("1.3.6.1.2.1.1.5.0", name);
    values.set("1.3.6.1.2.1.1.6.0", location);
    // snmpEngineTime, in seconds, does not wrap with sysUpTime.
    let engine_time = live.uptime_s(now).min(f64::from(i32::MAX)) as i64;
    values.set("1.3.6.1.6.3.10.2.1.3.0", Value::Integer(engine_time));
    let address = lan_address(device).octets().map(|octet| octet.to_string()).join(".");
    values.set(&format!("1.3.6.1.2.1.4.20.1.1.{address}"), Value::IpAddress(lan_address(device).octets()));
    values.set(&format!("1.3.6.1.2.1.4.20.1.2.{address}"), Value::Integer(i64::from(1 + live.index_shift)));
}

fn add_port(values: &mut Values, device: &Device, live: &Live, port: &Port) {
    let state = |is_up: bool| Value::Integer(if is_up { 1 } else { 2 });
    let speed = Value::Gauge32(u32::try_from(u64::from(port.kind.speed_mbps) * 1_000_000).unwrap_or(u32::MAX));
    let name = if live.is_evil { Value::Octets(evil::description()) } else { Value::text(port.kind.name) };
    let low = |octets: u64| Value::Counter32(octets as u32);
    let table = [
        (1, Value::Integer(i64::from(port.index))),
        (2, name.clone()),
        (3, Value::Integer(port.kind.if_type)),
        (4, Value::Integer(1500)),
        (5, speed),
        (6, Value::Octets(port.mac.to_vec())),
        (7, state(true)),
        (8, state(port.is_up)),
        (9, Value::Ticks(1500)),
        (10, low(port.in_octets)),
        (11, low(port.in_octets / 800)),
        (13, Value::Counter32(0)),
        (14, Value::Counter32(0)),
        (16, low(port.out_octets)),
        (17, low(port.out_octets / 800)),
        (19, Value::Counter32(0)),
        (20, Value::Counter32(0)),
    ];
    for (column, value) in table {
        values.put(&[1, 3, 6, 1, 2, 1, 2, 2, 1, column, port.index], value);
    }
    if !device.family.has_if_x_table() {
        return;
    }
    let discontinuity = live.discontinuity.map_or(0.0, |at| (at - live.booted).max(0.0));
    let extended = [
        (1, name),
        (6, Value::Counter64(port.in_octets)),
        (10, Value::Counter64(port.out_octets)),
        (15, Value::Gauge32(port.kind.speed_mbps)),
        (17, state(port.kind.if_type == 6)),
        (18, Value::text(vendor::alias(port, live).unwrap_or_default())),
        (19, ticks(discontinuity)),
    ];
    for (column, value) in extended {
        values.put(&[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, column, port.index], value);
    }
}

fn host_resources(values: &mut Values, device: &Device, live: &Live, now: f64) {
    let has_host_resources = match device.family {
        Family::RouterOs
        | Family::OpenWrt
        | Family::EdgeOs
        | Family::DrayTek
        | Family::UniFi
        | Family::Omada
        | Family::Grandstream => true,
        Family::JetStream | Family::AirOs | Family::Camera | Family::Ups => false,
    };
    if !has_host_resources {
        return;
    }
    values.set("1.3.6.1.2.1.25.1.1.0", ticks(live.uptime_s(now)));
    values.set("1.3.6.1.2.1.25.1.2.0", Value::Octets(date_and_time(now + live.clock_s as f64)));
    values.set("1.3.6.1.2.1.25.3.3.1.2.1", Value::Integer(i64::from(cpu_percent(device, now))));
    // RouterOS puts its main memory at 65536 (mibs.md).
    let row = if device.family == Family::RouterOs { 65_536 } else { 1 };
    let storage = [
        (1, Value::Integer(row)),
        (2, oid("1.3.6.1.2.1.25.2.1.2")),
        (3, Value::text("main memory")),
        (4, Value::Integer(1024)),
        (5, Value::Integer(131_072)),
        (6, Value::Integer(50_000 + 300 * i64::from(cpu_percent(device, now)))),
    ];
    for (column, value) in storage {
        values.set(&format!("1.3.6.1.2.1.25.2.3.1.{column}.{row}"), value);
    }
}

/// DateAndTime (RFC 2579), in UTC.
fn date_and_time(unix_s: f64) -> Vec<u8> {
    let Ok(moment) = jiff::Timestamp::from_second(unix_s as i64) else { return vec![0; 8] };
    let civil = jiff::tz::TimeZone::UTC.to_datetime(moment);
    let year = (civil.year() as u16).to_be_bytes();
    let small = [civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second(), 0].map(|part| part as u8);
    [&year[..], &small, b"+", &[0, 0]].concat()
}
