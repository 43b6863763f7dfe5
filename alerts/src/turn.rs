//! One step of the engine under way: the time it is taken at, and what it brings.

use std::collections::{BTreeMap, BTreeSet};

use inventory::id::{ContactId, DeviceId, HallId};
use jiff::Timestamp;

use crate::alert::AlertKey;
use crate::decision::{Decision, Reason};
use crate::effect::Effect;
use crate::outage::Subject;

/// Lives as long as one step.
#[derive(Debug)]
pub(crate) struct Turn {
    /// The controller's time, for all of the step.
    pub(crate) now: Timestamp,
    /// Devices to ask at once.
    pub(crate) reask: BTreeSet<DeviceId>,
    /// Whether what halls consist of may have changed.
    pub(crate) is_new_fleet: bool,
    /// Devices whose row changed.
    pub(crate) rows: BTreeSet<DeviceId>,
    /// Halls to look at again, and when by the observations that was.
    pub(crate) halls: BTreeMap<HallId, Timestamp>,
    /// Devices that came back, and when: the first good answer.
    pub(crate) back: BTreeMap<DeviceId, Timestamp>,
    /// Devices whose alerts are to be looked at whatever became of their halls: they left the fleet or their hall, or
    /// show another host key.
    pub(crate) subjects: BTreeSet<DeviceId>,
    /// What is measured of these makes a fault, or no longer does.
    pub(crate) measured: BTreeSet<Subject>,
    /// What may have an outage of which more is known now.
    pub(crate) why: BTreeSet<Subject>,
    /// Devices whose row of host keys changed.
    pub(crate) host_keys: BTreeSet<DeviceId>,
    /// Whether any alert was weighed anew.
    pub(crate) is_weighed: bool,
    /// Everything else, in order.
    pub(crate) effects: Vec<Effect>,
}

impl Turn {
    /// A step at `now`.
    pub(crate) fn new(now: Timestamp) -> Turn {
        Turn {
            now,
            reask: BTreeSet::new(),
            is_new_fleet: false,
            rows: BTreeSet::new(),
            halls: BTreeMap::new(),
            back: BTreeMap::new(),
            subjects: BTreeSet::new(),
            measured: BTreeSet::new(),
            why: BTreeSet::new(),
            host_keys: BTreeSet::new(),
            is_weighed: false,
            effects: Vec::new(),
        }
    }

    /// It was decided (not) to tell of an alert: a contact, or the channels that hear of everything.
    pub(crate) fn decide(&mut self, alert: AlertKey, contact: Option<ContactId>, reason: Reason) {
        self.effects.push(Effect::Decision(Decision { alert, contact, at: self.now, reason }));
    }

    /// Something in this hall changed at `at`.
    pub(crate) fn touch(&mut self, hall: HallId, at: Timestamp) {
        let latest = self.halls.entry(hall).or_insert(at);
        *latest = at.max(*latest);
    }
}
