//! On-call schedules: who is on call when. Pure reckoning on the clocks of Asia/Ho_Chi_Minh.

use std::collections::BTreeSet;

use inventory::id::{ContactId, ScheduleId};
use jiff::civil::{Date, Time, time};
use jiff::{SignedDuration, Timestamp};

use crate::time::{after_s, local, next_local, of_local};

/// When one who is on call hands over to the next.
pub const HAND_OVER: Time = time(8, 0, 0, 0);

/// Who is on call when. An override goes before all rotations, and a rotation before those that follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Which.
    pub id: ScheduleId,
    /// Rotations; the first that has somebody on call decides.
    pub rotations: Vec<Rotation>,
    /// Stand-ins; of several that cover a moment the one that was made last, which stands last, decides.
    pub overrides: Vec<Override>,
}

/// Contacts that take turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Who, in the order of their turns; the first begins.
    pub contacts: Vec<ContactId>,
    /// The day whose hand-over begins the first turn. Before it nobody is on call.
    pub start: Date,
    /// How many days a turn lasts: 1 or 7 as a rule.
    pub days: u16,
    /// The hours of each day in which somebody is on call; all of them when not given.
    pub hours: Option<Hours>,
}

/// Hours of a day, over midnight when they end before they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// From then on.
    pub from: Time,
    /// Until then.
    pub until: Time,
}

/// Somebody stands in for whoever would be on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// Who.
    pub contact: ContactId,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
}

/// Who is on call from one moment to another; nobody, when there is a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Who.
    pub contact: Option<ContactId>,
}

impl Schedule {
    /// Who is on call.
    pub fn on_call(&self, now: Timestamp) -> Option<ContactId> {
        let covers = |stand_in: &&Override| stand_in.from <= now && now < stand_in.until;
        let stand_in = self.overrides.iter().rev().find(covers).map(|stand_in| stand_in.contact);
        stand_in.or_else(|| self.rotations.iter().find_map(|rotation| rotation.on_call(now)))
    }

    /// Everybody who is ever on call by it.
    pub fn contacts(&self) -> BTreeSet<ContactId> {
        let stand_ins = self.overrides.iter().map(|stand_in| stand_in.contact);
        self.rotations.iter().flat_map(|rotation| rotation.contacts.iter().copied()).chain(stand_ins).collect()
    }

    /// The turns that fill `from` to `until` without a gap; those of nobody are holes.
    pub fn turns(&self, from: Timestamp, until: Timestamp) -> Vec<Turn> {
        let mut turns: Vec<Turn> = Vec::new();
        let mut at = from;
        while at < until {
            let next = self.next_change(at).min(until);
            let contact = self.on_call(at);
            match turns.last_mut().filter(|last| last.contact == contact) {
                Some(last) => last.until = next,
                None => turns.push(Turn { from: at, until: next, contact }),
            }
            at = next;
        }
        turns
    }

    /// When the first rotation begins; `None` without rotations.
    pub fn begins(&self) -> Option<Timestamp> {
        self.rotations.iter().map(|rotation| of_local(rotation.start.to_datetime(HAND_OVER))).min()
    }

    /// The hours of every day in which nobody is on call once all rotations have begun, but for stand-ins.
    pub fn daily_holes(&self) -> Vec<Hours> {
        let latest = self.rotations.iter().map(|rotation| rotation.start).max().unwrap_or_default();
        let Ok(day) = latest.tomorrow() else { return Vec::new() };
        let midnight = of_local(day.to_datetime(Time::midnight()));
        let usual = Schedule { overrides: Vec::new(), ..self.clone() };
        let turns = usual.turns(midnight, after_s(midnight, 24 * 3_600));
        let holes = turns.iter().filter(|turn| turn.contact.is_none());
        let hours = |turn: &Turn| Hours { from: local(turn.from).time(), until: local(turn.until).time() };
        let mut holes: Vec<Hours> = holes.map(hours).collect();
        // One over midnight was cut in two.
        if let [first, .., last] = holes.as_mut_slice()
            && first.from == last.until
        {
            first.from = last.from;
            holes.pop();
        }
        holes
    }

