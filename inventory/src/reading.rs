//! What one visit to a device told, in one vocabulary for every platform and transport.
//!
//! What a device did not tell is `None`, never 0.

use std::time::Duration;

use crate::condition::Condition;
use crate::device::Mac;

/// Everything one visit told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Time since the device's agent started, at the resolution the device has.
    pub uptime: Option<Uptime>,
    /// Who the device says it is; asked for less often than the rest.
    pub identity: Option<Identity>,
    /// Its ports.
    pub interfaces: Vec<InterfaceReading>,
    /// Whether `interfaces` lists every port the device has. A minute's visit reads counters of the ports known.
    pub has_all_interfaces: bool,
    /// How it is beyond its ports.
    pub condition: Condition,
    /// What was odd or cut off, in English, for people.
    pub warnings: Vec<String>,
}

/// How long a device has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uptime {
    /// The time, wrapped where the source wraps.
    pub since_start: Duration,
    /// Whether the source is a 32-bit count of hundredths of a second, which wraps every 497 days (RFC 3418
    /// sysUpTime).
    pub is_32_bit_centiseconds: bool,
}

/// Who a device says it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// sysName.
    pub sys_name: Option<String>,
    /// sysDescr.
    pub sys_descr: Option<String>,
    /// sysObjectID, without a leading dot.
    pub sys_object_id: Option<String>,
    /// sysLocation.
    pub sys_location: Option<String>,
    /// Who made it.
    pub vendor: Option<String>,
    /// Its family: a lower-case key.
    pub platform: Option<String>,
    /// What it is called on the box.
    pub model: Option<String>,
    /// Firmware.
    pub version: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Why it started last, in its own words.
    pub restart_reason: Option<String>,
}

/// One port at one visit. Counters are as the device gave them: they wrap, and restart when it does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InterfaceReading {
    /// ifIndex.
    pub index: u32,
    /// ifName, else ifDescr.
    pub name: String,
    /// ifAlias.
    pub alias: Option<String>,
    /// ifType.
    pub if_type: Option<u32>,
    /// ifPhysAddress.
    pub mac: Option<Mac>,
    /// ifHighSpeed or ifSpeed, in bits per second.
    pub speed_bps: Option<u64>,
    /// ifAdminStatus is up.
    pub is_admin_up: Option<bool>,
    /// ifOperStatus is up.
    pub is_oper_up: Option<bool>,
    /// Its default route leaves through it; asked at full visits.
    pub is_wan: Option<bool>,
    /// Octets received.
    pub in_octets: Option<Count>,
    /// Octets sent.
    pub out_octets: Option<Count>,
    /// Packets received with errors.
    pub in_errors: Option<Count>,
    /// Packets not sent because of errors.
    pub out_errors: Option<Count>,
    /// Packets received and thrown away.
    pub in_discards: Option<Count>,
    /// Packets thrown away instead of sent.
    pub out_discards: Option<Count>,
    /// ifCounterDiscontinuityTime: sysUpTime, in hundredths of a second, when the counters last restarted.
    pub discontinuity_cs: Option<u32>,
}

/// A counter's value and where it wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The value read.
    pub value: u64,
    /// How wide the counter is.
    pub width: CounterWidth,
}

/// How wide a counter is (RFC 2578 §7.1.6 and §7.1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CounterWidth {
    /// Counter32.
    Bits32,
    /// Counter64.
    Bits64,
}

impl CounterWidth {
    /// 32 or 64.
    pub fn bits(self) -> u8 {
        match self {
            CounterWidth::Bits32 => 32,
            CounterWidth::Bits64 => 64,
        }
    }
}

/// Why a visit failed: the `error.kind` of `poll --json` and the `result` label of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// Nothing came back.
    Timeout,
    /// The community is wrong. Many devices say nothing instead; see the hint of [`FailureKind::Timeout`].
    Community,
    /// SNMPv3: unknown user.
    User,
    /// SNMPv3: wrong authentication pass phrase.
    Auth,
    /// SNMPv3: wrong privacy pass phrase.
    Privacy,
    /// SNMPv3: engine id, boots or time do not fit.
    Engine,
    /// SSH: the host key is not the pinned one.
    HostKey,
    /// SSH: no common algorithm.
    Algorithm,
    /// SSH: log-in refused.
    Login,
    /// The port is closed.
    Refused,
    /// What came back makes no sense.
    Protocol,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [FailureKind; 11] = [
        FailureKind::Timeout,
        FailureKind::Community,
        FailureKind::User,
        FailureKind::Auth,
        FailureKind::Privacy,
        FailureKind::Engine,
        FailureKind::HostKey,
        FailureKind::Algorithm,
        FailureKind::Login,
        FailureKind::Refused,
        FailureKind::Protocol,
    ];

    /// The word in JSON and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Timeout => "timeout",
            FailureKind::Community => "community",
            FailureKind::User => "user",
            FailureKind::Auth => "auth",
            FailureKind::Privacy => "privacy",
            FailureKind::Engine => "engine",
            FailureKind::HostKey => "hostkey",
            FailureKind::Algorithm => "algorithm",
            FailureKind::Login => "login",
            FailureKind::Refused => "refused",
            FailureKind::Protocol => "protocol",
        }
    }
}

/// A visit that failed: what happened, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What happened, in one English sentence.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// What came of asking a device whether it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It answered.
    Answered {
        /// From ask to answer.
        rtt: Duration,
        /// How long it has run, when the answer said so.
        uptime: Option<Uptime>,
        /// How many asks just before it had no answer.
        missed: u8,
    },
    /// Three asks in a row had no answer, and the agent itself is connected.
    Silent {
        /// When the first of them was sent: the successor of the last good answer.
        since: jiff::Timestamp,
        /// How it failed.
        failure: FailureKind,
    },
    /// The asks had no answer, but the agent is itself cut off: nobody could look.
    CouldNotLook {
        /// When the first of them was sent.
        since: jiff::Timestamp,
    },
}
