//! The link inside one process: two bounded channels. A full one makes its sender wait, so a slow controller slows the
//! sending of batches, never the polling (the agent queues them).

use tokio::sync::mpsc;

use crate::{Downward, Upward};

/// Messages under way in each direction before the sender waits.
const DEPTH: usize = 64;

/// The other end is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other end of the link is gone")]
pub struct LinkClosed;

/// The agent's end.
pub struct AgentEnd {
    /// To the controller.
    pub tx: mpsc::Sender<Upward>,
    /// From the controller.
    pub rx: mpsc::Receiver<Downward>,
}

/// The controller's end.
pub struct ControllerEnd {
    /// To the agent.
    pub tx: mpsc::Sender<Downward>,
    /// From the agent.
    pub rx: mpsc::Receiver<Upward>,
}

/// A new link.
pub fn pair() -> (AgentEnd, ControllerEnd) {
    let (up_tx, up_rx) = mpsc::channel(DEPTH);
    let (down_tx, down_rx) = mpsc::channel(DEPTH);
    (AgentEnd { tx: up_tx, rx: down_rx }, ControllerEnd { tx: down_tx, rx: up_rx })
}

impl AgentEnd {
    /// Sends, waiting while the link is full.
    ///
    /// # Errors
    /// When the controller is gone.
    pub async fn send(&self, message: Upward) -> Result<(), LinkClosed> {
        self.tx.send(message).await.map_err(|_| LinkClosed)
    }
}

impl ControllerEnd {
    /// Sends, waiting while the link is full.
    ///
    /// # Errors
    /// When the agent is gone.
    pub async fn send(&self, message: Downward) -> Result<(), LinkClosed> {
        self.tx.send(message).await.map_err(|_| LinkClosed)
    }
}
