//! Escalations: kept by administrators of everything. Technicians see those of their part.

use std::collections::BTreeSet;

use alerts::people::{Step, Target, Who};
use alerts::rule::Severity;
use alerts::schedule::{Hours, Schedule};
use inventory::id::{AreaId, EscalationId, HallId};
use jiff::Timestamp;
use serde_json::json;

use super::App;
use super::audit::Actor;
use super::error::AppError;
use super::people_fault::{PeopleFault, checked, name, newly_unreachable};
use super::principal::{Principal, Role};
use crate::channels;
use crate::store::{
    AuditAction, AuditEntry, AuditPlace, EscalationDraft, EscalationRecord, Page, PageAsk, PeopleRecord,
};

/// Steps of an escalation.
const STEPS_MOST: usize = 10;
/// Targets of a step.
const TARGETS_MOST: usize = 20;
/// The longest wait: seven days.
const WAIT_MOST_S: i64 = 7 * 24 * 3_600;

/// What is to be known of an escalation.
#[derive(Debug, Clone)]
pub struct EscalationWish {
    /// Its name.
    pub name: String,
    /// Of what goes wrong in this area; everywhere when not given.
    pub area: Option<AreaId>,
    /// And is at least so bad.
    pub least: Severity,
    /// Steps: seconds after the one before, of no meaning for the first, and who is told.
    pub steps: Vec<(i64, Vec<Target>)>,
}

/// A step that reaches nobody at some hours of every day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepHoles {
    /// Which, from 1.
    pub step: usize,
    /// When nobody is on call.
    pub hours: Vec<Hours>,
    /// Whether there is another step, which is taken at once then.
    pub has_next: bool,
}

/// The steps that reach nobody at some hours.
pub fn holes(escalation: &EscalationDraft, people: &PeopleRecord) -> Vec<StepHoles> {
    let mut found = Vec::new();
    for (n, step) in escalation.steps.iter().enumerate() {
        let schedules = step.targets.iter().filter_map(|target| match target.who {
            Who::Contact(_) => None,
            Who::OnCall(schedule) => people.schedule(schedule),
        });
        let rotations: Vec<_> = schedules.flat_map(|record| record.draft.rotations.iter().cloned()).collect();
        if step.targets.iter().any(|target| matches!(target.who, Who::Contact(_))) {
            continue;
        }
        let together = Schedule { id: inventory::id::ScheduleId(0), rotations, overrides: Vec::new() };
        let hours = together.daily_holes();
        if !hours.is_empty() {
            found.push(StepHoles { step: n + 1, hours, has_next: n + 1 < escalation.steps.len() });
        }
    }
    found
}

/// Who would be told of something by one escalation.
pub struct Preview {
    /// Its name.
    pub escalation: String,
    /// What each step would do.
    pub steps: Vec<alerts::people::StepAhead>,
}

impl App {
    /// A page of escalations.
    ///
    /// # Errors
    /// As [`App::people`]; or the cursor is none of ours.
    pub async fn escalation_list(
        &self,
        principal: &Principal,
        ask: &PageAsk,
    ) -> Result<Page<EscalationRecord>, AppError> {
        let people = self.people(principal).await?;
        Ok(Page::by_name(people.escalations, ask, "escalations", |record| &record.draft.name)?)
    }

    /// One escalation.
    ///
    /// # Errors
    /// When there is none of this id in his part, or he is no technician there.
    pub async fn escalation(&self, principal: &Principal, id: EscalationId) -> Result<EscalationRecord, AppError> {
        let sees = principal.require(Role::Viewer)?;
        let record = self.db.people_load().await?.escalations.into_iter().find(|record| record.id == id);
        let record = record.filter(|record| record.draft.area.is_none_or(|area| sees.has_area(area)));
        let record = record.ok_or_else(|| AppError::NotFound { what: "escalation", id: id.to_string() })?;
        let works = principal.require(Role::Technician)?;
        if record.draft.area.is_none_or(|area| works.has_area(area)) {
            Ok(record)
        } else {
            Err(AppError::Forbidden(Role::Technician))
        }
    }

    /// Makes an escalation, or with an id changes one.
    ///
    /// # Errors
    /// When he does not administer everything; everything that is wrong with it; there is no such escalation or area; or
    /// it cannot be written.
    pub async fn escalation_write(
        &self,
        principal: &Principal,
        id: Option<EscalationId>,
        wish: EscalationWish,
    ) -> Result<EscalationRecord, AppError> {
        principal.require_everywhere(Role::Admin)?;
        if let Some(id) = id {
            self.escalation(principal, id).await?;
        }
        if let Some(area) = wish.area {
            self.area(principal, area)?;
        }
        let before = self.db.people_load().await?;
        let mut faults = Vec::new();
        let draft = self.escalation_draft(wish, &before, &mut faults);
        let mut after = before.clone();
        after.escalations.retain(|record| Some(record.id) != id);
        let now = self.clock.now();
        let known = id.unwrap_or(EscalationId(0));
        after.escalations.push(EscalationRecord { id: known, draft: draft.clone(), made_at: now, changed_at: now });
        faults.extend(newly_unreachable(&before, &after));
        let draft = checked(draft, faults)?;
        let actor = Actor::of(principal);
        let action = if id.is_some() { AuditAction::EscalationChange } else { AuditAction::EscalationCreate };
        let entry = AuditEntry {
            place: AuditPlace { area: draft.area, hall: None },
            details: json!({ "least": draft.least.as_str(), "steps": steps_text(&draft, &before) }),
            ..actor.did(now, action, format!("escalation {}", draft.name))
        };
        let written = self.db.escalation_write(id, &draft, &entry).await?;
        let id = written.ok_or_else(|| AppError::People(vec![PeopleFault::NameTaken(draft.name.clone())]))?;
        self.people_tell().await?;
        self.escalation(principal, id).await
    }

