//! From readings of a counter to rates per step, pure: each rate counts for the time between its two readings, however
//! that time is cut into steps, so octets are neither lost nor counted twice.

use std::time::Duration;

use inventory::metric::Gap;
use inventory::rate::{CounterPoint, Limits, rate};
use jiff::Timestamp;

use super::range::Bucket;
use super::roll::{Rolled, Span};
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
///
/// `rolled` stands for the beginning of the window; readings count from where it ends.
pub(super) fn spread(readings: &[Reading], longest: Duration, window: &Window, rolled: &Rolled) -> RateLine {
    let mut steps = Steps::new(window, rolled.until_ms);
    let mut gaps = Gaps { window: *window, spans: Vec::new() };
    steps.fill_rolled(rolled, &mut gaps);
    let (from, to) = (rolled.until_ms, window.ends_ms());
    let long_ms = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
    let readings = from_pair_over(readings, from);
    let first = readings.first().map_or(to, ms);
    if first.saturating_sub(from) > long_ms || readings.is_empty() {
        gaps.add(from, first, Gap::NoSample);
    }
    for pair in readings.windows(2) {
        let [prev, next] = pair else { continue };
        let limits = Limits { fastest_per_s: next.fastest_per_s, longest };
        match rate(&prev.point, &next.point, &limits) {
            Ok(per_s) => steps.fill(ms(prev), ms(next), &Growth::of(per_s)),
            Err(reason) => gaps.add(ms(prev).max(from), ms(next), reason),
        }
    }
    if let Some(last) = readings.last().map(|last| ms(last).max(from))
        && to.saturating_sub(last) > long_ms
    {
        gaps.add(last, to, Gap::NoSample);
    }
    RateLine { points: steps.points(), gaps: gaps.spans }
}

/// The rates of readings per hour, with for how long each is known.
pub(super) fn spread_spans(readings: &[Reading], longest: Duration, window: &Window) -> Vec<Span> {
    let mut steps = Steps::new(window, window.begins_ms());
    for pair in readings.windows(2) {
        let [prev, next] = pair else { continue };
        let limits = Limits { fastest_per_s: next.fastest_per_s, longest };
        if let Ok(per_s) = rate(&prev.point, &next.point, &limits) {
            steps.fill(ms(prev), ms(next), &Growth::of(per_s));
        }
    }
    steps.spans()
}

/// Without readings that are followed by another before that time.
fn from_pair_over(readings: &[Reading], from: i64) -> &[Reading] {
    let after = readings.partition_point(|reading| ms(reading) <= from);
    &readings[after.saturating_sub(1)..]
}

fn ms(reading: &Reading) -> i64 {
    reading.point.at.as_millisecond()
}

/// A rate that holds for some time, or what is left of many.
struct Growth {
    min: f64,
    avg: f64,
    max: f64,
    count: u64,
    /// The part of that time for which it is known.
    share: f64,
}

impl Growth {
    fn of(per_s: f64) -> Growth {
        Growth { min: per_s, avg: per_s, max: per_s, count: 1, share: 1.0 }
    }
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
    fn add(&mut self, growth: &Growth, covered_ms: f64) {
        self.min = if self.count == 0 { growth.min } else { self.min.min(growth.min) };
        self.max = if self.count == 0 { growth.max } else { self.max.max(growth.max) };
        self.grown += growth.avg * covered_ms * growth.share;
        self.covered_ms += covered_ms * growth.share;
        self.count += growth.count;
    }

    fn bucket(&self, start_ms: i64) -> Option<Bucket> {
        let avg = self.grown / self.covered_ms;
        (self.count > 0).then(|| Bucket { at: time(start_ms), min: self.min, avg, max: self.max, count: self.count })
    }

    fn span(&self, at_ms: i64) -> Option<Span> {
        let Bucket { min, avg, max, count, .. } = self.bucket(at_ms)?;
        Some(Span { at_ms, min, avg, max, count, covered_s: (self.covered_ms / 1000.0).round() as u64 })
    }
}

/// The steps of a window.
struct Steps {
    window: Window,
    /// From when on readings count.
    from_ms: i64,
    steps: Vec<Step>,
}

impl Steps {
    fn new(window: &Window, from_ms: i64) -> Steps {
        Steps { window: *window, from_ms, steps: vec![Step::default(); window.steps()] }
    }

    /// Gives a rate to every step that its time touches, from where readings count.
    fn fill(&mut self, prev_ms: i64, next_ms: i64, growth: &Growth) {
        self.give(prev_ms.max(self.from_ms), next_ms, growth);
    }

    fn give(&mut self, from_ms: i64, to_ms: i64, growth: &Growth) {
        let window = self.window;
        let (from, to) = (from_ms.max(window.begins_ms()), to_ms.min(window.ends_ms()));
        if from >= to {
            return;
        }
        let index = |at: i64| usize::try_from((at - window.begins_ms()) / window.step_ms()).unwrap_or(0);
        for at in index(from)..=index(to - 1) {
            let start = window.start_of(at);
            let covered = to.min(start + window.step_ms()) - from.max(start);
            if let Some(step) = self.steps.get_mut(at) {
                step.add(growth, covered as f64);
            }
        }
    }

    /// Hours and days, and the gaps between them. Why there is one is not kept that long: nothing was read.
    fn fill_rolled(&mut self, rolled: &Rolled, gaps: &mut Gaps) {
        let mut known_until = self.window.begins_ms();
        for (span, length) in &rolled.spans {
            gaps.add(known_until, span.at_ms, Gap::NoSample);
            known_until = span.at_ms + length;
            let share = (span.covered_s as f64 * 1000.0 / *length as f64).clamp(f64::EPSILON, 1.0);
            let growth = Growth { min: span.min, avg: span.avg, max: span.max, count: span.count, share };
            self.give(span.at_ms, known_until, &growth);
        }
        if !rolled.spans.is_empty() {
            gaps.add(known_until, rolled.until_ms, Gap::NoSample);
        }
    }

    fn points(&self) -> Vec<Bucket> {
        let bucket = |(at, step): (usize, &Step)| step.bucket(self.window.start_of(at));
        self.steps.iter().enumerate().filter_map(bucket).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let span = |(at, step): (usize, &Step)| step.span(self.window.start_of(at));
        self.steps.iter().enumerate().filter_map(span).collect()
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
