//! `/api/v1/audit`: the audit log, as pages and as files. Files are made while they are sent: however long the log is,
//! only one page of it is in memory.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use inventory::export::csv_line;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Page, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::error::AppError;
use crate::store::{AuditFilter, AuditRecord, PageAsk};

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Whose name has this in it.
    actor: Option<String>,
    /// Of this action: `login`, `hall.change`, …
    action: Option<String>,
    /// Whose object has this in it.
    object: Option<String>,
    /// Not before this time, RFC 3339.
    from: Option<String>,
    /// Before this time, RFC 3339.
    to: Option<String>,
}

impl TryFrom<Filter> for AuditFilter {
    type Error = AppError;
    fn try_from(filter: Filter) -> Result<Self, AppError> {
        Ok(AuditFilter {
            actor: filter.actor,
            action: word("action", filter.action)?,
            object: filter.object,
            from: word("from", filter.from)?,
            to: word("to", filter.to)?,
        })
    }
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Turn {
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// Something that was done, or tried.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditView {
    /// Its number; they have no gaps.
    id: i64,
    /// When.
    at: String,
    /// Who: `account ha`, `token x of ha`, `system`.
    actor: String,
    /// From where, when somebody came over the network.
    address: Option<String>,
    /// What.
    action: String,
    /// To what.
    object: String,
    /// What else is known.
    details: serde_json::Value,
    /// Whether it was done; a refused log-in was not.
    ok: bool,
    /// Covers this entry and everything before it.
    hash: String,
}

impl From<AuditRecord> for AuditView {
    fn from(record: AuditRecord) -> Self {
        AuditView {
            id: record.id.0,
            at: rfc3339(record.at),
            actor: record.actor,
            address: record.address,
            action: record.action,
            object: record.object,
            details: record.details,
            ok: record.is_ok,
            hash: record.hash,
        }
    }
}

/// The audit log, the latest first. For administrators; who administers a part of the fleet sees what was done there.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Filter, Turn), responses(
    (status = 200, description = "A page of entries", body = Page<AuditView>),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<AuditView>>, ApiError> {
    let filter = AuditFilter::try_from(filter)?;
    let page = app.audit_list(&caller, &filter, &page_ask(turn.cursor, turn.limit)).await?;
    Ok(Json(Page::of(page, AuditView::from)))
}

/// The audit log as CSV, the latest first. What a spreadsheet would run as a formula has an apostrophe before it.
#[utoipa::path(get, path = "/api/v1/audit.csv", tag = "audit", params(Filter), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators", body = Problem),
))]
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, ApiError> {
    file(app, caller, filter, &CSV).await
}

/// The audit log as lines of JSON, the latest first.
#[utoipa::path(get, path = "/api/v1/audit.jsonl", tag = "audit", params(Filter), responses(
    (status = 200, description = "The file", body = String, content_type = "application/jsonl"),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators", body = Problem),
))]
pub(super) async fn jsonl(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, ApiError> {
    file(app, caller, filter, &JSONL).await
}

/// A form of the file.
struct Format {
    word: &'static str,
    kind: &'static str,
    disposition: &'static str,
    /// What stands above the first entry.
    head: fn() -> String,
    line: fn(&AuditRecord) -> String,
}

const CSV: Format = Format {
    word: "csv",
    kind: "text/csv; charset=utf-8",
    disposition: "attachment; filename=\"audit.csv\"",
    head: || csv_line(&["id", "at", "actor", "address", "action", "object", "ok", "details", "hash"]),
    line: |record| {
        csv_line(&[
            &record.id.to_string(),
            &rfc3339(record.at),
            &record.actor,
            record.address.as_deref().unwrap_or_default(),
            &record.action,
            &record.object,
            if record.is_ok { "yes" } else { "no" },
            &record.details.to_string(),
            &record.hash,
        ])
    },
};

const JSONL: Format = Format {
    word: "jsonl",
    kind: "application/jsonl",
    disposition: "attachment; filename=\"audit.jsonl\"",
    head: String::new,
    line: |record| record.json_line() + "\n",
};

async fn file(app: Arc<App>, caller: Caller, filter: Filter, format: &'static Format) -> Result<Response, ApiError> {
    let filter = AuditFilter::try_from(filter)?;
    app.audit_export(&caller, format.word).await?;
    let lines = async_stream::try_stream! {
        let mut ask = PageAsk::first();
        let head = (format.head)();
        if !head.is_empty() {
            yield head;
        }
        loop {
            // A failure here breaks the transfer off: a file that ends early must not look whole.
            let page = app.audit_list(&caller, &filter, &ask).await.map_err(|error| error.to_string())?;
            yield page.items.iter().map(format.line).collect::<String>();
            ask.cursor = page.next;
            if ask.cursor.is_none() {
                break;
            }
        }
    };
    let body = Body::from_stream::<std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<String, String>> + Send>>>(
        Box::pin(lines),
    );
    let headers = [(header::CONTENT_TYPE, format.kind), (header::CONTENT_DISPOSITION, format.disposition)];
    Ok((headers, body).into_response())
}
