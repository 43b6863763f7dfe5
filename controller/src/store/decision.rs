//! Decisions: why people were (not) told, for the page that says so.

use alerts::alert::AlertKey;
use alerts::decision::{About, Decision, Reason};
use alerts::outage::Subject;
use inventory::id::{ContactId, DeviceId, HallId, ScheduleId, SilenceId};
use jiff::Timestamp;
use sqlx::FromRow;

use super::codec::{alert_key_text, at, ms, ms_if};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// The most rows that one transaction deletes: writers wait behind it for some ten milliseconds, not for seconds.
const PRUNE_ROWS: i64 = 1_000;

/// Which decisions are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Those about this hall and what stands in it.
    pub hall: Option<HallId>,
    /// Those about telling this contact.
    pub contact: Option<ContactId>,
}

/// A decision as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Its id.
    pub id: i64,
    /// The hall that it is about or stands in.
    pub hall: HallId,
    /// What was decided.
    pub decision: Decision,
}

impl Db {
    /// All decisions about one alert, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn decision_list(&self, scope: &Scope, alert: &AlertKey) -> Result<Vec<Decision>, StoreError> {
        let mut select = Select::new(
            "SELECT c.id, c.alert_key, c.decided, c.reason, c.other_alert, c.device, c.silence, c.contact, c.schedule, c.until \
             FROM decision c CROSS JOIN hall h",
        );
        select.and("c.alert_key = ?", [alert_key_text(alert).into()]);
        match alert.subject {
            Subject::Hall(id) => select.and("h.id = ?", [id.0.into()]),
            Subject::Device(id) => select.and("h.id = (SELECT d.hall FROM device d WHERE d.id = ?)", [id.0.into()]),
        }
        select.within(scope, "h.area", "h.id");
        select.end(" ORDER BY c.id");
        let rows: Vec<DecisionRow> = select.rows(self, "decision_list").await?;
        rows.into_iter().map(Decision::try_from).collect()
    }

    /// A page of decisions, the latest first.
    ///
    /// # Errors
    /// When the cursor is none of ours, or they cannot be read.
    pub async fn decision_page(
        &self,
        scope: &Scope,
        filter: &DecisionFilter,
        ask: &PageAsk,
    ) -> Result<Page<DecisionRecord>, StoreError> {
        let mut select = Select::new(
            "SELECT c.id, c.alert_key, c.decided, c.reason, c.other_alert, c.device, c.silence, c.contact, c.schedule, c.until, \
             c.hall FROM decision c JOIN hall h ON h.id = c.hall",
        );
        select.within(scope, "h.area", "h.id");
        if let Some(id) = ask.after::<i64>("decisions")? {
            select.and("c.id < ?", [id.into()]);
        }
        if let Some(hall) = filter.hall {
            select.and("c.hall = ?", [hall.0.into()]);
        }
        if let Some(contact) = filter.contact {
            select.and("c.contact = ?", [contact.0.into()]);
        }
        select.order(" ORDER BY c.id DESC", ask.fetch());
        let rows: Vec<RowOfHall> = select.rows(self, "decision_page").await?;
        let record = |RowOfHall { row, hall }: RowOfHall| {
            Ok(DecisionRecord { id: row.id, hall: HallId(hall), decision: Decision::try_from(row)? })
        };
        let records = rows.into_iter().map(record).collect::<Result<_, StoreError>>()?;
        Ok(Page::cut(records, ask, "decisions", |record: &DecisionRecord| record.id))
    }

    /// Deletes decisions made before a time, some at a time. Gives how many went; it is done when that is 0.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn decision_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let done = both!(self.writer(), pool => {
            sqlx::query("DELETE FROM decision WHERE id IN (SELECT id FROM decision WHERE decided < $1 ORDER BY decided LIMIT $2)")
                .bind(ms(before))
                .bind(PRUNE_ROWS)
                .execute(pool)
                .await
                .map(|done| done.rows_affected())
        });
        done.step("decision_prune", before)
    }
}

pub(super) async fn decision_insert(tx: &mut Tx, decision: &Decision) -> Result<(), StoreError> {
    let About { other, device, silence, schedule, until } = decision.reason.about();
    let key = alert_key_text(&decision.alert);
    let (hall, of_device) = match decision.alert.subject {
        Subject::Hall(hall) => (Some(hall.0), None),
        Subject::Device(device) => (None, Some(device.0)),
    };
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO decision (alert_key, decided, reason, other_alert, device, silence, contact, schedule, until, \
                 hall) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
                 COALESCE($10, (SELECT d.hall FROM device d WHERE d.id = $11), 0)) \
             ON CONFLICT (alert_key, decided, reason, contact, schedule) DO NOTHING",
        )
            .bind(&key)
            .bind(ms(decision.at))
            .bind(decision.reason.as_str())
            .bind(other.map(|other| alert_key_text(&other)))
            .bind(device.map(|device| device.0))
            .bind(silence.map(|silence| silence.0))
            .bind(decision.contact.map_or(0, |contact| contact.0))
            .bind(schedule.map_or(0, |schedule| schedule.0))
            .bind(ms_if(until))
            .bind(hall)
            .bind(of_device)
            .execute(on)
            .await
            .map(|_| ())
    })
    .step("decision_insert", key)
}

#[derive(FromRow)]
struct RowOfHall {
    #[sqlx(flatten)]
    row: DecisionRow,
    hall: i64,
}

#[derive(FromRow)]
struct DecisionRow {
    id: i64,
    alert_key: String,
    decided: i64,
    reason: String,
    other_alert: Option<String>,
    device: Option<i64>,
    silence: Option<i64>,
    contact: i64,
    schedule: i64,
    until: Option<i64>,
}

impl TryFrom<DecisionRow> for Decision {
    type Error = StoreError;
    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let at = at("decision", row.id);
        let lacks = |what: &str| at.wrong("reason", format!("{} without {what}", row.reason));
        let schedule = || Some(ScheduleId(row.schedule)).filter(|id| id.0 != 0).ok_or_else(|| lacks("a schedule"));
        let reason = match row.reason.as_str() {
            "first_notification" => Reason::FirstNotification,
            "reminder" => Reason::Reminder,
            "recovery" => Reason::Recovery,
            "maintenance" => Reason::Maintenance,
            "unstable" => Reason::Unstable,
            "over_before_told" => Reason::OverBeforeTold,
            "escalated" => Reason::Escalated,
            "digest" => Reason::Digest,
            "later_step" => Reason::LaterStep,
            "acknowledged" => Reason::Acknowledged,
            "nobody" => Reason::Nobody,
            "grouped_into" => {
                let other = row.other_alert.as_ref().ok_or_else(|| lacks("an alert"))?;
                Reason::GroupedInto(at.alert_key("other_alert", other)?)
            }
            "inhibited_by" => Reason::InhibitedBy(DeviceId(row.device.ok_or_else(|| lacks("a device"))?)),
            "silenced_by" => Reason::SilencedBy(SilenceId(row.silence.ok_or_else(|| lacks("a silence"))?)),
            "not_on_call" => Reason::NotOnCall(schedule()?),
            "nobody_on_call" => Reason::NobodyOnCall(schedule()?),
            "quiet_until" => Reason::QuietUntil(at.time_if("until", row.until)?.ok_or_else(|| lacks("an end"))?),
            other => return Err(at.wrong("reason", other)),
        };
        let contact = Some(ContactId(row.contact)).filter(|id| id.0 != 0);
        let alert = at.alert_key("alert_key", &row.alert_key)?;
        Ok(Decision { alert, contact, at: at.time("decided", row.decided)?, reason })
    }
}
