//! `/api/v1/outages`

use std::sync::Arc;

use alerts::outage::Subject;
use axum::Json;
use axum::extract::State;
use inventory::id::{AreaId, DeviceId, OutageId};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::Caller;
use super::extract::{Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::{OutageView, rfc3339, subject_names};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::outage::TroubleQuery;
use crate::store::{OutageOf, OutageRecord};

/// Which outages.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Of this hall and its devices, by code.
    hall: Option<String>,
    /// Of this device, by id.
    device: Option<i64>,
    /// Of this area and everything below it, by id.
    area: Option<i64>,
    /// `halls` or `devices`; both when not given.
    of: Option<String>,
    /// Only those that last.
    open: Option<bool>,
    /// Reaching past this time, RFC 3339.
    from: Option<String>,
    /// Begun before this time, RFC 3339.
    to: Option<String>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// Outages of halls and devices, the latest first.
#[utoipa::path(get, path = "/api/v1/outages", tag = "outages", params(Ask), responses(
    (status = 200, description = "A page of outages", body = Page<OutageView>),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<OutageView>>, ApiError> {
    let of = match ask.of.as_deref() {
        None => OutageOf::Both,
        Some("halls") => OutageOf::Halls,
        Some("devices") => OutageOf::Devices,
        Some(other) => return Err(AppError::Invalid(format!("of={other:?} is none of halls, devices")).into()),
    };
    let query = TroubleQuery {
        hall: word("hall", ask.hall)?,
        device: ask.device.map(DeviceId),
        area: ask.area.map(AreaId),
        open_only: ask.open.unwrap_or(false),
        from: word("from", ask.from)?,
        to: word("to", ask.to)?,
    };
    let page = app.outage_list(&caller, query, of, &page_ask(ask.cursor, ask.limit)).await?;
    let now = app.clock.now();
    Ok(Json(Page::of(page, |record| view(&app, &record, now))))
}

/// One outage.
#[utoipa::path(get, path = "/api/v1/outages/{id}", tag = "outages", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The outage", body = OutageView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<OutageView>, ApiError> {
    let record = app.outage(&caller, OutageId(id)).await?;
    Ok(Json(view(&app, &record, app.clock.now())))
}

pub(super) fn view(app: &App, record: &OutageRecord, now: Timestamp) -> OutageView {
    let outage = &record.outage;
    let device = match outage.subject {
        Subject::Device(id) => Some(id),
        Subject::Hall(_) => None,
    };
    let (hall, device) = subject_names(&app.world().fleet, record.hall, device);
    OutageView {
        id: record.id.0,
        hall,
        device,
        start: rfc3339(outage.start),
        end: outage.end.map(rfc3339),
        duration_s: outage.end.unwrap_or(now).duration_since(outage.start).as_secs().max(0),
        cause: outage.cause.as_str(),
        suspected: outage.suspected.as_str(),
        evidence: outage.evidence.into(),
    }
}
