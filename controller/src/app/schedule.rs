//! On-call schedules: kept by administrators of everything. Technicians see who is on call, and let somebody stand in where
//! they take turns themselves.

use std::collections::BTreeSet;

use alerts::schedule::{Hours, Override, Rotation, Turn};
use inventory::id::{ContactId, OverrideId, ScheduleId};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::App;
use super::audit::Actor;
use super::contact::{is_own, named};
use super::error::AppError;
use super::people_fault::{PeopleFault, checked, name, newly_unreachable};
use super::principal::{Principal, Role};
use crate::store::{
    AuditAction, AuditEntry, OverrideRecord, Page, PageAsk, PeopleRecord, PersonDeleted, ScheduleDraft, ScheduleRecord,
};

/// Rotations of a schedule.
const ROTATIONS_MOST: usize = 10;
/// Contacts of a rotation.
const CONTACTS_MOST: usize = 50;
/// Days of a turn, and of a stand-in.
const DAYS_MOST: i64 = 90;
/// Days of turns that are reckoned at once.
const TURNS_MOST: i64 = 100;

/// What is to be known of a schedule.
#[derive(Debug, Clone, Default)]
pub struct ScheduleWish {
    /// Its name.
    pub name: String,
    /// Rotations; the first that has somebody on call decides.
    pub rotations: Vec<RotationWish>,
}

/// Contacts that take turns.
#[derive(Debug, Clone, Default)]
pub struct RotationWish {
    /// Who, in the order of their turns.
    pub contacts: Vec<ContactId>,
    /// The day whose 08:00 begins the first turn.
    pub start: Option<Date>,
    /// How many days a turn lasts; 7 when not given.
    pub days: Option<i64>,
    /// The hours of each day in which somebody is on call; all when not given.
    pub hours: Option<(Time, Time)>,
}

impl App {
    /// Everybody who can be told and by which order, for who may see it; escalations of other parts are left out.
    ///
    /// # Errors
    /// When he is no technician, or they cannot be read.
    pub async fn people(&self, principal: &Principal) -> Result<PeopleRecord, AppError> {
        principal.require(Role::Technician)?;
        let mut people = self.db.people_load().await?;
        let scope = principal.scope(Role::Technician);
        people.escalations.retain(|record| record.draft.area.is_none_or(|area| scope.has_area(area)));
        Ok(people)
    }

    /// A page of schedules.
    ///
    /// # Errors
    /// As [`App::people`]; or the cursor is none of ours.
    pub async fn schedule_list(&self, principal: &Principal, ask: &PageAsk) -> Result<Page<ScheduleRecord>, AppError> {
        let people = self.people(principal).await?;
        Ok(Page::by_name(people.schedules, ask, "schedules", |record| &record.draft.name)?)
    }

    /// One schedule.
    ///
    /// # Errors
    /// As [`App::people`]; or there is none.
    pub async fn schedule(&self, principal: &Principal, id: ScheduleId) -> Result<ScheduleRecord, AppError> {
        let people = self.people(principal).await?;
        people.schedule(id).cloned().ok_or_else(|| AppError::NotFound { what: "schedule", id: id.to_string() })
    }

