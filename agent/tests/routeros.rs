//! RouterOS read through its own shell: 6 and 7, by what its server calls itself and when that is hidden.

use std::sync::Arc;
use std::time::Duration;

use agent::Network;
use agent::visit::{Call, once};
use fleetsim::ssh::routeros::{Menu, Properties, RouterOs, Row, properties};
use fleetsim::ssh::{Login, Options, Server};
use inventory::clock::SystemClock;
use inventory::condition::{NeighbourProtocol, SensorClass};
use inventory::credential::{Ssh, SshLogin};
use inventory::reading::{Failure, FailureKind, Reading};
use inventory::secret::Secret;

const PASSWORD: &str = "mật khẩu của làng";

fn row(pairs: &[(&str, &str)], now: Option<&[(&str, &str)]>) -> Row {
    Row { properties: properties(pairs), now: now.map(properties) }
}

fn port(name: &str, kind: &str, mac: &str, more: &[(&str, &str)]) -> Row {
    let counters = [
        ("rx-byte", "5000000000"),
        ("tx-byte", "70"),
        ("rx-drop", "2"),
        ("tx-drop", "4"),
        ("rx-error", "1"),
        ("tx-error", "3"),
    ];
    let start = [("name", name), ("type", kind), ("mac-address", mac)];
    row(&[&start[..], &counters, more].concat(), None)
}

fn table(rows: Vec<Row>) -> Menu {
    Menu::Table((1..).zip(rows).collect())
}

fn resource(version: &str, uptime: &str) -> Properties {
    properties(&[
        ("uptime", uptime),
        ("version", version),
        ("cpu-load", "7"),
        ("free-memory", "40000000"),
        ("total-memory", "100000000"),
        ("board-name", "hAP ac lite"),
    ])
}

/// What 6 and 7 have alike.
fn device(version: &str, uptime: &str, wifi: &str, route: &[(&str, &str)]) -> RouterOs {
    let up = [("running", "true"), ("disabled", "false")];
    let ports = vec![
        port("ether1", "ether", "02:00:5E:00:53:01", &[&up[..], &[("comment", "VNPT = 100M; \"nhà\"")]].concat()),
        port("ether2", "ether", "02:00:5E:00:53:02", &[("running", "false"), ("disabled", "false")]),
        port("wlan1", wifi, "02:00:5E:00:53:03", &up),
        port("bridge", "bridge", "02:00:5E:00:53:02", &up),
        port("ether9", "ether", "02:00:5E:00:53:09", &[("running", "false"), ("disabled", "true")]),
    ];
    let watched = |name: &str, rate: &str, status: &str| {
        row(&[("name", name)], Some(&[("name", name), ("status", status), ("rate", rate), ("full-duplex", "true")]))
    };
    let ethernet = vec![
        watched("ether1", "1Gbps", "link-ok"),
        watched("ether2", "1Gbps", "no-link"),
        row(&[("name", "ether9")], None),
    ];
    let neighbours = vec![
        row(
            &[
                ("interface", "ether1,bridge"),
                ("mac-address", "02:00:5E:00:53:77"),
                ("identity", IMPOSTOR),
                ("discovered-by", "cdp,lldp"),
            ],
            None,
        ),
        row(
            &[
                ("interface", "ether1,bridge"),
                ("mac-address", "02:00:5E:00:53:78"),
                ("identity", "sw"),
                ("discovered-by", "cdp,lldp"),
            ],
            None,
        ),
        row(&[("interface", "ether1"), ("identity", "xa"), ("discovered-by", "mndp")], None),
    ];
    let leases = ["bound", "waiting", "bound"].map(|status| row(&[("status", status)], None));
    let said =
        |topics: &str, message: &str| row(&[("time", "07:00:01"), ("topics", topics), ("message", message)], None);
    let log = vec![
        said("system,error,critical", "router was rebooted without proper shutdown"),
        said("system,error,critical", "login failure for user router rebooted by me from 192.0.2.7 via ssh"),
        said("dhcp,info", "router rebooted assigned 192.0.2.9"),
    ];
    let menus = [
        ("system resource", Menu::Single(resource(version, uptime))),
        ("system identity", Menu::Single(properties(&[("name", "gw-suối-thông")]))),
        (
            "system routerboard",
            Menu::Single(properties(&[("model", "RB952Ui-5ac2nD"), ("serial-number", "HB0123456789")])),
        ),
        ("interface", table(ports)),
        ("interface ethernet", table(ethernet)),
        ("ip route", table(vec![row(&[("dst-address", "10.0.0.0/8"), ("active", "true")], None), row(route, None)])),
        ("ip arp", table(vec![Row::default(); 12])),
        ("ip dhcp-server lease", table(leases.to_vec())),
        ("ip neighbor", table(neighbours)),
        ("log", table(log)),
    ];
    RouterOs { menus: menus.map(|(name, menu)| (name.to_owned(), menu)).into() }
}

