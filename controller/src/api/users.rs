//! `/api/v1/users`: accounts, for administrators of everything. What changes one takes a second factor shown a short time
//! ago.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::id::{AccountId, AreaId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, parsed};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::account::MadeLink;
use crate::app::error::AppError;
use crate::store::{Account, AccountGrant};

/// A role over an area and what is below it.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct GrantView {
    /// `viewer`, `technician` or `admin`.
    role: String,
    /// The code of the area; null is everywhere.
    area: Option<String>,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct UserView {
    id: i64,
    name: String,
    grants: Vec<GrantView>,
    /// Whether areas were merged or moved since, so that an administrator has to confirm what its grants are to cover.
    awaits_confirmation: bool,
    is_disabled: bool,
    /// Whether its owner has set a pass phrase.
    has_passphrase: bool,
    /// Whether it has a second factor.
    has_second_factor: bool,
    created_at: String,
    /// When its owner last logged in.
    logged_in_at: Option<String>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Turn {
    /// What `next` of the page before said.
    pub(super) cursor: Option<String>,
    /// Items a page, at most 500.
    pub(super) limit: Option<u32>,
}

/// Somebody to be invited.
#[derive(Deserialize, ToSchema)]
pub(super) struct InviteBody {
    /// The name of the account.
    name: String,
    /// What it may do where.
    grants: Vec<GrantView>,
}

/// A link that is good once.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkView {
    /// The account.
    name: String,
    /// The link's path on this server; its secret is told only now.
    path: String,
    /// Good until then.
    expires_at: String,
}

/// What to change of an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangeBody {
    /// What it may do where, all of it.
    grants: Option<Vec<GrantView>>,
    /// Whether it is disabled.
    is_disabled: Option<bool>,
}

/// What to reset.
#[derive(Deserialize, ToSchema)]
pub(super) struct ResetBody {
    /// Take the second factor away as well: its owner lost the phone.
    #[serde(default)]
    second_factor: bool,
}

impl From<MadeLink> for LinkView {
    fn from(link: MadeLink) -> Self {
        LinkView { name: link.name, path: link.path.reveal().to_owned(), expires_at: rfc3339(link.expires_at) }
    }
}

fn view(app: &App, account: Account) -> UserView {
    let world = app.world();
    let code = |id: AreaId| world.areas.area(id).map_or_else(|| id.to_string(), |area| area.code.clone());
    let grant = |grant: &AccountGrant| GrantView { role: grant.role.to_string(), area: grant.area.map(code) };
    UserView {
        id: account.id.0,
        grants: account.grants.iter().map(grant).collect(),
        awaits_confirmation: app.user_awaits_confirmation(&account.grants),
        name: account.name,
        is_disabled: account.is_disabled,
        has_passphrase: account.has_passphrase,
        has_second_factor: account.has_second_factor,
        created_at: rfc3339(account.created_at),
        logged_in_at: account.logged_in_at.map(rfc3339),
    }
}

fn grants(app: &App, caller: &Caller, views: Vec<GrantView>) -> Result<Vec<AccountGrant>, AppError> {
    let grant = |view: GrantView| {
        let role = parsed("role", &view.role)?;
        let area = view.area.map(|code| app.area_by_code(caller, &code)).transpose()?;
        Ok(AccountGrant::new(role, area))
    };
    views.into_iter().map(grant).collect()
}

/// Accounts by name.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(Turn), responses(
    (status = 200, description = "A page of accounts", body = Page<UserView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<UserView>>, ApiError> {
    let page = app.user_list(&caller, &page_ask(turn.cursor, turn.limit)).await?;
    Ok(Json(Page::of(page, |account| view(&app, account))))
}

/// Invites somebody: makes an account and a link by which its owner sets the pass phrase.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = InviteBody, responses(
    (status = 201, description = "The link, told once", body = LinkView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything, with a second factor of the last 10 minutes", body = Problem),
    (status = 409, description = "There is one of this name", body = Problem),
))]
pub(super) async fn invite(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<InviteBody>,
) -> Result<(StatusCode, Json<LinkView>), ApiError> {
    // Before what is asked is looked at: who may not, learns nothing of areas.
    caller.require_everywhere(crate::app::principal::Role::Admin)?;
    let grants = grants(&app, &caller, body.grants)?;
    let (_, link) = app.user_invite(&caller, &body.name, &grants).await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}

/// One account.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", params(("id" = i64, Path)), responses(
    (status = 200, description = "The account", body = UserView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<UserView>, ApiError> {
    let account = app.user(&caller, AccountId(id)).await?;
    Ok(Json(view(&app, account)))
}

/// Changes what an account may do, disables or enables it. It takes effect at its owner's next request.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", params(("id" = i64, Path)), request_body = ChangeBody, responses(
    (status = 200, description = "The account", body = UserView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything, with a second factor of the last 10 minutes", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
    (status = 409, description = "Nobody else administers everything", body = Problem),
))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<ChangeBody>,
) -> Result<Json<UserView>, ApiError> {
    caller.require_everywhere(crate::app::principal::Role::Admin)?;
    let id = AccountId(id);
    if let Some(views) = body.grants {
        let grants = grants(&app, &caller, views)?;
        app.user_grant(&caller, id, &grants).await?;
    }
    if let Some(is_disabled) = body.is_disabled {
        app.user_disable(&caller, id, is_disabled).await?;
    }
    let account = app.user(&caller, id).await?;
    Ok(Json(view(&app, account)))
}

/// Lets what was granted cover what its areas cover by now, after areas were merged or moved.
#[utoipa::path(post, path = "/api/v1/users/{id}/confirm", tag = "users", params(("id" = i64, Path)), responses(
    (status = 204, description = "It does"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything, with a second factor of the last 10 minutes", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
    (status = 409, description = "An area was split: grant the part that is meant", body = Problem),
))]
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.user_scope_confirm(&caller, AccountId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link by which the owner of an account sets another pass phrase.
#[utoipa::path(post, path = "/api/v1/users/{id}/reset", tag = "users", params(("id" = i64, Path)), request_body = ResetBody, responses(
    (status = 201, description = "The link, told once", body = LinkView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything, with a second factor of the last 10 minutes", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
))]
pub(super) async fn reset(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<ResetBody>,
) -> Result<(StatusCode, Json<LinkView>), ApiError> {
    let link = app.user_reset(&caller, AccountId(id), body.second_factor).await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}
