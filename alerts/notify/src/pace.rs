//! [`Pace`]: how fast a provider lets us write. Nobody sleeps here: a message that comes too soon goes back to the outbox
//! with the time to wait, and other channels go on.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::notifier::SendError;
use crate::retry::LONGEST_RETRY_AFTER;

/// When one receiver may be written to again. Lost at a restart, after which the provider says it again.
pub(crate) struct Pace {
    spacing: Duration,
    free_at: Mutex<Option<Timestamp>>,
}

impl Pace {
    /// At most one message in each `spacing`.
    pub(crate) fn new(spacing: Duration) -> Self {
        Pace { spacing, free_at: Mutex::default() }
    }

    /// Whether it is too soon.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), SendError> {
        let free_at = *self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = free_at.and_then(|free_at| Duration::try_from(free_at.duration_since(now)).ok());
        match wait {
            // A clock that was set back must not stop the channel.
            Some(wait) if !wait.is_zero() && wait <= LONGEST_RETRY_AFTER => Err(SendError {
                retryable: true,
                retry_after: Some(wait),
                text: format!("not sent yet: the provider takes the next message in {} s", wait.as_secs_f64().ceil()),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// A message was sent; the provider may have asked for a longer wait.
    pub(crate) fn used(&self, now: Timestamp, asked: Option<Duration>) {
        let wait = asked.unwrap_or_default().max(self.spacing).min(LONGEST_RETRY_AFTER);
        *self.free_at.lock().unwrap_or_else(PoisonError::into_inner) = now.checked_add(wait).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_distance_and_what_the_provider_asked_for() {
        let start: Timestamp = "2026-11-25T00:00:00Z".parse().expect("a time");
        let at = |ms: u64| start + Duration::from_millis(ms);
        let pace = Pace::new(Duration::from_secs(1));
        assert_eq!(pace.check(at(0)), Ok(()));
        pace.used(at(0), None);
        let error = pace.check(at(400)).expect_err("too soon");
        assert_eq!((error.retryable, error.retry_after), (true, Some(Duration::from_millis(600))));
        assert_eq!(pace.check(at(1000)), Ok(()));
        pace.used(at(1000), Some(Duration::from_secs(35)));
        assert!(pace.check(at(35_900)).is_err() && pace.check(at(36_000)).is_ok());
        assert_eq!(pace.check(start - Duration::from_secs(86_400)), Ok(()), "the clock was set back");
    }
}
