//! The strip: a bar of time for one hall, states as colours and hatching, with a text that says the same.

use std::collections::BTreeMap;

use alerts::health::HallState;
use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Timestamp;

use super::format;
use super::frame::Frame;
use super::part::{Shape, hall_state_key};

/// What was known of a hall over a span of time: gapless, and unknown where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    from: Timestamp,
    to: Timestamp,
    /// Beginnings of intervals, each lasting to the next. The first is `from`.
    states: BTreeMap<Timestamp, HallState>,
}

/// One state for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripInterval {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end: the beginning of the next.
    pub to: Timestamp,
    /// The state.
    pub state: HallState,
}

impl Strip {
    /// A strip of which nothing is known yet.
    pub fn unknown(from: Timestamp, to: Timestamp) -> Strip {
        Strip { from, to: to.max(from), states: BTreeMap::from([(from, HallState::Unknown)]) }
    }

    /// The last 24 hours before `now`, of which nothing is known yet.
    pub fn last_day(now: Timestamp) -> Strip {
        Strip::unknown(now.saturating_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(now), now)
    }

    /// Says that the hall was in `state` from one moment to another; what was said of that time before is forgotten.
    /// Paint the common first and the certain last: up where there are samples, then partial, then outages.
    #[must_use]
    pub fn paint(mut self, from: Timestamp, to: Timestamp, state: HallState) -> Strip {
        let (from, to) = (from.max(self.from), to.min(self.to));
        if from >= to {
            return self;
        }
        let after = self.states.range(..=to).next_back().map(|(_, state)| *state).unwrap_or(HallState::Unknown);
        self.states.retain(|at, _| *at < from || *at > to);
        self.states.insert(from, state);
        if to < self.to {
            self.states.insert(to, after);
        }
        self
    }

    /// Its beginning.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Its end.
    pub fn to(&self) -> Timestamp {
        self.to
    }

    /// Its intervals in order, neighbours of the same state as one.
    pub fn intervals(&self) -> Vec<StripInterval> {
        let ends = self.states.keys().skip(1).copied().chain([self.to]);
        let mut found: Vec<StripInterval> = Vec::new();
        for ((from, state), to) in self.states.iter().zip(ends) {
            match found.last_mut() {
                Some(last) if last.state == *state => last.to = to,
                _ => found.push(StripInterval { from: *from, to, state: *state }),
            }
        }
        found
    }

    /// The same in words: `24 giờ qua: mất kết nối 48 phút · không rõ 2 giờ`.
    pub fn in_words(&self, frame: &Frame) -> String {
        let mut lengths: BTreeMap<HallState, i64> = BTreeMap::new();
        for interval in self.intervals() {
            *lengths.entry(interval.state).or_default() += interval.to.as_second() - interval.from.as_second();
        }
        // The worst first; what is left over is up and goes without saying.
        let order = [HallState::Down, HallState::Partial, HallState::Unknown, HallState::Maintenance];
        let told = order.into_iter().filter_map(|state| {
            let length = format::duration(frame.language, *lengths.get(&state)?);
            Some(format!("{} {length}", frame.t(hall_state_key(state)).to_lowercase()))
        });
        let told: Vec<String> = told.collect();
        let words = if told.is_empty() { frame.t("strip-always-up") } else { told.join(" · ") };
        frame.t1("strip-last-day", "states", words)
    }

    /// The drawing.
    pub fn svg(&self, frame: &Frame) -> StripSvg {
        let bars = self.intervals().into_iter().filter(|interval| interval.state != HallState::Up);
        let bars = bars.map(|interval| {
            let (x, end) = (self.share(interval.from), self.share(interval.to));
            // A cut of seconds must be seen too.
            let width = if interval.state == HallState::Down { (end - x).max(NARROWEST) } else { end - x };
            let x = x.min(100.0 - width);
            Bar { class: Shape::from(interval.state).name(), x: format!("{x:.2}"), width: format!("{width:.2}") }
        });
        StripSvg { words: self.in_words(frame), bars: bars.collect() }
    }

