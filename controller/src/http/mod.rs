//! Everything that is served over HTTP.
//!
//! ```text
//! serve ─ connection: TLS, limits ─▶ door ─ who it comes from, for which host, security headers ─▶ gate ─ log-in ─▶ routes
//! ```

pub mod arrival;
mod body_time;
pub mod compress;
pub mod door;
mod hosts;
pub mod limits;
mod plain;
#[cfg(test)]
mod route_table;
mod security;
mod serve;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{Extension, Router, middleware};
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::api::problem::Problem;
use crate::app::App;
use crate::{api, web};
pub use arrival::Arrival;
pub use door::Door;
pub use serve::{Front, serve};

/// The largest body that is read (bytes).
const BODY_MAX: usize = 2 * 1024 * 1024;
/// A body that says nothing for so long is given up, so that senders who dawdle hold no connection.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// API and pages, behind the gate and the door.
pub fn router(app: Arc<App>, door: Arc<Door>) -> Router {
    gated(app)
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(middleware::from_fn(body_time::limit))
        .layer(middleware::from_fn(compress::keep_posts))
        .layer(compress::layer())
        .layer(middleware::from_fn_with_state(door, door::enter))
}

/// API and pages behind the gate; it believes where requests came from.
fn gated(app: Arc<App>) -> Router {
    routes().layer(middleware::from_fn_with_state(Arc::clone(&app), api::gate::gate)).with_state(app)
}

/// API and pages without the gate: who asks is what has been put into the request.
fn routes() -> Router<Arc<App>> {
    let (api, description) = api::router();
    api.merge(web::pages::router())
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(Arc::new(description)))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(api::plain::as_problem))
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method; /api/docs tells which it takes")
}
