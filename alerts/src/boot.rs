//! When a device started, from how long it says it has run. Pure.

use inventory::reading::Uptime;
use jiff::{SignedDuration, Timestamp};

/// After how long a 32-bit count of hundredths of a second (RFC 3418 sysUpTime) begins again: 497 days.
const WRAP: SignedDuration = SignedDuration::from_millis((1 << 32) * 10);
/// Two readings of one run may tell starts this far apart, and a thousandth of the time between them: the clocks of cheap
/// boxes drift, and count whole seconds.
const SLACK_S: i64 = 30;
const DRIFT: i32 = 1_000;

/// A start of a device, as a reading tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// When it started.
    pub(crate) at: Timestamp,
    /// Whether it may as well have started whole wraps of its counter before: nothing is known to hold it against.
    pub(crate) may_be_older: bool,
    /// Whether it is another than the one that was known.
    pub(crate) is_new: bool,
}

/// The start that a reading at `at` tells. `known` is the start that was known before, and when that was read last.
pub(crate) fn start(known: Option<(Timestamp, Timestamp)>, at: Timestamp, uptime: Uptime) -> Option<Start> {
    let since_start = SignedDuration::try_from(uptime.since_start).ok()?;
    let told = at.checked_sub(since_start).ok()?;
    let Some((before, read)) = known else {
        return Some(Start { at: told, may_be_older: uptime.is_32_bit_centiseconds, is_new: true });
    };
    let slack = SignedDuration::from_secs(SLACK_S) + at.duration_since(read).abs() / DRIFT;
    let mut older = told;
    while uptime.is_32_bit_centiseconds && older.duration_since(before) > slack {
        match older.checked_sub(WRAP) {
            Ok(wrapped) if before.duration_since(wrapped) <= slack => return Some(one_run(wrapped)),
            Ok(wrapped) if wrapped > before => older = wrapped,
            Ok(_) | Err(_) => break,
        }
    }
    // An uptime that is longer than was known is another clock of the same run, never a start.
    if told.duration_since(before) <= slack {
        return Some(one_run(told));
    }
    Some(Start { at: told, may_be_older: false, is_new: true })
}

fn one_run(at: Timestamp) -> Start {
    Start { at, may_be_older: false, is_new: false }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_229_200 + second).unwrap()
    }

    fn ran(seconds: u64, is_32_bit_centiseconds: bool) -> Uptime {
        Uptime { since_start: Duration::from_secs(seconds), is_32_bit_centiseconds }
    }

    #[test]
    fn a_device_that_ran_on_is_told_from_one_that_started() {
        let known = Some((at(0), at(3_600)));
        let same = start(known, at(7_200), ran(7_190, true)).unwrap();
        assert_eq!(same, one_run(at(10)), "its clock is ten seconds slow");
        let other = start(known, at(7_200), ran(100, true)).unwrap();
        assert_eq!(other, Start { at: at(7_100), may_be_older: false, is_new: true });
        let first = start(None, at(7_200), ran(100, true)).unwrap();
        assert!(first.is_new && first.may_be_older && !start(None, at(7_200), ran(100, false)).unwrap().may_be_older);
    }

    #[test]
    fn an_uptime_that_wrapped_is_no_start() {
        // 497 days, 2 h, 27 min and 52.96 s after its start the count is at nothing again.
        let wrap_s = (1_u64 << 32) / 100;
        for rounds in 1..=3 {
            let now = at(i64::try_from(wrap_s * rounds).unwrap() + 60);
            let read = Some((at(0), now - SignedDuration::from_secs(120)));
            assert_eq!(start(read, now, ran(59, true)).map(|start| start.is_new), Some(false), "{rounds}");
            assert_eq!(start(read, now, ran(59, false)).map(|start| start.is_new), Some(true), "{rounds}, 64 bits");
        }
        // A start just before the wrap is one.
        let now = at(497 * DAY);
        assert_eq!(start(Some((at(0), now)), now, ran(59, true)).map(|start| start.is_new), Some(true));
    }

    #[test]
    fn a_longer_uptime_than_was_known_is_no_start() {
        let longer = start(Some((at(0), at(10))), at(20), ran(86_400, true)).unwrap();
        assert!(!longer.is_new && longer.at == at(20 - DAY));
        assert_eq!(start(None, Timestamp::MIN, ran(1, true)), None, "before all time");
    }

    #[test]
    fn a_slow_clock_over_a_long_hole_is_no_start() {
        // Ten days without a reading, and a clock that loses 80 s a day.
        let same = start(Some((at(0), at(0))), at(10 * DAY), ran(10 * 86_400 - 800, false)).unwrap();
        assert!(!same.is_new, "{same:?}");
    }
}