fn six() -> RouterOs {
    let route =
        [("dst-address", "0.0.0.0/0"), ("active", "true"), ("gateway-status", "192.0.2.1 reachable via  ether1")];
    let mut device = device("6.49.7 (stable)", "1w2d03:04:05", "wlan", &route);
    let printed =
        "          voltage: 24.1V\r\n      temperature: 41C\r\n       fan1-speed: 3500RPM\r\n        psu-state: ok\r\n";
    let radio = row(
        &[
            ("name", "wlan1"),
            ("ssid", "Nhà văn hóa"),
            ("mode", "ap-bridge"),
            ("frequency", "auto"),
            ("disabled", "false"),
        ],
        Some(&[("channel", "2437/20-Ce/gn"), ("noise-floor", "-104"), ("overall-tx-ccq", "91")]),
    );
    let client = row(
        &[
            ("interface", "wlan1"),
            ("mac-address", "02:00:5E:00:53:AA"),
            ("ap", "false"),
            ("uptime", "00:10:00"),
            ("signal-strength", "-61dBm@6Mbps"),
            ("signal-to-noise", "43"),
            ("tx-rate", "65Mbps-20MHz/1S"),
            ("rx-rate", "72.2Mbps-20MHz/1S/SGI"),
        ],
        None,
    );
    device.menus.insert("system health".to_owned(), Menu::Printed(printed.to_owned()));
    device.menus.insert("interface wireless".to_owned(), table(vec![radio]));
    device.menus.insert("interface wireless registration-table".to_owned(), table(vec![client]));
    device
}

/// 7.13 and later: no package for DHCP, and Wi-Fi that is called otherwise.
fn seven() -> RouterOs {
    let route = [("dst-address", "0.0.0.0/0"), ("active", "true"), ("immediate-gw", "192.0.2.1%ether1")];
    let mut device = device("7.16.1 (stable)", "2d3h4m5s", "wifi", &route);
    let gauge = |name: &str, value: &str, unit: &str| row(&[("name", name), ("value", value), ("type", unit)], None);
    let gauges =
        vec![gauge("cpu-temperature", "52", "C"), gauge("voltage", "24.1", "V"), gauge("psu1-state", "ok", "")];
    let radio = row(
        &[
            ("name", "wlan1"),
            ("configuration.mode", "ap"),
            ("configuration.ssid", "Nhà văn hóa"),
            ("disabled", "false"),
        ],
        Some(&[("state", "running"), ("channel", "5180/ax/Ceee"), ("tx-power", "20")]),
    );
    let client = row(
        &[
            ("interface", "wlan1"),
            ("ssid", "Nhà văn hóa"),
            ("mac-address", "02:00:5E:00:53:AA"),
            ("authorized", "true"),
            ("uptime", "10m"),
            ("signal", "-50"),
            ("tx-rate", "866700000"),
        ],
        None,
    );
    device.menus.remove("ip dhcp-server lease");
    device.menus.insert("system health".to_owned(), table(gauges));
    device.menus.insert("interface wifi".to_owned(), table(vec![radio]));
    device.menus.insert("interface wifi registration-table".to_owned(), table(vec![client]));
    device
}

