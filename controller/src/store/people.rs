//! What contacts, schedules and escalations have in common: they name each other, so that they are read as of one moment,
//! and changed one after the other.

use inventory::id::{ContactId, ScheduleId};
use jiff::Timestamp;

use super::account::folded;
use super::contact::{ContactRecord, contact_all_in};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::escalation::{EscalationRecord, escalation_all_in};
use super::schedule::{ScheduleRecord, schedule_all_in};

/// Everybody who can be told, and by which order, as of one moment; each list by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleRecord {
    /// Who can be told.
    pub contacts: Vec<ContactRecord>,
    /// Who is on call when.
    pub schedules: Vec<ScheduleRecord>,
    /// Who is told of what.
    pub escalations: Vec<EscalationRecord>,
}

/// What came of removing somebody, or a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonDeleted {
    /// It is gone.
    Deleted,
    /// It stays: these name it, such as `schedule "Tuần"`.
    Named(Vec<String>),
}

impl PeopleRecord {
    /// The contact with this id.
    pub fn contact(&self, id: ContactId) -> Option<&ContactRecord> {
        self.contacts.iter().find(|record| record.id == id)
    }

    /// What a contact is called.
    pub fn contact_name(&self, id: ContactId) -> Option<&str> {
        self.contact(id).map(|record| record.draft.name.as_str())
    }

    /// The schedule with this id.
    pub fn schedule(&self, id: ScheduleId) -> Option<&ScheduleRecord> {
        self.schedules.iter().find(|record| record.id == id)
    }
}

impl Db {
    /// Loads everybody who can be told.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn people_load(&self) -> Result<PeopleRecord, StoreError> {
        let mut tx = self.snapshot("people_load").await?;
        let mut people = PeopleRecord {
            contacts: contact_all_in(&mut tx).await?,
            schedules: schedule_all_in(&mut tx).await?,
            escalations: escalation_all_in(&mut tx).await?,
        };
        people.contacts.sort_by_cached_key(|record| folded(&record.draft.name));
        people.schedules.sort_by_cached_key(|record| folded(&record.draft.name));
        people.escalations.sort_by_cached_key(|record| folded(&record.draft.name));
        Ok(people)
    }
}

/// The first statement of a transaction that changes any of them: its row is the lock that lets such transactions pass
/// one at a time on PostgreSQL too, so that nobody names what another one is removing.
pub(super) async fn people_revision_bump(tx: &mut Tx) -> Result<(), StoreError> {
    let text = "UPDATE meta SET people_revision = people_revision + 1";
    both!(tx.link(), on => sqlx::query(text).execute(on).await.map(|_| ())).step("people_revision_bump", "meta")
}

/// What names a contact: rotations, stand-ins that are not over, steps.
pub(super) async fn names_of_contact(tx: &mut Tx, id: ContactId, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let has = |record: &&ScheduleRecord| {
        let stands_in = record.overrides.iter().map(|record| &record.stand_in);
        record.draft.rotations.iter().any(|rotation| rotation.contacts.contains(&id))
            || stands_in.into_iter().any(|stand_in| stand_in.contact == id && stand_in.until > now)
    };
    let schedules = schedule_all_in(tx).await?;
    let mut names: Vec<String> =
        schedules.iter().filter(has).map(|record| format!("schedule {:?}", record.draft.name)).collect();
    let escalations = escalation_all_in(tx).await?;
    let has = |record: &&EscalationRecord| record.draft.contacts().any(|contact| contact == id);
    names.extend(escalations.iter().filter(has).map(|record| format!("escalation {:?}", record.draft.name)));
    Ok(names)
}

/// What names a schedule.
pub(super) async fn names_of_schedule(tx: &mut Tx, id: ScheduleId) -> Result<Vec<String>, StoreError> {
    let has = |record: &&EscalationRecord| record.draft.schedules().any(|schedule| schedule == id);
    let escalations = escalation_all_in(tx).await?;
    Ok(escalations.iter().filter(has).map(|record| format!("escalation {:?}", record.draft.name)).collect())
}

/// Whether all of these are there.
pub(super) async fn require_contacts(tx: &mut Tx, ids: impl IntoIterator<Item = ContactId>) -> Result<(), StoreError> {
    require(tx, "contact", "SELECT id FROM contact", ids.into_iter().map(|id| id.0)).await
}

/// Whether all of these are there.
pub(super) async fn require_schedules(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = ScheduleId>,
) -> Result<(), StoreError> {
    require(tx, "schedule", "SELECT id FROM on_call_schedule", ids.into_iter().map(|id| id.0)).await
}

async fn require(
    tx: &mut Tx,
    what: &'static str,
    text: &'static str,
    mut ids: impl Iterator<Item = i64>,
) -> Result<(), StoreError> {
    let known: Vec<i64> = both!(tx.link(), on => sqlx::query_scalar(text).fetch_all(on).await).step("require", what)?;
    match ids.find(|id| !known.contains(id)) {
        Some(id) => Err(StoreError::Missing { what, name: id.to_string() }),
        None => Ok(()),
    }
}

/// What is kept as text in a column.
pub(super) fn json_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("numbers and texts can be written as JSON")
}
