//! [`menus`]: a RouterOS device as its own shell shows it, the same as it tells over SNMP at that moment.

use super::evil;
use super::family::Role;
use super::live::{Live, Port, clients, cpu_percent, host, ports};
use super::plan::{Device, Hall, Kind};
use super::vendor::{self, RADIO_INDEX, SSID};
use crate::ssh::routeros::{Menu, Properties, RouterOs, Row, properties};

/// As hrStorage has it, in KiB.
const MEMORY_KIB: u64 = 131_072;

/// Its menus at one moment.
pub(super) fn menus(hall: &Hall, device: &Device, live: &Live, now: f64) -> RouterOs {
    let cpu = cpu_percent(device, now);
    let name = if live.is_evil { evil::NAME.to_owned() } else { host(device) };
    let free = (MEMORY_KIB - 50_000 - 300 * u64::from(cpu)) * 1024;
    let resource = properties(&[
        ("uptime", &uptime(live.uptime_s(now))),
        ("version", &format!("{} (long-term)", device.family.version())),
        ("cpu-load", &cpu.to_string()),
        ("free-memory", &free.to_string()),
        ("total-memory", &(MEMORY_KIB * 1024).to_string()),
        ("board-name", device.family.model()),
        ("platform", "MikroTik"),
    ]);
    let board = properties(&[("model", device.family.model()), ("serial-number", &device.serial)]);
    let gauges = vendor::gauges(device, now);
    let health = format!(
        "          voltage: {}.{}V\r\n  cpu-temperature: {}C\r\n",
        gauges.decivolts / 10,
        gauges.decivolts % 10,
        gauges.temperature
    );
    let ports = ports(device, live, now);
    let ethernet = ports.iter().filter(|port| port.kind.if_type == 6);
    let mut menus = vec![
        ("system resource", Menu::Single(resource)),
        ("system identity", Menu::Single(properties(&[("name", &name)]))),
        ("system routerboard", Menu::Single(board)),
        ("system health", Menu::Printed(health)),
        ("system note", Menu::Single(properties(&[("note", &hall.name)]))),
        ("interface", Menu::Table(ports.iter().map(|port| (port.index, interface(port, live))).collect())),
        ("interface ethernet", Menu::Table(ethernet.map(|port| (port.index, watched(port))).collect())),
        ("ip route", Menu::Table(ports.iter().filter_map(route).collect())),
        ("ip arp", Menu::Table(Vec::new())),
        ("ip neighbor", Menu::Table(Vec::new())),
        ("log", Menu::Table(Vec::new())),
    ];
    if device.kind == Kind::AccessPoint {
        let stations = 1..=clients(device, now);
        menus.push(("interface wireless", Menu::Table(vec![(RADIO_INDEX + live.index_shift, radio())])));
        let stations = stations.map(|number| (number, registration(device, number)));
        menus.push(("interface wireless registration-table", Menu::Table(stations.collect())));
    }
    RouterOs { menus: menus.into_iter().map(|(menu, shown)| (menu.to_owned(), shown)).collect() }
}

/// `1w2d03:04:05`.
fn uptime(seconds: f64) -> String {
    let whole = seconds as u64;
    let (days, rest) = (whole / 86_400, whole % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    match (days / 7, days % 7) {
        (0, 0) => clock,
        (0, days) => format!("{days}d{clock}"),
        (weeks, 0) => format!("{weeks}w{clock}"),
        (weeks, days) => format!("{weeks}w{days}d{clock}"),
    }
}

fn mac(bytes: [u8; 6]) -> String {
    bytes.map(|byte| format!("{byte:02X}")).join(":")
}

fn yes_or_no(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

fn interface(port: &Port, live: &Live) -> Row {
    let kind = match port.kind.if_type {
        71 => "wlan",
        209 => "bridge",
        _ => "ether",
    };
    let name = if live.is_evil { evil::NAME } else { port.kind.name };
    let mut told = properties(&[
        ("name", name),
        ("type", kind),
        ("mac-address", &mac(port.mac)),
        ("disabled", "false"),
        ("running", yes_or_no(port.is_up)),
        ("rx-byte", &port.in_octets.to_string()),
        ("tx-byte", &port.out_octets.to_string()),
    ]);
    for key in ["rx-error", "tx-error", "rx-drop", "tx-drop"] {
        told.insert(key.to_owned(), "0".to_owned());
    }
    if let Some(comment) = vendor::alias(port, live) {
        told.insert("comment".to_owned(), comment.to_owned());
    }
    Row { properties: told, now: None }
}

/// The default route, through the port that looks up.
fn route(port: &Port) -> Option<(u32, Row)> {
    let status = format!("192.0.2.1 reachable via  {}", port.kind.name);
    let told = [("dst-address", "0.0.0.0/0"), ("active", "true"), ("distance", "1"), ("gateway-status", &status)];
    (port.kind.role == Role::Up).then(|| (1, Row { properties: properties(&told), now: None }))
}

fn watched(port: &Port) -> Row {
    let rate = match port.kind.speed_mbps {
        1000 => "1Gbps".to_owned(),
        other => format!("{other}Mbps"),
    };
    let status = if port.is_up { "link-ok" } else { "no-link" };
    let now = properties(&[("name", port.kind.name), ("status", status), ("rate", &rate)]);
    Row { properties: properties(&[("name", port.kind.name)]), now: Some(now) }
}

fn radio() -> Row {
    let told = [("name", "wlan1"), ("mode", "ap-bridge"), ("ssid", SSID), ("frequency", "2437"), ("disabled", "false")];
    let now = [("channel", "2437/20-Ce/gn"), ("noise-floor", "-103"), ("overall-tx-ccq", "82")];
    Row { properties: properties(&told), now: Some(properties(&now)) }
}

fn registration(device: &Device, number: u32) -> Row {
    let signal = vendor::station_signal(number);
    let told: Properties = properties(&[
        ("interface", "wlan1"),
        ("mac-address", &mac(vendor::station_mac(device, number))),
        ("ap", "false"),
        ("uptime", &uptime(f64::from(number) * 617.0)),
        ("signal-strength", &format!("{signal}dBm@6Mbps")),
        ("signal-to-noise", &(signal + 103).to_string()),
        ("tx-rate", "65Mbps-20MHz/1S"),
        ("rx-rate", "52Mbps-20MHz/1S"),
    ]);
    Row { properties: told, now: None }
}
