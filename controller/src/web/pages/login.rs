//! Log in with the token, log out.

use std::net::SocketAddr;

use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::reply::{Asked, Shared};
use crate::api::gate::{self, SESSION_COOKIE};
use crate::events::Event;
use crate::store::AuditAction;
use crate::web::view::login::{LoginFailure, LoginPage, safe_next};

/// Who logs in with the installation's own token, as the audit log names him.
const WHO: &str = "system";

/// What the form and the link to it carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    token: String,
    next: String,
}

/// The form.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    axum::extract::Query(fields): axum::extract::Query<Fields>,
) -> Response {
    let next = safe_next(&fields.next).to_owned();
    asked.page(&LoginPage { frame: asked.frame(&app), next, failure: None })
}

/// The form, filled in.
pub(super) async fn submit(
    State(app): Shared,
    asked: Asked,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Form(fields): Form<Fields>,
) -> Response {
    let next = safe_next(&fields.next).to_owned();
    let is_ok = app.access.is_token(fields.token.trim());
    app.login_note(WHO, Some(peer.ip()), AuditAction::Login, is_ok).await;
    if !is_ok {
        app.events.emit(Event::LoginRefused);
        let failure = Some(LoginFailure::WrongToken);
        let page = asked.page(&LoginPage { frame: asked.frame(&app), next, failure });
        return (StatusCode::UNAUTHORIZED, page).into_response();
    }
    let id = app.access.session_open(app.clock.monotonic());
    let cookie = format!("{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", id.reveal());
    with_cookie(Redirect::to(&next).into_response(), &cookie)
}

/// Ends the session.
pub(super) async fn leave(
    State(app): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if let Some(id) = gate::session(&headers) {
        app.access.session_close(id);
        app.login_note(WHO, Some(peer.ip()), AuditAction::Logout, true).await;
    }
    let cookie = format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    with_cookie(Redirect::to("/login").into_response(), &cookie)
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    let value = HeaderValue::from_str(cookie).expect("a token is base64url");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}
