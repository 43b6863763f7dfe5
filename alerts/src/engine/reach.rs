//! What observations make of devices.

use inventory::id::DeviceId;
use inventory::reading::{FailureKind, Reach, Uptime};
use jiff::{SignedDuration, Timestamp};

use super::{Effect, Engine};
use crate::group::LONGEST_S;
use crate::health::{DEGRADED_AFTER_VISITS, HallState, Reachability};
use crate::late::Late;
use crate::ledger::{Entry, Span};
use crate::machine::{Event, Move, next};
use crate::outage::Subject;
use crate::rule::Rule;
use crate::suspect::Finding;
use crate::time::{next_ms, whole_ms};
use crate::turn::Turn;

/// Observations older than this when they are judged change no state: they come from an agent's queue after its link was
/// cut, and what they tell is history by now.
pub(crate) const LATE_S: i64 = 90;

impl Engine {
    /// An ask came to an end.
    pub(super) fn reach_seen(&mut self, device: DeviceId, at: Timestamp, reach: &Reach, turn: &mut Turn) {
        // An agent whose clock is ahead has not seen the future.
        let at = at.min(turn.now);
        if !self.topology.is_judged(device) {
            return;
        }
        let Some(row) = self.devices.get_mut(&device) else {
            return;
        };
        if is_late(row.last_seen, at, turn.now) {
            if is_history(at, turn.now) {
                self.came_late(device, at, reach, turn);
            }
            return;
        }
        row.last_seen = Some(at);
        match reach {
            Reach::Answered { rtt: _, uptime, missed: _ } => {
                self.uptime_seen(device, at, *uptime, turn);
                self.answered(device, at, turn);
            }
            Reach::Silent { since, failure } => self.silent(device, at, (*since).min(at), *failure, turn),
            Reach::CouldNotLook { since } => self.not_looked(device, (*since).min(at), turn),
        }
    }

    /// What was seen then is taken into the ledger by who keeps it.
    fn came_late(&self, device: DeviceId, at: Timestamp, reach: &Reach, turn: &mut Turn) {
        let from = match reach {
            Reach::Answered { .. } => at,
            Reach::Silent { since, .. } => (*since).min(at),
            Reach::CouldNotLook { .. } => return,
        };
        let Some(hall) = self.fleet.device(device).map(|device| device.hall) else { return };
        let span = Span { from: whole_ms(from), to: next_ms(at) };
        turn.effects.push(Effect::Late(Late { hall, span, came: turn.now }));
    }

    /// A visit came to an end.
    pub(super) fn visit_seen(
        &mut self,
        device: DeviceId,
        at: Timestamp,
        failure: Option<FailureKind>,
        uptime: Option<Uptime>,
        turn: &mut Turn,
    ) {
        let at = at.min(turn.now);
        if !self.topology.is_judged(device) {
            return;
        }
        let Some(row) = self.devices.get_mut(&device) else {
            return;
        };
        if is_late(row.last_visit, at, turn.now) {
            return;
        }
        row.last_visit = Some(at);
        self.uptime_seen(device, at, uptime, turn);
        let Some(row) = self.devices.get_mut(&device) else {
            return;
        };
        let failed = match failure {
            None => 0,
            Some(_) if row.reach == Reachability::Up => (row.failed_visits + 1).min(DEGRADED_AFTER_VISITS),
            Some(_) => row.failed_visits,
        };
        if (row.visit_failure, row.failed_visits) != (failure, failed) {
            row.visit_failure = failure;
            row.failed_visits = failed;
            turn.rows.insert(device);
        }
        self.show_state(device, at, turn);
    }

    /// Nothing was heard of an agent: nobody looks at its devices.
    pub(super) fn agent_silent(&mut self, agent: Option<&str>, since: Timestamp, turn: &mut Turn) {
        let since = since.min(turn.now);
        let is_its =
            |id: &DeviceId| self.fleet.device(*id).is_some_and(|device| device.facts.agent.as_deref() == agent);
        let devices: Vec<DeviceId> = self.devices.keys().copied().filter(is_its).collect();
        for device in devices.into_iter().filter(|id| self.topology.is_judged(*id)).collect::<Vec<_>>() {
            self.not_looked(device, since, turn);
        }
    }

