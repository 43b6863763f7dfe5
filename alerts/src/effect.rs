//! What a step brings: rows to write, devices to ask, messages to send. Plain facts; nothing here decides.

use inventory::id::DeviceId;
use jiff::Timestamp;

use crate::alert::Alert;
use crate::decision::Decision;
use crate::group::Group;
use crate::health::{DeviceHealth, HallHealth};
use crate::host_key::OfferedKey;
use crate::late::Late;
use crate::ledger::Entry;
use crate::outage::Outage;
use crate::people::Receiver;

/// What the controller has to do, in this order and in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask these devices at once, in this order. The answers come back as [`Input::Reach`](crate::Input::Reach).
    Reask {
        /// Those nearest the root first.
        devices: Vec<DeviceId>,
    },
    /// Write this row.
    DeviceHealth(DeviceHealth),
    /// Write this row.
    HallHealth(HallHealth),
    /// Write this entry of a hall's ledger: what was said of that time and of later goes.
    Ledger(Entry),
    /// Note that observations of a time that is history are there, to be taken into the ledger.
    Late(Late),
    /// Write this row.
    HostKey(OfferedKey),
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
    /// Whom it is for; never nobody.
    pub to: Vec<Receiver>,
    /// What it says.
    pub kind: NotificationKind,
    /// When it was made.
    pub at: Timestamp,
    /// The alerts it is about, the most important first.
    pub alerts: Vec<Alert>,
    /// Their outages, of those that have one: since when, and why.
    pub outages: Vec<Outage>,
    /// Firing: devices that are cut off behind those. Resolved: gateways of other halls among them that are back.
    pub cut_off: Vec<DeviceId>,
}

impl Notification {
    /// A stable id: a repeat of a message is seen as a repeat by it.
    pub fn id(&self) -> String {
        // Two ends of one group may be told at the same moment, but no alert is told twice to one receiver. The others come often.
        let first = self.alerts.first().map(|alert| alert.key.slug()).unwrap_or_default();
        let id = format!("{}-{}-{first}", self.thread, self.kind.as_str());
        match self.kind {
            NotificationKind::Firing | NotificationKind::Resolved | NotificationKind::Digest => id,
            NotificationKind::Reminder | NotificationKind::Growth | NotificationKind::Escalation => {
                format!("{id}-{}", self.at.as_millisecond())
            }
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotificationKind {
    /// Something is wrong.
    Firing,
    /// It is over.
    Resolved,
    /// It lasts, and nobody has taken it.
    Reminder,
    /// More of what people were told of is wrong.
    Growth,
    /// Nobody has taken it: it is told to who comes next.
    Escalation,
    /// What began in the quiet hours of a contact, and may be over by now.
    Digest,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [NotificationKind; 6] = [
        NotificationKind::Firing,
        NotificationKind::Resolved,
        NotificationKind::Reminder,
        NotificationKind::Growth,
        NotificationKind::Escalation,
        NotificationKind::Digest,
    ];

    /// Whether it says that something is wrong now, which somebody can take.
    pub fn is_of_trouble(self) -> bool {
        match self {
            NotificationKind::Firing
            | NotificationKind::Reminder
            | NotificationKind::Growth
            | NotificationKind::Escalation => true,
            NotificationKind::Resolved | NotificationKind::Digest => false,
        }
    }

    /// The word in ids and in messages to programs.
    pub fn as_str(self) -> &'static str {
        match self {
            NotificationKind::Firing => "firing",
            NotificationKind::Resolved => "resolved",
            NotificationKind::Reminder => "reminder",
            NotificationKind::Growth => "growth",
            NotificationKind::Escalation => "escalation",
            NotificationKind::Digest => "digest",
        }
    }
}
