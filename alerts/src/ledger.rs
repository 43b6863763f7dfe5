//! The ledger of a hall: a gapless account of a stretch of time, from what the engine said of the hall and what people
//! corrected. Exact to the millisecond; the same rows always make the same ledger, in whatever order they are given.
//!
//! Read next: `recompute` (the same from raw observations, to hold it against), `late` (what came after the fact).

use jiff::civil::Date;
use jiff::tz::{Offset, offset};
use jiff::{Timestamp, ToSpan as _};

use inventory::id::HallId;

use crate::health::HallState;
pub use crate::timeline::{Interval, Timeline};

/// From then on a hall was in this state. It replaces what was said before of that time and of all later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The hall.
    pub hall: HallId,
    /// From then on: where somebody saw it so. It is later than the beginning of an outage of which nobody saw a part.
    pub from: Timestamp,
    /// The state.
    pub state: HallState,
}

/// A stretch of time; its end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

/// What a stretch of time counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerState {
    /// The hall was up.
    Up,
    /// It was up, and a part of it was not. Counts as up.
    Partial,
    /// It was down.
    Down,
    /// Nobody could look: the controller was off, the agent silent, or the hall not yet there. Never counted as down.
    Unknown,
    /// It was being worked on, by plan.
    Maintenance,
    /// It was down, and an administrator said why that does not count.
    Excused,
}

impl LedgerState {
    /// Every state.
    pub const ALL: [LedgerState; 6] = [
        LedgerState::Up,
        LedgerState::Partial,
        LedgerState::Down,
        LedgerState::Unknown,
        LedgerState::Maintenance,
        LedgerState::Excused,
    ];

    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            LedgerState::Up => "up",
            LedgerState::Partial => "partial",
            LedgerState::Down => "down",
            LedgerState::Unknown => "unknown",
            LedgerState::Maintenance => "maintenance",
            LedgerState::Excused => "excused",
        }
    }
}

impl From<HallState> for LedgerState {
    fn from(state: HallState) -> Self {
        match state {
            HallState::Up => LedgerState::Up,
            HallState::Partial => LedgerState::Partial,
            HallState::Down => LedgerState::Down,
            HallState::Unknown => LedgerState::Unknown,
            HallState::Maintenance => LedgerState::Maintenance,
        }
    }
}

/// The ledger of a hall.
pub type Ledger = Timeline<LedgerState>;

/// What was said of a hall over a span: each entry holds until the next, and before the first nothing is known. The last
/// entry before the span says how it begins.
pub fn observed(entries: &[(Timestamp, HallState)], span: Span) -> Timeline<HallState> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|(from, _)| *from);
    let ends = entries.iter().skip(1).map(|(from, _)| *from).chain([span.to]).collect::<Vec<_>>();
    let unknown = Timeline::new(span.from, span.to, HallState::Unknown);
    entries.into_iter().zip(ends).fold(unknown, |line, ((from, state), to)| line.paint(from, to, state))
}

/// The ledger over a span, from the entries of the hall and what administrators excused. Only what was down can be
/// excused: nobody's word makes less of what was up, or more of what nobody saw.
pub fn ledger(entries: &[(Timestamp, HallState)], excused: &[Span], span: Span) -> Ledger {
    let observed = observed(entries, span).intervals();
    let blank = Timeline::new(span.from, span.to, LedgerState::Unknown);
    let line = observed.iter().fold(blank, |line, said| line.paint(said.from, said.to, said.state.into()));
    let excuse = |state| if state == LedgerState::Down { LedgerState::Excused } else { state };
    excused.iter().fold(line, |line, span| line.repaint(span.from, span.to, excuse))
}

/// The lengths of a ledger, in milliseconds. They add up to its length exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Up, without what was up in part.
    pub up_ms: i64,
    /// Up in part.
    pub partial_ms: i64,
    /// Down.
    pub down_ms: i64,
    /// Not known.
    pub unknown_ms: i64,
    /// Worked on.
    pub maintenance_ms: i64,
    /// Excused.
    pub excused_ms: i64,
}

