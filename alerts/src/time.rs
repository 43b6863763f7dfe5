//! Arithmetic on times. The rows keep whole milliseconds, so the engine reckons in them too: what is restored from rows
//! must go on exactly as what never stopped.

use jiff::civil::{DateTime, Time};
use jiff::tz::{Offset, offset};
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

/// Asia/Ho_Chi_Minh: UTC+07:00 without daylight saving since 1975, so no time zone database is needed.
const LOCAL: Offset = offset(7);

/// What the clocks in the halls show.
pub(crate) fn local(at: Timestamp) -> DateTime {
    LOCAL.to_datetime(at)
}

/// When the clocks in the halls show this; the end of time when they never do.
pub(crate) fn of_local(at: DateTime) -> Timestamp {
    LOCAL.to_timestamp(at).unwrap_or(Timestamp::MAX)
}

/// When the clocks in the halls show `time` next, after `now`.
pub(crate) fn next_local(now: Timestamp, time: Time) -> Timestamp {
    let today = local(now).date();
    let at = of_local(today.to_datetime(time));
    if at > now {
        return at;
    }
    today.tomorrow().map_or(Timestamp::MAX, |tomorrow| of_local(tomorrow.to_datetime(time)))
}
