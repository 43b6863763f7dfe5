//! Alerts. The engine writes them; people read them.

use alerts::alert::{Alert, AlertKey, AlertState};
use alerts::rule::Judged;
use alerts::rule::setting::Amount;
use inventory::id::{AlertId, AreaId, DeviceId, HallId, IncidentId};
use jiff::Timestamp;
use sqlx::FromRow;

use super::codec::{alert_key_text, at, ms, ms_if, subject_columns};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// The columns of an alert and where they come from, once for all queries.
macro_rules! alert_columns {
    () => {
        "a.id, a.rule, a.hall, a.device, h.id AS in_hall, a.since, a.decided, a.state, a.fired_at, a.resolved_at, \
         a.value, a.threshold, a.hold_s, a.severity \
         FROM alert a LEFT JOIN device d ON d.id = a.device JOIN hall h ON h.id = COALESCE(a.hall, d.hall)"
    };
}

/// An alert as a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertRecord {
    /// Its id.
    pub id: AlertId,
    /// The alert.
    pub alert: Alert,
    /// The hall that it is of, or in which the device stands.
    pub hall: HallId,
}

/// The words for where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertPhase {
    /// The notification waits for others of the same cause.
    Pending,
    /// People were told.
    Firing,
    /// Over.
    Resolved,
}

impl AlertPhase {
    /// The word in the API and the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertPhase::Pending => "pending",
            AlertPhase::Firing => "firing",
            AlertPhase::Resolved => "resolved",
        }
    }
}

impl From<AlertState> for AlertPhase {
    fn from(state: AlertState) -> Self {
        match state {
            AlertState::Pending => AlertPhase::Pending,
            AlertState::Firing { .. } => AlertPhase::Firing,
            AlertState::Resolved { .. } => AlertPhase::Resolved,
        }
    }
}

/// The text is no phase of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of pending, firing, resolved")]
pub struct AlertPhaseError;

impl std::str::FromStr for AlertPhase {
    type Err = AlertPhaseError;
    fn from_str(text: &str) -> Result<Self, AlertPhaseError> {
        let all = [AlertPhase::Pending, AlertPhase::Firing, AlertPhase::Resolved];
        all.into_iter().find(|phase| phase.as_str() == text).ok_or(AlertPhaseError)
    }
}

/// Which alerts a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// Those of this hall and the devices in it only.
    pub hall: Option<HallId>,
    /// Those of this device only.
    pub device: Option<DeviceId>,
    /// Those of these areas only; give an area with all below it.
    pub areas: Option<Vec<AreaId>>,
    /// Those that stand here only.
    pub phase: Option<AlertPhase>,
    /// Those that are not over only.
    pub open_only: bool,
    /// Those decided at this time or later only.
    pub from: Option<Timestamp>,
    /// Those decided before this time only.
    pub to: Option<Timestamp>,
}

impl Db {
    /// Alerts, the latest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn alert_list(
        &self,
        scope: &Scope,
        filter: &AlertFilter,
        ask: &PageAsk,
    ) -> Result<Page<AlertRecord>, StoreError> {
        let mut select = Select::new(ALERTS);
        select.within(scope, "h.area", "h.id");
        if let Some((decided, id)) = ask.after::<(i64, i64)>("alerts")? {
            select.and("(a.decided, a.id) < (?, ?)", [decided.into(), id.into()]);
        }
        if let Some(hall) = filter.hall {
            select.and("(a.hall = ? OR d.hall = ?)", [hall.0.into(), hall.0.into()]);
        }
        if let Some(device) = filter.device {
            select.and("a.device = ?", [device.0.into()]);
        }
        if let Some(areas) = &filter.areas {
            select.and_in("h.area", areas.iter().map(|id| id.0));
        }
        if let Some(phase) = filter.phase {
            select.and("a.state = ?", [phase.as_str().into()]);
        }
        if filter.open_only {
            select.and("a.resolved_at IS NULL", []);
        }
        if let Some(from) = filter.from {
            select.and("a.decided >= ?", [ms(from).into()]);
        }
        if let Some(to) = filter.to {
            select.and("a.decided < ?", [ms(to).into()]);
        }
        select.order(" ORDER BY a.decided DESC, a.id DESC", ask.fetch());
        let rows: Vec<AlertRow> = select.rows(self, "alert_list").await?;
        let alerts = rows.into_iter().map(AlertRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(alerts, ask, "alerts", |record: &AlertRecord| (ms(record.alert.decided), record.id.0)))
    }

    /// The alert with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn alert_by_id(&self, scope: &Scope, id: AlertId) -> Result<Option<AlertRecord>, StoreError> {
        let mut select = Select::new(ALERTS);
        select.within(scope, "h.area", "h.id");
        select.and("a.id = ?", [id.0.into()]);
        let rows: Vec<AlertRow> = select.rows(self, "alert_by_id").await?;
        rows.into_iter().next().map(AlertRecord::try_from).transpose()
    }
}

