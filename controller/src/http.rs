//! Everything that is served over HTTP, behind one gate.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{Extension, Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::problem::Problem;
use crate::app::App;
use crate::{api, web};

/// The largest body that is read (bytes).
const BODY_MAX: usize = 2 * 1024 * 1024;

/// API and pages.
pub fn router(app: Arc<App>) -> Router {
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

/// Serves until told to stop; requests under way are finished.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: CancellationToken) {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await {
        tracing::error!(%error, "serving ended");
    }
}

#[cfg(test)]
mod route_table;
