//! The devices of this agent and what is remembered of each between two asks. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use agent_api::{AssignedDevice, Assignment};
use inventory::id::DeviceId;
use inventory::reading::Reach;

use crate::queue::Urgency;
use crate::reach::Machine;
use crate::target::Target;

/// Which of the lives of a device in the roster something belongs to: a device that was taken away, or moved to another
/// address, and came back is another one, and late answers of the first mean nothing to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

/// One device.
pub(crate) struct Entry<M> {
    /// As it was assigned, to notice changes.
    assigned: AssignedDevice,
    /// Shared with the errands under way.
    pub(crate) target: Arc<Target>,
    /// Which life of the device this is.
    pub(crate) generation: Generation,
    /// Whether it is there.
    pub(crate) machine: Machine,
    /// What the transports remember of it. Away during a visit.
    pub(crate) memory: M,
    /// The latest verdict, and how often in a row it was given.
    verdict: Option<(Verdict, u8)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Answered,
    Silent,
    CouldNotLook,
}

/// What a report means to the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weighed {
    /// How soon the controller has to know.
    pub(crate) urgency: Urgency,
    /// It answers, and did not the time before.
    pub(crate) has_come_back: bool,
}

impl<M> Entry<M> {
    /// Weighs a report against the one before. The first two of a kind are urgent: two good answers make `up`.
    pub(crate) fn weigh(&mut self, reach: &Reach) -> Weighed {
        let verdict = match reach {
            Reach::Answered { .. } => Verdict::Answered,
            Reach::Silent { .. } => Verdict::Silent,
            Reach::CouldNotLook { .. } => Verdict::CouldNotLook,
        };
        let before = self.verdict;
        let count = match before {
            Some((same, count)) if same == verdict => count.saturating_add(1),
            Some(_) | None => 1,
        };
        self.verdict = Some((verdict, count));
        Weighed {
            urgency: if count <= 2 { Urgency::Change } else { Urgency::Routine },
            has_come_back: verdict == Verdict::Answered && before.is_some_and(|(other, _)| other != Verdict::Answered),
        }
    }
}

/// The devices of this agent.
pub(crate) struct Roster<M> {
    entries: BTreeMap<DeviceId, Entry<M>>,
    next_generation: u64,
}

/// What an assignment changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Gone, or to be begun anew.
    pub(crate) removed: Vec<DeviceId>,
    /// New, or begun anew, and whether they are visited.
    pub(crate) added: Vec<(DeviceId, bool)>,
    /// Opened in another way than before.
    pub(crate) reopened: Vec<DeviceId>,
}

