//! Samples of every page: what tests render, and what people look at.

use alerts::cause::Evidence;
use alerts::health::{DeviceState, HallState};
use alerts::host_key::OfferedKey;
use alerts::outage::{Cause, Outage, Subject};
use inventory::condition::{
    Condition, Neighbour, NeighbourProtocol, Network, Radio, SensorClass, SensorReading, Wifi, channel_mhz,
};
use inventory::device::{
    DeviceFacts, DeviceFullName, DeviceKind, DeviceName, HostKeyFingerprint, Lifecycle, PollMethod, PollMethods, Power,
};
use inventory::hall::{HallFacts, Position};
use inventory::id::{AreaId, DeviceId, HallId, InterfaceId, PartId};
use inventory::interface::Interface;
use inventory::metric::Metric;
use inventory::part::PartKeys;
use inventory::reading::{Failure, FailureKind, Identity};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::api_docs::{ApiDocsPage, ApiParameter, ApiRoute};
use super::audit::{AuditChoice, AuditPage, AuditRow};
use super::condition::ConditionBlock;
use super::device::{DevicePage, InterfaceRow, TrafficGraph, UplinkRow, Visit};
use super::error::{ErrorPage, Problem};
use super::fleet::{FleetFilter, FleetPage, HallRow, OpenOutage, OutDevice};
use super::graph::{Graph, Range, TableStep};
use super::hall::{DeviceRow, HallPage, OutageRow, Uplink};
use crate::app::condition::ConditionSeen;
use crate::store::StationRecord;
use crate::web::frame::Frame;
use crate::web::language::Language;
use crate::web::strip::Strip;
use crate::web::why::Why;

/// Text as a hostile device or spreadsheet would have it. None of it may reach a page unescaped.
pub(super) const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{7*7}}";

/// 25/11/2026 04:53 where the halls are.
pub(super) fn now() -> Timestamp {
    "2026-11-24T21:53:00Z".parse().unwrap()
}

pub(super) fn minutes_ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(super) fn frame(language: Language, address: &str) -> Frame {
    Frame {
        language,
        now: now(),
        address: address.to_owned(),
        is_signed_in: true,
        is_admin: true,
        is_technician: true,
        is_simulated: false,
        trouble: None,
    }
}

/// A day in which a hall was up but for this: from so many minutes ago, until so many.
fn up_but(others: &[(i64, i64, HallState)]) -> Strip {
    let mut entries = vec![(minutes_ago(24 * 60), HallState::Up)];
    for (from, to, state) in others {
        entries.extend([(minutes_ago(*from), *state), (minutes_ago(*to), HallState::Up)]);
    }
    Strip::last_day(&entries, now())
}

/// The demo's halls: 12 + 13 + 12 in three communes, all up.
fn halls() -> Vec<HallRow> {
    let communes = [("dr", "xã Đạ Ròn", 12), ("lx", "xã Lạc Xuân", 13), ("tt", "xã Tu Tra", 12)];
    let mut halls = Vec::new();
    for (place, (prefix, area, count)) in communes.into_iter().enumerate() {
        for number in 1..=count {
            halls.push(HallRow {
                code: format!("{prefix}-{number:02}").parse().unwrap(),
                name: format!("Nhà sinh hoạt cộng đồng thôn {}", thon(prefix, number)),
                area: AreaId(place as i64 + 1),
                area_name: area.to_owned(),
                state: HallState::Up,
                since: Some(minutes_ago(6 * 1440 + 250 + number * 97)),
                strip: up_but(&[]),
            });
        }
    }
    halls
}

fn thon(prefix: &str, number: i64) -> String {
    match (prefix, number) {
        ("dr", 1) => "Suối Thông B1".to_owned(),
        ("dr", 2) => "Suối Thông B2".to_owned(),
        _ => format!("{number:02}"),
    }
}

fn set(hall: &mut HallRow, state: HallState, minutes: i64) {
    hall.state = state;
    hall.since = Some(minutes_ago(minutes));
    hall.strip = up_but(&[(minutes, 0, state)]);
}

fn outage_of(hall: &HallRow, minutes: i64, cause: Cause) -> OpenOutage {
    OpenOutage {
        hall: hall.code.clone(),
        hall_name: hall.name.clone(),
        area_name: hall.area_name.clone(),
        device: None,
        start: minutes_ago(minutes),
        why: why(minutes, None, cause),
        incident: None,
    }
}

