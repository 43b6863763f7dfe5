//! Groups: alerts that are told in one message.

use inventory::id::DeviceId;
use jiff::Timestamp;

use crate::alert::AlertKey;

/// Alerts that came together. Told once [`QUIET_S`] have brought no further hall, at the latest [`LONGEST_S`] after the
/// first decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// When the first of its alerts was decided; with the first alert's key it identifies the group.
    pub opened: Timestamp,
    /// When the last alert joined.
    pub grown: Timestamp,
    /// Its alerts in the order in which they joined, and which of them people were told of.
    pub members: Vec<Member>,
    /// When the firing message was made; `None` while it waits.
    pub told: Option<Timestamp>,
    /// Devices that the firing message named as cut off; the recovery names those of them that are back.
    pub cut_off: Vec<DeviceId>,
}

/// One alert of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The alert.
    pub alert: AlertKey,
    /// When the engine decided that the fault is real.
    pub decided: Timestamp,
    /// When people were told that it fires.
    pub told: Option<Timestamp>,
    /// When the fault ended, or the alert was withdrawn before it was told.
    pub resolved: Option<Timestamp>,
    /// When the engine came to know of that end: recoveries wait for each other from then on.
    pub over: Option<Timestamp>,
    /// When people were told of the end.
    pub end_told: Option<Timestamp>,
}

/// Seconds without a further hall after which a group is told.
pub const QUIET_S: i64 = 20;
/// Seconds after the first decision when a group is told in any case.
pub const LONGEST_S: i64 = 90;
