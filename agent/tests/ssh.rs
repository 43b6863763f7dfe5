//! SSH against servers of russh that misbehave in every way they know.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agent::Network;
use agent::visit::{Call, once};
use fleetsim::ssh::{Fault, Login, Options, Output, Server, key_pair};
use inventory::clock::SystemClock;
use inventory::credential::{Ssh, SshLogin};
use inventory::reading::{Failure, FailureKind};
use inventory::secret::Secret;
use jiff::civil::{Date, date};

const PASSWORD: &str = "bí mật của làng";

/// Says what Linux says, with a name for each session's command.
const LINUX: &str = "== uptime\n12.50 3.00\n== hostname\nao-lang\n== port eth0\nifindex=2\noperstate=up\n== end\n";

async fn server(login: Login, is_legacy: bool) -> Server {
    let options = Options { logins: vec![login], is_legacy, ..Options::default() };
    Server::start(options, Arc::new(|_: &str| Output::text(LINUX))).await.expect("loopback has ports")
}

fn network() -> Network {
    Network::bind(Arc::new(SystemClock)).expect("loopback has sockets")
}

fn by_password(password: &str) -> SshLogin {
    SshLogin::Password(Secret::new(password.to_owned()))
}

fn call_at(address: SocketAddr, pinned: Option<&str>, login: SshLogin, legacy_until: Option<Date>) -> Call {
    let ssh = Ssh { user: "root".to_owned(), port: address.port(), login, legacy_until };
    let pinned = pinned.map(|key| key.parse().expect("a fingerprint"));
    let address = address.ip().to_string().parse().expect("an address");
    Call { address, snmp: None, ssh: Some((ssh, pinned)), timeout: Duration::from_secs(5), is_pinged: false }
}

/// With the server's own host key pinned.
fn call(server: &Server, login: SshLogin) -> Call {
    call_at(server.address(), Some(&server.fingerprint()), login, None)
}

async fn failure(network: &Network, call: &Call) -> Failure {
    once(network, call).await.expect_err("it must not go well")
}

#[tokio::test]
async fn password_dialogue_and_key_all_let_in() {
    let pair = key_pair(77);
    let pem = pair.to_openssh(Default::default()).expect("it is a key").to_string();
    let key = SshLogin::Key { pem: Secret::new(pem), passphrase: None };
    let ways = [
        (Login::password("root", PASSWORD), by_password(PASSWORD)),
        (Login::keyboard_interactive("root", PASSWORD), by_password(PASSWORD)),
        (Login::key("root", &pair), key),
    ];
    for (place, (login, shown)) in ways.into_iter().enumerate() {
        let server = server(login, false).await;
        let report =
            once(&network(), &call(&server, shown)).await.unwrap_or_else(|failure| panic!("{place}: {failure:?}"));
        assert_eq!(report.protocols, ["ssh"]);
        assert_eq!(report.reading.identity.expect("it says who it is").sys_name.as_deref(), Some("ao-lang"));
        assert_eq!(report.reading.interfaces.len(), 1);
    }
}

#[tokio::test]
async fn an_open_session_is_used_again_and_a_lost_one_made_anew() {
    let server = server(Login::password("root", PASSWORD), false).await;
    let (network, call) = (network(), call(&server, by_password(PASSWORD)));
    for _ in 0..3 {
        once(&network, &call).await.expect("it answers");
    }
    assert_eq!((server.counters().connections, server.counters().execs), (1, 3));
    server.restart();
    once(&network, &call).await.expect("it answers after it restarted");
    assert_eq!(server.counters().connections, 2);
    server.play(Fault::Cut);
    assert_eq!(failure(&network, &call).await.kind, FailureKind::Protocol);
    server.heal();
    once(&network, &call).await.expect("it answers when it is well again");
}

#[tokio::test]
async fn a_wrong_password_is_a_refused_login() {
    let server = server(Login::password("root", PASSWORD), false).await;
    let failure = failure(&network(), &call(&server, by_password("sai"))).await;
    assert_eq!(failure.kind, FailureKind::Login);
    assert!(!failure.message.contains("sai"), "{}", failure.message);
}

#[tokio::test]
async fn another_host_key_or_none_confirmed_sees_not_one_log_in_message() {
    let server = server(Login::password("root", PASSWORD), false).await;
    let network = network();
    let unconfirmed = call_at(server.address(), None, by_password(PASSWORD), None);
    let told = failure(&network, &unconfirmed).await;
    assert_eq!(told.kind, FailureKind::HostKey);
    assert!(told.message.contains(&server.fingerprint()) && told.hint.contains("--host-key"), "{told:?}");
    server.play(Fault::HostKey);
    let told = failure(&network, &call(&server, by_password(PASSWORD))).await;
    assert_eq!(told.kind, FailureKind::HostKey);
    assert!(told.message.contains(&server.fingerprint()) && told.message.matches("SHA256:").count() == 2, "{told:?}");
    assert_eq!((server.counters().connections, server.counters().auth_messages), (2, 0));
}

#[tokio::test]
async fn old_algorithms_are_spoken_up_to_their_day_and_no_longer() {
    let server = server(Login::password("root", PASSWORD), true).await;
    let until = |day| call_at(server.address(), Some(&server.fingerprint()), by_password(PASSWORD), day);
    let network = network();
    let never = failure(&network, &until(None)).await;
    assert_eq!(never.kind, FailureKind::Algorithm);
    assert!(never.message.contains("diffie-hellman-group14-sha1"), "{}", never.message);
    let over = failure(&network, &until(Some(date(2020, 2, 29)))).await;
    assert!(over.kind == FailureKind::Algorithm && over.message.contains("2020-02-29"), "{}", over.message);
    let report = once(&network, &until(Some(date(9999, 12, 31)))).await.expect("it is allowed");
    assert!(report.reading.warnings.iter().any(|warning| warning.contains("9999-12-31")));
}

#[tokio::test]
async fn a_device_that_hangs_or_prints_without_end_is_given_up_and_read_again_later() {
    let server = server(Login::password("root", PASSWORD), false).await;
    let (network, mut call) = (network(), call(&server, by_password(PASSWORD)));
    server.play(Fault::Endless);
    call.timeout = Duration::from_secs(60);
    let endless = failure(&network, &call).await;
    assert!(endless.kind == FailureKind::Protocol && endless.message.contains("8388608"), "{}", endless.message);
    call.timeout = Duration::from_secs(2);
    server.play(Fault::HangInExec);
    assert_eq!(failure(&network, &call).await.kind, FailureKind::Timeout);
    server.play(Fault::HangAtOnce);
    assert_eq!(failure(&network, &call).await.kind, FailureKind::Timeout);
    server.heal();
    call.timeout = Duration::from_secs(20);
    once(&network, &call).await.expect("it answers when it is well again");
}

#[tokio::test]
async fn a_closed_port_is_refused() {
    let server = server(Login::password("root", PASSWORD), false).await;
    let (address, key) = (server.address(), server.fingerprint());
    drop(server);
    let mut told = failure(&network(), &call_at(address, Some(&key), by_password(PASSWORD), None)).await;
    // The listener goes when its task has noticed.
    for _ in 0..50 {
        if told.kind == FailureKind::Refused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        told = failure(&network(), &call_at(address, Some(&key), by_password(PASSWORD), None)).await;
    }
    assert_eq!(told.kind, FailureKind::Refused);
}
