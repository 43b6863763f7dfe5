//! What visits read of devices that answer well, and how a minute's visit notices that the ports are others.

use std::time::Duration;

use agent::snmp::{FullReason, Minute, minute};
use fleetsim::snmp::{Fault, Source, Value};
use inventory::reading::{Count, CounterWidth};

use super::*;

const IN_ERRORS: &str = "1.3.6.1.2.1.2.2.1.14";
const NAME: &str = "1.3.6.1.2.1.31.1.1.1.1";
const HC_IN: &str = "1.3.6.1.2.1.31.1.1.1.6";
const NUMBER: &str = "1.3.6.1.2.1.2.1.0";

async fn visited(device: &Agent, client: &Client) -> DeviceMemory {
    let mut memory = DeviceMemory::default();
    let reading = full(client, &v2c(device.address()), &mut memory).await.unwrap();
    assert_eq!(reading.warnings, Vec::<String>::new());
    memory
}

async fn minutely(device: &Agent, client: &Client, memory: &mut DeviceMemory) -> Minute {
    minute(client, &v2c(device.address()), memory).await.unwrap()
}

#[tokio::test]
async fn a_full_visit_reads_who_the_device_is_and_all_its_ports() {
    let device = router().await;
    device.set("1.3.6.1.2.1.31.1.1.1.18.2", Value::text("to the school"));
    device.set("1.3.6.1.2.1.2.2.1.8.3", Value::Integer(2));
    device.set(&format!("{HC_IN}.4"), Value::Counter64(u64::MAX));
    let client = Client::bind().unwrap();
    let reading = read(&client, &v2c(device.address())).await.unwrap();
    let identity = reading.identity.unwrap();
    assert_eq!(identity.sys_name.as_deref(), Some("gw"));
    assert_eq!(identity.sys_descr.as_deref(), Some("RouterOS RB760iGS"));
    assert_eq!(identity.sys_object_id.as_deref(), Some("1.3.6.1.4.1.14988.1"));
    assert_eq!(identity.sys_location.as_deref(), Some("Nhà sinh hoạt cộng đồng"));
    assert_eq!((identity.vendor.as_deref(), identity.platform.as_deref()), (Some("MikroTik"), Some("routeros")));
    assert!(reading.uptime.unwrap().since_start >= Duration::from_secs(3600));
    assert!(reading.has_all_interfaces);
    let ports = &reading.interfaces;
    assert_eq!(ports.len(), 4);
    assert_eq!(ports[1].alias.as_deref(), Some("to the school"));
    assert_eq!((ports[1].index, ports[1].name.as_str(), ports[1].if_type), (2, "ether2", Some(6)));
    assert_eq!(ports[1].mac.unwrap().to_string().to_lowercase().replace('-', ":"), "02:00:00:00:00:02");
    assert_eq!(
        (ports[1].speed_bps, ports[1].is_admin_up, ports[1].is_oper_up),
        (Some(100_000_000), Some(true), Some(true))
    );
    assert_eq!(ports[2].is_oper_up, Some(false));
    assert_eq!(ports[3].in_octets, Some(Count { value: u64::MAX, width: CounterWidth::Bits64 }));
    assert_eq!(ports[3].in_errors, Some(Count { value: 4, width: CounterWidth::Bits32 }));
    assert_eq!(ports[3].discontinuity_cs, Some(0));
}

#[tokio::test]
async fn a_full_visit_over_version_1_reads_the_same_ports() {
    let device = router().await;
    let client = Client::bind().unwrap();
    let reading = read(&client, &v1(device.address())).await.unwrap();
    assert_eq!(reading.interfaces.len(), 4);
    assert!(reading.has_all_interfaces);
    let port = &reading.interfaces[0];
    assert_eq!(port.name, "ether1");
    assert_eq!(port.in_octets.map(|count| count.width), Some(CounterWidth::Bits32), "version 1 has no Counter64");
    assert_eq!(reading.identity.unwrap().sys_name.as_deref(), Some("gw"));
}