/// Why the hall of that outage is, or was, lost: of its own for `Unknown`, which is suspected to be the mains while it
/// lasts.
fn why(minutes: i64, end: Option<i64>, cause: Cause) -> Why {
    let outage = Outage::new(Subject::Hall(HallId(1)), minutes_ago(minutes), cause);
    let evidence = Evidence { halls_beside: 1, feeder_beside: 1, ..Evidence::default() };
    let suspected = if end.is_none() { evidence.suspected() } else { Cause::Unknown };
    Why::of(&match cause {
        Cause::Unknown => Outage { end: end.map(minutes_ago), suspected, evidence, ..outage },
        Cause::Power | Cause::Line | Cause::Device | Cause::Upstream | Cause::Config | Cause::CutOff => {
            Outage { end: end.map(minutes_ago), ..outage }
        }
    })
}

/// Named samples of the overview.
pub(super) fn fleet(language: Language) -> Vec<(&'static str, FleetPage)> {
    let page = |address: &str, halls: Vec<HallRow>, outages| FleetPage {
        frame: frame(language, address),
        filter: FleetFilter::default(),
        device_count: halls.len() * 2,
        halls,
        outages,
    };
    let mut one_down = halls();
    set(&mut one_down[18], HallState::Down, 12);
    let outage = outage_of(&one_down[18], 12, Cause::Unknown);
    let down = page("/", one_down.clone(), vec![outage.clone()]);
    let mut filtered = page("/?q=lac+xuan&state=down", one_down, vec![outage]);
    filtered.filter = FleetFilter::from_query(Some("LAC xuân"), Some("down"), None);
    let mut nothing = page("/?q=x", halls(), vec![]);
    nothing.filter = FleetFilter::from_query(Some(EVIL), Some("up"), Some("2"));
    let no_devices = FleetPage { device_count: 0, ..page("/", unwatched(), vec![]) };
    vec![
        ("empty", page("/", vec![], vec![])),
        ("no-devices", no_devices),
        ("normal", page("/", halls(), vec![])),
        ("one-down", down),
        ("filtered", filtered),
        ("nothing-found", nothing),
        ("bad-night", bad_night(page("/", halls(), vec![]))),
        ("evil", evil_fleet(page("/?q=%3Cscript%3E", vec![], vec![]))),
    ]
}

fn unwatched() -> Vec<HallRow> {
    let mut halls = halls();
    for hall in &mut halls {
        hall.state = HallState::Unknown;
        hall.since = None;
        hall.strip = Strip::last_day(&[], now());
    }
    halls
}

/// A commune cut off behind one hall, an access point out, one hall nobody can look at, one being worked on.
fn bad_night(mut page: FleetPage) -> FleetPage {
    for (place, hall) in page.halls.iter_mut().enumerate() {
        if hall.area == AreaId(2) && place != 20 {
            set(hall, HallState::Down, 12);
            let cause = if place == 12 { Cause::Unknown } else { Cause::CutOff };
            page.outages.push(outage_of(hall, 12, cause));
        }
    }
    let device = OutDevice { id: DeviceId(4), name: "gw".parse().unwrap(), kind: DeviceKind::Router };
    page.outages.push(OpenOutage { device: Some(device), ..outage_of(&page.halls[12], 12, Cause::Unknown) });
    set(&mut page.halls[3], HallState::Partial, 340);
    let device = OutDevice { id: DeviceId(9), name: "ap-2".parse().unwrap(), kind: DeviceKind::AccessPoint };
    page.outages.push(OpenOutage { device: Some(device), ..outage_of(&page.halls[3], 340, Cause::Unknown) });
    set(&mut page.halls[30], HallState::Unknown, 75);
    set(&mut page.halls[31], HallState::Maintenance, 200);
    page.halls[5].strip = up_but(&[(900, 852, HallState::Down), (400, 399, HallState::Down)]);
    page
}

