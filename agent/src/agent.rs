//! The loop of an agent: one task that owns all its state, and an errand in a task of its own for each question to a
//! device.
//!
//! ```text
//!                         ┌──────────────── Agent::run, one task ────────────────┐
//!   controller            │                                                      │
//!   Assignment, Job, Ack ─┼─▶ Event::Link    roster · schedule · reach machines  │
//!                         │   Event::Done    slots · jobs · connectivity         │
//!   Hello, Heartbeat,     │   Event::Timer                                       │
//!   Batch, JobEvent  ◀────┼── uplink ◀─ queue ◀── observations                   │
//!                         │   Event::NewLink, Event::Stop                        │
//!                         └─────┬───────────────▲────────────────────────────────┘
//!                         spawn │               │ Done, or how it failed (JoinSet)
//!              ┌────────────────┼───────────────┼────────────┐
//!              │ ask × ≤ 1 per device    visit × ≤ 1 per device, ≤ 256 in all     look × ≤ 1
//!              └──────── SNMP · ping · TCP through `Transports` ────────┘
//! ```
//!
//! Nothing here waits for a device or for the link: a device that hangs holds its own errand, a slow controller fills the
//! queue. What turns mean is in [`crate::schedule`], what answers mean in [`crate::reach`]; this file only connects them.

mod errand;
mod orders;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use agent_api::{AgentEnd, Cadence, Observation, Seen, Visit};
use inventory::clock::Clock;
use inventory::id::DeviceId;
use inventory::reading::Reach;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::connectivity::{Connectivity, Look};
use crate::jobs::Jobs;
use crate::moment::Moment;
use crate::queue::{Limits, Queue, Urgency};
use crate::reach::{Effect, Event as ReachEvent, LOOK_FRESH};
use crate::roster::Roster;
use crate::schedule::{Due, Schedule, Visited};
use crate::transports::{Asked, Transports, VisitOutcome};
use crate::uplink::{LinkEvent, Uplink};
use errand::{Done, Errands};
use slots::{Slots, Waiting};

/// Who this agent is, and how much it may do at once.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name; `embedded` inside the controller.
    pub name: String,
    /// Its release.
    pub release: String,
    /// Visits at once.
    pub visits_at_once: usize,
    /// What it keeps while the controller does not take it.
    pub limits: Limits,
    /// Its epoch is at least this, whatever the clock says: an epoch below one that the controller has seen would be
    /// taken for a repetition.
    pub epoch_floor: u64,
}

impl Profile {
    /// 256 visits at once: enough for 10,000 devices a minute that take 1.5 s each.
    pub fn new(name: impl Into<String>, release: impl Into<String>) -> Self {
        Profile {
            name: name.into(),
            release: release.into(),
            visits_at_once: 256,
            limits: Limits::default(),
            epoch_floor: 0,
        }
    }
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to stop, and has sent what the link took.
    Stopped,
    /// The link is gone, and there will be no other.
    LinkGone,
}

/// The one link of an agent inside the controller, as [`Agent::run`] wants it: when it is gone there is no other.
pub fn only_link(link: AgentEnd) -> mpsc::Receiver<AgentEnd> {
    let (tx, rx) = mpsc::channel(1);
    // The channel was made with room for one a line above.
    if tx.try_send(link).is_err() {
        unreachable!("a new channel has room");
    }
    rx
}

/// Everything the loop can be told.
enum Event<M> {
    /// A link to the controller was made; `None`: there will be no more.
    NewLink(Option<AgentEnd>),
    /// The link has something to say.
    Link(LinkEvent),
    /// An errand came home.
    Done(Done<M>),
    /// Something is due.
    Timer,
    /// The agent has to stop.
    Stop,
}

/// An agent: polls what it is assigned and tells the controller what it sees.
pub struct Agent<T: Transports> {
    profile: Profile,
    clock: Arc<dyn Clock>,
    cadence: Cadence,
    roster: Roster<T::Memory>,
    schedule: Schedule,
    slots: Slots,
    connectivity: Connectivity,
    /// Devices whose verdict waits for the check of the agent's own connection.
    deciding: BTreeSet<DeviceId>,
    jobs: Jobs,
    uplink: Uplink,
    errands: Errands<T>,
    /// When the next heartbeat is due.
    heartbeat_at: Duration,
    /// A heartbeat waits for the check of the agent's own connection.
    is_heartbeat_waiting: bool,
    /// Another link may still come.
    has_more_links: bool,
}

