//! Outages: facts with a start and an end, whoever was told of them.

use std::collections::BTreeMap;

use inventory::id::{DeviceId, HallId};
use jiff::Timestamp;

use crate::time::next_ms;

/// What an outage or an alert is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A hall whose gateway cannot be reached.
    Hall(HallId),
    /// A device.
    Device(DeviceId),
}

/// Why an outage happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Nothing is known yet, or nothing could be found out.
    Unknown,
    /// It hung behind another device that was unreachable.
    CutOff,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 2] = [Cause::Unknown, Cause::CutOff];

    /// The word in the API and the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Unknown => "unknown",
            Cause::CutOff => "cut_off",
        }
    }
}

/// An interval in which a device or hall was unreachable. One subject has at most one open outage, so subject and
/// start identify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Of what.
    pub subject: Subject,
    /// The first ask that was missed: the successor of the last good answer.
    pub start: Timestamp,
    /// The first of the good answers; `None` while it lasts.
    pub end: Option<Timestamp>,
    /// Why.
    pub cause: Cause,
}

/// The open outages, and where the latest closed ones ended.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    open: BTreeMap<Subject, Outage>,
    /// Start and end of the latest closed outage of each subject: outages of one subject never overlap, whatever the
    /// agents' clocks say and however the inventory changes.
    closed: BTreeMap<Subject, (Timestamp, Timestamp)>,
}

impl Outages {
    /// From the rows of open outages, and of those that ended lately.
    pub(crate) fn restore(rows: Vec<Outage>) -> Outages {
        let mut outages = Outages::default();
        for row in rows {
            match row.end {
                None => {
                    outages.open.insert(row.subject, row);
                }
                Some(end) => {
                    let latest = outages.closed.entry(row.subject).or_insert((row.start, end));
                    *latest = (*latest).max((row.start, end));
                }
            }
        }
        outages
    }

    /// The open outage of a subject.
    pub(crate) fn open(&self, subject: Subject) -> Option<Outage> {
        self.open.get(&subject).copied()
    }

    /// Every subject that has an open outage.
    pub(crate) fn subjects(&self) -> Vec<Subject> {
        self.open.keys().copied().collect()
    }

    /// Where its latest closed outage ended.
    pub(crate) fn ended(&self, subject: Subject) -> Option<Timestamp> {
        self.closed.get(&subject).map(|(_, end)| *end)
    }

    /// Opens an outage, or corrects the cause of the one that is open: a start, once noted, stays. Returns the row when
    /// it is new or changed.
    pub(crate) fn note(&mut self, subject: Subject, start: Timestamp, cause: Cause) -> Option<Outage> {
        let row = match self.open.get(&subject) {
            Some(open) if open.cause == cause => return None,
            Some(open) => Outage { cause, ..*open },
            None => {
                let start = match self.closed.get(&subject) {
                    Some((before, end)) if start.max(*end) == *before => next_ms(*before),
                    Some((_, end)) => start.max(*end),
                    None => start,
                };
                Outage { subject, start, end: None, cause }
            }
        };
        self.open.insert(subject, row);
        Some(row)
    }

    /// The clock was set back to `now`: nothing has ended later than that.
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        self.closed.values_mut().for_each(|(_, end)| *end = now.min(*end));
    }

    /// Closes it and returns the row.
    pub(crate) fn close(&mut self, subject: Subject, end: Timestamp) -> Option<Outage> {
        let row = self.open.remove(&subject)?;
        // A clock that was set back must not make an outage end before it began, nor two begin at the same moment.
        let end = end.max(next_ms(row.start));
        self.closed.insert(subject, (row.start, end));
        Some(Outage { end: Some(end), ..row })
    }
}
