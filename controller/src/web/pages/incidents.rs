//! `/incidents`: what people work on; and `/link/incident/{secret}`, by which whoever has a message takes it in two taps.

use alerts::alert::AlertState;
use alerts::outage::Subject;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::device::DeviceKind;
use inventory::id::IncidentId;
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::incident::{IncidentSeen, IncidentWish};
use crate::app::principal::Role;
use crate::app::sight::Sight;
use crate::store::{IncidentEventKind, PageAsk, Scope};
use crate::web::view::incidents::{EventRow, IncidentPage, IncidentRow, IncidentsPage, LostRow, Way};
use crate::web::why::Why;

/// Incidents on a page.
const ROWS: u32 = 50;

/// What the forms and the links carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    all: String,
    cursor: Option<String>,
    act: String,
    minutes: Option<i64>,
    text: String,
    wrong: String,
    done: String,
    part: String,
    name: String,
}

/// The list.
pub(super) async fn list(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(fields): Query<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let is_all = !fields.all.is_empty();
    let ask = PageAsk { cursor: fields.cursor, limit: ROWS };
    let page = app.incident_list(&caller, !is_all, &ask).await.map_err(PageError::with(&frame))?;
    let sight = app.sight(&caller);
    let rows = page.items.iter().map(|seen| row(&sight, seen)).collect();
    Ok(asked.page(&IncidentsPage { frame, rows, is_all, older: page.next }))
}

/// One incident.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let page = fill(&app, &asked, &caller, id).await.map_err(PageError::with(&frame))?;
    Ok(asked.page(&page))
}

async fn fill(app: &App, asked: &Asked, caller: &Caller, id: i64) -> Result<IncidentPage, AppError> {
    let seen = app.incident(caller, IncidentId(id)).await?;
    let is_technician = !caller.scope(Role::Technician).is_empty();
    let way = if is_technician { Way::LoggedIn } else { Way::Looking };
    page(app, asked, &app.sight(caller), &seen, way).await
}

async fn page(
    app: &App,
    asked: &Asked,
    sight: &Sight,
    seen: &IncidentSeen,
    way: Way,
) -> Result<IncidentPage, AppError> {
    let events = app.incident_events(seen).await?.into_iter();
    let events = events.map(|event| EventRow { at: event.at, kind: event.kind, who: event.who, text: event.text });
    Ok(IncidentPage { frame: asked.frame(app), row: row(sight, seen), events: events.collect(), way })
}

/// What somebody who is logged in does.
pub(super) async fn act(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let wish = wish(fields).map_err(PageError::with(&frame))?;
    app.incident_act(&caller, IncidentId(id), wish).await.map_err(PageError::with(&frame))?;
    Ok(Redirect::to(&format!("/incidents/{id}")).into_response())
}

/// The page behind the link of a message: it shows and changes nothing.
pub(super) async fn link_show(
    State(app): Shared,
    asked: Asked,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let (link, seen) = app.incident_by_link(&secret).await.map_err(PageError::with(&frame))?;
    let sight = Sight::new(app.world(), Scope::All);
    let way = Way::Link { secret, used: link.used };
    let page = page(&app, &asked, &sight, &seen, way).await.map_err(PageError::with(&frame))?;
    Ok(asked.page(&page))
}

/// The second tap.
pub(super) async fn link_act(
    State(app): Shared,
    asked: Asked,
    Path(secret): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let name = fields.name.clone();
    let wish = wish(fields).map_err(PageError::with(&frame))?;
    app.incident_act_by_link(&secret, &name, wish).await.map_err(PageError::with(&frame))?;
    Ok(Redirect::to(&format!("/link/incident/{secret}")).into_response())
}

fn wish(fields: Fields) -> Result<IncidentWish, AppError> {
    let minutes = || fields.minutes.ok_or_else(|| AppError::Invalid("minutes is missing".to_owned()));
    let kind = fields.act.parse::<IncidentEventKind>().map_err(|error| AppError::Invalid(format!("act {error}")))?;
    match kind {
        IncidentEventKind::Acknowledged => Ok(IncidentWish::Acknowledge),
        IncidentEventKind::GivenBack => Ok(IncidentWish::GiveBack),
        IncidentEventKind::Going => Ok(IncidentWish::Go { minutes: minutes()? }),
        IncidentEventKind::Snoozed => Ok(IncidentWish::Snooze { minutes: minutes()? }),
        IncidentEventKind::Comment => Ok(IncidentWish::Comment(fields.text)),
        IncidentEventKind::Resolution => {
            Ok(IncidentWish::Resolve { wrong: fields.wrong, done: fields.done, part: fields.part })
        }
        IncidentEventKind::Firing
        | IncidentEventKind::Reminder
        | IncidentEventKind::Growth
        | IncidentEventKind::Escalation
        | IncidentEventKind::Resolved => Err(AppError::Invalid(format!("{kind} is nothing that a person does"))),
    }
}

fn row(sight: &Sight, seen: &IncidentSeen) -> IncidentRow {
    let lost = seen.alerts.iter().filter_map(|record| {
        let hall = sight.hall(record.hall)?;
        let key = record.alert.key;
        let device = match key.subject {
            Subject::Hall(_) => None,
            Subject::Device(id) => sight.device(id),
        };
        let is_it = |outage: &&crate::store::OutageRecord| {
            (outage.outage.subject, outage.outage.start) == (key.subject, key.since)
        };
        let outage = seen.outages.iter().find(is_it).map(|found| found.outage);
        let over = match record.alert.state {
            AlertState::Resolved { at, .. } if !key.rule.is_of_reach() => Some(at),
            AlertState::Resolved { .. } | AlertState::Pending | AlertState::Firing { .. } => None,
        };
        Some(LostRow {
            hall: hall.code.clone(),
            hall_name: hall.facts.name.clone(),
            area_name: sight.area(hall.area).map(|area| area.full_name()).unwrap_or_default(),
            kind: device.map_or(DeviceKind::Router, |device| device.facts.kind),
            device: device.map(|device| (device.id, device.name.name.clone())),
            rule: key.rule,
            judged: record.alert.judged,
            since: key.since,
            end: outage.and_then(|outage| outage.end).or(over),
            why: outage.as_ref().map(Why::of),
        })
    });
    IncidentRow { record: seen.record.clone(), lost: lost.collect() }
}
