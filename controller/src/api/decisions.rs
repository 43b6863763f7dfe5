//! `/api/v1/decisions`: why people were, or were not, told.

use std::sync::Arc;

use alerts::outage::Subject;
use axum::Json;
use axum::extract::State;
use inventory::id::ContactId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::{DecisionView, decision_view};
use super::caller::Caller;
use super::extract::{Page, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::{rfc3339, subject_names};
use crate::app::App;

/// Which decisions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Code of a hall: those about it and what stands in it.
    hall: Option<String>,
    /// Id of a contact: those about telling him.
    contact: Option<i64>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// A decision, and what it is about.
#[derive(Serialize, ToSchema)]
pub(super) struct DecisionOfAlertView {
    /// The rule.
    rule: &'static str,
    /// Code of the hall.
    hall: String,
    /// The device, when it is a device's.
    device: Option<String>,
    /// When the fault began.
    since: String,
    /// Name of the contact.
    contact_name: Option<String>,
    #[serde(flatten)]
    decision: DecisionView,
}

/// Decisions to tell and not to tell, the latest first.
#[utoipa::path(get, path = "/api/v1/decisions", tag = "alerts", params(Ask), responses(
    (status = 200, description = "A page of decisions", body = Page<DecisionOfAlertView>),
    (status = 400, description = "The question makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such hall", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<DecisionOfAlertView>>, ApiError> {
    let contact = ask.contact.map(ContactId);
    let hall = word("hall", ask.hall)?;
    let seen = app.decision_page(&caller, hall, contact, &page_ask(ask.cursor, ask.limit)).await?;
    let sight = app.sight(&caller);
    Ok(Json(Page::of(seen.page, |record| {
        let key = record.decision.alert;
        let device = match key.subject {
            Subject::Device(id) => Some(id),
            Subject::Hall(_) => None,
        };
        let (hall, device) = subject_names(&app.world().fleet, record.hall, device);
        let contact_name = record.decision.contact.and_then(|id| seen.contacts.get(&id).cloned());
        let (rule, since) = (key.rule.as_str(), rfc3339(key.since));
        DecisionOfAlertView {
            rule,
            hall,
            device,
            since,
            contact_name,
            decision: decision_view(&sight, &record.decision),
        }
    })))
}
