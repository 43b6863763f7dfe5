//! `/api/v1/schedules`: who is on call when, and who stands in for whom.

use std::sync::Arc;

use alerts::schedule::Rotation;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::id::{ContactId, OverrideId, ScheduleId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::contacts::HoursView;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::users::Turn;
use super::view::rfc3339;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Role;
use crate::app::schedule::{RotationWish, ScheduleWish};
use crate::store::{OverrideRecord, PeopleRecord, ScheduleRecord};
use crate::web::format;

/// A contact by name.
#[derive(Serialize, ToSchema)]
pub(super) struct ContactRef {
    /// Its id.
    id: i64,
    /// Its name.
    name: String,
}

/// Contacts that take turns.
#[derive(Serialize, ToSchema)]
pub(super) struct RotationView {
    /// Who, in the order of their turns.
    contacts: Vec<ContactRef>,
    /// The day whose 08:00 in the halls begins the first turn.
    start: String,
    /// How many days a turn lasts.
    days: u16,
    /// The hours of each day in which somebody is on call; all when null.
    hours: Option<HoursView>,
}

/// Somebody stands in for whoever would be on call.
#[derive(Serialize, ToSchema)]
pub(super) struct OverrideView {
    /// Its id.
    id: i64,
    /// Who.
    contact: ContactRef,
    /// From then on.
    from: String,
    /// Until then.
    until: String,
    /// Who said so.
    made_by: String,
    /// When he said so.
    made_at: String,
}

/// Who is on call when.
#[derive(Serialize, ToSchema)]
pub(super) struct ScheduleView {
    /// Its id.
    id: i64,
    /// Its name.
    name: String,
    /// Rotations; the first that has somebody on call decides.
    rotations: Vec<RotationView>,
    /// Stand-ins, who go before all rotations.
    overrides: Vec<OverrideView>,
    /// Who is on call now; null for nobody.
    on_call: Option<ContactRef>,
    /// The hours of every day in which nobody is on call, but for stand-ins.
    holes: Vec<HoursView>,
    /// What somebody should know of it: every hole, and when it begins.
    warnings: Vec<String>,
    /// When it was last changed.
    changed_at: String,
}

/// Who is on call from one moment to another.
#[derive(Serialize, ToSchema)]
pub(super) struct TurnView {
    /// From then on.
    from: String,
    /// Until then.
    until: String,
    /// Who; null for nobody: a hole.
    contact: Option<ContactRef>,
}

/// All turns of a time, without a gap.
#[derive(Serialize, ToSchema)]
pub(super) struct TurnsView {
    /// The turns; those of nobody are holes.
    items: Vec<TurnView>,
}

/// A schedule as it is to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct ScheduleBody {
    /// Its name; no other schedule has it.
    #[serde(default)]
    name: String,
    /// Rotations; the first that has somebody on call decides.
    #[serde(default)]
    rotations: Vec<RotationBody>,
}

/// Contacts that take turns.
#[derive(Deserialize, ToSchema)]
pub(super) struct RotationBody {
    /// Ids of contacts in the order of their turns.
    #[serde(default)]
    contacts: Vec<i64>,
    /// The day whose 08:00 in the halls begins the first turn, as `2026-11-30`.
    start: Option<String>,
    /// How many days a turn lasts, 1 to 90; 7 when not given.
    days: Option<i64>,
    /// The hours of each day in which somebody is on call; all when not given.
    hours: Option<HoursView>,
}

/// Somebody stands in.
#[derive(Deserialize, ToSchema)]
pub(super) struct OverrideBody {
    /// Id of the contact.
    contact: Option<i64>,
    /// From then on, RFC 3339; from now on when not given.
    from: Option<String>,
    /// Until then, RFC 3339; 90 days at the most.
    until: Option<String>,
}

/// Which time.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Span {
    /// RFC 3339; now when not given.
    from: Option<String>,
    /// RFC 3339, 100 days later at the most; 7 days later when not given.
    to: Option<String>,
}