    /// Judges those of `devices` that are suspects, and whoever is judged with them.
    pub(super) fn judge_suspects(&mut self, mut devices: Vec<DeviceId>, turn: &mut Turn) {
        self.topology.sort_root_first(&mut devices);
        for device in devices {
            let finding =
                self.suspects.finding(device, self.topology.path(device), |parent| self.is_lost(parent), turn.now);
            if finding == Finding::Wait {
                continue;
            }
            let Some(suspect) = self.suspects.remove(device) else {
                continue;
            };
            let since = suspect.since;
            match finding {
                Finding::Alone => self.apply(device, Event::LostAlone { since }, turn),
                Finding::Behind => self.apply(device, Event::LostBehind { since }, turn),
                Finding::NotLooked => self.apply(device, Event::NotLooked { since }, turn),
                Finding::Wait => {}
            }
        }
    }

    /// Whether it has an open outage: it does not answer, or did not when somebody last looked.
    pub(super) fn is_lost(&self, device: DeviceId) -> bool {
        self.outages.open(Subject::Device(device)).is_some()
    }

    /// The lost device nearest the root on the path of `device`: what it is cut off by.
    pub(super) fn cut_off_by(&self, device: DeviceId) -> Option<DeviceId> {
        self.topology.path(device).iter().rev().copied().find(|parent| self.is_lost(*parent))
    }

    fn answered(&mut self, device: DeviceId, at: Timestamp, turn: &mut Turn) {
        self.suspects.remove(device);
        if let Some(row) = self.devices.get_mut(&device) {
            row.answered = Some(at);
            if row.failure.take().is_some() {
                turn.rows.insert(device);
            }
        }
        self.apply(device, Event::Answered { at }, turn);
        let behind = self.topology.behind(device);
        self.suspects.parent_answered(device, behind, at);
        self.judge_suspects(self.suspects.among(behind), turn);
    }

    fn silent(&mut self, device: DeviceId, at: Timestamp, since: Timestamp, failure: FailureKind, turn: &mut Turn) {
        let Some(row) = self.devices.get_mut(&device) else {
            return;
        };
        let since = row.answered.map_or(since, |answered| since.max(answered));
        if row.failure != Some(failure) || row.first_answer.is_some() {
            row.failure = Some(failure);
            row.first_answer = None;
            turn.rows.insert(device);
        }
        self.still_silent(device, since, turn);
        let Some(row) = self.devices.get(&device) else {
            return;
        };
        // What is called down stays so until it answers; something before it that fails later is another fault.
        if row.reach == Reachability::Down {
            return;
        }
        self.suspects.add(device, since, at, turn.now);
        self.judge_suspects(vec![device], turn);
        if self.suspects.contains(device) {
            turn.reask.extend(self.topology.path(device));
        }
    }

    /// A gateway of a hall that was down when a controller last ran does not answer: now somebody has seen it so.
    fn still_silent(&mut self, gateway: DeviceId, since: Timestamp, turn: &mut Turn) {
        let hall = self.fleet.device(gateway).map(|device| device.hall);
        let hall = hall.filter(|hall| self.topology.gateways(*hall).contains(&gateway));
        if let Some(hall) = hall.filter(|hall| self.unseen.remove(hall).is_some()) {
            turn.effects.push(Effect::Ledger(Entry { hall, from: since, state: HallState::Down }));
        }
    }

    fn not_looked(&mut self, device: DeviceId, since: Timestamp, turn: &mut Turn) {
        self.suspects.remove(device);
        self.apply(device, Event::NotLooked { since }, turn);
        let behind = self.topology.behind(device);
        self.suspects.parent_unseen(behind);
        self.judge_suspects(self.suspects.among(behind), turn);
    }

