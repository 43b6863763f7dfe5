//! `/api/v1/halls`: halls are named by their codes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inventory::device::Lifecycle;
use inventory::id::AreaId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::HallView;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::fleet::HallQuery;
use crate::store::HallRecord;

/// Which halls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Of this area and everything below it, by id.
    area: Option<i64>,
    /// In this state: up, partial, down, unknown or maintenance.
    state: Option<String>,
    /// At this point of their life: planned, active, maintenance or retired.
    lifecycle: Option<String>,
    /// Having these words; diacritics do not matter.
    q: Option<String>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// Halls by code.
#[utoipa::path(get, path = "/api/v1/halls", tag = "halls", params(Ask), responses(
    (status = 200, description = "A page of halls", body = Page<HallView>),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<HallView>>, ApiError> {
    let query = HallQuery {
        area: ask.area.map(AreaId),
        state: word("state", ask.state)?,
        lifecycle: word("lifecycle", ask.lifecycle)?,
        search: ask.q,
    };
    let page = app.hall_list(&caller, query, &page_ask(ask.cursor, ask.limit)).await?;
    Ok(Json(Page::of(page, |record| view(&app, &record))))
}

/// One hall.
#[utoipa::path(get, path = "/api/v1/halls/{code}", tag = "halls", params(("code" = String, Path, description = "Its code")), responses(
    (status = 200, description = "The hall", body = HallView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
) -> Result<Json<HallView>, ApiError> {
    let record = app.hall(&caller, &code).await?;
    Ok(Json(view(&app, &record)))
}

/// What of a hall or device can be changed by hand.
#[derive(Deserialize, ToSchema)]
pub(super) struct Change {
    /// planned, active, maintenance or retired.
    pub(super) lifecycle: String,
}

impl Change {
    /// The point of life asked for.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn lifecycle(self) -> Result<Lifecycle, AppError> {
        let found = word("lifecycle", Some(self.lifecycle))?;
        found.ok_or_else(|| AppError::Invalid("lifecycle is missing".to_owned()))
    }
}

/// Puts a hall into maintenance, into use, or out of it. What people fill in of it comes by CSV.
#[utoipa::path(patch, path = "/api/v1/halls/{code}", tag = "halls", request_body = Change, params(("code" = String, Path, description = "Its code")), responses(
    (status = 200, description = "The hall as it is now", body = HallView),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<HallView>, ApiError> {
    let record = app.hall_set_lifecycle(&caller, &code, change.lifecycle()?).await?;
    Ok(Json(view(&app, &record)))
}

fn view(app: &App, record: &HallRecord) -> HallView {
    HallView::new(&record.hall, app.world().areas.area(record.hall.area), record.health.as_ref())
}
