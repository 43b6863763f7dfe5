//! The messages between an agent and the controller, and the link that carries them inside one process.
//!
//! One agent, one link, five kinds of message:
//!
//! ```text
//!  agent                                     controller
//!    │ Hello (who I am, my epoch) ─────────────▶ │
//!    │ ◀───────────── Assignment (what is yours)  │  again whenever the inventory changes
//!    │ Heartbeat, every 20 s ──────────────────▶ │
//!    │ Batch (epoch, seq, observations) ───────▶ │  stored with its watermark in one transaction
//!    │ ◀────────────────────── Ack (epoch, seq)   │  after the commit
//!    │ ◀────────────────────────── Job            │  ask these devices now
//!    │ ◀───────────────────────── Hold            │  keep what visits read until there is room for it
//!    │ JobEvent ───────────────────────────────▶ │
//! ```
//!
//! An epoch is one life of an agent's queue; inside it `seq` counts batches from 1 without holes. A batch that was not
//! acknowledged is sent again; the controller drops what is not above its watermark, so each is stored once.
//!
//! Everything but [`Assignment`] can be serialised. An assignment carries credentials, which cross a wire only sealed
//! to the agent's key, so it is a plain value here.

mod assignment;
mod condition;
mod link;
mod wire;

pub use assignment::{AssignedDevice, Assignment, Cadence};
pub use condition::{Condition, Neighbour, Network, Radio, Sensor, Station, Wifi};
pub use link::{AgentEnd, ControllerEnd, LinkClosed, pair};
pub use wire::{
    Batch, Count, Failure, Heartbeat, Hello, Identity, Interface, Job, JobEvent, JobId, JobState, Observation, Reach,
    Seen, Uptime, Visit, VisitDepth, WireError,
};

/// The version of these messages. An agent and a controller one release apart understand each other.
pub const API_VERSION: u32 = 1;

/// The position of a batch: which life of the agent's queue, and which batch in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// One life of an agent's queue: the time it began, in milliseconds since 1970, so that later lives are larger.
    pub epoch: u64,
    /// Counts batches of the epoch from 1.
    pub seq: u64,
}

/// Up the link.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upward {
    /// First message of every connection.
    Hello(Hello),
    /// The agent lives.
    Heartbeat(Heartbeat),
    /// What was seen.
    Batch(Batch),
    /// What became of a job.
    JobEvent(JobEvent),
}

/// Down the link.
#[derive(Clone)]
pub enum Downward {
    /// What the agent has to poll; replaces the assignment before it.
    Assignment(Assignment),
    /// All batches up to and including this one are safe.
    Ack(Position),
    /// Something to do now.
    Job(Job),
    /// Whether to keep back what visits read, because the controller has no room for samples. What says that a device
    /// is there, or that a visit failed, goes on all the same.
    Hold(bool),
}
