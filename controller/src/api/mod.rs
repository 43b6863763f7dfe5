//! The JSON API under `/api/v1`, described by its own OpenAPI document. Handlers unpack, call `app`, wrap.

pub mod caller;
pub mod gate;
pub mod login;
pub mod plain;
pub mod problem;
pub mod view;

mod agents;
mod alerts;
mod areas;
mod audit;
mod condition;
mod contacts;
mod credentials;
mod decisions;
mod devices;
mod escalations;
pub mod extract;
mod halls;
mod health;
mod incidents;
mod inventory;
mod ledger;
mod metrics;
mod outages;
mod passkeys;
mod rules;
mod schedules;
mod series;
mod series_together;
mod sessions;
mod silences;
mod tokens;
mod users;

use std::sync::Arc;

use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::response::IntoResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The largest body that is read of who is not logged in (bytes). An answer of a passkey has some thousand.
pub const STRANGERS_BODY_MAX: usize = 32 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(title = "VillageNet", description = "The network and Wi-Fi of village halls. Times are RFC 3339 in UTC; errors are RFC 9457 problems; lists are pages of `items` with a cursor in `next`."),
    modifiers(&BearerToken),
    security(("token" = [])),
    components(schemas(problem::Problem)),
)]
struct Description;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        api.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// What strangers may ask for. Their bodies are small: a crowd of them must not fill the memory.
fn open() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(login::log_in))
        .routes(routes!(login::second_factor))
        .routes(routes!(login::enrolment))
        .routes(routes!(passkeys::log_in_options))
        .routes(routes!(passkeys::log_in))
        .routes(routes!(login::set_up))
        .routes(routes!(login::link))
        .layer(DefaultBodyLimit::max(STRANGERS_BODY_MAX))
}

/// Every API route, and the document that describes them.
pub fn router() -> (axum::Router<Arc<App>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(metrics::fleet))
        .routes(routes!(areas::list))
        .routes(routes!(areas::show))
        .routes(routes!(areas::succeed))
        .routes(routes!(halls::list))
        .routes(routes!(halls::show, halls::change))
        .routes(routes!(ledger::show))
        .routes(routes!(ledger::corrections, ledger::correct))
        .routes(routes!(ledger::undo))
        .routes(routes!(devices::list))
        .routes(routes!(devices::show, devices::change))
        .routes(routes!(devices::confirm_host_key))
        .routes(routes!(devices::interfaces))
        .routes(routes!(condition::show))
        .routes(routes!(condition::stations))
        .routes(routes!(series::range))
        .routes(routes!(series_together::of_hall))
        .routes(routes!(series_together::of_area))
        .routes(routes!(outages::list))
        .routes(routes!(outages::show))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::show))
        .routes(routes!(incidents::list))
        .routes(routes!(incidents::show))
        .routes(routes!(incidents::acknowledge))
        .routes(routes!(incidents::give_back))
        .routes(routes!(incidents::going))
        .routes(routes!(incidents::snooze))
        .routes(routes!(incidents::comment))
        .routes(routes!(incidents::resolve))
        .routes(routes!(rules::list))
        .routes(routes!(rules::show, rules::set, rules::unset))
        .routes(routes!(rules::preview))
        .routes(routes!(decisions::list))
        .routes(routes!(silences::list, silences::create))
        .routes(routes!(silences::show, silences::end))
        .routes(routes!(contacts::list, contacts::create))
        .routes(routes!(contacts::show, contacts::change, contacts::delete))
        .routes(routes!(contacts::quiet_hours))
        .routes(routes!(schedules::list, schedules::create))
        .routes(routes!(schedules::show, schedules::change, schedules::delete))
        .routes(routes!(schedules::on_call))
        .routes(routes!(schedules::stand_in))
        .routes(routes!(schedules::take_back))
        .routes(routes!(escalations::list, escalations::create))
        .routes(routes!(escalations::show, escalations::change, escalations::delete))
        .routes(routes!(agents::list))
        .routes(routes!(audit::list))
        .routes(routes!(audit::csv))
        .routes(routes!(audit::jsonl))
        .routes(routes!(inventory::import))
        .routes(routes!(inventory::export))
        .merge(open())
        .routes(routes!(sessions::step_up))
        .routes(routes!(passkeys::step_up_options))
        .routes(routes!(passkeys::step_up))
        .routes(routes!(passkeys::list, passkeys::add))
        .routes(routes!(passkeys::add_options))
        .routes(routes!(passkeys::remove))
        .routes(routes!(sessions::log_out))
        .routes(routes!(sessions::passphrase))
        .routes(routes!(sessions::list, sessions::end_all))
        .routes(routes!(sessions::end))
        .routes(routes!(users::list, users::invite))
        .routes(routes!(users::show, users::change))
        .routes(routes!(users::confirm))
        .routes(routes!(users::reset))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(credentials::list, credentials::create))
        .routes(routes!(credentials::show, credentials::change, credentials::delete))
        .routes(routes!(openapi))
        .split_for_parts()
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "description", responses((status = 200, description = "OpenAPI 3.1")))]
async fn openapi(axum::Extension(api): axum::Extension<Arc<utoipa::openapi::OpenApi>>) -> impl IntoResponse {
    Json((*api).clone())
}
