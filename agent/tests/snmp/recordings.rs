//! Recordings of real devices, served by a simulated agent. They are not part of the project (their licence is another
//! one): the tests look for them beside it and say so when they are not there.

use std::path::PathBuf;

use fleetsim::snmp::Recording;
use serde_json::Value as Json;

use super::*;

/// Says on standard error what was not tested.
#[expect(clippy::print_stderr, reason = "a test that cannot run its part must say so where people look")]
pub(crate) fn say(what: &str) {
    eprintln!("NOT TESTED: {what}");
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the recordings are")]
fn folder() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recordings"));
    let folder = std::env::var_os("VILLAGENET_RECORDINGS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

pub(crate) fn names() -> Vec<String> {
    let Some(folder) = folder() else {
        say("no recordings of real devices: put them into ../shared/recordings or name them in VILLAGENET_RECORDINGS");
        return Vec::new();
    };
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".snmprec").map(str::to_owned))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "the folder of recordings is empty");
    names
}

pub(crate) fn recorded(name: &str) -> (Values, Json) {
    let folder = folder().unwrap();
    let recording = Recording::read(&folder.join(format!("{name}.snmprec"))).unwrap();
    let expected = std::fs::read(folder.join(format!("{name}.expected.json"))).unwrap();
    (recording.values, serde_json::from_slice(&expected).unwrap())
}

/// The text of a recorded field, as far as it is text.
fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json[key].as_str().filter(|text| !text.starts_with("hex:"))
}

/// Compares what people see first: who it is, and which ports it has with which counters.
fn check(name: &str, reading: &Reading, expected: &Json) {
    let device = &expected["device"];
    let identity = reading.identity.as_ref().unwrap();
    let said = |told: &Option<String>, key: &str| {
        if let Some(text) = text(device, key) {
            let clean = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(told.as_deref().map(clean), Some(clean(text)), "{name}: {key}");
        }
    };
    said(&identity.sys_descr, "sysDescr");
    said(&identity.sys_object_id, "sysObjectID");
    said(&identity.sys_name, "sysName");
    said(&identity.sys_location, "sysLocation");
    let uptime = reading.uptime.map(|uptime| uptime.since_start.as_millis() as u64 / 10);
    assert_eq!(uptime, device["sysUpTime_ticks"].as_u64(), "{name}: sysUpTime");

    let ports = expected["ports"].as_array().unwrap();
    let indices: Vec<u64> = ports.iter().map(|port| port["ifIndex"].as_u64().unwrap()).collect();
    let read: Vec<u64> = reading.interfaces.iter().map(|port| u64::from(port.index)).collect();
    assert_eq!(read, indices, "{name}: ports");
    for (port, expected) in reading.interfaces.iter().zip(ports) {
        let at = format!("{name}: port {}", port.index);
        let label = text(expected, "ifName").filter(|text| !text.trim().is_empty()).or(text(expected, "ifDescr"));
        if let Some(label) = label {
            assert_eq!(port.name, label.trim_matches(['\0', ' ']), "{at}");
        }
        assert_eq!(port.if_type.map(u64::from), expected["ifType"].as_u64(), "{at}: ifType");
        if let Some(oper @ (1 | 2)) = expected["ifOperStatus"].as_u64() {
            assert_eq!(port.is_oper_up, Some(oper == 1), "{at}: ifOperStatus");
        }
        if let (Some(octets), Some(64)) = (port.in_octets, port.in_octets.map(|count| count.width.bits())) {
            assert_eq!(Some(octets.value), expected["inOctets64"].as_u64(), "{at}: octets");
        } else if let Some(octets) = port.in_octets {
            assert_eq!(Some(octets.value), expected["inOctets32"].as_u64(), "{at}: octets");
        }
        assert_eq!(port.in_errors.map(|count| count.value), expected["inErrors"].as_u64(), "{at}: errors");
    }
}

#[tokio::test]
async fn every_recorded_device_is_read_as_it_was_recorded() {
    for name in names() {
        let (values, expected) = recorded(&name);
        let device = device(values).await;
        let client = Client::bind().unwrap();
        let reading = read(&client, &v2c(device.address())).await.unwrap();
        check(&name, &reading, &expected);
        assert!(reading.has_all_interfaces, "{name}: {:?}", reading.warnings);
    }
}

#[tokio::test]
async fn every_recorded_device_has_a_minute_that_agrees_with_its_full_visit() {
    for name in names() {
        let device = device(recorded(&name).0).await;
        let client = Client::bind().unwrap();
        let target = v2c(device.address());
        let mut memory = DeviceMemory::default();
        let reading = full(&client, &target, &mut memory).await.unwrap();
        let minute = agent::snmp::minute(&client, &target, &mut memory).await.unwrap();
        if reading.interfaces.is_empty() {
            continue;
        }
        assert_eq!(minute.needs_full, None, "{name}");
        let key = |reading: &Reading| -> Vec<_> {
            reading.interfaces.iter().map(|port| (port.index, port.name.clone(), port.mac, port.in_octets)).collect()
        };
        assert_eq!(key(&minute.reading), key(&reading), "{name}");
    }
}
