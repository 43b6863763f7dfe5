//! When a message that was not delivered is tried again. Pure: time and chance come in as arguments.

use std::time::Duration;

use jiff::Timestamp;

/// The longest wait after the first failed attempt.
pub const FIRST_WAIT: Duration = Duration::from_secs(10);
/// The longest wait that a channel chooses by itself.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// The longest wait that a receiver can ask for. One that asks for more (or whose clock is wrong) is asked again then.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(6 * 60 * 60);
/// After this long a message is a dead letter.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait after failed attempt number `attempt` (the first is 1): 10 s, 20 s, 40 s … 1 h. `jitter`, a random number
/// from 0 to 1, takes up to a quarter off, so that messages that failed together do not come back together.
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let full = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    let jitter = if jitter.is_nan() { 0.0 } else { jitter.clamp(0.0, 1.0) };
    full.mul_f64(1.0 - jitter / 4.0)
}

/// When to try again after failed attempt number `attempt`, or `None` when that would be more than 24 h after the
/// `first` attempt. What the receiver asked for (`retry_after`) is kept, up to [`LONGEST_RETRY_AFTER`].
pub fn next_attempt(
    first: Timestamp,
    attempt: u32,
    now: Timestamp,
    jitter: f64,
    retry_after: Option<Duration>,
) -> Option<Timestamp> {
    let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    let next = now.checked_add(backoff(attempt, jitter).max(asked)).ok()?;
    let last = first.checked_add(GIVE_UP_AFTER).ok()?;
    (next <= last).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        "2026-11-25T00:00:00Z".parse::<Timestamp>().expect("a time") + Duration::from_secs(seconds)
    }

    #[test]
    fn the_wait_doubles_from_ten_seconds_to_an_hour() {
        // attempt, jitter, wait in milliseconds
        let table = [
            (1, 0.0, 10_000),
            (2, 0.0, 20_000),
            (3, 0.0, 40_000),
            (8, 0.0, 1_280_000),
            (9, 0.0, 2_560_000),
            (10, 0.0, 3_600_000),
            (11, 0.0, 3_600_000),
            (u32::MAX, 0.0, 3_600_000),
            // nothing has failed yet: like the first
            (0, 0.0, 10_000),
            // jitter only shortens, by a quarter at most
            (1, 0.5, 8_750),
            (1, 1.0, 7_500),
            (10, 1.0, 2_700_000),
            // a jitter out of its range does no harm
            (1, 7.0, 7_500),
            (1, -1.0, 10_000),
            (1, f64::NAN, 10_000),
        ];
        for (attempt, jitter, ms) in table {
            assert_eq!(backoff(attempt, jitter), Duration::from_millis(ms), "attempt {attempt}, jitter {jitter}");
        }
    }

    #[test]
    fn the_next_attempt_keeps_the_deadline_and_the_receivers_wish() {
        let day = 24 * 60 * 60;
        // attempt, now, what the receiver asked for, when to try again (all in seconds after the first attempt)
        let table = [
            (1, 0, None, Some(10)),
            (2, 10, None, Some(30)),
            // the receiver asks for more than the backoff
            (1, 0, Some(120), Some(120)),
            // the receiver asks for less: the backoff stands
            (4, 100, Some(1), Some(180)),
            // more than six hours are cut to six
            (1, 0, Some(7 * 24 * 60 * 60), Some(6 * 60 * 60)),
            // exactly at the deadline is still in time
            (20, day - 3600, None, Some(day)),
            // past it is not
            (20, day - 3599, None, None),
            (20, day - 600, Some(601), None),
            (20, day + 1, None, None),
        ];
        for (attempt, now, asked, next) in table {
            let asked = asked.map(Duration::from_secs);
            assert_eq!(next_attempt(at(0), attempt, at(now), 0.0, asked), next.map(at), "{attempt} {now} {asked:?}");
        }
    }

    #[test]
    fn a_provider_that_is_away_for_two_hours_costs_few_attempts_and_no_message() {
        let (mut now, mut attempts) = (at(0), 0);
        while now < at(2 * 60 * 60) {
            attempts += 1;
            now = next_attempt(at(0), attempts, now, 0.5, None).expect("two hours are less than a day");
        }
        assert!((8..=14).contains(&attempts), "{attempts}");
        assert!(now <= at(3 * 60 * 60), "{now}");
    }

    #[test]
    fn times_at_the_end_of_the_calendar_give_up_rather_than_panic() {
        assert_eq!(next_attempt(Timestamp::MAX, 1, Timestamp::MAX, 0.0, None), None);
    }

    #[test]
    fn a_clock_set_back_does_not_give_up_early() {
        assert_eq!(next_attempt(at(3600), 1, at(0), 0.0, None), Some(at(10)));
    }
}
