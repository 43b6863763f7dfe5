//! `/silences`: what nobody is told of for a while.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::id::SilenceId;
use jiff::SignedDuration;
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Role;
use crate::app::sight::Sight;
use crate::app::silence::SilenceWish;
use crate::store::{PageAsk, SilenceOf, SilenceRecord};
use crate::web::view::silences::{SilenceRow, SilencesPage};

/// Silences on a page.
const ROWS: u32 = 50;

/// What the form and the links carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    hall: String,
    area: String,
    hours: String,
    reason: String,
    cursor: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(fields): Query<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let ask = PageAsk { cursor: fields.cursor, limit: ROWS };
    let page = app.silence_list(&caller, false, &ask).await.map_err(PageError::with(&frame))?;
    let sight = app.sight(&caller);
    let mut halls: Vec<_> = sight.fleet().halls().map(|hall| (hall.code.clone(), hall.facts.name.clone())).collect();
    halls.sort();
    Ok(asked.page(&SilencesPage {
        rows: page.items.iter().map(|record| row(&sight, record)).collect(),
        older: page.next,
        is_technician: !caller.scope(Role::Technician).is_empty(),
        areas: app.areas_today(&caller),
        chosen: fields.hall,
        halls,
        frame,
    }))
}

/// Makes one.
pub(super) async fn create(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let made = match wish(&app, &caller, &fields) {
        Ok(wish) => app.silence_create(&caller, wish).await,
        Err(error) => Err(error),
    };
    made.map_err(PageError::with(&frame))?;
    Ok(Redirect::to("/silences").into_response())
}

fn wish(app: &App, caller: &Caller, fields: &Fields) -> Result<SilenceWish, AppError> {
    caller.require(Role::Technician)?;
    let hours: i64 = parsed("hours", &fields.hours)?;
    let until = app.clock.now().checked_add(SignedDuration::from_secs(hours.clamp(0, 24 * 366) * 3_600)).ok();
    let area = (!fields.area.is_empty()).then(|| app.area_by_code(caller, &fields.area)).transpose()?;
    let hall = (!fields.hall.is_empty()).then(|| parsed("hall", &fields.hall)).transpose()?;
    Ok(SilenceWish { hall, area, until, reason: fields.reason.clone(), ..SilenceWish::default() })
}

/// Ends one.
pub(super) async fn end(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    app.silence_end(&caller, SilenceId(id)).await.map_err(PageError::with(&frame))?;
    Ok(Redirect::to("/silences").into_response())
}

fn row(sight: &Sight, record: &SilenceRecord) -> SilenceRow {
    let hall_name = |id| sight.hall(id).map(|hall| format!("{} ({})", hall.facts.name, hall.code)).unwrap_or_default();
    let what = match record.of {
        SilenceOf::Hall(hall) => hall_name(hall),
        SilenceOf::Device(_, device) => sight.device(device).map(|device| device.name.to_string()).unwrap_or_default(),
        SilenceOf::Area(area) => sight.area(area).map(|area| area.full_name()).unwrap_or_default(),
    };
    SilenceRow {
        id: record.id.0,
        what,
        from: record.from,
        until: record.until,
        reason: record.reason.clone(),
        made_by: record.made_by.clone(),
    }
}
