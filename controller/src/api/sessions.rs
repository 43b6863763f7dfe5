//! `/api/v1/sessions` and what else somebody does with his own log-in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use inventory::id::SessionId;
use inventory::secret::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::extract::{Body, Page, Path};
use super::login::{no_cookie, session_cookie};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;

/// A session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    id: i64,
    /// Since when.
    created_at: String,
    /// When it was last used, to the minute.
    used_at: String,
    /// Where the browser was.
    address: Option<String>,
    /// What the browser calls itself.
    browser: String,
    /// Whether it is the one that asks.
    is_current: bool,
}

/// One's own sessions, the last used first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions", responses(
    (status = 200, description = "All of them", body = Page<SessionView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 409, description = "For people, not for tokens", body = Problem),
))]
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Page<SessionView>>, ApiError> {
    let sessions = app.session_list(&caller).await?;
    let view = |session: crate::store::SessionRecord| SessionView {
        id: session.id.0,
        created_at: rfc3339(session.created_at),
        used_at: rfc3339(session.used_at),
        is_current: caller.session == Some(session.id),
        address: session.address,
        browser: session.browser,
    };
    Ok(Json(Page { items: sessions.into_iter().map(view).collect(), next: None }))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "sessions", params(("id" = i64, Path)), responses(
    (status = 204, description = "It is ended"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
))]
pub(super) async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.session_end(&caller, SessionId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one's own sessions, this one too.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "sessions", responses(
    (status = 204, description = "They are ended"),
    (status = 401, description = "Not logged in", body = Problem),
))]
pub(super) async fn end_all(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    app.session_end_all(&caller).await?;
    Ok(gone())
}

/// Ends the session in which this is asked.
#[utoipa::path(post, path = "/api/v1/logout", tag = "sessions", responses(
    (status = 204, description = "It is ended"),
    (status = 401, description = "Not logged in", body = Problem),
))]
pub(super) async fn log_out(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    app.log_out(&caller).await?;
    Ok(gone())
}

fn gone() -> Response {
    (StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, no_cookie())])).into_response()
}

/// A second factor.
#[derive(Deserialize, ToSchema)]
pub(super) struct StepUpBody {
    /// A code of the authenticator app, or a recovery code.
    code: String,
}

/// Shows the second factor again, which opens for 10 minutes what takes one. The cookie has another secret afterwards.
#[utoipa::path(post, path = "/api/v1/step-up", tag = "sessions", request_body = StepUpBody, responses(
    (status = 204, description = "It is open"),
    (status = 401, description = "The code is wrong or was used", body = Problem),
    (status = 429, description = "Too many tries; `Retry-After` says how long to wait", body = Problem),
))]
pub(super) async fn step_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<StepUpBody>,
) -> Result<Response, ApiError> {
    let secret = app.step_up(&caller, &body.code).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, session_cookie(&secret))])).into_response())
}

/// A pass phrase to be changed.
#[derive(Deserialize, ToSchema)]
pub(super) struct PassphraseBody {
    /// The one before.
    before: String,
    /// The new one.
    after: String,
}

/// Changes one's own pass phrase, which ends all one's sessions.
#[utoipa::path(put, path = "/api/v1/account/passphrase", tag = "sessions", request_body = PassphraseBody, responses(
    (status = 204, description = "It is changed"),
    (status = 401, description = "Not logged in, or the one before is not right", body = Problem),
    (status = 422, description = "The new one is not good enough", body = Problem),
    (status = 429, description = "Too many tries; `Retry-After` says how long to wait", body = Problem),
))]
pub(super) async fn passphrase(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<PassphraseBody>,
) -> Result<Response, ApiError> {
    app.passphrase_change(&caller, &Secret::new(body.before), &Secret::new(body.after)).await?;
    Ok(gone())
}
