//! `/halls/{code}/ledger`: a month of a hall, and the corrections that people make in it.

use alerts::ledger::{LedgerState, Month};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::id::{CorrectionId, OutageId};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::ledger::{CorrectionWish, HallLedger};
use crate::app::principal::Role;
use crate::web::format;
use crate::web::strip::Strip;
use crate::web::view::ledger::{LedgerPage, LedgerRow};
use crate::web::why::Why;

/// What the links carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    month: String,
}

/// What the forms carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Correcting {
    month: String,
    kind: String,
    from: String,
    until: String,
    outage: String,
    cause: String,
    reason: String,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(code): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let of = month(&app, &caller, &code, &fields.month).await.map_err(PageError::with(&frame))?;
    let may = |role| caller.scope(role).has(of.hall.area, of.hall.id);
    let area_name = app.sight(&caller).area(of.hall.area).map(|area| area.full_name()).unwrap_or_default();
    Ok(asked.page(&LedgerPage {
        area_name,
        name: if of.hall.facts.name.is_empty() { of.hall.code.to_string() } else { of.hall.facts.name.clone() },
        month: of.month,
        sums: of.sums,
        promised: of.hall.facts.promised_uptime,
        rows: rows(&of),
        strip: Strip::of(of.ledger),
        corrections: of.corrections,
        is_technician: may(Role::Technician),
        is_admin: may(Role::Admin),
        code: of.hall.code,
        frame,
    }))
}

async fn month(app: &App, caller: &Caller, code: &str, month: &str) -> Result<HallLedger, AppError> {
    app.hall(caller, code).await?;
    let month: Option<Month> = (!month.is_empty()).then(|| parsed("month", month)).transpose()?;
    app.hall_ledger(caller, code, month).await
}

fn rows(of: &HallLedger) -> Vec<LedgerRow> {
    let intervals = of.ledger.intervals().into_iter().filter(|interval| interval.state != LedgerState::Up);
    let row = |interval: alerts::ledger::Interval<LedgerState>| {
        let is_lost = matches!(interval.state, LedgerState::Down | LedgerState::Excused);
        let record = of.outage_in(interval.from, interval.to).filter(|_| is_lost);
        LedgerRow {
            interval,
            is_over: record.is_some_and(|record| record.outage.end.is_some()),
            outage: record.map(|record| (record.id, Why::of(&record.outage))),
        }
    };
    intervals.map(row).collect()
}

/// Corrects.
pub(super) async fn correct(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(code): Path<String>,
    Form(fields): Form<Correcting>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let done = async {
        app.correction_allowed(&caller, &code).await?;
        app.correction_create(&caller, &code, wish(&fields)?).await
    };
    done.await.map_err(PageError::with(&frame))?;
    Ok(back(&code, &fields.month))
}

/// Takes a correction back.
pub(super) async fn undo(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path((code, id)): Path<(String, i64)>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    app.correction_undo(&caller, &code, CorrectionId(id)).await.map_err(PageError::with(&frame))?;
    Ok(back(&code, &fields.month))
}

fn back(code: &str, month: &str) -> Response {
    let month = month.parse::<Month>().map(|month| format!("?month={month}")).unwrap_or_default();
    Redirect::to(&format!("/halls/{}/ledger{month}", format::percent_encoded(code))).into_response()
}

fn wish(fields: &Correcting) -> Result<CorrectionWish, AppError> {
    Ok(CorrectionWish {
        kind: fields.kind.clone(),
        from: moment("from", &fields.from)?,
        until: moment("until", &fields.until)?,
        outage: (!fields.outage.is_empty()).then(|| parsed("outage", &fields.outage).map(OutageId)).transpose()?,
        cause: (!fields.cause.is_empty()).then(|| parsed("cause", &fields.cause)).transpose()?,
        reason: fields.reason.clone(),
    })
}

/// A moment to the millisecond, or as a person chose it on the clock of the hall.
fn moment(name: &str, text: &str) -> Result<Option<Timestamp>, AppError> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(at));
    }
    let local: DateTime = parsed(name, text)?;
    let beyond = |_| AppError::Invalid(format!("{name}={text:?} is beyond the calendar"));
    format::OFFSET.to_timestamp(local).map(Some).map_err(beyond)
}
