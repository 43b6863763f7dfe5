//! Who is told: contacts, and escalations that say who of them hears of what first, and who next when nobody takes it.

use std::collections::{BTreeMap, BTreeSet};

use inventory::id::{ContactId, EscalationId, HallId, ScheduleId};

use crate::quiet::QuietHours;
use crate::rule::Severity;
use crate::schedule::Schedule;

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
