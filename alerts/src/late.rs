//! What came after the fact: an agent whose link was cut hands over what it saw meanwhile. What nobody had seen becomes
//! what was seen, and outages begin and end where they did. No alert, no decision and no message comes of it.

use jiff::Timestamp;

use crate::health::HallState;
use crate::ledger::{Span, Timeline};
use crate::outage::{Cause, Outage, Subject};
use crate::recompute::Seen;

use inventory::id::HallId;

/// Observations of a hall that came too late to be judged: from when to when they are, and when the last of them came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// The hall.
    pub hall: HallId,
    /// Of which time.
    pub span: Span,
    /// When they came.
    pub came: Timestamp,
}

/// The account of a hall with what was not known of it filled in. What was known stays.
pub fn filled(written: &Timeline<HallState>, seen: &Timeline<HallState>) -> Timeline<HallState> {
    let known = seen.intervals().into_iter().filter(|interval| interval.state != HallState::Unknown);
    known.fold(written.clone(), |line, interval| {
        let fill = |state| if state == HallState::Unknown { interval.state } else { state };
        line.repaint(interval.from, interval.to, fill)
    })
}

/// The rows of outages that have to be written for one subject, from what was seen of it in the stretch that the late
/// observations are of: outages that nobody knew, and the true ends of those that lasted into it. `known` are those that
/// are over and touch the line; none of them may last on, for then its end is still to come.
pub fn outages(subject: Subject, seen: &Timeline<Seen>, stretch: Span, known: &[Outage], cause: Cause) -> Vec<Outage> {
    let mut known = known.to_vec();
    let mut rows = Vec::new();
    for lost in lost(seen).into_iter().filter(|lost| lost.from < stretch.to && lost.to > stretch.from) {
        let row = match known.iter_mut().find(|row| row.start < lost.to && row.end.is_none_or(|end| end > lost.from)) {
            None => Outage { end: Some(lost.to), ..Outage::new(subject, lost.from, cause) },
            // It was taken to last until somebody looked again, but it was back before.
            Some(row) if row.end.is_some_and(|end| end > lost.to) && is_back(seen, lost.to) => {
                row.end = Some(lost.to);
                *row
            }
            Some(_) => continue,
        };
        rows.push(row);
    }
    rows
}

/// Stretches in which it was lost, each to the first answer after it. What was lost when nobody could look any more ends
/// there, unless it is found lost again.
fn lost(seen: &Timeline<Seen>) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut is_open = false;
    for interval in seen.intervals() {
        match (interval.state, found.last_mut()) {
            (Seen::Lost, Some(last)) if is_open => last.to = interval.to,
            (Seen::Lost, _) => {
                found.push(Span { from: interval.from, to: interval.to });
                is_open = true;
            }
            (Seen::Up, Some(last)) if is_open => {
                last.to = interval.from;
                is_open = false;
            }
            (Seen::Up | Seen::Unknown, _) => {}
        }
    }
    found
}

fn is_back(seen: &Timeline<Seen>, at: Timestamp) -> bool {
    seen.at(at) == Some(Seen::Up)
}

