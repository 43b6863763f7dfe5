//! `/account`: one's own pass phrase, second factor, sessions and tokens; and `/step-up`, which asks for the second factor
//! again.

use std::time::Duration;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use inventory::id::{AreaId, PasskeyId, SessionId, TokenId};
use inventory::secret::Secret;
use serde::Deserialize;

use super::login::{enrol_step, error_status, gone, with_session, with_status};
use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::{Principal, Role, Who};
use crate::app::token::TokenDraft;
use crate::store::AccountGrant;
use crate::web::view::failure::Failure;
use crate::web::view::login::{LoginPage, safe_next};
use crate::web::view::people::{AccountPage, GrantRow, PasskeyRow, SessionRow, StepUpPage, TokenRow, Told, ToldPage};

/// What the forms carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    before: String,
    password: String,
    again: String,
    name: String,
    role: String,
    area: String,
    days: Option<u32>,
    code: String,
    next: String,
}

/// The page.
pub(super) async fn show(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    let page = fill(&app, &asked, &caller, None).await.map_err(PageError::with(&asked.frame(&app)))?;
    Ok(asked.page(&page))
}

async fn fill(app: &App, asked: &Asked, caller: &Principal, failure: Option<Failure>) -> Result<AccountPage, AppError> {
    let (account, recovery_left) = app.own(caller).await?;
    let sessions = app.session_list(caller).await?.into_iter().map(|session| SessionRow {
        id: session.id.0,
        created_at: session.created_at,
        used_at: session.used_at,
        is_current: caller.session == Some(session.id),
        address: session.address,
        browser: session.browser,
    });
    let own = app.token_list(caller).await?.into_iter().filter(|token| token.account == account.id);
    let tokens = own.map(|token| TokenRow {
        id: token.id.0,
        name: token.name,
        role: token.role,
        area: token.area.map(|area| area_name(app, area)),
        expires_at: token.expires_at,
    });
    let passkeys = app.passkey_list(caller).await?.into_iter();
    let passkeys = passkeys.map(|kept| PasskeyRow { id: kept.id.0, name: kept.name, used_at: kept.used_at });
    Ok(AccountPage {
        frame: asked.frame(app),
        grants: account.grants.iter().map(|grant| grant_row(app, grant)).collect(),
        roles: Role::ALL.into_iter().filter(|role| caller.require(*role).is_ok()).collect(),
        administers: caller.require_everywhere(Role::Admin).is_ok(),
        has_second_factor: account.has_second_factor,
        name: account.name,
        recovery_left,
        passkeys: passkeys.collect(),
        passkey_site: app.passkey_site().map(str::to_owned),
        sessions: sessions.collect(),
        tokens: tokens.collect(),
        areas: app.areas_today(caller),
        failure,
    })
}

/// The name of an area.
fn area_name(app: &App, id: AreaId) -> String {
    app.world().areas.area(id).map_or_else(|| id.to_string(), |area| area.name.clone())
}

/// A grant with the name of its area.
pub(super) fn grant_row(app: &App, grant: &AccountGrant) -> GrantRow {
    GrantRow { role: grant.role, area: grant.area.map(|area| area_name(app, area)) }
}

/// An error of a form on one of these pages: what takes a second factor leads there and back.
pub(super) fn refused(app: &App, asked: &Asked, back: &'static str, error: AppError) -> Result<Response, PageError> {
    match error {
        AppError::StepUp => Ok(Redirect::to(&format!("/step-up?next={back}")).into_response()),
        error => Err(PageError::new(error, asked.frame(app))),
    }
}

/// Back to the page, or what was wrong.
fn done(app: &App, asked: &Asked, result: Result<(), AppError>) -> Result<Response, PageError> {
    match result {
        Ok(()) => Ok(Redirect::to("/account").into_response()),
        Err(error) => refused(app, asked, "/account", error),
    }
}

/// Changes the pass phrase.
pub(super) async fn passphrase(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let (status, failure) = if fields.password != fields.again {
        ((StatusCode::BAD_REQUEST, None), Failure::Differ)
    } else {
        let (before, after) = (Secret::new(fields.before), Secret::new(fields.password));
        let Err(error) = app.passphrase_change(&caller, &before, &after).await else { return Ok(gone()) };
        let Some(failure) = Failure::of(&error, Failure::WrongPassphrase, Failure::Name) else {
            return Err(PageError::new(error, frame));
        };
        // Not "unauthorized": who asks is known.
        let (status, wait) = error_status(error);
        let status = if status == StatusCode::UNAUTHORIZED { StatusCode::UNPROCESSABLE_ENTITY } else { status };
        ((status, wait), failure)
    };
    let page = fill(&app, &asked, &caller, Some(failure)).await.map_err(PageError::with(&frame))?;
    Ok(with_status(&status, asked.page(&page)))
}

