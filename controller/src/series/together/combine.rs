//! Many lines made one: the bandwidth of a commune, the worst latency of a hall. Members are read one after the other,
//! so that memory is bounded by the answer and not by how many there are.

use std::collections::BTreeSet;
use std::time::Duration;

use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Metric, SeriesKey};
use jiff::Timestamp;

use super::super::error::SeriesError;
use super::super::open::Series;
use super::super::range::Bucket;
use super::super::rates::RateAsk;
use super::super::window::{Window, time};

inventory::words! {
    /// How the values of members in the same step become one.
    Across, AcrossError {
        /// The sum of their means: bandwidth of several lines.
        Sum = "sum",
        /// The mean of their means; each member counts the same however often it was read.
        Mean = "mean",
        /// The greatest of their greatest.
        Max = "max",
    }
}

/// One step of several lines together. Steps where no member has a value are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combined {
    /// When the step begins.
    pub at: Timestamp,
    /// In the unit of the metric, rates per second.
    pub value: f64,
    /// How many members had a value. Less than were asked for: a sum is then only of these, for what is missing is not
    /// taken as zero.
    pub members: usize,
}

/// Takes lines of one window and keeps one number for each step.
#[derive(Debug)]
pub(super) struct Combiner {
    window: Window,
    across: Across,
    steps: Vec<(f64, usize)>,
}

impl Combiner {
    pub(super) fn new(window: Window, across: Across) -> Self {
        Combiner { window, across, steps: vec![(0.0, 0); window.steps()] }
    }

    /// Adds a member. Points outside the window are not looked at.
    pub(super) fn add(&mut self, points: &[Bucket]) {
        for point in points {
            let Some(at) = self.window.step_of(point.at) else { continue };
            let Some((value, members)) = self.steps.get_mut(at) else { continue };
            *value = match self.across {
                Across::Sum | Across::Mean => *value + point.avg,
                Across::Max if *members == 0 => point.max,
                Across::Max => value.max(point.max),
            };
            *members += 1;
        }
    }

    pub(super) fn finish(self) -> Vec<Combined> {
        let step = |(at, (value, members)): (usize, (f64, usize))| {
            let value = match self.across {
                Across::Sum | Across::Max => value,
                Across::Mean => value / members as f64,
            };
            (members > 0).then(|| Combined { at: time(self.window.start_of(at)), value, members })
        };
        self.steps.into_iter().enumerate().filter_map(step).collect()
    }
}

impl Series {
    /// The rates of a counter on several interfaces, combined per step. One named twice counts once.
    ///
    /// # Errors
    /// As [`Series::rates`].
    pub async fn rates_together(
        &self,
        ports: &BTreeSet<(DeviceId, InterfaceId)>,
        metric: Metric,
        window: Window,
        longest: Duration,
        across: Across,
    ) -> Result<Vec<Combined>, SeriesError> {
        let mut together = Combiner::new(window, across);
        for (device, interface) in ports {
            let ask = RateAsk { device: *device, interface: *interface, metric, window, longest };
            together.add(&self.rates(&ask).await?.points);
        }
        Ok(together.finish())
    }

    /// The values of several gauges, combined per step. A width in a key is not looked at; one named twice counts once.
    ///
    /// # Errors
    /// As [`Series::range`].
    pub async fn range_together(
        &self,
        keys: &BTreeSet<SeriesKey>,
        window: Window,
        across: Across,
    ) -> Result<Vec<Combined>, SeriesError> {
        let mut together = Combiner::new(window, across);
        let keys: BTreeSet<SeriesKey> = keys.iter().map(|key| SeriesKey { width: None, ..*key }).collect();
        for key in &keys {
            for line in self.range(&[*key], &window).await? {
                together.add(&line.points);
            }
        }
        Ok(together.finish())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STEPS: i64 = 12;

    fn window() -> Window {
        let at = |second| Timestamp::from_second(second).expect("a time");
        Window::new(at(6_000), at(6_000 + STEPS * 60), Duration::from_secs(60)).expect("good")
    }

    fn bucket(step: i64, avg: f64, above: f64) -> Bucket {
        Bucket { at: time((6_000 + step * 60) * 1_000), min: avg, avg, max: avg + above, count: 1 }
    }

    fn combined(lines: &[Vec<Bucket>], across: Across) -> Vec<Combined> {
        let mut together = Combiner::new(window(), across);
        lines.iter().for_each(|line| together.add(line));
        together.finish()
    }

    #[test]
    fn a_member_without_a_value_is_not_a_zero() {
        let lines = [vec![bucket(0, -4.0, 1.0), bucket(1, -2.0, 0.5)], vec![bucket(1, -6.0, 0.5)]];
        let found = |across| combined(&lines, across).iter().map(|step| (step.value, step.members)).collect::<Vec<_>>();
        assert_eq!(found(Across::Sum), [(-4.0, 1), (-8.0, 2)]);
        assert_eq!(found(Across::Mean), [(-4.0, 1), (-4.0, 2)]);
        assert_eq!(found(Across::Max), [(-3.0, 1), (-1.5, 2)]);
        assert_eq!(combined(&[], Across::Sum), []);
    }

    #[test]
    fn what_lies_outside_the_window_is_left_out() {
        let line = vec![bucket(-1, 1.0, 0.0), bucket(STEPS - 1, 2.0, 0.0), bucket(STEPS, 3.0, 0.0)];
        let found = combined(&[line], Across::Sum);
        assert_eq!(found, [Combined { at: bucket(STEPS - 1, 0.0, 0.0).at, value: 2.0, members: 1 }]);
    }

    proptest! {
        /// Whole numbers, so that no order of adding rounds differently.
        #[test]
        fn each_step_is_what_its_members_say(
            members in prop::collection::vec(prop::collection::btree_map(0..STEPS, (-1_000_i32..1_000, 0_i32..50), 0..12), 0..8),
        ) {
            let lines: Vec<Vec<Bucket>> = members
                .iter()
                .map(|line| line.iter().map(|(step, (avg, up))| bucket(*step, f64::from(*avg), f64::from(*up))).collect())
                .collect();
            for across in [Across::Sum, Across::Mean, Across::Max] {
                let mut expected = Vec::new();
                for step in 0..STEPS {
                    let here: Vec<(i32, i32)> = members.iter().filter_map(|line| line.get(&step).copied()).collect();
                    let sum = f64::from(here.iter().map(|(avg, _)| avg).sum::<i32>());
                    let Some(max) = here.iter().map(|(avg, up)| avg + up).max() else { continue };
                    let value = match across {
                        Across::Sum => sum,
                        Across::Mean => sum / here.len() as f64,
                        Across::Max => f64::from(max),
                    };
                    expected.push(Combined { at: bucket(step, 0.0, 0.0).at, value, members: here.len() });
                }
                prop_assert_eq!(combined(&lines, across), expected);
            }
        }
    }
}
