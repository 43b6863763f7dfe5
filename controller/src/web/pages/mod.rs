//! The routes of the pages: each unpacks the request, asks `app`, fills a view and sends it.

mod account;
mod audit;
mod contacts;
mod credentials;
mod decisions;
mod device;
mod docs;
mod escalations;
mod fleet;
mod form;
mod hall;
mod incidents;
mod ledger;
mod live;
mod login;
mod reply;
mod rules;
mod schedules;
mod silences;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::api::STRANGERS_BODY_MAX;
use crate::api::problem::Problem;
use crate::app::App;
use crate::app::error::AppError;
use crate::web::assets;
use reply::{Asked, PageError};

/// Every page, and what pages load.
pub fn router() -> Router<Arc<App>> {
    let of_strangers = DefaultBodyLimit::max(STRANGERS_BODY_MAX);
    Router::new()
        .route("/", get(fleet::show))
        .route("/halls/{code}", get(hall::show))
        .route("/halls/{code}/ledger", get(ledger::show))
        .route("/halls/{code}/corrections", post(ledger::correct))
        .route("/halls/{code}/corrections/{id}/undo", post(ledger::undo))
        .route("/devices/{id}", get(device::show))
        .route("/devices/{id}/host-key", post(device::confirm_host_key))
        .route("/incidents", get(incidents::list))
        .route("/incidents/{id}", get(incidents::show).post(incidents::act))
        .route("/rules", get(rules::list))
        .route("/rules/{rule}", get(rules::show).post(rules::act))
        .route("/decisions", get(decisions::show))
        .route("/silences", get(silences::show).post(silences::create))
        .route("/silences/{id}/end", post(silences::end))
        .route("/contacts", get(contacts::show).post(contacts::create))
        .route("/contacts/{id}", post(contacts::change))
        .route("/contacts/{id}/quiet-hours", post(contacts::quiet_hours))
        .route("/contacts/{id}/delete", post(contacts::delete))
        .route("/schedules", get(schedules::list).post(schedules::create))
        .route("/schedules/{id}", get(schedules::show).post(schedules::change))
        .route("/schedules/{id}/delete", post(schedules::delete))
        .route("/schedules/{id}/overrides", post(schedules::stand_in))
        .route("/schedules/{id}/overrides/{override}/delete", post(schedules::take_back))
        .route("/escalations", get(escalations::show).post(escalations::create))
        .route("/escalations/{id}", post(escalations::change))
        .route("/escalations/{id}/delete", post(escalations::delete))
        .route("/audit", get(audit::show))
        .route("/api/docs", get(docs::show))
        .route("/login", get(login::show).post(login::submit).layer(of_strangers))
        .route("/login/code", post(login::code).layer(of_strangers))
        .route("/login/enrol", post(login::enrol).layer(of_strangers))
        .route("/setup/{secret}", get(login::link_show).post(login::set_up).layer(of_strangers))
        .route("/link/account/{secret}", get(login::link_show).post(login::link).layer(of_strangers))
        .route("/link/incident/{secret}", get(incidents::link_show).post(incidents::link_act).layer(of_strangers))
        .route("/logout", post(login::leave))
        .route("/step-up", get(account::step_up_show).post(account::step_up))
        .route("/account", get(account::show))
        .route("/account/passphrase", post(account::passphrase))
        .route("/account/recovery-codes", post(account::recovery_codes))
        .route("/account/second-factor", post(account::second_factor))
        .route("/account/passkeys/{id}/remove", post(account::passkey_remove))
        .route("/account/sessions/end", post(account::session_end_all))
        .route("/account/sessions/{id}/end", post(account::session_end))
        .route("/account/tokens", post(account::token))
        .route("/account/tokens/{id}/revoke", post(account::token_revoke))
        .route("/users", get(users::show).post(users::invite))
        .route("/users/{id}/grant", post(users::grant_set))
        .route("/users/{id}/confirm", post(users::confirm))
        .route("/users/{id}/disable", post(users::disable))
        .route("/users/{id}/enable", post(users::enable))
        .route("/users/{id}/reset", post(users::reset))
        .route("/credentials", get(credentials::show).post(credentials::create))
        .route("/credentials/{name}", post(credentials::change))
        .route("/credentials/{name}/delete", post(credentials::delete))
        .route("/events", get(live::stream))
        .route("/assets/{file}", get(asset))
        .fallback(not_found)
}

/// What is not there: a page for people, a problem for programs.
async fn not_found(State(app): State<Arc<App>>, asked: Asked) -> Response {
    let missing = AppError::NotFound { what: "page", id: asked.path().to_owned() };
    if asked.wants_html() {
        return PageError::new(missing, asked.frame(&app)).into_response();
    }
    Problem::new(StatusCode::NOT_FOUND, missing.to_string()).into_response()
}

/// A file whose name holds its hash: it never changes, so it is kept for a year.
async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let Some(found) = assets::asset(&file, accepts) else {
        return Problem::new(StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let fixed = [
        (header::CONTENT_TYPE, found.content_type),
        (header::CACHE_CONTROL, assets::CACHE_CONTROL),
        (header::VARY, "Accept-Encoding"),
    ];
    match found.encoding.header() {
        Some(encoding) => (fixed, [(header::CONTENT_ENCODING, encoding)], found.bytes).into_response(),
        None => (fixed, found.bytes).into_response(),
    }
}
