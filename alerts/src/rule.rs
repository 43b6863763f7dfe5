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
    /// A device shows another SSH host key than the one that a person confirmed.
    HostKeyChanged,
    /// A hall or device is lost and comes back again and again.
    Unstable,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A part of a hall's network.
    Warning,
    /// A whole hall, or its safety.
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Severity; 2] = [Severity::Warning, Severity::Critical];

    /// The word in messages to programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// A word that is no severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no severity; there are warning and critical")]
pub struct SeverityError;

impl std::str::FromStr for Severity {
    type Err = SeverityError;
    fn from_str(text: &str) -> Result<Self, SeverityError> {
        Severity::ALL.into_iter().find(|severity| severity.as_str() == text).ok_or(SeverityError)
    }
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 4] = [Rule::HallDown, Rule::DeviceDown, Rule::HostKeyChanged, Rule::Unstable];

    /// The word in the API, the schema and in messages to programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::HallDown => "hall_down",
            Rule::DeviceDown => "device_down",
            Rule::HostKeyChanged => "host_key_changed",
            Rule::Unstable => "unstable",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Rule::HallDown | Rule::HostKeyChanged => Severity::Critical,
            Rule::DeviceDown | Rule::Unstable => Severity::Warning,
        }
    }

    /// Whether alerts of two rules come in one message.
    pub fn is_told_with(self, other: Rule) -> bool {
        self == other || self.is_of_reach() && other.is_of_reach()
    }

    /// Whether it is about what cannot be reached. Such faults are told together, and they alone have outages.
    pub fn is_of_reach(self) -> bool {
        match self {
            Rule::HallDown | Rule::DeviceDown => true,
            Rule::HostKeyChanged | Rule::Unstable => false,
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
