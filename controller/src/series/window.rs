//! What stretch of time is asked for, cut into steps that are the same whoever asks.

use std::time::Duration;

use jiff::Timestamp;

/// The most steps of one answer: more than any screen has pixels.
pub const STEPS_MAX: i64 = 11_000;

/// A stretch of time in steps. Steps begin at multiples of their length since 1970, and the first and the last are whole:
/// the same step has the same numbers in every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from_ms: i64,
    to_ms: i64,
    step_ms: i64,
}

/// Why a window was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// It ends before it begins.
    #[error("the end is not after the beginning")]
    Empty,
    /// Steps are shorter than a second.
    #[error("the step is shorter than 1 s")]
    Step,
    /// There would be too many.
    #[error("{0} steps are more than {STEPS_MAX}: ask for longer steps or less time")]
    Steps(i64),
    /// A time outside what can be represented.
    #[error("the time is out of range")]
    Range,
}

impl Window {
    /// The steps that `from` to `to` touches.
    ///
    /// # Errors
    /// When it is empty, has steps under a second, or too many of them.
    pub fn new(from: Timestamp, to: Timestamp, step: Duration) -> Result<Self, WindowError> {
        if to <= from {
            return Err(WindowError::Empty);
        }
        let step_ms = i64::try_from(step.as_millis()).map_err(|_| WindowError::Range)?;
        if step_ms < 1_000 {
            return Err(WindowError::Step);
        }
        let from_ms = from.as_millisecond().div_euclid(step_ms).checked_mul(step_ms).ok_or(WindowError::Range)?;
        // Rounded up, from the last moment that belongs to it.
        let last = to.as_millisecond().checked_sub(1).ok_or(WindowError::Range)?.max(from.as_millisecond());
        let end = last.div_euclid(step_ms).checked_add(1).and_then(|steps| steps.checked_mul(step_ms));
        let to_ms = end.ok_or(WindowError::Range)?;
        let in_range = |ms| Timestamp::from_millisecond(ms).is_ok();
        if !in_range(from_ms) || !in_range(to_ms) {
            return Err(WindowError::Range);
        }
        match (to_ms - from_ms) / step_ms {
            steps if steps > STEPS_MAX => Err(WindowError::Steps(steps)),
            _ => Ok(Window { from_ms, to_ms, step_ms }),
        }
    }

    /// When the first step begins.
    pub fn from(&self) -> Timestamp {
        time(self.from_ms)
    }

    /// When the last step ends.
    pub fn to(&self) -> Timestamp {
        time(self.to_ms)
    }

    /// How long a step is.
    pub fn step(&self) -> Duration {
        Duration::from_millis(self.step_ms.unsigned_abs())
    }

    pub(super) fn begins_ms(&self) -> i64 {
        self.from_ms
    }

    pub(super) fn ends_ms(&self) -> i64 {
        self.to_ms
    }

    /// Milliseconds of a step.
    pub fn step_ms(&self) -> i64 {
        self.step_ms
    }

    /// The number of steps.
    pub(super) fn steps(&self) -> usize {
        usize::try_from((self.to_ms - self.from_ms) / self.step_ms).expect("bounded by STEPS_MAX")
    }

    /// The step that a time lies in, if it lies in the window.
    pub(super) fn step_of(&self, at: Timestamp) -> Option<usize> {
        let since = at.as_millisecond().checked_sub(self.from_ms)?.div_euclid(self.step_ms);
        usize::try_from(since).ok().filter(|step| *step < self.steps())
    }

    /// When a step begins.
    pub(super) fn start_of(&self, step: usize) -> i64 {
        self.from_ms + i64::try_from(step).expect("bounded by STEPS_MAX") * self.step_ms
    }
}

/// The beginning of the step, of a length of which all begin at multiples since 1970, that a time lies in.
pub(super) fn floor(ms: i64, step_ms: i64) -> i64 {
    ms.div_euclid(step_ms) * step_ms
}

/// A time that was checked, or came from a time.
pub(super) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn steps_begin_at_multiples_of_their_length_and_are_whole() {
        let window = Window::new(at(125), at(300), Duration::from_secs(60)).expect("good");
        assert_eq!((window.from(), window.to(), window.steps()), (at(120), at(300), 3));
        let window = Window::new(at(125), at(301), Duration::from_secs(60)).expect("good");
        assert_eq!((window.to(), window.steps()), (at(360), 4));
        assert_eq!(window.start_of(3), 300_000);
        assert_eq!([at(119), at(120), at(359), at(360)].map(|at| window.step_of(at)), [None, Some(0), Some(3), None]);
    }

    #[test]
    fn windows_that_are_empty_too_fine_or_too_long_are_refused() {
        assert_eq!(Window::new(at(5), at(5), Duration::from_secs(1)), Err(WindowError::Empty));
        assert_eq!(Window::new(at(5), at(6), Duration::from_millis(999)), Err(WindowError::Step));
        assert_eq!(Window::new(at(0), at(20_000), Duration::from_secs(1)), Err(WindowError::Steps(20_000)));
        assert_eq!(Window::new(Timestamp::MIN, Timestamp::MAX, Duration::MAX), Err(WindowError::Range));
    }
}
