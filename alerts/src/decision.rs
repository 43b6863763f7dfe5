//! Decisions: every yes and every no has a reason that is kept and shown.

use inventory::id::{DeviceId, SilenceId};
use jiff::Timestamp;

use crate::alert::AlertKey;

/// Whether people were told of an alert, and why (not).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Told: the first notification of this fault.
    FirstNotification,
    /// Told again: it lasts, and nobody has taken it.
    Reminder,
    /// Told: the end of something that people were told of.
    Recovery,
    /// Not told by itself: part of the message of this earlier alert.
    GroupedInto(AlertKey),
    /// Not told: this device on its uplink path is down.
    InhibitedBy(DeviceId),
    /// Not told: a person wants it so for a while.
    SilencedBy(SilenceId),
    /// Not told: the hall or device is in maintenance.
    Maintenance,
    /// Not told: the fault was over before the message was due.
    OverBeforeTold,
}

impl Reason {
    /// The word in the API and the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::FirstNotification => "first_notification",
            Reason::Reminder => "reminder",
            Reason::Recovery => "recovery",
            Reason::GroupedInto(_) => "grouped_into",
            Reason::InhibitedBy(_) => "inhibited_by",
            Reason::SilencedBy(_) => "silenced_by",
            Reason::Maintenance => "maintenance",
            Reason::OverBeforeTold => "over_before_told",
        }
    }
}

/// One decision about one alert. The alert need not have a row: while it is inhibited or in maintenance from the
/// start there is only the decision, under the key that the alert gets if it is told after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The alert.
    pub alert: AlertKey,
    /// When it was decided.
    pub at: Timestamp,
    /// What and why.
    pub reason: Reason,
}
