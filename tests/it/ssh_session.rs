//! Sessions that are used again, with the real servers at their other end: what becomes of a visit when one is killed.

use std::sync::Arc;
use std::time::Duration;

use agent::Network;
use agent::visit::{Call, Report, once};
use inventory::clock::SystemClock;
use inventory::credential::{Ssh, SshLogin};
use inventory::reading::{Failure, FailureKind};
use inventory::secret::Secret;
use jiff::civil::{Date, date};
use rustix::process::Signal;
use tokio::time::Instant;
use villagenet_tests::ssh_server::SshServer;
use villagenet_tests::wait::wait_for;

const SOON: Duration = Duration::from_secs(20);

/// Much longer than anything here takes: what ends it earlier was noticed, not waited for.
const PATIENCE: Duration = Duration::from_secs(120);

fn network() -> Arc<Network> {
    Arc::new(Network::bind(Arc::new(SystemClock)).unwrap())
}

fn call(server: &SshServer, timeout: Duration, legacy_until: Option<Date>) -> Call {
    let pem = Secret::new(std::fs::read_to_string(server.key()).unwrap());
    let login = SshLogin::Key { pem, passphrase: None };
    let ssh = Ssh { user: "root".to_owned(), port: server.port(), login, legacy_until };
    let pinned = server.fingerprint().parse().unwrap();
    Call {
        address: "127.0.0.1".parse().unwrap(),
        snmp: None,
        ssh: Some((ssh, Some(pinned))),
        timeout,
        is_pinged: false,
    }
}

/// Starts a visit and waits until the device is at its `nth` command.
async fn begin(
    network: &Arc<Network>,
    server: &SshServer,
    nth: usize,
) -> tokio::task::JoinHandle<Result<Report, Failure>> {
    let (network, call) = (Arc::clone(network), call(server, PATIENCE, None));
    let visit = tokio::spawn(async move { once(&network, &call).await });
    is_at_command(server, nth).await;
    visit
}

async fn is_at_command(server: &SshServer, nth: usize) {
    wait_for("the device runs the command", SOON, async || server.machine().commands() == nth).await;
}

/// The only session, once there is but one: those of connections without a log-in are over soon.
async fn session(server: &SshServer) -> u32 {
    wait_for("there is one session", SOON, async || server.sessions().len() == 1).await;
    server.sessions()[0]
}

async fn a_session_is_used_again_until_it_is_killed(server: &SshServer) {
    let (network, call) = (network(), call(server, PATIENCE, None));
    once(&network, &call).await.unwrap();
    let first = session(server).await;
    once(&network, &call).await.unwrap();
    assert_eq!(session(server).await, first, "it was used again");
    server.signal_sessions(Signal::KILL);
    once(&network, &call).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_ne!(session(server).await, first);
    assert_eq!(server.machine().commands(), 3);
}

async fn a_session_killed_during_a_command_is_told_at_once(server: &SshServer) {
    let network = network();
    server.machine().stall();
    let visit = begin(&network, server, 1).await;
    let killed = Instant::now();
    server.signal_sessions(Signal::KILL);
    let failure = visit.await.unwrap().unwrap_err();
    assert!(killed.elapsed() < PATIENCE / 4, "it was waited for: {:?}", killed.elapsed());
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.message.ends_with("closed the SSH connection during a command"), "{failure:?}");
    assert!(failure.hint.contains("tried again"), "{failure:?}");

    server.machine().go_on();
    once(&network, &call(server, PATIENCE, None)).await.expect("a new session is made");
    // A session that had served before may have been about to end: it gets one more try, in a new one.
    server.machine().stall();
    let visit = begin(&network, server, 3).await;
    server.signal_sessions(Signal::KILL);
    is_at_command(server, 4).await;
    server.machine().go_on();
    visit.await.unwrap().expect("the visit itself makes a new session");
}

async fn a_frozen_session_costs_one_visit_its_time_and_the_next_one_nothing(server: &SshServer) {
    let network = network();
    once(&network, &call(server, PATIENCE, None)).await.unwrap();
    let frozen = session(server).await;
    server.signal_sessions(Signal::STOP);
    let asked = Instant::now();
    let failure = once(&network, &call(server, Duration::from_secs(2), None)).await.unwrap_err();
    assert!(failure.kind == FailureKind::Timeout && asked.elapsed() < SOON, "{failure:?} after {:?}", asked.elapsed());
    once(&network, &call(server, PATIENCE, None)).await.expect("a new session is made");
    assert!(server.sessions().iter().any(|session| *session != frozen));
}

#[tokio::test]
async fn openssh_sessions_are_used_again_and_replaced_when_they_are_lost() {
    a_session_is_used_again_until_it_is_killed(&SshServer::openssh("")).await;
    a_session_killed_during_a_command_is_told_at_once(&SshServer::openssh("")).await;
    a_frozen_session_costs_one_visit_its_time_and_the_next_one_nothing(&SshServer::openssh("")).await;
}

#[tokio::test]
async fn dropbear_sessions_are_used_again_and_replaced_when_they_are_lost() {
    a_session_is_used_again_until_it_is_killed(&SshServer::dropbear()).await;
    a_session_killed_during_a_command_is_told_at_once(&SshServer::dropbear()).await;
    a_frozen_session_costs_one_visit_its_time_and_the_next_one_nothing(&SshServer::dropbear()).await;
}

#[tokio::test]
async fn an_openssh_that_knows_only_old_algorithms_is_read_up_to_the_day_given() {
    let old = "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-cbc\nMACs hmac-sha1";
    let server = SshServer::openssh(old);
    let failure = once(&network(), &call(&server, PATIENCE, Some(date(2020, 2, 29)))).await.unwrap_err();
    assert!(failure.kind == FailureKind::Algorithm && failure.message.contains("2020-02-29"), "{failure:?}");
    assert_eq!(server.login_messages(), 0);
    let report = once(&network(), &call(&server, PATIENCE, Some(date(9999, 12, 31)))).await.unwrap();
    assert!(report.reading.warnings.iter().any(|warning| warning.contains("9999-12-31")));
}
