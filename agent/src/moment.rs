//! One reading of both clocks: the wall's for what is recorded, the monotonic one for what is waited for.

use std::time::Duration;

use inventory::clock::Clock;
use jiff::Timestamp;

/// Now, on both clocks. The wall clock may jump, so nothing is ever timed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What an observation is stamped with.
    pub wall: Timestamp,
    /// What deadlines are counted in: time since some fixed moment of this process.
    pub monotonic: Duration,
}

impl Moment {
    /// Reads both clocks.
    pub fn of(clock: &dyn Clock) -> Moment {
        Moment { wall: clock.now(), monotonic: clock.monotonic() }
    }
}
