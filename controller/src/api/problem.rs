//! The one place where errors become HTTP: RFC 9457 problems.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use inventory::import::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::error::{AppError, chain};

/// The `type` of the 403 that ends once the second factor has been shown again.
pub const STEP_UP: &str = "urn:villagenet:problem:step-up";

/// A problem (RFC 9457). Where `type` is absent it is `about:blank`: the status says what kind it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:villagenet:problem:step-up` where the same request succeeds after the second factor was shown again.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What kind of problem, the same for all of its kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do next.
    pub detail: String,
    /// How many seconds to wait before the next try; also in the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// Names this request in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Every fault found, where something was checked as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultView>,
}

impl From<Fault> for FaultView {
    fn from(fault: Fault) -> Self {
        let column = fault.column.map(|column| column.name);
        FaultView { line: fault.line, column, value: fault.value, message: fault.message }
    }
}

/// One fault of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultView {
    /// Line, from 1.
    pub line: u64,
    /// Name of the column, when one is to blame.
    pub column: Option<String>,
    /// What stood there.
    pub value: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl Problem {
    /// A problem of this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem {
            kind: None,
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            retry_after_s: None,
            request_id: None,
            faults: Vec::new(),
        }
    }

    /// No or wrong credentials.
    pub fn unauthorized() -> Self {
        let hint = "log in at /login, or send the token as `Authorization: Bearer TOKEN`";
        Problem::new(StatusCode::UNAUTHORIZED, hint)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What is told of a body over the limit of `http::router`.
pub const TOO_LARGE: &str = "the body is larger than 2 MiB; send less at once";

/// What a client sees of an error, and what the log has to keep of it.
pub struct Told {
    /// For the client.
    pub problem: Problem,
    /// For the log: set when the fault is not the client's.
    pub log: Option<String>,
}

impl From<AppError> for Told {
    fn from(error: AppError) -> Self {
        let client = |status, detail: String| Told { problem: Problem::new(status, detail), log: None };
        match error {
            AppError::NotFound { .. } | AppError::LinkSpent => client(StatusCode::NOT_FOUND, error.to_string()),
            AppError::Forbidden(_) => client(StatusCode::FORBIDDEN, error.to_string()),
            AppError::StepUp => {
                let mut problem = Problem::new(StatusCode::FORBIDDEN, error.to_string());
                problem.kind = Some(STEP_UP.to_owned());
                Told { problem, log: None }
            }
            AppError::Wrong => client(StatusCode::UNAUTHORIZED, error.to_string()),
            AppError::Busy { seconds } => {
                let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, error.to_string());
                problem.retry_after_s = Some(seconds);
                Told { problem, log: None }
            }
            AppError::Passphrase(fault) => client(StatusCode::UNPROCESSABLE_ENTITY, fault.to_string()),
            AppError::Credential(_) | AppError::People(_) => client(StatusCode::BAD_REQUEST, error.to_string()),
            AppError::Invalid(detail) => client(StatusCode::BAD_REQUEST, detail),
            AppError::Conflict(detail) => client(StatusCode::CONFLICT, detail),
            AppError::Locked(_) => client(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            AppError::Full => client(StatusCode::INSUFFICIENT_STORAGE, error.to_string()),
            AppError::Faults(faults) => {
                let detail = format!("{} faults; nothing was imported. Mend them all and try again.", faults.len());
                let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
                problem.faults = faults.into_iter().map(FaultView::from).collect();
                Told { problem, log: None }
            }
            AppError::Internal(source) => {
                let id = format!("{:016x}", rand::random::<u64>());
                let detail =
                    format!("The server could not do this; it is not your fault. Its log has the cause under {id}.");
                let mut problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail);
                problem.request_id = Some(id);
                Told { problem, log: Some(chain(source.as_ref())) }
            }
        }
    }
}

/// What API handlers return when they fail.
pub struct ApiError(AppError);

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        ApiError(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let told = Told::from(self.0);
        let request = told.problem.request_id.clone();
        let mut response = told.problem.into_response();
        if let (Some(request), Some(error)) = (request, told.log) {
            // `gate::finish` takes it out and logs it: only there the events are at hand.
            response.extensions_mut().insert(Logged { request, error });
        }
        response
    }
}

/// A fault of ours on its way to the log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The id told to the client.
    pub request: String,
    /// The whole chain of causes.
    pub error: String,
}
