//! Arithmetic on times. The rows keep whole milliseconds, so the engine reckons in them too: what is restored from rows
//! must go on exactly as what never stopped.

use jiff::{SignedDuration, Timestamp};

/// `at` cut to whole milliseconds.
pub(crate) fn whole_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).expect("whole milliseconds of a timestamp are a timestamp")
}

/// `seconds` after `at`; the end of time when there is no such moment.
pub(crate) fn after_s(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// The smallest step of time after `at`.
pub(crate) fn next_ms(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_millis(1)).unwrap_or(Timestamp::MAX)
}
