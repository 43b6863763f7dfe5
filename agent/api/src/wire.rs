//! The serialisable forms of what agents see, and their conversion from and to the domain's. Times are milliseconds
//! since 1970, durations microseconds, ids plain numbers.

use std::sync::Arc;
use std::time::Duration;

use inventory::id::DeviceId;
use inventory::reading;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Condition, Position};

/// The first message: who speaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Name of the agent; `embedded` inside the controller.
    pub agent: String,
    /// [`crate::API_VERSION`] of the sender.
    pub api_version: u32,
    /// The agent's release.
    pub release: String,
    /// This life of its queue.
    pub epoch: u64,
    /// Number of the oldest batch that it still has; the next one when it has none. Those before it never come again:
    /// only so can a batch that is lost be told from one that comes out of order.
    pub oldest: u64,
}

/// The agent lives, and this is how it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Its wall clock.
    pub at_ms: i64,
    /// Batches not yet acknowledged.
    pub queued: u64,
    /// Observations that were dropped because the queue was full, since the epoch began.
    pub dropped: u64,
    /// Whether its reference targets answer; `None` when it has none to ask.
    pub connected: Option<bool>,
}

/// What was seen since the batch before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Where it stands in the agent's queue.
    pub position: Position,
    /// In the order in which they were made. Shared, because the agent keeps them until they are safe.
    #[serde(with = "shared")]
    pub observations: Arc<[Observation]>,
}

/// A shared list on the wire is a list. Serde's own feature for it would hold for the whole workspace.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Observation;

    pub(super) fn serialize<S: Serializer>(list: &Arc<[Observation]>, serializer: S) -> Result<S::Ok, S::Error> {
        list.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[Observation]>, D::Error> {
        Vec::deserialize(deserializer).map(Arc::from)
    }
}

/// One thing seen of one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// [`DeviceId`].
    pub device: i64,
    /// When it was seen, by the agent's clock.
    pub at_ms: i64,
    /// What was seen.
    pub seen: Seen,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Whether the device is there.
    Reach(Reach),
    /// What a visit told.
    Visit(Box<Visit>),
}

/// [`reading::Reach`] on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It answered.
    Answered {
        /// Microseconds from ask to answer.
        rtt_us: u64,
        /// How long it has run, when the answer said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uptime: Option<Uptime>,
        /// How many asks just before it had no answer.
        #[serde(default, skip_serializing_if = "is_zero")]
        missed: u8,
    },
    /// It did not, and the agent is connected.
    Silent {
        /// When the first unanswered ask was sent.
        since_ms: i64,
        /// [`reading::FailureKind`].
        failure: String,
    },
    /// It did not, but the agent is cut off itself.
    CouldNotLook {
        /// When the first unanswered ask was sent.
        since_ms: i64,
    },
}

/// How much a visit asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitDepth {
    /// Counters and states of the ports known.
    Counters,
    /// Identity and every port.
    Full,
}

/// One visit and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// `snmp1`, `snmp2c`, `snmp3` or `ssh`.
    pub protocol: String,
    /// How much was asked for.
    pub depth: VisitDepth,
    /// Microseconds from first request to last answer.
    pub took_us: u64,
    /// Microseconds by which it began later than planned.
    pub lag_us: u64,
    /// Why it failed, if it did; then the rest is empty.
    pub failure: Option<Failure>,
    /// The fingerprint of the SSH host key that the device showed, whether it was let in by it or not.
    #[serde(default)]
    pub offered_host_key: Option<String>,
    /// See [`reading::Reading::uptime`].
    pub uptime: Option<Uptime>,
    /// See [`reading::Reading::identity`].
    pub identity: Option<Identity>,
    /// See [`reading::Reading::interfaces`].
    pub interfaces: Vec<Interface>,
    /// See [`reading::Reading::has_all_interfaces`].
    pub has_all_interfaces: bool,
    /// See [`reading::Reading::condition`]. Agents before it was told leave it out.
    #[serde(default)]
    pub condition: Condition,
    /// See [`reading::Reading::warnings`].
    pub warnings: Vec<String>,
}

/// [`reading::Failure`] on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// [`reading::FailureKind`].
    pub kind: String,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// [`reading::Uptime`] on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uptime {
    /// Hundredths of a second since the device's agent started.
    pub centiseconds: u64,
    /// Whether it wraps at 2³².
    pub is_32_bit: bool,
}

