//! The loop under virtual time, over a network that does as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_api::{
    AgentEnd, AssignedDevice, Assignment, Cadence, ControllerEnd, Downward, Job, JobState, Observation, Position,
    Reach, Seen, Upward, Visit, VisitDepth, pair,
};
use inventory::clock::Clock;
use inventory::device::{Address, PollMethod};
use inventory::reading::{Failure, FailureKind, Reading};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{Agent, Ended, Profile};
use crate::target::Target;
use crate::target::tests::{assigned, profiles};
use crate::transports::{Asked, Transports, VisitOutcome};

const SECOND: Duration = Duration::from_secs(1);

/// What a device of the fake network does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Conduct {
    #[default]
    Answers,
    /// Lets every ask and visit run into its timeout.
    Silent,
    /// Answers asks; its visits never come back.
    Hangs,
    /// Answers asks; on visits our own code panics.
    Panics,
    /// Answers; its ports are never those of the visit before.
    Renumbers,
}

/// The fake network: everybody answers unless told otherwise.
#[derive(Default)]
struct Fake {
    conduct: Mutex<BTreeMap<String, Conduct>>,
    connected: Mutex<Option<bool>>,
}

impl Fake {
    fn set(&self, device: i64, conduct: Conduct) {
        self.conduct.lock().unwrap().insert(format!("10.0.0.{device}"), conduct);
    }

    fn of(&self, target: &Target) -> Conduct {
        self.conduct.lock().unwrap().get(target.address.host()).copied().unwrap_or_default()
    }
}

impl Transports for Fake {
    type Memory = u32;

    async fn ask(&self, target: &Target, timeout: Duration) -> Asked {
        match self.of(target) {
            Conduct::Answers | Conduct::Hangs | Conduct::Panics | Conduct::Renumbers => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Asked::Answered { rtt: Duration::from_millis(5), uptime: None }
            }
            Conduct::Silent => {
                tokio::time::sleep(timeout).await;
                Asked::Missed(FailureKind::Timeout)
            }
        }
    }

    async fn visit(&self, target: &Target, depth: VisitDepth, memory: u32) -> VisitOutcome<u32> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let visits = memory + 1;
        let conduct = self.of(target);
        let result = match conduct {
            Conduct::Answers | Conduct::Renumbers => {
                Ok(Reading { warnings: vec![format!("visit {visits}")], ..Reading::default() })
            }
            Conduct::Silent => {
                tokio::time::sleep(5 * SECOND).await;
                Err(Failure { kind: FailureKind::Timeout, message: "no answer".into(), hint: "wait".into() })
            }
            Conduct::Hangs => std::future::pending().await,
            Conduct::Panics => panic!("this device makes our code fail, as the test wants"),
        };
        let has_changed = conduct == Conduct::Renumbers && depth == VisitDepth::Counters;
        VisitOutcome::new(result, has_changed, visits)
    }

    async fn is_connected(&self, _: &[Address], timeout: Duration) -> Option<bool> {
        tokio::time::sleep(timeout / 2).await;
        *self.connected.lock().unwrap()
    }
}

/// The clocks of tokio's virtual time.
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        start() + self.0.elapsed()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

