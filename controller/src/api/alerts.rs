//! `/api/v1/alerts`

use std::sync::Arc;

use alerts::alert::AlertState;
use alerts::decision::{About, Decision};
use alerts::outage::Subject;
use axum::Json;
use axum::extract::State;
use inventory::id::{AlertId, AreaId, DeviceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::{AlertView, rfc3339, subject_names};
use crate::app::App;
use crate::app::outage::TroubleQuery;
use crate::app::sight::Sight;
use crate::store::{AlertPhase, AlertRecord};

/// Which alerts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Of this hall and its devices, by code.
    hall: Option<String>,
    /// Of this device, by id.
    device: Option<i64>,
    /// Of this area and everything below it, by id.
    area: Option<i64>,
    /// pending, firing or resolved.
    state: Option<String>,
    /// Only those that are not over.
    open: Option<bool>,
    /// Decided at this time or later, RFC 3339.
    from: Option<String>,
    /// Decided before this time, RFC 3339.
    to: Option<String>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// Alerts, the latest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(Ask), responses(
    (status = 200, description = "A page of alerts", body = Page<AlertView>),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<AlertView>>, ApiError> {
    let query = TroubleQuery {
        hall: word("hall", ask.hall)?,
        device: ask.device.map(DeviceId),
        area: ask.area.map(AreaId),
        open_only: ask.open.unwrap_or(false),
        from: word("from", ask.from)?,
        to: word("to", ask.to)?,
    };
    let phase: Option<AlertPhase> = word("state", ask.state)?;
    let page = app.alert_list(&caller, query, phase, &page_ask(ask.cursor, ask.limit)).await?;
    Ok(Json(Page::of(page, |record| view(&app, &record))))
}

/// An alert with every decision to tell or not to tell of it.
#[derive(Serialize, ToSchema)]
pub(super) struct AlertWithDecisions {
    #[serde(flatten)]
    alert: AlertView,
    /// In the order in which they were made.
    decisions: Vec<DecisionView>,
}

/// One decision.
#[derive(Serialize, ToSchema)]
pub(super) struct DecisionView {
    /// When.
    at: String,
    /// Told: first_notification, grouped_into, reminder, escalated, digest or recovery. Not told: inhibited_by,
    /// silenced_by, maintenance, unstable, over_before_told, quiet_until, not_on_call, later_step, acknowledged or nobody. A step that
    /// reached nobody: nobody_on_call.
    reason: &'static str,
    /// The device on the uplink path that is down, for inhibited_by.
    device: Option<String>,
    /// The id of the silence, for silenced_by.
    silence: Option<i64>,
    /// The id of the contact that it is of; null where it is of the channels that hear of everything.
    contact: Option<i64>,
    /// The id of the schedule, for not_on_call and nobody_on_call.
    schedule: Option<i64>,
    /// When the quiet hours end, for quiet_until.
    until: Option<String>,
}

/// One alert, and who was told of it and why (not).
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The alert", body = AlertWithDecisions),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<AlertWithDecisions>, ApiError> {
    let (record, decisions) = app.alert(&caller, AlertId(id)).await?;
    let decisions = decisions.iter().map(|decision| decision_view(&app.sight(&caller), decision)).collect();
    Ok(Json(AlertWithDecisions { alert: view(&app, &record), decisions }))
}

pub(super) fn view(app: &App, record: &AlertRecord) -> AlertView {
    let alert = &record.alert;
    let device = match alert.key.subject {
        Subject::Device(id) => Some(id),
        Subject::Hall(_) => None,
    };
    let (hall, device) = subject_names(&app.world().fleet, record.hall, device);
    let (fired, resolved) = match alert.state {
        AlertState::Pending => (None, None),
        AlertState::Firing { at } => (Some(at), None),
        AlertState::Resolved { fired, at } => (fired, Some(at)),
    };
    AlertView {
        id: record.id.0,
        rule: alert.key.rule.as_str(),
        severity: alert.severity().as_str(),
        hall,
        device,
        state: AlertPhase::from(alert.state).as_str(),
        since: rfc3339(alert.key.since),
        fired_at: fired.map(rfc3339),
        resolved_at: resolved.map(rfc3339),
        value: alert.judged.map(|judged| judged.value.value()),
        threshold: alert.judged.map(|judged| judged.threshold.value()),
    }
}

pub(super) fn decision_view(sight: &Sight, decision: &Decision) -> DecisionView {
    let About { other: _, device, silence, schedule, until } = decision.reason.about();
    DecisionView {
        at: rfc3339(decision.at),
        reason: decision.reason.as_str(),
        device: device.and_then(|id| sight.device(id)).map(|device| device.name.to_string()),
        silence: silence.map(|id| id.0),
        contact: decision.contact.map(|id| id.0),
        schedule: schedule.map(|id| id.0),
        until: until.map(rfc3339),
    }
}
