//! [`Curve`]: how much goes through a hall's line by time of day, with an integral in closed form, so that a counter
//! is computed when it is asked and stands still for nobody.

use super::chance::{draw, unit};

/// Vietnam is at UTC+7 all year.
pub(super) const UTC_OFFSET_S: f64 = 7.0 * 3600.0;
const DAY_S: f64 = 86_400.0;
const HOUR_S: f64 = 3600.0;
/// Ripple goes up for so long and down for as long.
const RIPPLE_S: f64 = 300.0;

/// The share of the peak at each full hour: open from 7 to 21, busy in the evening, almost nothing at night.
const HOURS: [f64; 24] = [
    0.015, 0.012, 0.010, 0.010, 0.012, 0.03, 0.08, 0.20, 0.32, 0.38, 0.40, 0.36, 0.28, 0.30, 0.38, 0.44, 0.52, 0.60,
    0.78, 0.97, 1.00, 0.45, 0.08, 0.03,
];

/// A rate over time, in units of its own a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    seed: u64,
    /// At the busiest hour of a usual day.
    peak: f64,
}

impl Curve {
    /// `thing` tells one curve from another.
    pub(super) fn new(seed: u64, thing: &str, peak: f64) -> Curve {
        Curve { seed: draw(seed, thing, 0), peak }
    }

    /// At a moment, in seconds since 1970.
    pub fn at(&self, unix_s: f64) -> f64 {
        let (day, second) = local(unix_s);
        self.day(day) * (shape(second) + self.ripple(day, second) * shape(middle(second)))
    }

    /// The integral from one moment to another.
    pub fn between(&self, from_s: f64, to_s: f64) -> f64 {
        let ((first, start), (last, end)) = (local(from_s), local(to_s));
        let whole: f64 = (first..last).map(|day| self.day(day)).sum::<f64>() * area(DAY_S);
        whole + self.within(last, end) - self.within(first, start)
    }

    /// From midnight to `second`.
    fn within(&self, day: i64, second: f64) -> f64 {
        // Every ten minutes the ripple sums up to nothing, so only what has begun counts.
        let in_pair = second % (2.0 * RIPPLE_S);
        let risen = if in_pair < RIPPLE_S { in_pair } else { 2.0 * RIPPLE_S - in_pair };
        let ripple = self.ripple(day, second - in_pair) * shape(middle(second)) * risen;
        self.day(day) * (area(second) + ripple)
    }

    /// The height of a day: some are busier, Sundays less so.
    fn day(&self, day: i64) -> f64 {
        let height = 0.7 + 0.55 * unit(self.seed, "day", day);
        // 1 January 1970 was a Thursday.
        let is_sunday = (day + 4).rem_euclid(7) == 0;
        self.peak * if is_sunday { 0.75 * height } else { height }
    }

    fn ripple(&self, day: i64, second: f64) -> f64 {
        let pair = (second / (2.0 * RIPPLE_S)).floor();
        let height = 0.6 * (unit(self.seed, "ripple", day * 144 + pair as i64) - 0.5);
        if second % (2.0 * RIPPLE_S) < RIPPLE_S { height } else { -height }
    }
}

/// The local day and the second of it.
fn local(unix_s: f64) -> (i64, f64) {
    let local = unix_s + UTC_OFFSET_S;
    let day = (local / DAY_S).floor();
    (day as i64, local - day * DAY_S)
}

/// The middle of the ten minutes that a second is in.
fn middle(second: f64) -> f64 {
    (second / (2.0 * RIPPLE_S)).floor() * 2.0 * RIPPLE_S + RIPPLE_S
}

/// Straight lines between the full hours.
fn shape(second: f64) -> f64 {
    let hour = (second / HOUR_S).floor();
    let part = second / HOUR_S - hour;
    let (this, next) = (HOURS[hour as usize % 24], HOURS[(hour as usize + 1) % 24]);
    this + (next - this) * part
}

/// The integral of the shape from midnight to `second`.
fn area(second: f64) -> f64 {
    let hours = (second / HOUR_S).floor() as usize;
    let whole: f64 = (0..hours).map(|hour| (HOURS[hour % 24] + HOURS[(hour + 1) % 24]) / 2.0 * HOUR_S).sum();
    let rest = second - hours as f64 * HOUR_S;
    whole + (HOURS[hours % 24] + shape(second)) / 2.0 * rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20:00 on 24 November 2026 in Vietnam.
    const EVENING: f64 = 1_795_525_200.0;

    #[test]
    fn what_is_counted_is_the_sum_of_the_rate() {
        let curve = Curve::new(7, "dr-01", 1000.0);
        for (from, to) in [(0.0, 50.0), (100.0, 4000.0), (-20_000.0, 70_000.0), (3.0, 200_000.0)] {
            let (from, to) = (EVENING + from, EVENING + to);
            let step = 1.0;
            let steps = ((to - from) / step) as usize;
            let summed: f64 = (0..steps).map(|nth| curve.at(from + (nth as f64 + 0.5) * step) * step).sum();
            let counted = curve.between(from, to);
            assert!((summed / counted - 1.0).abs() < 0.001, "{summed} {counted}");
        }
        assert!(curve.between(EVENING, EVENING + 1.0) >= 0.0);
    }

    #[test]
    fn evenings_are_busy_and_nights_are_quiet() {
        let curve = Curve::new(7, "dr-01", 1000.0);
        let night = EVENING + 7.0 * HOUR_S;
        assert!(curve.at(EVENING) > 400.0, "{}", curve.at(EVENING));
        assert!(curve.at(night) < 30.0, "{}", curve.at(night));
    }
}
