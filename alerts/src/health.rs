//! Health of devices and halls: the states, and the machines that move between them.

use inventory::id::{DeviceId, HallId};
use inventory::reading::FailureKind;
use jiff::Timestamp;

/// What is known of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceState {
    /// It answers.
    Up,
    /// It answers, but a rule of health fails: its SNMP agent is silent while it answers pings.
    Degraded,
    /// It does not answer, and what stands before it does.
    Down,
    /// It does not answer, and neither does a device on its uplink path.
    CutOff,
    /// Nobody could look.
    Unknown,
    /// It is being worked on, by plan.
    Maintenance,
    /// No longer in use.
    Retired,
}

/// What the asks say of a device, whatever is planned for it. A lost device (`Down` or `CutOff`) has an open outage; an
/// `Unknown` one may have, from before nobody could look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reachability {
    /// Nobody could look, or nobody has yet.
    Unknown,
    /// It answers.
    Up,
    /// It does not answer, and what stands before it does.
    Down,
    /// It does not answer, and neither does a device on its uplink path.
    CutOff,
}

impl Reachability {
    /// Every value.
    pub const ALL: [Reachability; 4] =
        [Reachability::Unknown, Reachability::Up, Reachability::Down, Reachability::CutOff];

    /// The word in the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Reachability::Unknown => "unknown",
            Reachability::Up => "up",
            Reachability::Down => "down",
            Reachability::CutOff => "cut_off",
        }
    }
}

/// What is known of a hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HallState {
    /// Its gateway answers and so do its access points.
    Up,
    /// Its gateway answers, some access point does not.
    Partial,
    /// Its gateway does not answer, or is cut off.
    Down,
    /// Nobody could look.
    Unknown,
    /// It is being worked on, by plan.
    Maintenance,
}

impl DeviceState {
    /// Every state.
    pub const ALL: [DeviceState; 7] = [
        DeviceState::Up,
        DeviceState::Degraded,
        DeviceState::Down,
        DeviceState::CutOff,
        DeviceState::Unknown,
        DeviceState::Maintenance,
        DeviceState::Retired,
    ];

    /// The word in the API, the schema and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            DeviceState::Up => "up",
            DeviceState::Degraded => "degraded",
            DeviceState::Down => "down",
            DeviceState::CutOff => "cut_off",
            DeviceState::Unknown => "unknown",
            DeviceState::Maintenance => "maintenance",
            DeviceState::Retired => "retired",
        }
    }
}

impl HallState {
    /// Every state.
    pub const ALL: [HallState; 5] =
        [HallState::Up, HallState::Partial, HallState::Down, HallState::Unknown, HallState::Maintenance];

    /// The word in the API, the schema and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            HallState::Up => "up",
            HallState::Partial => "partial",
            HallState::Down => "down",
            HallState::Unknown => "unknown",
            HallState::Maintenance => "maintenance",
        }
    }
}

/// The text is no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state")]
pub struct StateError(pub String);

impl std::str::FromStr for DeviceState {
    type Err = StateError;
    fn from_str(text: &str) -> Result<Self, StateError> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| StateError(text.to_owned()))
    }
}

impl std::str::FromStr for Reachability {
    type Err = StateError;
    fn from_str(text: &str) -> Result<Self, StateError> {
        Self::ALL.into_iter().find(|reach| reach.as_str() == text).ok_or_else(|| StateError(text.to_owned()))
    }
}

impl std::str::FromStr for HallState {
    type Err = StateError;
    fn from_str(text: &str) -> Result<Self, StateError> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| StateError(text.to_owned()))
    }
}

/// Visits that have to fail in a row before a device that answers is called `Degraded`.
pub const DEGRADED_AFTER_VISITS: u32 = 2;

/// A row per device: its state and what the machine needs to go on. Written when anything but the times of the latest
/// good observations changes; those alone are not worth a row every 20 s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceHealth {
    /// The device.
    pub device: DeviceId,
    /// Its state.
    pub state: DeviceState,
    /// What the asks say. Under `Up`, `Degraded`, `Down`, `CutOff` and `Unknown` the state follows it; under
    /// `Maintenance` it goes on being observed.
    pub reach: Reachability,
    /// When it came into that state, by the times of the observations: the first missed ask for `Down`, the first
    /// good answer for `Up`.
    pub since: Timestamp,
    /// The latest observation judged. Older ones that come late change nothing here.
    pub last_seen: Option<Timestamp>,
    /// The latest good answer, or where its outage was made to end when it was taken out of use. No outage begins before.
    pub answered: Option<Timestamp>,
    /// The first good answer while it is not yet trusted: two in a row make `Up`.
    pub first_answer: Option<Timestamp>,
    /// How the latest ask failed, while the device is silent.
    pub failure: Option<FailureKind>,
    /// How the latest visit failed, while visits fail.
    pub visit_failure: Option<FailureKind>,
    /// The latest visit judged.
    pub last_visit: Option<Timestamp>,
    /// Visits that failed in a row while the device answered, counted no further than what makes it `Degraded`.
    pub failed_visits: u32,
    /// When it started, as it told last.
    pub start: Option<SeenStart>,
}

/// When a device started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenStart {
    /// When it started.
    pub at: Timestamp,
    /// When that was read: the latest reading for which the row was written.
    pub read: Timestamp,
    /// Whether it cannot have started before: its count may have wrapped before it was first read.
    pub is_sure: bool,
}

/// A row per hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HallHealth {
    /// The hall.
    pub hall: HallId,
    /// Its state.
    pub state: HallState,
    /// When it came into that state.
    pub since: Timestamp,
}
