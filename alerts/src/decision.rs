//! Decisions: every yes and every no has a reason that is kept and shown.

use inventory::id::{ContactId, DeviceId, ScheduleId, SilenceId};
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
    /// Not told: it is lost and comes back again and again, which is told as that.
    Unstable,
    /// Not told: the fault was over before the message was due.
    OverBeforeTold,
    /// Told: nobody took it, and the time of the step before ran out.
    Escalated,
    /// Told in the morning: it began in his quiet hours.
    Digest,
    /// Not told yet: it can wait until his quiet hours are over.
    QuietUntil(Timestamp),
    /// Not told: somebody else is on call by this schedule.
    NotOnCall(ScheduleId),
    /// Not told yet: his turn comes in a later step, if nobody takes it.
    LaterStep,
    /// Not told: somebody took it before his turn came.
    Acknowledged,
    /// A step reached nobody: there is a hole in this schedule. The next one is taken at once.
    NobodyOnCall(ScheduleId),
    /// Nobody was told: no channel hears of everything, and no escalation is about this.
    Nobody,
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
            Reason::Unstable => "unstable",
            Reason::OverBeforeTold => "over_before_told",
            Reason::Escalated => "escalated",
            Reason::Digest => "digest",
            Reason::QuietUntil(_) => "quiet_until",
            Reason::NotOnCall(_) => "not_on_call",
            Reason::LaterStep => "later_step",
            Reason::Acknowledged => "acknowledged",
            Reason::NobodyOnCall(_) => "nobody_on_call",
            Reason::Nobody => "nobody",
        }
    }
}

/// What a reason has to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct About {
    /// The alert in whose message it is told.
    pub other: Option<AlertKey>,
    /// The device that is down on the uplink path.
    pub device: Option<DeviceId>,
    /// The silence.
    pub silence: Option<SilenceId>,
    /// The schedule.
    pub schedule: Option<ScheduleId>,
    /// When quiet hours end.
    pub until: Option<Timestamp>,
}

impl Reason {
    /// What it has to do with.
    pub fn about(self) -> About {
        let nothing = About::default();
        match self {
            Reason::GroupedInto(other) => About { other: Some(other), ..nothing },
            Reason::InhibitedBy(device) => About { device: Some(device), ..nothing },
            Reason::SilencedBy(silence) => About { silence: Some(silence), ..nothing },
            Reason::NotOnCall(schedule) | Reason::NobodyOnCall(schedule) => {
                About { schedule: Some(schedule), ..nothing }
            }
            Reason::QuietUntil(until) => About { until: Some(until), ..nothing },
            Reason::FirstNotification
            | Reason::Reminder
            | Reason::Recovery
            | Reason::Maintenance
            | Reason::Unstable
            | Reason::OverBeforeTold
            | Reason::Escalated
            | Reason::Digest
            | Reason::LaterStep
            | Reason::Acknowledged
            | Reason::Nobody => nothing,
        }
    }
}

/// One decision about one alert. The alert need not have a row: while it is inhibited or in maintenance from the
/// start there is only the decision, under the key that the alert gets if it is told after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The alert.
    pub alert: AlertKey,
    /// Of which contact; of the channels that hear of everything when not given.
    pub contact: Option<ContactId>,
    /// When it was decided.
    pub at: Timestamp,
    /// What and why.
    pub reason: Reason,
}