impl ScheduleBody {
    fn wish(self) -> Result<ScheduleWish, AppError> {
        let rotation = |body: RotationBody| {
            Ok(RotationWish {
                contacts: body.contacts.into_iter().map(ContactId).collect(),
                start: word("start", body.start)?,
                days: body.days,
                hours: body.hours.map(|hours| hours.times()).transpose()?,
            })
        };
        let rotations = self.rotations.into_iter().map(rotation).collect::<Result<_, AppError>>()?;
        Ok(ScheduleWish { name: self.name, rotations })
    }
}

/// Schedules by name.
#[utoipa::path(get, path = "/api/v1/schedules", tag = "schedules", params(Turn), responses(
    (status = 200, description = "A page of schedules", body = Page<ScheduleView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<ScheduleView>>, ApiError> {
    let page = app.schedule_list(&caller, &page_ask(turn.cursor, turn.limit)).await?;
    let people = app.people(&caller).await?;
    Ok(Json(Page::of(page, |record| view(&app, &people, &record))))
}

/// One schedule.
#[utoipa::path(get, path = "/api/v1/schedules/{id}", tag = "schedules", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The schedule", body = ScheduleView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<ScheduleView>, ApiError> {
    let record = app.schedule(&caller, ScheduleId(id)).await?;
    seen(&app, &caller, &record).await
}

/// Who is on call from one moment to another, with the holes.
#[utoipa::path(get, path = "/api/v1/schedules/{id}/on-call", tag = "schedules", params(("id" = i64, Path, description = "Its id"), Span), responses(
    (status = 200, description = "The turns", body = TurnsView),
    (status = 400, description = "The time makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such schedule", body = Problem),
))]
pub(super) async fn on_call(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(span): Query<Span>,
) -> Result<Json<TurnsView>, ApiError> {
    app.schedule(&caller, ScheduleId(id)).await?;
    let from = word("from", span.from)?.unwrap_or_else(|| app.clock.now());
    let week = from.saturating_add(SignedDuration::from_hours(7 * 24)).unwrap_or(from);
    let until = word("to", span.to)?.unwrap_or(week);
    let turns = app.schedule_turns(&caller, ScheduleId(id), from, until).await?;
    let people = app.people(&caller).await?;
    let turn = |turn: alerts::schedule::Turn| TurnView {
        from: rfc3339(turn.from),
        until: rfc3339(turn.until),
        contact: turn.contact.and_then(|contact| contact_ref(&people, contact)),
    };
    Ok(Json(TurnsView { items: turns.into_iter().map(turn).collect() }))
}

/// Makes a schedule. One with holes is kept, and its `warnings` say so.
#[utoipa::path(post, path = "/api/v1/schedules", tag = "schedules", request_body = ScheduleBody, responses(
    (status = 201, description = "The schedule", body = ScheduleView),
    (status = 400, description = "Everything that is wrong with it", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<ScheduleBody>,
) -> Result<(StatusCode, Json<ScheduleView>), ApiError> {
    caller.require_everywhere(Role::Admin)?;
    let record = app.schedule_write(&caller, None, body.wish()?).await?;
    Ok((StatusCode::CREATED, seen(&app, &caller, &record).await?))
}

/// Writes the name and the rotations of a schedule anew; stand-ins stay.
#[utoipa::path(put, path = "/api/v1/schedules/{id}", tag = "schedules", params(("id" = i64, Path, description = "Its id")), request_body = ScheduleBody, responses(
    (status = 200, description = "The schedule", body = ScheduleView),
    (status = 400, description = "Everything that is wrong with it", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<ScheduleBody>,
) -> Result<Json<ScheduleView>, ApiError> {
    caller.require_everywhere(Role::Admin)?;
    let record = app.schedule_write(&caller, Some(ScheduleId(id)), body.wish()?).await?;
    seen(&app, &caller, &record).await
}