impl<T: Transports> Agent<T> {
    /// An agent that polls nothing yet. The clock's time now becomes its epoch, unless the profile's floor is higher.
    pub fn new(profile: Profile, clock: Arc<dyn Clock>, transports: Arc<T>) -> Self {
        let epoch = u64::try_from(clock.now().as_millisecond()).unwrap_or(0).max(profile.epoch_floor);
        let cadence = Cadence::default();
        Agent {
            cadence,
            roster: Roster::new(),
            // The epoch as seed: agents of different halls poll at different moments.
            schedule: Schedule::new(epoch.wrapping_mul(0x9E37_79B9_7F4A_7C15), cadence),
            slots: Slots::new(profile.visits_at_once),
            connectivity: Connectivity::default(),
            deciding: BTreeSet::new(),
            jobs: Jobs::default(),
            uplink: Uplink::new(Queue::new(epoch, profile.limits)),
            errands: Errands::new(transports, Arc::clone(&clock)),
            heartbeat_at: Duration::MAX,
            is_heartbeat_waiting: false,
            has_more_links: true,
            profile,
            clock,
        }
    }

    /// Polls until `stop`, over each link that comes; without one it goes on polling and keeps what it sees.
    pub async fn run(mut self, mut links: mpsc::Receiver<AgentEnd>, stop: CancellationToken) -> Ended {
        loop {
            match self.next_event(&mut links, &stop).await {
                Event::Stop => {
                    self.farewell().await;
                    return Ended::Stopped;
                }
                Event::NewLink(Some(link)) => self.greet(link),
                Event::NewLink(None) => self.has_more_links = false,
                Event::Link(LinkEvent::Down(message)) => self.obey(message),
                Event::Link(LinkEvent::Room) => {}
                Event::Link(LinkEvent::Closed) => {
                    tracing::info!("the link to the controller is gone");
                    self.uplink.detach();
                }
                Event::Done(done) => self.take(done),
                Event::Timer => self.tick(),
            }
            if !self.has_more_links && !self.uplink.is_attached() {
                return Ended::LinkGone;
            }
            self.begin_visits();
            for event in self.jobs.take_finished() {
                self.uplink.job_event(event);
            }
            self.uplink.pump();
        }
    }

    /// Losing the race loses nothing: each branch only waits.
    async fn next_event(&mut self, links: &mut mpsc::Receiver<AgentEnd>, stop: &CancellationToken) -> Event<T::Memory> {
        let wait = self.next_deadline().saturating_sub(self.clock.monotonic());
        tokio::select! {
            () = stop.cancelled() => Event::Stop,
            link = links.recv(), if self.has_more_links => Event::NewLink(link),
            event = self.uplink.event() => Event::Link(event),
            done = self.errands.next() => Event::Done(done),
            () = tokio::time::sleep(wait) => Event::Timer,
        }
    }

    fn next_deadline(&mut self) -> Duration {
        let turn = self.schedule.next_deadline().map(|(at, _)| at);
        let batch = self.uplink.queue().next_deadline();
        [turn, batch].into_iter().flatten().fold(self.heartbeat_at, Duration::min)
    }

    fn now(&self) -> Moment {
        Moment::of(&*self.clock)
    }

    fn tick(&mut self) {
        let now = self.clock.monotonic();
        while let Some(due) = self.schedule.take_due(now) {
            match due {
                Due::Reach(device) => self.reach(device, ReachEvent::Round),
                Due::ReachStep(device) => self.reach(device, ReachEvent::Wake),
                Due::Visit { device, depth, planned } => {
                    let is_suspect = self.schedule.is_failing(device);
                    if let Some(entry) = self.roster.entry(device) {
                        let generation = entry.generation;
                        self.slots.wait(Waiting { device, generation, depth, planned, is_suspect });
                    }
                }
            }
        }
        if self.heartbeat_at <= now {
            self.heartbeat_at = now + self.cadence.heartbeat;
            self.is_heartbeat_waiting = true;
            self.look(LOOK_FRESH);
        }
        self.uplink.queue().tick(now);
    }

    fn take(&mut self, done: Done<T::Memory>) {
        match done {
            Done::Asked(device, generation, asked) => {
                let event = match asked {
                    Asked::Answered { rtt, uptime } => ReachEvent::Answered { rtt, uptime },
                    Asked::Missed(failure) => ReachEvent::Missed(failure),
                    Asked::CouldNotAsk => ReachEvent::CouldNotAsk,
                };
                if self.roster.entry_of(device, generation).is_some() {
                    self.reach(device, event);
                }
            }
            Done::Visited(visit, outcome, took) => self.visited(visit, *outcome, took),
            Done::Looked(answer) => {
                self.connectivity.answered(answer);
                self.looked(answer);
            }
        }
    }

