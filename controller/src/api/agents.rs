//! `/api/v1/agents`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::caller::Caller;
use super::extract::Page;
use super::problem::{ApiError, Problem};
use super::view::AgentView;
use crate::app::App;

/// The agents that have connected since the start: few enough for one page.
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents", responses(
    (status = 200, description = "All agents", body = Page<AgentView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Page<AgentView>>, ApiError> {
    let agents = app.agent_list(&caller)?;
    let items = agents.into_iter().map(|(name, status)| AgentView::new(name, status)).collect();
    Ok(Json(Page { items, next: None }))
}
