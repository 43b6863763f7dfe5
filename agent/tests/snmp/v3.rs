//! SNMPv3: every protection against net-snmp's agent, what a wrong word brings, engines that change, and forgeries.

use std::net::UdpSocket;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use agent::snmp::{Oid, ask_uptime};
use fleetsim::snmp::Fault;
use fleetsim::snmp::v3::{Auth, Extension, Privacy, Stat, User};
use inventory::reading::FailureKind;
use inventory::snmp_v3::{AuthAlgorithm, KeyExtension, Keyed, PrivacyAlgorithm, SnmpV3};
use tempfile::TempDir;

use super::*;

#[expect(clippy::disallowed_types, reason = "these tests run net-snmp's programs")]
type Command = std::process::Command;

const AUTH_PASS: &str = "đi chợ Đà Lạt";
const PRIVACY_PASS: &str = "privacy pass phrase";

fn keyed<A>(algorithm: A, pass_phrase: &str) -> Option<Keyed<A>> {
    Some(Keyed { algorithm, pass_phrase: community(pass_phrase) })
}

fn security(user: &str, auth: Option<Keyed<AuthAlgorithm>>, privacy: Option<Keyed<PrivacyAlgorithm>>) -> Security {
    let user = SnmpV3::new(user.to_owned(), auth, privacy);
    Security::V3(Arc::new(user.unwrap_or_else(|faults| panic!("{faults:?}"))))
}

fn target(address: SocketAddr, security: Security) -> Target {
    Target::new(address, security).within(Duration::from_secs(8), 2)
}

/// authPriv with SHA-256 and AES-128.
fn usual(user: &str, auth: &str, privacy: &str) -> Security {
    security(user, keyed(AuthAlgorithm::Sha256, auth), keyed(PrivacyAlgorithm::Aes128, privacy))
}

fn good() -> Security {
    usual("mon", AUTH_PASS, PRIVACY_PASS)
}

fn sim_user() -> User {
    User::open("mon").with_auth(Auth::Sha256, AUTH_PASS).with_privacy(
        Privacy::Aes128,
        Extension::Blumenthal,
        PRIVACY_PASS,
    )
}

async fn simulated() -> Agent {
    let options = Options { users: vec![sim_user(), User::open("open")], ..Options::default() };
    Agent::start(Values::router("gw", 4), options).await.expect("loopback has ports")
}

/// snmpd with a user for each protection; it ends with this value.
struct Snmpd {
    process: std::process::Child,
    address: SocketAddr,
    folder: TempDir,
}

/// What net-snmp can do: Blumenthal's extension only.
const PRIVACY: [PrivacyAlgorithm; 4] = [
    PrivacyAlgorithm::Des,
    PrivacyAlgorithm::Aes128,
    PrivacyAlgorithm::Aes192(KeyExtension::Blumenthal),
    PrivacyAlgorithm::Aes256(KeyExtension::Blumenthal),
];

fn user_name(auth: AuthAlgorithm, privacy: Option<PrivacyAlgorithm>) -> String {
    format!("{}{}", auth.as_str(), privacy.map_or("", PrivacyAlgorithm::as_str)).replace('-', "").to_lowercase()
}

impl Snmpd {
    async fn start() -> Snmpd {
        let folder = tempfile::tempdir().unwrap();
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut text = format!("agentAddress udp:{address}\nrocommunity public 127.0.0.1\nsysName gw-dr-01\n");
        for auth in AuthAlgorithm::ALL {
            for privacy in [None].into_iter().chain(PRIVACY.map(Some)) {
                let name = user_name(auth, privacy);
                let word = privacy.map(|privacy| match privacy {
                    PrivacyAlgorithm::Aes128 => format!("AES \"{PRIVACY_PASS}\""),
                    other => format!("{} \"{PRIVACY_PASS}\"", other.as_str()),
                });
                let level = if privacy.is_some() { "priv" } else { "auth" };
                let word = word.unwrap_or_default();
                text += &format!("createUser {name} {} \"{AUTH_PASS}\" {word}\nrouser {name} {level}\n", auth.as_str());
            }
        }
        std::fs::write(folder.path().join("snmpd.conf"), text).unwrap();
        let process = Snmpd::run(folder.path());
        let mut snmpd = Snmpd { process, address, folder };
        snmpd.ready().await;
        snmpd
    }