fn evil_fleet(mut page: FleetPage) -> FleetPage {
    let mut hall = halls().remove(0);
    hall.name = EVIL.to_owned();
    hall.area_name = format!("xã {EVIL}");
    page.outages = vec![outage_of(&hall, 5, Cause::Unknown), outage_of(&hall, 5, Cause::CutOff)];
    let mut long = halls().remove(1);
    long.name =
        "Nhà văn hóa và sinh hoạt cộng đồng liên thôn Suối Thông B1 – Suối Thông B2 – Đạ Ròn mở rộng ".repeat(3);
    page.halls = vec![hall, long];
    page.device_count = 4;
    page.filter.q = EVIL.to_owned();
    page
}

fn facts() -> HallFacts {
    HallFacts {
        name: "Nhà sinh hoạt cộng đồng thôn Suối Thông B1".into(),
        position: Some(Position { latitude: 11.778, longitude: 108.457 }),
        provider: Some("VNPT".into()),
        contract: Some("HD-0001".into()),
        down_mbps: Some(100.0),
        up_mbps: Some(100.0),
        promised_uptime: Some(99.5),
        power_feeder: Some("471-E28".into()),
        opening_hours: Some("07:00-21:00".parse().unwrap()),
        contact_name: Some("Trưởng thôn Ya Tuấn".into()),
        contact_phone: Some("0263 3847 001".into()),
        notes: Some("Tủ mạng ở phòng sau, chìa khóa ở nhà trưởng thôn.\nUPS thay ắc quy tháng 3/2026.".into()),
    }
}

fn device_row(id: i64, name: &str, kind: DeviceKind, uplink: Option<i64>) -> DeviceRow {
    DeviceRow {
        id: DeviceId(id),
        name: name.parse().unwrap(),
        kind,
        model: Some("MikroTik RB951G-2HnD".into()),
        address: format!("10.20.1.{id}").parse().unwrap(),
        how: vec![PollMethod::Snmp],
        state: DeviceState::Up,
        since: Some(minutes_ago(8940)),
        rtt_s: Some(0.0123),
        uplink: uplink.map(|id| Uplink::Here(DeviceId(id))),
    }
}

fn devices() -> Vec<DeviceRow> {
    vec![
        device_row(1, "gw", DeviceKind::Router, None),
        device_row(2, "ap-1", DeviceKind::AccessPoint, Some(1)),
        device_row(3, "ap-2", DeviceKind::AccessPoint, Some(2)),
        device_row(4, "cam-1", DeviceKind::Camera, Some(1)),
    ]
}

/// Named samples of a hall.
pub(super) fn hall(language: Language) -> Vec<(&'static str, HallPage)> {
    let up = HallPage {
        frame: frame(language, "/halls/dr-01"),
        code: "dr-01".parse().unwrap(),
        area_name: "xã Đạ Ròn".into(),
        facts: facts(),
        lifecycle: Lifecycle::Active,
        state: HallState::Up,
        since: Some(minutes_ago(8940)),
        strip: up_but(&[]),
        devices: devices(),
        incident: None,
        outages: vec![OutageRow {
            device: None,
            start: minutes_ago(8988),
            end: Some(minutes_ago(8940)),
            why: why(8988, Some(8940), Cause::Line),
        }],
    };
    let mut down = up.clone();
    down.state = HallState::Down;
    down.since = Some(minutes_ago(12));
    down.strip = up_but(&[(900, 860, HallState::Partial), (500, 440, HallState::Unknown), (12, 0, HallState::Down)]);
    for device in &mut down.devices {
        device.state = if device.id == DeviceId(1) { DeviceState::Down } else { DeviceState::CutOff };
        device.since = Some(minutes_ago(12));
        device.rtt_s = None;
    }
    down.outages
        .insert(0, OutageRow { device: None, start: minutes_ago(12), end: None, why: why(12, None, Cause::Unknown) });
    let ap_1: DeviceName = "ap-1".parse().unwrap();
    let out = OutageRow {
        device: Some((DeviceId(2), ap_1)),
        start: minutes_ago(12),
        end: None,
        why: why(12, None, Cause::CutOff),
    };
    down.outages.insert(1, out);
    let mut partial = up.clone();
    partial.state = HallState::Partial;
    partial.devices[2].state = DeviceState::Down;
    partial.devices[2].rtt_s = None;
    partial.devices[1].state = DeviceState::Degraded;
    partial.devices[3].state = DeviceState::Maintenance;
    let empty = HallPage {
        facts: HallFacts::default(),
        state: HallState::Unknown,
        since: None,
        strip: Strip::last_day(&[], now()),
        devices: vec![],
        outages: vec![],
        ..up.clone()
    };
    let planned = HallPage { lifecycle: Lifecycle::Planned, ..empty.clone() };
    vec![
        ("up", up.clone()),
        ("down", down),
        ("partial", partial),
        ("unknown", empty),
        ("planned", planned),
        ("evil", evil_hall(up)),
    ]
}

