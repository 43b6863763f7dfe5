//! One number out of a line: the percentile a provider bills by, and the busiest hour. Pure.

use jiff::Timestamp;

use super::super::window::{Window, time};
use super::combine::Combined;

const HOUR_MS: i64 = 3_600_000;

/// The value at a percentile by the nearest rank: the least value that at least `percent` % of the steps do not exceed.
/// With 5-minute steps and 95 it is what is billed as "95th percentile". Steps that are missing are not counted, so whoever
/// bills must say how many there were. `None` without a step, or for a percentile that is not 1 to 100.
#[must_use]
pub fn percentile(points: &[Combined], percent: u8) -> Option<f64> {
    if !(1..=100).contains(&percent) {
        return None;
    }
    let mut values: Vec<f64> = points.iter().map(|point| point.value).filter(|value| value.is_finite()).collect();
    let rank = values.len().checked_mul(usize::from(percent))?.div_ceil(100);
    let index = rank.checked_sub(1).filter(|index| *index < values.len())?;
    let (_, value, _) = values.select_nth_unstable_by(index, f64::total_cmp);
    Some(*value)
}

/// An hour, and how busy it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BusiestHour {
    /// When it begins: at any step, not only at a full hour.
    pub from: Timestamp,
    /// The mean of its steps.
    pub mean: f64,
}

/// The continuous 60 minutes with the greatest mean, the earliest of equals: the busy hour of ITU-T E.600. An hour with
/// less than three quarters of its steps is passed over, since a single burst beside a gap says nothing of an hour. `None`
/// when no hour is left, or when an hour is no whole number of steps.
#[must_use]
pub fn busiest_hour(points: &[Combined], window: &Window) -> Option<BusiestHour> {
    let step_ms = window.step_ms();
    if HOUR_MS % step_ms != 0 {
        return None;
    }
    let in_hour = usize::try_from(HOUR_MS / step_ms).ok()?;
    let mut steps: Vec<Option<f64>> = vec![None; window.steps()];
    for point in points.iter().filter(|point| point.value.is_finite()) {
        if let Some(step) = window.step_of(point.at).and_then(|at| steps.get_mut(at)) {
            *step = Some(point.value);
        }
    }
    let mut busiest: Option<BusiestHour> = None;
    for (at, hour) in steps.windows(in_hour).enumerate() {
        let seen = hour.iter().flatten().count();
        if seen * 4 < in_hour * 3 {
            continue;
        }
        let mean = hour.iter().flatten().sum::<f64>() / seen as f64;
        if busiest.is_none_or(|best| mean > best.mean) {
            busiest = Some(BusiestHour { from: time(window.start_of(at)), mean });
        }
    }
    busiest
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// Three hours of five minutes.
    fn window() -> Window {
        let at = |second| Timestamp::from_second(second).expect("a time");
        Window::new(at(7_200), at(7_200 + 3 * 3_600), Duration::from_secs(300)).expect("good")
    }

    fn at(step: usize) -> Timestamp {
        time(window().start_of(step))
    }

    fn line(values: &[(usize, f64)]) -> Vec<Combined> {
        values.iter().map(|(step, value)| Combined { at: at(*step), value: *value, members: 1 }).collect()
    }

    #[test]
    fn the_95th_percentile_lets_the_busiest_twentieth_go() {
        let month: Vec<(usize, f64)> = (1..=100_u32).rev().map(|value| (0, f64::from(value))).collect();
        assert_eq!(percentile(&line(&month), 95), Some(95.0));
        assert_eq!(percentile(&line(&month), 100), Some(100.0));
        assert_eq!(percentile(&line(&month), 1), Some(1.0));
        assert_eq!(percentile(&line(&[(0, 7.0), (1, f64::NAN)]), 95), Some(7.0), "what is no number is no step");
        assert_eq!(percentile(&[], 95), None);
        assert_eq!(percentile(&line(&month), 0), None);
        assert_eq!(percentile(&line(&month), 101), None);
    }

    #[test]
    fn the_busiest_hour_begins_at_any_step() {
        let values: Vec<(usize, f64)> =
            (0..36).map(|step| (step, if (7..19).contains(&step) { 9.0 } else { 1.0 })).collect();
        assert_eq!(busiest_hour(&line(&values), &window()), Some(BusiestHour { from: at(7), mean: 9.0 }));
        let flat: Vec<(usize, f64)> = (0..36).map(|step| (step, 2.0)).collect();
        assert_eq!(busiest_hour(&line(&flat), &window()), Some(BusiestHour { from: at(0), mean: 2.0 }), "the earliest");
    }

    #[test]
    fn a_burst_beside_a_gap_is_no_hour_and_a_gap_is_no_zero() {
        let eight: Vec<(usize, f64)> = (0..8).map(|step| (step, 100.0)).collect();
        assert_eq!(busiest_hour(&line(&eight), &window()), None, "8 of 12");
        let nine: Vec<(usize, f64)> = (0..9).map(|step| (step, 100.0)).collect();
        assert_eq!(busiest_hour(&line(&nine), &window()), Some(BusiestHour { from: at(0), mean: 100.0 }));
        let uneven = Window::new(at(0), at(30), Duration::from_secs(420)).expect("good");
        assert_eq!(busiest_hour(&line(&nine), &uneven), None, "an hour is no whole number of 7 minutes");
    }

    proptest! {
        #[test]
        fn a_percentile_is_what_the_sorted_values_say(values in prop::collection::vec(-1e6_f64..1e6, 1..200), percent in 1_u8..=100) {
            let points: Vec<Combined> = values.iter().map(|value| Combined { at: at(0), value: *value, members: 1 }).collect();
            let found = percentile(&points, percent).expect("there are steps");
            let share = |met: usize| met * 100 >= usize::from(percent) * values.len();
            prop_assert!(values.contains(&found));
            prop_assert!(share(values.iter().filter(|value| **value <= found).count()));
            prop_assert!(!share(values.iter().filter(|value| **value < found).count()), "a lesser value would do");
        }
    }
}