    fn run(folder: &Path) -> std::process::Child {
        Command::new("/usr/sbin/snmpd")
            // Not -C: with it the file that keeps boots and engine id is not read.
            .args(["-f", "-Lo", "-I", "-smux"])
            .env("SNMPCONFPATH", format!("{0}:{0}/state", folder.display()))
            .env("SNMP_PERSISTENT_DIR", folder.join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's package snmpd is installed")
    }

    async fn ready(&mut self) {
        let client = Client::bind().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while ask_uptime(&client, &v2c(self.address).within(Duration::from_millis(500), 0)).await.is_err() {
            assert!(Instant::now() < deadline, "snmpd answers");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn end(&mut self) {
        Command::new("/bin/kill").arg(self.process.id().to_string()).status().expect("kill runs");
        self.process.wait().expect("it was just ended");
    }

    async fn restart(&mut self) {
        self.end();
        self.process = Snmpd::run(self.folder.path());
        self.ready().await;
    }
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        self.process.kill().expect("it is our own process");
        self.process.wait().expect("it was just ended");
    }
}

#[tokio::test]
async fn snmpd_is_read_with_every_protection_and_a_wrong_word_is_told_by_its_kind() {
    let snmpd = Snmpd::start().await;
    for auth in AuthAlgorithm::ALL {
        for privacy in [None].into_iter().chain(PRIVACY.map(Some)) {
            // One client each: one device answers one credential, and no test may profit from another's engine.
            let client = Client::bind().unwrap();
            let as_privacy = privacy.and_then(|privacy| keyed(privacy, PRIVACY_PASS));
            let name = user_name(auth, privacy);
            let security = security(&name, keyed(auth, AUTH_PASS), as_privacy);
            let reading = read(&client, &target(snmpd.address, security)).await;
            let reading = reading.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
            assert_eq!(reading.identity.unwrap().sys_name.as_deref(), Some("gw-dr-01"), "{name}");
            assert!(reading.has_all_interfaces && reading.uptime.is_some(), "{name}: {:?}", reading.warnings);
        }
    }
    let sha256 = |privacy| user_name(AuthAlgorithm::Sha256, privacy);
    let private = sha256(Some(PrivacyAlgorithm::Aes128));
    let auth_only = security(&private, keyed(AuthAlgorithm::Sha256, AUTH_PASS), None);
    for (kind, security) in [
        (FailureKind::User, usual("nobody", AUTH_PASS, PRIVACY_PASS)),
        (FailureKind::Auth, usual(&private, "not the pass phrase", PRIVACY_PASS)),
        (FailureKind::Privacy, usual(&private, AUTH_PASS, "not the pass phrase")),
        (FailureKind::Privacy, usual(&sha256(None), AUTH_PASS, PRIVACY_PASS)),
        (FailureKind::User, auth_only),
    ] {
        let target = Target::new(snmpd.address, security).within(Duration::from_secs(3), 1);
        let failure = read(&Client::bind().unwrap(), &target).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure:?}");
    }
}

#[tokio::test]
async fn snmpd_that_restarts_or_is_another_is_read_at_the_next_visit_and_another_is_named() {
    let mut snmpd = Snmpd::start().await;
    let client = Client::bind().unwrap();
    let name = user_name(AuthAlgorithm::Sha512, Some(PRIVACY[3]));
    let security = security(&name, keyed(AuthAlgorithm::Sha512, AUTH_PASS), keyed(PRIVACY[3], PRIVACY_PASS));
    let target = target(snmpd.address, security);
    read(&client, &target).await.unwrap();
    snmpd.restart().await;
    read(&client, &target).await.unwrap();
    assert_eq!(client.take_identity_change(snmpd.address), None, "boots are not an identity");
    snmpd.end();
    std::fs::remove_dir_all(snmpd.folder.path().join("state")).unwrap();
    snmpd.process = Snmpd::run(snmpd.folder.path());
    snmpd.ready().await;
    read(&client, &target).await.unwrap();
    let change = client.take_identity_change(snmpd.address).expect("a new engine id");
    assert!(change.starts_with("identity changed: "), "{change}");
    assert_eq!(client.take_identity_change(snmpd.address), None, "it is told once");
}

#[tokio::test]
async fn an_engine_whose_boots_time_or_id_change_is_read_at_the_next_visit() {
    let device = simulated().await;
    let client = Client::bind().unwrap();
    let target = target(device.address(), good());
    let read = async || read(&client, &target).await.map(|reading| reading.interfaces.len());
    assert_eq!(read().await.unwrap(), 4);
    device.restart();
    assert_eq!(read().await.unwrap(), 4, "boots went on");
    device.set_boots(1_000);
    assert_eq!(read().await.unwrap(), 4, "boots leapt");
    device.forget_boots();
    assert_eq!(read().await.unwrap(), 4, "boots began again");
    for seconds in [300, -300] {
        device.step_clock(seconds);
        assert_eq!(read().await.unwrap(), 4, "the clock went {seconds} s");
    }
    assert_eq!(client.take_identity_change(device.address()), None);
    device.set_engine_id(vec![0x80, 0, 0, 0, 5, 9, 9, 9]);
    assert_eq!(read().await.unwrap(), 4, "another engine");
    let change = client.take_identity_change(device.address()).unwrap();
    assert!(change.ends_with("is 8000000005090909"), "{change}");
}

#[tokio::test]
async fn wrong_words_are_told_by_kind_also_where_the_agent_is_silent_about_privacy() {
    let device = simulated().await;
    let failure = async |security| {
        let target = Target::new(device.address(), security).within(Duration::from_secs(3), 1);
        ask_uptime(&Client::bind().unwrap(), &target).await.unwrap_err()
    };
    for is_silent in [false, true] {
        if is_silent {
            device.play(Fault::SilentOnWrongPrivacy);
        }
        assert_eq!(failure(usual("nobody", AUTH_PASS, PRIVACY_PASS)).await.kind, FailureKind::User);
        assert_eq!(failure(usual("mon", "not the pass phrase", PRIVACY_PASS)).await.kind, FailureKind::Auth);
        let privacy = failure(usual("mon", AUTH_PASS, "not the pass phrase")).await;
        assert_eq!(privacy.kind, FailureKind::Privacy, "{privacy:?}, silent: {is_silent}");
        assert!(privacy.hint.contains("AES-192-C"), "{}", privacy.hint);
    }
}

#[tokio::test]
async fn forged_reports_and_replies_change_nothing_and_the_true_answer_wins() {
    let device = simulated().await;
    let client = Client::bind().unwrap();
    let target = target(device.address(), good());
    let name: Oid = "1.3.6.1.2.1.1.5.0".parse().unwrap();
    let get = async || client.get(&target, std::slice::from_ref(&name)).await.map(|got| got.values);
    let right = get().await.unwrap();
    let flood = |stat, boots| Fault::ForgedReports { count: 200, stat, boots };
    for fault in [
        Fault::forged_boots(),
        flood(Stat::UnknownUserNames, None),
        flood(Stat::UnknownEngineIds, None),
        flood(Stat::WrongDigests, Some(i32::MAX as u32)),
        flood(Stat::NotInTimeWindows, Some(0)),
    ] {
        device.play(fault.clone());
        assert_eq!(get().await.unwrap(), right, "{fault:?}");
        device.heal();
        assert_eq!(get().await.unwrap(), right, "after {fault:?}");
    }
    let before = client.counts().forged;
    device.play(Fault::Forged(9));
    assert_eq!(get().await.unwrap(), right);
    assert_eq!(client.counts().forged - before, 9);
}

#[tokio::test]
async fn odd_answers_are_named_and_the_next_visit_is_healthy() {
    let device = simulated().await;
    let client = Client::bind().unwrap();
    let target = target(device.address(), good());
    let hasty = target.clone().within(HASTE, 0);
    assert_eq!(read(&client, &target).await.unwrap().warnings, [""; 0]);
    for (fault, kind) in [
        (Fault::WrongTag, FailureKind::Auth),
        (Fault::Unprotected, FailureKind::Auth),
        (Fault::Nested(4_000), FailureKind::Protocol),
        (Fault::Garbage, FailureKind::Protocol),
        (Fault::Silent, FailureKind::Timeout),
    ] {
        device.play(fault.clone());
        let failure = read(&client, &hasty).await.expect_err("nothing of it can be used");
        assert_eq!(failure.kind, kind, "{fault:?}: {failure:?}");
        device.heal();
        assert_eq!(read(&client, &target).await.unwrap().interfaces.len(), 4, "after {fault:?}");
    }
    for fault in [Fault::EmptyInteger, Fault::TornVarbind, Fault::Late(Duration::from_millis(700)), Fault::Twice] {
        device.play(fault.clone());
        match read(&client, &hasty).await {
            Ok(reading) => assert!(reading.uptime.is_some() || !reading.warnings.is_empty(), "{fault:?}"),
            Err(failure) => assert_ne!(failure.kind, FailureKind::Community, "{fault:?}: {failure:?}"),
        }
        device.heal();
        assert_eq!(read(&client, &target).await.unwrap().interfaces.len(), 4, "after {fault:?}");
    }
}

#[tokio::test]
async fn a_user_without_protection_is_read_and_a_dead_port_is_no_matter_of_users() {
    let device = simulated().await;
    let client = Client::bind().unwrap();
    let open = security("open", None, None);
    assert_eq!(read(&client, &target(device.address(), open)).await.unwrap().interfaces.len(), 4);
    let address = device.address();
    drop(device);
    let failure = ask_uptime(&client, &target(address, good())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused, "{failure:?}");
}
