//! `/api/v1/agents`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::extract::Page;
use super::problem::Problem;
use super::view::AgentView;
use crate::app::App;

/// The agents that have connected since the start: few enough for one page.
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents", responses(
    (status = 200, description = "All agents", body = Page<AgentView>),
    (status = 401, description = "Not logged in", body = Problem),
))]
pub(super) async fn list(State(app): State<Arc<App>>) -> Json<Page<AgentView>> {
    let items = app.links.status().into_iter().map(|(name, status)| AgentView::new(name, status)).collect();
    Json(Page { items, next: None })
}
