//! Rules: what is watched, and what a rule says of a hall or device.

pub mod measure;
pub(crate) mod meter;
pub mod setting;
pub mod watch;

use jiff::Timestamp;

use self::measure::Measure;
use self::setting::Amount;

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
    /// Something measured is over its threshold.
    Measured(Measure),
}

/// What a message tells together: nothing of one kind is told with anything of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    /// What cannot be reached.
    Reach,
    /// Who a device is.
    Identity,
    /// What comes and goes.
    Unstable,
    /// How things are.
    Measured,
}

/// What a measured alert was judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The value that made it fire.
    pub value: Amount,
    /// The threshold then.
    pub threshold: Amount,
    /// Seconds that it had to last.
    pub hold_s: u32,
    /// How bad it is, as it was set then.
    pub severity: Severity,
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
    pub const ALL: [Rule; 4 + Measure::ALL.len()] = {
        let mut all = [Rule::HallDown; 4 + Measure::ALL.len()];
        (all[1], all[2], all[3]) = (Rule::DeviceDown, Rule::HostKeyChanged, Rule::Unstable);
        let mut measure = 0;
        while measure < Measure::ALL.len() {
            all[4 + measure] = Rule::Measured(Measure::ALL[measure]);
            measure += 1;
        }
        all
    };

    /// The word in the API, the schema and in messages to programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::HallDown => "hall_down",
            Rule::DeviceDown => "device_down",
            Rule::HostKeyChanged => "host_key_changed",
            Rule::Unstable => "unstable",
            Rule::Measured(measure) => measure.as_str(),
        }
    }

    /// How bad it is, where nobody set anything else; see [`Alert::severity`](crate::alert::Alert::severity).
    pub fn severity(self) -> Severity {
        match self {
            Rule::HallDown | Rule::HostKeyChanged => Severity::Critical,
            Rule::DeviceDown | Rule::Unstable => Severity::Warning,
            Rule::Measured(measure) => measure.default_setting().severity,
        }
    }

    /// Whether alerts of two rules come in one message.
    pub fn is_told_with(self, other: Rule) -> bool {
        self.kind() == other.kind()
    }

    /// Whether it is about what cannot be reached. Such faults are told together, and they alone have outages.
    pub fn is_of_reach(self) -> bool {
        self.kind() == RuleKind::Reach
    }

    pub(crate) fn kind(self) -> RuleKind {
        match self {
            Rule::HallDown | Rule::DeviceDown => RuleKind::Reach,
            Rule::HostKeyChanged => RuleKind::Identity,
            Rule::Unstable => RuleKind::Unstable,
            Rule::Measured(_) => RuleKind::Measured,
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
