//! Small pieces of HTML that stand on several pages: the mark of a state, a moment.

use alerts::health::{DeviceState, HallState};
use alerts::ledger::LedgerState;
use askama::Template;
use askama::filters::HtmlSafe;
use inventory::device::DeviceKind;
use inventory::reading::FailureKind;
use jiff::Timestamp;

use super::language::Language;

/// How a state looks. Each has a shape of its own, so that colour is never the only difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// `●`
    Up,
    /// `◐`
    Partial,
    /// `■`
    Down,
    /// `◇`
    CutOff,
    /// `?`, hatched in strips
    Unknown,
    /// `▨`
    Maintenance,
    /// `□`: down, and excused
    Excused,
    /// `○`: not in use
    Off,
}

impl Shape {
    /// The suffix of its symbol and of its CSS class.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Up => "up",
            Shape::Partial => "partial",
            Shape::Down => "down",
            Shape::CutOff => "cutoff",
            Shape::Unknown => "unknown",
            Shape::Maintenance => "maintenance",
            Shape::Excused => "excused",
            Shape::Off => "off",
        }
    }
}

impl From<HallState> for Shape {
    fn from(state: HallState) -> Shape {
        LedgerState::from(state).into()
    }
}

impl From<LedgerState> for Shape {
    fn from(state: LedgerState) -> Shape {
        match state {
            LedgerState::Up => Shape::Up,
            LedgerState::Partial => Shape::Partial,
            LedgerState::Down => Shape::Down,
            LedgerState::Unknown => Shape::Unknown,
            LedgerState::Maintenance => Shape::Maintenance,
            LedgerState::Excused => Shape::Excused,
        }
    }
}

impl From<DeviceState> for Shape {
    fn from(state: DeviceState) -> Shape {
        match state {
            DeviceState::Up => Shape::Up,
            DeviceState::Degraded => Shape::Partial,
            DeviceState::Down => Shape::Down,
            DeviceState::CutOff => Shape::CutOff,
            DeviceState::Unknown => Shape::Unknown,
            DeviceState::Maintenance => Shape::Maintenance,
            DeviceState::Retired => Shape::Off,
        }
    }
}

/// Shape and word of a state.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "part/state.html")]
pub struct StateMark {
    /// How it looks.
    pub shape: Shape,
    /// What it is called.
    pub word: String,
}

impl HtmlSafe for StateMark {}

/// A moment, told twice: how long ago it was, and exactly.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "part/when.html")]
pub struct When {
    /// For machines.
    pub machine: Timestamp,
    /// `12 phút trước · 25/11/2026 04:41`.
    pub text: String,
}

impl HtmlSafe for When {}

/// The mark of a hall's state.
pub fn hall_mark(language: Language, state: HallState) -> StateMark {
    ledger_mark(language, state.into())
}

/// The mark of what a stretch of time counts as.
pub fn ledger_mark(language: Language, state: LedgerState) -> StateMark {
    StateMark { shape: state.into(), word: language.t(ledger_state_key(state)) }
}

/// The mark of a device's state.
pub fn device_mark(language: Language, state: DeviceState) -> StateMark {
    let key = match state {
        DeviceState::Up => "state-up",
        DeviceState::Degraded => "state-degraded",
        DeviceState::Down => "state-down",
        DeviceState::CutOff => "state-cut-off",
        DeviceState::Unknown => "state-unknown",
        DeviceState::Maintenance => "state-maintenance",
        DeviceState::Retired => "state-retired",
    };
    StateMark { shape: state.into(), word: language.t(key) }
}

/// The key of the word for a hall's state.
pub fn hall_state_key(state: HallState) -> &'static str {
    ledger_state_key(state.into())
}

/// The key of the word for what a stretch of time counts as.
pub fn ledger_state_key(state: LedgerState) -> &'static str {
    match state {
        LedgerState::Up => "state-up",
        LedgerState::Partial => "state-partial",
        LedgerState::Down => "state-down",
        LedgerState::Unknown => "state-unknown",
        LedgerState::Maintenance => "state-maintenance",
        LedgerState::Excused => "state-excused",
    }
}

/// The key of the word for a kind of device.
pub fn kind_key(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Router => "kind-router",
        DeviceKind::AccessPoint => "kind-access-point",
        DeviceKind::Switch => "kind-switch",
        DeviceKind::Cpe => "kind-cpe",
        DeviceKind::Camera => "kind-camera",
        DeviceKind::Ups => "kind-ups",
        DeviceKind::Other => "kind-other",
    }
}

/// The keys of what happened and of what to do about it.
pub fn failure_keys(kind: FailureKind) -> (&'static str, &'static str) {
    match kind {
        FailureKind::Timeout => ("failure-timeout", "failure-timeout-hint"),
        FailureKind::Community => ("failure-community", "failure-community-hint"),
        FailureKind::User => ("failure-user", "failure-user-hint"),
        FailureKind::Auth => ("failure-auth", "failure-auth-hint"),
        FailureKind::Privacy => ("failure-privacy", "failure-privacy-hint"),
        FailureKind::Engine => ("failure-engine", "failure-engine-hint"),
        FailureKind::HostKey => ("failure-hostkey", "failure-hostkey-hint"),
        FailureKind::Algorithm => ("failure-algorithm", "failure-algorithm-hint"),
        FailureKind::Login => ("failure-login", "failure-login-hint"),
        FailureKind::Refused => ("failure-refused", "failure-refused-hint"),
        FailureKind::Protocol => ("failure-protocol", "failure-protocol-hint"),
    }
}
