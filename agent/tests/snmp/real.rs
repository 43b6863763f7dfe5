//! Against net-snmp's own programs: its agent read by our client, and its walker reading our simulated agent, so that
//! neither of ours is right only in the eyes of the other.

use std::net::UdpSocket;
use std::process::Stdio;
use std::time::Instant;

use agent::snmp::{Limits, Oid, ask_uptime};
use inventory::reading::FailureKind;
use tempfile::TempDir;

use super::*;

#[expect(clippy::disallowed_types, reason = "these tests run net-snmp's programs")]
type Command = std::process::Command;

/// A running snmpd of our own; it ends with this value.
struct Snmpd {
    process: std::process::Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Snmpd {
    async fn start() -> Snmpd {
        let folder = tempfile::tempdir().unwrap();
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = folder.path().join("snmpd.conf");
        let text = format!("agentAddress udp:{address}\nrocommunity public 127.0.0.1\nsysName gw-dr-01\n");
        std::fs::write(&config, text).unwrap();
        let process = Command::new("/usr/sbin/snmpd")
            .args(["-f", "-Lo", "-C", "-c"])
            .arg(&config)
            .env("SNMP_PERSISTENT_DIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's package snmpd is installed");
        let snmpd = Snmpd { process, address, _folder: folder };
        let client = Client::bind().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while ask_uptime(&client, &v2c(address)).await.is_err() {
            assert!(Instant::now() < deadline, "snmpd answers");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        snmpd
    }
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        self.process.kill().expect("it is our own process");
        self.process.wait().expect("it was just ended");
    }
}

fn target(address: SocketAddr, security: Security) -> Target {
    Target::new(address, security).within(Duration::from_secs(4), 1)
}

#[tokio::test]
async fn snmpd_is_read_over_both_versions() {
    let snmpd = Snmpd::start().await;
    let client = Client::bind().unwrap();
    let mut found = Vec::new();
    for security in [Security::V1 { community: community("public") }, Security::V2c { community: community("public") }]
    {
        let reading = read(&client, &target(snmpd.address, security)).await.unwrap();
        let identity = reading.identity.as_ref().unwrap();
        assert_eq!(identity.sys_name.as_deref(), Some("gw-dr-01"));
        assert_eq!(identity.platform.as_deref(), Some("linux"));
        assert!(identity.sys_descr.as_ref().unwrap().starts_with("Linux"));
        assert!(reading.has_all_interfaces && reading.uptime.is_some(), "{:?}", reading.warnings);
        let lo = reading.interfaces.iter().find(|port| port.name == "lo").expect("every Linux has lo");
        assert!(lo.is_oper_up == Some(true) && lo.mac.is_none() && lo.in_octets.is_some_and(|count| count.value > 0));
        found.push(reading.interfaces.iter().map(|port| (port.index, port.name.clone())).collect::<Vec<_>>());
    }
    assert_eq!(found[0], found[1]);
    let mut memory = DeviceMemory::default();
    let target = target(snmpd.address, Security::V2c { community: community("public") });
    full(&client, &target, &mut memory).await.unwrap();
    let minute = agent::snmp::minute(&client, &target, &mut memory).await.unwrap();
    assert_eq!((minute.needs_full, minute.reading.interfaces.len()), (None, found[0].len()));
}

#[tokio::test]
async fn snmpd_silent_for_a_wrong_community_is_told_from_a_dead_one() {
    let snmpd = Snmpd::start().await;
    let client = Client::bind().unwrap();
    for security in [Security::V1 { community: community("wrong") }, Security::V2c { community: community("wrong") }] {
        let target = target(snmpd.address, security).within(Duration::from_millis(600), 0);
        let failure = ask_uptime(&client, &target).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Community, "{failure:?}");
        assert!(failure.hint.contains("community"));
    }
    let address = snmpd.address;
    drop(snmpd);
    let target = target(address, Security::V2c { community: community("public") });
    assert_eq!(ask_uptime(&client, &target).await.unwrap_err().kind, FailureKind::Refused);
}

#[tokio::test]
async fn a_walk_of_snmpd_is_whole_and_in_order() {
    let snmpd = Snmpd::start().await;
    let client = Client::bind().unwrap();
    let root: Oid = "1.3.6.1.2.1".parse().unwrap();
    let target = target(snmpd.address, Security::V2c { community: community("public") });
    let walk = client.walk(&target, &root, Limits::default()).await.unwrap();
    assert!(walk.is_complete && walk.warnings.is_empty(), "{:?}", walk.warnings);
    assert!(walk.varbinds.len() > 100, "{} values", walk.varbinds.len());
    assert!(walk.varbinds.windows(2).all(|pair| pair[0].oid < pair[1].oid));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn net_snmp_reads_the_simulated_agent() {
    let device = router().await;
    let walk = |program: &str, version: &str| {
        let output = Command::new(program)
            .args(["-m", "", "-On", "-t", "5", version, "-c", "public", &device.address().to_string(), "1.3.6.1.2.1"])
            .output()
            .expect("Debian's package snmp is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let is_value = |line: &&str| line.starts_with(".1.3.") && !line.contains("No more variables");
        text.lines().filter(is_value).map(str::to_owned).collect::<Vec<_>>()
    };
    let bulk = walk("/usr/bin/snmpbulkwalk", "-v2c");
    assert_eq!(bulk.len(), 6 + 4 * 20, "{bulk:#?}");
    assert!(bulk.contains(&".1.3.6.1.2.1.31.1.1.1.1.4 = STRING: \"ether4\"".to_owned()), "{bulk:#?}");
    assert_eq!(walk("/usr/bin/snmpwalk", "-v2c").len(), 6 + 4 * 20);
    assert_eq!(walk("/usr/bin/snmpwalk", "-v1").len(), 6 + 4 * 18, "version 1 has no Counter64");
}
