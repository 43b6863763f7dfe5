//! Decisions: why people were (not) told, for the page that says so.

use alerts::alert::AlertKey;
use alerts::decision::{Decision, Reason};
use alerts::outage::Subject;
use inventory::id::{DeviceId, SilenceId};
use jiff::Timestamp;
use sqlx::FromRow;

use super::codec::{alert_key_text, at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::query::Select;
use super::scope::Scope;

/// The most rows that one transaction deletes: writers wait behind it for some ten milliseconds, not for seconds.
const PRUNE_ROWS: i64 = 1_000;

impl Db {
    /// All decisions about one alert, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn decision_list(&self, scope: &Scope, alert: &AlertKey) -> Result<Vec<Decision>, StoreError> {
        let mut select = Select::new(
            "SELECT c.id, c.alert_key, c.decided, c.reason, c.other_alert, c.device, c.silence FROM decision c CROSS JOIN hall h",
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
    let (other, device, silence) = match decision.reason {
        Reason::GroupedInto(other) => (Some(alert_key_text(&other)), None, None),
        Reason::InhibitedBy(device) => (None, Some(device.0), None),
        Reason::SilencedBy(silence) => (None, None, Some(silence.0)),
        Reason::FirstNotification
        | Reason::Reminder
        | Reason::Recovery
        | Reason::Maintenance
        | Reason::OverBeforeTold => (None, None, None),
    };
    let key = alert_key_text(&decision.alert);
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO decision (alert_key, decided, reason, other_alert, device, silence) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (alert_key, decided, reason) DO NOTHING",
        )
            .bind(&key)
            .bind(ms(decision.at))
            .bind(decision.reason.as_str())
            .bind(other)
            .bind(device)
            .bind(silence)
            .execute(on)
            .await
            .map(|_| ())
    })
    .step("decision_insert", key)
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
}

impl TryFrom<DecisionRow> for Decision {
    type Error = StoreError;
    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let at = at("decision", row.id);
        let reason = match (row.reason.as_str(), &row.other_alert, row.device) {
            ("first_notification", None, None) => Reason::FirstNotification,
            ("reminder", None, None) => Reason::Reminder,
            ("recovery", None, None) => Reason::Recovery,
            ("maintenance", None, None) => Reason::Maintenance,
            ("over_before_told", None, None) => Reason::OverBeforeTold,
            ("grouped_into", Some(other), None) => Reason::GroupedInto(at.alert_key("other_alert", other)?),
            ("inhibited_by", None, Some(device)) => Reason::InhibitedBy(DeviceId(device)),
            ("silenced_by", None, None) => {
                let silence = row.silence.ok_or_else(|| at.wrong("reason", "silenced_by nothing"))?;
                Reason::SilencedBy(SilenceId(silence))
            }
            (other, _, _) => return Err(at.wrong("reason", other)),
        };
        Ok(Decision { alert: at.alert_key("alert_key", &row.alert_key)?, at: at.time("decided", row.decided)?, reason })
    }
}
