//! On-call schedules: who is on call when, and who stands in for whom.

use alerts::schedule::{Hours, Override, Rotation, Schedule};
use inventory::id::{ContactId, OverrideId, ScheduleId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::account::{change, folded};
use super::audit::{AuditEntry, audit_append};
use super::codec::{At, at, ms};
use super::contact::clock;
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::people::{PersonDeleted, json_text, names_of_schedule, people_revision_bump, require_contacts};

/// What is to be kept of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleDraft {
    /// Its name.
    pub name: String,
    /// Rotations; the first that has somebody on call decides.
    pub rotations: Vec<Rotation>,
}

/// A schedule as a row, with its stand-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Its id.
    pub id: ScheduleId,
    /// What is kept.
    pub draft: ScheduleDraft,
    /// Stand-ins, the last one made last.
    pub overrides: Vec<OverrideRecord>,
    /// Since when it is there.
    pub made_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl ScheduleRecord {
    /// As the engine knows it.
    pub fn schedule(&self) -> Schedule {
        let overrides = self.overrides.iter().map(|record| record.stand_in).collect();
        Schedule { id: self.id, rotations: self.draft.rotations.clone(), overrides }
    }
}

/// A stand-in as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideRecord {
    /// Its id.
    pub id: OverrideId,
    /// Who, from when, until when.
    pub stand_in: Override,
    /// Who said so.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
}

impl Db {
    /// Makes a schedule, or writes one that is there anew. `None` when another one has the name, or it is gone.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for a contact that is gone; or when it cannot be written.
    pub async fn schedule_write(
        &self,
        id: Option<ScheduleId>,
        draft: &ScheduleDraft,
        audit: &AuditEntry<'_>,
    ) -> Result<Option<ScheduleId>, StoreError> {
        const INSERT: &str = "INSERT INTO on_call_schedule (name, folded, rotations, made_at, changed_at) \
             VALUES ($2, $3, $4, $5, $5) ON CONFLICT (folded) DO NOTHING RETURNING COALESCE(CAST($1 AS BIGINT), id)";
        const UPDATE: &str = "UPDATE on_call_schedule SET name = $2, folded = $3, rotations = $4, changed_at = $5 \
             WHERE id = $1 AND NOT EXISTS \
             (SELECT 1 FROM on_call_schedule other WHERE other.folded = $3 AND other.id <> $1) RETURNING id";
        let step = "schedule_write";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        let named: Vec<ContactId> = draft.rotations.iter().flat_map(|rotation| rotation.contacts.clone()).collect();
        require_contacts(&mut tx, named).await?;
        let text = if id.is_some() { UPDATE } else { INSERT };
        let rotations: Vec<RotationJson> = draft.rotations.iter().map(RotationJson::from).collect();
        let written: Option<i64> = both!(tx.link(), on => {
            sqlx::query_scalar(text)
                .bind(id.map(|id| id.0))
                .bind(&draft.name)
                .bind(folded(&draft.name))
                .bind(json_text(&rotations))
                .bind(ms(audit.at))
                .fetch_optional(on)
                .await
        })
        .step(step, &draft.name)?;
        if written.is_some() {
            audit_append(&mut tx, audit).await?;
            tx.commit(step).await?;
        }
        Ok(written.map(ScheduleId))
    }

    /// Removes a schedule with its stand-ins, unless an escalation names it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn schedule_delete(&self, id: ScheduleId, audit: &AuditEntry<'_>) -> Result<PersonDeleted, StoreError> {
        let step = "schedule_delete";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        let names = names_of_schedule(&mut tx, id).await?;
        if !names.is_empty() {
            return Ok(PersonDeleted::Named(names));
        }
        change!(tx, step, "DELETE FROM on_call_schedule WHERE id = $1", id.0);
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(PersonDeleted::Deleted)
    }

    /// Lets somebody stand in.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for a contact that is gone; or when it cannot be written.
    pub async fn override_create(
        &self,
        schedule: ScheduleId,
        stand_in: &Override,
        made_by: &str,
        audit: &AuditEntry<'_>,
    ) -> Result<OverrideId, StoreError> {
        let step = "override_create";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        require_contacts(&mut tx, [stand_in.contact]).await?;
        let id: i64 = both!(tx.link(), on => {
            sqlx::query_scalar(
                "INSERT INTO on_call_override (schedule, contact, from_at, until_at, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            )
            .bind(schedule.0)
            .bind(stand_in.contact.0)
            .bind(ms(stand_in.from))
            .bind(ms(stand_in.until))
            .bind(made_by)
            .bind(ms(audit.at))
            .fetch_one(on)
            .await
        })
        .step(step, schedule)?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(OverrideId(id))
    }

    /// Takes a stand-in of a schedule back. Whether it was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn override_delete(
        &self,
        schedule: ScheduleId,
        id: OverrideId,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "override_delete";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        let text = "DELETE FROM on_call_override WHERE id = $1 AND schedule = $2";
        if change!(tx, step, text, id.0, schedule.0) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }
}