/// The alerts of an incident that lie in the scope, the first first.
pub(super) async fn alert_list_of_incident(
    db: &Db,
    scope: &Scope,
    incident: IncidentId,
) -> Result<Vec<AlertRecord>, StoreError> {
    let mut select = Select::new(ALERTS);
    select.within(scope, "h.area", "h.id");
    select.and("a.alert_key IN (SELECT alert_key FROM incident_alert WHERE incident = ?)", [incident.0.into()]);
    select.end(" ORDER BY a.since, a.id");
    let rows: Vec<AlertRow> = select.rows(db, "alert_list_of_incident").await?;
    rows.into_iter().map(AlertRecord::try_from).collect()
}

/// Every alert that is not over.
pub(super) async fn alert_open_in(tx: &mut Tx) -> Result<Vec<Alert>, StoreError> {
    const OPEN: &str = concat!("SELECT ", alert_columns!(), " WHERE a.resolved_at IS NULL ORDER BY a.id");
    let rows: Vec<AlertRow> =
        both!(tx.link(), on => sqlx::query_as(OPEN).fetch_all(on).await).step("alert_open", "alert")?;
    rows.into_iter().map(|row| AlertRecord::try_from(row).map(|record| record.alert)).collect()
}

/// Writes an alert: its key says which.
pub(super) async fn alert_write(tx: &mut Tx, alert: &Alert) -> Result<(), StoreError> {
    let (fired, resolved) = match alert.state {
        AlertState::Pending => (None, None),
        AlertState::Firing { at } => (Some(at), None),
        AlertState::Resolved { fired, at } => (fired, Some(at)),
    };
    let (hall, device) = subject_columns(alert.key.subject);
    let (key, judged) = (alert_key_text(&alert.key), alert.judged);
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO alert (alert_key, rule, hall, device, since, decided, state, fired_at, resolved_at, \
                 value, threshold, hold_s, severity) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (alert_key) DO UPDATE SET decided = excluded.decided, state = excluded.state, \
                 fired_at = excluded.fired_at, resolved_at = excluded.resolved_at, value = excluded.value, \
                 threshold = excluded.threshold, hold_s = excluded.hold_s, severity = excluded.severity",
        )
        .bind(&key)
        .bind(alert.key.rule.as_str())
        .bind(hall)
        .bind(device)
        .bind(ms(alert.key.since))
        .bind(ms(alert.decided))
        .bind(AlertPhase::from(alert.state).as_str())
        .bind(ms_if(fired))
        .bind(ms_if(resolved))
        .bind(judged.map(|judged| judged.value.thousandths()))
        .bind(judged.map(|judged| judged.threshold.thousandths()))
        .bind(judged.map(|judged| i64::from(judged.hold_s)))
        .bind(judged.map(|judged| judged.severity.as_str()))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("alert_write", key)
}

const ALERTS: &str = concat!("SELECT ", alert_columns!());

#[derive(FromRow)]
struct AlertRow {
    id: i64,
    rule: String,
    hall: Option<i64>,
    device: Option<i64>,
    in_hall: i64,
    since: i64,
    decided: i64,
    state: String,
    fired_at: Option<i64>,
    resolved_at: Option<i64>,
    value: Option<i64>,
    threshold: Option<i64>,
    hold_s: Option<i64>,
    severity: Option<String>,
}

impl TryFrom<AlertRow> for AlertRecord {
    type Error = StoreError;
    fn try_from(row: AlertRow) -> Result<Self, StoreError> {
        let at = at("alert", row.id);
        let fired = at.time_if("fired_at", row.fired_at)?;
        let resolved = at.time_if("resolved_at", row.resolved_at)?;
        let state = match (at.parse("state", &row.state)?, fired, resolved) {
            (AlertPhase::Pending, None, None) => AlertState::Pending,
            (AlertPhase::Firing, Some(at), None) => AlertState::Firing { at },
            (AlertPhase::Resolved, fired, Some(at)) => AlertState::Resolved { fired, at },
            (AlertPhase::Pending | AlertPhase::Firing | AlertPhase::Resolved, _, _) => {
                return Err(at.wrong("state", format!("{} with times that do not fit", row.state)));
            }
        };
        let key = AlertKey {
            rule: at.rule(&row.rule)?,
            subject: at.subject(row.hall, row.device)?,
            since: at.time("since", row.since)?,
        };
        let judged = match (row.value, row.threshold, row.hold_s, row.severity) {
            (Some(value), Some(threshold), Some(hold_s), Some(severity)) => Some(Judged {
                value: Amount::from_thousandths(value),
                threshold: Amount::from_thousandths(threshold),
                hold_s: at.number("hold_s", hold_s)?,
                severity: at.severity("severity", &severity)?,
            }),
            (Some(_) | None, Some(_) | None, Some(_) | None, Some(_) | None) => None,
        };
        let alert = Alert { key, decided: at.time("decided", row.decided)?, state, judged };
        Ok(AlertRecord { id: AlertId(row.id), alert, hall: HallId(row.in_hall) })
    }
}
