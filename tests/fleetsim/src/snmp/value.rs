//! [`Value`]: what is sent; [`Source`]: where it comes from, so that counters move while nobody touches them.

use std::time::Duration;

use super::oid::Oid;

/// A value as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// INTEGER.
    Integer(i64),
    /// OCTET STRING.
    Octets(Vec<u8>),
    /// NULL.
    Null,
    /// OBJECT IDENTIFIER.
    Oid(Oid),
    /// IpAddress.
    IpAddress([u8; 4]),
    /// Counter32.
    Counter32(u32),
    /// Gauge32.
    Gauge32(u32),
    /// TimeTicks.
    Ticks(u32),
    /// Counter64.
    Counter64(u64),
    /// noSuchObject.
    NoSuchObject,
    /// noSuchInstance.
    NoSuchInstance,
    /// endOfMibView.
    EndOfMibView,
    /// Any bytes under any tag: what no sound device sends.
    Raw(u8, Vec<u8>),
}

impl Value {
    /// Text.
    pub fn text(text: &str) -> Value {
        Value::Octets(text.as_bytes().to_vec())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It stays as it is until it is set.
    Fixed(Value),
    /// TimeTicks that run, from this many at the agent's start, and wrap at 32 bits.
    Running(u32),
    /// A Counter32 that grows and wraps.
    Growing32 {
        /// At the agent's start.
        from: u32,
        /// How fast.
        per_second: u32,
    },
    /// A Counter64 that grows.
    Growing64 {
        /// At the agent's start.
        from: u64,
        /// How fast.
        per_second: u64,
    },
}

impl Source {
    /// The value after the agent has run for `elapsed`.
    pub(super) fn value(&self, elapsed: Duration) -> Value {
        let grown = |per_second: u64| (elapsed.as_secs_f64() * per_second as f64) as u64;
        match self {
            Source::Fixed(value) => value.clone(),
            Source::Running(from) => Value::Ticks(from.wrapping_add((elapsed.as_millis() / 10) as u32)),
            Source::Growing32 { from, per_second } => {
                Value::Counter32(from.wrapping_add(grown(u64::from(*per_second)) as u32))
            }
            Source::Growing64 { from, per_second } => Value::Counter64(from.wrapping_add(grown(*per_second))),
        }
    }
}

impl From<Value> for Source {
    fn from(value: Value) -> Self {
        Source::Fixed(value)
    }
}