    /// One step of a device's reach machine, and what follows from it.
    fn reach(&mut self, device: DeviceId, event: ReachEvent) {
        let now = self.now();
        let Some(entry) = self.roster.entry(device) else { return };
        let effects = entry.machine.step(event, now, &self.cadence);
        self.schedule.set_step(device, entry.machine.deadline());
        for effect in effects {
            match effect {
                Effect::Ask => self.ask(device),
                Effect::Look { not_older_than } => {
                    self.deciding.insert(device);
                    self.look(not_older_than);
                }
                Effect::Report(reach) => self.report(device, reach, now),
            }
        }
    }

    fn ask(&mut self, device: DeviceId) {
        if let Some(entry) = self.roster.entry(device) {
            self.errands.ask(device, entry.generation, Arc::clone(&entry.target), self.cadence.reach_timeout);
        }
    }

    fn report(&mut self, device: DeviceId, reach: Reach, now: Moment) {
        let Some(entry) = self.roster.entry(device) else { return };
        let weighed = entry.weigh(&reach);
        let observation =
            Observation { device: device.0, at_ms: now.wall.as_millisecond(), seen: Seen::Reach(reach.into()) };
        self.uplink.queue().push(observation, weighed.urgency, now.monotonic);
        self.jobs.reported(device);
        if weighed.has_come_back {
            self.schedule.visit_soon(device, now.monotonic);
        }
    }

    /// Finds out whether the agent itself is connected, and tells those who wait for it.
    fn look(&mut self, not_older_than: Duration) {
        match self.connectivity.look(not_older_than, self.clock.monotonic()) {
            Look::Off => self.looked(None),
            Look::Known(is_connected) => self.looked(Some(is_connected)),
            Look::Ask => self.errands.look(self.connectivity.references().to_vec(), self.cadence.reach_timeout),
            Look::Wait => {}
        }
    }

    fn looked(&mut self, answer: Option<bool>) {
        for device in std::mem::take(&mut self.deciding) {
            self.reach(device, ReachEvent::Looked { is_connected: answer.unwrap_or(true) });
        }
        if self.is_heartbeat_waiting {
            self.beat(answer);
        }
    }

    fn begin_visits(&mut self) {
        let now = self.clock.monotonic();
        while let Some(next) = self.slots.begin() {
            let Some(entry) = self.roster.entry_of(next.device, next.generation) else {
                self.slots.end(next.is_suspect);
                continue;
            };
            let visit = errand::Visit {
                device: next.device,
                generation: next.generation,
                depth: next.depth,
                lag: now.saturating_sub(next.planned),
                is_suspect: next.is_suspect,
                protocol: entry.target.protocol(),
            };
            self.errands.visit(visit, Arc::clone(&entry.target), std::mem::take(&mut entry.memory));
        }
    }

    fn visited(&mut self, visit: errand::Visit, outcome: VisitOutcome<T::Memory>, took: Duration) {
        self.slots.end(visit.is_suspect);
        let now = self.now();
        let (device, depth) = (visit.device, visit.depth);
        let Some(entry) = self.roster.entry_of(device, visit.generation) else {
            return;
        };
        entry.memory = outcome.memory;
        let protocol = outcome.protocol.unwrap_or(visit.protocol);
        let (mut seen, planned) = match outcome.result {
            Ok(reading) => (
                Visit::read(protocol, depth, took, visit.lag, reading),
                Visited::Well { depth, has_changed: outcome.has_changed },
            ),
            Err(failure) => {
                tracing::debug!(%device, kind = failure.kind.as_str(), message = %failure.message, "visit failed");
                (Visit::failed(protocol, depth, took, visit.lag, failure), Visited::Badly)
            }
        };
        seen.offered_host_key = outcome.offered_host_key.map(|key| key.to_string());
        self.schedule.visited(device, planned, now.monotonic);
        let at_ms = now.wall.as_millisecond();
        let observation = Observation { device: device.0, at_ms, seen: Seen::Visit(Box::new(seen)) };
        self.uplink.queue().push(observation, Urgency::Routine, now.monotonic);
    }
}
