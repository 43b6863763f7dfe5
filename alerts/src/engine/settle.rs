//! What became of devices, made into the states and outages of halls, and into alerts and decisions.

use inventory::device::Lifecycle;
use inventory::id::{DeviceId, HallId, SilenceId};
use jiff::{SignedDuration, Timestamp};

use super::fleet::is_part;
use super::{Effect, Engine};
use crate::alert::{Alert, AlertKey, AlertState};
use crate::book::Change;
use crate::cause::TOGETHER_S;
use crate::decision::Reason;
use crate::group::{Group, GroupId, Member};
use crate::health::{DeviceState, HallHealth, HallState, Reachability};
use crate::outage::{Cause, Outage, Subject};
use crate::rule::{Rule, Verdict};
use crate::turn::Turn;

/// Why a hall cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// For something that stands in the hall.
    Own,
    /// For this device in another hall.
    Behind(DeviceId),
    /// What stood in the way is back, and the hall's gateways are being asked again.
    Asked,
}

impl Engine {
    /// Looks at every hall in which something changed.
    pub(super) fn settle(&mut self, turn: &mut Turn) {
        let halls = std::mem::take(&mut turn.halls);
        for (hall, at) in &halls {
            self.settle_hall(*hall, *at, turn);
        }
        let mut subjects: Vec<Subject> = Vec::new();
        for hall in halls.keys() {
            subjects.push(Subject::Hall(*hall));
            subjects.extend(self.fleet.devices_of(*hall).map(|device| Subject::Device(device.id)));
        }
        subjects.extend(turn.subjects.iter().map(|device| Subject::Device(*device)));
        subjects.extend(&turn.measured);
        turn.is_weighed = !subjects.is_empty();
        for subject in subjects {
            for (rule, verdict) in self.verdicts(subject) {
                for change in self.book.weigh(rule, subject, verdict) {
                    self.carry_out(change, turn);
                }
            }
        }
    }

    /// What the rules for this subject say.
    pub(super) fn verdicts(&self, subject: Subject) -> Vec<(Rule, Verdict)> {
        let mut verdicts = self.plain_verdicts(subject);
        for (_, verdict) in &mut verdicts {
            if let Verdict::Fault { since } = *verdict
                && let Some(silence) = self.silenced_by(subject)
            {
                *verdict = Verdict::Suppressed { since, reason: Reason::SilencedBy(silence) };
            }
        }
        verdicts
    }

    /// The silence that a person laid on it.
    pub(super) fn silenced_by(&self, subject: Subject) -> Option<SilenceId> {
        let hall = self.hall_of(subject)?;
        let device = match subject {
            Subject::Hall(_) => None,
            Subject::Device(device) => Some(device),
        };
        self.silences.cover(hall, device, self.latest)
    }

    fn plain_verdicts(&self, subject: Subject) -> Vec<(Rule, Verdict)> {
        let mut verdicts = match subject {
            Subject::Hall(hall) => vec![
                (Rule::HallDown, self.unless_unstable(subject, self.hall_verdict(hall))),
                (Rule::Unstable, self.unstable_verdict(subject)),
            ],
            Subject::Device(device) => vec![
                (Rule::DeviceDown, self.unless_unstable(subject, self.device_verdict(device))),
                (Rule::HostKeyChanged, self.host_key_verdict(device)),
                (Rule::Unstable, self.unstable_verdict(subject)),
            ],
        };
        verdicts.extend(self.measured_verdicts(subject));
        verdicts
    }

