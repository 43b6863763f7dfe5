//! What the controller says to the agent, and what it is answered.

use std::collections::BTreeSet;
use std::time::Duration;

use agent_api::{API_VERSION, AgentEnd, Assignment, Downward, Heartbeat, Hello, Job, JobEvent, JobId, JobState};
use inventory::id::DeviceId;

use super::Agent;
use crate::reach::Event as ReachEvent;
use crate::transports::Transports;
use crate::uplink::LinkEvent;

/// How long a stopping agent tries to hand over what it has seen.
const FAREWELL: Duration = Duration::from_millis(1500);

impl<T: Transports> Agent<T> {
    pub(super) fn greet(&mut self, link: AgentEnd) {
        tracing::info!(agent = %self.profile.name, "linked to the controller");
        let hello = Hello {
            agent: self.profile.name.clone(),
            api_version: API_VERSION,
            release: self.profile.release.clone(),
            epoch: self.uplink.queue().epoch(),
            oldest: self.uplink.queue().oldest(),
        };
        self.uplink.attach(link, hello);
        self.heartbeat_at = self.clock.monotonic();
    }

    pub(super) fn obey(&mut self, message: Downward) {
        match message {
            Downward::Assignment(assignment) => self.assign(assignment),
            Downward::Ack(position) => self.uplink.queue().acknowledge(position),
            Downward::Job(Job::Reask { id, devices }) => self.reask(id, devices),
            Downward::Hold(is_held) => {
                let now = self.clock.monotonic();
                self.uplink.queue().hold(is_held, now);
            }
        }
    }

    fn assign(&mut self, assignment: Assignment) {
        let now = self.clock.monotonic();
        let changes = self.roster.apply(&assignment);
        self.cadence = assignment.cadence;
        self.schedule.set_cadence(assignment.cadence, now);
        self.connectivity.set_references(assignment.reference_targets);
        for device in &changes.removed {
            self.schedule.remove(*device);
            self.deciding.remove(device);
            self.jobs.reported(*device);
        }
        self.schedule.add(&changes.added, now);
        for device in &changes.reopened {
            self.schedule.visit_soon(*device, now);
        }
        self.heartbeat_at = self.heartbeat_at.min(now + self.cadence.heartbeat);
        let (added, removed, reopened) = (changes.added.len(), changes.removed.len(), changes.reopened.len());
        tracing::info!(devices = self.roster.len(), added, removed, reopened, "assigned");
    }

    fn reask(&mut self, id: JobId, devices: Vec<i64>) {
        let known: BTreeSet<DeviceId> = devices
            .iter()
            .map(|device| DeviceId(*device))
            .filter(|device| self.roster.entry(*device).is_some())
            .collect();
        if known.is_empty() && !devices.is_empty() {
            let state = JobState::Refused { reason: "none of these devices is assigned to this agent".to_owned() };
            return self.uplink.job_event(JobEvent { id, state });
        }
        self.jobs.begin(id, known.clone());
        // In the order of the job: those nearest the root first.
        for device in devices.into_iter().map(DeviceId).filter(|device| known.contains(device)) {
            self.reach(device, ReachEvent::Reask);
        }
    }

    pub(super) fn beat(&mut self, connected: Option<bool>) {
        self.is_heartbeat_waiting = false;
        let queue = self.uplink.queue();
        let (queued, dropped) = (queue.queued(), queue.dropped());
        let at_ms = self.clock.now().as_millisecond();
        self.uplink.heartbeat(Heartbeat { at_ms, queued, dropped, connected });
    }

    pub(super) async fn farewell(&mut self) {
        self.errands.abort();
        self.uplink.queue().cut();
        self.uplink.pump();
        let handed_over = tokio::time::timeout(FAREWELL, async {
            while self.uplink.is_behind() {
                match self.uplink.event().await {
                    LinkEvent::Room => self.uplink.pump(),
                    LinkEvent::Down(Downward::Ack(position)) => {
                        self.uplink.queue().acknowledge(position);
                        self.uplink.pump();
                    }
                    LinkEvent::Down(Downward::Assignment(_) | Downward::Job(_) | Downward::Hold(_)) => {}
                    LinkEvent::Closed => break,
                }
            }
        });
        let is_complete = handed_over.await.is_ok();
        tracing::info!(is_complete, "stopped");
    }
}