#[tokio::test]
async fn version_1_leaves_out_what_the_device_lacks_and_reads_the_rest() {
    let device = router().await;
    for missing in ["1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.6", "1.3.6.1.2.1.31", "1.3.6.1.2.1.2.2.1.20"] {
        device.remove(missing);
    }
    let client = Client::bind().unwrap();
    let reading = read(&client, &v1(device.address())).await.unwrap();
    let identity = reading.identity.unwrap();
    assert_eq!((identity.sys_descr, identity.sys_location, identity.sys_name.as_deref()), (None, None, Some("gw")));
    let port = &reading.interfaces[3];
    assert_eq!((port.name.as_str(), port.out_errors, port.alias.as_deref()), ("ether4", None, None), "from ifDescr");
    assert_eq!(port.in_errors.map(|count| count.value), Some(4));
}

#[tokio::test]
async fn a_minute_is_one_request_for_up_to_ten_ports() {
    for ports in [1, 6, 10] {
        let device = device(Values::router("gw", ports)).await;
        let client = Client::bind().unwrap();
        let mut memory = visited(&device, &client).await;
        let before = device.served();
        let minute = minutely(&device, &client, &mut memory).await;
        assert_eq!(device.served() - before, 1, "{ports} ports");
        assert_eq!(minute.needs_full, None);
        let seen = &minute.reading.interfaces;
        assert_eq!(seen.len(), ports as usize);
        assert!(seen.iter().all(|port| port.in_octets.is_some() && port.out_errors.is_some() && port.mac.is_some()));
        assert!(seen.iter().all(|port| port.is_oper_up == Some(true) && port.is_admin_up.is_none()));
        assert!(minute.reading.uptime.is_some() && !minute.reading.has_all_interfaces);
        assert_eq!(seen[0].discontinuity_cs.is_some(), ports <= 6, "read where there is room");
    }
}

#[tokio::test]
async fn a_switch_of_many_ports_is_read_whole_each_minute() {
    let device = device(Values::router("sw", 52)).await;
    let client = Client::bind().unwrap();
    let mut memory = visited(&device, &client).await;
    let before = device.served();
    let minute = minutely(&device, &client, &mut memory).await;
    assert_eq!((minute.needs_full, minute.reading.interfaces.len()), (None, 52));
    assert_eq!(device.served() - before, 6);
}

#[tokio::test]
async fn a_device_never_read_asks_for_a_full_visit() {
    let device = router().await;
    let client = Client::bind().unwrap();
    let minute = minutely(&device, &client, &mut DeviceMemory::default()).await;
    assert_eq!(minute.needs_full, Some(FullReason::NeverRead));
    assert!(minute.reading.uptime.is_some() && minute.reading.interfaces.is_empty());
}

#[tokio::test]
async fn counters_follow_names_when_the_ports_are_renumbered() {
    let device = router().await;
    let client = Client::bind().unwrap();
    let mut memory = visited(&device, &client).await;
    device.change(|values| {
        values.set(&format!("{NAME}.1"), Value::text("ether2"));
        values.set(&format!("{NAME}.2"), Value::text("ether1"));
    });
    let minute = minutely(&device, &client, &mut memory).await;
    assert_eq!(minute.needs_full, Some(FullReason::PortsChanged));
    let errors = |name: &str| {
        let port = minute.reading.interfaces.iter().find(|port| port.name == name).unwrap();
        (port.index, port.in_errors.unwrap().value, port.mac)
    };
    assert_eq!((errors("ether1"), errors("ether2")), ((2, 2, None), (1, 1, None)), "by the name the device now gives");
    full(&client, &v2c(device.address()), &mut memory).await.unwrap();
    assert_eq!(minutely(&device, &client, &mut memory).await.needs_full, None);
}

#[tokio::test]
async fn a_port_more_or_less_asks_for_a_full_visit() {
    let device = router().await;
    let client = Client::bind().unwrap();
    let mut memory = visited(&device, &client).await;
    device.change(|values| {
        values.add_port(9, "wlan1");
        values.set(NUMBER, Value::Integer(5));
    });
    assert_eq!(minutely(&device, &client, &mut memory).await.needs_full, Some(FullReason::CountChanged));
    let mut memory = visited(&device, &client).await;
    device.change(|values| {
        for column in 1..=20 {
            values.remove(&format!("1.3.6.1.2.1.2.2.1.{column}.9"));
            values.remove(&format!("1.3.6.1.2.1.31.1.1.1.{column}.9"));
        }
    });
    assert_eq!(minutely(&device, &client, &mut memory).await.needs_full, Some(FullReason::PortsMissing));
}

