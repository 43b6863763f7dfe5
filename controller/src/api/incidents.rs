//! `/api/v1/incidents`: what people work on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inventory::id::IncidentId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::view as alert_view;
use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask};
use super::outages::view as outage_view;
use super::problem::{ApiError, Problem};
use super::view::{AlertView, OutageView, rfc3339};
use crate::app::App;
use crate::app::incident::{IncidentSeen, IncidentWish};
use crate::store::IncidentEvent;

/// Which incidents.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Only those that last.
    open: Option<bool>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// Alerts that were told together, and who has taken them.
#[derive(Serialize, ToSchema)]
pub(super) struct IncidentView {
    /// Its id.
    id: i64,
    /// Its messages hang together by it.
    thread: String,
    /// open or ended.
    state: &'static str,
    /// When the first of its faults was decided.
    opened_at: String,
    /// When people were told.
    told_at: String,
    /// When the last of its faults ended; null while one lasts.
    ended_at: Option<String>,
    /// When a person took it.
    acknowledged_at: Option<String>,
    /// Who has it.
    owner: Option<String>,
    /// When the owner set out.
    going_at: Option<String>,
    /// When he is to be there.
    arrives_at: Option<String>,
    /// Until when nobody is reminded of it.
    snoozed_until: Option<String>,
    /// What came of it.
    resolution: Option<ResolutionView>,
    /// Its alerts, the first first.
    alerts: Vec<AlertView>,
    /// Their outages, with their causes.
    outages: Vec<OutageView>,
}

/// What came of an incident, by a person.
#[derive(Serialize, ToSchema)]
struct ResolutionView {
    /// When it was written.
    at: String,
    /// What was wrong.
    wrong: String,
    /// What was done.
    done: String,
    /// The part that was used.
    part: String,
}

/// An incident with everything that happened to it.
#[derive(Serialize, ToSchema)]
pub(super) struct IncidentWithEvents {
    #[serde(flatten)]
    incident: IncidentView,
    /// In order.
    events: Vec<EventView>,
}

/// Something that happened to an incident.
#[derive(Serialize, ToSchema)]
struct EventView {
    /// When.
    at: String,
    /// firing, reminder, resolved, acknowledged, given_back, going, snoozed, comment or resolution.
    kind: &'static str,
    /// Who did it; empty for what the program does.
    who: String,
    /// What else there is to say: words, or a time.
    text: String,
}

/// When somebody will be there, or wants to hear of it again.
#[derive(Deserialize, ToSchema)]
pub(super) struct Minutes {
    /// In so many minutes.
    minutes: i64,
}

/// What somebody has to say.
#[derive(Deserialize, ToSchema)]
pub(super) struct Comment {
    /// Up to 2,000 characters.
    text: String,
}

/// What came of it.
#[derive(Deserialize, ToSchema)]
#[serde(default)]
#[derive(Default)]
pub(super) struct ResolutionBody {
    /// What was wrong.
    wrong: String,
    /// What was done.
    done: String,
    /// The part that was used.
    part: String,
}

/// Incidents, the latest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Ask), responses(
    (status = 200, description = "A page of incidents", body = Page<IncidentView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<IncidentView>>, ApiError> {
    let page = app.incident_list(&caller, ask.open.unwrap_or(false), &page_ask(ask.cursor, ask.limit)).await?;
    Ok(Json(Page::of(page, |seen| view(&app, seen))))
}

/// One incident, with everything that happened to it.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The incident", body = IncidentWithEvents),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<IncidentWithEvents>, ApiError> {
    let seen = app.incident(&caller, IncidentId(id)).await?;
    with_events(&app, seen).await
}

/// Takes it: nobody is reminded of it from then on.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/acknowledge", tag = "incidents", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The incident as it is now", body = IncidentWithEvents),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn acknowledge(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<IncidentWithEvents>, ApiError> {
    act(&app, &caller, id, IncidentWish::Acknowledge).await
}

/// Gives it back: people are reminded of it again.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/give-back", tag = "incidents", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The incident as it is now", body = IncidentWithEvents),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn give_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<IncidentWithEvents>, ApiError> {
    act(&app, &caller, id, IncidentWish::GiveBack).await
}

/// Takes it and sets out.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/going", tag = "incidents", request_body = Minutes, params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The incident as it is now", body = IncidentWithEvents),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn going(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<Minutes>,
) -> Result<Json<IncidentWithEvents>, ApiError> {
    act(&app, &caller, id, IncidentWish::Go { minutes: body.minutes }).await
}

/// Wants everybody to be reminded then, and not before.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/snooze", tag = "incidents", request_body = Minutes, params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The incident as it is now", body = IncidentWithEvents),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn snooze(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<Minutes>,
) -> Result<Json<IncidentWithEvents>, ApiError> {
    act(&app, &caller, id, IncidentWish::Snooze { minutes: body.minutes }).await
}

/// Says something about it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/comments", tag = "incidents", request_body = Comment, params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The incident as it is now", body = IncidentWithEvents),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn comment(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<Comment>,
) -> Result<Json<IncidentWithEvents>, ApiError> {
    act(&app, &caller, id, IncidentWish::Comment(body.text)).await
}

/// Says what came of it: what was wrong, what was done, which part was used.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/resolution", tag = "incidents", request_body = ResolutionBody, params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The incident as it is now", body = IncidentWithEvents),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn resolve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<ResolutionBody>,
) -> Result<Json<IncidentWithEvents>, ApiError> {
    let ResolutionBody { wrong, done, part } = body;
    act(&app, &caller, id, IncidentWish::Resolve { wrong, done, part }).await
}

async fn act(app: &App, caller: &Caller, id: i64, wish: IncidentWish) -> Result<Json<IncidentWithEvents>, ApiError> {
    let seen = app.incident_act(caller, IncidentId(id), wish).await?;
    with_events(app, seen).await
}

async fn with_events(app: &App, seen: IncidentSeen) -> Result<Json<IncidentWithEvents>, ApiError> {
    let event = |event: IncidentEvent| EventView {
        at: rfc3339(event.at),
        kind: event.kind.as_str(),
        who: event.who,
        text: event.text,
    };
    let events = app.incident_events(&seen).await?.into_iter().map(event).collect();
    Ok(Json(IncidentWithEvents { incident: view(app, seen), events }))
}

fn view(app: &App, seen: IncidentSeen) -> IncidentView {
    let IncidentSeen { record, alerts, outages } = seen;
    let now = app.clock.now();
    IncidentView {
        id: record.id.0,
        thread: record.thread,
        state: if record.ended.is_some() { "ended" } else { "open" },
        opened_at: rfc3339(record.opened),
        told_at: rfc3339(record.told),
        ended_at: record.ended.map(rfc3339),
        acknowledged_at: record.acknowledged.map(rfc3339),
        owner: record.owner,
        going_at: record.going.map(|(at, _)| rfc3339(at)),
        arrives_at: record.going.map(|(_, arrives)| rfc3339(arrives)),
        snoozed_until: record.snoozed.map(rfc3339),
        resolution: record.resolution.map(|said| ResolutionView {
            at: rfc3339(said.at),
            wrong: said.wrong,
            done: said.done,
            part: said.part,
        }),
        alerts: alerts.iter().map(|alert| alert_view(app, alert)).collect(),
        outages: outages.iter().map(|outage| outage_view(app, outage, now)).collect(),
    }
}