/// [`reading::Identity`] on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Identity {
    pub sys_name: Option<String>,
    pub sys_descr: Option<String>,
    pub sys_object_id: Option<String>,
    pub sys_location: Option<String>,
    pub vendor: Option<String>,
    pub platform: Option<String>,
    pub model: Option<String>,
    pub version: Option<String>,
    pub serial: Option<String>,
    pub restart_reason: Option<String>,
}

/// [`reading::InterfaceReading`] on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct Interface {
    pub index: u32,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_type: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_bps: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_admin_up: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_oper_up: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_wan: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_octets: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_octets: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_errors: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_errors: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_discards: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_discards: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discontinuity_cs: Option<u32>,
}

/// [`reading::Count`] on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The value read.
    pub value: u64,
    /// 32 or 64.
    pub bits: u8,
}

/// Names one job for its whole life.
pub type JobId = u64;

/// Something an agent has to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Ask these devices, in this order, whether they are there, at once. The answers come as observations before the
    /// job is reported finished.
    Reask {
        /// The job.
        id: JobId,
        /// [`DeviceId`]s, those nearest the root first.
        devices: Vec<i64>,
    },
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobEvent {
    /// The job.
    pub id: JobId,
    /// Its new state.
    pub state: JobState,
}

/// States of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Done; what it found went ahead as observations.
    Finished,
    /// Not done, and why.
    Refused {
        /// In English, for the log.
        reason: String,
    },
}