/// Hostile text everywhere, a circle of uplinks, and an uplink in another hall.
fn evil_hall(mut page: HallPage) -> HallPage {
    let evil = || Some(EVIL.to_owned());
    page.area_name = EVIL.into();
    page.facts = HallFacts {
        name: EVIL.into(),
        provider: evil(),
        contract: evil(),
        power_feeder: evil(),
        contact_name: evil(),
        contact_phone: Some(format!("+84 {EVIL}")),
        notes: evil(),
        ..page.facts
    };
    page.devices[0].model = evil();
    page.devices[1].uplink = Some(Uplink::Here(DeviceId(3)));
    let name: DeviceFullName = "lx-01/gw".parse().unwrap();
    page.devices[3].uplink = Some(Uplink::Elsewhere(DeviceId(77), name));
    page
}

fn port(id: i64, name: &str, is_up: bool, rates: Option<(f64, f64)>) -> InterfaceRow {
    InterfaceRow {
        interface: Interface {
            id: InterfaceId(id),
            device: DeviceId(1),
            name: name.into(),
            mac: "48:8f:5a:01:02:03".parse().ok(),
            alias: if id == 1 { "VNPT 100M".into() } else { String::new() },
            if_type: Some(6),
            index: id as u32,
            speed_bps: Some(1_000_000_000),
            is_admin_up: Some(id != 5),
            is_oper_up: Some(is_up),
            is_wan: Some(id == 1),
        },
        in_bps: rates.map(|(received, _)| received),
        out_bps: rates.map(|(_, sent)| sent),
        errors_per_s: Some(if id == 2 { 0.42 } else { 0.0 }),
    }
}

fn device_facts() -> DeviceFacts {
    DeviceFacts {
        kind: DeviceKind::Router,
        address: "10.20.1.1".parse().unwrap(),
        platform: Some("routeros".into()),
        agent: None,
        poll: PollMethods::default(),
        snmp: "snmp-v2c-xa".parse().ok(),
        ssh: None,
        serial: Some("HB12345".into()),
        mac: "48:8f:5a:01:02:03".parse().ok(),
        power: Some(Power::Ups),
        notes: Some("Trên nóc tủ.".into()),
        host_key: None,
    }
}

fn table(range: Range, values: fn(f64) -> Vec<Option<f64>>) -> Vec<TableStep> {
    let (from, to) = range.span(now());
    let count = (to.as_second() - from.as_second()) / range.table_step_s();
    let step =
        |n: i64| TableStep { at: from + SignedDuration::from_secs(n * range.table_step_s()), values: values(n as f64) };
    (0..count).map(step).collect()
}

fn traffic_values(n: f64) -> Vec<Option<f64>> {
    if n == 7.0 { vec![None, None] } else { vec![Some(18.24e6 + n * 1e6), Some(2.1e6 + n * 1e5)] }
}

fn latency_values(n: f64) -> Vec<Option<f64>> {
    vec![(n != 7.0).then_some(0.0123 + n / 1e4)]
}

