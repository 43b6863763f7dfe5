//! `/audit`: the audit log.

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Principal;
use crate::store::{AuditFilter, PageAsk};
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::view::audit::{AuditChoice, AuditPage, AuditRow};

/// Entries on a page.
const ROWS: u32 = 50;

/// What is asked for, as the form sends it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Choice {
    actor: String,
    action: String,
    object: String,
    from: String,
    to: String,
    cursor: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(choice): Query<Choice>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let page = fill(&app, frame.clone(), &caller, choice).await.map_err(PageError::with(&frame))?;
    Ok(asked.page(&page))
}

async fn fill(app: &App, frame: Frame, principal: &Principal, choice: Choice) -> Result<AuditPage, AppError> {
    // What is no action and no day counts as not said: the form shows what was understood.
    let choice = AuditChoice {
        actor: choice.actor.trim().to_owned(),
        action: choice.action.parse().ok(),
        object: choice.object.trim().to_owned(),
        from: choice.from.parse().ok(),
        to: choice.to.parse().ok(),
        is_later_page: choice.cursor.is_some(),
        cursor: choice.cursor,
    };
    let filter = AuditFilter {
        actor: Some(choice.actor.clone()).filter(|text| !text.is_empty()),
        action: choice.action,
        object: Some(choice.object.clone()).filter(|text| !text.is_empty()),
        from: choice.from.and_then(format::day_begin),
        // The day itself is meant too.
        to: choice.to.and_then(|day: Date| day.tomorrow().ok()).and_then(format::day_begin),
    };
    let ask = PageAsk { cursor: choice.cursor.clone().filter(|text| !text.is_empty()), limit: ROWS };
    let page = app.audit_list(principal, &filter, &ask).await?;
    Ok(AuditPage {
        frame,
        choice: AuditChoice { cursor: None, ..choice },
        older: page.next,
        rows: page.items.into_iter().map(AuditRow::from).collect(),
    })
}
