//! What is wrong with a contact, a schedule or an escalation: all of it at once.

use std::collections::BTreeSet;

use alerts::people::Who;
use inventory::id::{AccountId, ContactId, ScheduleId};
use inventory::text::nfc;

use super::error::AppError;
use crate::store::PeopleRecord;

/// Characters of a name or a post.
pub const NAME_MOST: usize = 100;

/// Something that is wrong with what somebody wants to keep. Steps and rotations are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum PeopleFault {
    /// It has no name.
    #[error("name is missing")]
    NameMissing,
    /// The name, or the post, is too long.
    #[error("{0} is longer than {NAME_MOST} characters")]
    Long(&'static str),
    /// It holds what is no text.
    #[error("{0} holds a character that is no text")]
    Control(&'static str),
    /// Another one has the name.
    #[error("there is another one with the name {0:?}")]
    NameTaken(String),
    /// An address that reaches nobody.
    #[error("address: {why}")]
    Address {
        /// The section.
        channel: String,
        /// The address.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// An address stands there twice, or there are too many.
    #[error("addresses: one of them stands there twice, or there are more than 10")]
    AddressTwice,
    /// Quiet hours that are none.
    #[error("quiet hours end when they begin")]
    QuietEqual,
    /// No such account.
    #[error("there is no user {0}")]
    UnknownUser(AccountId),
    /// Nobody takes turns.
    #[error("the schedule has no rotation with contacts")]
    NoRotation,
    /// Too much.
    #[error("{0}: at most {1}")]
    Many(&'static str, usize),
    /// Nobody takes turns in it.
    #[error("rotation {0} has no contacts")]
    RotationEmpty(usize),
    /// It never begins.
    #[error("rotation {0}: start is missing, the day whose 08:00 begins the first turn")]
    RotationStart(usize),
    /// A turn is no turn.
    #[error("rotation {0}: days has to be 1 to 90")]
    RotationDays(usize),
    /// Hours that are none.
    #[error("rotation {0}: hours end when they begin; leave them out for the whole day")]
    HoursEqual(usize),
    /// It ends before it begins.
    #[error("until is not after from")]
    OverrideEnds,
    /// It is over.
    #[error("until is past")]
    OverrideOver,
    /// It is too long for a stand-in.
    #[error("until is more than 90 days after from: change the rotation instead")]
    OverrideLong,
    /// It tells nobody.
    #[error("the escalation has no steps")]
    NoSteps,
    /// A step tells nobody.
    #[error("step {0} has no targets")]
    StepEmpty(usize),
    /// A step never comes, or at once.
    #[error("step {0}: wait_s has to be 1 to 604800, seven days")]
    StepWait(usize),
    /// No such contact.
    #[error("there is no contact {0}")]
    UnknownContact(ContactId),
    /// No such schedule.
    #[error("there is no schedule {0}")]
    UnknownSchedule(ScheduleId),
    /// No such section, or it reaches no people.
    #[error("{0}")]
    UnknownChannel(String),
    /// Nobody would be told.
    #[error("escalation {escalation:?}, step {step}: {contact} has no address{}, nobody would be told", by(.channel))]
    Unreachable {
        /// Its name.
        escalation: String,
        /// Which.
        step: usize,
        /// His name.
        contact: String,
        /// By which channel; any when not given.
        channel: Option<String>,
    },
}

fn by(channel: &Option<String>) -> String {
    channel.as_ref().map(|channel| format!(" in the channel {channel:?}")).unwrap_or_default()
}

/// Nothing wrong, or all of it.
///
/// # Errors
/// [`AppError::People`] with what is wrong.
pub(super) fn checked<T>(value: T, faults: Vec<PeopleFault>) -> Result<T, AppError> {
    if faults.is_empty() { Ok(value) } else { Err(AppError::People(faults)) }
}

/// A name as it is kept.
pub(super) fn name(said: &str, faults: &mut Vec<PeopleFault>) -> String {
    let name = words("name", said, faults);
    if name.is_empty() {
        faults.push(PeopleFault::NameMissing);
    }
    name
}

/// One line of text as it is kept.
pub(super) fn words(what: &'static str, said: &str, faults: &mut Vec<PeopleFault>) -> String {
    let said = nfc(said);
    if said.chars().count() > NAME_MOST {
        faults.push(PeopleFault::Long(what));
    }
    if said.contains(char::is_control) {
        faults.push(PeopleFault::Control(what));
    }
    said
}

/// What of `after` reaches nobody and did reach somebody, or was not there, before: an old fault does not stop somebody
/// who mends another thing.
pub(super) fn newly_unreachable(before: &PeopleRecord, after: &PeopleRecord) -> Vec<PeopleFault> {
    let known: BTreeSet<PeopleFault> = unreachable(before).into_iter().collect();
    unreachable(after).into_iter().filter(|fault| !known.contains(fault)).collect()
}

fn unreachable(people: &PeopleRecord) -> Vec<PeopleFault> {
    let mut faults = Vec::new();
    for escalation in &people.escalations {
        for (n, step) in escalation.draft.steps.iter().enumerate() {
            for target in &step.targets {
                let contacts = match target.who {
                    Who::Contact(contact) => [contact].into(),
                    Who::OnCall(schedule) => {
                        people.schedule(schedule).map(|record| record.schedule().contacts()).unwrap_or_default()
                    }
                };
                let drafts = contacts.iter().filter_map(|id| people.contact(*id)).map(|record| &record.draft);
                let reaches = |channel: &str| target.channel.as_deref().is_none_or(|wanted| wanted == channel);
                let silent = drafts.filter(|draft| !draft.addresses.iter().any(|address| reaches(&address.channel)));
                faults.extend(silent.map(|draft| PeopleFault::Unreachable {
                    escalation: escalation.draft.name.clone(),
                    step: n + 1,
                    contact: draft.name.clone(),
                    channel: target.channel.clone(),
                }));
            }
        }
    }
    faults.sort();
    faults.dedup();
    faults
}
