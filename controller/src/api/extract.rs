//! What requests carry, taken apart: like axum's extractors, but a request that makes no sense gets a problem.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{ApiError, Problem, TOO_LARGE};
use crate::app::error::AppError;
use crate::store::{self, PageAsk};

/// The query, taken apart.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub(super) struct Query<T>(pub T);

/// The path, taken apart.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub(super) struct Path<T>(pub T);

/// The body, taken apart.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(super) struct Body<T>(pub T);

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        AppError::Invalid(format!("the query makes no sense: {}", rejection.body_text())).into()
    }
}

impl From<PathRejection> for ApiError {
    /// `/devices/abc` is not a bad request but a device that does not exist.
    fn from(rejection: PathRejection) -> Self {
        AppError::NotFound { what: "resource", id: rejection.body_text() }.into()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body has to be JSON: send it with `Content-Type: application/json`",
            ),
            _ => {
                let text = format!("the body makes no sense: {}", rejection.body_text());
                Problem::new(StatusCode::BAD_REQUEST, text)
            }
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Asks for the next page as `?cursor=`; null on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of the store in the API's form.
    pub(super) fn of<R>(page: store::Page<R>, view: impl FnMut(R) -> T) -> Page<T> {
        Page { items: page.items.into_iter().map(view).collect(), next: page.next }
    }
}

/// Items a page when nobody says how many.
const LIMIT: u32 = 100;

/// The page that `?cursor=` and `?limit=` ask for.
pub(super) fn page_ask(cursor: Option<String>, limit: Option<u32>) -> PageAsk {
    PageAsk { cursor, limit: limit.unwrap_or(LIMIT) }
}

/// A word of a closed set in a query.
///
/// # Errors
/// Names the parameter and what is allowed.
pub(super) fn word<T: std::str::FromStr>(name: &str, text: Option<String>) -> Result<Option<T>, AppError>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| parsed(name, &text)).transpose()
}

/// What a word of a closed set means.
///
/// # Errors
/// As `word`.
pub fn parsed<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, AppError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| AppError::Invalid(format!("{name}={text:?} {error}")))
}
