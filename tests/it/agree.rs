//! One host, read over SNMP and over SSH: either may be switched off, and what is told stays the same.

use std::collections::BTreeMap;

use serde_json::Value;
use villagenet_tests::installation::{path_text, villagenet};
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::ssh_server::SshServer;

fn poll(args: &[&str]) -> Value {
    let ended = villagenet(&[&["poll", "--json"], args].concat());
    serde_json::from_str(&ended.expect_success().stdout).unwrap()
}

/// The ports by name.
fn ports(visit: &Value) -> BTreeMap<String, Value> {
    let ports = visit["interfaces"].as_array().unwrap();
    ports.iter().map(|port| (port["name"].as_str().unwrap().to_owned(), port.clone())).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn snmp_and_ssh_tell_the_same_of_one_host() {
    let (snmpd, server) = (Snmpd::start("hall-read"), SshServer::openssh(""));
    let (user, key) = (format!("root@{}", server.port()), server.key());
    let over_snmp = || poll(&[&snmpd.address(), "--community", "hall-read"]);
    let before = over_snmp();
    let ssh = poll(&["127.0.0.1", "--ssh", &user, "--key", path_text(&key), "--host-key", server.fingerprint()]);
    let after = over_snmp();

    let (first, told, last) = (ports(&before), ports(&ssh), ports(&after));
    let names = |ports: &BTreeMap<String, Value>| ports.keys().cloned().collect::<Vec<_>>();
    assert!(names(&first).contains(&"lo".to_owned()));
    assert_eq!(names(&told), names(&first), "the same ports");
    for (name, port) in &told {
        let (first, last) = (&first[name], &last[name]);
        for word in ["index", "type", "mac", "admin_up", "wan"] {
            assert_eq!(port[word], first[word], "{word} of {name}: over SSH {port}, over SNMP {first}");
        }
        // Loopback has no carrier to know of: net-snmp calls that up, the kernel unknown.
        assert!(port["oper_up"] == first["oper_up"] || port["oper_up"].is_null(), "over SSH {port}, over SNMP {first}");
        // net-snmp makes up a speed where the kernel has none.
        assert!(port["speed_bps"] == first["speed_bps"] || port["speed_bps"].is_null(), "SSH {port}, SNMP {first}");
        for word in ["in_octets", "out_octets", "in_errors", "out_errors", "in_discards", "out_discards"] {
            let [low, it, high] = [first, port, last].map(|port| number(&port[word]));
            // net-snmp looks at its counters at most once in 15 s (its ifTable cache), so it may tell of the past.
            let is_octets = word.ends_with("octets");
            let is_between = if is_octets { it >= low } else { (low..=high.max(low)).contains(&it) };
            assert!(is_between, "{word} of {name}: {low} over SNMP, then {it} over SSH, then {high} over SNMP");
        }
        assert_eq!(port["counter_bits"], first["counter_bits"], "{port} {first}");
    }
    let memory = [&before, &ssh].map(|visit| number(&visit["memory_used_percent"]));
    assert!((memory[0] - memory[1]).abs() < 5.0, "memory in use: {memory:?} %");
    let load = number(&ssh["cpu_percent"]);
    assert!((0.0..=100.0).contains(&load), "{load}");
    let count = |visit: &Value| {
        let sensors = visit["sensors"].as_array().unwrap();
        sensors.iter().find(|sensor| sensor["name"] == "ARP entries").map(|sensor| number(&sensor["value"]))
    };
    assert!(count(&ssh).is_some(), "{}", ssh["sensors"]);
}