fn start() -> Timestamp {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

/// An agent over a fake network, and the controller's end of its link.
struct Rig {
    began: Instant,
    network: Arc<Fake>,
    links: Option<mpsc::Sender<AgentEnd>>,
    controller: ControllerEnd,
    stop: CancellationToken,
    running: JoinHandle<Ended>,
}

impl Rig {
    async fn start() -> Rig {
        Rig::start_as(Profile::new("embedded", "test")).await
    }

    async fn start_as(profile: Profile) -> Rig {
        let began = Instant::now();
        let network = Arc::new(Fake::default());
        let (links, links_rx) = mpsc::channel(1);
        let (end, controller) = pair();
        links.send(end).await.unwrap();
        let stop = CancellationToken::new();
        let agent = Agent::new(profile, Arc::new(VirtualClock(began)), Arc::clone(&network));
        let running = tokio::spawn(agent.run(links_rx, stop.clone()));
        Rig { began, network, links: Some(links), controller, stop, running }
    }

    async fn assign(&self, devices: Vec<AssignedDevice>) {
        self.assign_with(Assignment { devices, ..Assignment::default() }).await;
    }

    async fn assign_with(&self, assignment: Assignment) {
        let assignment = Assignment { credentials: profiles(&[("halls", "public")]), ..assignment };
        self.controller.send(Downward::Assignment(assignment)).await.unwrap();
    }

    /// Everything the agent says until then, each with the second it came at; batches are acknowledged.
    async fn hear_until(&mut self, second: u64) -> Vec<(f64, Upward)> {
        let until = self.began + Duration::from_secs(second);
        let mut heard = Vec::new();
        while let Ok(Some(message)) = timeout_at(until, self.controller.rx.recv()).await {
            if let Upward::Batch(batch) = &message {
                // A stopping agent does not wait for it.
                self.controller.send(Downward::Ack(batch.position)).await.ok();
            }
            heard.push((self.began.elapsed().as_secs_f64(), message));
        }
        heard
    }

    async fn observations_until(&mut self, second: u64) -> Vec<(f64, Observation)> {
        observations(self.hear_until(second).await)
    }
}

fn observations(heard: Vec<(f64, Upward)>) -> Vec<(f64, Observation)> {
    let of_batch = |(at, message)| match message {
        Upward::Batch(batch) => batch.observations.iter().map(|seen| (at, seen.clone())).collect(),
        Upward::Hello(_) | Upward::Heartbeat(_) | Upward::JobEvent(_) => Vec::new(),
    };
    heard.into_iter().flat_map(of_batch).collect()
}

fn snmp(id: i64) -> AssignedDevice {
    assigned(id, &[PollMethod::Snmp], Some("halls"))
}

fn reach_of(seen: &[(f64, Observation)], device: i64) -> Vec<(f64, Reach)> {
    let reach = |(at, observation): &(f64, Observation)| match &observation.seen {
        Seen::Reach(reach) if observation.device == device => Some((*at, reach.clone())),
        Seen::Reach(_) | Seen::Visit(_) => None,
    };
    seen.iter().filter_map(reach).collect()
}

fn visits_of(seen: &[(f64, Observation)], device: i64) -> Vec<Visit> {
    let visit = |(_, observation): &(f64, Observation)| match &observation.seen {
        Seen::Visit(visit) if observation.device == device => Some((**visit).clone()),
        Seen::Reach(_) | Seen::Visit(_) => None,
    };
    seen.iter().filter_map(visit).collect()
}

fn is_answered(reach: &Reach) -> bool {
    matches!(reach, Reach::Answered { .. })
}

#[tokio::test(start_paused = true)]
async fn a_new_device_is_known_and_read_within_two_seconds() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1)]).await;
    let heard = rig.hear_until(2).await;
    assert!(matches!(&heard[0].1, Upward::Hello(hello) if hello.agent == "embedded" && hello.epoch > 0));
    assert!(heard.iter().any(|(_, message)| matches!(message, Upward::Heartbeat(beat) if beat.connected.is_none())));
    let seen = observations(heard);
    let answers = reach_of(&seen, 1);
    assert!(answers.len() == 2 && answers.iter().all(|(_, reach)| is_answered(reach)), "two make up: {answers:?}");
    let visits = visits_of(&seen, 1);
    assert_eq!((visits.len(), visits[0].depth, visits[0].protocol.as_str()), (1, VisitDepth::Full, "snmp2c"));
    assert_eq!(visits[0].took_us, 20_000);
}

#[tokio::test(start_paused = true)]
async fn a_device_is_asked_every_20_s_and_read_every_minute() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1)]).await;
    let seen = rig.observations_until(600).await;
    assert!((30..=33).contains(&reach_of(&seen, 1).len()), "{}", reach_of(&seen, 1).len());
    let visits = visits_of(&seen, 1);
    assert!((10..=11).contains(&visits.len()));
    assert!(visits[1..].iter().all(|visit| visit.depth == VisitDepth::Counters && visit.lag_us < 5_000));
    assert_eq!(visits[9].warnings, ["visit 10"], "what the transports remember comes back to them");
}

#[tokio::test(start_paused = true)]
async fn a_device_that_dies_is_silent_within_28_s_and_back_within_25() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1), snmp(2)]).await;
    rig.observations_until(100).await;
    rig.network.set(1, Conduct::Silent);
    let seen = rig.observations_until(200).await;
    let (at, first) = reach_of(&seen, 1).into_iter().find(|(_, reach)| !is_answered(reach)).expect("it is silent");
    assert!(at <= 128.3, "27.5 s and 0.2 s in the queue: {at}");
    let Reach::Silent { since_ms, failure } = &first else { panic!("{first:?}") };
    let since = Duration::from_millis(u64::try_from(*since_ms - start().as_millisecond()).unwrap());
    assert!((100.0..120.0).contains(&since.as_secs_f64()) && failure == "timeout");
    let silences: Vec<Reach> =
        reach_of(&seen, 1).into_iter().map(|(_, reach)| reach).filter(|r| !is_answered(r)).collect();
    assert!(silences.len() >= 4 && silences.iter().all(|silence| *silence == first), "each round, the same beginning");
    assert!(reach_of(&seen, 2).iter().all(|(_, reach)| is_answered(reach)));

    rig.network.set(1, Conduct::Answers);
    let seen = rig.observations_until(225).await;
    let answers: Vec<f64> =
        reach_of(&seen, 1).iter().filter(|(_, reach)| is_answered(reach)).map(|(at, _)| *at).collect();
    assert!(answers[0] <= 220.5 && answers[1] - answers[0] <= 1.1, "confirmed a second later: {answers:?}");
    let visits = visits_of(&seen, 1);
    assert!(visits.iter().any(|visit| visit.failure.is_none() && visit.depth == VisitDepth::Full), "and read at once");
}