impl<M: Default> Roster<M> {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        Roster { entries: BTreeMap::new(), next_generation: 0 }
    }

    /// Takes an assignment over. What did not change keeps its state.
    pub(crate) fn apply(&mut self, assignment: &Assignment) -> Changes {
        let mut changes = Changes::default();
        let wanted: BTreeSet<DeviceId> = assignment.devices.iter().map(|device| device.device).collect();
        for (device, _) in self.entries.extract_if(.., |device, _| !wanted.contains(device)) {
            changes.removed.push(device);
        }
        for assigned in &assignment.devices {
            let device = assigned.device;
            let target = Target::new(assigned, &assignment.credentials);
            if let Some(entry) = self.entries.get_mut(&device) {
                if is_same_device(&entry.assigned, assigned) {
                    if !entry.target.is_opened_like(&target) {
                        entry.memory = M::default();
                        changes.reopened.push(device);
                    }
                    entry.assigned = assigned.clone();
                    entry.target = Arc::new(target);
                    continue;
                }
                changes.removed.push(device);
            }
            changes.added.push((device, target.is_visited()));
            self.insert(assigned.clone(), target);
        }
        changes
    }

    fn insert(&mut self, assigned: AssignedDevice, target: Target) {
        let generation = Generation(self.next_generation);
        self.next_generation += 1;
        let entry = Entry {
            target: Arc::new(target),
            generation,
            machine: Machine::default(),
            memory: M::default(),
            verdict: None,
            assigned,
        };
        self.entries.insert(entry.assigned.device, entry);
    }

    /// A device.
    pub(crate) fn entry(&mut self, device: DeviceId) -> Option<&mut Entry<M>> {
        self.entries.get_mut(&device)
    }

    /// A device, if it still is the one that was meant.
    pub(crate) fn entry_of(&mut self, device: DeviceId, generation: Generation) -> Option<&mut Entry<M>> {
        self.entries.get_mut(&device).filter(|entry| entry.generation == generation)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// At another address, or asked in another way, it is another device: nothing learnt of the one before holds.
fn is_same_device(one: &AssignedDevice, two: &AssignedDevice) -> bool {
    one.address == two.address && one.methods == two.methods
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::tests::{assigned, profiles};
    use inventory::device::PollMethod;
    use std::time::Duration;

    fn assignment(devices: Vec<AssignedDevice>, community: &str) -> Assignment {
        Assignment { devices, credentials: profiles(&[("halls", community)]), ..Assignment::default() }
    }

    fn snmp(id: i64) -> AssignedDevice {
        assigned(id, &[PollMethod::Snmp], Some("halls"))
    }

    #[test]
    fn an_assignment_touches_only_what_it_changes() {
        let mut roster: Roster<u8> = Roster::new();
        let ping = assigned(3, &[PollMethod::Ping], None);
        let changes = roster.apply(&assignment(vec![snmp(1), snmp(2), ping.clone()], "public"));
        assert_eq!(changes.added, [(DeviceId(1), true), (DeviceId(2), true), (DeviceId(3), false)]);
        let kept = roster.entry(DeviceId(1)).map(|entry| entry.generation);
        roster.entry(DeviceId(1)).unwrap().memory = 5;

        let moved = AssignedDevice { address: "10.9.9.9".parse().unwrap(), ..snmp(2) };
        let changes = roster.apply(&assignment(vec![snmp(1), moved], "public"));
        let expected =
            Changes { removed: vec![DeviceId(3), DeviceId(2)], added: vec![(DeviceId(2), true)], reopened: vec![] };
        assert_eq!(changes, expected);
        assert_eq!(roster.entry(DeviceId(1)).map(|entry| (entry.generation, entry.memory)), kept.map(|kept| (kept, 5)));
        assert_eq!(roster.len(), 2);
    }

    #[test]
    fn a_new_secret_reopens_a_device_and_keeps_its_state() {
        let mut roster: Roster<u8> = Roster::new();
        roster.apply(&assignment(vec![snmp(1)], "public"));
        let generation = roster.entry(DeviceId(1)).unwrap().generation;
        let changes = roster.apply(&assignment(vec![snmp(1)], "private"));
        assert_eq!(changes, Changes { reopened: vec![DeviceId(1)], ..Changes::default() });
        assert!(roster.entry_of(DeviceId(1), generation).is_some());
    }

    #[test]
    fn the_first_two_of_a_kind_are_urgent() {
        let mut roster: Roster<u8> = Roster::new();
        roster.apply(&assignment(vec![snmp(1)], "public"));
        let entry = roster.entry(DeviceId(1)).unwrap();
        let answered = Reach::Answered { rtt: Duration::ZERO, uptime: None, missed: 0 };
        let since = "2026-11-24T00:00:00Z".parse().unwrap();
        let silent = Reach::CouldNotLook { since };
        let expected = [
            (&answered, Urgency::Change, false),
            (&answered, Urgency::Change, false),
            (&answered, Urgency::Routine, false),
            (&silent, Urgency::Change, false),
            (&answered, Urgency::Change, true),
            (&answered, Urgency::Change, false),
            (&answered, Urgency::Routine, false),
        ];
        for (reach, urgency, has_come_back) in expected {
            assert_eq!(entry.weigh(reach), Weighed { urgency, has_come_back });
        }
    }
}
