//! Outages: facts with a start and an end, whoever was told of them.

use inventory::id::{DeviceId, HallId};
use jiff::Timestamp;

/// What an outage or an alert is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A hall whose gateway cannot be reached.
    Hall(HallId),
    /// A device.
    Device(DeviceId),
}

/// Why an outage happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Nothing is known yet, or nothing could be found out.
    Unknown,
    /// It hung behind another device that was unreachable.
    CutOff,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 2] = [Cause::Unknown, Cause::CutOff];

    /// The word in the API and the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Unknown => "unknown",
            Cause::CutOff => "cut_off",
        }
    }
}

/// An interval in which a device or hall was unreachable. One subject has at most one open outage, so subject and
/// start identify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Of what.
    pub subject: Subject,
    /// The first ask that was missed: the successor of the last good answer.
    pub start: Timestamp,
    /// The first of the good answers; `None` while it lasts.
    pub end: Option<Timestamp>,
    /// Why.
    pub cause: Cause,
}
