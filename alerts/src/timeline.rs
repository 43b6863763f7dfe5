//! A stretch of time without gaps: at each moment of it exactly one thing is said. Reckoned in whole milliseconds.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::time::whole_ms;

/// What is said of each moment from one time to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<S> {
    from: Timestamp,
    to: Timestamp,
    /// Beginnings of intervals, each lasting to the next. The first is `from`.
    said: BTreeMap<Timestamp, S>,
}

/// The same for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval<S> {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, which is the beginning of the next.
    pub to: Timestamp,
    /// What is said of it.
    pub state: S,
}

impl<S> Interval<S> {
    /// How long it is (ms).
    pub fn length_ms(&self) -> i64 {
        self.to.as_millisecond() - self.from.as_millisecond()
    }
}

impl<S: Copy + Eq> Timeline<S> {
    /// One of which the same is said from beginning to end. It has no length when its end is not after its beginning.
    pub fn new(from: Timestamp, to: Timestamp, state: S) -> Timeline<S> {
        let from = whole_ms(from);
        Timeline { from, to: whole_ms(to).max(from), said: BTreeMap::from([(from, state)]) }
    }

    /// Its beginning.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Its end.
    pub fn to(&self) -> Timestamp {
        self.to
    }

    /// Says this of a stretch of it; what was said of that before is forgotten.
    #[must_use]
    pub fn paint(self, from: Timestamp, to: Timestamp, state: S) -> Timeline<S> {
        self.repaint(from, to, |_| state)
    }

    /// Says something else of a stretch of it, which follows from what was said of that before.
    #[must_use]
    pub fn repaint(mut self, from: Timestamp, to: Timestamp, new: impl Fn(S) -> S) -> Timeline<S> {
        let (from, to) = (whole_ms(from).max(self.from), whole_ms(to).min(self.to));
        if from >= to {
            return self;
        }
        for edge in [from, to].into_iter().filter(|edge| *edge < self.to) {
            if let Some(state) = self.at(edge) {
                self.said.insert(edge, state);
            }
        }
        self.said.range_mut(from..to).for_each(|(_, state)| *state = new(*state));
        self
    }

    /// What is said of a moment.
    pub fn at(&self, at: Timestamp) -> Option<S> {
        self.said.range(..=at).next_back().map(|(_, state)| *state).filter(|_| at < self.to)
    }

    /// Its intervals in order: each begins where the one before ends, and no two neighbours are the same.
    pub fn intervals(&self) -> Vec<Interval<S>> {
        let ends = self.said.keys().skip(1).copied().chain([self.to]);
        let mut found: Vec<Interval<S>> = Vec::new();
        for ((from, state), to) in self.said.iter().zip(ends).filter(|((from, _), to)| *from < to) {
            match found.last_mut() {
                Some(last) if last.state == *state => last.to = to,
                _ => found.push(Interval { from: *from, to, state: *state }),
            }
        }
        found
    }
}
