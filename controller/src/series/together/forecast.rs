//! Where a line is going: a straight line by least squares, and when it reaches a limit. Pure.

use jiff::{SignedDuration, Timestamp};

use super::combine::Combined;

/// The straight line nearest to some steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The mean of their times, seconds since 1970: the line is told from there, since numbers counted from 1970 lose digits.
    mid_s: f64,
    mean: f64,
    /// How fast it grows, in the unit of the metric for each second.
    pub per_s: f64,
    /// How much of what the steps vary by the line explains, 0 to 1 (R²); 1 when they do not vary. A forecast from a low
    /// one is a guess and must be shown as such.
    pub explained: f64,
}

impl Trend {
    /// The trend of steps. `None` with fewer than two different times. Steps that are missing have no say.
    #[must_use]
    pub fn of(points: &[Combined]) -> Option<Trend> {
        let points: Vec<(f64, f64)> = points
            .iter()
            .filter(|point| point.value.is_finite())
            .map(|point| (seconds(point.at), point.value))
            .collect();
        let count = points.len() as f64;
        let mid_s = points.iter().map(|(at, _)| at / count).sum::<f64>();
        let mean = points.iter().map(|(_, value)| value / count).sum::<f64>();
        let (mut times, mut both, mut values) = (0.0, 0.0, 0.0);
        for (at, value) in &points {
            let (at, value) = (at - mid_s, value - mean);
            times += at * at;
            both += at * value;
            values += value * value;
        }
        // Steps are a second or more apart, so whole squares of seconds are left unless there is but one time.
        if points.len() < 2 || times < 0.25 {
            return None;
        }
        let per_s = both / times;
        let explained = if values > 0.0 { (both / times * both / values).clamp(0.0, 1.0) } else { 1.0 };
        (per_s.is_finite() && mean.is_finite() && explained.is_finite()).then_some(Trend {
            mid_s,
            mean,
            per_s,
            explained,
        })
    }

    /// The value of the line at a time.
    #[must_use]
    pub fn value(&self, at: Timestamp) -> f64 {
        self.mean + self.per_s * (seconds(at) - self.mid_s)
    }

    /// When the line reaches a limit from below, `now` if it has. `None` when it does not rise, or only in an age that no
    /// calendar of ours has.
    #[must_use]
    pub fn reaches(&self, limit: f64, now: Timestamp) -> Option<Timestamp> {
        let missing = limit - self.value(now);
        if missing <= 0.0 {
            return Some(now);
        }
        if self.per_s <= 0.0 {
            return None;
        }
        let wait = SignedDuration::try_from_secs_f64(missing / self.per_s).ok()?;
        now.checked_add(wait).ok()
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + second).expect("a time")
    }

    fn line(values: &[(i64, f64)]) -> Vec<Combined> {
        values.iter().map(|(second, value)| Combined { at: at(*second), value: *value, members: 1 }).collect()
    }

    #[test]
    fn a_line_that_grows_a_unit_a_day_is_full_when_it_says() {
        let trend = Trend::of(&line(&[(0, 10.0), (DAY, 11.0), (3 * DAY, 13.0)])).expect("three times");
        assert!((trend.explained - 1.0).abs() < 1e-9);
        let full = trend.reaches(20.0, at(3 * DAY)).expect("it rises");
        assert!((full.as_second() - at(10 * DAY).as_second()).abs() <= 1, "{full}");
        assert_eq!(trend.reaches(12.0, at(3 * DAY)), Some(at(3 * DAY)), "it is above already");
        assert_eq!(trend.reaches(1e300, at(0)), None, "beyond any calendar");
    }

    #[test]
    fn what_does_not_rise_reaches_nothing_and_one_time_is_no_trend() {
        let falls = Trend::of(&line(&[(0, 5.0), (60, 4.0)])).expect("two times");
        assert_eq!(falls.reaches(6.0, at(60)), None);
        let flat = Trend::of(&line(&[(0, 5.0), (60, 5.0)])).expect("two times");
        assert_eq!((flat.per_s, flat.explained, flat.reaches(6.0, at(60))), (0.0, 1.0, None));
        assert_eq!(Trend::of(&[]), None);
        assert_eq!(Trend::of(&line(&[(60, 5.0)])), None);
        assert_eq!(Trend::of(&line(&[(60, 5.0), (60, 9.0)])), None);
        assert_eq!(Trend::of(&line(&[(0, 5.0), (60, f64::INFINITY)])), None, "what is no number has no say");
        assert_eq!(Trend::of(&line(&[(0, f64::MAX), (60, f64::MIN)])), None, "nor has what cannot be counted with");
    }

    #[test]
    fn noise_is_told_from_a_trend() {
        let noise = Trend::of(&line(&[(0, 1.0), (60, -1.0), (120, -1.0), (180, 1.0)])).expect("four times");
        assert!(noise.explained < 1e-9, "{noise:?}");
    }

    proptest! {
        /// What makes it the nearest: no line beside it is nearer.
        #[test]
        fn no_other_line_is_nearer(
            values in prop::collection::btree_map(0_i64..5_000, -1e4_f64..1e4, 2..40),
            lift in prop_oneof![-10.0_f64..-0.1, 0.1_f64..10.0],
            tilt in -0.01_f64..0.01,
        ) {
            let points = line(&values.into_iter().map(|(minute, value)| (minute * 60, value)).collect::<Vec<_>>());
            let trend = Trend::of(&points).expect("two times");
            let other = Trend { mean: trend.mean + lift, per_s: trend.per_s + tilt, ..trend };
            let off = |trend: &Trend| points.iter().map(|point| (point.value - trend.value(point.at)).powi(2)).sum::<f64>();
            prop_assert!(off(&trend) < off(&other));
        }
    }
}