    /// When somebody else may be on call, at the earliest.
    fn next_change(&self, now: Timestamp) -> Timestamp {
        let edges = self.overrides.iter().flat_map(|stand_in| [stand_in.from, stand_in.until]);
        let hours = self.rotations.iter().filter_map(|rotation| rotation.hours);
        let hours = hours.flat_map(|hours| [hours.from, hours.until]);
        let daily = hours.chain([HAND_OVER]).map(|time| next_local(now, time));
        edges.filter(|edge| *edge > now).chain(daily).min().unwrap_or(Timestamp::MAX)
    }
}

impl Rotation {
    fn on_call(&self, now: Timestamp) -> Option<ContactId> {
        if self.hours.is_some_and(|hours| !hours.cover(local(now).time())) {
            return None;
        }
        // Days are whole: the clocks of the halls are never changed.
        let first = of_local(self.start.to_datetime(HAND_OVER));
        let since = now.duration_since(first);
        if since < SignedDuration::ZERO {
            return None;
        }
        let turn = since.as_hours() / 24 / i64::from(self.days.max(1));
        let count = i64::try_from(self.contacts.len()).ok().filter(|count| *count > 0)?;
        usize::try_from(turn % count).ok().and_then(|place| self.contacts.get(place).copied())
    }
}

impl Hours {
    fn cover(self, time: Time) -> bool {
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const AN: ContactId = ContactId(1);
    const BINH: ContactId = ContactId(2);
    const CHI: ContactId = ContactId(3);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rotation(contacts: &[ContactId], days: u16, hours: Option<(Time, Time)>) -> Rotation {
        let hours = hours.map(|(from, until)| Hours { from, until });
        Rotation { contacts: contacts.to_vec(), start: date(2026, 11, 23), days, hours }
    }

    fn schedule(rotations: Vec<Rotation>, overrides: Vec<Override>) -> Schedule {
        Schedule { id: ScheduleId(1), rotations, overrides }
    }

    #[test]
    fn turns_change_at_eight() {
        let weekly = schedule(vec![rotation(&[AN, BINH], 7, None)], Vec::new());
        let table = [
            ("2026-11-23T07:59:59+07:00", None),
            ("2026-11-23T08:00:00+07:00", Some(AN)),
            ("2026-11-30T07:59:59+07:00", Some(AN)),
            ("2026-11-30T08:00:00+07:00", Some(BINH)),
            ("2026-12-07T08:00:00+07:00", Some(AN)),
        ];
        for (now, contact) in table {
            assert_eq!(weekly.on_call(at(now)), contact, "{now}");
        }
        let daily = schedule(vec![rotation(&[AN, BINH, CHI], 1, None)], Vec::new());
        assert_eq!(daily.on_call(at("2026-11-26T07:00:00+07:00")), Some(CHI));
        assert_eq!(daily.on_call(at("2026-11-26T08:00:00+07:00")), Some(AN));
    }

    #[test]
    fn holes_are_turns_of_nobody() {
        // An by day, Bình in the evening and night until two, and nobody until six.
        let day = rotation(&[AN], 7, Some((time(6, 0, 0, 0), time(18, 0, 0, 0))));
        let night = rotation(&[BINH], 7, Some((time(18, 0, 0, 0), time(2, 0, 0, 0))));
        let stand_in =
            Override { contact: CHI, from: at("2026-11-25T20:00:00+07:00"), until: at("2026-11-25T23:00:00+07:00") };
        let schedule = schedule(vec![day, night], vec![stand_in]);
        let turns = schedule.turns(at("2026-11-25T08:00:00+07:00"), at("2026-11-26T08:00:00+07:00"));
        let said: Vec<(String, Option<ContactId>)> =
            turns.iter().map(|turn| (local(turn.from).time().to_string(), turn.contact)).collect();
        let expected = [
            ("08:00:00", Some(AN)),
            ("18:00:00", Some(BINH)),
            ("20:00:00", Some(CHI)),
            ("23:00:00", Some(BINH)),
            ("02:00:00", None),
            ("06:00:00", Some(AN)),
        ];
        assert_eq!(said, expected.map(|(at, contact)| (at.to_owned(), contact)));
    }

    #[test]
    fn holes_of_every_day_are_told_without_stand_ins() {
        let hours = |from: i8, until: i8| Some((time(from, 0, 0, 0), time(until, 0, 0, 0)));
        let holes = |rotations: Vec<Rotation>| {
            let stand_in = Override {
                contact: CHI,
                from: at("2026-11-24T00:00:00+07:00"),
                until: at("2026-11-25T00:00:00+07:00"),
            };
            let holes = schedule(rotations, vec![stand_in]).daily_holes();
            holes.iter().map(|hole| (hole.from.hour(), hole.until.hour())).collect::<Vec<_>>()
        };
        assert_eq!(holes(vec![rotation(&[AN], 7, hours(6, 18)), rotation(&[BINH], 7, hours(18, 2))]), [(2, 6)]);
        assert_eq!(
            holes(vec![rotation(&[AN], 7, hours(6, 12)), rotation(&[BINH], 7, hours(14, 22))]),
            [(22, 6), (12, 14)]
        );
        assert_eq!(holes(vec![rotation(&[AN, BINH], 1, None)]), []);
        assert_eq!(holes(vec![rotation(&[], 1, None)]), [(0, 0)], "the whole day");
        assert_eq!(schedule(vec![rotation(&[AN], 7, None)], vec![]).begins(), Some(at("2026-11-23T08:00:00+07:00")));
        assert_eq!((holes(vec![]), schedule(vec![], vec![]).begins()), (vec![(0, 0)], None));
    }

    #[test]
    fn an_empty_schedule_is_one_hole() {
        let (from, until) = (at("2026-11-25T08:00:00+07:00"), at("2026-12-02T08:00:00+07:00"));
        let turns = schedule(vec![rotation(&[], 0, None)], Vec::new()).turns(from, until);
        assert_eq!(turns, [Turn { from, until, contact: None }]);
    }

    proptest! {
        #[test]
        fn turns_fill_the_time_and_say_what_on_call_says(
            starts in prop::collection::vec((0_i8..28, 1_u16..9, 0_i8..24, 0_i8..24, prop::bool::ANY), 0..4),
            stand_ins in prop::collection::vec((0_i64..3_000_000, 1_i64..300_000), 0..4),
            probe in 0_i64..3_000_000,
        ) {
            let from = at("2026-11-01T00:00:00+07:00");
            let second = |n: i64| from + SignedDuration::from_secs(n);
            let rotations = starts.iter().enumerate().map(|(n, (day, days, begin, end, whole))| Rotation {
                contacts: vec![ContactId(1), ContactId(2), ContactId(3 + i64::try_from(n).unwrap())],
                start: date(2026, 11, day + 1),
                days: *days,
                hours: (!whole).then(|| Hours { from: time(*begin, 0, 0, 0), until: time(*end, 30, 0, 0) }),
            });
            let overrides = stand_ins.iter().map(|(begin, length)| {
                Override { contact: ContactId(9), from: second(*begin), until: second(begin + length) }
            });
            let schedule = schedule(rotations.collect(), overrides.collect());
            let turns = schedule.turns(from, second(3_000_000));
            prop_assert_eq!(turns.first().unwrap().from, from);
            prop_assert_eq!(turns.last().unwrap().until, second(3_000_000));
            prop_assert!(turns.windows(2).all(|two| two[0].until == two[1].from && two[0].contact != two[1].contact));
            let turn = turns.iter().find(|turn| turn.from <= second(probe) && second(probe) < turn.until).unwrap();
            prop_assert_eq!(turn.contact, schedule.on_call(second(probe)));
        }
    }
}