/// Named samples of a device.
pub(super) fn device(language: Language) -> Vec<(&'static str, DevicePage)> {
    let frame = frame(language, "/devices/1?range=24h");
    let range = Range::Day;
    let (start, end) = (minutes_ago(500), Some(minutes_ago(440)));
    let outages = [Outage { end, ..Outage::new(Subject::Device(DeviceId(1)), start, Cause::Unknown) }];
    let contract = (Some(100.0), Some(100.0));
    let key = (DeviceId(1), InterfaceId(1));
    let traffic = Graph::traffic(&frame, key, range, contract, &outages, &table(range, traffic_values));
    let latency = Graph::latency(&frame, DeviceId(1), range, &outages, &table(range, latency_values));
    let up = DevicePage {
        id: DeviceId(1),
        name: "dr-01/gw".parse().unwrap(),
        hall_name: facts().name,
        facts: device_facts(),
        lifecycle: Lifecycle::Active,
        state: DeviceState::Up,
        since: Some(minutes_ago(440)),
        uplinks: vec![],
        how: vec![PollMethod::Snmp, PollMethod::Ping],
        rtt_s: Some(0.0123),
        visit: Some(Visit { at: minutes_ago(0), last_good: Some(minutes_ago(0)), failure: None, warnings: vec![] }),
        identity: Some(identity()),
        uptime_s: Some(437 * 60),
        interfaces: vec![
            port(1, "ether1", true, Some((18.24e6, 2.1e6))),
            port(2, "ether2", true, Some((1.1e6, 12.4e6))),
            port(3, "ether3", false, Some((0.0, 0.0))),
            port(4, "wlan1", true, None),
            port(5, "ether5", false, None),
        ],
        condition: Some(condition_block(&frame)),
        unconfirmed_key: None,
        is_other_key_by_now: false,
        legacy_until: None,
        range,
        traffic: Some(TrafficGraph { interface: InterfaceId(1), graph: traffic }),
        latency: Some(latency),
        outages: vec![OutageRow {
            device: None,
            start: minutes_ago(500),
            end: Some(minutes_ago(440)),
            why: why(500, Some(440), Cause::Power),
        }],
        frame,
    };
    let mut failing = up.clone();
    failing.state = DeviceState::Degraded;
    failing.visit = Some(Visit {
        at: minutes_ago(1),
        last_good: Some(minutes_ago(47)),
        failure: Some(failure(FailureKind::Timeout)),
        warnings: vec!["walk of ifXTable cut short: 4,096 rows".into()],
    });
    let name: DeviceFullName = "lx-01/gw".parse().unwrap();
    failing.uplinks = vec![UplinkRow { id: DeviceId(77), name, state: DeviceState::Up }];
    let fresh = DevicePage {
        state: DeviceState::Unknown,
        since: None,
        rtt_s: None,
        visit: None,
        identity: None,
        uptime_s: None,
        interfaces: vec![],
        condition: None,
        traffic: None,
        latency: None,
        outages: vec![],
        ..up.clone()
    };
    let retired = DevicePage { lifecycle: Lifecycle::Retired, state: DeviceState::Retired, ..fresh.clone() };
    let mut new_key = fresh.clone();
    new_key.unconfirmed_key = Some(offered_key());
    let mut other_key = DevicePage { facts: key_facts(), legacy_until: Some(date(2026, 12, 31)), ..new_key.clone() };
    other_key.is_other_key_by_now = true;
    let good_key = DevicePage { unconfirmed_key: None, legacy_until: Some(date(2026, 11, 24)), ..other_key.clone() };
    let keys = [("new-key", new_key), ("other-key", other_key), ("good-key", good_key)];
    let others = vec![
        ("up", up.clone()),
        ("failing", failing),
        ("fresh", fresh),
        ("retired", retired),
        ("evil", evil_device(up)),
    ];
    others.into_iter().chain(keys).collect()
}

fn key_facts() -> DeviceFacts {
    DeviceFacts { ssh: "ssh-admin".parse().ok(), host_key: fingerprint('a'), ..device_facts() }
}

fn fingerprint(letter: char) -> Option<HostKeyFingerprint> {
    format!("SHA256:{}", letter.to_string().repeat(43)).parse().ok()
}

fn offered_key() -> OfferedKey {
    let (first_seen, last_seen) = (minutes_ago(12), minutes_ago(0));
    OfferedKey { device: DeviceId(1), fingerprint: fingerprint('b').unwrap(), first_seen, last_seen, changed: None }
}

fn failure(kind: FailureKind) -> Failure {
    let message = "10.20.1.1:161 did not answer 4 requests within 6 s".into();
    Failure { kind, message, hint: "Is the community right? Many devices say nothing when it is wrong.".into() }
}

fn identity() -> Identity {
    let text = |text: &str| Some(text.to_owned());
    Identity {
        sys_name: text("DR01-GW"),
        sys_descr: text("RouterOS RB951G-2HnD"),
        sys_object_id: text("1.3.6.1.4.1.14988.1"),
        sys_location: text("Suối Thông B1"),
        vendor: text("MikroTik"),
        platform: text("routeros"),
        model: text("RB951G-2HnD"),
        version: text("6.49.7"),
        serial: None,
        restart_reason: Some("router was rebooted without proper shutdown".into()),
    }
}

