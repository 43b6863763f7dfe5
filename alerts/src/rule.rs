//! Rules: what is watched, and what a rule says of a hall or device.

use jiff::Timestamp;

use crate::alert::AlertKey;
use crate::decision::Reason;

/// The rules there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A hall's gateway cannot be reached.
    HallDown,
    /// A device cannot be reached while the hall's gateway can.
    DeviceDown,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 2] = [Rule::HallDown, Rule::DeviceDown];

    /// The word in the API, the schema and in messages to programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::HallDown => "hall_down",
            Rule::DeviceDown => "device_down",
        }
    }
}

/// What a rule says of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No fault.
    Sound,
    /// It cannot be said: nobody could look, or what was found is about to be asked again. Whatever was known stays.
    Unclear,
    /// A fault since then that people should know of.
    Fault {
        /// When it began.
        since: Timestamp,
    },
    /// A fault since then that is not told.
    Suppressed {
        /// When it began.
        since: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// A fault that is the reason of this other one, and is told with it.
    PartOf(AlertKey),
}
