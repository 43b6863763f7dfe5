//! What a change of the inventory does: devices and halls come, go, and are worked on.

use std::sync::Arc;

use inventory::device::{DeviceKind, Lifecycle};
use inventory::fleet::Fleet;
use inventory::id::{DeviceId, HallId};
use jiff::Timestamp;

use super::{Effect, Engine};
use crate::cause::TOGETHER_S;
use crate::health::{DEGRADED_AFTER_VISITS, DeviceHealth, DeviceState, HallHealth, HallState, Reachability};
use crate::ledger::Entry;
use crate::outage::Subject;
use crate::time::after_s;
use crate::topology::{Topology, lifecycle};
use crate::turn::Turn;

impl Engine {
    /// The inventory is now this.
    pub(super) fn fleet_changed(&mut self, fleet: Arc<Fleet>, turn: &mut Turn) {
        if self.fleet == fleet {
            return;
        }
        for old in self.fleet.devices() {
            if fleet.device(old.id).is_none_or(|new| new.hall != old.hall) {
                turn.subjects.insert(old.id);
                turn.touch(old.hall, turn.now);
            }
        }
        self.topology = Topology::of(&fleet);
        self.fleet = fleet;
        self.fit_to_fleet(turn);
    }

    /// Makes the state fit the inventory: a row for everything there is, nothing open for what is not in use.
    pub(super) fn fit_to_fleet(&mut self, turn: &mut Turn) {
        turn.is_new_fleet = true;
        for device in self.fleet.devices() {
            self.devices.entry(device.id).or_insert_with(|| {
                turn.rows.insert(device.id);
                new_row(device.id, turn.now)
            });
        }
        for hall in self.fleet.halls() {
            turn.touch(hall.id, turn.now);
        }
        let gone_halls: Vec<HallId> = self.halls.keys().copied().filter(|id| self.fleet.hall(*id).is_none()).collect();
        for hall in gone_halls {
            self.halls.remove(&hall);
            turn.touch(hall, turn.now);
        }
        let devices: Vec<DeviceId> = self.devices.keys().copied().collect();
        for device in &devices {
            if !self.topology.is_judged(*device) {
                self.out_of_use(*device, turn);
            }
            self.show_state(*device, turn.now, turn);
            self.compare_host_key(*device, turn);
        }
        self.fit_measures(turn);
        self.judge_suspects(self.suspects.all(), turn);
        self.ask_cut_off(&devices, turn);
    }

    /// Nothing is known of it any more, and nothing is open.
    fn out_of_use(&mut self, device: DeviceId, turn: &mut Turn) {
        self.suspects.remove(device);
        let closed = self.outages.close(Subject::Device(device), turn.now, turn.now);
        turn.effects.extend(closed.map(Effect::Outage));
        if self.fleet.device(device).is_none() {
            self.devices.remove(&device);
            self.host_keys.remove(&device);
            turn.rows.remove(&device);
            turn.subjects.insert(device);
            return;
        }
        if let Some(row) = self.devices.get_mut(&device) {
            let answered = closed.and_then(|outage| outage.end).or(row.answered);
            let blank = DeviceHealth {
                state: row.state,
                since: row.since,
                answered,
                start: row.start,
                ..new_row(device, turn.now)
            };
            if *row != blank {
                *row = blank;
                turn.rows.insert(device);
            }
        }
    }

    /// Brings the state that is shown into line with what is observed and planned. `since` is when it changed, if it did;
    /// a device that turns out lost when its maintenance ends has been so since its outage began.
    pub(super) fn show_state(&mut self, device: DeviceId, since: Timestamp, turn: &mut Turn) {
        let (Some(row), Some(known)) = (self.devices.get_mut(&device), self.fleet.device(device)) else {
            return;
        };
        let state = match (lifecycle(&self.fleet, known), row.reach) {
            (Lifecycle::Retired, _) => DeviceState::Retired,
            (Lifecycle::Maintenance, _) => DeviceState::Maintenance,
            (Lifecycle::Planned, _) | (Lifecycle::Active, Reachability::Unknown) => DeviceState::Unknown,
            (Lifecycle::Active, Reachability::Up) if row.failed_visits >= DEGRADED_AFTER_VISITS => {
                DeviceState::Degraded
            }
            (Lifecycle::Active, Reachability::Up) => DeviceState::Up,
            (Lifecycle::Active, Reachability::Down) => DeviceState::Down,
            (Lifecycle::Active, Reachability::CutOff) => DeviceState::CutOff,
        };
        if row.state != state {
            let outage = self.outages.open(Subject::Device(device));
            let is_lost = matches!(state, DeviceState::Down | DeviceState::CutOff);
            row.state = state;
            row.since = outage.filter(|_| is_lost).map_or(since, |outage| outage.start);
            turn.rows.insert(device);
            turn.touch(known.hall, since);
        }
    }

    /// The same for a hall, and for its ledger: from `seen` on somebody saw it so.
    pub(super) fn show_hall_state(&mut self, row: HallHealth, seen: Timestamp, turn: &mut Turn) {
        let HallHealth { hall, state, .. } = row;
        let before = self.halls.get(&hall).map(|row| row.state);
        if before == Some(state) {
            return;
        }
        if let (Some(HallState::Up), HallState::Down) = (before, state)
            && let Some(from) = self.missed_before(hall, seen)
        {
            turn.effects.push(Effect::Ledger(Entry { hall, from, state: HallState::Partial }));
        }
        self.halls.insert(hall, row);
        self.unseen.remove(&hall);
        turn.effects.push(Effect::HallHealth(row));
        turn.effects.push(Effect::Ledger(Entry { hall, from: seen, state }));
    }

    /// What hangs behind a gateway may be asked, and missed, moments before the gateway is: when that was.
    fn missed_before(&self, hall: HallId, down: Timestamp) -> Option<Timestamp> {
        let is_lost = |id: &DeviceId| {
            let state = self.devices.get(id).map(|row| row.state);
            matches!(state, Some(DeviceState::Down | DeviceState::CutOff))
        };
        let parts = self.fleet.devices_of(hall).filter(|device| is_part(device.facts.kind));
        let lost = parts.map(|device| device.id).filter(is_lost);
        let starts = lost.filter_map(|id| self.outages.open(Subject::Device(id))).map(|outage| outage.start);
        starts.filter(|start| *start < down && *start >= after_s(down, -TOGETHER_S)).min()
    }
}

fn new_row(device: DeviceId, now: Timestamp) -> DeviceHealth {
    DeviceHealth {
        device,
        state: DeviceState::Unknown,
        reach: Reachability::Unknown,
        since: now,
        last_seen: None,
        answered: None,
        first_answer: None,
        failure: None,
        visit_failure: None,
        last_visit: None,
        failed_visits: 0,
        start: None,
    }
}

/// Whether a hall is up in part when a device of this kind is missing. A second router that is lost is a part that is
/// missing, as an access point is.
pub(super) fn is_part(kind: DeviceKind) -> bool {
    matches!(kind, DeviceKind::AccessPoint | DeviceKind::Router)
}