/// A RouterOS access point with two radios, its sensors, one neighbour and two visitors.
fn condition_seen() -> ConditionSeen {
    let radio = |name: &str, channel, clients| Radio {
        name: name.into(),
        ssid: Some("NhaVanHoa".into()),
        channel: Some(channel),
        frequency_mhz: channel_mhz(channel),
        tx_power_dbm: Some(20.0),
        noise_dbm: Some(-103.0),
        utilization_percent: Some(12.0),
        clients: Some(clients),
    };
    let sensor = |class, name: &str, value, state: Option<&'static str>| SensorReading {
        class,
        name: name.into(),
        value,
        state: state.map(Into::into),
    };
    let condition = Condition {
        cpu_percent: Some(7.0),
        memory_used_percent: Some(41.5),
        wifi: Some(Wifi {
            clients: Some(19),
            radios: vec![radio("wlan1", 6, 12), radio("wlan2", 36, 7)],
            networks: vec![Network { ssid: "NhaVanHoa".into(), clients: 19 }],
            ..Wifi::default()
        }),
        sensors: vec![
            sensor(SensorClass::Temperature, "cpu", 47.5, None),
            sensor(SensorClass::Voltage, "voltage", 23.9, None),
            sensor(SensorClass::State, "ether1 PoE", 3.0, Some("powered on")),
            sensor(SensorClass::FanSpeed, "fan1", 3_120.0, None),
        ],
        neighbours: vec![Neighbour {
            port: "ether1".into(),
            name: Some("sw-dr-01".into()),
            mac: None,
            how: NeighbourProtocol::Lldp,
        }],
    };
    let keys = PartKeys::of(&condition);
    let all = [keys.radios, keys.networks, keys.sensors].concat();
    let parts = all.into_iter().zip(1..).map(|(key, id)| (key, PartId(id))).collect();
    ConditionSeen { at: minutes_ago(1), condition, parts, parts_left_out: 0 }
}

fn condition_block(frame: &Frame) -> ConditionBlock {
    let station = |mac: Option<&str>, signal| StationRecord {
        hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        mac: mac.map(|mac| mac.parse().unwrap()),
        radio: Some("wlan1".into()),
        ssid: Some("NhaVanHoa".into()),
        signal_dbm: Some(signal),
        snr_db: None,
        tx_bps: Some(72.2e6),
        rx_bps: Some(6e6),
        connected_s: Some(720),
        first_seen: minutes_ago(3 * 24 * 60),
        last_seen: minutes_ago(2),
    };
    let stations = [station(Some("02:00:5e:00:53:01"), -61.0), station(None, -79.0)];
    let what = ("/api/v1/devices/1/series?metric=temperature_celsius&part=4", "Nhiệt độ: cpu".to_owned(), "°C");
    let range = Range::Day;
    let graph = Graph::part(frame, what, range, &[], &table(range, |n| vec![Some(n - 4.5)]));
    ConditionBlock::new(frame, DeviceId(1), range, &condition_seen(), Some(213))
        .with_stations(frame, &stations)
        .with_drawn((PartId(4), Metric::TemperatureCelsius), "Nhiệt độ: cpu".to_owned(), graph)
}

fn evil_device(mut page: DevicePage) -> DevicePage {
    let evil = || Some(EVIL.to_owned());
    page.hall_name = EVIL.into();
    page.identity = Some(Identity {
        sys_name: evil(),
        sys_descr: Some(EVIL.repeat(40)),
        sys_object_id: evil(),
        sys_location: evil(),
        vendor: evil(),
        platform: evil(),
        model: evil(),
        version: evil(),
        serial: evil(),
        restart_reason: evil(),
    });
    page.facts.notes = evil();
    page.facts.agent = evil();
    let mut seen = condition_seen();
    seen.parts_left_out = 3;
    seen.condition.sensors[0].name = EVIL.into();
    seen.condition.sensors[2].state = Some(EVIL.into());
    seen.condition.neighbours[0].name = evil();
    if let Some(wifi) = &mut seen.condition.wifi {
        wifi.radios[0].name = EVIL.into();
        wifi.radios[0].ssid = evil();
        wifi.networks[0].ssid = EVIL.repeat(4);
    }
    page.condition = Some(ConditionBlock::new(&page.frame, page.id, page.range, &seen, None));
    page.interfaces[0].interface.name = EVIL.into();
    page.interfaces[0].interface.alias = EVIL.repeat(4);
    let failure = Failure { kind: FailureKind::Protocol, message: EVIL.into(), hint: EVIL.into() };
    page.visit = Some(Visit { at: now(), last_good: None, failure: Some(failure), warnings: vec![EVIL.into()] });
    page
}