    /// Moves one device, and what hangs on it.
    fn apply(&mut self, device: DeviceId, event: Event, turn: &mut Turn) {
        let has_outage = self.is_lost(device);
        let Some(row) = self.devices.get_mut(&device) else {
            return;
        };
        match next(row.reach, has_outage, row.first_answer, event) {
            Move::Stay => {}
            Move::Forget => {
                row.first_answer = None;
                turn.rows.insert(device);
            }
            Move::Remember { first } => {
                row.first_answer = Some(first);
                turn.rows.insert(device);
            }
            Move::Lost { reach, since } => {
                let changed = self.outages.note(Subject::Device(device), since, reach == Reachability::CutOff);
                turn.effects.extend(changed.map(Effect::Outage));
                self.lost_after_change(Subject::Device(device), turn);
                let start = self.outages.open(Subject::Device(device)).map_or(since, |outage| outage.start);
                self.turn_to(device, reach, since.max(start), turn);
                self.fell(device, start, turn);
            }
            Move::Back { since } => {
                turn.effects.extend(self.outages.close(Subject::Device(device), since, turn.now).map(Effect::Outage));
                turn.why.insert(Subject::Device(device));
                turn.back.insert(device, since);
                self.turn_to(device, Reachability::Up, since, turn);
                if has_outage {
                    self.ask_cut_off(self.topology.behind(device), turn);
                }
            }
            Move::Blind { since } => {
                let since = since.max(row.since);
                self.turn_to(device, Reachability::Unknown, since, turn);
            }
        }
    }

    fn turn_to(&mut self, device: DeviceId, reach: Reachability, since: Timestamp, turn: &mut Turn) {
        let Some(row) = self.devices.get_mut(&device) else {
            return;
        };
        row.reach = reach;
        row.first_answer = None;
        // Visits to what does not answer fail too; they are no fault of their own.
        row.failed_visits = 0;
        turn.rows.insert(device);
        // The hall's outage follows its gateways even while maintenance hides what is observed of them.
        if let Some(known) = self.fleet.device(device) {
            turn.touch(known.hall, since);
        }
        self.show_state(device, since, turn);
    }

    /// A device is lost: what is silent behind it is cut off, and so is what was called down for the same reason a moment
    /// before, unless people were told of that already.
    fn fell(&mut self, device: DeviceId, start: Timestamp, turn: &mut Turn) {
        let behind = self.topology.behind(device).to_vec();
        self.judge_suspects(self.suspects.among(&behind), turn);
        let moment = SignedDuration::from_secs(LONGEST_S);
        for child in behind {
            let is_down = self.devices.get(&child).is_some_and(|row| row.reach == Reachability::Down);
            let Some(outage) = self.outages.open(Subject::Device(child)).filter(|_| is_down) else {
                continue;
            };
            if outage.start.duration_since(start).abs() <= moment && !self.is_told(child) {
                self.apply(child, Event::LostBehind { since: outage.start }, turn);
            }
        }
    }

    /// Asks those of `devices` again that were cut off and have nothing lost before them any more.
    pub(super) fn ask_cut_off(&self, devices: &[DeviceId], turn: &mut Turn) {
        let is_cut_off = |id: &&DeviceId| self.devices.get(id).is_some_and(|row| row.reach == Reachability::CutOff);
        turn.reask.extend(devices.iter().filter(is_cut_off).filter(|id| self.cut_off_by(**id).is_none()));
    }

    /// Whether people were told that this device, or the hall that it carries, is down.
    fn is_told(&self, device: DeviceId) -> bool {
        let Some(hall) = self.fleet.device(device).map(|device| device.hall) else {
            return false;
        };
        self.book.is_told(Rule::DeviceDown, Subject::Device(device))
            || self.topology.carriers(hall).contains(&device) && self.book.is_told(Rule::HallDown, Subject::Hall(hall))
    }
}

/// Whether an observation comes too late to change anything: an even later one was judged, or it is history. A stamp
/// ahead of `now` was made before the clock was set back and says nothing.
pub(super) fn is_late(latest: Option<Timestamp>, at: Timestamp, now: Timestamp) -> bool {
    is_history(at, now) || latest.is_some_and(|latest| at <= latest && latest <= now)
}

fn is_history(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) > SignedDuration::from_secs(LATE_S)
}
