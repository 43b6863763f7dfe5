//! Alerts: one instance of a rule.

use jiff::Timestamp;

use crate::outage::Subject;
use crate::rule::{Judged, Rule, Severity};

/// What identifies an alert: the rule, what it is about, and when the fault began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertKey {
    /// The rule.
    pub rule: Rule,
    /// What it is about.
    pub subject: Subject,
    /// When the fault began.
    pub since: Timestamp,
}

impl AlertKey {
    /// The key as one word that may stand in ids and e-mail headers: `hall_down-hall-12-1767229200000`.
    pub fn slug(&self) -> String {
        let (kind, id) = match self.subject {
            Subject::Hall(hall) => ("hall", hall.0),
            Subject::Device(device) => ("device", device.0),
        };
        format!("{}-{kind}-{id}-{}", self.rule.as_str(), self.since.as_millisecond())
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// The fault is known; the notification waits for others of the same cause.
    Pending,
    /// People were told.
    Firing {
        /// When it began to fire.
        at: Timestamp,
    },
    /// The fault is over, or it was withdrawn for a named reason before anybody was told. A withdrawn alert comes back as
    /// `Pending`, under the same key, when that reason falls away and the fault is still there.
    Resolved {
        /// When it began to fire; `None` when it was over before anybody was told.
        fired: Option<Timestamp>,
        /// When the fault ended or the alert was withdrawn.
        at: Timestamp,
    },
}

/// One instance of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Which.
    pub key: AlertKey,
    /// When the engine decided that the fault is real.
    pub decided: Timestamp,
    /// Where it stands.
    pub state: AlertState,
    /// What it was judged by, where something is measured.
    pub judged: Option<Judged>,
}

impl Alert {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.judged.map_or_else(|| self.key.rule.severity(), |judged| judged.severity)
    }
}
