//! What changed just now, for pages that are open: they hear that something changed and fetch it again.

use inventory::hall::HallCode;
use inventory::id::DeviceId;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Changes kept for a slow listener; one that falls further behind is told to fetch everything.
const DEPTH: usize = 256;

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Everything may have changed: every page asks for itself again.
    All,
    /// Something that the overview shows: a state, an outage, the inventory.
    Fleet,
    /// Something of this hall.
    Hall(HallCode),
    /// Something of this device: a state or a visit.
    Device(DeviceId),
}

impl Change {
    /// The name of the server-sent event.
    pub fn topic(&self) -> String {
        match self {
            Change::All => "all".to_owned(),
            Change::Fleet => "fleet".to_owned(),
            Change::Hall(code) => format!("hall:{code}"),
            Change::Device(id) => format!("device:{id}"),
        }
    }
}

/// Stands in each request: cancelled when its connection has lived its time, or the program ends. What lasts ends then.
#[derive(Debug, Clone)]
pub struct ConnectionEnd(pub CancellationToken);

/// Tells everybody who listens.
#[derive(Debug, Clone)]
pub struct Live(broadcast::Sender<Change>);

impl Default for Live {
    fn default() -> Self {
        Live(broadcast::channel(DEPTH).0)
    }
}

impl Live {
    /// Tells those who listen; nobody listening is fine.
    pub fn tell(&self, change: Change) {
        let _listeners = self.0.send(change).unwrap_or(0);
    }

    /// Everything told from now on.
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}
