//! The one place that reads a clock. Everything else takes a [`Clock`] or a `now`.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

/// Where the time comes from: the system in `main`, a test's hand elsewhere.
pub trait Clock: Send + Sync + 'static {
    /// Wall-clock time. It may jump either way; never subtract two of them to measure a duration.
    fn now(&self) -> Timestamp;
    /// Time since some fixed moment of this process. It never goes back.
    fn monotonic(&self) -> Duration;
}

/// The clocks of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
        START.elapsed()
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct ManualClock(Mutex<(Timestamp, Duration)>);

impl ManualClock {
    /// A clock that says `now` and has run for no time.
    pub fn new(now: Timestamp) -> Self {
        ManualClock(Mutex::new((now, Duration::ZERO)))
    }

    /// Lets `by` pass on both clocks.
    pub fn advance(&self, by: Duration) {
        let mut time = self.0.lock().expect("no holder of this lock can panic");
        time.0 += by;
        time.1 += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().expect("no holder of this lock can panic").0
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().expect("no holder of this lock can panic").1
    }
}
