//! What is lost and comes back again and again: told once as unstable, not each time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::outage::{Cause, Outage, Subject};
use crate::time::after_s;

/// More changes than this within [`WINDOW_S`] are not told one by one.
pub const MANY_CHANGES: usize = 4;
/// Seconds in which changes are counted, and seconds without any that end it.
pub const WINDOW_S: i64 = 30 * 60;

/// When halls and devices were lost and came back lately. Nothing is kept of it: the rows of their outages say it all.
#[derive(Debug, Default)]
pub(crate) struct Changes(BTreeMap<Subject, Vec<Timestamp>>);

impl Changes {
    /// From the rows of outages, and what is known to be unstable, with the moment from which on.
    pub(crate) fn restore(rows: &[Outage], now: Timestamp) -> Changes {
        let mut changes = Changes::default();
        // What is cut off changes with what it hangs behind.
        for row in rows.iter().filter(|row| row.cause != Cause::CutOff) {
            changes.add(row.subject, row.start);
            row.end.into_iter().for_each(|end| changes.add(row.subject, end));
        }
        changes.0.retain(|_, times| times.last().is_some_and(|last| after_s(*last, WINDOW_S) > now));
        changes
    }

    /// It was lost, or came back.
    pub(crate) fn add(&mut self, subject: Subject, at: Timestamp) {
        let times = self.0.entry(subject).or_default();
        let place = times.partition_point(|time| *time <= at);
        times.insert(place, at);
    }

    /// A loss turned out to be none of its own.
    pub(crate) fn remove(&mut self, subject: Subject, at: Timestamp) {
        if let Some(times) = self.0.get_mut(&subject)
            && let Some(place) = times.iter().position(|time| *time == at)
        {
            times.remove(place);
        }
    }

    /// Since when it has changed too often to tell each time; `None` when it has not, or has been quiet for long enough.
    pub(crate) fn unstable_since(&self, subject: Subject, now: Timestamp) -> Option<Timestamp> {
        let times = self.0.get(&subject)?;
        times.last().filter(|last| after_s(**last, WINDOW_S) > now)?;
        // Only what follows on the latest long quiet counts.
        let window = SignedDuration::from_secs(WINDOW_S);
        let is_quiet = |two: &[Timestamp]| two[1].duration_since(two[0]) >= window;
        let start = times.windows(2).rposition(is_quiet).map_or(0, |place| place + 1);
        let many = times[start..]
            .windows(MANY_CHANGES + 1)
            .find(|some| some[MANY_CHANGES].duration_since(some[0]) < window)?;
        many.last().copied()
    }

    /// Those that have been quiet for long enough by now, and are let go of.
    pub(crate) fn calmed(&mut self, now: Timestamp) -> Vec<Subject> {
        let calm = self.0.iter().filter(|(_, times)| times.last().is_none_or(|last| after_s(*last, WINDOW_S) <= now));
        let calm: Vec<Subject> = calm.map(|(subject, _)| *subject).collect();
        calm.iter().for_each(|subject| drop(self.0.remove(subject)));
        calm
    }

    /// When the next of those that are unstable may be calm.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        let many = self.0.values().filter(|times| times.len() > MANY_CHANGES);
        many.filter_map(|times| times.last()).map(|last| after_s(*last, WINDOW_S)).min()
    }

    /// The clock was set back to `now`.
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        self.0.values_mut().flatten().for_each(|at| *at = now.min(*at));
    }
}

#[cfg(test)]
mod tests {
    use inventory::id::HallId;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_767_229_200 + minute * 60).unwrap()
    }

    #[test]
    fn five_changes_in_half_an_hour_are_too_many_until_half_an_hour_is_quiet() {
        let hall = Subject::Hall(HallId(1));
        let mut changes = Changes::default();
        let since = |changes: &Changes, minute: i64| changes.unstable_since(hall, at(minute));
        for (minute, expected) in [(0, None), (5, None), (10, None), (29, None), (30, None)] {
            changes.add(hall, at(minute));
            assert_eq!(since(&changes, minute), expected, "{minute}");
        }
        changes.add(hall, at(31));
        assert_eq!(since(&changes, 31), Some(at(31)), "5, 10, 29, 30 and 31");
        changes.add(hall, at(55));
        assert_eq!((since(&changes, 84), since(&changes, 85)), (Some(at(31)), None));
        assert_eq!((changes.calmed(at(84)), changes.calmed(at(85))), (Vec::new(), vec![hall]));
        for minute in [90, 91, 92, 93] {
            changes.add(hall, at(minute));
            assert_eq!(since(&changes, minute), None, "{minute}");
        }
    }
}
