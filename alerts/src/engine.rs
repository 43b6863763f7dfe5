//! The engine: the state of the fleet, and one step at a time.

use std::sync::Arc;

use inventory::fleet::Fleet;
use inventory::id::DeviceId;
use inventory::reading::{FailureKind, Reach};
use jiff::Timestamp;

use crate::alert::Alert;
use crate::decision::Decision;
use crate::group::Group;
use crate::health::{DeviceHealth, HallHealth};
use crate::outage::Outage;

/// What can happen.
#[derive(Debug, Clone)]
pub enum Input {
    /// The inventory is now this.
    Fleet(Arc<Fleet>),
    /// An ask for reachability came to an end.
    Reach {
        /// The device asked.
        device: DeviceId,
        /// When, by the agent's clock.
        at: Timestamp,
        /// What came of it.
        reach: Reach,
    },
    /// A visit came to an end.
    Visit {
        /// The device visited.
        device: DeviceId,
        /// When, by the agent's clock.
        at: Timestamp,
        /// How it failed, if it did.
        failure: Option<FailureKind>,
    },
    /// An agent (`None` is the embedded one) has said nothing for too long: nobody looks at its devices.
    AgentSilent {
        /// Its name.
        agent: Option<String>,
        /// When it was last heard.
        since: Timestamp,
    },
    /// Time has passed.
    Tick,
}

/// What the controller has to do, in this order and in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask these devices at once, in this order. The answers come back as [`Input::Reach`].
    Reask {
        /// Those nearest the root first.
        devices: Vec<DeviceId>,
    },
    /// Write this row.
    DeviceHealth(DeviceHealth),
    /// Write this row.
    HallHealth(HallHealth),
    /// Write this row: opened, corrected or closed.
    Outage(Outage),
    /// Write this row.
    Alert(Alert),
    /// Write this row.
    Group(Group),
    /// All its members are over and told: delete the row.
    GroupDone(Group),
    /// Keep this decision.
    Decision(Decision),
    /// Tell people.
    Notify(Notification),
}

/// A message to people, as facts; words come later, in the language of each receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The same for a firing message and the recovery of the same faults: threads hang on it.
    pub thread: String,
    /// What it says.
    pub kind: NotificationKind,
    /// When it was made.
    pub at: Timestamp,
    /// The alerts it is about, the most important first.
    pub alerts: Vec<Alert>,
    /// Firing: devices that are cut off behind those. Resolved: those of them that answer again.
    pub cut_off: Vec<DeviceId>,
}

impl Notification {
    /// A stable id: a repeat of a message is seen as a repeat by it.
    pub fn id(&self) -> String {
        format!("{}-{}-{}", self.thread, self.kind.as_str(), self.at.as_millisecond())
    }
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotificationKind {
    /// Something is wrong.
    Firing,
    /// It is over.
    Resolved,
}

impl NotificationKind {
    /// The word in ids and in messages to programs.
    pub fn as_str(self) -> &'static str {
        match self {
            NotificationKind::Firing => "firing",
            NotificationKind::Resolved => "resolved",
        }
    }
}

/// Every row the engine needs to go on after a restart.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The inventory.
    pub fleet: Arc<Fleet>,
    /// All devices ever judged.
    pub devices: Vec<DeviceHealth>,
    /// All halls ever judged.
    pub halls: Vec<HallHealth>,
    /// Outages that are still open.
    pub outages: Vec<Outage>,
    /// Alerts that are pending or firing.
    pub alerts: Vec<Alert>,
    /// Groups that are not done.
    pub groups: Vec<Group>,
}

/// The state of the fleet.
#[derive(Debug)]
pub struct Engine {
    _state: Snapshot,
}

impl Engine {
    /// Goes on where the rows end. `heard` is when the controller last judged anything: devices that were up and have
    /// not been seen since are unknown until they are asked again.
    pub fn restore(snapshot: Snapshot, now: Timestamp) -> (Engine, Vec<Effect>) {
        let _ = now;
        (Engine { _state: snapshot }, Vec::new())
    }

    /// One step.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let _ = (input, now);
        Vec::new()
    }

    /// When the engine wants [`Input::Tick`] at the latest.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
}
