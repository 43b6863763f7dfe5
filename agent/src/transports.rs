//! What the loop needs from the network: three questions. The loop is built with what answers them, the real
//! [`crate::observe::Network`] or a test's.

use std::future::Future;
use std::time::Duration;

use agent_api::VisitDepth;
use inventory::device::{Address, HostKeyFingerprint};
use inventory::reading::{Failure, FailureKind, Reading, Uptime};

use crate::target::Target;

/// The way to the devices.
pub trait Transports: Send + Sync + 'static {
    /// What is worth remembering of a device between two visits: what its agent can take, which ports it had. The loop
    /// keeps it and never looks inside; a new device has the default.
    type Memory: Default + Send + 'static;

    /// Asks a device once whether it is there, by all its methods at the same time, within `timeout`.
    fn ask(&self, target: &Target, timeout: Duration) -> impl Future<Output = Asked> + Send;

    /// Reads a device.
    fn visit(
        &self,
        target: &Target,
        depth: VisitDepth,
        memory: Self::Memory,
    ) -> impl Future<Output = VisitOutcome<Self::Memory>> + Send;

    /// Whether the agent itself is connected, by these addresses and its own gateway; `None` when there is no way of
    /// asking. It takes no longer than `timeout`.
    fn is_connected(&self, references: &[Address], timeout: Duration) -> impl Future<Output = Option<bool>> + Send;
}

/// What came of one ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It answered by one method at least.
    Answered {
        /// From ask to answer.
        rtt: Duration,
        /// How long it has run, when the answer said so.
        uptime: Option<Uptime>,
    },
    /// It did not.
    Missed(FailureKind),
    /// It could not be asked: this agent lacks a right or a credential.
    CouldNotAsk,
}

impl Asked {
    /// Of two ways of not answering, the one that tells more. What is told by the device's own network (a closed port, a
    /// wrong community) tells more than silence, and silence more than an ask that was never made.
    #[must_use]
    pub fn or_better(self, other: Asked) -> Asked {
        fn rank(asked: Asked) -> u8 {
            match asked {
                Asked::CouldNotAsk => 0,
                Asked::Missed(FailureKind::Timeout) => 1,
                Asked::Missed(_) => 2,
                Asked::Answered { .. } => 3,
            }
        }
        if rank(other) > rank(self) { other } else { self }
    }
}

/// What came of one visit.
#[derive(Debug)]
pub struct VisitOutcome<M> {
    /// What it told, or why it failed.
    pub result: Result<Reading, Failure>,
    /// The ports are no longer those remembered: everything has to be read again.
    pub has_changed: bool,
    /// What it was read over, when that is another protocol than [`Target::protocol`].
    pub protocol: Option<&'static str>,
    /// The SSH host key that it showed.
    pub offered_host_key: Option<HostKeyFingerprint>,
    /// To be handed to the next visit.
    pub memory: M,
}

impl<M> VisitOutcome<M> {
    /// A visit that told nothing over another protocol than the usual one.
    pub fn new(result: Result<Reading, Failure>, has_changed: bool, memory: M) -> Self {
        VisitOutcome { result, has_changed, protocol: None, offered_host_key: None, memory }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_ways_of_not_answering_the_telling_one_counts() {
        let timeout = Asked::Missed(FailureKind::Timeout);
        let refused = Asked::Missed(FailureKind::Refused);
        let answered = Asked::Answered { rtt: Duration::ZERO, uptime: None };
        assert_eq!(Asked::CouldNotAsk.or_better(timeout), timeout);
        assert_eq!(timeout.or_better(Asked::CouldNotAsk), timeout);
        assert_eq!(timeout.or_better(refused), refused);
        assert_eq!(refused.or_better(answered), answered);
    }
}
