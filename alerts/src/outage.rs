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
    /// Where the latest closed outage of each subject ended. Lasts as long as this process: outages of one subject never
    /// overlap, whatever the agents' clocks say.
    ended: BTreeMap<Subject, Timestamp>,
}

impl Outages {
    /// From the rows of open outages.
    pub(crate) fn restore(rows: Vec<Outage>) -> Outages {
        let open = rows.into_iter().filter(|row| row.end.is_none()).map(|row| (row.subject, row)).collect();
        Outages { open, ended: BTreeMap::new() }
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
        self.ended.get(&subject).copied()
    }

    /// Opens an outage, or corrects the cause of the one that is open: a start, once noted, stays. Returns the row when
    /// it is new or changed.
    pub(crate) fn note(&mut self, subject: Subject, start: Timestamp, cause: Cause) -> Option<Outage> {
        let row = match self.open.get(&subject) {
            Some(open) if open.cause == cause => return None,
            Some(open) => Outage { cause, ..*open },
            None => {
                let start = self.ended(subject).map_or(start, |ended| start.max(ended));
                Outage { subject, start, end: None, cause }
            }
        };
        self.open.insert(subject, row);
        Some(row)
    }

    /// Closes it and returns the row.
    pub(crate) fn close(&mut self, subject: Subject, end: Timestamp) -> Option<Outage> {
        let row = self.open.remove(&subject)?;
        // A clock that was set back must not make an outage end before it began, nor two begin at the same moment.
        let end = end.max(next_ms(row.start));
        self.ended.insert(subject, end);
        Some(Outage { end: Some(end), ..row })
    }
}
