//! From what was known of a hall to its strip.

use alerts::health::HallState;
use jiff::Timestamp;

use crate::web::strip::Strip;

/// The last 24 hours: each state lasts until the next; what nobody spoke of is unknown.
pub(super) fn strip_of(history: Option<&Vec<(Timestamp, HallState)>>, now: Timestamp) -> Strip {
    let mut strip = Strip::last_day(now);
    let entries = history.map(Vec::as_slice).unwrap_or_default();
    let ends = entries.iter().skip(1).map(|(since, _)| *since).chain([now]);
    for ((since, state), end) in entries.iter().zip(ends) {
        strip = strip.paint(*since, end, *state);
    }
    strip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_lasts_until_the_next_and_what_came_before_is_unknown() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let now = at(100_000);
        let history = vec![(at(90_000), HallState::Up), (at(95_000), HallState::Down), (at(96_000), HallState::Up)];
        let strip = strip_of(Some(&history), now);
        let found: Vec<_> =
            strip.intervals().iter().map(|interval| (interval.from.as_second(), interval.state)).collect();
        let expected =
            [(13_600, HallState::Unknown), (90_000, HallState::Up), (95_000, HallState::Down), (96_000, HallState::Up)];
        assert_eq!(found, expected);
    }
}