#[tokio::test(start_paused = true)]
async fn what_hangs_or_makes_our_code_fail_disturbs_nobody() {
    let mut rig = Rig::start_as(Profile { visits_at_once: 4, ..Profile::new("a", "test") }).await;
    rig.network.set(1, Conduct::Hangs);
    rig.network.set(2, Conduct::Panics);
    rig.assign((1..=6).map(snmp).collect()).await;
    let seen = rig.observations_until(310).await;
    for device in 1..=6 {
        let answers = reach_of(&seen, device).len();
        assert!((16..=19).contains(&answers), "device {device} was asked all the time: {answers}");
    }
    for device in 3..=6 {
        let visits = visits_of(&seen, device);
        assert!((5..=7).contains(&visits.len()) && visits.iter().all(|visit| visit.failure.is_none()));
        assert!(visits.iter().all(|visit| visit.lag_us < 100_000), "nor did they wait");
    }
    let failure = |device| visits_of(&seen, device)[0].failure.clone().expect("its visits fail");
    assert_eq!(failure(1).kind, "timeout");
    assert!(failure(1).message.contains("60s"), "{}", failure(1).message);
    assert_eq!(failure(2).kind, "protocol");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_cut_off_says_that_it_could_not_look() {
    let mut rig = Rig::start().await;
    *rig.network.connected.lock().unwrap() = Some(false);
    for device in 1..=3 {
        rig.network.set(device, Conduct::Silent);
    }
    let reference_targets = vec!["192.0.2.1".parse().unwrap()];
    let devices = (1..=3).map(snmp).collect();
    rig.assign_with(Assignment { devices, reference_targets, ..Assignment::default() }).await;
    let heard = rig.hear_until(60).await;
    assert!(
        heard.iter().any(|(_, message)| matches!(message, Upward::Heartbeat(beat) if beat.connected == Some(false)))
    );
    let seen = observations(heard);
    for device in 1..=3 {
        let verdicts = reach_of(&seen, device);
        assert!(!verdicts.is_empty());
        assert!(verdicts.iter().all(|(_, reach)| matches!(reach, Reach::CouldNotLook { .. })), "{verdicts:?}");
    }
    *rig.network.connected.lock().unwrap() = Some(true);
    let seen = rig.observations_until(120).await;
    assert!(reach_of(&seen, 1).iter().any(|(_, reach)| matches!(reach, Reach::Silent { .. })));
}

#[tokio::test(start_paused = true)]
async fn the_check_of_the_own_connection_does_not_delay_the_verdict() {
    let mut rig = Rig::start().await;
    *rig.network.connected.lock().unwrap() = Some(true);
    let reference_targets = vec!["192.0.2.1".parse().unwrap()];
    rig.assign_with(Assignment { devices: vec![snmp(1)], reference_targets, ..Assignment::default() }).await;
    rig.observations_until(100).await;
    rig.network.set(1, Conduct::Silent);
    let seen = rig.observations_until(140).await;
    let (at, _) = reach_of(&seen, 1).into_iter().find(|(_, reach)| !is_answered(reach)).expect("it is silent");
    assert!(at <= 128.3, "{at}");
}

#[tokio::test(start_paused = true)]
async fn a_job_is_finished_behind_the_answers_it_asked_for() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1), snmp(2)]).await;
    rig.hear_until(10).await;
    rig.network.set(2, Conduct::Silent);
    rig.controller.send(Downward::Job(Job::Reask { id: 5, devices: vec![2, 1, 77] })).await.unwrap();
    rig.controller.send(Downward::Job(Job::Reask { id: 6, devices: vec![77] })).await.unwrap();
    let heard = rig.hear_until(19).await;
    let events: Vec<(f64, u64, bool)> = heard
        .iter()
        .filter_map(|(at, message)| match message {
            Upward::JobEvent(event) => Some((*at, event.id, event.state == JobState::Finished)),
            Upward::Hello(_) | Upward::Heartbeat(_) | Upward::Batch(_) => None,
        })
        .collect();
    assert!(matches!(events[..], [(_, 6, false), (at, 5, true)] if (17.5..18.0).contains(&at)), "{events:?}");
    let finished = heard.iter().position(|(_, message)| matches!(message, Upward::JobEvent(event) if event.id == 5));
    let seen = observations(heard[..finished.unwrap()].to_vec());
    assert!(matches!(reach_of(&seen, 2).last(), Some((_, Reach::Silent { .. }))));
    assert!(reach_of(&seen, 1).iter().any(|(_, reach)| is_answered(reach)));
}

