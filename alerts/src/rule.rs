//! Rules: what is watched.

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
