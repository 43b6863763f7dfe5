//! The controller's side of the links to agents, embedded or remote: who is connected, what each is told to poll, and
//! what becomes of what it saw.

mod assign;
mod ingest;
mod session;
mod stations;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use agent_api::{Downward, Heartbeat, Job};
use inventory::fleet::Fleet;
use inventory::id::DeviceId;
use tokio::sync::mpsc;

pub(crate) use assign::given;
pub use ingest::{Ingest, IngestError, inputs};
pub use session::{Session, Settings};

/// The name of the agent inside the controller, which devices mean when they name none.
pub const EMBEDDED: &str = "embedded";

/// An agent that has said nothing for this long is silent, and its devices are unknown.
pub const SILENT_AFTER: Duration = Duration::from_secs(60);

/// What is known of one agent.
#[derive(Debug, Clone)]
pub struct AgentStatus {
    /// Its release.
    pub release: String,
    /// When it was last heard, on the monotonic clock.
    pub heard: Duration,
    /// When it was last heard, on the wall clock.
    pub heard_at: jiff::Timestamp,
    /// Whether it counts as silent.
    pub is_silent: bool,
    /// What it said of itself last.
    pub heartbeat: Option<Heartbeat>,
}

struct Connected {
    number: u64,
    /// Weak, so that a connection ends with its session.
    tx: mpsc::WeakSender<Downward>,
    status: AgentStatus,
}

/// Every agent that has connected since the start.
#[derive(Default)]
pub struct Links {
    agents: Mutex<BTreeMap<String, Connected>>,
    jobs: AtomicU64,
    connections: AtomicU64,
}

impl Links {
    /// The agents and what is known of them, by name.
    pub fn status(&self) -> BTreeMap<String, AgentStatus> {
        let agents = self.agents.lock().expect("no holder of this lock can panic");
        agents.iter().map(|(name, agent)| (name.clone(), agent.status.clone())).collect()
    }

    /// Asks agents to ask these devices at once, each agent its own, in the order given. An agent that is gone or busy
    /// is not waited for: the engine judges on what it knows when no word comes.
    pub fn reask(&self, fleet: &Fleet, devices: &[DeviceId]) {
        let mut by_agent: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for device in devices.iter().filter_map(|id| fleet.device(*id)) {
            let agent = device.facts.agent.as_deref().unwrap_or(EMBEDDED);
            by_agent.entry(agent).or_default().push(device.id.0);
        }
        for (agent, devices) in by_agent {
            let id = self.jobs.fetch_add(1, Ordering::Relaxed);
            let agents = self.agents.lock().expect("no holder of this lock can panic");
            let tx = agents.get(agent).and_then(|agent| agent.tx.upgrade());
            drop(agents);
            let sent = tx.is_some_and(|tx| tx.try_send(Downward::Job(Job::Reask { id, devices })).is_ok());
            if !sent {
                tracing::debug!(agent, "could not be asked to ask again");
            }
        }
    }

    /// Whether the agent has made no other connection after this one.
    fn is_newest(&self, name: &str, number: u64) -> bool {
        let agents = self.agents.lock().expect("no holder of this lock can panic");
        agents.get(name).is_some_and(|agent| agent.number == number)
    }

    /// Registers a connection in place of the agent's last one. Its number.
    fn connect(&self, name: &str, tx: mpsc::WeakSender<Downward>, status: AgentStatus) -> u64 {
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let connected = Connected { number, tx, status };
        self.agents.lock().expect("no holder of this lock can panic").insert(name.to_owned(), connected);
        number
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut AgentStatus)) {
        let mut agents = self.agents.lock().expect("no holder of this lock can panic");
        if let Some(agent) = agents.get_mut(name) {
            change(&mut agent.status);
        }
    }
}