    /// Who is on call from one moment to another, with the holes.
    ///
    /// # Errors
    /// As [`App::schedule`]; or the time makes no sense.
    pub async fn schedule_turns(
        &self,
        principal: &Principal,
        id: ScheduleId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Turn>, AppError> {
        let record = self.schedule(principal, id).await?;
        if until <= from {
            return Err(AppError::Invalid(format!("to={until} is not after from={from}")));
        }
        if until.duration_since(from) > SignedDuration::from_hours(24 * TURNS_MOST) {
            return Err(AppError::Invalid(format!("to={until} is more than {TURNS_MOST} days after from={from}")));
        }
        Ok(record.schedule().turns(from, until))
    }

    /// Whether he may let somebody stand in: administrators of everything, and who takes turns in it.
    pub fn schedule_is_open(&self, principal: &Principal, people: &PeopleRecord, schedule: &ScheduleRecord) -> bool {
        let is_his = |id: &ContactId| {
            people
                .contact(*id)
                .and_then(|record| record.draft.account)
                .is_some_and(|account| is_own(principal, account))
        };
        principal.require_everywhere(Role::Admin).is_ok() || schedule.schedule().contacts().iter().any(is_his)
    }

    /// Makes a schedule, or with an id changes one.
    ///
    /// # Errors
    /// When he does not administer everything; everything that is wrong with it; there is none of this id; or it cannot
    /// be written.
    pub async fn schedule_write(
        &self,
        principal: &Principal,
        id: Option<ScheduleId>,
        wish: ScheduleWish,
    ) -> Result<ScheduleRecord, AppError> {
        principal.require_everywhere(Role::Admin)?;
        if let Some(id) = id {
            self.schedule(principal, id).await?;
        }
        let before = self.db.people_load().await?;
        let mut faults = Vec::new();
        let draft = draft(wish, &before, &mut faults);
        let mut after = before.clone();
        if let Some(record) = after.schedules.iter_mut().find(|record| Some(record.id) == id) {
            record.draft = draft.clone();
        }
        faults.extend(newly_unreachable(&before, &after));
        let draft = checked(draft, faults)?;
        let actor = Actor::of(principal);
        let action = if id.is_some() { AuditAction::ScheduleChange } else { AuditAction::ScheduleCreate };
        let rotation = |rotation: &Rotation| {
            let contacts: Vec<&str> = rotation.contacts.iter().filter_map(|id| before.contact_name(*id)).collect();
            let hours = rotation.hours.map(|hours| format!("{}–{}", hours.from, hours.until));
            json!({ "contacts": contacts, "start": rotation.start.to_string(), "days": rotation.days, "hours": hours })
        };
        let entry = AuditEntry {
            details: json!({ "rotations": draft.rotations.iter().map(rotation).collect::<Vec<_>>() }),
            ..actor.did(self.clock.now(), action, format!("schedule {}", draft.name))
        };
        let written = self.db.schedule_write(id, &draft, &entry).await?;
        let id = written.ok_or_else(|| AppError::People(vec![PeopleFault::NameTaken(draft.name.clone())]))?;
        self.people_tell().await?;
        self.schedule(principal, id).await
    }

    /// Removes a schedule that no escalation names.
    ///
    /// # Errors
    /// When he does not administer everything; there is none of this id; escalations name it, which are listed; or it
    /// cannot be written.
    pub async fn schedule_delete(&self, principal: &Principal, id: ScheduleId) -> Result<(), AppError> {
        principal.require_everywhere(Role::Admin)?;
        let record = self.schedule(principal, id).await?;
        let actor = Actor::of(principal);
        let entry = actor.did(self.clock.now(), AuditAction::ScheduleDelete, format!("schedule {}", record.draft.name));
        match self.db.schedule_delete(id, &entry).await? {
            PersonDeleted::Deleted => self.people_tell().await,
            PersonDeleted::Named(names) => Err(named("schedule", &record.draft.name, &names)),
        }
    }

    /// Lets somebody stand in for whoever would be on call; from now on when no time is given.
    ///
    /// # Errors
    /// When he may not; everything that is wrong with it; there is no such schedule; or it cannot be written.
    pub async fn override_create(
        &self,
        principal: &Principal,
        id: ScheduleId,
        contact: Option<ContactId>,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<OverrideRecord, AppError> {
        let schedule = self.schedule_open(principal, id).await?;
        let now = self.clock.now();
        let from = from.unwrap_or(now);
        let until = until.unwrap_or(from);
        let before = self.db.people_load().await?;
        let mut faults = Vec::new();
        if until <= from {
            faults.push(PeopleFault::OverrideEnds);
        } else if until <= now {
            faults.push(PeopleFault::OverrideOver);
        } else if until.duration_since(from) > SignedDuration::from_hours(24 * DAYS_MOST) {
            faults.push(PeopleFault::OverrideLong);
        }
        let contact = contact.unwrap_or(ContactId(0));
        faults.extend(before.contact(contact).is_none().then_some(PeopleFault::UnknownContact(contact)));
        let stand_in = Override { contact, from, until };
        let by = principal.who.name();
        let made = OverrideRecord { id: OverrideId(0), stand_in, made_by: by.to_owned(), made_at: now };
        let mut after = before.clone();
        if let Some(record) = after.schedules.iter_mut().find(|record| record.id == id) {
            record.overrides.push(made.clone());
        }
        faults.extend(newly_unreachable(&before, &after));
        checked((), faults)?;
        let actor = Actor::of(principal);
        let name = before.contact_name(contact);
        let entry = AuditEntry {
            details: json!({ "contact": name, "from": from.to_string(), "until": until.to_string() }),
            ..actor.did(now, AuditAction::OverrideCreate, format!("schedule {}", schedule.draft.name))
        };
        let id = self.db.override_create(id, &stand_in, by, &entry).await?;
        self.people_tell().await?;
        Ok(OverrideRecord { id, ..made })
    }

    /// Takes a stand-in back.
    ///
    /// # Errors
    /// When he may not; there is no such schedule or stand-in; or it cannot be written.
    pub async fn override_delete(
        &self,
        principal: &Principal,
        id: ScheduleId,
        stand_in: OverrideId,
    ) -> Result<(), AppError> {
        let schedule = self.schedule_open(principal, id).await?;
        let missing = || AppError::NotFound { what: "stand-in", id: stand_in.to_string() };
        let known = schedule.overrides.iter().find(|record| record.id == stand_in).ok_or_else(missing)?;
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            details: json!({ "from": known.stand_in.from.to_string(), "until": known.stand_in.until.to_string() }),
            ..actor.did(self.clock.now(), AuditAction::OverrideDelete, format!("schedule {}", schedule.draft.name))
        };
        if !self.db.override_delete(id, stand_in, &entry).await? {
            return Err(missing());
        }
        self.people_tell().await
    }

    /// A schedule in which he may let somebody stand in.
    ///
    /// # Errors
    /// When he may not, or there is none.
    pub async fn schedule_open(&self, principal: &Principal, id: ScheduleId) -> Result<ScheduleRecord, AppError> {
        let people = self.people(principal).await?;
        let missing = || AppError::NotFound { what: "schedule", id: id.to_string() };
        let schedule = people.schedule(id).ok_or_else(missing)?;
        let is_open = self.schedule_is_open(principal, &people, schedule);
        if is_open { Ok(schedule.clone()) } else { Err(AppError::Forbidden(Role::Admin)) }
    }
}

fn draft(wish: ScheduleWish, people: &PeopleRecord, faults: &mut Vec<PeopleFault>) -> ScheduleDraft {
    let name = name(&wish.name, faults);
    if wish.rotations.is_empty() {
        faults.push(PeopleFault::NoRotation);
    }
    if wish.rotations.len() > ROTATIONS_MOST {
        faults.push(PeopleFault::Many("rotations", ROTATIONS_MOST));
    }
    let mut unknown = BTreeSet::new();
    let mut rotations = Vec::new();
    for (n, wish) in wish.rotations.into_iter().enumerate() {
        let n = n + 1;
        if wish.contacts.is_empty() {
            faults.push(PeopleFault::RotationEmpty(n));
        }
        if wish.contacts.len() > CONTACTS_MOST {
            faults.push(PeopleFault::Many("contacts of a rotation", CONTACTS_MOST));
        }
        unknown.extend(wish.contacts.iter().filter(|id| people.contact(**id).is_none()));
        let days = wish.days.unwrap_or(7);
        if !(1..=DAYS_MOST).contains(&days) {
            faults.push(PeopleFault::RotationDays(n));
        }
        if wish.hours.is_some_and(|(from, until)| from == until) {
            faults.push(PeopleFault::HoursEqual(n));
        }
        let Some(start) = wish.start else {
            faults.push(PeopleFault::RotationStart(n));
            continue;
        };
        let hours = wish.hours.map(|(from, until)| Hours { from, until });
        rotations.push(Rotation { contacts: wish.contacts, start, days: u16::try_from(days).unwrap_or(1), hours });
    }
    faults.extend(unknown.into_iter().map(PeopleFault::UnknownContact));
    ScheduleDraft { name, rotations }
}
