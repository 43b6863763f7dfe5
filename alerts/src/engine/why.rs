//! What outages came from: collects the facts of [`Evidence`] whenever more of them is known. It judges nothing; that is
//! `cause`.

use std::collections::BTreeSet;

use inventory::device::{Device, Power};
use inventory::id::{AreaId, DeviceId, HallId};
use inventory::reading::Uptime;
use jiff::{SignedDuration, Timestamp};

use super::{Effect, Engine};
use crate::boot;
use crate::cause::{AFTER_CHANGE_S, Cause, Evidence, Run, TOGETHER_S, run};
use crate::health::{DeviceHealth, Reachability, SeenStart};
use crate::outage::{Outage, Subject};
use crate::time::after_s;
use crate::turn::Turn;

/// A start is written again when it is told so many seconds off, for clocks drift and rows are not free.
const START_MOVED_S: i64 = 30;

impl Engine {
    /// A device said how long it has run.
    pub(super) fn uptime_seen(&mut self, device: DeviceId, at: Timestamp, uptime: Option<Uptime>, turn: &mut Turn) {
        let (Some(uptime), Some(hall)) = (uptime, self.fleet.device(device).map(|device| device.hall)) else {
            return;
        };
        let subjects = [Subject::Device(device), Subject::Hall(hall)];
        let begun = subjects.iter().filter_map(|subject| self.outages.unexplained(*subject)).map(|row| row.start);
        let latest = begun.filter(|start| *start < at).max();
        let Some(row) = self.devices.get_mut(&device) else { return };
        let known = row.start.map(|start| (start.at, start.read));
        let Some(start) = boot::start(known, at, uptime) else { return };
        let is_sure = start.is_new && !start.may_be_older || !start.is_new && row.start.is_some_and(|s| s.is_sure);
        let has_moved = row.start.is_none_or(|old| {
            start.is_new || old.at.duration_since(start.at).abs() > SignedDuration::from_secs(START_MOVED_S)
        });
        // The first reading after an outage began is what tells its cause.
        let is_first = latest.is_some_and(|began| row.start.is_none_or(|old| old.read <= began));
        if has_moved || is_first {
            row.start = Some(SeenStart { at: crate::time::whole_ms(start.at), read: at, is_sure });
            turn.rows.insert(device);
            turn.why.extend(subjects);
            // The devices behind a gateway tell of it too, and it of them.
            turn.why.extend(self.topology.gateways(hall).iter().map(|gateway| Subject::Device(*gateway)));
        }
    }

    /// The configuration of a device was changed.
    pub(super) fn changed(&mut self, device: DeviceId, at: Timestamp, turn: &mut Turn) {
        let latest = self.changes.entry(device).or_insert(at);
        *latest = at.max(*latest);
        let behind = self.topology.behind(device).iter().chain([&device]);
        let known = behind.filter_map(|id| self.fleet.device(*id));
        turn.why.extend(known.flat_map(|known| [Subject::Device(known.id), Subject::Hall(known.hall)]));
    }

    /// Something was lost: a change of configuration in the minutes before is not remembered until it is back.
    pub(super) fn lost_after_change(&self, subject: Subject, turn: &mut Turn) {
        if !self.changes.is_empty() {
            turn.why.insert(subject);
        }
    }

    /// Writes down what is known by now of why these are, or were, lost.
    pub(super) fn explain(&mut self, turn: &mut Turn) {
        let mut rows: Vec<Outage> = Vec::new();
        for row in self.outages.settled(turn.now) {
            let last = self.explained(row, true);
            rows.extend((last != row).then_some(last));
        }
        self.outages.settle(turn.now);
        for subject in std::mem::take(&mut turn.why) {
            if let Some(row) = self.outages.unexplained(subject).filter(|row| row.cause != Cause::CutOff) {
                let row = self.explained(row, false);
                rows.extend(self.outages.explain(row));
            }
        }
        let oldest = after_s(turn.now, -2 * AFTER_CHANGE_S);
        self.changes.retain(|_, at| *at > oldest);
        // A row that this step wrote already is written once.
        turn.effects.retain(|effect| {
            let Effect::Outage(old) = effect else { return true };
            !rows.iter().any(|row| (row.subject, row.start) == (old.subject, old.start))
        });
        turn.effects.extend(rows.into_iter().map(Effect::Outage));
    }