pub(super) async fn schedule_all_in(tx: &mut Tx) -> Result<Vec<ScheduleRecord>, StoreError> {
    let text = "SELECT id, name, rotations, made_at, changed_at FROM on_call_schedule";
    let rows: Vec<ScheduleRow> =
        both!(tx.link(), on => sqlx::query_as(text).fetch_all(on).await).step("schedule_all", "on_call_schedule")?;
    let text = "SELECT id, schedule, contact, from_at, until_at, made_by, made_at FROM on_call_override ORDER BY id";
    let overrides: Vec<OverrideRow> =
        both!(tx.link(), on => sqlx::query_as(text).fetch_all(on).await).step("override_all", "on_call_override")?;
    let mut schedules = rows.into_iter().map(ScheduleRecord::try_from).collect::<Result<Vec<_>, _>>()?;
    for row in overrides {
        if let Some(schedule) = schedules.iter_mut().find(|schedule| schedule.id.0 == row.schedule) {
            schedule.overrides.push(OverrideRecord::try_from(row)?);
        }
    }
    Ok(schedules)
}

/// A rotation inside a column.
#[derive(Serialize, Deserialize)]
struct RotationJson {
    contacts: Vec<i64>,
    start: String,
    days: u16,
    hours: Option<(String, String)>,
}

impl From<&Rotation> for RotationJson {
    fn from(rotation: &Rotation) -> Self {
        RotationJson {
            contacts: rotation.contacts.iter().map(|contact| contact.0).collect(),
            start: rotation.start.to_string(),
            days: rotation.days,
            hours: rotation.hours.map(|hours| (clock(hours.from), clock(hours.until))),
        }
    }
}

impl RotationJson {
    fn rotation(self, at: &At) -> Result<Rotation, StoreError> {
        let column = "rotations";
        let hours = match self.hours {
            Some((from, until)) => Some(Hours { from: at.parse(column, &from)?, until: at.parse(column, &until)? }),
            None => None,
        };
        let contacts = self.contacts.into_iter().map(ContactId).collect();
        Ok(Rotation { contacts, start: at.parse(column, &self.start)?, days: self.days, hours })
    }
}

#[derive(FromRow)]
struct ScheduleRow {
    id: i64,
    name: String,
    rotations: String,
    made_at: i64,
    changed_at: i64,
}

impl TryFrom<ScheduleRow> for ScheduleRecord {
    type Error = StoreError;
    fn try_from(row: ScheduleRow) -> Result<Self, StoreError> {
        let at = at("on_call_schedule", row.id);
        let rotations: Vec<RotationJson> = at.json("rotations", &row.rotations)?;
        let rotations = rotations.into_iter().map(|rotation| rotation.rotation(&at)).collect::<Result<_, _>>()?;
        Ok(ScheduleRecord {
            id: ScheduleId(row.id),
            draft: ScheduleDraft { name: row.name, rotations },
            overrides: Vec::new(),
            made_at: at.time("made_at", row.made_at)?,
            changed_at: at.time("changed_at", row.changed_at)?,
        })
    }
}

#[derive(FromRow)]
struct OverrideRow {
    id: i64,
    schedule: i64,
    contact: i64,
    from_at: i64,
    until_at: i64,
    made_by: String,
    made_at: i64,
}

impl TryFrom<OverrideRow> for OverrideRecord {
    type Error = StoreError;
    fn try_from(row: OverrideRow) -> Result<Self, StoreError> {
        let at = at("on_call_override", row.id);
        let (from, until) = (at.time("from_at", row.from_at)?, at.time("until_at", row.until_at)?);
        Ok(OverrideRecord {
            id: OverrideId(row.id),
            stand_in: Override { contact: ContactId(row.contact), from, until },
            made_by: row.made_by,
            made_at: at.time("made_at", row.made_at)?,
        })
    }
}