/// A message that makes no sense. It comes from another process, so it is data, not our bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A time outside what can be represented.
    #[error("{0} ms is no time")]
    Time(i64),
    /// A word outside its set.
    #[error("{what} is {word:?}, which this release does not know")]
    Word {
        /// The field.
        what: &'static str,
        /// What it held.
        word: String,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

fn time(ms: i64) -> Result<Timestamp, WireError> {
    Timestamp::from_millisecond(ms).map_err(|_| WireError::Time(ms))
}

fn failure_kind(word: &str) -> Result<reading::FailureKind, WireError> {
    let found = reading::FailureKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    found.ok_or_else(|| WireError::Word { what: "failure", word: word.to_owned() })
}

impl Observation {
    /// The device it is of.
    pub fn device(&self) -> DeviceId {
        DeviceId(self.device)
    }

    /// When it was seen.
    ///
    /// # Errors
    /// When the number is no time.
    pub fn at(&self) -> Result<Timestamp, WireError> {
        time(self.at_ms)
    }
}

impl From<reading::Reach> for Reach {
    fn from(reach: reading::Reach) -> Self {
        match reach {
            reading::Reach::Answered { rtt, uptime, missed } => {
                Reach::Answered { rtt_us: micros(rtt), uptime: uptime.map(Uptime::from), missed }
            }
            reading::Reach::Silent { since, failure } => {
                Reach::Silent { since_ms: since.as_millisecond(), failure: failure.as_str().to_owned() }
            }
            reading::Reach::CouldNotLook { since } => Reach::CouldNotLook { since_ms: since.as_millisecond() },
        }
    }
}

impl TryFrom<Reach> for reading::Reach {
    type Error = WireError;
    fn try_from(reach: Reach) -> Result<Self, WireError> {
        Ok(match reach {
            Reach::Answered { rtt_us, uptime, missed } => reading::Reach::Answered {
                rtt: Duration::from_micros(rtt_us),
                uptime: uptime.map(reading::Uptime::from),
                missed,
            },
            Reach::Silent { since_ms, failure } => {
                reading::Reach::Silent { since: time(since_ms)?, failure: failure_kind(&failure)? }
            }
            Reach::CouldNotLook { since_ms } => reading::Reach::CouldNotLook { since: time(since_ms)? },
        })
    }
}

impl From<reading::Failure> for Failure {
    fn from(failure: reading::Failure) -> Self {
        Failure { kind: failure.kind.as_str().to_owned(), message: failure.message, hint: failure.hint }
    }
}

impl TryFrom<Failure> for reading::Failure {
    type Error = WireError;
    fn try_from(failure: Failure) -> Result<Self, WireError> {
        let kind = failure_kind(&failure.kind)?;
        Ok(reading::Failure { kind, message: failure.message, hint: failure.hint })
    }
}

impl From<reading::Count> for Count {
    fn from(count: reading::Count) -> Self {
        Count { value: count.value, bits: count.width.bits() }
    }
}

impl From<Count> for reading::Count {
    /// A width other than 32 counts as 64: the wider one never invents a wrap.
    fn from(count: Count) -> Self {
        let width = if count.bits == 32 { reading::CounterWidth::Bits32 } else { reading::CounterWidth::Bits64 };
        reading::Count { value: count.value, width }
    }
}

impl From<reading::Uptime> for Uptime {
    fn from(uptime: reading::Uptime) -> Self {
        let centiseconds = u64::try_from(uptime.since_start.as_millis() / 10).unwrap_or(u64::MAX);
        Uptime { centiseconds, is_32_bit: uptime.is_32_bit_centiseconds }
    }
}

impl From<Uptime> for reading::Uptime {
    fn from(uptime: Uptime) -> Self {
        let since_start = Duration::from_millis(uptime.centiseconds.saturating_mul(10));
        reading::Uptime { since_start, is_32_bit_centiseconds: uptime.is_32_bit }
    }
}

/// Field-by-field conversions both ways between two structs of the same fields.
macro_rules! same_fields {
    ($wire:ty, $domain:ty { $($same:ident),* } { $($into:ident: $to_wire:expr, $to_domain:expr);* }) => {
        impl From<$domain> for $wire {
            fn from(value: $domain) -> Self {
                Self { $($same: value.$same,)* $($into: $to_wire(value.$into),)* }
            }
        }
        impl From<$wire> for $domain {
            fn from(value: $wire) -> Self {
                Self { $($same: value.$same,)* $($into: $to_domain(value.$into),)* }
            }
        }
    };
}

same_fields!(Identity, reading::Identity {
    sys_name, sys_descr, sys_object_id, sys_location, vendor, platform, model, version, serial,
    restart_reason
} {});

same_fields!(Interface, reading::InterfaceReading {
    index, name, alias, if_type, speed_bps, is_admin_up, is_oper_up, is_wan, discontinuity_cs
} {
    mac: |mac: Option<inventory::device::Mac>| mac.map(|mac| mac.to_string()),
         |mac: Option<String>| mac.and_then(|mac| mac.parse().ok());
    in_octets: to_wire_count, to_domain_count;
    out_octets: to_wire_count, to_domain_count;
    in_errors: to_wire_count, to_domain_count;
    out_errors: to_wire_count, to_domain_count;
    in_discards: to_wire_count, to_domain_count;
    out_discards: to_wire_count, to_domain_count
});

fn to_wire_count(count: Option<reading::Count>) -> Option<Count> {
    count.map(Count::from)
}

fn to_domain_count(count: Option<Count>) -> Option<reading::Count> {
    count.map(reading::Count::from)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Visit {
    /// A visit that went well.
    pub fn read(protocol: &str, depth: VisitDepth, took: Duration, lag: Duration, reading: reading::Reading) -> Self {
        Visit {
            protocol: protocol.to_owned(),
            depth,
            took_us: micros(took),
            lag_us: micros(lag),
            failure: None,
            offered_host_key: None,
            uptime: reading.uptime.map(Uptime::from),
            identity: reading.identity.map(Identity::from),
            interfaces: reading.interfaces.into_iter().map(Interface::from).collect(),
            has_all_interfaces: reading.has_all_interfaces,
            condition: reading.condition.into(),
            warnings: reading.warnings,
        }
    }

    /// A visit that failed.
    pub fn failed(protocol: &str, depth: VisitDepth, took: Duration, lag: Duration, failure: reading::Failure) -> Self {
        let empty = Visit::read(protocol, depth, took, lag, reading::Reading::default());
        Visit { failure: Some(failure.into()), ..empty }
    }

    /// What it told, or why it failed.
    ///
    /// # Errors
    /// When a word on the wire is unknown to this release.
    pub fn outcome(self) -> Result<Result<reading::Reading, reading::Failure>, WireError> {
        if let Some(failure) = self.failure {
            return Ok(Err(failure.try_into()?));
        }
        Ok(Ok(reading::Reading {
            uptime: self.uptime.map(reading::Uptime::from),
            identity: self.identity.map(reading::Identity::from),
            interfaces: self.interfaces.into_iter().map(reading::InterfaceReading::from).collect(),
            has_all_interfaces: self.has_all_interfaces,
            condition: self.condition.into(),
            warnings: self.warnings,
        }))
    }
}