#[tokio::test]
async fn rows_missing_in_one_column_are_missing_and_never_shifted() {
    let device = router().await;
    device.remove(&format!("{IN_ERRORS}.2"));
    device.remove(&format!("{HC_IN}.3"));
    let client = Client::bind().unwrap();
    let mut memory = visited(&device, &client).await;
    let minute = minutely(&device, &client, &mut memory).await;
    let errors: Vec<Option<u64>> =
        minute.reading.interfaces.iter().map(|port| port.in_errors.map(|count| count.value)).collect();
    assert_eq!(errors, [Some(1), None, Some(3), Some(4)]);
    let widths: Vec<u8> = minute.reading.interfaces.iter().map(|port| port.in_octets.unwrap().width.bits()).collect();
    assert_eq!(widths, [64, 64, 32, 64], "each port by the counters it has");
}

#[tokio::test]
async fn a_restart_in_the_middle_leaves_the_counters_out() {
    let device = device(Values::router("gw", 40)).await;
    let client = Client::bind().unwrap();
    let target = v2c(device.address());
    device.play(Fault::RestartAfter(device.served() + 10));
    let mut memory = DeviceMemory::default();
    let reading = full(&client, &target, &mut memory).await.unwrap();
    assert!(reading.warnings.iter().any(|warning| warning.contains("restarted while")), "{:?}", reading.warnings);
    assert!(reading.interfaces.iter().all(|port| port.in_octets.is_none() && port.in_errors.is_none()));
    assert_eq!(reading.interfaces.len(), 40);
    assert!(reading.uptime.unwrap().since_start < Duration::from_secs(60));
    let minute = minutely(&device, &client, &mut memory).await;
    let is_wide = |count: Option<Count>| count.is_some_and(|count| count.width == CounterWidth::Bits64);
    assert!(minute.reading.interfaces.iter().all(|port| is_wide(port.in_octets)), "it still has 64-bit counters");
}

#[tokio::test]
async fn odd_values_of_real_devices_are_read_or_left_out() {
    let device = router().await;
    device.change(|values| {
        values.set("1.3.6.1.2.1.2.2.1.6.1", Value::Octets(vec![]));
        values.set("1.3.6.1.2.1.2.2.1.6.2", Value::Octets(vec![1; 8]));
        values.set(&format!("{IN_ERRORS}.1"), Value::Gauge32(7));
        values.set(&format!("{IN_ERRORS}.2"), Value::Integer(-1));
        values.set(&format!("{NAME}.3"), Value::text(""));
        values.set("1.3.6.1.2.1.2.2.1.2.3", Value::Octets(b"caf\xe9\0\x1b[31m".to_vec()));
        values.set("1.3.6.1.2.1.2.2.1.7.4", Value::Integer(0));
        values.add_port(4_000_000_000, "tunnel");
    });
    let client = Client::bind().unwrap();
    let reading = read(&client, &v2c(device.address())).await.unwrap();
    let ports = &reading.interfaces;
    assert_eq!((ports[0].mac, ports[1].mac), (None, None));
    assert_eq!((ports[0].in_errors.map(|count| count.value), ports[1].in_errors), (Some(7), None));
    assert_eq!(ports[2].name, "caf\u{FFFD}[31m");
    assert_eq!(ports[3].is_admin_up, None);
    assert_eq!((ports[4].index, ports[4].name.as_str()), (4_000_000_000, "tunnel"));
}

#[tokio::test]
async fn counters_move_between_two_visits() {
    let device = router().await;
    device.set(&format!("{HC_IN}.1"), Source::Growing64 { from: 0, per_second: 10_000_000 });
    let client = Client::bind().unwrap();
    let target = v2c(device.address());
    let first = read(&client, &target).await.unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    loop {
        let next = read(&client, &target).await.unwrap();
        let octets = |reading: &Reading| reading.interfaces[0].in_octets.unwrap().value;
        if octets(&next) > octets(&first) {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "the counter moves");
    }
}
