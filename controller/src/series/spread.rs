//! From readings of a counter to rates per step, pure: each rate counts for the time between its two readings, however
//! that time is cut into steps, so octets are neither lost nor counted twice.

use std::time::Duration;

use inventory::metric::Gap;
use inventory::rate::{CounterPoint, Limits, rate};
use jiff::Timestamp;

use super::range::Bucket;
use super::window::{Window, time};

/// A stretch of time without a rate, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapSpan {
    /// The last reading before, or the beginning of what was asked for.
    pub from: Timestamp,
    /// The first reading after, or the end of what was asked for.
    pub to: Timestamp,
    /// Why.
    pub reason: Gap,
}

/// A rate per step, and where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLine {
    /// Per second, in the order of time. A step touched by no rate is left out.
    pub points: Vec<Bucket>,
    /// In the order of time. A gap inside a step that also has a rate is listed here all the same.
    pub gaps: Vec<GapSpan>,
}

/// A reading, and the most that the counter can have grown per second until then.
pub(super) struct Reading {
    pub(super) point: CounterPoint,
    pub(super) fastest_per_s: Option<f64>,
}

/// The rates of readings in the order of time. Two readings more than `longest` apart have none between them.
pub(super) fn spread(readings: &[Reading], longest: Duration, window: &Window) -> RateLine {
    let mut steps = vec![Step::default(); window.steps()];
    let mut gaps = Gaps { window: *window, spans: Vec::new() };
    let (from, to) = (window.begins_ms(), window.ends_ms());
    let long_ms = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
    let first = readings.first().map_or(to, ms);
    if first.saturating_sub(from) > long_ms || readings.is_empty() {
        gaps.add(from, first, Gap::NoSample);
    }
    for pair in readings.windows(2) {
        let [prev, next] = pair else { continue };
        let limits = Limits { fastest_per_s: next.fastest_per_s, longest };
        match rate(&prev.point, &next.point, &limits) {
            Ok(per_s) => fill(&mut steps, window, ms(prev), ms(next), per_s),
            Err(reason) => gaps.add(ms(prev), ms(next), reason),
        }
    }
    if let Some(last) = readings.last().map(ms)
        && to.saturating_sub(last) > long_ms
    {
        gaps.add(last, to, Gap::NoSample);
    }
    let points = steps.iter().enumerate().filter_map(|(at, step)| step.bucket(window.start_of(at))).collect();
    RateLine { points, gaps: gaps.spans }
}

fn ms(reading: &Reading) -> i64 {
    reading.point.at.as_millisecond()
}

/// What one step has got so far.
#[derive(Debug, Clone, Default)]
struct Step {
    /// Sum of rate × milliseconds.
    grown: f64,
    covered_ms: f64,
    min: f64,
    max: f64,
    count: u64,
}

impl Step {
    fn add(&mut self, per_s: f64, covered_ms: f64) {
        self.min = if self.count == 0 { per_s } else { self.min.min(per_s) };
        self.max = if self.count == 0 { per_s } else { self.max.max(per_s) };
        self.grown += per_s * covered_ms;
        self.covered_ms += covered_ms;
        self.count += 1;
    }

    fn bucket(&self, start_ms: i64) -> Option<Bucket> {
        let avg = self.grown / self.covered_ms;
        (self.count > 0).then(|| Bucket { at: time(start_ms), min: self.min, avg, max: self.max, count: self.count })
    }
}

/// Gives a rate to every step that its time touches.
fn fill(steps: &mut [Step], window: &Window, prev_ms: i64, next_ms: i64, per_s: f64) {
    let (from, to) = (prev_ms.max(window.begins_ms()), next_ms.min(window.ends_ms()));
    if from >= to {
        return;
    }
    let index = |at: i64| usize::try_from((at - window.begins_ms()) / window.step_ms()).unwrap_or(0);
    for at in index(from)..=index(to - 1) {
        let start = window.start_of(at);
        let covered = to.min(start + window.step_ms()) - from.max(start);
        if let Some(step) = steps.get_mut(at) {
            step.add(per_s, covered as f64);
        }
    }
}

struct Gaps {
    window: Window,
    spans: Vec<GapSpan>,
}

impl Gaps {
    /// Adds a gap, cut to what was asked for; one that goes on for the same reason grows.
    fn add(&mut self, from_ms: i64, to_ms: i64, reason: Gap) {
        let (from, to) = (time(from_ms.max(self.window.begins_ms())), time(to_ms.min(self.window.ends_ms())));
        if from >= to {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.reason == reason && last.to == from => last.to = to,
            Some(_) | None => self.spans.push(GapSpan { from, to, reason }),
        }
    }
}
