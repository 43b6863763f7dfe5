//! Counters to rates: a number only where the two readings prove it, else a gap with its reason.
//!
//! Pure: it takes two readings of one counter and knows nothing of how they were made or where they are kept.

use std::time::Duration;

use jiff::Timestamp;

use crate::metric::{Gap, Metric, Unit};
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

/// What a pair of readings is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The most the counter can grow in a second, when the speed of the line is known; see [`fastest_per_s`].
    pub fastest_per_s: Option<f64>,
    /// The longest time that two readings may lie apart: a rate over a hole would smear what happened around it.
    pub longest: Duration,
}

/// By how much a rate may exceed the speed of the line: counters and clocks are not read in the same instant.
const SLACK: f64 = 1.05;

/// The speed assumed of a line that tells none, for the one question whether a 32-bit counter can have wrapped twice:
/// 100 Mbit/s. RFC 2863 §3.1.6 demands 64-bit octet counters from 20 Mbit/s, so a port that has only 32-bit ones and
/// keeps to it is slower.
const ASSUMED_BPS: u64 = 100_000_000;

/// Octets on the wire of the smallest Ethernet frame, with preamble and gap (IEEE 802.3: 64 + 8 + 12).
const SMALLEST_FRAME_OCTETS: f64 = 84.0;

/// Clocks of agent and device may differ by this share of the interval, and by this much beside it, before the readings
/// are thought to disagree. Cheap devices count their uptime in whole seconds, and late.
const CLOCK_SHARE: f64 = 0.05;
const CLOCK_SLACK_S: f64 = 5.0;

/// Seconds after which a 32-bit count of hundredths of a second (sysUpTime) begins again: 497 days.
const UPTIME_WRAP_S: f64 = 4_294_967_296.0 / 100.0;

/// The values of a 32-bit counter.
const WRAP_32: u64 = 1 << 32;

/// The most that a counter of an interface of this speed can grow in a second: octets, or the smallest packets. `None`
/// for what is no such counter, and for a speed of 0, which means "not told" (RFC 2863, ifSpeed).
pub fn fastest_per_s(metric: Metric, speed_bps: u64) -> Option<f64> {
    let octets_per_s = (speed_bps > 0).then_some(speed_bps as f64 / 8.0)?;
    let of = |unit: Unit, most: f64| (metric.unit() == unit).then_some(most);
    of(Unit::OctetsPerSecond, octets_per_s).or_else(|| of(Unit::PacketsPerSecond, octets_per_s / SMALLEST_FRAME_OCTETS))
}

/// The mean growth per second between two readings, over the time that passed on the agent's clock. Never negative,
/// never more than 1.05 times what the line can carry.
///
/// # Errors
/// The reason why there is no such number. What says most comes first: a reboot inside a hole is a reboot.
pub fn rate(prev: &CounterPoint, next: &CounterPoint, limits: &Limits) -> Result<f64, Gap> {
    let elapsed_s = next.at.duration_since(prev.at).as_secs_f64();
    if elapsed_s <= 0.0 {
        return Err(Gap::Clock);
    }
    if prev.width != next.width {
        return Err(Gap::WidthChanged);
    }
    let has_proof_of_running = same_run(prev, next, elapsed_s)?;
    if elapsed_s > limits.longest.as_secs_f64() {
        return Err(Gap::NoSample);
    }
    let grown = growth(prev, next, elapsed_s, limits.fastest_per_s, has_proof_of_running)?;
    let rate = grown as f64 / elapsed_s;
    match limits.fastest_per_s {
        Some(fastest) if rate > fastest * SLACK => Err(Gap::TooFast),
        Some(_) | None => Ok(rate),
    }
}

/// Whether the device ran on, and its counters with it, from one reading to the next. `Ok(false)` when nothing speaks
/// against it and nothing proves it.
fn same_run(prev: &CounterPoint, next: &CounterPoint, elapsed_s: f64) -> Result<bool, Gap> {
    let run = match (prev.uptime, next.uptime) {
        (Some(before), Some(after)) => uptime_went_on(before, after, elapsed_s).map(|()| true)?,
        (Some(_) | None, Some(_) | None) => false,
    };
    match (prev.discontinuity_cs, next.discontinuity_cs) {
        (Some(before), Some(after)) if before != after => Err(Gap::Discontinuity),
        (Some(_) | None, Some(_) | None) => Ok(run),
    }
}

/// The uptime has to grow as much as the clock did. A 32-bit sysUpTime that went back is a wrap when it went back to
/// just where a wrap leads, and else a reboot.
fn uptime_went_on(before: Uptime, after: Uptime, elapsed_s: f64) -> Result<(), Gap> {
    let tolerance_s = elapsed_s * CLOCK_SHARE + CLOCK_SLACK_S;
    let grown_s = after.since_start.as_secs_f64() - before.since_start.as_secs_f64();
    let agrees = |grown_s: f64| (grown_s - elapsed_s).abs() <= tolerance_s;
    if agrees(grown_s) && grown_s >= 0.0 {
        return Ok(());
    }
    if grown_s < 0.0 {
        let wraps = before.is_32_bit_centiseconds && after.is_32_bit_centiseconds;
        return if wraps && agrees(grown_s + UPTIME_WRAP_S) { Ok(()) } else { Err(Gap::Reboot) };
    }
    // It grew, but by less than the time that passed, and the device is younger than that time: it began in between.
    if grown_s < elapsed_s && after.since_start.as_secs_f64() < elapsed_s {
        return Err(Gap::Reboot);
    }
    Err(Gap::Clock)
}

/// By how much the counter grew, when only one growth is possible.
fn growth(
    prev: &CounterPoint,
    next: &CounterPoint,
    elapsed_s: f64,
    fastest_per_s: Option<f64>,
    has_proof_of_running: bool,
) -> Result<u64, Gap> {
    match next.width {
        // 2^64 octets take 46 years at 100 Gbit/s: a 64-bit counter that goes back was reset, or is 32 bits in disguise.
        CounterWidth::Bits64 => next.value.checked_sub(prev.value).ok_or(Gap::WentBack),
        CounterWidth::Bits32 => {
            if prev.value >= WRAP_32 || next.value >= WRAP_32 {
                return Err(Gap::WidthChanged);
            }
            if next.value < prev.value && !has_proof_of_running {
                return Err(Gap::WentBack);
            }
            let once = (next.value + WRAP_32 - prev.value) % WRAP_32;
            let fastest = fastest_per_s.unwrap_or(ASSUMED_BPS as f64 / 8.0);
            let could_be_once_more = (once + WRAP_32) as f64 <= fastest * SLACK * elapsed_s;
            if could_be_once_more { Err(Gap::MaybeWrappedTwice) } else { Ok(once) }
        }
    }
}

#[cfg(test)]
mod tests;