/// Makes new recovery codes and tells them.
pub(super) async fn recovery_codes(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    match app.recovery_codes_make(&caller).await {
        Ok(secrets) => {
            let frame = asked.frame(&app);
            Ok(asked.page(&ToldPage { frame, what: Told::RecoveryCodes, back: "/account", secrets, until: None }))
        }
        Err(error) => refused(&app, &asked, "/account", error),
    }
}

/// Sets another second factor up in place of the one that is there.
pub(super) async fn second_factor(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    match app.second_factor_renew(&caller).await {
        Ok(enrolment) => {
            let step = enrol_step(enrolment);
            Ok(asked.page(&LoginPage::step(asked.frame(&app), "/account".to_owned(), step)))
        }
        Err(error) => refused(&app, &asked, "/account", error),
    }
}

/// Takes a passkey away.
pub(super) async fn passkey_remove(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let result = app.passkey_remove(&caller, PasskeyId(id)).await;
    done(&app, &asked, result)
}

/// Ends a session.
pub(super) async fn session_end(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let result = app.session_end(&caller, SessionId(id)).await;
    if result.is_ok() && caller.session == Some(SessionId(id)) {
        return Ok(gone());
    }
    done(&app, &asked, result)
}

/// Ends all sessions.
pub(super) async fn session_end_all(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    match app.session_end_all(&caller).await {
        Ok(()) => Ok(gone()),
        Err(error) => refused(&app, &asked, "/account", error),
    }
}

/// Makes a token and tells it.
pub(super) async fn token(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    match token_make(&app, &caller, &fields).await {
        Ok(page) => Ok(asked.page(&page(asked.frame(&app)))),
        Err(error) => refused(&app, &asked, "/account", error),
    }
}

async fn token_make(
    app: &App,
    caller: &Principal,
    fields: &Fields,
) -> Result<impl FnOnce(crate::web::frame::Frame) -> ToldPage, AppError> {
    let role = parsed("role", &fields.role)?;
    let area = if fields.area.is_empty() { None } else { Some(app.area_by_code(caller, &fields.area)?) };
    let lasts = fields.days.map(|days| Duration::from_secs(u64::from(days.clamp(1, 3650)) * 24 * 3600));
    let expires_at = lasts.map(|lasts| app.clock.now() + lasts);
    let (_, secret) = app.token_create(caller, &TokenDraft { name: &fields.name, role, area, expires_at }).await?;
    Ok(move |frame| ToldPage { frame, what: Told::Token, back: "/account", secrets: vec![secret], until: expires_at })
}

/// Revokes a token.
pub(super) async fn token_revoke(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let result = app.token_revoke(&caller, TokenId(id)).await;
    done(&app, &asked, result)
}

/// Asks for the second factor.
pub(super) async fn step_up_show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(fields): Query<Fields>,
) -> Response {
    // Who has none cannot show it: a viewer, who never needs it.
    if !matches!(caller.who, Who::Account { .. }) {
        return Redirect::to("/").into_response();
    }
    let next = safe_next(&fields.next).to_owned();
    let passkey_site = passkey_site(&app, &caller).await;
    asked.page(&StepUpPage { frame: asked.frame(&app), next, passkey_site, failure: None })
}

/// The address by which people have to come for passkeys, for who has one. When that cannot be found out there is the code.
async fn passkey_site(app: &App, caller: &Principal) -> Option<String> {
    let has_one = app.passkey_list(caller).await.is_ok_and(|kept| !kept.is_empty());
    app.passkey_site().filter(|_| has_one).map(str::to_owned)
}

/// Takes the second factor.
pub(super) async fn step_up(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let next = safe_next(&fields.next).to_owned();
    match app.step_up(&caller, &fields.code).await {
        Ok(secret) => Ok(with_session(Redirect::to(&next).into_response(), &secret)),
        Err(error) => {
            let frame = asked.frame(&app);
            let Some(failure) = Failure::of(&error, Failure::WrongCode, Failure::Name) else {
                return Err(PageError::new(error, frame));
            };
            let status = error_status(error);
            let passkey_site = passkey_site(&app, &caller).await;
            let page = StepUpPage { frame, next, passkey_site, failure: Some(failure) };
            Ok(with_status(&status, asked.page(&page)))
        }
    }
}