/// What a neighbour may call itself: it comes before its own name in the order of keys.
const IMPOSTOR: &str = "x\r\ninterface=ether2\r\nname=y\r\n== client\r\ninterface=wlan1\r\nmac-address=02:00:5E:00:53:88\n\
                        == neighbour\r\ndiscovered-by=lldp\r\ninterface=ether9";

/// One visit, and how many commands it took.
async fn visit(device: RouterOs, name: Option<&'static str>) -> (Result<Reading, Failure>, u64) {
    let options = Options { logins: vec![Login::password("xem", PASSWORD)], name, ..Options::default() };
    let server = Server::start(options, Arc::new(move |script: &str| device.run(script))).await.expect("a port");
    let login = SshLogin::Password(Secret::new(PASSWORD.to_owned()));
    let ssh = Ssh { user: "xem".to_owned(), port: server.address().port(), login, legacy_until: None };
    let pinned = Some(server.fingerprint().parse().expect("a fingerprint"));
    let address = server.address().ip().to_string().parse().expect("an address");
    let call =
        Call { address, snmp: None, ssh: Some((ssh, pinned)), timeout: Duration::from_secs(30), is_pinged: false };
    let network = Network::bind(Arc::new(SystemClock)).expect("loopback has sockets");
    let visited = once(&network, &call).await;
    (visited.map(|report| report.reading), server.counters().execs)
}

async fn read(device: RouterOs, name: Option<&'static str>) -> (Reading, u64) {
    let (visited, execs) = visit(device, name).await;
    (visited.unwrap_or_else(|failure| panic!("{failure:?}")), execs)
}

/// What both versions tell alike.
fn assert_read(reading: &Reading, version: &str, uptime_s: u64) {
    assert_eq!(reading.warnings, Vec::<String>::new());
    assert!(reading.has_all_interfaces);
    assert_eq!(reading.uptime.expect("an uptime").since_start, Duration::from_secs(uptime_s));
    let identity = reading.identity.as_ref().expect("an identity");
    let told = [&identity.vendor, &identity.platform, &identity.model, &identity.version, &identity.serial];
    let right = ["MikroTik", "routeros", "RB952Ui-5ac2nD", version, "HB0123456789"];
    assert_eq!(told.map(|text| text.as_deref().unwrap_or_default()), right);
    assert_eq!(identity.sys_name.as_deref(), Some("gw-suối-thông"));
    assert_eq!(identity.restart_reason.as_deref(), Some("router was rebooted without proper shutdown"));
    let names: Vec<_> = reading.interfaces.iter().map(|port| (port.index, port.name.as_str(), port.if_type)).collect();
    let right = [
        (1, "ether1", Some(6)),
        (2, "ether2", Some(6)),
        (3, "wlan1", Some(71)),
        (4, "bridge", Some(209)),
        (5, "ether9", Some(6)),
    ];
    assert_eq!(names, right);
    let first = &reading.interfaces[0];
    assert_eq!(first.alias.as_deref(), Some("VNPT = 100M; \"nhà\""));
    assert_eq!((first.speed_bps, first.is_oper_up, first.is_wan), (Some(1_000_000_000), Some(true), Some(true)));
    let counts =
        [first.in_octets, first.out_octets, first.in_errors, first.out_errors, first.in_discards, first.out_discards];
    assert_eq!(counts.map(|count| count.expect("a count").value), [5_000_000_000, 70, 1, 3, 2, 4]);
    let second = &reading.interfaces[1];
    assert_eq!((second.speed_bps, second.is_oper_up, second.is_wan), (None, Some(false), Some(false)));
    assert_eq!(reading.interfaces[4].is_admin_up, Some(false));
    let condition = &reading.condition;
    assert_eq!((condition.cpu_percent, condition.memory_used_percent), (Some(7.0), Some(60.0)));
    let neighbours: Vec<_> = condition.neighbours.iter().map(|one| (one.port.as_str(), one.name.as_deref())).collect();
    assert_eq!(neighbours, [("ether1", None), ("ether1", Some("sw"))], "one that lies about itself has no name");
    assert!(condition.neighbours.iter().all(|one| one.how == NeighbourProtocol::Lldp));
    let stations = condition.wifi.as_ref().map_or(0, |wifi| wifi.stations.len());
    assert_eq!(stations, 1, "what a neighbour calls itself makes no client");
}

