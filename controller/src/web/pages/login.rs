//! Logging in and out, and what carries its own proof: the set-up link, invitations and resets.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use inventory::secret::Secret;
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::{Caller, Visitor};
use crate::api::login::{no_cookie, session_cookie};
use crate::api::problem::Told;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::login::{Enrolment, LogIn};
use crate::store::LinkPurpose;
use crate::web::view::failure::Failure;
use crate::web::view::login::{LoginPage, LoginStep, qr_svg, safe_next};
use crate::web::view::people::PassphrasePage;

/// What the forms and the links to them carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    username: String,
    password: String,
    again: String,
    ticket: String,
    code: String,
    next: String,
    /// Whether a pass phrase was just set.
    new: bool,
}

impl Fields {
    fn next(&self) -> String {
        safe_next(&self.next).to_owned()
    }
}

/// The form.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    axum::extract::Query(fields): axum::extract::Query<Fields>,
) -> Response {
    let step = LoginStep::Passphrase { name: fields.username.clone() };
    let page = LoginPage { is_new: fields.new, ..LoginPage::step(asked.frame(&app), fields.next(), step) };
    asked.page(&with_passkey(&app, page).await)
}

/// Name and pass phrase.
pub(super) async fn submit(
    State(app): Shared,
    asked: Asked,
    visitor: Visitor,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let next = fields.next();
    let step = match app.log_in(&fields.username, &Secret::new(fields.password), visitor.place()).await {
        Ok(LogIn::Done { session }) => return Ok(go(&next, &session)),
        Ok(LogIn::SecondFactor { ticket }) => LoginStep::Code { ticket },
        Ok(LogIn::Enrolment(enrolment)) => enrol_step(enrolment),
        Err(error) => {
            let step = LoginStep::Passphrase { name: fields.username };
            return again(&app, &asked, next, step, error, Failure::Wrong).await;
        }
    };
    Ok(asked.page(&with_passkey(&app, LoginPage::step(asked.frame(&app), next, step)).await))
}

/// The page with the address by which people have to come for passkeys, where its step takes one.
async fn with_passkey(app: &App, page: LoginPage) -> LoginPage {
    let takes_one = match &page.step {
        LoginStep::Passphrase { .. } => true,
        // When it cannot be found out there is still the code.
        LoginStep::Code { ticket } => app.passkey_goes_on(ticket.reveal()).await.unwrap_or(false),
        LoginStep::Enrol { .. } | LoginStep::Codes { .. } => false,
    };
    LoginPage { passkey_site: app.passkey_site().filter(|_| takes_one).map(str::to_owned), ..page }
}

pub(super) fn enrol_step(enrolment: Enrolment) -> LoginStep {
    LoginStep::Enrol { qr: qr_svg(&enrolment.uri), ticket: enrolment.ticket, secret: enrolment.secret }
}

/// The second factor.
pub(super) async fn code(
    State(app): Shared,
    asked: Asked,
    visitor: Visitor,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let next = fields.next();
    match app.log_in_second(&fields.ticket, &fields.code, visitor.place()).await {
        Ok(session) => Ok(go(&next, &session)),
        Err(error) => {
            let step = LoginStep::Code { ticket: Secret::new(fields.ticket) };
            again(&app, &asked, next, step, error, Failure::WrongCode).await
        }
    }
}

/// The first code of an app that is being set up.
pub(super) async fn enrol(
    State(app): Shared,
    asked: Asked,
    visitor: Visitor,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let next = fields.next();
    match app.log_in_enrol(&fields.ticket, &fields.code, visitor.place()).await {
        Ok(enrolled) => {
            let step = LoginStep::Codes { codes: enrolled.recovery_codes };
            let page = asked.page(&LoginPage::step(asked.frame(&app), next, step));
            Ok(with_session(page, &enrolled.session))
        }
        Err(error) => {
            let step = match app.enrolment(&fields.ticket) {
                Some(enrolment) => enrol_step(enrolment),
                None => LoginStep::Passphrase { name: String::new() },
            };
            again(&app, &asked, next, step, error, Failure::WrongCode).await
        }
    }
}