    fn explained(&self, row: Outage, is_final: bool) -> Outage {
        if row.cause == Cause::CutOff {
            return row;
        }
        let evidence = match row.subject {
            Subject::Hall(hall) => self.evidence_of_hall(hall, row.start),
            Subject::Device(device) => self.evidence_of_device(device, &row),
        };
        let evidence = with_earlier(evidence, row.evidence);
        let cause = match row.end {
            None => row.cause,
            Some(_) if !is_final && self.may_say_more(&row, &evidence) => Cause::Unknown,
            Some(_) => evidence.cause(),
        };
        Outage { cause, suspected: evidence.suspected(), evidence, ..row }
    }

    /// Whether a claim has to wait: what stands beside a gateway that started has not said yet whether it ran on. What
    /// decides by itself waits for nothing.
    fn may_say_more(&self, row: &Outage, evidence: &Evidence) -> bool {
        let Some(hall) = self.hall_of(row.subject) else { return false };
        let is_of_hall = match row.subject {
            Subject::Hall(_) => true,
            Subject::Device(device) => self.topology.carriers(hall).contains(&device),
        };
        if !is_of_hall || evidence.changed.is_some() || evidence.neighbours_up > 0 {
            return false;
        }
        let is_proven = matches!(evidence.run, Some(Run::RanOn(_))) && !evidence.is_backed_up;
        !is_proven
            && evidence.others_ran_on == 0
            && self.others(hall).any(|other| other.start.is_some_and(|start| start.read <= row.start))
    }

    pub(super) fn evidence_of_hall(&self, hall: HallId, began: Timestamp) -> Evidence {
        let gateways = self.topology.gateways(hall);
        let (mut found, mut is_backed_up) = (None, false);
        for (row, device) in gateways.iter().filter_map(|id| Some((self.devices.get(id)?, self.fleet.device(*id)?))) {
            let Some(run) = run_of(row, began) else { continue };
            // A start says more than a gateway beside it that ran on.
            if found.is_none() || matches!(run, Run::Started(_)) {
                (found, is_backed_up) = (Some(run), has_battery(device));
            }
        }
        let others = || self.others(hall).filter_map(|row| Some((run_of(row, began)?, self.fleet.device(row.device)?)));
        let started = others().filter(|(run, device)| {
            matches!(run, Run::Started(_)) && device.facts.power.is_none_or(|power| power == Power::Hall)
        });
        let ran_on = others().filter(|(run, device)| matches!(run, Run::RanOn(_)) && !has_battery(device));
        let path = gateways.iter().flat_map(|id| self.topology.path(*id).iter().chain([id]));
        let is_elsewhere = |device: &&Device| {
            let row = self.devices.get(&device.id);
            row.is_some_and(|row| row.reach == Reachability::Up)
                && !self.topology.path(device.id).iter().any(|parent| gateways.contains(parent))
                && !gateways.contains(&device.id)
                && !self.topology.carriers(hall).contains(&device.id)
        };
        let (halls_beside, is_whole_area, feeder_beside) = self.lost_together(hall, began);
        Evidence {
            run: found,
            is_backed_up,
            others_started: count(started),
            others_ran_on: count(ran_on),
            changed: self.changed_before(path.copied(), began),
            halls_beside,
            is_whole_area,
            feeder_beside,
            has_second_path: self.fleet.devices_of(hall).any(|device| is_elsewhere(&device)),
            ..Evidence::default()
        }
    }

    /// A gateway is lost with its hall and for the same reason.
    fn evidence_of_device(&self, device: DeviceId, row: &Outage) -> Evidence {
        let Some(known) = self.fleet.device(device) else { return row.evidence };
        let of_hall = self.outages.unexplained(Subject::Hall(known.hall));
        if let Some(of_hall) = of_hall
            && self.topology.carriers(known.hall).contains(&device)
            && of_hall.end.is_none_or(|end| end > row.start)
        {
            let own = self.devices.get(&device).and_then(|health| run_of(health, row.start));
            let of_hall = with_earlier(self.evidence_of_hall(known.hall, of_hall.start), of_hall.evidence);
            return Evidence { run: own.or(of_hall.run), ..of_hall };
        }
        let path = self.topology.path(device);
        let is_beside = |other: &&Device| {
            other.id != device
                && !self.topology.behind(device).contains(&other.id)
                && self.topology.path(other.id).iter().any(|parent| path.contains(parent))
                && self.devices.get(&other.id).is_some_and(|row| row.reach == Reachability::Up)
        };
        Evidence {
            run: self.devices.get(&device).and_then(|health| run_of(health, row.start)),
            is_backed_up: has_battery(known),
            neighbours_up: count(self.fleet.devices_of(known.hall).filter(is_beside)),
            changed: self.changed_before(path.iter().copied().chain([device]), row.start),
            ..Evidence::default()
        }
    }