/// Named samples of errors: every problem there is.
pub(super) fn error(language: Language) -> Vec<(&'static str, ErrorPage)> {
    let names =
        ["bad-request", "not-signed-in", "not-allowed", "step-up", "not-found", "link-spent", "not-ready", "our-fault"];
    let page = |problem| ErrorPage {
        frame: frame(language, "/halls/x"),
        problem,
        request_id: (problem == Problem::OurFault).then(|| EVIL.to_owned()),
    };
    names.into_iter().zip(Problem::ALL.into_iter().map(page)).collect()
}

/// A sample of the page about the API.
pub(super) fn api_docs(language: Language) -> Vec<(&'static str, ApiDocsPage)> {
    let parameter = |name: &str, description: &str, is_required| ApiParameter {
        name: name.into(),
        description: description.into(),
        is_required,
    };
    let route = |tag: &str, path: &str, summary: &str, parameters| ApiRoute {
        tag: tag.into(),
        method: "GET".into(),
        path: path.into(),
        summary: summary.into(),
        parameters,
    };
    let page = ApiDocsPage {
        frame: frame(language, "/api/docs"),
        routes: vec![
            route("halls", "/api/v1/halls", "All halls, a page at a time.", vec![parameter("cursor", EVIL, false)]),
            route("devices", "/api/v1/devices/{id}/series", EVIL, vec![parameter("metric", "What is measured.", true)]),
        ],
    };
    vec![("all", page)]
}

fn audit_row(id: i64, minutes: i64, action: &str, object: &str) -> AuditRow {
    AuditRow {
        id,
        at: minutes_ago(minutes),
        actor: "account ha.nguyen".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        action: action.to_owned(),
        object: object.to_owned(),
        details: Vec::new(),
        is_ok: true,
    }
}

/// The audit log: a usual day, nothing yet, nothing found, and what people and devices in the wrong hands wrote.
pub(super) fn audit(language: Language) -> Vec<(&'static str, AuditPage)> {
    let page = |rows: Vec<AuditRow>, choice: AuditChoice, older: Option<&str>| AuditPage {
        frame: frame(language, "/audit"),
        choice,
        rows,
        older: older.map(str::to_owned),
    };
    let change = |from: &str, to: &str| vec![("from".to_owned(), from.to_owned()), ("to".to_owned(), to.to_owned())];
    let usual = vec![
        AuditRow { details: change("active", "maintenance"), ..audit_row(204, 3, "hall.change", "hall lx-07") },
        audit_row(203, 12, "login", "account ha.nguyen"),
        AuditRow { is_ok: false, ..audit_row(202, 13, "login", "account ha.nguyen") },
        AuditRow { actor: "system".to_owned(), address: None, ..audit_row(201, 1500, "inventory.import", "halls") },
    ];
    let evil = vec![AuditRow {
        actor: format!("account {EVIL}"),
        address: Some(EVIL.to_owned()),
        details: vec![(EVIL.to_owned(), EVIL.to_owned())],
        ..audit_row(1, 1, EVIL, EVIL)
    }];
    let days = AuditChoice {
        actor: EVIL.to_owned(),
        object: "lx-07".to_owned(),
        action: "hall.change".parse().ok(),
        from: Some(date(2026, 11, 1)),
        to: Some(date(2026, 11, 25)),
        is_later_page: true,
        cursor: None,
    };
    vec![
        ("usual", page(usual, AuditChoice::default(), Some("WyJhdWRpdCIsMjAxXQ"))),
        ("empty", page(Vec::new(), AuditChoice::default(), None)),
        ("nothing", page(Vec::new(), AuditChoice { actor: "hien".to_owned(), ..AuditChoice::default() }, None)),
        ("evil", page(evil, days, Some("&\"><x"))),
    ]
}
