//! One device, read over SNMP and over SSH: either may be switched off, and what is told stays the same.

use std::collections::BTreeMap;

use fleetsim::village::{Credential, Device, Family, Fleet, Kind, Options, SNMP_V2C, SSH_KEY};
use serde_json::Value;
use villagenet_tests::installation::{Installation, path_text, villagenet};
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

/// 24 November 2026, 20:00 in Vietnam: people are there.
const EVENING: i64 = 1_795_525_200;

/// What is compared as it is told; the rest counts on.
fn told(visit: &Value) -> Value {
    let mut ports = visit["interfaces"].clone();
    for port in ports.as_array_mut().unwrap() {
        let port = port.as_object_mut().unwrap();
        port.retain(|word, _| !word.ends_with("_octets"));
        // The shell tells no speed of a radio, nor of a port that is down; and nothing of a comment that is empty.
        if port["type"] != 6 || port["oper_up"] != true {
            port.remove("speed_bps");
        }
        port.retain(|word, told| word != "alias" || told.as_str().is_some_and(|alias| !alias.is_empty()));
    }
    let mut identity = visit["identity"].clone();
    for only_snmp in ["sys_descr", "sys_object_id", "sys_location"] {
        identity[only_snmp] = Value::Null;
    }
    serde_json::json!({ "identity": identity, "ports": ports, "wifi": visit["wifi"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn snmp_and_ssh_tell_the_same_of_a_routeros_access_point() {
    let options = Options { halls: 12, ..Options::at(jiff::Timestamp::from_second(EVENING).unwrap()) };
    let fleet = Fleet::start(options).await.unwrap();
    let is_meant = |device: &Device| device.family == Family::RouterOs && device.kind == Kind::AccessPoint;
    let (_, device) = fleet.village().devices().find(|(_, device)| is_meant(device) && device.asked.has_ssh()).unwrap();
    let credentials = fleet.credentials();
    let (Credential::SnmpV2c { community }, Credential::Ssh { user, port, key: Some(key), .. }) =
        (&credentials[SNMP_V2C], &credentials[SSH_KEY])
    else {
        unreachable!("so they are named")
    };
    let home = Installation::new();
    let key = home.secret_file("key", key.trim_end());
    let server = fleet.ssh(&device.full_name()).unwrap();
    let (over_snmp, over_ssh) = {
        let (address, host) = (format!("{}:{}", device.address, fleet.snmp_port()), device.address.to_string());
        let (user, fingerprint) = (format!("{user}@{port}"), server.fingerprint());
        let snmp = poll(&[&address, "--community", community]);
        let ssh = poll(&[&host, "--ssh", &user, "--key", path_text(&key), "--host-key", &fingerprint]);
        (snmp, ssh)
    };
    assert_eq!(over_snmp["warnings"], serde_json::json!([]), "{over_snmp}");
    assert_eq!(over_ssh["warnings"], serde_json::json!([]), "{over_ssh}");
    assert_eq!(told(&over_ssh), told(&over_snmp));
    assert!(number(&over_ssh["wifi"]["clients"]) > 0.0, "{}", over_ssh["wifi"]);
    assert_eq!(ports(&over_ssh)["ether1"]["wan"], true, "{over_ssh}");
    let (first, then) = (ports(&over_snmp), ports(&over_ssh));
    for (name, port) in &then {
        for word in ["in_octets", "out_octets"] {
            assert!(number(&port[word]) >= number(&first[name][word]), "{word} of {name}");
        }
    }
    let load = |visit: &Value| [number(&visit["cpu_percent"]), number(&visit["memory_used_percent"])];
    let differ = load(&over_ssh).into_iter().zip(load(&over_snmp)).map(|(one, other)| (one - other).abs());
    assert!(differ.into_iter().all(|difference| difference <= 2.0), "{:?} {:?}", load(&over_ssh), load(&over_snmp));
    let sensors = |visit: &Value| {
        let list = visit["sensors"].as_array().unwrap().iter();
        list.map(|one| (one["class"].to_string() + &one["name"].to_string(), one.clone())).collect::<BTreeMap<_, _>>()
    };
    let (told_by_snmp, told_by_ssh) = (sensors(&over_snmp), sensors(&over_ssh));
    let both: Vec<_> = told_by_ssh.iter().filter_map(|(name, one)| Some((one, told_by_snmp.get(name)?))).collect();
    assert!(both.len() >= 3, "voltage, temperature and quality: {told_by_ssh:?} {told_by_snmp:?}");
    assert!(both.iter().all(|(one, other)| (number(&one["value"]) - number(&other["value"])).abs() <= 1.0), "{both:?}");
}
