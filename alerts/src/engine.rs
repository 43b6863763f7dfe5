//! The engine: the state of the fleet, and one step at a time. This file holds the state and the order of a step; what
//! each part of a step does is in the files below it.
//!
//! Read next: `reach` (what an observation makes of devices), `settle` (what that makes of halls, outages and alerts),
//! `why` (what outages came from), `tell` (who hears of it when), `fleet` (what a change of the inventory does), `host_key` (keys shown over SSH),
//! `measured` (what the rules beside reachability look at).

mod audience;
mod digest;
mod escalate;
mod fleet;
mod host_key;
mod measured;
mod reach;
mod settle;
mod tell;
mod why;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use inventory::device::HostKeyFingerprint;
use inventory::fleet::Fleet;
use inventory::id::{DeviceId, HallId};
use inventory::reading::{FailureKind, Reach, Reading, Uptime};
use jiff::Timestamp;

use crate::alert::{Alert, AlertState};
use crate::book::Book;
pub use crate::effect::{Effect, Notification, NotificationKind};
use crate::group::{Group, Groups};
use crate::health::{DeviceHealth, HallHealth, HallState, Reachability};
use crate::host_key::OfferedKey;
use crate::ledger::Entry;
use crate::outage::{Cause, Outage, Outages, Subject};
use crate::people::People;
use crate::rule::setting::Settings;
use crate::silence::{Silence, Silences};
use crate::suspect::Suspects;
use crate::time::whole_ms;
use crate::topology::Topology;
use crate::turn::Turn;
use measured::Measures;

/// What can happen.
#[derive(Debug, Clone)]
pub enum Input {
    /// The inventory is now this.
    Fleet(Arc<Fleet>),
    /// An ask for reachability came to an end.
    Reach {
        /// The device asked.
        device: DeviceId,
        /// When, by the agent's clock.
        at: Timestamp,
        /// What came of it.
        reach: Reach,
    },
    /// A visit came to an end.
    Visit {
        /// The device visited.
        device: DeviceId,
        /// When, by the agent's clock.
        at: Timestamp,
        /// How it failed, if it did.
        failure: Option<FailureKind>,
        /// How long the device has run, when it said so.
        uptime: Option<Uptime>,
    },
    /// A visit read this.
    Read {
        /// The device visited.
        device: DeviceId,
        /// When, by the agent's clock.
        at: Timestamp,
        /// What it told.
        reading: Box<Reading>,
    },
    /// A change of its configuration was applied to a device.
    Changed {
        /// The device.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// A device showed its SSH host key.
    HostKey {
        /// The device.
        device: DeviceId,
        /// When, by the agent's clock.
        at: Timestamp,
        /// The key; `None` is the pinned one.
        offered: Option<HostKeyFingerprint>,
    },
    /// An agent (`None` is the embedded one) has said nothing for too long: nobody looks at its devices.
    AgentSilent {
        /// Its name.
        agent: Option<String>,
        /// When it was last heard.
        since: Timestamp,
    },
    /// A person took what was told in this thread (or, `None`, gave it back).
    Acknowledged {
        /// [`Notification::thread`].
        thread: String,
        /// When.
        at: Option<Timestamp>,
    },
    /// A person asked not to be reminded before then of what was told in this thread.
    Snoozed {
        /// [`Notification::thread`].
        thread: String,
        /// Until when.
        until: Timestamp,
    },
    /// These are the silences that are not over.
    Silences(Vec<Silence>),
    /// These are the people who can be told, and by which order.
    People(Arc<People>),
    /// The rules are set like this.
    Settings(Settings),
    /// Time has passed.
    Tick,
}

/// Every row the engine needs to go on after a restart.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The inventory.
    pub fleet: Arc<Fleet>,
    /// All devices ever judged.
    pub devices: Vec<DeviceHealth>,
    /// All halls ever judged.
    pub halls: Vec<HallHealth>,
    /// The host keys that devices showed last.
    pub host_keys: Vec<OfferedKey>,
    /// Outages that are still open, and those that ended in the last day: no later one may overlap them.
    pub outages: Vec<Outage>,
    /// Alerts that are pending or firing.
    pub alerts: Vec<Alert>,
    /// Groups that are not done.
    pub groups: Vec<Group>,
    /// When the configuration of a device was last changed, as far as that is less than 10 minutes ago.
    pub changes: Vec<(DeviceId, Timestamp)>,
    /// Silences that are not over.
    pub silences: Vec<Silence>,
    /// Who can be told.
    pub people: Arc<People>,
    /// How the rules are set.
    pub settings: Settings,
    /// When somebody was last connected to the Wi-Fi of each hall where anybody was.
    pub clients_seen: Vec<(HallId, Timestamp)>,
}

