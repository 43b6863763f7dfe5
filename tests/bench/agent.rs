//! Our agent, as it runs in the product: assignment in, schedule, socket, observations out, acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use agent::{Agent, Network, Profile, only_link};
use agent_api::{AssignedDevice, Assignment, Cadence, ControllerEnd, Downward, Observation, Seen, Upward, VisitDepth};
use fleetsim::snmp::v3::{Auth, Extension, Privacy, User};
use inventory::clock::SystemClock;
use inventory::credential::{Credential, ProfileName};
use inventory::device::PollMethod;
use inventory::id::DeviceId;
use inventory::secret::Secret;
use inventory::snmp_v3::{AuthAlgorithm, Keyed, PrivacyAlgorithm, SnmpV3};
use tokio_util::sync::CancellationToken;

use crate::cpu;
use crate::responder::PORTS;

const PASS: &str = "mật khẩu của làng";

/// How fast it polls.
#[derive(Clone, Copy)]
enum Pace {
    /// A device is due again as soon as it was polled: the loop never rests, and has as many under way as it may.
    Busy,
    /// 1,000 polls a second, as a province of 60,000 devices makes; the core sleeps between most of them, and finds its
    /// caches cold.
    Calm,
}

/// The user of version 3, for the devices.
pub(crate) fn user() -> User {
    User::open("mon").with_auth(Auth::Sha256, PASS).with_privacy(Privacy::Aes128, Extension::Blumenthal, PASS)
}

/// `VERSION PACE POLLS ADDRESS…`: polls until every device has had a minute's visit, then that many polls more; prints their
/// CPU time in nanoseconds and how many they were.
pub(crate) fn run(args: &[String]) {
    let [version, pace, polls, addresses @ ..] = args else { panic!("usage: VERSION PACE POLLS ADDRESS…") };
    let polls = polls.parse().unwrap();
    let pace = match pace.as_str() {
        "busy" => Pace::Busy,
        "calm" => Pace::Calm,
        other => panic!("no pace {other}"),
    };
    // As the product makes its own.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (used, counted) = runtime.block_on(measure(credential(version), pace, addresses, polls));
    println!("{} {counted}", used.as_nanos());
}

fn credential(version: &str) -> Credential {
    let secret = || Secret::new(PASS.to_owned());
    match version {
        "v2c" => Credential::SnmpV2c { community: Secret::new("public".to_owned()) },
        "v3" => {
            let auth = Keyed { algorithm: AuthAlgorithm::Sha256, pass_phrase: secret() };
            let privacy = Keyed { algorithm: PrivacyAlgorithm::Aes128, pass_phrase: secret() };
            Credential::SnmpV3(SnmpV3::new("mon".to_owned(), Some(auth), Some(privacy)).unwrap())
        }
        other => panic!("no version {other}"),
    }
}

/// Each device is polled at the same rate. It is only asked once besides whether it is there, and read in full once:
/// what is measured is the poll that comes each minute.
fn assignment(credential: Credential, pace: Pace, addresses: &[String]) -> Assignment {
    let profile: ProfileName = "snmp".parse().unwrap();
    let devices = addresses.iter().zip(1..).map(|(address, id)| AssignedDevice {
        device: DeviceId(id),
        address: address.parse().unwrap(),
        methods: vec![PollMethod::Snmp],
        snmp: Some(profile.clone()),
        ssh: None,
        host_key: None,
    });
    let devices: Vec<AssignedDevice> = devices.collect();
    let hour = Duration::from_secs(3600);
    let visit = match pace {
        Pace::Busy => Duration::from_millis(1),
        Pace::Calm => Duration::from_millis(devices.len().try_into().unwrap()),
    };
    let cadence = Cadence { reach: hour, visit, full_visit: hour, ..Cadence::default() };
    Assignment { devices, credentials: BTreeMap::from([(profile, credential)]), cadence, reference_targets: Vec::new() }
}

async fn measure(credential: Credential, pace: Pace, addresses: &[String], polls: usize) -> (Duration, usize) {
    let clock = Arc::new(SystemClock);
    let network = Arc::new(Network::bind(clock.clone()).unwrap());
    let (agent_end, mut controller) = agent_api::pair();
    let stop = CancellationToken::new();
    let agent = Agent::new(Profile::new("bench", "0"), clock, network);
    let running = tokio::spawn(agent.run(only_link(agent_end), stop.clone()));
    let assignment = assignment(credential, pace, addresses);
    assert!(controller.tx.send(Downward::Assignment(assignment)).await.is_ok());
    let mut warm = BTreeSet::new();
    while warm.len() < addresses.len() {
        warm.extend(batch(&mut controller).await.iter().filter(|seen| is_poll(seen)).map(|seen| seen.device));
    }
    let before = cpu::own();
    let mut counted = 0;
    while counted < polls {
        counted += batch(&mut controller).await.iter().filter(|seen| is_poll(seen)).count();
    }
    let used = cpu::own() - before;
    stop.cancel();
    running.await.unwrap();
    (used, counted)
}

/// The next observations; they count as stored.
async fn batch(controller: &mut ControllerEnd) -> Arc<[Observation]> {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(60), controller.rx.recv()).await;
        match message.expect("the agent has nothing to tell").expect("the agent is gone") {
            Upward::Batch(batch) => {
                controller.tx.send(Downward::Ack(batch.position)).await.unwrap_or_else(|_| panic!("the agent is gone"));
                return batch.observations;
            }
            Upward::Hello(_) | Upward::Heartbeat(_) | Upward::JobEvent(_) => {}
        }
    }
}

/// Whether it is a minute's visit. One that did not read everything ends the run.
fn is_poll(observation: &Observation) -> bool {
    let Seen::Visit(visit) = &observation.seen else { return false };
    assert!(visit.failure.is_none() && visit.warnings.is_empty(), "{visit:?}");
    assert!(visit.uptime.is_some() && visit.interfaces.len() == PORTS as usize, "{visit:?}");
    let is_read = visit.interfaces.iter().all(|port| {
        let counts = [&port.in_octets, &port.out_octets, &port.in_errors, &port.out_errors];
        port.is_oper_up == Some(true) && !port.name.is_empty() && counts.iter().all(|count| count.is_some())
    });
    assert!(is_read, "{visit:?}");
    visit.depth == VisitDepth::Counters
}
