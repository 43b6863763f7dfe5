//! API tokens: what programs come in by. A token never may more than whoever made it, at the time at which it is used.

use inventory::id::{AreaId, TokenId};
use inventory::secret::Secret;
use jiff::Timestamp;

use super::App;
use super::access;
use super::account::good_name;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use super::session::own_account;
use crate::store::{AuditAction, AuditEntry, NewToken, TokenRecord};

/// A token to be made.
#[derive(Debug, Clone)]
pub struct TokenDraft<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it may do at most.
    pub role: Role,
    /// Where at most; `None` is wherever its owner may.
    pub area: Option<AreaId>,
    /// Good until then.
    pub expires_at: Option<Timestamp>,
}

impl App {
    /// One's own tokens; for who administers everything, everybody's.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn token_list(&self, principal: &Principal) -> Result<Vec<TokenRecord>, AppError> {
        if principal.require_everywhere(Role::Admin).is_ok() {
            return Ok(self.db.token_list(None).await?);
        }
        let (id, _) = own_account(principal)?;
        Ok(self.db.token_list(Some(id)).await?)
    }

    /// Makes a token for whoever asks. It is told once.
    ///
    /// # Errors
    /// When he has no such role himself, did not show his second factor for more than a viewer's, or it cannot be written.
    pub async fn token_create(
        &self,
        principal: &Principal,
        draft: &TokenDraft<'_>,
    ) -> Result<(TokenId, Secret), AppError> {
        let (account, _) = own_account(principal)?;
        let now = self.clock.now();
        principal.require(draft.role)?;
        if draft.role > Role::Viewer {
            principal.require_step_up(now)?;
        }
        if draft.expires_at.is_some_and(|at| at <= now) {
            return Err(AppError::Invalid("the token would be over before it begins; take a later time".to_owned()));
        }
        create(&self.db, &Actor::of(principal), account, draft, now).await
    }

    /// Revokes a token: one's own, or for who administers everything anybody's.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none such for him, or it cannot be written.
    pub async fn token_revoke(&self, principal: &Principal, id: TokenId) -> Result<(), AppError> {
        let missing = || AppError::NotFound { what: "token", id: id.to_string() };
        let tokens = self.token_list(principal).await?;
        let token = tokens.into_iter().find(|token| token.id == id).ok_or_else(missing)?;
        let actor = Actor::of(principal);
        let object = format!("token {} of {}", token.name, token.owner);
        let entry = actor.did(self.clock.now(), AuditAction::TokenRevoke, object);
        if self.db.token_revoke(id, &entry).await? { Ok(()) } else { Err(missing()) }
    }
}

pub(super) async fn create(
    db: &crate::store::Db,
    actor: &Actor,
    account: inventory::id::AccountId,
    draft: &TokenDraft<'_>,
    now: Timestamp,
) -> Result<(TokenId, Secret), AppError> {
    let name = good_name(draft.name)?;
    let secret = access::secret();
    let hash = access::hash(secret.reveal());
    let TokenDraft { role, area, expires_at, .. } = *draft;
    let new = NewToken { hash: &hash, account, name, role, area, now, expires_at };
    let details = serde_json::json!({
        "role": role.as_str(), "area": area.map(|id| id.0), "expires_at": expires_at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    });
    let entry = AuditEntry { details, ..actor.did(now, AuditAction::TokenCreate, format!("token {name}")) };
    Ok((db.token_create(&new, &entry).await?, secret))
}
