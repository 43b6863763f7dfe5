//! What every page handler needs: who asks in which language, and how a page or an error goes out.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::api::caller::Caller;
use crate::api::gate;
use crate::api::problem::{Logged, Told};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Role;
use crate::disk::Disk;
use crate::web::frame::{Frame, Trouble};
use crate::web::language::{self, Language};
use crate::web::view::error::{ErrorPage, Problem};

/// What a request says of who asks.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    address: String,
    path: String,
    /// `?lang=`: asked for now, and remembered from then on.
    chosen: Option<String>,
    remembered: Option<String>,
    wants_html: bool,
    is_signed_in: bool,
    is_admin: bool,
    is_technician: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let caller = parts.extensions.get::<Caller>();
        let has = |role| caller.is_some_and(|caller| caller.require(role).is_ok());
        let asked_for = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
        Ok(Asked {
            address: address(parts),
            path: parts.uri.path().to_owned(),
            chosen: asked_for.map(str::to_owned),
            remembered: gate::cookie(&parts.headers, language::COOKIE).map(str::to_owned),
            wants_html: gate::accepts_html(&parts.headers),
            is_signed_in: gate::session(&parts.headers).is_some(),
            is_admin: has(Role::Admin),
            is_technician: has(Role::Technician),
        })
    }
}

/// Path and query; never two slashes at the beginning, which a browser would read as another host.
fn address(parts: &Parts) -> String {
    let asked = parts.uri.path_and_query().map(|at| at.as_str()).unwrap_or_default();
    format!("/{}", asked.trim_start_matches('/'))
}

impl Asked {
    /// The path asked for.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether a browser asks for a page.
    pub(super) fn wants_html(&self) -> bool {
        self.wants_html
    }

    /// The frame of a page for whoever asks, now.
    pub(super) fn frame(&self, app: &App) -> Frame {
        Frame {
            language: Language::choose(
                self.chosen.as_deref(),
                self.remembered.as_deref(),
                app.settings.language.into(),
            ),
            now: app.clock.now(),
            address: self.address.clone(),
            is_signed_in: self.is_signed_in,
            is_admin: self.is_admin,
            is_technician: self.is_technician,
            is_simulated: app.settings.is_simulated,
            // Not for strangers.
            trouble: trouble(app).filter(|_| !gate::is_open(&self.path)),
        }
    }

    /// A finished page, with the cookie that remembers the language when one was chosen.
    pub(super) fn page(&self, page: &impl Template) -> Response {
        let mut response = match page.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => {
                let error = error.to_string();
                let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
                response.extensions_mut().insert(Logged { request: "page".to_owned(), error });
                return response;
            }
        };
        let chosen = self.chosen.as_deref().and_then(Language::of_code);
        let cookie = chosen.and_then(|language| HeaderValue::from_str(&language.cookie()).ok());
        if let Some(cookie) = cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

fn trouble(app: &App) -> Option<Trouble> {
    if !*app.is_judging.borrow() {
        return Some(Trouble::NotWritten);
    }
    if app.keys.locked().is_some() {
        return Some(Trouble::Locked);
    }
    let Disk { space, is_low } = *app.disk.borrow();
    is_low.then(|| Trouble::DiskLow { used_percent: space.used_percent() })
}

/// An error as a page.
pub(super) struct PageError {
    error: AppError,
    frame: Frame,
}

impl PageError {
    /// The error for whoever asked.
    pub(super) fn new(error: AppError, frame: Frame) -> Self {
        PageError { error, frame }
    }

    /// For `map_err`.
    pub(super) fn with(frame: &Frame) -> impl Fn(AppError) -> PageError {
        let frame = frame.clone();
        move |error| PageError { error, frame: frame.clone() }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let known = match self.error {
            AppError::StepUp => Some(Problem::StepUp),
            AppError::LinkSpent => Some(Problem::LinkSpent),
            _ => None,
        };
        let Told { problem, log } = Told::from(self.error);
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let request_id = problem.request_id.clone();
        let shown = known.unwrap_or_else(|| Problem::of_status(problem.status));
        let page = ErrorPage { frame: self.frame, problem: shown, request_id };
        let html = page.render().unwrap_or_else(|_| problem.detail.clone());
        let mut response = (status, Html(html)).into_response();
        if let (Some(request), Some(error)) = (problem.request_id, log) {
            response.extensions_mut().insert(Logged { request, error });
        }
        response
    }
}

/// What handlers take from the router.
pub(super) type Shared = axum::extract::State<Arc<App>>;