/// Removes a schedule that no escalation names.
#[utoipa::path(delete, path = "/api/v1/schedules/{id}", tag = "schedules", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 204, description = "It is gone"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "What names it", body = Problem),
))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.schedule_delete(&caller, ScheduleId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets somebody stand in: for administrators, and for technicians who take turns in the schedule.
#[utoipa::path(post, path = "/api/v1/schedules/{id}/overrides", tag = "schedules", params(("id" = i64, Path, description = "Id of the schedule")), request_body = OverrideBody, responses(
    (status = 201, description = "The stand-in", body = OverrideView),
    (status = 400, description = "Everything that is wrong with it", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such schedule", body = Problem),
))]
pub(super) async fn stand_in(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<OverrideBody>,
) -> Result<(StatusCode, Json<OverrideView>), ApiError> {
    let id = ScheduleId(id);
    app.schedule_open(&caller, id).await?;
    let (from, until) = (word("from", body.from)?, word("until", body.until)?);
    let record = app.override_create(&caller, id, body.contact.map(ContactId), from, until).await?;
    let people = app.people(&caller).await?;
    Ok((StatusCode::CREATED, Json(override_view(&people, &record))))
}

/// Takes a stand-in back.
#[utoipa::path(delete, path = "/api/v1/schedules/{id}/overrides/{override}", tag = "schedules", params(("id" = i64, Path, description = "Id of the schedule"), ("override" = i64, Path, description = "Id of the stand-in")), responses(
    (status = 204, description = "It is gone"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn take_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, stand_in)): Path<(i64, i64)>,
) -> Result<StatusCode, ApiError> {
    app.override_delete(&caller, ScheduleId(id), OverrideId(stand_in)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn seen(app: &App, caller: &Caller, record: &ScheduleRecord) -> Result<Json<ScheduleView>, ApiError> {
    let people = app.people(caller).await?;
    Ok(Json(view(app, &people, record)))
}

pub(super) fn contact_ref(people: &PeopleRecord, id: ContactId) -> Option<ContactRef> {
    people.contact_name(id).map(|name| ContactRef { id: id.0, name: name.to_owned() })
}

fn override_view(people: &PeopleRecord, record: &OverrideRecord) -> OverrideView {
    let id = record.stand_in.contact;
    let name = people.contact_name(id).unwrap_or_default().to_owned();
    OverrideView {
        id: record.id.0,
        contact: ContactRef { id: id.0, name },
        from: rfc3339(record.stand_in.from),
        until: rfc3339(record.stand_in.until),
        made_by: record.made_by.clone(),
        made_at: rfc3339(record.made_at),
    }
}

fn view(app: &App, people: &PeopleRecord, record: &ScheduleRecord) -> ScheduleView {
    let rotation = |rotation: &Rotation| RotationView {
        contacts: rotation.contacts.iter().filter_map(|id| contact_ref(people, *id)).collect(),
        start: rotation.start.to_string(),
        days: rotation.days,
        hours: rotation.hours.map(|hours| HoursView::new(hours.from, hours.until)),
    };
    let (schedule, now) = (record.schedule(), app.clock.now());
    let holes = schedule.daily_holes();
    let mut warnings: Vec<String> =
        holes.iter().map(|hole| format!("nobody is on call {} (every day)", hours_text(hole))).collect();
    if let Some(begins) = schedule.begins().filter(|begins| *begins > now) {
        warnings.push(format!("nobody is on call before {begins}"));
    }
    ScheduleView {
        id: record.id.0,
        name: record.draft.name.clone(),
        rotations: record.draft.rotations.iter().map(rotation).collect(),
        overrides: record.overrides.iter().map(|record| override_view(people, record)).collect(),
        on_call: schedule.on_call(now).and_then(|contact| contact_ref(people, contact)),
        holes: holes.iter().map(|hole| HoursView::new(hole.from, hole.until)).collect(),
        warnings,
        changed_at: rfc3339(record.changed_at),
    }
}

/// `02:00–06:00`.
pub(super) fn hours_text(hours: &alerts::schedule::Hours) -> String {
    if hours.from == hours.until {
        return "at any hour".to_owned();
    }
    format::hours(hours.from, hours.until)
}
