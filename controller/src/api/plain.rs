//! What the routing library answers by itself, in plain text, as a problem like every other: a body that is too large, a
//! form, a path or a query that cannot be taken apart. So no handler can forget it.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use inventory::text::one_line;

use super::problem::{Problem, TOO_LARGE};

/// What is read of the library's sentence (bytes). It quotes names of fields, hardly ever what was sent.
const SENTENCE_MAX: usize = 4096;
/// What is passed on of it (characters).
const DETAIL_MAX: usize = 300;

/// Passes on what the routes answer, and turns refusals in plain text into problems.
pub async fn as_problem(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_ours = matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY
    );
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !is_ours || kind.is_some_and(|kind| !kind.starts_with("text/plain")) {
        return response;
    }
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, TOO_LARGE).into_response();
    }
    let sentence = to_bytes(response.into_body(), SENTENCE_MAX).await.unwrap_or_default();
    Problem::new(status, one_line(&String::from_utf8_lossy(&sentence), DETAIL_MAX)).into_response()
}