fn sensors(reading: &Reading) -> Vec<(SensorClass, &str, f64)> {
    reading.condition.sensors.iter().map(|sensor| (sensor.class, sensor.name.as_str(), sensor.value)).collect()
}

#[tokio::test]
async fn six_is_read_with_its_radios_and_health() {
    let (reading, _) = read(six(), Some("ROSSSH")).await;
    assert_read(&reading, "6.49.7", 788_645);
    let right = [
        (SensorClass::Voltage, "voltage", 24.1),
        (SensorClass::Temperature, "temperature", 41.0),
        (SensorClass::FanSpeed, "fan1-speed", 3500.0),
        (SensorClass::Count, "DHCP leases", 2.0),
        (SensorClass::Count, "ARP entries", 12.0),
        (SensorClass::Ccq, "wlan1", 91.0),
    ];
    assert_eq!(sensors(&reading), right);
    let wifi = reading.condition.wifi.expect("it has Wi-Fi");
    let [radio] = &wifi.radios[..] else { panic!("{:?}", wifi.radios) };
    assert_eq!((radio.ssid.as_deref(), radio.frequency_mhz), (Some("Nhà văn hóa"), Some(2437.0)));
    assert_eq!((radio.noise_dbm, radio.clients, wifi.clients), (Some(-104.0), Some(1), Some(1)));
    let station = &wifi.stations[0];
    assert_eq!((station.signal_dbm, station.snr_db, station.connected_s), (Some(-61.0), Some(43.0), Some(600)));
    assert_eq!((station.tx_bps, station.rx_bps), (Some(65e6), Some(72.2e6)));
}

#[tokio::test]
async fn seven_is_read_and_a_package_that_is_not_there_leaves_a_gap() {
    let (reading, _) = read(seven(), Some("ROSSSH")).await;
    assert_read(&reading, "7.16.1", 183_845);
    let right = [
        (SensorClass::Temperature, "cpu-temperature", 52.0),
        (SensorClass::Voltage, "voltage", 24.1),
        (SensorClass::Count, "ARP entries", 12.0),
    ];
    assert_eq!(sensors(&reading), right);
    let wifi = reading.condition.wifi.expect("it has Wi-Fi");
    assert_eq!((wifi.radios[0].frequency_mhz, wifi.radios[0].tx_power_dbm), (Some(5180.0), Some(20.0)));
    assert_eq!((wifi.stations[0].tx_bps, wifi.stations[0].connected_s), (Some(866_700_000.0), Some(600)));
    assert_eq!(wifi.networks[0].clients, 1);
}

#[tokio::test]
async fn one_without_a_board_is_read_all_the_same() {
    let mut device = seven();
    device.menus.remove("system routerboard");
    let identity = read(device, Some("ROSSSH")).await.0.identity.expect("an identity");
    assert_eq!((identity.model.as_deref(), identity.serial), (Some("hAP ac lite"), None));
    assert_eq!(identity.version.as_deref(), Some("7.16.1"));
}

#[tokio::test]
async fn one_that_hides_its_name_is_known_by_its_refusal() {
    let (named, asked) = read(seven(), Some("ROSSSH")).await;
    let (hidden, asked_more) = read(seven(), Some("OpenSSH_9")).await;
    assert_eq!((hidden, asked_more), (named, asked + 1));
}

#[tokio::test]
async fn one_that_refuses_everything_has_told_nothing() {
    let failure = visit(RouterOs::default(), Some("ROSSSH")).await.0.expect_err("nothing was told");
    assert_eq!(failure.kind, FailureKind::Protocol, "{failure:?}");
    assert!(failure.message.contains("RouterOS"), "{failure:?}");
}