/// A hall as a subject of outages: lost while it is down.
pub fn seen_of_hall(seen: &Timeline<HallState>) -> Timeline<Seen> {
    let blank = Timeline::new(seen.from(), seen.to(), Seen::Unknown);
    seen.intervals().into_iter().fold(blank, |line, interval| {
        let state = match interval.state {
            HallState::Up | HallState::Partial => Seen::Up,
            HallState::Down => Seen::Lost,
            HallState::Unknown | HallState::Maintenance => Seen::Unknown,
        };
        line.paint(interval.from, interval.to, state)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::recompute::{Part, device, hall};
    use jiff::SignedDuration;

    const GAP: SignedDuration = SignedDuration::from_secs(90);
    const HOUR: i64 = 3_600;
    const SUBJECT: Subject = Subject::Hall(HallId(1));

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_793_466_000 + second).unwrap()
    }

    fn span(from: i64, to: i64) -> Span {
        Span { from: at(from), to: at(to) }
    }

    fn line<S: Copy + Eq>(first: S, edges: &[(i64, S)]) -> Timeline<S> {
        edges.iter().fold(Timeline::new(at(0), at(8 * HOUR), first), |line, (from, state)| {
            line.paint(at(*from), at(8 * HOUR), *state)
        })
    }

    fn told<S: Copy + Eq>(line: &Timeline<S>) -> Vec<(i64, S)> {
        line.intervals().into_iter().map(|i| (i.from.duration_since(at(0)).as_secs(), i.state)).collect()
    }

    fn outage(from: i64, to: i64) -> Outage {
        Outage { end: Some(at(to)), ..Outage::new(SUBJECT, at(from), Cause::Unknown) }
    }

    /// Asked every 20 s from hour 1 to hour 7, silent within these.
    fn six_hours(silent: &[Span]) -> Timeline<HallState> {
        let asks = (HOUR..7 * HOUR).step_by(20).map(at);
        let asks: Vec<_> = asks.map(|at| (at, !silent.iter().any(|span| (span.from..span.to).contains(&at)))).collect();
        let gateway = device(&asks, GAP, span(0, 8 * HOUR));
        hall(&[(Part::Router, gateway)], span(0, 8 * HOUR))
    }

    #[test]
    fn six_hours_that_nobody_saw_become_what_the_agent_saw_with_the_outage_in_them() {
        let written = line(HallState::Up, &[(HOUR, HallState::Unknown), (7 * HOUR, HallState::Up)]);
        let seen = six_hours(&[span(10_000, 11_000)]);
        let now = filled(&written, &seen);
        let expected = [(0, HallState::Up), (10_000, HallState::Down), (11_000, HallState::Up)];
        // The last ask is 20 s before the end: what lies between it and the next is not known to the late data alone.
        let now = now.paint(at(7 * HOUR - 20), at(7 * HOUR), HallState::Up);
        assert_eq!(told(&now), expected);
        let rows = outages(SUBJECT, &seen_of_hall(&seen), span(HOUR, 7 * HOUR), &[], Cause::Unknown);
        assert_eq!(rows, [outage(10_000, 11_000)]);
        // The same once more changes nothing.
        assert_eq!(filled(&now, &seen), now);
        assert_eq!(outages(SUBJECT, &seen_of_hall(&seen), span(HOUR, 7 * HOUR), &rows, Cause::Unknown), []);
    }

    #[test]
    fn late_data_that_says_what_is_known_changes_nothing() {
        let written = line(HallState::Up, &[(10_000, HallState::Down), (11_000, HallState::Up)]);
        let seen = six_hours(&[span(10_000, 11_000)]);
        assert_eq!(filled(&written, &seen).intervals(), written.intervals());
        let known = [outage(10_000, 11_000)];
        assert_eq!(outages(SUBJECT, &seen_of_hall(&seen), span(HOUR, 7 * HOUR), &known, Cause::Unknown), []);
        let other = line(HallState::Up, &[(12_000, HallState::Maintenance), (13_000, HallState::Up)]);
        assert_eq!(filled(&other, &seen).intervals(), other.intervals(), "what was known stays");
    }

    #[test]
    fn an_outage_that_was_over_before_anybody_looked_ends_when_it_did() {
        let seen =
            line(Seen::Up, &[(10_000, Seen::Lost), (11_000, Seen::Up), (15_000, Seen::Lost), (16_000, Seen::Up)]);
        let known = [outage(10_000, 20_000)];
        let rows = outages(SUBJECT, &seen, span(10_500, 19_000), &known, Cause::Unknown);
        assert_eq!(rows, [outage(10_000, 11_000), outage(15_000, 16_000)]);
        let after = outages(SUBJECT, &seen, span(10_500, 19_000), &rows, Cause::Unknown);
        assert_eq!(after, []);
        let blind =
            line(Seen::Up, &[(10_000, Seen::Lost), (11_000, Seen::Unknown), (12_000, Seen::Lost), (13_000, Seen::Up)]);
        let rows = outages(SUBJECT, &blind, span(9_000, 14_000), &[], Cause::Unknown);
        assert_eq!(rows, [outage(10_000, 13_000)], "one outage, of which a part was not seen");
    }

    fn any_line() -> impl Strategy<Value = Vec<(i64, usize)>> {
        prop::collection::vec((0..8 * HOUR, 0..HallState::ALL.len()), 0..12)
    }

    proptest! {
        #[test]
        fn only_what_was_unknown_is_filled_and_outages_never_overlap(written in any_line(), seen in any_line()) {
            let make = |edges: Vec<(i64, usize)>| {
                let edges: Vec<_> = edges.into_iter().map(|(from, state)| (from, HallState::ALL[state])).collect();
                line(HallState::Unknown, &edges)
            };
            let (written, seen) = (make(written), make(seen));
            let now = filled(&written, &seen);
            for second in (0..8 * HOUR).step_by(60) {
                let (before, after, seen) = (written.at(at(second)), now.at(at(second)), seen.at(at(second)));
                prop_assert_eq!(after, if before == Some(HallState::Unknown) { seen } else { before });
            }
            prop_assert_eq!(&filled(&now, &seen), &now);
            let known = outages(SUBJECT, &seen_of_hall(&written), span(0, 8 * HOUR), &[], Cause::Unknown);
            let rows = outages(SUBJECT, &seen_of_hall(&seen), span(0, 8 * HOUR), &known, Cause::Unknown);
            let mut all: Vec<Outage> = known.into_iter().filter(|old| rows.iter().all(|row| row.start != old.start)).collect();
            all.extend(rows);
            all.sort_by_key(|row| row.start);
            prop_assert!(all.windows(2).all(|two| two[0].end.is_some_and(|end| end <= two[1].start)), "{:?}", all);
            let again = outages(SUBJECT, &seen_of_hall(&seen), span(0, 8 * HOUR), &all, Cause::Unknown);
            prop_assert_eq!(again, []);
        }
    }
}
