//! `/api/v1/tokens`: what programs come in by.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::id::TokenId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::extract::{Body, Page, Path, word};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Role;
use crate::app::token::TokenDraft;

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenView {
    id: i64,
    /// Its name.
    name: String,
    /// The account on whose behalf it asks: it never may more than that.
    owner: String,
    /// What it may do at most.
    role: &'static str,
    /// The code of the area where at most; null is wherever its owner may.
    area: Option<String>,
    created_at: String,
    /// Good until then; null is for good.
    expires_at: Option<String>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct TokenBody {
    /// Its name.
    name: String,
    /// `viewer`, `technician` or `admin`.
    role: String,
    /// The code of the area where at most.
    area: Option<String>,
    /// Good until then, RFC 3339.
    expires_at: Option<String>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeToken {
    id: i64,
    /// Send it as `Authorization: Bearer TOKEN`. It is told only now.
    token: String,
}

/// One's own tokens; everybody's, for administrators of everything.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", responses(
    (status = 200, description = "All of them", body = Page<TokenView>),
    (status = 401, description = "Not logged in", body = Problem),
))]
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Page<TokenView>>, ApiError> {
    let world = app.world();
    let view = |token: crate::store::TokenRecord| TokenView {
        id: token.id.0,
        name: token.name,
        owner: token.owner,
        role: token.role.as_str(),
        area: token.area.map(|id| world.areas.area(id).map_or_else(|| id.to_string(), |area| area.code.clone())),
        created_at: rfc3339(token.created_at),
        expires_at: token.expires_at.map(rfc3339),
    };
    let tokens = app.token_list(&caller).await?;
    Ok(Json(Page { items: tokens.into_iter().map(view).collect(), next: None }))
}

/// Makes a token for oneself. More than a viewer's takes a second factor of the last 10 minutes.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = TokenBody, responses(
    (status = 201, description = "The token, told once", body = MadeToken),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "More than one may oneself, or without a second factor", body = Problem),
))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<TokenBody>,
) -> Result<(StatusCode, Json<MadeToken>), ApiError> {
    let role = word::<Role>("role", Some(body.role))?;
    let role = role.ok_or_else(|| AppError::Invalid("role is missing".to_owned()))?;
    let area = body.area.map(|code| app.area_by_code(&caller, &code)).transpose()?;
    let draft = TokenDraft { name: &body.name, role, area, expires_at: word("expires_at", body.expires_at)? };
    let (id, secret) = app.token_create(&caller, &draft).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { id: id.0, token: secret.reveal().to_owned() })))
}

/// Revokes a token; it is refused from then on.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens", params(("id" = i64, Path)), responses(
    (status = 204, description = "It is revoked"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
))]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.token_revoke(&caller, TokenId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