impl Sums {
    /// Of a ledger.
    pub fn of(ledger: &Ledger) -> Sums {
        let mut sums = Sums::default();
        for interval in ledger.intervals() {
            *sums.of_state_mut(interval.state) += interval.length_ms();
        }
        sums
    }

    /// Of one state.
    pub fn of_state(mut self, state: LedgerState) -> i64 {
        *self.of_state_mut(state)
    }

    fn of_state_mut(&mut self, state: LedgerState) -> &mut i64 {
        match state {
            LedgerState::Up => &mut self.up_ms,
            LedgerState::Partial => &mut self.partial_ms,
            LedgerState::Down => &mut self.down_ms,
            LedgerState::Unknown => &mut self.unknown_ms,
            LedgerState::Maintenance => &mut self.maintenance_ms,
            LedgerState::Excused => &mut self.excused_ms,
        }
    }

    /// All of them.
    pub fn total_ms(&self) -> i64 {
        LedgerState::ALL.into_iter().map(|state| self.of_state(state)).sum()
    }

    /// Uptime in per cent: up, in part or whole, of what was up or down. `None` when nothing was seen that counts.
    pub fn uptime_percent(&self) -> Option<f64> {
        let up = self.up_ms + self.partial_ms;
        let counted = up + self.down_ms;
        (counted > 0).then(|| up as f64 * 100.0 / counted as f64)
    }
}

/// A month of the calendar of Vietnam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Its first day.
    first: Date,
}

/// Asia/Ho_Chi_Minh: UTC+7, without summer time since 1975. A fixed offset needs no time zone database.
const LOCAL: Offset = offset(7);

/// The text is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no month: write it as 2026-11, between 1976-01 and 9998-12")]
pub struct MonthError(pub String);

impl Month {
    /// The month that a moment lies in.
    pub fn of(at: Timestamp) -> Month {
        Month { first: LOCAL.to_datetime(at).date().first_of_month() }
    }

