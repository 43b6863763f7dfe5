//! Who asks, on the way from the gate to a handler. A route that takes a [`Caller`] cannot be reached without one.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use inventory::secret::Secret;

use super::gate::ClientAddress;
use super::problem::Problem;
use crate::app::App;
use crate::app::access::Place;
use crate::app::error::{self, AppError};
use crate::app::principal::Principal;

/// The principal that the gate put into the request.
#[derive(Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    /// What he came in with; `None` for who needs nothing.
    pass: Option<Pass>,
}

/// What somebody comes in with.
#[derive(Clone)]
pub(super) enum Pass {
    /// The secret of a token.
    Token(Secret),
    /// The secret of a session.
    Session(Secret),
}

impl Pass {
    /// Who comes in with it, if it is still good; `is_use` when somebody uses his session by that.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub(super) async fn caller(
        self,
        app: &App,
        address: Option<IpAddr>,
        is_use: bool,
    ) -> Result<Option<Caller>, AppError> {
        let principal = self.principal(app, address, is_use).await?;
        Ok(principal.map(|principal| Caller { principal: Arc::new(principal), pass: Some(self) }))
    }

    async fn principal(&self, app: &App, address: Option<IpAddr>, is_use: bool) -> Result<Option<Principal>, AppError> {
        match self {
            Pass::Token(secret) => app.token_principal(secret.reveal(), address).await,
            Pass::Session(secret) => app.session_principal(secret.reveal(), address, is_use).await,
        }
    }
}

impl Caller {
    /// Whether he could come in again and may what he might: for what lasts longer than a request. The records are asked,
    /// and when they cannot be read he is out.
    pub async fn is_still_in(&self, app: &App) -> bool {
        let Some(pass) = &self.pass else { return false };
        match pass.principal(app, self.address, false).await {
            Ok(Some(now)) => now.who == self.who && now.grants == self.grants,
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(
                    error = error::chain(&error),
                    "a stream ends: nobody can say whether its reader still may"
                );
                false
            }
        }
    }
}

impl From<Principal> for Caller {
    fn from(principal: Principal) -> Self {
        Caller { principal: Arc::new(principal), pass: None }
    }
}

impl Deref for Caller {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::unauthorized)
    }
}

/// For the few routes that are open to everybody.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Caller>().cloned())
    }
}

/// Where a request comes from, for what somebody asks who did not come in yet.
#[derive(Debug, Clone)]
pub struct Visitor {
    address: Option<IpAddr>,
    browser: String,
}

impl Visitor {
    /// For the use cases.
    pub fn place(&self) -> Place<'_> {
        Place { address: self.address, browser: &self.browser }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let browser = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let address = parts.extensions.get::<ClientAddress>().map(|address| address.0);
        Ok(Visitor { address, browser: browser.to_owned() })
    }
}
