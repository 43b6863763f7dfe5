//! The agent over real sockets: simulated devices on loopback, short intervals, bounded waits.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agent::visit::{Call, once};
use agent::{Agent, Ended, Network, Profile, only_link};
use agent_api::{
    AssignedDevice, Assignment, Cadence, ControllerEnd, Downward, Observation, Reach, Seen, Upward, Visit, VisitDepth,
    pair,
};
use fleetsim::snmp::{Agent as Device, Fault, Options, Values};
use inventory::clock::SystemClock;
use inventory::credential::Credential;
use inventory::device::PollMethod;
use inventory::id::DeviceId;
use inventory::reading::FailureKind;
use inventory::secret::Secret;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Ten times what anything here should take.
const BOUND: Duration = Duration::from_secs(30);

/// Everything a hundred times faster than in a hall.
fn hasty() -> Cadence {
    Cadence {
        reach: Duration::from_millis(200),
        reach_timeout: Duration::from_millis(300),
        reach_retries: [Duration::from_millis(50), Duration::from_millis(50)],
        visit: Duration::from_millis(500),
        full_visit: Duration::from_secs(60),
        heartbeat: Duration::from_secs(1),
    }
}

fn v2c(community: &str) -> Credential {
    Credential::SnmpV2c { community: Secret::new(community.to_owned()) }
}

fn assigned(id: i64, address: SocketAddr, methods: &[PollMethod]) -> AssignedDevice {
    AssignedDevice {
        device: DeviceId(id),
        address: address.to_string().parse().expect("socket addresses are addresses"),
        methods: methods.to_vec(),
        snmp: Some("halls".parse().expect("a good name")),
        ssh: None,
        host_key: None,
    }
}

async fn device() -> Device {
    Device::start(Values::router("gw", 4), Options::default()).await.expect("loopback has ports")
}

/// An agent at work, and the controller's end of its link.
struct Running {
    controller: ControllerEnd,
    stop: CancellationToken,
    task: JoinHandle<Ended>,
    unread: Vec<Observation>,
}

impl Running {
    async fn start(devices: Vec<AssignedDevice>) -> Running {
        let clock = Arc::new(SystemClock);
        let network = Arc::new(Network::bind(clock.clone()).expect("loopback has ports"));
        let (end, controller) = pair();
        let stop = CancellationToken::new();
        let agent = Agent::new(Profile::new("embedded", "test"), clock, network);
        let task = tokio::spawn(agent.run(only_link(end), stop.clone()));
        let credentials = BTreeMap::from([("halls".parse().expect("a good name"), v2c("public"))]);
        let assignment = Assignment { devices, credentials, cadence: hasty(), reference_targets: vec![] };
        controller.send(Downward::Assignment(assignment)).await.expect("the agent lives");
        Running { controller, stop, task, unread: Vec::new() }
    }

    /// Listens until an observation of the device fits; what does not fit is kept for whoever wants it.
    async fn wait_for(&mut self, what: &str, device: i64, fits: impl Fn(&Seen) -> bool) -> Observation {
        let listen = async {
            loop {
                let is_it = |seen: &Observation| seen.device == device && fits(&seen.seen);
                if let Some(found) = self.unread.iter().position(is_it) {
                    return self.unread.remove(found);
                }
                let Some(Upward::Batch(batch)) = self.controller.rx.recv().await else {
                    continue;
                };
                self.controller.send(Downward::Ack(batch.position)).await.expect("the agent lives");
                self.unread.extend(batch.observations.iter().cloned());
            }
        };
        let found = timeout(BOUND, listen).await;
        found.unwrap_or_else(|_| panic!("waited in vain for {what} of device {device}"))
    }

    /// What was seen until now is of no interest.
    fn forget(&mut self) {
        self.unread.clear();
    }

    async fn wait_for_visit(&mut self, what: &str, device: i64, fits: impl Fn(&Visit) -> bool) -> Visit {
        let is_it = |seen: &Seen| matches!(seen, Seen::Visit(visit) if fits(visit));
        match self.wait_for(what, device, is_it).await.seen {
            Seen::Visit(visit) => *visit,
            Seen::Reach(_) => unreachable!("the filter lets visits through only"),
        }
    }
}

fn is_answered(seen: &Seen) -> bool {
    matches!(seen, Seen::Reach(Reach::Answered { .. }))
}

fn is_silent(seen: &Seen) -> bool {
    matches!(seen, Seen::Reach(Reach::Silent { .. }))
}

