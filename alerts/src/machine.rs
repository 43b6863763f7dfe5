//! The machine of one device: what an observation makes of it. It knows nothing of other devices, halls or alerts.

use jiff::Timestamp;

use crate::health::Reachability;

/// What was found out about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// It answered.
    Answered { at: Timestamp },
    /// It is silent, and everything before it answers or is not known to be silent.
    LostAlone { since: Timestamp },
    /// It is silent, and so is something before it.
    LostBehind { since: Timestamp },
    /// Nobody could look.
    NotLooked { since: Timestamp },
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// Nothing.
    Stay,
    /// A silence after a first good answer: it was not the end of the outage.
    Forget,
    /// Keep this first good answer until a second one confirms it.
    Remember { first: Timestamp },
    /// It is lost: open an outage, or go on with the open one.
    Lost { reach: Reachability, since: Timestamp },
    /// It is back: the open outage, if there is one, ends here.
    Back { since: Timestamp },
    /// Nobody knows. An open outage stays open.
    Blind { since: Timestamp },
}

/// The move from here.
///
/// One good answer is enough for a device of which nothing bad was known; the end of an outage takes two in a row, and
/// is dated by the first of them.
pub(crate) fn next(reach: Reachability, has_outage: bool, first: Option<Timestamp>, event: Event) -> Move {
    match (reach, event) {
        (Reachability::Up, Event::Answered { .. }) => Move::Stay,
        (Reachability::Unknown, Event::Answered { at }) if !has_outage => Move::Back { since: at },
        (Reachability::Unknown | Reachability::Down | Reachability::CutOff, Event::Answered { at }) => match first {
            None => Move::Remember { first: at },
            Some(first) if at > first => Move::Back { since: first },
            Some(_) => Move::Stay,
        },

        (Reachability::Unknown | Reachability::Up | Reachability::CutOff, Event::LostAlone { since }) => {
            Move::Lost { reach: Reachability::Down, since }
        }
        (Reachability::Unknown | Reachability::Up | Reachability::Down, Event::LostBehind { since }) => {
            Move::Lost { reach: Reachability::CutOff, since }
        }
        (Reachability::Down, Event::LostAlone { .. }) | (Reachability::CutOff, Event::LostBehind { .. }) => {
            if first.is_some() { Move::Forget } else { Move::Stay }
        }

        (Reachability::Up | Reachability::Down | Reachability::CutOff, Event::NotLooked { since }) => {
            Move::Blind { since }
        }
        (Reachability::Unknown, Event::NotLooked { .. }) => {
            if first.is_some() {
                Move::Forget
            } else {
                Move::Stay
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_end_of_an_outage_takes_two_good_answers_and_is_dated_by_the_first() {
        for reach in [Reachability::Down, Reachability::CutOff, Reachability::Unknown] {
            assert_eq!(next(reach, true, None, Event::Answered { at: at(5) }), Move::Remember { first: at(5) });
            assert_eq!(next(reach, true, Some(at(5)), Event::Answered { at: at(25) }), Move::Back { since: at(5) });
            assert_eq!(next(reach, true, Some(at(5)), Event::Answered { at: at(5) }), Move::Stay, "the same one again");
        }
    }

    #[test]
    fn one_good_answer_is_enough_when_nothing_bad_was_known() {
        let answer = Event::Answered { at: at(5) };
        assert_eq!(next(Reachability::Unknown, false, None, answer), Move::Back { since: at(5) });
    }

    #[test]
    fn a_silence_between_two_good_answers_makes_them_no_row() {
        assert_eq!(next(Reachability::Down, true, Some(at(5)), Event::LostAlone { since: at(9) }), Move::Forget);
        assert_eq!(next(Reachability::CutOff, true, Some(at(5)), Event::LostBehind { since: at(9) }), Move::Forget);
        assert_eq!(next(Reachability::Unknown, true, Some(at(5)), Event::NotLooked { since: at(9) }), Move::Forget);
    }
}