#[tokio::test(start_paused = true)]
async fn an_assignment_replaces_the_one_before() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1), snmp(2)]).await;
    rig.observations_until(100).await;
    let cadence = Cadence { reach: 2 * SECOND, visit: 6 * SECOND, ..Cadence::default() };
    rig.assign_with(Assignment { devices: vec![snmp(2), snmp(3)], cadence, ..Assignment::default() }).await;
    rig.observations_until(101).await;
    let seen = rig.observations_until(161).await;
    assert!(reach_of(&seen, 1).is_empty() && visits_of(&seen, 1).is_empty());
    for device in [2, 3] {
        assert!((29..=31).contains(&reach_of(&seen, device).len()));
        assert!((9..=11).contains(&visits_of(&seen, device).len()));
    }
}

#[tokio::test(start_paused = true)]
async fn other_ports_lead_to_a_full_visit_at_once() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1)]).await;
    rig.observations_until(10).await;
    rig.network.set(1, Conduct::Renumbers);
    let seen = rig.observations_until(100).await;
    let depths: Vec<VisitDepth> = visits_of(&seen, 1).iter().map(|visit| visit.depth).collect();
    assert_eq!(depths[..2], [VisitDepth::Counters, VisitDepth::Full]);
}

#[tokio::test(start_paused = true)]
async fn without_a_link_polling_goes_on_and_the_next_link_hears_everything_once_more() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1)]).await;
    rig.observations_until(50).await;
    // The controller takes two more batches and is lost before it acknowledges them.
    let lost = |position: Position| position.seq;
    let mut unacknowledged = Vec::new();
    while unacknowledged.len() < 2 {
        if let Some(Upward::Batch(batch)) = rig.controller.rx.recv().await {
            unacknowledged.push(lost(batch.position));
        }
    }
    let (end, controller) = pair();
    rig.controller = controller;
    tokio::time::sleep(200 * SECOND).await;
    rig.links.as_ref().unwrap().send(end).await.unwrap();
    let heard = rig.hear_until(320).await;
    assert!(matches!(heard[0].1, Upward::Hello(_)));
    let seqs: Vec<u64> = heard
        .iter()
        .filter_map(|(_, message)| match message {
            Upward::Batch(batch) => Some(batch.position.seq),
            Upward::Hello(_) | Upward::Heartbeat(_) | Upward::JobEvent(_) => None,
        })
        .collect();
    assert_eq!(seqs[..2], unacknowledged);
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "no hole: {seqs:?}");
    let seen = observations(heard);
    assert!(reach_of(&seen, 1).len() >= 10, "it was asked while there was no link");
}

#[tokio::test(start_paused = true)]
async fn a_stopping_agent_hands_over_what_it_has_and_is_gone_within_2_s() {
    let mut rig = Rig::start().await;
    rig.network.set(2, Conduct::Hangs);
    rig.assign(vec![snmp(1), snmp(2)]).await;
    tokio::time::sleep(Duration::from_millis(40)).await;
    rig.stop.cancel();
    let asked_at = rig.began.elapsed();
    let seen = rig.observations_until(5).await;
    assert_eq!(rig.running.await.unwrap(), Ended::Stopped);
    assert!(rig.began.elapsed() - asked_at < 2 * SECOND);
    assert!(!reach_of(&seen, 1).is_empty(), "these had not waited for their 200 ms in the queue");
    assert!(!visits_of(&seen, 1).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stopping_agent_that_is_behind_goes_on_as_fast_as_the_controller_takes_it() {
    let mut rig = Rig::start().await;
    rig.assign((1..=50).map(snmp).collect()).await;
    tokio::time::sleep(100 * SECOND).await;
    rig.stop.cancel();
    let seen = rig.observations_until(110).await;
    assert_eq!(rig.running.await.unwrap(), Ended::Stopped);
    let last = seen.iter().map(|(_, observation)| observation.at_ms).max().expect("there is something");
    assert!(last >= start().as_millisecond() + 99_000, "the very last was handed over: {last}");
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_takes_nothing_does_not_keep_the_agent_from_stopping() {
    let rig = Rig::start().await;
    rig.assign((1..=50).map(snmp).collect()).await;
    tokio::time::sleep(600 * SECOND).await;
    rig.stop.cancel();
    let asked_at = Instant::now();
    assert_eq!(rig.running.await.unwrap(), Ended::Stopped);
    assert!(asked_at.elapsed() < 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_agent_whose_only_link_is_gone_ends() {
    let mut rig = Rig::start().await;
    rig.assign(vec![snmp(1)]).await;
    rig.observations_until(10).await;
    rig.links = None;
    drop(rig.controller);
    assert_eq!(rig.running.await.unwrap(), Ended::LinkGone);
}