    /// From its first moment to the first moment of the next.
    pub fn span(self) -> Span {
        Span { from: begin(self.first), to: begin(self.next().first) }
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Month {
        Month { first: self.first.saturating_add(1.month()) }
    }

    /// The month before it.
    #[must_use]
    pub fn previous(self) -> Month {
        Month { first: self.first.saturating_sub(1.month()) }
    }

    /// Its number in the year, and the year.
    pub fn number_and_year(self) -> (i8, i16) {
        (self.first.month(), self.first.year())
    }
}

fn begin(day: Date) -> Timestamp {
    LOCAL.to_timestamp(day.at(0, 0, 0, 0)).expect("years are between 1976 and 9998")
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl std::str::FromStr for Month {
    type Err = MonthError;
    fn from_str(text: &str) -> Result<Self, MonthError> {
        let wrong = || MonthError(text.to_owned());
        let (year, month) = text.split_once('-').filter(|_| text.len() == 7).ok_or_else(wrong)?;
        let year: i16 = year.parse().ok().filter(|year| (1976..=9998).contains(year)).ok_or_else(wrong)?;
        let month: i8 = month.parse().map_err(|_| wrong())?;
        Date::new(year, month, 1).map(|first| Month { first }).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_793_466_000_000 + ms).unwrap()
    }

    fn span(from: i64, to: i64) -> Span {
        Span { from: at(from), to: at(to) }
    }

    fn told(ledger: &Ledger) -> Vec<(i64, LedgerState)> {
        let begin =
            |interval: Interval<LedgerState>| (interval.from.as_millisecond() - at(0).as_millisecond(), interval.state);
        ledger.intervals().into_iter().map(begin).collect()
    }

    #[test]
    fn what_came_before_the_first_word_is_unknown_and_only_what_was_down_is_excused() {
        let entries = [(at(20), HallState::Up), (at(50), HallState::Down), (at(80), HallState::Partial)];
        let ledger = ledger(&entries, &[span(40, 60), span(55, 70)], span(0, 100));
        let expected = [
            (0, LedgerState::Unknown),
            (20, LedgerState::Up),
            (50, LedgerState::Excused),
            (70, LedgerState::Down),
            (80, LedgerState::Partial),
        ];
        assert_eq!(told(&ledger), expected);
        let sums = Sums::of(&ledger);
        let expected =
            Sums { up_ms: 30, partial_ms: 20, down_ms: 10, unknown_ms: 20, maintenance_ms: 0, excused_ms: 20 };
        assert_eq!((sums, sums.total_ms()), (expected, 100));
        assert_eq!(sums.uptime_percent(), Some(50.0 * 100.0 / 60.0));
        assert_eq!(Sums { unknown_ms: 5, excused_ms: 5, ..Sums::default() }.uptime_percent(), None);
    }

    #[test]
    fn a_month_is_one_of_the_halls_calendar() {
        let november: Month = "2026-11".parse().unwrap();
        let Span { from, to } = november.span();
        assert_eq!([from.to_string(), to.to_string()], ["2026-10-31T17:00:00Z", "2026-11-30T17:00:00Z"]);
        assert_eq!((Month::of(from), Month::of(to)), (november, november.next()));
        assert_eq!((november.next().previous(), november.to_string()), (november, "2026-11".to_owned()));
        assert_eq!("2026-01".parse::<Month>().unwrap().previous().to_string(), "2025-12");
        for wrong in
            ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "+026-11", "1975-12", "2026-11-01", "9999-01"]
        {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }

    fn any_state() -> impl Strategy<Value = HallState> {
        (0..HallState::ALL.len()).prop_map(|index| HallState::ALL[index])
    }

    proptest! {
        #[test]
        fn it_is_gapless_adds_up_and_does_not_depend_on_any_order(
            entries in prop::collection::btree_map(-50..250i64, any_state(), 0..20),
            excused in prop::collection::vec((-50..250i64, -50..250i64), 0..6),
            length in 1..200i64,
        ) {
            let entries: Vec<_> = entries.into_iter().map(|(ms, state)| (at(ms), state)).collect();
            let excused: Vec<Span> = excused.into_iter().map(|(from, to)| span(from, to)).collect();
            let whole = span(0, length);
            let made = ledger(&entries, &excused, whole);
            let intervals = made.intervals();
            prop_assert_eq!((intervals[0].from, intervals[intervals.len() - 1].to), (whole.from, whole.to));
            prop_assert!(intervals.windows(2).all(|two| two[0].to == two[1].from && two[0].state != two[1].state));
            prop_assert_eq!(Sums::of(&made).total_ms(), length);

            let backwards = |list: &[Span]| list.iter().rev().copied().collect::<Vec<_>>();
            let turned: Vec<_> = entries.iter().rev().copied().collect();
            prop_assert_eq!(&ledger(&turned, &backwards(&excused), whole), &made);
            let twice: Vec<Span> = excused.iter().chain(&excused).copied().collect();
            prop_assert_eq!(&ledger(&entries, &twice, whole).intervals(), &intervals, "excused twice is excused once");

            // Moment by moment: the last word said of it, and excused only where that is down.
            let plain = observed(&entries, whole);
            for ms in 0..length {
                let last = entries.iter().rfind(|(from, _)| *from <= at(ms)).map_or(HallState::Unknown, |(_, state)| *state);
                prop_assert_eq!(plain.at(at(ms)), Some(last));
                let is_excused = excused.iter().any(|span| span.from <= at(ms) && at(ms) < span.to);
                let counts = if is_excused && last == HallState::Down { LedgerState::Excused } else { last.into() };
                prop_assert_eq!(made.at(at(ms)), Some(counts));
            }
            // What is excused can only make the figure better.
            let bare = Sums::of(&ledger(&entries, &[], whole));
            let sums = Sums::of(&made);
            prop_assert_eq!(sums.down_ms + sums.excused_ms, bare.down_ms);
            prop_assert!(sums.uptime_percent() >= bare.uptime_percent() || sums.uptime_percent().is_none());
        }
    }
}