    /// Removes an escalation.
    ///
    /// # Errors
    /// When he does not administer everything, there is none of this id, or it cannot be written.
    pub async fn escalation_delete(&self, principal: &Principal, id: EscalationId) -> Result<(), AppError> {
        principal.require_everywhere(Role::Admin)?;
        let record = self.escalation(principal, id).await?;
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            place: AuditPlace { area: record.draft.area, hall: None },
            ..actor.did(self.clock.now(), AuditAction::EscalationDelete, format!("escalation {}", record.draft.name))
        };
        if !self.db.escalation_delete(id, &entry).await? {
            return Err(AppError::NotFound { what: "escalation", id: id.to_string() });
        }
        self.people_tell().await
    }

    /// Who would be told now of something so bad in a hall, by each escalation that is about it.
    ///
    /// # Errors
    /// When he is no technician, or it cannot be read.
    pub async fn escalation_preview(
        &self,
        principal: &Principal,
        hall: HallId,
        severity: Severity,
        now: Timestamp,
    ) -> Result<Vec<Preview>, AppError> {
        principal.require(Role::Technician)?;
        let (record, people) = self.people_now().await?;
        let covering = record.escalations.iter().filter_map(|one| {
            let known = people.escalations.get(&one.id).filter(|known| known.covers(hall, severity))?;
            Some(Preview { escalation: one.draft.name.clone(), steps: known.steps_ahead(&people, now) })
        });
        Ok(covering.collect())
    }

    fn escalation_draft(
        &self,
        wish: EscalationWish,
        people: &PeopleRecord,
        faults: &mut Vec<PeopleFault>,
    ) -> EscalationDraft {
        let name = name(&wish.name, faults);
        if wish.steps.is_empty() {
            faults.push(PeopleFault::NoSteps);
        }
        if wish.steps.len() > STEPS_MOST {
            faults.push(PeopleFault::Many("steps", STEPS_MOST));
        }
        let (mut steps, mut unknown) = (Vec::new(), BTreeSet::new());
        for (n, (wait_s, targets)) in wish.steps.into_iter().enumerate() {
            if targets.is_empty() {
                faults.push(PeopleFault::StepEmpty(n + 1));
            }
            if targets.len() > TARGETS_MOST {
                faults.push(PeopleFault::Many("targets of a step", TARGETS_MOST));
            }
            if n > 0 && !(1..=WAIT_MOST_S).contains(&wait_s) {
                faults.push(PeopleFault::StepWait(n + 1));
            }
            for target in &targets {
                unknown.extend(self.unknown(target, people));
            }
            let wait_s = if n > 0 { u32::try_from(wait_s).unwrap_or(0) } else { 0 };
            steps.push(Step { wait_s, targets });
        }
        faults.extend(unknown);
        EscalationDraft { name, area: wish.area, least: wish.least, steps }
    }

    /// What a target names that is not there.
    fn unknown(&self, target: &Target, people: &PeopleRecord) -> Vec<PeopleFault> {
        let who = match target.who {
            Who::Contact(id) => people.contact(id).is_none().then_some(PeopleFault::UnknownContact(id)),
            Who::OnCall(id) => people.schedule(id).is_none().then_some(PeopleFault::UnknownSchedule(id)),
        };
        let channel = target.channel.as_deref().and_then(|channel| {
            channels::check_section(&self.settings.channels, channel).err().map(PeopleFault::UnknownChannel)
        });
        who.into_iter().chain(channel).collect()
    }
}

/// Each step in a line, for the audit log.
fn steps_text(draft: &EscalationDraft, people: &PeopleRecord) -> Vec<String> {
    let target = |target: &Target| {
        let who = match target.who {
            Who::Contact(id) => people.contact_name(id).unwrap_or_default().to_owned(),
            Who::OnCall(id) => {
                let name = people.schedule(id).map(|record| record.draft.name.as_str());
                format!("on call: {}", name.unwrap_or_default())
            }
        };
        target.channel.as_ref().map_or(who.clone(), |channel| format!("{who} ({channel})"))
    };
    let step = |step: &Step| {
        let targets: Vec<String> = step.targets.iter().map(target).collect();
        format!("after {} s: {}", step.wait_s, targets.join(", "))
    };
    draft.steps.iter().map(step).collect()
}
