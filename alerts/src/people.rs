//! Who is told: contacts, and escalations that say who of them hears of what first, and who next when nobody takes it.

use std::collections::{BTreeMap, BTreeSet};

use inventory::id::{ContactId, EscalationId, HallId, ScheduleId};
use jiff::Timestamp;

use crate::quiet::QuietHours;
use crate::rule::Severity;
use crate::schedule::Schedule;
use crate::time::after_s as time_after;

/// Everybody who can be told, and by which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// Whether there are channels with receivers of their own, which hear of everything at once.
    pub has_everybody: bool,
    /// Who can be told.
    pub contacts: BTreeMap<ContactId, Contact>,
    /// Who is on call when.
    pub schedules: BTreeMap<ScheduleId, Schedule>,
    /// Who is told of what, in the order of their ids.
    pub escalations: BTreeMap<EscalationId, Escalation>,
}

impl Default for People {
    /// Nobody but the channels that hear of everything.
    fn default() -> People {
        let (contacts, schedules, escalations) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        People { has_everybody: true, contacts, schedules, escalations }
    }
}

/// What the engine has to know of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// When he is not to be told of what can wait.
    pub quiet: Option<QuietHours>,
}

/// Who is told of what, step by step for as long as nobody takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Of what goes wrong in these halls; in all halls when not given.
    pub halls: Option<BTreeSet<HallId>>,
    /// And is at least so bad.
    pub least: Severity,
    /// The first is taken at once.
    pub steps: Vec<Step>,
}

/// One step of an escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Seconds after the step before; of no meaning for the first.
    pub wait_s: u32,
    /// Who is told.
    pub targets: Vec<Target>,
}

/// Who is told in a step, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Who.
    pub who: Who,
    /// By this channel; by the first that he has when not given.
    pub channel: Option<String>,
}

/// A contact, or whoever is on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Always the same.
    Contact(ContactId),
    /// Whoever is on call by this schedule when the step is taken.
    OnCall(ScheduleId),
}

impl Receiver {
    /// The contact, if it is one.
    pub fn contact(&self) -> Option<ContactId> {
        match self {
            Receiver::Everybody => None,
            Receiver::Contact { contact, .. } => Some(*contact),
        }
    }
}

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receiver {
    /// The channels that have receivers of their own.
    Everybody,
    /// A contact.
    Contact {
        /// Which.
        contact: ContactId,
        /// By this channel; by the first that he has when not given.
        channel: Option<String>,
    },
}

/// What a step of an escalation would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepAhead {
    /// Seconds until it is taken, if nobody takes what went wrong before.
    pub after_s: u32,
    /// Who is told then, and by which channel; by the first that he has when not given.
    pub told: Vec<(ContactId, Option<String>)>,
    /// Schedules by which nobody is on call then. When nobody is told, the next step is taken at once.
    pub holes: Vec<ScheduleId>,
}

impl Escalation {
    /// Whether it is about what is so bad in this hall.
    pub fn covers(&self, hall: HallId, severity: Severity) -> bool {
        severity >= self.least && self.halls.as_ref().is_none_or(|halls| halls.contains(&hall))
    }

    /// What each step would do about what goes wrong now.
    pub fn steps_ahead(&self, people: &People, now: Timestamp) -> Vec<StepAhead> {
        let (mut after_s, mut is_told) = (0_u32, false);
        let mut ahead = Vec::new();
        for step in &self.steps {
            after_s = after_s.saturating_add(if is_told { step.wait_s } else { 0 });
            let (at, mut told, mut holes) = (time_after(now, i64::from(after_s)), Vec::new(), Vec::new());
            for target in &step.targets {
                let contact = match target.who {
                    Who::Contact(contact) => Some(contact),
                    Who::OnCall(schedule) => people.schedules.get(&schedule).and_then(|known| known.on_call(at)),
                };
                match (contact.filter(|contact| people.contacts.contains_key(contact)), target.who) {
                    (Some(contact), _) => told.push((contact, target.channel.clone())),
                    (None, Who::OnCall(schedule)) => holes.push(schedule),
                    (None, Who::Contact(_)) => {}
                }
            }
            is_told = !told.is_empty();
            ahead.push(StepAhead { after_s, told, holes });
        }
        ahead
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::schedule::{Hours, Rotation};

    #[test]
    fn a_step_that_reaches_nobody_costs_no_time() {
        let (an, binh) = (ContactId(1), ContactId(2));
        let day = Hours { from: time(6, 0, 0, 0), until: time(18, 0, 0, 0) };
        let rotation = Rotation { contacts: vec![an], start: date(2026, 11, 23), days: 7, hours: Some(day) };
        let id = ScheduleId(1);
        let schedule = Schedule { id, rotations: vec![rotation], overrides: Vec::new() };
        let target = |who| Target { who, channel: None };
        let step = |wait_s, who| Step { wait_s, targets: vec![target(who)] };
        let steps = vec![
            step(0, Who::OnCall(id)),
            step(900, Who::Contact(binh)),
            step(600, Who::Contact(ContactId(9))),
            step(300, Who::OnCall(id)),
        ];
        let escalation = Escalation { halls: Some([HallId(1)].into()), least: Severity::Critical, steps };
        let people = People {
            contacts: [(an, Contact::default()), (binh, Contact::default())].into(),
            schedules: [(id, schedule)].into(),
            ..People::default()
        };
        let ahead = |now: &str| {
            let ahead = escalation.steps_ahead(&people, now.parse().expect("a time"));
            let told = |step: &StepAhead| step.told.iter().map(|(contact, _)| contact.0).collect::<Vec<_>>();
            ahead.iter().map(|step| (step.after_s, told(step), step.holes.len())).collect::<Vec<_>>()
        };
        let by_day = [(0, vec![1], 0), (900, vec![2], 0), (1_500, vec![], 0), (1_500, vec![1], 0)];
        assert_eq!(ahead("2026-11-25T09:00:00+07:00"), by_day);
        let late = [(0, vec![1], 0), (900, vec![2], 0), (1_500, vec![], 0), (1_500, vec![], 1)];
        assert_eq!(ahead("2026-11-25T17:59:00+07:00"), late, "who is on call when the step is taken");
        let by_night = [(0, vec![], 1), (0, vec![2], 0), (600, vec![], 0), (600, vec![], 1)];
        assert_eq!(ahead("2026-11-25T20:00:00+07:00"), by_night);
        assert!(escalation.covers(HallId(1), Severity::Critical));
        assert!(!escalation.covers(HallId(1), Severity::Warning) && !escalation.covers(HallId(2), Severity::Critical));
    }
}
