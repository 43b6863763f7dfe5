//! How many visits are under way at once, and who is next. Pure.
//!
//! Devices whose latest visit failed wait apart and get at most half of the room: when a province is dark, its time-outs
//! do not keep those that answer waiting.

use std::collections::VecDeque;
use std::time::Duration;

use agent_api::VisitDepth;
use inventory::id::DeviceId;

use crate::roster::Generation;

/// A visit whose turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) device: DeviceId,
    pub(super) generation: Generation,
    pub(super) depth: VisitDepth,
    /// When it should have begun.
    pub(super) planned: Duration,
    /// The latest visit of this device failed.
    pub(super) is_suspect: bool,
}

/// The room for visits.
#[derive(Debug)]
pub(super) struct Slots {
    /// Visits at once.
    size: usize,
    running: usize,
    /// Of `running`, those of devices whose latest visit failed.
    suspects_running: usize,
    healthy: VecDeque<Waiting>,
    suspects: VecDeque<Waiting>,
}

impl Slots {
    pub(super) fn new(size: usize) -> Self {
        Slots {
            size: size.max(2),
            running: 0,
            suspects_running: 0,
            healthy: VecDeque::new(),
            suspects: VecDeque::new(),
        }
    }

    pub(super) fn wait(&mut self, waiting: Waiting) {
        let queue = if waiting.is_suspect { &mut self.suspects } else { &mut self.healthy };
        queue.push_back(waiting);
    }

    /// The next that may begin; it has begun with this, until [`Slots::end`].
    pub(super) fn begin(&mut self) -> Option<Waiting> {
        if self.running >= self.size {
            return None;
        }
        let next = match self.healthy.pop_front() {
            Some(healthy) => healthy,
            None if self.suspects_running < self.size / 2 => self.suspects.pop_front()?,
            None => return None,
        };
        self.running += 1;
        self.suspects_running += usize::from(next.is_suspect);
        Some(next)
    }

    pub(super) fn end(&mut self, is_suspect: bool) {
        self.running = self.running.saturating_sub(1);
        self.suspects_running = self.suspects_running.saturating_sub(usize::from(is_suspect));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::Roster;
    use crate::target::tests::assigned;
    use agent_api::Assignment;
    use inventory::device::PollMethod;

    fn waiting(id: i64, is_suspect: bool) -> Waiting {
        let mut roster: Roster<()> = Roster::new();
        let devices = vec![assigned(1, &[PollMethod::Snmp], None)];
        roster.apply(&Assignment { devices, ..Assignment::default() });
        let generation = roster.entry(DeviceId(1)).unwrap().generation;
        Waiting { device: DeviceId(id), generation, depth: VisitDepth::Full, planned: Duration::ZERO, is_suspect }
    }

    fn begun(slots: &mut Slots) -> Vec<i64> {
        std::iter::from_fn(|| slots.begin()).map(|waiting| waiting.device.0).collect()
    }

    #[test]
    fn no_more_begin_than_there_is_room_for() {
        let mut slots = Slots::new(2);
        for id in 1..=4 {
            slots.wait(waiting(id, false));
        }
        assert_eq!(begun(&mut slots), [1, 2]);
        slots.end(false);
        assert_eq!(begun(&mut slots), [3]);
    }

    #[test]
    fn those_that_failed_last_time_leave_room_for_those_that_answer() {
        let mut slots = Slots::new(4);
        for id in 1..=6 {
            slots.wait(waiting(id, true));
        }
        assert_eq!(begun(&mut slots), [1, 2]);
        for id in 11..=13 {
            slots.wait(waiting(id, false));
        }
        assert_eq!(begun(&mut slots), [11, 12]);
        slots.end(true);
        assert_eq!(begun(&mut slots), [13]);
        slots.end(false);
        assert_eq!(begun(&mut slots), [3]);
    }
}