    /// Other halls that were lost within moments of this one; whether with it these are all of its area; and how many of
    /// them hang on its feeder.
    fn lost_together(&self, hall: HallId, began: Timestamp) -> (u32, bool, u32) {
        let Some(own) = self.fleet.hall(hall) else { return (0, false, 0) };
        let moment = SignedDuration::from_secs(TOGETHER_S);
        let lost = self.outages.halls_lost().filter(|(_, start)| start.duration_since(began).abs() <= moment);
        let mut lost: BTreeSet<HallId> = lost.map(|(hall, _)| hall).collect();
        lost.remove(&hall);
        let is_of = |area: AreaId| move |hall: &&inventory::hall::Hall| hall.area == area;
        let in_area = self.fleet.halls().filter(|hall| hall.lifecycle.is_polled()).filter(is_of(own.area));
        let mut of_area = 0;
        let is_whole = in_area.inspect(|_| of_area += 1).all(|other| other.id == hall || lost.contains(&other.id));
        let is_whole_area = is_whole && of_area > 1;
        let feeder = |id: &HallId| self.fleet.hall(*id).and_then(|hall| hall.facts.power_feeder.as_deref());
        let on_feeder = lost.iter().filter(|id| feeder(id).is_some() && feeder(id) == feeder(&hall));
        (count(lost.iter()), is_whole_area, count(on_feeder))
    }

    /// The latest change of any of these in the minutes before.
    fn changed_before(&self, devices: impl Iterator<Item = DeviceId>, began: Timestamp) -> Option<Timestamp> {
        let from = after_s(began, -AFTER_CHANGE_S);
        // A change that cuts itself off is noted a moment after the first ask that was missed.
        let to = after_s(began, AFTER_START_S);
        let changes = devices.filter_map(|device| self.changes.get(&device).copied());
        changes.filter(|at| (from..=to).contains(at)).max()
    }

    /// Devices of a hall beside its gateways and what carries them, of which it was ever read when they started.
    fn others(&self, hall: HallId) -> impl Iterator<Item = &DeviceHealth> {
        let carriers = self.topology.carriers(hall);
        let others = self.fleet.devices_of(hall).filter(|device| !carriers.contains(&device.id));
        others.filter(|device| self.topology.is_judged(device.id)).filter_map(|device| self.devices.get(&device.id))
    }
}

/// What was seen of it while it lasted is not unseen by what is there now.
fn with_earlier(evidence: Evidence, earlier: Evidence) -> Evidence {
    Evidence {
        halls_beside: evidence.halls_beside.max(earlier.halls_beside),
        is_whole_area: evidence.is_whole_area || earlier.is_whole_area,
        feeder_beside: evidence.feeder_beside.max(earlier.feeder_beside),
        neighbours_up: evidence.neighbours_up.max(earlier.neighbours_up),
        is_on_battery: evidence.is_on_battery || earlier.is_on_battery,
        has_second_path: evidence.has_second_path || earlier.has_second_path,
        changed: evidence.changed.or(earlier.changed),
        ..evidence
    }
}

/// Seconds after the first missed ask in which a change still counts as before it.
const AFTER_START_S: i64 = 30;

/// Whether a device started inside an outage; `None` when it has not said since, or may have started long before.
fn run_of(row: &DeviceHealth, began: Timestamp) -> Option<Run> {
    let start = row.start.filter(|start| start.read > began)?;
    match run(began, start.at) {
        Run::Started(_) if !start.is_sure => None,
        found @ (Run::Started(_) | Run::RanOn(_)) => Some(found),
    }
}

fn has_battery(device: &Device) -> bool {
    matches!(device.facts.power, Some(Power::Ups | Power::Battery))
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