/// The state of the fleet. It lives as long as the process; all of it but the suspects is in the rows.
#[derive(Debug)]
pub struct Engine {
    fleet: Arc<Fleet>,
    topology: Topology,
    devices: BTreeMap<DeviceId, DeviceHealth>,
    halls: BTreeMap<HallId, HallHealth>,
    host_keys: BTreeMap<DeviceId, OfferedKey>,
    outages: Outages,
    /// Silent devices that wait for word from what stands before them. A restart forgets them: the next ask, 20 s later,
    /// finds them again.
    suspects: Suspects,
    book: Book,
    groups: Groups,
    /// When the configuration of a device was last changed.
    changes: BTreeMap<DeviceId, Timestamp>,
    silences: Silences,
    people: Arc<People>,
    /// Halls that were down when a controller last ran, which was then, and that nobody has looked at since. They stay down;
    /// the ledger knows nothing of the time between.
    unseen: BTreeMap<HallId, Timestamp>,
    measures: Measures,
    /// Devices that were asked again at the latest moment at which any were: one ask is enough for all who wait.
    asked: (Timestamp, BTreeSet<DeviceId>),
    /// The latest `now`. A smaller one means that the clock was set back.
    latest: Timestamp,
}

impl Engine {
    /// Goes on where the rows end. Devices that were up are unknown until they are asked again: nobody looked while the
    /// controller was off. What was lost stays lost, with its outage and its alert. `now` is when the controller last
    /// ran, if that is known: since then nobody looked.
    pub fn restore(snapshot: Snapshot, now: Timestamp) -> (Engine, Vec<Effect>) {
        let now = whole_ms(now);
        let mut engine = Engine {
            topology: Topology::of(&snapshot.fleet),
            fleet: snapshot.fleet,
            devices: snapshot.devices.into_iter().map(|row| (row.device, row)).collect(),
            halls: snapshot.halls.into_iter().map(|row| (row.hall, row)).collect(),
            host_keys: snapshot.host_keys.into_iter().map(|row| (row.device, row)).collect(),
            outages: Outages::restore(snapshot.outages, now),
            measures: Measures::restore(snapshot.settings, &snapshot.alerts, snapshot.clients_seen),
            suspects: Suspects::default(),
            book: Book::restore(snapshot.alerts),
            groups: Groups::restore(snapshot.groups),
            changes: snapshot.changes.into_iter().collect(),
            silences: Silences::new(snapshot.silences),
            people: snapshot.people,
            unseen: BTreeMap::new(),
            asked: (Timestamp::MIN, BTreeSet::new()),
            latest: now,
        };
        let mut turn = Turn::new(now);
        engine.rebase(&mut turn);
        engine.recall_suppressions();
        engine.adopt_pending();
        engine.forget_what_was_up(&mut turn);
        engine.unsee_what_was_down(&mut turn);
        engine.fit_to_fleet(&mut turn);
        let effects = engine.finish(turn);
        (engine, effects)
    }

