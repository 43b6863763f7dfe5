//! `/users`: who may come in, for administrators of everything.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::id::AccountId;
use serde::Deserialize;

use super::account::{grant_row, refused};
use super::login::{error_status, with_status};
use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::account::MadeLink;
use crate::app::error::AppError;
use crate::app::principal::Principal;
use crate::store::{AccountGrant, PageAsk};
use crate::web::view::failure::Failure;
use crate::web::view::people::{Told, ToldPage, UserRow, UsersPage};
use inventory::secret::Secret;

/// Accounts on a page.
const ROWS: u32 = 50;

/// What the forms carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    name: String,
    role: String,
    area: String,
    factor: String,
    cursor: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(fields): Query<Fields>,
) -> Result<Response, PageError> {
    let page = fill(&app, &asked, &caller, fields.cursor, None).await.map_err(PageError::with(&asked.frame(&app)))?;
    Ok(asked.page(&page))
}

async fn fill(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    cursor: Option<String>,
    failure: Option<Failure>,
) -> Result<UsersPage, AppError> {
    let page = app.user_list(caller, &PageAsk { cursor, limit: ROWS }).await?;
    let row = |account: crate::store::Account| UserRow {
        id: account.id.0,
        grants: account.grants.iter().map(|grant| grant_row(app, grant)).collect(),
        awaits_confirmation: app.user_awaits_confirmation(&account.grants),
        name: account.name,
        is_disabled: account.is_disabled,
        has_passphrase: account.has_passphrase,
        has_second_factor: account.has_second_factor,
        logged_in_at: account.logged_in_at,
    };
    let users = page.items.into_iter().map(row).collect();
    Ok(UsersPage { frame: asked.frame(app), users, next: page.next, areas: app.areas_today(caller), failure })
}

fn grant(app: &App, caller: &Principal, fields: &Fields) -> Result<AccountGrant, AppError> {
    let role = parsed("role", &fields.role)?;
    Ok(AccountGrant::new(role, area(app, caller, fields)?))
}

fn area(app: &App, caller: &Principal, fields: &Fields) -> Result<Option<inventory::id::AreaId>, AppError> {
    if fields.area.is_empty() { Ok(None) } else { app.area_by_code(caller, &fields.area).map(Some) }
}

/// Invites somebody.
pub(super) async fn invite(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let made = match grant(&app, &caller, &fields) {
        Ok(grant) => app.user_invite(&caller, &fields.name, &[grant]).await.map(|(_, link)| link),
        Err(error) => Err(error),
    };
    tell(&app, &asked, &caller, made).await
}

/// Shows a link, once.
async fn tell(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    made: Result<MadeLink, AppError>,
) -> Result<Response, PageError> {
    match made {
        Ok(link) => {
            let url = Secret::new(format!("{}{}", app.settings.base_url, link.path.reveal()));
            let (frame, until) = (asked.frame(app), Some(link.expires_at));
            Ok(asked.page(&ToldPage { frame, what: Told::Link, back: "/users", secrets: vec![url], until }))
        }
        Err(error) => again(app, asked, caller, error, Failure::Name).await,
    }
}

/// The page once more, with what was wrong.
async fn again(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    error: AppError,
    conflict: Failure,
) -> Result<Response, PageError> {
    let Some(failure) = Failure::of(&error, Failure::WrongCode, conflict) else {
        return refused(app, asked, "/users", error);
    };
    let page = fill(app, asked, caller, None, Some(failure)).await.map_err(PageError::with(&asked.frame(app)))?;
    Ok(with_status(&error_status(error), asked.page(&page)))
}

async fn changed(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    result: Result<(), AppError>,
) -> Result<Response, PageError> {
    match result {
        Ok(()) => Ok(Redirect::to("/users").into_response()),
        Err(error) => again(app, asked, caller, error, Failure::LastAdministrator).await,
    }
}

/// Takes the role in an area away.
const NO_ROLE: &str = "none";

/// Gives a role over an area in place of the one that the account has there, or takes that away.
pub(super) async fn grant_set(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let result = grant_one(&app, &caller, AccountId(id), &fields).await;
    changed(&app, &asked, &caller, result).await
}

async fn grant_one(app: &App, caller: &Principal, id: AccountId, fields: &Fields) -> Result<(), AppError> {
    let mut grants = app.user(caller, id).await?.grants;
    let area = area(app, caller, fields)?;
    grants.retain(|grant| grant.area != area);
    if fields.role != NO_ROLE {
        grants.push(grant(app, caller, fields)?);
    }
    app.user_grant(caller, id, &grants).await
}

/// Lets what was granted cover what its areas cover by now.
pub(super) async fn confirm(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let result = app.user_scope_confirm(&caller, AccountId(id)).await;
    changed(&app, &asked, &caller, result).await
}

/// Disables an account.
pub(super) async fn disable(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let result = app.user_disable(&caller, AccountId(id), true).await;
    changed(&app, &asked, &caller, result).await
}

/// Enables an account.
pub(super) async fn enable(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let result = app.user_disable(&caller, AccountId(id), false).await;
    changed(&app, &asked, &caller, result).await
}

/// Makes a reset link.
pub(super) async fn reset(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let made = app.user_reset(&caller, AccountId(id), fields.factor == "too").await;
    tell(&app, &asked, &caller, made).await
}