    /// The hours to write below it: every sixth of the local day.
    pub fn ticks(&self) -> Vec<Tick> {
        const STEP_S: i64 = 6 * 3600;
        let offset = i64::from(format::OFFSET.seconds());
        let mut local_s = (self.from.as_second() + offset).div_euclid(STEP_S) * STEP_S + STEP_S;
        let mut found = Vec::new();
        while let Ok(at) = Timestamp::from_second(local_s - offset) {
            if at >= self.to {
                break;
            }
            found.push(Tick { x: format!("{:.2}", self.share(at)), word: format::clock(at) });
            local_s += STEP_S;
        }
        found
    }

    /// Where a moment lies, in per cent of the width.
    fn share(&self, at: Timestamp) -> f64 {
        let length = self.to.as_millisecond() - self.from.as_millisecond();
        if length == 0 {
            return 0.0;
        }
        (at.as_millisecond() - self.from.as_millisecond()) as f64 * 100.0 / length as f64
    }
}

/// The narrowest bar of an outage, in per cent: 7 minutes of a day, 1 px of a phone's strip.
const NARROWEST: f64 = 0.5;

/// A strip as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "part/strip.html")]
pub struct StripSvg {
    words: String,
    bars: Vec<Bar>,
}

impl HtmlSafe for StripSvg {}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bar {
    class: &'static str,
    x: String,
    width: String,
}

/// An hour below a strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Where, in per cent of the width.
    pub x: String,
    /// `06:00`.
    pub word: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::web::language::Language;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn frame() -> Frame {
        Frame {
            language: Language::Vi,
            now: at(86_400),
            address: "/".into(),
            is_signed_in: true,
            is_admin: true,
            is_simulated: false,
            trouble: None,
        }
    }

    #[test]
    fn what_nobody_spoke_of_is_unknown() {
        let strip =
            Strip::unknown(at(0), at(100)).paint(at(20), at(60), HallState::Up).paint(at(30), at(40), HallState::Down);
        let states: Vec<(i64, HallState)> =
            strip.intervals().iter().map(|interval| (interval.from.as_second(), interval.state)).collect();
        assert_eq!(
            states,
            [
                (0, HallState::Unknown),
                (20, HallState::Up),
                (30, HallState::Down),
                (40, HallState::Up),
                (60, HallState::Unknown)
            ]
        );
    }

    #[test]
    fn a_day_without_a_fault_says_so_and_draws_nothing() {
        let strip = Strip::last_day(at(86_400)).paint(at(0), at(86_400), HallState::Up);
        assert_eq!(strip.in_words(&frame()), "24 giờ qua: hoạt động suốt");
        assert_eq!(strip.svg(&frame()).bars, []);
    }

    #[test]
    fn a_cut_of_seconds_is_wide_enough_to_be_seen_and_stays_inside() {
        let strip = Strip::last_day(at(86_400)).paint(at(0), at(86_400), HallState::Up);
        let strip = strip.paint(at(86_390), at(86_400), HallState::Down);
        let bar = &strip.svg(&frame()).bars[0];
        assert_eq!((bar.x.as_str(), bar.width.as_str()), ("99.50", "0.50"));
    }

    #[test]
    fn hours_are_those_of_the_hall() {
        let words: Vec<String> = Strip::last_day(at(86_400)).ticks().into_iter().map(|tick| tick.word).collect();
        assert_eq!(words, ["12:00", "18:00", "00:00", "06:00"]);
    }

    proptest! {
        #[test]
        fn the_intervals_of_a_strip_always_add_up_to_its_length(paints in prop::collection::vec((0i64..300, 0i64..300, 0usize..5), 0..20)) {
            let mut strip = Strip::unknown(at(50), at(250));
            for (from, to, state) in paints {
                strip = strip.paint(at(from), at(to), HallState::ALL[state]);
                let inside = (from.max(50) + 1).min(249);
                if from < to && to > 51 && from < inside && inside < to.min(250) {
                    let shown = strip.intervals().into_iter().find(|i| i.from <= at(inside) && at(inside) < i.to);
                    prop_assert_eq!(shown.map(|i| i.state), Some(HallState::ALL[state]));
                }
            }
            let intervals = strip.intervals();
            prop_assert_eq!(intervals[0].from, at(50));
            prop_assert_eq!(intervals[intervals.len() - 1].to, at(250));
            prop_assert!(intervals.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].state != pair[1].state));
            prop_assert!(intervals.iter().all(|interval| interval.from < interval.to));
        }
    }
}
