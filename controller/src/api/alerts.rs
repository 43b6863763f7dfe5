//! `/api/v1/alerts`

use std::sync::Arc;

use alerts::alert::AlertState;
use alerts::decision::{Decision, Reason};
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
struct DecisionView {
    /// When.
    at: String,
    /// first_notification, reminder, recovery, grouped_into, inhibited_by, silenced_by, maintenance or over_before_told.
    reason: &'static str,
    /// The device on the uplink path that is down, for inhibited_by.
    device: Option<String>,
    /// The id of the silence, for silenced_by.
    silence: Option<i64>,
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
        severity: alert.key.rule.severity().as_str(),
        hall,
        device,
        state: AlertPhase::from(alert.state).as_str(),
        since: rfc3339(alert.key.since),
        fired_at: fired.map(rfc3339),
        resolved_at: resolved.map(rfc3339),
    }
}

fn decision_view(sight: &Sight, decision: &Decision) -> DecisionView {
    let device = match decision.reason {
        Reason::InhibitedBy(id) => sight.device(id).map(|device| device.name.to_string()),
        Reason::SilencedBy(_)
        | Reason::FirstNotification
        | Reason::Reminder
        | Reason::Recovery
        | Reason::GroupedInto(_)
        | Reason::Maintenance
        | Reason::OverBeforeTold => None,
    };
    let silence = match decision.reason {
        Reason::SilencedBy(id) => Some(id.0),
        Reason::InhibitedBy(_)
        | Reason::FirstNotification
        | Reason::Reminder
        | Reason::Recovery
        | Reason::GroupedInto(_)
        | Reason::Maintenance
        | Reason::OverBeforeTold => None,
    };
    DecisionView { at: rfc3339(decision.at), reason: decision.reason.as_str(), device, silence }
}