/// The form once more, with what was wrong.
async fn again(
    app: &App,
    asked: &Asked,
    next: String,
    step: LoginStep,
    error: AppError,
    wrong: Failure,
) -> Result<Response, PageError> {
    let frame = asked.frame(app);
    let Some(failure) = Failure::of(&error, wrong, Failure::Name) else { return Err(PageError::new(error, frame)) };
    let page = LoginPage { failure: Some(failure), ..LoginPage::step(frame, next, step) };
    Ok(with_status(&error_status(error), asked.page(&with_passkey(app, page).await)))
}

/// What a problem of the API would have said: status, and how long to wait.
pub(super) fn error_status(error: AppError) -> (StatusCode, Option<u64>) {
    let problem = Told::from(error).problem;
    (StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST), problem.retry_after_s)
}

/// A page with another status.
pub(super) fn with_status((status, retry_after): &(StatusCode, Option<u64>), mut page: Response) -> Response {
    *page.status_mut() = *status;
    if let Some(seconds) = retry_after {
        page.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
    }
    page
}

/// Ends the session.
pub(super) async fn leave(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    app.log_out(&caller).await.map_err(|error| PageError::new(error, asked.frame(&app)))?;
    Ok(gone())
}

/// To the log-in, without a session.
pub(super) fn gone() -> Response {
    (AppendHeaders([(header::SET_COOKIE, no_cookie())]), Redirect::to("/login")).into_response()
}

pub(super) fn with_session(mut response: Response, session: &Secret) -> Response {
    response.headers_mut().append(header::SET_COOKIE, session_cookie(session));
    response
}

fn go(next: &str, session: &Secret) -> Response {
    with_session(Redirect::to(next).into_response(), session)
}

/// Makes the first account.
pub(super) async fn set_up(
    State(app): Shared,
    asked: Asked,
    visitor: Visitor,
    Path(secret): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let passphrase = Secret::new(fields.password);
    let set = app.set_up(&secret, &fields.username, &passphrase, visitor.place());
    let result = if passphrase.reveal() == fields.again { set.await } else { Err(differ()) };
    set_done(&app, &asked, &secret, fields.username.clone(), result).await
}

/// The page behind the set-up link, an invitation or a reset.
pub(super) async fn link_show(
    State(app): Shared,
    asked: Asked,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    link_page(&app, &asked, &secret, String::new(), None).await
}

/// Sets the pass phrase.
pub(super) async fn link(
    State(app): Shared,
    asked: Asked,
    visitor: Visitor,
    Path(secret): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let passphrase = Secret::new(fields.password);
    let set = app.link_use(&secret, &passphrase, visitor.place());
    let result = if passphrase.reveal() == fields.again { set.await } else { Err(differ()) };
    set_done(&app, &asked, &secret, String::new(), result).await
}

/// The two pass phrases that were typed are not the same.
fn differ() -> AppError {
    AppError::Conflict(String::new())
}

/// To the log-in with the name of the account, or the page once more with what was wrong.
async fn set_done(
    app: &App,
    asked: &Asked,
    secret: &str,
    typed: String,
    result: Result<String, AppError>,
) -> Result<Response, PageError> {
    match result {
        Ok(name) => Ok(Redirect::to(&format!("/login?new=true&username={name}")).into_response()),
        Err(error) => link_page(app, asked, secret, typed, Some(error)).await,
    }
}

async fn link_page(
    app: &App,
    asked: &Asked,
    secret: &str,
    typed: String,
    error: Option<AppError>,
) -> Result<Response, PageError> {
    let frame = asked.frame(app);
    let link = app.link(secret).await.map_err(PageError::with(&frame))?;
    let (action, name) = match (link.purpose, link.account) {
        (LinkPurpose::SetUp, _) => (format!("/setup/{secret}"), typed),
        (LinkPurpose::Invite | LinkPurpose::Reset, account) => {
            (format!("/link/account/{secret}"), account.map(|(_, name)| name).unwrap_or_default())
        }
    };
    let mut page = PassphrasePage { frame, purpose: link.purpose, action, name, failure: None };
    let Some(error) = error else { return Ok(asked.page(&page)) };
    page.failure = Failure::of(&error, Failure::Wrong, Failure::Differ);
    if page.failure.is_none() {
        return Err(PageError::new(error, page.frame));
    }
    Ok(with_status(&error_status(error), asked.page(&page)))
}