    /// One step. The same input again changes nothing.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let mut turn = Turn::new(whole_ms(now));
        if turn.now < self.latest {
            self.rebase(&mut turn);
        }
        let before = std::mem::replace(&mut self.latest, turn.now);
        for subject in self.outages.changes.calmed(turn.now) {
            match subject {
                Subject::Hall(hall) => turn.touch(hall, turn.now),
                Subject::Device(device) => drop(turn.subjects.insert(device)),
            }
        }
        for silence in self.silences.turned(before, turn.now) {
            self.look_at_silenced(&silence, &mut turn);
        }
        match input {
            Input::Fleet(fleet) => self.fleet_changed(fleet, &mut turn),
            Input::Reach { device, at, reach } => {
                self.reach_seen(device, whole_ms(at), &reach, &mut turn);
                self.ask_measured(device, whole_ms(at), &reach, &mut turn);
            }
            Input::Visit { device, at, failure, uptime } => {
                self.visit_seen(device, whole_ms(at), failure, uptime, &mut turn);
                self.visit_measured(device, whole_ms(at), failure, &mut turn);
            }
            Input::Read { device, at, reading } => self.reading_seen(device, whole_ms(at), &reading, &mut turn),
            Input::Changed { device, at } => self.changed(device, whole_ms(at), &mut turn),
            Input::HostKey { device, at, offered } => self.host_key_seen(device, whole_ms(at), offered, &mut turn),
            Input::AgentSilent { agent, since } => {
                self.agent_silent(agent.as_deref(), whole_ms(since), &mut turn);
                self.agent_measured(agent.as_deref(), whole_ms(since), &mut turn);
            }
            Input::Acknowledged { thread, at } => self.acknowledged(&thread, at.map(whole_ms), &mut turn),
            Input::Snoozed { thread, until } => self.snoozed(&thread, whole_ms(until)),
            Input::Silences(silences) => self.silences_changed(silences, &mut turn),
            Input::People(people) => self.people_changed(people, &mut turn),
            Input::Settings(settings) => self.settings_changed(settings, &mut turn),
            Input::Tick => {}
        }
        let expired = self.suspects.expired(turn.now);
        self.judge_suspects(expired, &mut turn);
        self.finish(turn)
    }

    /// People changed what is silenced.
    fn silences_changed(&mut self, silences: Vec<Silence>, turn: &mut Turn) {
        let new = Silences::new(silences);
        if new.all() == self.silences.all() {
            return;
        }
        let old = std::mem::replace(&mut self.silences, new);
        let all: Vec<Silence> = old.all().iter().chain(self.silences.all()).cloned().collect();
        for silence in all {
            self.look_at_silenced(&silence, turn);
        }
    }

    /// Looks again at all that a silence covers.
    fn look_at_silenced(&self, silence: &Silence, turn: &mut Turn) {
        for hall in silence.halls.iter().filter(|hall| self.fleet.hall(**hall).is_some()) {
            turn.touch(*hall, turn.now);
        }
        turn.subjects.extend(silence.device);
    }

    /// When the engine wants [`Input::Tick`] at the latest.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let message = self.groups.next_deadline(|group| self.awaits_cut_off(group));
        let silence = self.silences.next_deadline(self.latest);
        let calm = self.outages.changes.next_deadline();
        let others = [message, self.outages.next_deadline(), silence, calm, self.next_step(), self.next_digest()];
        self.suspects.next_deadline().into_iter().chain(others.into_iter().flatten()).min()
    }

    /// The second half of every step: halls, alerts and messages follow from what became of the devices.
    fn finish(&mut self, mut turn: Turn) -> Vec<Effect> {
        self.settle(&mut turn);
        for id in self.groups.firing(turn.now).into_iter().chain(self.groups.growing(turn.now)) {
            // What is told says what it is thought to be.
            let lasting = self.groups.find(id).into_iter().flat_map(Group::lasting);
            turn.why.extend(lasting.map(|member| member.alert.subject));
        }
        self.explain(&mut turn);
        self.tell(&mut turn);
        let mut effects = self.reask_effect(&turn);
        effects.extend(turn.rows.iter().filter_map(|id| self.devices.get(id).cloned()).map(Effect::DeviceHealth));
        effects.extend(turn.host_keys.iter().filter_map(|id| self.host_keys.get(id).cloned()).map(Effect::HostKey));
        effects.append(&mut turn.effects);
        effects.extend(self.groups.rows());
        self.measures.forget_ended();
        effects
    }

    fn reask_effect(&mut self, turn: &Turn) -> Vec<Effect> {
        if self.asked.0 != turn.now {
            self.asked = (turn.now, BTreeSet::new());
        }
        let mut devices: Vec<DeviceId> = turn.reask.difference(&self.asked.1).copied().collect();
        if devices.is_empty() {
            return Vec::new();
        }
        self.asked.1.extend(&devices);
        self.topology.sort_root_first(&mut devices);
        vec![Effect::Reask { devices }]
    }

    /// The clock was set back: whatever waits is not to wait longer for that, and what was stamped with times that are
    /// still to come happened until now.
    fn rebase(&mut self, turn: &mut Turn) {
        self.suspects.rebase(turn.now);
        self.groups.rebase(turn.now);
        self.outages.rebase(turn.now);
        self.measures.rebase(turn.now);
        for row in self.devices.values_mut() {
            let stamps = (row.answered, row.first_answer);
            row.answered = row.answered.map(|at| at.min(turn.now));
            row.first_answer = row.first_answer.map(|at| at.min(turn.now));
            if stamps != (row.answered, row.first_answer) {
                turn.rows.insert(row.device);
            }
        }
    }

    /// What [`Book`] knew of faults that are not told, from the states in the rows.
    fn recall_suppressions(&mut self) {
        let shown = self.host_keys.values().filter(|row| row.changed.is_some()).map(|row| Subject::Device(row.device));
        let subjects: BTreeSet<Subject> = self.outages.subjects().into_iter().chain(shown).collect();
        for subject in subjects {
            let cut_off = self.outages.open(subject).filter(|outage| outage.cause == Cause::CutOff);
            for (rule, verdict) in self.verdicts(subject) {
                self.book.recall(rule, subject, verdict, cut_off.map(|outage| outage.start));
            }
        }
    }

    /// An alert that waits to be told waits in a group, whatever happened to its row.
    fn adopt_pending(&mut self) {
        let pending = self.book.open().filter(|alert| alert.state == AlertState::Pending);
        let alone: Vec<Alert> = pending.filter(|alert| !self.groups.has(alert.key)).copied().collect();
        for alert in alone {
            self.groups.join(&alert, None, self.latest);
        }
    }

    fn forget_what_was_up(&mut self, turn: &mut Turn) {
        for row in self.devices.values_mut().filter(|row| row.reach == Reachability::Up) {
            row.reach = Reachability::Unknown;
            row.failed_visits = 0;
            turn.rows.insert(row.device);
        }
    }

    /// Whatever was down goes on being so, but nobody has seen it.
    fn unsee_what_was_down(&mut self, turn: &mut Turn) {
        for row in self.halls.values().filter(|row| row.state == HallState::Down) {
            self.unseen.insert(row.hall, turn.now);
            let entry = Entry { hall: row.hall, from: turn.now.max(row.since), state: HallState::Unknown };
            turn.effects.push(Effect::Ledger(entry));
        }
    }
}