    /// What is lost and comes back again and again is not told each time.
    fn unless_unstable(&self, subject: Subject, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Fault { since } if self.outages.changes.unstable_since(subject, self.latest).is_some() => {
                Verdict::Suppressed { since, reason: Reason::Unstable }
            }
            Verdict::Fault { .. }
            | Verdict::Sound
            | Verdict::Unclear
            | Verdict::Suppressed { .. }
            | Verdict::PartOf(_) => verdict,
        }
    }

    /// Whether it is lost and comes back again and again.
    fn unstable_verdict(&self, subject: Subject) -> Verdict {
        let Some(found) = self.outages.changes.unstable_since(subject, self.latest) else { return Verdict::Sound };
        // It is the same trouble for as long as it goes on, however little of it the rows still say.
        let since = self.book.since(Rule::Unstable, subject).unwrap_or(found);
        let state = match subject {
            Subject::Hall(hall) => self.halls.get(&hall).map(|row| row.state == HallState::Maintenance),
            Subject::Device(device) => self.devices.get(&device).map(|row| row.state == DeviceState::Maintenance),
        };
        if let Subject::Device(device) = subject
            && let Some(hall) = self.fleet.device(device).map(|known| known.hall)
            && self.topology.carriers(hall).contains(&device)
            && let Some(of_hall) = self.outages.changes.unstable_since(Subject::Hall(hall), self.latest)
        {
            let subject = Subject::Hall(hall);
            let since = self.book.since(Rule::Unstable, subject).unwrap_or(of_hall);
            return Verdict::PartOf(AlertKey { rule: Rule::Unstable, subject, since });
        }
        match state {
            None => Verdict::Sound,
            Some(true) => Verdict::Suppressed { since, reason: Reason::Maintenance },
            Some(false) => Verdict::Fault { since },
        }
    }

    fn hall_verdict(&self, hall: HallId) -> Verdict {
        let Some(outage) = self.outages.open(Subject::Hall(hall)) else {
            return Verdict::Sound;
        };
        let since = outage.start;
        if self.hall_reach(hall) != Reachability::Down {
            return Verdict::Unclear;
        }
        match self.loss(hall) {
            Loss::Behind(device) => Verdict::Suppressed { since, reason: Reason::InhibitedBy(device) },
            Loss::Asked => Verdict::Unclear,
            Loss::Own if self.halls.get(&hall).is_some_and(|row| row.state == HallState::Maintenance) => {
                Verdict::Suppressed { since, reason: Reason::Maintenance }
            }
            Loss::Own => Verdict::Fault { since },
        }
    }

    fn device_verdict(&self, device: DeviceId) -> Verdict {
        let Some(outage) = self.outages.open(Subject::Device(device)) else {
            return Verdict::Sound;
        };
        let (Some(row), Some(known)) = (self.devices.get(&device), self.fleet.device(device)) else {
            return Verdict::Sound;
        };
        let since = outage.start;
        if let Some(of_hall) = self.outages.open(Subject::Hall(known.hall))
            && self.topology.carriers(known.hall).contains(&device)
        {
            let subject = Subject::Hall(known.hall);
            return Verdict::PartOf(AlertKey { rule: Rule::HallDown, subject, since: of_hall.start });
        }
        match row.reach {
            Reachability::Unknown | Reachability::Up => Verdict::Unclear,
            Reachability::CutOff => match self.cut_off_by(device) {
                Some(by) => Verdict::Suppressed { since, reason: Reason::InhibitedBy(by) },
                None => Verdict::Unclear,
            },
            Reachability::Down if row.state == DeviceState::Maintenance => {
                Verdict::Suppressed { since, reason: Reason::Maintenance }
            }
            Reachability::Down => Verdict::Fault { since },
        }
    }

    fn carry_out(&mut self, change: Change, turn: &mut Turn) {
        match change {
            Change::Raise(key) => {
                let judged = self.judged(&key);
                let alert = Alert { key, decided: turn.now, state: AlertState::Pending, judged };
                self.book.put(alert);
                let part_of = self.part_of(key);
                self.groups.join(&alert, part_of, turn.now);
                turn.effects.push(Effect::Alert(alert));
            }
            Change::Withdraw(alert, reason) => {
                let at = if reason == Reason::OverBeforeTold { self.end_of(&alert.key, turn.now) } else { turn.now };
                self.over(alert, None, at, turn);
                turn.decide(alert.key, None, reason);
            }
            Change::End(alert) => {
                let fired = match alert.state {
                    AlertState::Firing { at } => Some(at),
                    AlertState::Pending | AlertState::Resolved { .. } => None,
                };
                self.over(alert, fired, self.end_of(&alert.key, turn.now), turn);
            }
            Change::Suppress { key, reason, is_newly_inhibited } => {
                turn.decide(key, None, reason);
                if let (Rule::HallDown, Reason::InhibitedBy(by), true) = (key.rule, reason, is_newly_inhibited) {
                    let hall = self.fleet.device(by).map(|device| Subject::Hall(device.hall));
                    let about: Vec<Subject> = [Subject::Device(by)].into_iter().chain(hall).collect();
                    self.groups.extend(&about, turn.now);
                }
            }
        }
    }

    /// The group that people were told of and that this is a part of: it is of many halls that were lost together, for a
    /// reason that they share, and so was this one.
    fn part_of(&self, alert: AlertKey) -> Option<GroupId> {
        let Subject::Hall(hall) = alert.subject else { return None };
        let told = self.groups.told_of(alert.rule).filter(|(_, group)| group.told_and_lasting().next().is_some());
        let told: Vec<(GroupId, &Group)> = told.collect();
        if told.is_empty() {
            return None;
        }
        let area = self.fleet.hall(hall)?.area;
        let moment = SignedDuration::from_secs(TOGETHER_S);
        let is_beside = |member: &Member| alert.since.duration_since(member.alert.since).abs() <= moment;
        let is_upstream_there = |member: &Member| {
            let other = self.hall_of(member.alert.subject).and_then(|hall| self.fleet.hall(hall));
            let outage = self.outages.open(member.alert.subject);
            other.is_some_and(|other| other.area == area)
                && outage.is_some_and(|outage| outage.suspected == Cause::Upstream)
        };
        let is_shared = match self.evidence_of_hall(hall, alert.since).suspected() {
            Cause::Upstream | Cause::Power => true,
            Cause::Unknown | Cause::Line | Cause::Device | Cause::Config | Cause::CutOff => false,
        };
        let mut found = told.into_iter().filter(|(_, group)| {
            group.told_and_lasting().any(|member| is_shared && is_beside(member) || is_upstream_there(member))
        });
        found.next().map(|(id, _)| id)
    }

    fn over(&mut self, alert: Alert, fired: Option<Timestamp>, at: Timestamp, turn: &mut Turn) {
        let alert = Alert { state: AlertState::Resolved { fired, at }, ..alert };
        self.book.put(alert);
        self.groups.over(alert.key, at, turn.now);
        turn.effects.push(Effect::Alert(alert));
    }

    /// When the fault of an alert ended: by its outage, where it has one, or by the first sound value.
    fn end_of(&self, key: &AlertKey, now: Timestamp) -> Timestamp {
        if let Rule::Measured(measure) = key.rule {
            return self.measured_end(key.subject, measure).unwrap_or(now);
        }
        let outage = self.outages.ended(key.subject).filter(|_| key.rule.is_of_reach());
        outage.filter(|end| *end > key.since).unwrap_or(now)
    }

    fn settle_hall(&mut self, hall: HallId, at: Timestamp, turn: &mut Turn) {
        let subject = Subject::Hall(hall);
        let changed = match self.hall_reach(hall) {
            Reachability::Down | Reachability::CutOff => self.hall_lost(hall, at, turn),
            Reachability::Up => self.hall_back(hall, at, turn),
            Reachability::Unknown if self.topology.gateways(hall).is_empty() => {
                self.outages.close(subject, turn.now, turn.now)
            }
            Reachability::Unknown => None,
        };
        turn.effects.extend(changed.map(Effect::Outage));
        let Some(state) = self.hall_state(hall) else { return };
        let since = match (state, changed) {
            (HallState::Down, _) => self.outages.open(subject).map_or(at, |outage| outage.start),
            (HallState::Up | HallState::Partial, Some(Outage { end: Some(end), .. })) => end.min(turn.now),
            (HallState::Up | HallState::Partial | HallState::Unknown | HallState::Maintenance, _) => at,
        };
        let seen = match self.unseen.get(&hall) {
            // The first of the two good answers came before the controller was off.
            Some(off) if since < *off => turn.now,
            // What was down before nobody could look is down again from when somebody did.
            _ if state == HallState::Down => at.max(since),
            _ => since,
        };
        self.show_hall_state(HallHealth { hall, state, since }, seen, turn);
    }

    fn hall_lost(&mut self, hall: HallId, at: Timestamp, turn: &mut Turn) -> Option<Outage> {
        let subject = Subject::Hall(hall);
        // A hall with several gateways was lost with the last of them. One whose last good gateway was taken out of the
        // inventory is lost from now on.
        let starts = self.topology.gateways(hall).iter().filter_map(|id| self.outages.open(Subject::Device(*id)));
        let last = starts.map(|outage| outage.start).max().unwrap_or(at);
        let start = if turn.is_new_fleet { turn.now } else { last };
        let is_cut_off = match self.loss(hall) {
            Loss::Own => false,
            Loss::Behind(_) => true,
            Loss::Asked => self.outages.open(subject).is_none_or(|outage| outage.cause == Cause::CutOff),
        };
        self.lost_after_change(subject, turn);
        self.outages.note(subject, start, is_cut_off)
    }

    fn hall_back(&mut self, hall: HallId, at: Timestamp, turn: &mut Turn) -> Option<Outage> {
        turn.why.insert(Subject::Hall(hall));
        let ends = self.topology.gateways(hall).iter().filter_map(|id| turn.back.get(id));
        let end = ends.min().copied().unwrap_or(at);
        self.outages.close(Subject::Hall(hall), end, turn.now)
    }

    /// What the asks say of a hall, whatever is planned for it: `Up`, `Down` or `Unknown`.
    pub(super) fn hall_reach(&self, hall: HallId) -> Reachability {
        let reach = |id: &DeviceId| self.devices.get(id).map_or(Reachability::Unknown, |row| row.reach);
        let gateways: Vec<Reachability> = self.topology.gateways(hall).iter().map(reach).collect();
        if gateways.contains(&Reachability::Up) {
            return Reachability::Up;
        }
        let is_lost = |reach: &Reachability| matches!(reach, Reachability::Down | Reachability::CutOff);
        if !gateways.is_empty() && gateways.iter().all(is_lost) { Reachability::Down } else { Reachability::Unknown }
    }

    /// The state that is shown; `None` when the hall is not in the fleet.
    fn hall_state(&self, hall: HallId) -> Option<HallState> {
        match self.fleet.hall(hall)?.lifecycle {
            Lifecycle::Planned | Lifecycle::Retired => return Some(HallState::Unknown),
            Lifecycle::Maintenance => return Some(HallState::Maintenance),
            Lifecycle::Active => {}
        }
        let state = |id: &DeviceId| self.devices.get(id).map_or(DeviceState::Unknown, |row| row.state);
        let gateways: Vec<DeviceState> = self.topology.gateways(hall).iter().map(state).collect();
        let is_lost = |state: DeviceState| matches!(state, DeviceState::Down | DeviceState::CutOff);
        if gateways.iter().any(|state| matches!(state, DeviceState::Up | DeviceState::Degraded)) {
            let mut parts = self.fleet.devices_of(hall).filter(|device| is_part(device.facts.kind));
            let is_partial = parts.any(|device| is_lost(state(&device.id)));
            return Some(if is_partial { HallState::Partial } else { HallState::Up });
        }
        if self.hall_reach(hall) == Reachability::Down && gateways.iter().any(|state| is_lost(*state)) {
            return Some(HallState::Down);
        }
        let is_planned = gateways.contains(&DeviceState::Maintenance);
        Some(if is_planned { HallState::Maintenance } else { HallState::Unknown })
    }

    fn loss(&self, hall: HallId) -> Loss {
        let gateways = self.topology.gateways(hall);
        let is_down = |id: &DeviceId| self.devices.get(id).is_some_and(|row| row.reach == Reachability::Down);
        let by = gateways.iter().filter_map(|id| self.cut_off_by(*id));
        let (here, elsewhere): (Vec<DeviceId>, Vec<DeviceId>) =
            by.partition(|id| self.fleet.device(*id).is_some_and(|device| device.hall == hall));
        if gateways.iter().chain(&here).any(is_down) {
            return Loss::Own;
        }
        elsewhere.first().map_or(Loss::Asked, |device| Loss::Behind(*device))
    }
}
