//! The book of alerts: which are open, and which faults are known but not told. It decides nothing: it notes what a
//! verdict means for the alert of one subject.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::alert::{Alert, AlertKey, AlertState};
use crate::decision::Reason;
use crate::outage::Subject;
use crate::rule::{Rule, Verdict};

/// What is to be done about the alert of one rule and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// A new fault to tell.
    Raise(AlertKey),
    /// Never told: take it back, for this reason.
    Withdraw(Alert, Reason),
    /// Told: its end is to be told too.
    End(Alert),
    /// Not told from the start, for this reason; or still not told, and the reason is another.
    Suppress { key: AlertKey, reason: Reason, is_newly_inhibited: bool },
}

/// The book.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Pending and firing ones.
    open: BTreeMap<(Rule, Subject), Alert>,
    /// Faults that are there and not told: since when, and the reason that was kept last. Made again from the rows after a
    /// restart; then the reason of what nobody can see just now is no longer known.
    suppressed: BTreeMap<(Rule, Subject), (Timestamp, Option<Reason>)>,
}

impl Book {
    /// From the rows of open alerts.
    pub(crate) fn restore(rows: Vec<Alert>) -> Book {
        let is_open = |alert: &Alert| match alert.state {
            AlertState::Pending | AlertState::Firing { .. } => true,
            AlertState::Resolved { .. } => false,
        };
        let open = rows.into_iter().filter(is_open).map(|alert| ((alert.key.rule, alert.key.subject), alert)).collect();
        Book { open, suppressed: BTreeMap::new() }
    }

    /// Every open alert.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Alert> {
        self.open.values()
    }

    /// Since when the fault has been known that the open alert is about, or that is not told.
    pub(crate) fn since(&self, rule: Rule, subject: Subject) -> Option<Timestamp> {
        let suppressed = || self.suppressed.get(&(rule, subject)).map(|(since, _)| *since);
        self.open.get(&(rule, subject)).map(|alert| alert.key.since).or_else(suppressed)
    }

    /// Whether people were told of an alert about this.
    pub(crate) fn is_told(&self, rule: Rule, subject: Subject) -> bool {
        self.open.get(&(rule, subject)).is_some_and(|alert| match alert.state {
            AlertState::Firing { .. } => true,
            AlertState::Pending | AlertState::Resolved { .. } => false,
        })
    }

    /// Notes an alert as it now is.
    pub(crate) fn put(&mut self, alert: Alert) {
        let place = (alert.key.rule, alert.key.subject);
        match alert.state {
            AlertState::Pending | AlertState::Firing { .. } => {
                self.open.insert(place, alert);
                self.suppressed.remove(&place);
            }
            AlertState::Resolved { .. } => {
                self.open.remove(&place);
            }
        }
    }

    /// The open alert of this key.
    pub(crate) fn find(&self, key: AlertKey) -> Option<Alert> {
        self.open.get(&(key.rule, key.subject)).copied().filter(|alert| alert.key == key)
    }

    /// Takes note of what was decided before a restart, so that it is not decided again. `cut_off_since` says that by its
    /// row the subject was cut off when somebody last looked, and from when on.
    pub(crate) fn recall(&mut self, rule: Rule, subject: Subject, verdict: Verdict, cut_off_since: Option<Timestamp>) {
        let place = (rule, subject);
        match (verdict, cut_off_since) {
            (Verdict::Suppressed { since, reason }, _) => {
                self.suppressed.insert(place, (since, Some(reason)));
            }
            (Verdict::Unclear, Some(since)) => {
                self.suppressed.insert(place, (since, None));
            }
            (Verdict::Unclear, None)
            | (Verdict::Sound | Verdict::Fault { .. } | Verdict::PartOf(_), Some(_) | None) => {}
        }
    }

    /// What a verdict changes. Whoever was told stays told of it until the fault is over, whatever comes to suppress it.
    pub(crate) fn weigh(&mut self, rule: Rule, subject: Subject, verdict: Verdict) -> Vec<Change> {
        let open = self.open.get(&(rule, subject)).copied();
        let Some(alert) = open else {
            return self.weigh_new(rule, subject, verdict).into_iter().collect();
        };
        let is_pending = alert.state == AlertState::Pending;
        let end = if is_pending { Change::Withdraw(alert, Reason::OverBeforeTold) } else { Change::End(alert) };
        match verdict {
            Verdict::Unclear => Vec::new(),
            Verdict::Sound => vec![end],
            // One fault ended and the next began in the same step.
            Verdict::Fault { since } | Verdict::Suppressed { since, .. } if since != alert.key.since => {
                [end].into_iter().chain(self.weigh_new(rule, subject, verdict)).collect()
            }
            Verdict::Fault { .. } => Vec::new(),
            Verdict::Suppressed { since, reason } if is_pending => {
                self.suppressed.insert((rule, subject), (since, Some(reason)));
                vec![Change::Withdraw(alert, reason)]
            }
            Verdict::PartOf(hall) if is_pending => vec![Change::Withdraw(alert, Reason::GroupedInto(hall))],
            Verdict::Suppressed { .. } | Verdict::PartOf(_) => Vec::new(),
        }
    }

    fn weigh_new(&mut self, rule: Rule, subject: Subject, verdict: Verdict) -> Option<Change> {
        match verdict {
            Verdict::Sound => {
                self.suppressed.remove(&(rule, subject));
                None
            }
            Verdict::Unclear | Verdict::PartOf(_) => None,
            Verdict::Fault { since } => Some(Change::Raise(AlertKey { rule, subject, since })),
            Verdict::Suppressed { since, reason } => {
                let before = self.suppressed.insert((rule, subject), (since, Some(reason)));
                let before = before.filter(|(before, _)| *before == since).map(|(_, reason)| reason);
                let was_inhibited = matches!(before, Some(None | Some(Reason::InhibitedBy(_))));
                let change = Change::Suppress {
                    key: AlertKey { rule, subject, since },
                    reason,
                    is_newly_inhibited: matches!(reason, Reason::InhibitedBy(_)) && !was_inhibited,
                };
                (before != Some(Some(reason))).then_some(change)
            }
        }
    }
}
