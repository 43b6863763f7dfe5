//! Which backups of the night stay: the newest of each of the last days and weeks that have one. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::Offset;

/// How many stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days of UTC whose newest backup stays; at least one.
    pub days: u32,
    /// Weeks (ISO 8601) whose newest backup stays.
    pub weeks: u32,
}

impl Keep {
    /// Those that may go, of all that there are. The newest of all never does.
    pub fn surplus(self, made: &BTreeSet<Timestamp>) -> BTreeSet<Timestamp> {
        let date = |at: &Timestamp| Offset::UTC.to_datetime(*at).date();
        let week = |at: &Timestamp| {
            let week = date(at).iso_week_date();
            (week.year(), week.week())
        };
        let (mut days, mut weeks) = (BTreeSet::new(), BTreeSet::new());
        let (most_days, most_weeks) = (self.days.max(1) as usize, self.weeks as usize);
        let goes = |at: &&Timestamp| {
            let is_newest_of_day = days.len() < most_days && days.insert(date(at));
            let is_newest_of_week = weeks.len() < most_weeks && weeks.insert(week(at));
            !is_newest_of_day && !is_newest_of_week
        };
        made.iter().rev().filter(goes).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(day: i64, hour: i64) -> Timestamp {
        // A Monday.
        Timestamp::from_second(1_795_392_000 + day * 86_400 + hour * 3600).expect("a time")
    }

    #[test]
    fn the_newest_of_each_day_and_week_stays() {
        let made: BTreeSet<Timestamp> = (0..30).flat_map(|day| [at(day, 1), at(day, 19)]).collect();
        let gone = Keep { days: 3, weeks: 4 }.surplus(&made);
        let left: Vec<Timestamp> = made.difference(&gone).copied().collect();
        assert_eq!(left, [at(13, 19), at(20, 19), at(27, 19), at(28, 19), at(29, 19)]);
    }

    proptest! {
        #[test]
        fn the_newest_stays_and_no_more_than_was_asked_for(
            made in prop::collection::btree_set((0_i64..400, 0_i64..24).prop_map(|(day, hour)| at(day, hour)), 1..60),
            days in 0_u32..10,
            weeks in 0_u32..10,
        ) {
            let gone = Keep { days, weeks }.surplus(&made);
            let left: BTreeSet<Timestamp> = made.difference(&gone).copied().collect();
            prop_assert_eq!(left.last(), made.last());
            prop_assert!(left.len() <= (days.max(1) + weeks) as usize);
            prop_assert!(Keep { days, weeks }.surplus(&left).is_empty(), "doing it again changes nothing");
        }
    }
}
