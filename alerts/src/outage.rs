//! Outages: facts with a start and an end, whoever was told of them.

use std::collections::BTreeMap;

use inventory::id::{DeviceId, HallId};
use jiff::Timestamp;

pub use crate::cause::Cause;
use crate::cause::Evidence;
use crate::time::{after_s, next_ms};
use crate::unstable::Changes;

/// What an outage or an alert is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A hall whose gateway cannot be reached.
    Hall(HallId),
    /// A device.
    Device(DeviceId),
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
    /// Why, once it is over; that it hangs behind another is known at once.
    pub cause: Cause,
    /// What it is thought to be while it lasts.
    pub suspected: Cause,
    /// What both rest on.
    pub evidence: Evidence,
}

impl Outage {
    /// One that begins.
    pub fn new(subject: Subject, start: Timestamp, cause: Cause) -> Outage {
        Outage { subject, start, end: None, cause, suspected: Cause::Unknown, evidence: Evidence::default() }
    }
}

/// How long after its end the cause of an outage may still come out: by then everything that came back was asked, and
/// visited, again.
pub const CAUSE_KNOWN_S: i64 = 300;

/// The open outages, and where the latest closed ones ended.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    open: BTreeMap<Subject, Outage>,
    /// Start and end of the latest closed outage of each subject: outages of one subject never overlap, whatever the
    /// agents' clocks say and however the inventory changes.
    closed: BTreeMap<Subject, (Timestamp, Timestamp)>,
    /// Those that ended so lately that their cause may still come out.
    ended: BTreeMap<Subject, Ended>,
    /// When each was lost and came back lately.
    pub(crate) changes: Changes,
}

/// An outage that ended lately, and until when its cause may come out.
#[derive(Debug)]
struct Ended {
    row: Outage,
    until: Timestamp,
}

impl Outages {
    /// From the rows of open outages, and of those that ended lately.
    pub(crate) fn restore(rows: Vec<Outage>, now: Timestamp) -> Outages {
        let mut outages = Outages { changes: Changes::restore(&rows, now), ..Outages::default() };
        for row in rows {
            match row.end {
                None => {
                    outages.open.insert(row.subject, row);
                }
                Some(end) => {
                    let latest = outages.closed.entry(row.subject).or_insert((row.start, end));
                    if (row.start, end) >= *latest {
                        *latest = (row.start, end);
                        let until = after_s(end.min(now), CAUSE_KNOWN_S);
                        outages.ended.insert(row.subject, Ended { row, until });
                    }
                }
            }
        }
        outages.ended.retain(|_, ended| ended.until > now);
        outages
    }

    /// The outage of a subject whose cause may still come out: the open one, else the one that ended lately.
    pub(crate) fn unexplained(&self, subject: Subject) -> Option<Outage> {
        self.open(subject).or_else(|| self.ended.get(&subject).map(|ended| ended.row))
    }

    /// Notes what is known of why. Gives the row when that is news.
    pub(crate) fn explain(&mut self, row: Outage) -> Option<Outage> {
        let known = match row.end {
            None => self.open.get_mut(&row.subject),
            Some(_) => self.ended.get_mut(&row.subject).map(|ended| &mut ended.row),
        };
        let known = known.filter(|known| known.start == row.start && **known != row)?;
        *known = row;
        Some(row)
    }

    /// When each hall was lost that is, or was a moment ago, for a reason of its own.
    pub(crate) fn halls_lost(&self) -> impl Iterator<Item = (HallId, Timestamp)> {
        let open = self.open.values().filter(|row| row.cause != Cause::CutOff).map(|row| (row.subject, row.start));
        let ended = self.ended.values().map(|ended| &ended.row);
        let ended = ended.filter(|row| row.cause != Cause::CutOff).map(|row| (row.subject, row.start));
        open.chain(ended).filter_map(|(subject, start)| match subject {
            Subject::Hall(hall) => Some((hall, start)),
            Subject::Device(_) => None,
        })
    }

    /// When the first of those that ended is not explained any further.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.ended.values().map(|ended| ended.until).min()
    }

    /// Those whose time for an explanation is over.
    pub(crate) fn settled(&self, now: Timestamp) -> Vec<Outage> {
        self.ended.values().filter(|ended| ended.until <= now).map(|ended| ended.row).collect()
    }

    /// Lets go of them.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.ended.retain(|_, ended| ended.until > now);
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

    /// Opens an outage, or corrects whether the open one hangs behind another: a start, once noted, stays. Gives the row
    /// when it is new or changed.
    pub(crate) fn note(&mut self, subject: Subject, start: Timestamp, is_cut_off: bool) -> Option<Outage> {
        let cause = if is_cut_off { Cause::CutOff } else { Cause::Unknown };
        let row = match self.open.get(&subject) {
            Some(open) if (open.cause == Cause::CutOff) == is_cut_off => return None,
            Some(open) => {
                if is_cut_off {
                    self.changes.remove(subject, open.start);
                } else {
                    self.changes.add(subject, open.start);
                }
                Outage::new(subject, open.start, cause)
            }
            None => {
                let start = match self.closed.get(&subject) {
                    Some((before, end)) if start.max(*end) == *before => next_ms(*before),
                    Some((_, end)) => start.max(*end),
                    None => start,
                };
                if !is_cut_off {
                    self.changes.add(subject, start);
                }
                Outage::new(subject, start, cause)
            }
        };
        self.open.insert(subject, row);
        Some(row)
    }

    /// The clock was set back to `now`: nothing has ended later than that.
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        self.changes.rebase(now);
        self.closed.values_mut().for_each(|(_, end)| *end = now.min(*end));
        self.ended.values_mut().for_each(|ended| ended.until = ended.until.min(after_s(now, CAUSE_KNOWN_S)));
    }

    /// Closes it and returns the row.
    pub(crate) fn close(&mut self, subject: Subject, end: Timestamp, now: Timestamp) -> Option<Outage> {
        let row = self.open.remove(&subject)?;
        // A clock that was set back must not make an outage end before it began, nor two begin at the same moment.
        let end = end.max(next_ms(row.start));
        let row = Outage { end: Some(end), ..row };
        if row.cause != Cause::CutOff {
            self.changes.add(subject, end);
        }
        self.closed.insert(subject, (row.start, end));
        self.ended.insert(subject, Ended { row, until: after_s(end.min(now), CAUSE_KNOWN_S) });
        Some(row)
    }
}
