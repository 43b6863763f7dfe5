//! The strip: a bar of time for one hall, states as colours and hatching, with a text that says the same.

use std::collections::BTreeMap;

use alerts::health::HallState;
use alerts::ledger::{Interval, Ledger, LedgerState, Span, ledger};
use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Timestamp;

use super::format;
use super::frame::Frame;
use super::part::{Shape, ledger_state_key};

/// The strip of what was known of a hall over a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip(Ledger);

impl Strip {
    /// Of a ledger.
    pub fn of(ledger: Ledger) -> Strip {
        Strip(ledger)
    }

    /// The last 24 hours before `now`, from what was known of the hall.
    pub fn last_day(entries: &[(Timestamp, HallState)], now: Timestamp) -> Strip {
        let from = now.saturating_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(now);
        Strip(ledger(entries, &[], Span { from, to: now }))
    }

    /// Its beginning.
    pub fn from(&self) -> Timestamp {
        self.0.from()
    }

    /// Its end.
    pub fn to(&self) -> Timestamp {
        self.0.to()
    }

    /// Its intervals in order, neighbours of the same state as one.
    pub fn intervals(&self) -> Vec<Interval<LedgerState>> {
        self.0.intervals()
    }

    /// The same in words: `mất kết nối 48 phút · không rõ 2 giờ`.
    pub fn states_in_words(&self, frame: &Frame) -> String {
        let mut lengths: BTreeMap<LedgerState, i64> = BTreeMap::new();
        for interval in self.intervals() {
            *lengths.entry(interval.state).or_default() += interval.to.as_second() - interval.from.as_second();
        }
        // The worst first; what is left over is up and goes without saying.
        let order = [
            LedgerState::Down,
            LedgerState::Partial,
            LedgerState::Unknown,
            LedgerState::Maintenance,
            LedgerState::Excused,
        ];
        let told = order.into_iter().filter_map(|state| {
            let length = format::duration(frame.language, *lengths.get(&state)?);
            Some(format!("{} {length}", frame.t(ledger_state_key(state)).to_lowercase()))
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() { frame.t("strip-always-up") } else { told.join(" · ") }
    }

    /// The same of the last 24 hours: `24 giờ qua: mất kết nối 48 phút · không rõ 2 giờ`.
    pub fn in_words(&self, frame: &Frame) -> String {
        frame.t1("strip-last-day", "states", self.states_in_words(frame))
    }

    /// The drawing of the last 24 hours.
    pub fn svg(&self, frame: &Frame) -> StripSvg {
        self.svg_saying(self.in_words(frame))
    }

    /// The drawing, with a text that says the same.
    pub fn svg_saying(&self, words: String) -> StripSvg {
        let bars = self.intervals().into_iter().filter(|interval| interval.state != LedgerState::Up);
        let bars = bars.map(|interval| {
            let (x, end) = (self.share(interval.from), self.share(interval.to));
            // A cut of seconds must be seen too.
            let width = if interval.state == LedgerState::Down { (end - x).max(NARROWEST) } else { end - x };
            let x = x.min(100.0 - width);
            Bar { class: Shape::from(interval.state).name(), x: format!("{x:.2}"), width: format!("{width:.2}") }
        });
        StripSvg { words, bars: bars.collect() }
    }

    /// The hours to write below it: every sixth of the local day.
    pub fn ticks(&self) -> Vec<Tick> {
        const STEP_S: i64 = 6 * 3600;
        let offset = i64::from(format::OFFSET.seconds());
        let first_s = (self.from().as_second() + offset).div_euclid(STEP_S) * STEP_S + STEP_S - offset;
        self.ticks_from(first_s, STEP_S, format::clock)
    }

    /// The days to write below a month: every seventh, from its beginning.
    pub fn day_ticks(&self) -> Vec<Tick> {
        const STEP_S: i64 = 7 * 86_400;
        let day = |at| {
            let local = format::local(at);
            format!("{:02}/{:02}", local.day(), local.month())
        };
        self.ticks_from(self.from().as_second(), STEP_S, day)
    }

    fn ticks_from(&self, first_s: i64, step_s: i64, word: impl Fn(Timestamp) -> String) -> Vec<Tick> {
        let times = (0..).map_while(|n| Timestamp::from_second(first_s + n * step_s).ok());
        let inside = times.take_while(|at| *at < self.to());
        inside.map(|at| Tick { x: format!("{:.2}", self.share(at)), word: word(at) }).collect()
    }

    /// Where a moment lies, in per cent of the width.
    fn share(&self, at: Timestamp) -> f64 {
        let length = self.to().as_millisecond() - self.from().as_millisecond();
        if length == 0 {
            return 0.0;
        }
        (at.as_millisecond() - self.from().as_millisecond()) as f64 * 100.0 / length as f64
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
            is_technician: true,
            is_simulated: false,
            trouble: None,
        }
    }

    #[test]
    fn each_state_lasts_until_the_next_and_what_came_before_is_unknown() {
        let entries = [(at(90_000), HallState::Up), (at(95_000), HallState::Down), (at(96_000), HallState::Up)];
        let strip = Strip::last_day(&entries, at(100_000));
        let found: Vec<_> =
            strip.intervals().iter().map(|interval| (interval.from.as_second(), interval.state)).collect();
        let expected = [
            (13_600, LedgerState::Unknown),
            (90_000, LedgerState::Up),
            (95_000, LedgerState::Down),
            (96_000, LedgerState::Up),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_day_without_a_fault_says_so_and_draws_nothing() {
        let strip = Strip::last_day(&[(at(0), HallState::Up)], at(86_400));
        assert_eq!(strip.in_words(&frame()), "24 giờ qua: hoạt động suốt");
        assert_eq!(strip.svg(&frame()).bars, []);
    }

    #[test]
    fn a_cut_of_seconds_is_wide_enough_to_be_seen_and_stays_inside() {
        let strip = Strip::last_day(&[(at(0), HallState::Up), (at(86_390), HallState::Down)], at(86_400));
        let bar = &strip.svg(&frame()).bars[0];
        assert_eq!((bar.x.as_str(), bar.width.as_str()), ("99.50", "0.50"));
    }

    #[test]
    fn hours_are_those_of_the_hall() {
        let words: Vec<String> = Strip::last_day(&[], at(86_400)).ticks().into_iter().map(|tick| tick.word).collect();
        assert_eq!(words, ["12:00", "18:00", "00:00", "06:00"]);
    }
}
