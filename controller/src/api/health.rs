//! Whether the process lives, and whether it can serve.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()), responses((status = 200, description = "The process lives")))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Records and samples can be read, and what was judged is being written.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses(
    (status = 200, description = "Requests can be served"),
    (status = 503, description = "They cannot; the body says which part, the log why"),
))]
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, String) {
    match app.readiness().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}; the log says why\n")),
    }
}
