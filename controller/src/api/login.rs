//! `/api/v1/login`, `/api/v1/setup` and `/api/v1/link`: how somebody comes in. They are open: each takes its own proof.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use inventory::secret::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Visitor;
use super::extract::Body;
use super::gate::SESSION_COOKIE;
use super::problem::{ApiError, Problem};
use crate::app::App;
use crate::app::login::LogIn;

/// Seconds that a browser keeps the cookie: the longest that any session lasts (safety B3).
const COOKIE_S: u32 = 30 * 24 * 3600;

/// The cookie that carries a session.
pub fn session_cookie(secret: &Secret) -> HeaderValue {
    let secret = secret.reveal();
    let text = format!("{SESSION_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={COOKIE_S}");
    HeaderValue::from_str(&text).expect("a secret is base64url")
}

/// Takes the session's cookie away.
pub fn no_cookie() -> HeaderValue {
    let text = format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    HeaderValue::from_str(&text).expect("it is plain ASCII")
}

/// Name and pass phrase.
#[derive(Deserialize, ToSchema)]
pub(super) struct LogInBody {
    /// The name of the account.
    username: String,
    /// Its pass phrase.
    password: String,
    /// A code of the authenticator app, or a recovery code, when it is known at once.
    code: Option<String>,
}

/// How far a log-in got.
#[derive(Serialize, ToSchema, Default)]
pub(super) struct LogInView {
    /// `complete`: the session is in the cookie. `second_factor`: send a code with the ticket to
    /// `/api/v1/login/second-factor`, or ask for a passkey at `/api/v1/login/passkey/options`. `enrolment`: set an authenticator app up with `totp_secret` and send its first code
    /// with the ticket to `/api/v1/login/enrolment`.
    status: &'static str,
    /// Goes on with this log-in, for 10 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
    /// The secret for the authenticator app, in base32.
    #[serde(skip_serializing_if = "Option::is_none")]
    totp_secret: Option<String>,
    /// The same as `otpauth://` address, for a QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    totp_uri: Option<String>,
    /// Each is good once in place of a code. They are told only now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_codes: Vec<String>,
}

fn told(view: LogInView, session: Option<&Secret>) -> Response {
    let mut response = Json(view).into_response();
    if let Some(session) = session {
        response.headers_mut().append(header::SET_COOKIE, session_cookie(session));
    }
    response
}

pub(super) fn complete(session: &Secret, recovery_codes: &[Secret]) -> Response {
    let recovery_codes = recovery_codes.iter().map(|code| code.reveal().to_owned()).collect();
    told(LogInView { status: "complete", recovery_codes, ..LogInView::default() }, Some(session))
}

/// Logs in. Whoever is refused is told the same, whatever was wrong.
#[utoipa::path(post, path = "/api/v1/login", tag = "login", security(()), request_body = LogInBody, responses(
    (status = 200, description = "How far it got", body = LogInView),
    (status = 401, description = "Something was wrong", body = Problem),
    (status = 429, description = "Too many tries; `Retry-After` says how long to wait", body = Problem),
))]
pub(super) async fn log_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(body): Body<LogInBody>,
) -> Result<Response, ApiError> {
    let own = |secret: &Secret| Some(secret.reveal().to_owned());
    match app.log_in(&body.username, &Secret::new(body.password), visitor.place()).await? {
        LogIn::Done { session } => Ok(complete(&session, &[])),
        LogIn::SecondFactor { ticket } => match body.code {
            Some(code) => {
                let session = app.log_in_second(ticket.reveal(), &code, visitor.place()).await?;
                Ok(complete(&session, &[]))
            }
            None => Ok(told(LogInView { status: "second_factor", ticket: own(&ticket), ..LogInView::default() }, None)),
        },
        LogIn::Enrolment(enrolment) => Ok(told(
            LogInView {
                status: "enrolment",
                ticket: own(&enrolment.ticket),
                totp_secret: own(&enrolment.secret),
                totp_uri: own(&enrolment.uri),
                recovery_codes: Vec::new(),
            },
            None,
        )),
    }
}

/// A code for a log-in under way.
#[derive(Deserialize, ToSchema)]
pub(super) struct CodeBody {
    /// What the log-in gave.
    ticket: String,
    /// A code of the authenticator app; where it is not being set up, a recovery code as well.
    code: String,
}

/// Goes on with a log-in: the second factor.
#[utoipa::path(post, path = "/api/v1/login/second-factor", tag = "login", security(()), request_body = CodeBody, responses(
    (status = 200, description = "The session is in the cookie", body = LogInView),
    (status = 401, description = "The code is wrong or was used, or the ticket is too old", body = Problem),
    (status = 429, description = "Too many tries; `Retry-After` says how long to wait", body = Problem),
))]
pub(super) async fn second_factor(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(body): Body<CodeBody>,
) -> Result<Response, ApiError> {
    let session = app.log_in_second(&body.ticket, &body.code, visitor.place()).await?;
    Ok(complete(&session, &[]))
}

/// Goes on with a log-in that sets a second factor up.
#[utoipa::path(post, path = "/api/v1/login/enrolment", tag = "login", security(()), request_body = CodeBody, responses(
    (status = 200, description = "The session is in the cookie, the recovery codes are in the answer", body = LogInView),
    (status = 401, description = "The code is wrong, or the ticket is too old", body = Problem),
    (status = 429, description = "Too many tries; `Retry-After` says how long to wait", body = Problem),
))]
pub(super) async fn enrolment(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(body): Body<CodeBody>,
) -> Result<Response, ApiError> {
    let enrolled = app.log_in_enrol(&body.ticket, &body.code, visitor.place()).await?;
    Ok(complete(&enrolled.session, &enrolled.recovery_codes))
}

/// The first account.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetUpBody {
    /// What follows `/setup/` in the link that the first start printed.
    link: String,
    /// The name of the account.
    username: String,
    /// Its pass phrase, 15 characters or more.
    password: String,
}

/// Makes the first account, which administers everything. Log in afterwards.
#[utoipa::path(post, path = "/api/v1/setup", tag = "login", security(()), request_body = SetUpBody, responses(
    (status = 204, description = "It is made"),
    (status = 404, description = "The link was used, or is too old", body = Problem),
    (status = 422, description = "The pass phrase is not good enough", body = Problem),
))]
pub(super) async fn set_up(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(body): Body<SetUpBody>,
) -> Result<StatusCode, ApiError> {
    app.set_up(&body.link, &body.username, &Secret::new(body.password), visitor.place()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A pass phrase by a link.
#[derive(Deserialize, ToSchema)]
pub(super) struct LinkBody {
    /// What follows `/link/account/` in the link.
    link: String,
    /// The pass phrase: 12 characters or more, 15 for administrators.
    password: String,
}

/// Gives an account its pass phrase, by an invitation or a reset link. Log in afterwards.
#[utoipa::path(post, path = "/api/v1/link/account", tag = "login", security(()), request_body = LinkBody, responses(
    (status = 204, description = "It is set"),
    (status = 404, description = "The link was used, or is too old", body = Problem),
    (status = 422, description = "The pass phrase is not good enough", body = Problem),
))]
pub(super) async fn link(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(body): Body<LinkBody>,
) -> Result<StatusCode, ApiError> {
    app.link_use(&body.link, &Secret::new(body.password), visitor.place()).await?;
    Ok(StatusCode::NO_CONTENT)
}