#[tokio::test]
async fn a_device_is_read_lost_and_found_again() {
    let first = device().await;
    let address = first.address();
    let mut agent = Running::start(vec![assigned(1, address, &[PollMethod::Snmp])]).await;
    agent.wait_for("an answer", 1, is_answered).await;
    let full = agent.wait_for_visit("a full visit", 1, |visit| visit.depth == VisitDepth::Full).await;
    assert_eq!(full.failure, None);
    assert_eq!(full.identity.and_then(|identity| identity.sys_name).as_deref(), Some("gw"));
    assert_eq!(full.interfaces.len(), 4);
    let counters = agent.wait_for_visit("counters", 1, |visit| visit.depth == VisitDepth::Counters).await;
    assert_eq!(counters.interfaces.len(), 4);
    assert!(counters.interfaces[0].in_octets.is_some_and(|count| count.bits == 64));

    drop(first);
    let lost = agent.wait_for("silence", 1, is_silent).await;
    agent.forget();
    assert!(matches!(lost.seen, Seen::Reach(Reach::Silent { failure, .. }) if failure == "refused"));

    let options = Options { listen: address, ..Options::default() };
    let _second = Device::start(Values::router("gw-2", 4), options).await.expect("the port is free again");
    agent.wait_for("an answer after the silence", 1, is_answered).await;
    // Another device may stand there now, so everything is read; a visit that was under way may come home before.
    let is_full = |visit: &Visit| visit.failure.is_none() && visit.depth == VisitDepth::Full;
    let back = agent.wait_for_visit("a full visit after the silence", 1, is_full).await;
    assert_eq!(back.identity.and_then(|identity| identity.sys_name).as_deref(), Some("gw-2"));

    agent.stop.cancel();
    assert_eq!(
        timeout(Duration::from_secs(2), agent.task).await.expect("it stops within 2 s").ok(),
        Some(Ended::Stopped)
    );
}

#[tokio::test]
async fn devices_that_misbehave_disturb_no_other() {
    let faults = [Fault::Silent, Fault::Garbage, Fault::EndlessWalk, Fault::Nested(4000), Fault::LongText(60_000)];
    let good = device().await;
    let mut bad = Vec::new();
    for fault in faults {
        let one = device().await;
        one.play(fault);
        bad.push(one);
    }
    let mut devices = vec![assigned(1, good.address(), &[PollMethod::Snmp])];
    devices.extend((2..).zip(&bad).map(|(id, one)| assigned(id, one.address(), &[PollMethod::Snmp])));
    let mut agent = Running::start(devices).await;
    agent.wait_for("silence", 2, is_silent).await;
    for _ in 0..3 {
        let counters = agent.wait_for_visit("counters", 1, |visit| visit.depth == VisitDepth::Counters).await;
        assert!(counters.failure.is_none() && counters.lag_us < 1_000_000, "{counters:?}");
    }
    agent.wait_for("an answer of one with an endless table", 4, is_answered).await;
    agent.stop.cancel();
}

#[tokio::test]
async fn a_device_that_answers_pings_is_there_though_its_snmp_is_not() {
    let address: SocketAddr = closed_port().await;
    let devices = vec![assigned(1, address, &[PollMethod::Snmp, PollMethod::Ping])];
    let mut agent = Running::start(devices).await;
    let may_ping = agent::ping::Pinger::new().check().is_ok();
    // Where this process may not ping, SNMP alone decides.
    let expected = if may_ping { is_answered } else { is_silent };
    agent.wait_for("a verdict", 1, expected).await;
    let visit = agent.wait_for_visit("a visit that fails", 1, |visit| visit.failure.is_some()).await;
    assert_eq!(visit.failure.map(|failure| failure.kind).as_deref(), Some("refused"));
    agent.stop.cancel();
}

#[tokio::test]
async fn one_visit_by_hand_tells_what_a_poll_would_or_why_not() {
    let device = device().await;
    let network = Network::bind(Arc::new(SystemClock)).expect("loopback has ports");
    let call = |address: SocketAddr, community: &str| Call {
        address: address.to_string().parse().expect("socket addresses are addresses"),
        snmp: Some(v2c(community)),
        ssh: None,
        timeout: Duration::from_secs(3),
        is_pinged: true,
    };
    let report = once(&network, &call(device.address(), "public")).await.expect("it answers");
    assert_eq!((report.address, report.protocols), (device.address(), vec!["snmp2c"]));
    assert_eq!(report.reading.interfaces.len(), 4);
    let warned = report.reading.warnings.iter().any(|warning| warning.contains("CAP_NET_RAW"));
    assert_eq!(warned, !matches!(report.ping, Some(Ok(_))));

    let began = std::time::Instant::now();
    let wrong = once(&network, &call(device.address(), "private")).await.expect_err("the community is wrong");
    assert_eq!(wrong.kind, FailureKind::Community);
    let dead = once(&network, &call(closed_port().await, "public")).await.expect_err("nobody listens");
    assert_eq!(dead.kind, FailureKind::Refused);
    device.play(Fault::Silent);
    let silent = once(&network, &call(device.address(), "public")).await.expect_err("it says nothing");
    assert_eq!(silent.kind, FailureKind::Timeout);
    assert!(began.elapsed() < Duration::from_secs(10), "each within its 3 s");
    assert!([&wrong, &dead, &silent].iter().all(|failure| !failure.hint.is_empty()));
}

/// A UDP port on which nobody listens.
async fn closed_port() -> SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("loopback has ports");
    socket.local_addr().expect("it is bound")
}
