//! `/api/v1/inventory`: the CSV files in and out.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::Query;
use super::problem::{ApiError, Problem};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::inventory::{Imported, Table};

/// How to import.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportAsk {
    /// Say what would change, and change nothing.
    dry_run: Option<bool>,
}

/// What an import did, or would do.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportView {
    /// Whether nothing was changed because nothing was to be.
    dry_run: bool,
    /// New rows.
    created: usize,
    /// Rows that differed.
    updated: usize,
    /// Rows that were there just so.
    unchanged: usize,
    /// What a person should know.
    notes: Vec<NoteView>,
}

/// Something to know about a row that is good.
#[derive(Serialize, ToSchema)]
struct NoteView {
    /// Line of the file.
    line: u64,
    /// In English.
    text: String,
}

/// Imports a CSV of halls or devices; its header tells which. Every fault is told, and nothing is imported unless there
/// is none.
#[utoipa::path(post, path = "/api/v1/inventory/import", tag = "inventory", params(ImportAsk),
    request_body(content = String, content_type = "text/csv", description = "The file, UTF-8"), responses(
    (status = 200, description = "What was done", body = ImportView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 409, description = "The inventory changed meanwhile: import again", body = Problem),
    (status = 413, description = "Larger than 2 MiB", body = Problem),
    (status = 422, description = "The file has faults, all listed; nothing was imported", body = Problem),
))]
pub(super) async fn import(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<ImportAsk>,
    file: Bytes,
) -> Result<Json<ImportView>, ApiError> {
    let dry_run = ask.dry_run.unwrap_or(false);
    let Imported { counts, notes } = app.import(&caller, &file, dry_run).await?;
    let notes = notes.into_iter().map(|note| NoteView { line: note.line, text: note.text }).collect();
    let (created, updated, unchanged) = (counts.created, counts.updated, counts.unchanged);
    Ok(Json(ImportView { dry_run, created, updated, unchanged, notes }))
}

/// What to export.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportAsk {
    /// `halls` or `devices`.
    table: Option<String>,
}

/// The inventory as the CSV files that can be imported again.
#[utoipa::path(get, path = "/api/v1/inventory/export", tag = "inventory", params(ExportAsk), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<ExportAsk>,
) -> Result<Response, ApiError> {
    let table = match ask.table.as_deref() {
        None | Some("halls") => Table::Halls,
        Some("devices") => Table::Devices,
        Some(other) => return Err(AppError::Invalid(format!("table={other:?} is none of halls, devices")).into()),
    };
    let name = match table {
        Table::Halls => "attachment; filename=\"halls.csv\"",
        Table::Devices => "attachment; filename=\"devices.csv\"",
    };
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, app.export(&caller, table)?).into_response())
}
