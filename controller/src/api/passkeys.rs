//! Passkeys: what the script of the pages asks for them. `options` go to `navigator.credentials`, what it gives comes back
//! as `credential`; bytes are base64url in both.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use inventory::id::PasskeyId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::{Caller, Visitor};
use super::extract::{Body, Page, Path};
use super::login::{LogInView, complete, session_cookie};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::passkey::Challenge;
use crate::store::PasskeyRecord;

/// What to ask a device.
#[derive(Serialize, ToSchema)]
pub(super) struct OptionsView {
    /// Sent back with the answer, within 5 minutes and once.
    request: String,
    /// For `navigator.credentials`, as `publicKey`.
    #[schema(value_type = Object)]
    options: Value,
}

impl From<Challenge> for OptionsView {
    fn from(challenge: Challenge) -> Self {
        OptionsView { request: challenge.request.reveal().to_owned(), options: challenge.options }
    }
}

/// For which log-in.
#[derive(Deserialize, ToSchema)]
pub(super) struct TicketBody {
    /// Of the log-in that goes on with the passkey; without it the passkey is the whole log-in.
    ticket: Option<String>,
}

/// What a device answered.
#[derive(Deserialize, ToSchema)]
pub(super) struct AnswerBody {
    /// What came with the options.
    request: String,
    /// What `navigator.credentials.get` gave.
    #[schema(value_type = Object)]
    credential: Value,
}

/// What to ask a device for a log-in.
#[utoipa::path(post, path = "/api/v1/login/passkey/options", tag = "login", security(()), request_body = TicketBody,
    responses(
        (status = 200, description = "For the browser", body = OptionsView),
        (status = 401, description = "The ticket is too old", body = Problem),
        (status = 409, description = "There are no passkeys here, or none for this log-in", body = Problem),
    )
)]
pub(super) async fn log_in_options(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(body): Body<TicketBody>,
) -> Result<Json<OptionsView>, ApiError> {
    let challenge = match body.ticket {
        Some(ticket) => app.passkey_ask_second(&ticket, visitor.place()).await?,
        None => app.passkey_ask(visitor.place())?,
    };
    Ok(Json(challenge.into()))
}

/// Logs in by a passkey, or goes on with a log-in.
#[utoipa::path(post, path = "/api/v1/login/passkey", tag = "login", security(()), request_body = AnswerBody, responses(
    (status = 200, description = "The session is in the cookie", body = LogInView),
    (status = 401, description = "It proves nothing, or took too long", body = Problem),
    (status = 429, description = "Too many tries; `Retry-After` says how long to wait", body = Problem),
))]
pub(super) async fn log_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(body): Body<AnswerBody>,
) -> Result<Response, ApiError> {
    let session = app.passkey_log_in(&body.request, body.credential, visitor.place()).await?;
    Ok(complete(&session, &[]))
}

/// What to ask a device for what takes a second factor.
#[utoipa::path(post, path = "/api/v1/step-up/passkey/options", tag = "sessions", responses(
    (status = 200, description = "For the browser", body = OptionsView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 409, description = "There is no passkey to ask, or this is no session", body = Problem),
))]
pub(super) async fn step_up_options(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<OptionsView>, ApiError> {
    Ok(Json(app.passkey_ask_step_up(&caller).await?.into()))
}

/// Shows the second factor again, by a passkey. The cookie has another secret afterwards.
#[utoipa::path(post, path = "/api/v1/step-up/passkey", tag = "sessions", request_body = AnswerBody, responses(
    (status = 204, description = "It is open for 10 minutes"),
    (status = 401, description = "It proves nothing, or took too long", body = Problem),
    (status = 429, description = "Too many tries; `Retry-After` says how long to wait", body = Problem),
))]
pub(super) async fn step_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<AnswerBody>,
) -> Result<Response, ApiError> {
    let secret = app.passkey_step_up(&caller, &body.request, body.credential).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, session_cookie(&secret))])).into_response())
}

/// A passkey.
#[derive(Serialize, ToSchema)]
pub(super) struct PasskeyView {
    id: i64,
    /// What its owner calls it.
    name: String,
    /// Since when it is there.
    created_at: String,
    /// When it was last used.
    used_at: Option<String>,
}

impl From<PasskeyRecord> for PasskeyView {
    fn from(record: PasskeyRecord) -> Self {
        PasskeyView {
            id: record.id.0,
            name: record.name,
            created_at: rfc3339(record.created_at),
            used_at: record.used_at.map(rfc3339),
        }
    }
}

/// One's own passkeys, the oldest first.
#[utoipa::path(get, path = "/api/v1/account/passkeys", tag = "sessions", responses(
    (status = 200, description = "All of them", body = Page<PasskeyView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 409, description = "For people, not for tokens", body = Problem),
))]
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Page<PasskeyView>>, ApiError> {
    let items = app.passkey_list(&caller).await?.into_iter().map(PasskeyView::from).collect();
    Ok(Json(Page { items, next: None }))
}

/// What to ask a device that is to hold a new passkey. It takes a second factor.
#[utoipa::path(post, path = "/api/v1/account/passkeys/options", tag = "sessions", responses(
    (status = 200, description = "For the browser", body = OptionsView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Show the second factor first", body = Problem),
    (status = 409, description = "There are no passkeys here, or this is no session", body = Problem),
))]
pub(super) async fn add_options(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<OptionsView>, ApiError> {
    Ok(Json(app.passkey_register(&caller).await?.into()))
}

/// A new passkey.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPasskeyBody {
    /// What came with the options.
    request: String,
    /// What its owner calls it.
    name: String,
    /// What `navigator.credentials.create` gave.
    #[schema(value_type = Object)]
    credential: Value,
}

/// Keeps a new passkey. It takes a second factor.
#[utoipa::path(post, path = "/api/v1/account/passkeys", tag = "sessions", request_body = NewPasskeyBody, responses(
    (status = 204, description = "It is kept"),
    (status = 400, description = "It cannot be used", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Show the second factor first", body = Problem),
    (status = 409, description = "It took too long, or is there already", body = Problem),
))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<NewPasskeyBody>,
) -> Result<StatusCode, ApiError> {
    app.passkey_add(&caller, &body.request, &body.name, body.credential).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes one of one's own passkeys away. It takes a second factor.
#[utoipa::path(delete, path = "/api/v1/account/passkeys/{id}", tag = "sessions", params(("id" = i64, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Show the second factor first", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.passkey_remove(&caller, PasskeyId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
