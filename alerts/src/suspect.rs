//! Suspects: devices found silent, of which it is not yet known whether they are down or cut off. Before one is called
//! down, everything on its uplink path is asked again.

use std::collections::{BTreeMap, BTreeSet};

use inventory::id::DeviceId;
use jiff::Timestamp;

use crate::time::after_s;

/// Seconds a suspect waits for word from what stands before it. Three asks in a row take 1.5 + 1 + 1.5 + 2 + 1.5 =
/// 7.5 s (semantics.md, reachability), and their result some time on the way.
pub(crate) const WORD_S: i64 = 10;

/// One of them.
#[derive(Debug)]
pub(crate) struct Suspect {
    /// The first ask that was missed.
    pub(crate) since: Timestamp,
    /// When the third miss was noted. A parent's answer counts when it is later.
    pub(crate) heard: Timestamp,
    /// When it is judged on what is known.
    pub(crate) deadline: Timestamp,
    /// What on its path answered since.
    answered: BTreeSet<DeviceId>,
    /// Whether somebody looked for a parent and could not.
    is_parent_unseen: bool,
}

/// What is to be thought of a suspect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Nothing yet.
    Wait,
    /// It alone is at fault.
    Alone,
    /// Something before it is lost.
    Behind,
    /// Nobody could look at what stands before it.
    NotLooked,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Suspects(BTreeMap<DeviceId, Suspect>);

impl Suspects {
    /// Suspects a device. The first suspicion stands: hearing of the same silence again gives no more time.
    pub(crate) fn add(&mut self, device: DeviceId, since: Timestamp, heard: Timestamp, now: Timestamp) {
        self.0.entry(device).or_insert_with(|| Suspect {
            since,
            heard,
            deadline: after_s(now, WORD_S),
            answered: BTreeSet::new(),
            is_parent_unseen: false,
        });
    }

    /// It is none any more.
    pub(crate) fn remove(&mut self, device: DeviceId) -> Option<Suspect> {
        self.0.remove(&device)
    }

    /// Whether it is one.
    pub(crate) fn contains(&self, device: DeviceId) -> bool {
        self.0.contains_key(&device)
    }

    /// Those of `devices` that are, in the same order.
    pub(crate) fn among(&self, devices: &[DeviceId]) -> Vec<DeviceId> {
        devices.iter().copied().filter(|device| self.contains(*device)).collect()
    }

    /// All of them, by id.
    pub(crate) fn all(&self) -> Vec<DeviceId> {
        self.0.keys().copied().collect()
    }

    /// `parent` answered at `at`: that counts for those of `behind` that were found silent before.
    pub(crate) fn parent_answered(&mut self, parent: DeviceId, behind: &[DeviceId], at: Timestamp) {
        for device in behind {
            if let Some(suspect) = self.0.get_mut(device)
                && at > suspect.heard
            {
                suspect.answered.insert(parent);
            }
        }
    }

    /// Somebody looked for a parent of these and could not.
    pub(crate) fn parent_unseen(&mut self, behind: &[DeviceId]) {
        for device in behind {
            if let Some(suspect) = self.0.get_mut(device) {
                suspect.is_parent_unseen = true;
            }
        }
    }

    /// What is to be thought of one, given its path and which devices are lost.
    pub(crate) fn finding(
        &self,
        device: DeviceId,
        path: &[DeviceId],
        is_lost: impl Fn(DeviceId) -> bool,
        now: Timestamp,
    ) -> Finding {
        let Some(suspect) = self.0.get(&device) else {
            return Finding::Wait;
        };
        if path.iter().any(|parent| is_lost(*parent)) {
            return Finding::Behind;
        }
        if suspect.is_parent_unseen {
            return Finding::NotLooked;
        }
        // A parent that is a suspect itself has not answered since, so this waits for what becomes of it.
        let all_answered = path.iter().all(|parent| suspect.answered.contains(parent) && !self.contains(*parent));
        if all_answered || suspect.deadline <= now { Finding::Alone } else { Finding::Wait }
    }

    /// When the first of them is to be judged on what is known.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.0.values().map(|suspect| suspect.deadline).min()
    }

    /// Those whose time is up, by id.
    pub(crate) fn expired(&self, now: Timestamp) -> Vec<DeviceId> {
        self.0.iter().filter(|(_, suspect)| suspect.deadline <= now).map(|(device, _)| *device).collect()
    }

    /// The clock was set back to `now`: nobody waits longer for that.
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        for suspect in self.0.values_mut() {
            suspect.deadline = suspect.deadline.min(after_s(now, WORD_S));
            suspect.heard = suspect.heard.min(now);
        }
    }
}
