//! What the loop sends out and what comes back: each errand is a task of its own, so that one that hangs or fails
//! disturbs no other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use agent_api::VisitDepth;
use inventory::clock::Clock;
use inventory::device::Address;
use inventory::id::DeviceId;
use inventory::reading::FailureKind;
use tokio::task::{Id, JoinError, JoinSet};

use crate::roster::Generation;
use crate::target::{Target, visit_panicked, visit_took_too_long};
use crate::transports::{Asked, Transports, VisitOutcome};

/// The longest any visit may take (D8 of safety.md bounds a walk by the same time).
const VISIT_MAX: Duration = Duration::from_secs(60);

/// What an ask may overrun its timeout by before it counts as missed: the answer has to reach us through two tasks.
const ASK_GRACE: Duration = Duration::from_millis(50);

/// How long the check of the agent's own connection may take: less than one ask, so that it is there when the third ask
/// has failed.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// A visit that was begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub(super) device: DeviceId,
    pub(super) generation: Generation,
    pub(super) depth: VisitDepth,
    /// By how much it began too late.
    pub(super) lag: Duration,
    /// It was begun among those that are expected to fail.
    pub(super) is_suspect: bool,
    pub(super) protocol: &'static str,
}

/// What is under way in a task.
#[derive(Debug, Clone, Copy)]
enum Errand {
    Ask(DeviceId, Generation),
    Visit(Visit),
    Look,
}

/// What came of an errand.
pub(super) enum Done<M> {
    /// A device was asked.
    Asked(DeviceId, Generation, Asked),
    /// A device was visited; it took so long.
    Visited(Visit, Box<VisitOutcome<M>>, Duration),
    /// The agent's own connection was checked.
    Looked(Option<bool>),
}

/// The errands under way.
pub(super) struct Errands<T: Transports> {
    transports: Arc<T>,
    clock: Arc<dyn Clock>,
    tasks: JoinSet<Done<T::Memory>>,
    /// What each task is about, to know it when the task itself cannot say so any more.
    running: HashMap<Id, Errand>,
}

impl<T: Transports> Errands<T> {
    pub(super) fn new(transports: Arc<T>, clock: Arc<dyn Clock>) -> Self {
        Errands { transports, clock, tasks: JoinSet::new(), running: HashMap::new() }
    }

    pub(super) fn ask(&mut self, device: DeviceId, generation: Generation, target: Arc<Target>, timeout: Duration) {
        let transports = Arc::clone(&self.transports);
        let task = self.tasks.spawn(async move {
            let asked = tokio::time::timeout(timeout + ASK_GRACE, transports.ask(&target, timeout)).await;
            Done::Asked(device, generation, asked.unwrap_or(Asked::Missed(FailureKind::Timeout)))
        });
        self.running.insert(task.id(), Errand::Ask(device, generation));
    }

    pub(super) fn visit(&mut self, visit: Visit, target: Arc<Target>, memory: T::Memory) {
        let transports = Arc::clone(&self.transports);
        let clock = Arc::clone(&self.clock);
        let depth = visit.depth;
        let task = self.tasks.spawn(async move {
            let began = clock.monotonic();
            let visited = tokio::time::timeout(VISIT_MAX, transports.visit(&target, depth, memory)).await;
            let outcome = visited.unwrap_or_else(|_| {
                VisitOutcome::new(Err(visit_took_too_long(depth, VISIT_MAX)), false, T::Memory::default())
            });
            Done::Visited(visit, Box::new(outcome), clock.monotonic().saturating_sub(began))
        });
        self.running.insert(task.id(), Errand::Visit(visit));
    }

    pub(super) fn look(&mut self, references: Vec<Address>, ask_timeout: Duration) {
        let transports = Arc::clone(&self.transports);
        let timeout = LOOK_MAX.min(ask_timeout);
        let task = self.tasks.spawn(async move {
            let looked = tokio::time::timeout(timeout + ASK_GRACE, transports.is_connected(&references, timeout)).await;
            // Nobody answered in time, so nobody answered.
            Done::Looked(looked.unwrap_or(Some(false)))
        });
        self.running.insert(task.id(), Errand::Look);
    }

    /// Waits for the next to come home; for ever when none is under way.
    pub(super) async fn next(&mut self) -> Done<T::Memory> {
        loop {
            let Some(joined) = self.tasks.join_next_with_id().await else {
                return std::future::pending().await;
            };
            let (id, home) = match joined {
                Ok((id, done)) => (id, Ok(done)),
                Err(error) => (error.id(), Err(error)),
            };
            // Each task is entered when it is spawned, and leaves once.
            let Some(errand) = self.running.remove(&id) else {
                continue;
            };
            return home.unwrap_or_else(|error| failed(errand, &error));
        }
    }

    /// Gives up everything under way.
    pub(super) fn abort(&mut self) {
        self.tasks.abort_all();
        self.running.clear();
    }
}

/// The code of the errand panicked. That is a fault of ours in what one device said: the others never notice.
fn failed<M: Default>(errand: Errand, error: &JoinError) -> Done<M> {
    match errand {
        Errand::Ask(device, generation) => {
            tracing::error!(%device, %error, "an ask failed in our own code");
            Done::Asked(device, generation, Asked::Missed(FailureKind::Protocol))
        }
        Errand::Visit(visit) => {
            tracing::error!(device = %visit.device, %error, "a visit failed in our own code");
            let outcome = VisitOutcome::new(Err(visit_panicked()), false, M::default());
            Done::Visited(visit, Box::new(outcome), Duration::ZERO)
        }
        Errand::Look => {
            tracing::error!(%error, "the check of the agent's own connection failed in our own code");
            Done::Looked(None)
        }
    }
}
