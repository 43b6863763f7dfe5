//! `/api/v1/areas`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inventory::id::AreaId;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::AreaView;
use crate::app::App;
use crate::app::error::AppError;
use crate::store::{AreaDraft, AreaFilter, Successor};

/// Which areas.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Valid on this day (2026-11-25); without it, of all times.
    valid_on: Option<String>,
    /// Bearing this code.
    code: Option<String>,
    /// Having these words; diacritics do not matter.
    q: Option<String>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// Areas of all times, or of one day.
#[utoipa::path(get, path = "/api/v1/areas", tag = "areas", params(Ask), responses(
    (status = 200, description = "A page of areas", body = Page<AreaView>),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<AreaView>>, ApiError> {
    let filter = AreaFilter { valid_on: word("valid_on", ask.valid_on)?, code: ask.code, search: ask.q };
    let page = app.area_list(&caller, &filter, &page_ask(ask.cursor, ask.limit)).await?;
    let world = app.world();
    Ok(Json(Page::of(page, |area| AreaView::new(&area, &world.areas))))
}

/// One area.
#[utoipa::path(get, path = "/api/v1/areas/{id}", tag = "areas", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The area", body = AreaView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<AreaView>, ApiError> {
    let area = app.area(&caller, AreaId(id))?;
    Ok(Json(AreaView::new(&area, &app.world().areas)))
}

/// Which areas end, on which day, and what takes over: an area that exists, or one that begins then.
#[derive(Deserialize, ToSchema)]
pub(super) struct Succession {
    /// The areas that end.
    old: Vec<i64>,
    /// The day of the change: 2025-07-01.
    #[schema(value_type = String, format = Date)]
    date: String,
    /// The area that takes over, when it exists.
    existing: Option<i64>,
    /// The area that begins on that day.
    new: Option<NewArea>,
}

/// An area that begins.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewArea {
    /// Its official code.
    code: String,
    /// Its name without its level.
    name: String,
    /// Its level: `xã`.
    #[serde(default)]
    kind: String,
    /// The area above it.
    parent: Option<i64>,
}

/// Lets areas be merged into, or renamed to, another on a day. Halls keep their codes and follow on that day.
#[utoipa::path(post, path = "/api/v1/areas/successions", tag = "areas", request_body = Succession, responses(
    (status = 200, description = "The area that takes over", body = AreaView),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such area", body = Problem),
    (status = 409, description = "The areas do not end on that day, or the code is taken", body = Problem),
))]
pub(super) async fn succeed(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(asked): Body<Succession>,
) -> Result<Json<AreaView>, ApiError> {
    let on: Option<Date> = word("date", Some(asked.date))?;
    let on = on.ok_or_else(|| AppError::Invalid("date is missing".to_owned()))?;
    let by = match (asked.existing, asked.new) {
        (Some(id), None) => Successor::Existing(AreaId(id)),
        (None, Some(new)) => {
            let NewArea { code, name, kind, parent } = new;
            Successor::New(AreaDraft { code, name: inventory::text::nfc(&name), kind, parent: parent.map(AreaId) })
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(AppError::Invalid("give either `existing` or `new`".to_owned()).into());
        }
    };
    if asked.old.is_empty() {
        return Err(AppError::Invalid("`old` names no area".to_owned()).into());
    }
    let olds: Vec<AreaId> = asked.old.into_iter().map(AreaId).collect();
    let id = app.area_succeed(&caller, &olds, &by, on).await?;
    let (area, tree) = app.area_now(&caller, id).await?;
    Ok(Json(AreaView::new(&area, &tree)))
}
