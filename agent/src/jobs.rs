//! Jobs of the controller that are under way, and when each is finished. Pure.

use std::collections::BTreeSet;

use agent_api::{JobEvent, JobId, JobState};
use inventory::id::DeviceId;

/// The jobs under way.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    id: JobId,
    /// Devices whose verdict is still to come.
    waiting: BTreeSet<DeviceId>,
}

impl Jobs {
    /// A job to ask these devices. `None` of them is a job that is over at once.
    pub(crate) fn begin(&mut self, id: JobId, devices: BTreeSet<DeviceId>) {
        // A repeated job (the controller was restarted and counts anew) replaces the earlier one.
        self.open.retain(|open| open.id != id);
        self.open.push(Open { id, waiting: devices });
    }

    /// There is a verdict on this device, or there will never be one.
    pub(crate) fn reported(&mut self, device: DeviceId) {
        for open in &mut self.open {
            open.waiting.remove(&device);
        }
    }

    /// The jobs that have come to an end, each once.
    pub(crate) fn take_finished(&mut self) -> Vec<JobEvent> {
        let finished = self.open.extract_if(.., |open| open.waiting.is_empty());
        finished.map(|open| JobEvent { id: open.id, state: JobState::Finished }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(finished: Vec<JobEvent>) -> Vec<JobId> {
        finished.into_iter().map(|event| event.id).collect()
    }

    #[test]
    fn a_job_is_finished_once_when_the_last_of_its_devices_was_heard_of() {
        let mut jobs = Jobs::default();
        jobs.begin(1, [DeviceId(1), DeviceId(2)].into());
        jobs.begin(2, [DeviceId(2)].into());
        jobs.reported(DeviceId(1));
        assert!(ids(jobs.take_finished()).is_empty());
        jobs.reported(DeviceId(2));
        assert_eq!(ids(jobs.take_finished()), [1, 2]);
        assert!(ids(jobs.take_finished()).is_empty());
    }

    #[test]
    fn a_job_for_nobody_is_finished_at_once() {
        let mut jobs = Jobs::default();
        jobs.begin(1, BTreeSet::new());
        assert_eq!(ids(jobs.take_finished()), [1]);
    }
}
