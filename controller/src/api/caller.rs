//! Who asks, on the way from the gate to a handler. A route that takes a [`Caller`] cannot be reached without one.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::gate::ClientAddress;
use super::problem::Problem;
use crate::app::access::Place;
use crate::app::principal::Principal;

/// The principal that the gate put into the request.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Principal>);

impl From<Principal> for Caller {
    fn from(principal: Principal) -> Self {
        Caller(Arc::new(principal))
    }
}

impl Deref for Caller {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
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
