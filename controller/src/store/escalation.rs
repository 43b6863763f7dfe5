//! Escalations: who is told of what, and who next when nobody takes it.

use alerts::people::{Step, Target, Who};
use alerts::rule::Severity;
use inventory::id::{AreaId, ContactId, EscalationId, ScheduleId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::account::{change, folded};
use super::audit::{AuditEntry, audit_append};
use super::codec::{At, at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::people::{json_text, people_revision_bump, require_contacts, require_schedules};

/// What is to be kept of an escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationDraft {
    /// Its name.
    pub name: String,
    /// Of what goes wrong in this area; everywhere when not given.
    pub area: Option<AreaId>,
    /// And is at least so bad.
    pub least: Severity,
    /// The first is taken at once.
    pub steps: Vec<Step>,
}

impl EscalationDraft {
    /// Every target of every step.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.steps.iter().flat_map(|step| &step.targets)
    }

    /// The contacts that it names itself.
    pub fn contacts(&self) -> impl Iterator<Item = ContactId> {
        self.targets().filter_map(|target| match target.who {
            Who::Contact(contact) => Some(contact),
            Who::OnCall(_) => None,
        })
    }

    /// The schedules that it names.
    pub fn schedules(&self) -> impl Iterator<Item = ScheduleId> {
        self.targets().filter_map(|target| match target.who {
            Who::Contact(_) => None,
            Who::OnCall(schedule) => Some(schedule),
        })
    }
}

/// An escalation as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationRecord {
    /// Its id.
    pub id: EscalationId,
    /// What is kept.
    pub draft: EscalationDraft,
    /// Since when it is there.
    pub made_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl Db {
    /// Makes an escalation, or writes one that is there anew. `None` when another one has the name, or it is gone.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for a contact or schedule that is gone; or when it cannot be written.
    pub async fn escalation_write(
        &self,
        id: Option<EscalationId>,
        draft: &EscalationDraft,
        audit: &AuditEntry<'_>,
    ) -> Result<Option<EscalationId>, StoreError> {
        const INSERT: &str = "INSERT INTO escalation (name, folded, area, least, steps, made_at, changed_at) \
             VALUES ($2, $3, $4, $5, $6, $7, $7) ON CONFLICT (folded) DO NOTHING \
             RETURNING COALESCE(CAST($1 AS BIGINT), id)";
        const UPDATE: &str = "UPDATE escalation SET name = $2, folded = $3, area = $4, least = $5, steps = $6, \
             changed_at = $7 WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM escalation other WHERE other.folded = $3 AND other.id <> $1) RETURNING id";
        let step = "escalation_write";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        require_contacts(&mut tx, draft.contacts()).await?;
        require_schedules(&mut tx, draft.schedules()).await?;
        let text = if id.is_some() { UPDATE } else { INSERT };
        let steps: Vec<StepJson> = draft.steps.iter().map(StepJson::from).collect();
        let written: Option<i64> = both!(tx.link(), on => {
            sqlx::query_scalar(text)
                .bind(id.map(|id| id.0))
                .bind(&draft.name)
                .bind(folded(&draft.name))
                .bind(draft.area.map(|area| area.0))
                .bind(draft.least.as_str())
                .bind(json_text(&steps))
                .bind(ms(audit.at))
                .fetch_optional(on)
                .await
        })
        .step(step, &draft.name)?;
        if written.is_some() {
            audit_append(&mut tx, audit).await?;
            tx.commit(step).await?;
        }
        Ok(written.map(EscalationId))
    }

    /// Removes an escalation. Whether it was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn escalation_delete(&self, id: EscalationId, audit: &AuditEntry<'_>) -> Result<bool, StoreError> {
        let step = "escalation_delete";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        if change!(tx, step, "DELETE FROM escalation WHERE id = $1", id.0) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }
}

pub(super) async fn escalation_all_in(tx: &mut Tx) -> Result<Vec<EscalationRecord>, StoreError> {
    let text = "SELECT id, name, area, least, steps, made_at, changed_at FROM escalation";
    let rows: Vec<EscalationRow> =
        both!(tx.link(), on => sqlx::query_as(text).fetch_all(on).await).step("escalation_all", "escalation")?;
    rows.into_iter().map(EscalationRecord::try_from).collect()
}

/// A step inside a column.
#[derive(Serialize, Deserialize)]
struct StepJson {
    wait_s: u32,
    targets: Vec<TargetJson>,
}

/// A target inside a column: one of the two.
#[derive(Serialize, Deserialize)]
struct TargetJson {
    contact: Option<i64>,
    schedule: Option<i64>,
    channel: Option<String>,
}

impl From<&Step> for StepJson {
    fn from(step: &Step) -> Self {
        let target = |target: &Target| {
            let (contact, schedule) = match target.who {
                Who::Contact(contact) => (Some(contact.0), None),
                Who::OnCall(schedule) => (None, Some(schedule.0)),
            };
            TargetJson { contact, schedule, channel: target.channel.clone() }
        };
        StepJson { wait_s: step.wait_s, targets: step.targets.iter().map(target).collect() }
    }
}

impl StepJson {
    fn step(self, at: &At) -> Result<Step, StoreError> {
        let target = |target: TargetJson| {
            let who = match (target.contact, target.schedule) {
                (Some(contact), None) => Who::Contact(ContactId(contact)),
                (None, Some(schedule)) => Who::OnCall(ScheduleId(schedule)),
                (Some(_), Some(_)) | (None, None) => return Err(at.wrong("steps", "not one of two")),
            };
            Ok(Target { who, channel: target.channel })
        };
        let targets = self.targets.into_iter().map(target).collect::<Result<_, _>>()?;
        Ok(Step { wait_s: self.wait_s, targets })
    }
}

#[derive(FromRow)]
struct EscalationRow {
    id: i64,
    name: String,
    area: Option<i64>,
    least: String,
    steps: String,
    made_at: i64,
    changed_at: i64,
}

impl TryFrom<EscalationRow> for EscalationRecord {
    type Error = StoreError;
    fn try_from(row: EscalationRow) -> Result<Self, StoreError> {
        let at = at("escalation", row.id);
        let steps: Vec<StepJson> = at.json("steps", &row.steps)?;
        let draft = EscalationDraft {
            name: row.name,
            area: row.area.map(AreaId),
            least: at.parse("least", &row.least)?,
            steps: steps.into_iter().map(|step| step.step(&at)).collect::<Result<_, _>>()?,
        };
        Ok(EscalationRecord {
            id: EscalationId(row.id),
            draft,
            made_at: at.time("made_at", row.made_at)?,
            changed_at: at.time("changed_at", row.changed_at)?,
        })
    }
}
