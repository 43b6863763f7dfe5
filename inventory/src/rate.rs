//! Counters to rates: a number only where the two readings prove it, else a gap with its reason.
//!
//! Pure: it takes two readings of one counter and knows nothing of how they were made or where they are kept.

use std::time::Duration;

use jiff::Timestamp;

use crate::metric::Gap;
use crate::reading::{CounterWidth, Uptime};

/// One reading of a counter, with what tells whether the counter has run on since another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CounterPoint {
    /// When it was read, by the agent's clock.
    pub at: Timestamp,
    /// The value read.
    pub value: u64,
    /// How wide the counter is.
    pub width: CounterWidth,
    /// How long the device had run at that reading.
    pub uptime: Option<Uptime>,
    /// ifCounterDiscontinuityTime at that reading, in hundredths of a second.
    pub discontinuity_cs: Option<u32>,
}

/// What a rate cannot exceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The most the counter can grow in a second, when the speed of the line is known.
    pub fastest_per_s: Option<f64>,
    /// The longest time that two readings may lie apart: a rate over a hole would smear what happened around it.
    pub longest: Duration,
}

/// The mean growth per second between two readings.
///
/// # Errors
/// The reason why there is no such number.
pub fn rate(prev: &CounterPoint, next: &CounterPoint, limits: &Limits) -> Result<f64, Gap> {
    let _ = (prev, next, limits);
    Err(Gap::NoSample)
}
