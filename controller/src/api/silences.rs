//! `/api/v1/silences`: what nobody is told of for a while, because a person wants it so.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::id::{AreaId, DeviceId, SilenceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::silence::SilenceWish;
use crate::store::{SilenceOf, SilenceRecord};

/// Which silences.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Also those that are over.
    ended: Option<bool>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// A silence. It is of a hall with everything in it, of a device alone, or of all halls of an area.
#[derive(Serialize, ToSchema)]
pub(super) struct SilenceView {
    /// Its id.
    id: i64,
    /// Code of the hall; of a device, the hall that it stands in.
    hall: Option<String>,
    /// Id of the device.
    device: Option<i64>,
    /// Id of the area.
    area: Option<i64>,
    /// From then on.
    from: String,
    /// Until then.
    until: String,
    /// waiting, active or ended.
    state: &'static str,
    /// Why.
    reason: String,
    /// Who wants it so.
    made_by: String,
    /// When he said so.
    made_at: String,
}

/// A silence to be made: of one of hall, device and area.
#[derive(Deserialize, ToSchema)]
pub(super) struct SilenceBody {
    /// Code of a hall.
    hall: Option<String>,
    /// Id of a device.
    device: Option<i64>,
    /// Id of an area.
    area: Option<i64>,
    /// From then on, RFC 3339; now when not given.
    from: Option<String>,
    /// Until then, RFC 3339; 90 days at the most.
    until: Option<String>,
    /// Why: others will ask.
    #[serde(default)]
    reason: String,
}

/// Silences, those that last longest first.
#[utoipa::path(get, path = "/api/v1/silences", tag = "silences", params(Ask), responses(
    (status = 200, description = "A page of silences", body = Page<SilenceView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<SilenceView>>, ApiError> {
    let page = app.silence_list(&caller, ask.ended.unwrap_or(false), &page_ask(ask.cursor, ask.limit)).await?;
    Ok(Json(Page::of(page, |record| view(&app, &record))))
}

/// One silence.
#[utoipa::path(get, path = "/api/v1/silences/{id}", tag = "silences", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The silence", body = SilenceView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<SilenceView>, ApiError> {
    Ok(Json(view(&app, &app.silence(&caller, SilenceId(id)).await?)))
}

/// Makes a silence: states, outages and causes go on, and nobody is told.
#[utoipa::path(post, path = "/api/v1/silences", tag = "silences", request_body = SilenceBody, responses(
    (status = 201, description = "The silence", body = SilenceView),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such hall, device or area", body = Problem),
))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<SilenceBody>,
) -> Result<(StatusCode, Json<SilenceView>), ApiError> {
    let wish = SilenceWish {
        hall: word("hall", body.hall)?,
        device: body.device.map(DeviceId),
        area: body.area.map(AreaId),
        from: word("from", body.from)?,
        until: word("until", body.until)?,
        reason: body.reason,
    };
    let record = app.silence_create(&caller, wish).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &record))))
}

/// Ends a silence now: what is still wrong is told.
#[utoipa::path(delete, path = "/api/v1/silences/{id}", tag = "silences", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 204, description = "It is over"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "It was over already", body = Problem),
))]
pub(super) async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.silence_end(&caller, SilenceId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(app: &App, record: &SilenceRecord) -> SilenceView {
    let world = app.world();
    let code = |id| world.fleet.hall(id).map(|hall| hall.code.to_string());
    let (hall, device, area) = match record.of {
        SilenceOf::Hall(hall) => (code(hall), None, None),
        SilenceOf::Device(hall, device) => (code(hall), Some(device.0), None),
        SilenceOf::Area(area) => (None, None, Some(area.0)),
    };
    let now = app.clock.now();
    let state = match (record.from <= now, record.until > now) {
        (false, true) => "waiting",
        (true, true) => "active",
        (_, false) => "ended",
    };
    SilenceView {
        id: record.id.0,
        hall,
        device,
        area,
        from: rfc3339(record.from),
        until: rfc3339(record.until),
        state,
        reason: record.reason.clone(),
        made_by: record.made_by.clone(),
        made_at: rfc3339(record.made_at),
    }
}
