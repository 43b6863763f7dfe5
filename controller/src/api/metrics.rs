//! `/metrics` for Prometheus: the program itself, and the fleet under `/metrics/fleet`.

use std::fmt::Write;
use std::sync::Arc;

use alerts::health::DeviceState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::caller::Caller;
use super::problem::{ApiError, Problem};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Role;
use crate::events::gauge_line;

/// Text exposition format 0.0.4.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The program: visits, samples, notifications, states, tasks, memory.
#[utoipa::path(get, path = "/metrics", tag = "metrics", responses(
    (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
    (status = 401, description = "Not logged in, and not from an address in metrics_allow", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn metrics(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    // The numbers are of the whole installation.
    caller.require_everywhere(Role::Viewer)?;
    let text = app.events.render().map_err(AppError::internal)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

/// The fleet: whether each device is up, and what each interface carries. A value that is not known is left out.
#[utoipa::path(get, path = "/metrics/fleet", tag = "metrics", responses(
    (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
    (status = 401, description = "Not logged in, and not from an address in metrics_allow", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn fleet(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    let mut text = String::from(
        "# HELP villagenet_device_up Whether the device answers: 1 or 0; absent while nobody could look.\n\
         # TYPE villagenet_device_up gauge\n",
    );
    for record in app.device_all(&caller).await? {
        let up = match record.health.as_ref().map(|health| health.state) {
            Some(DeviceState::Up | DeviceState::Degraded) => 1.0,
            Some(DeviceState::Down | DeviceState::CutOff) => 0.0,
            Some(DeviceState::Unknown | DeviceState::Maintenance | DeviceState::Retired) | None => continue,
        };
        let name = &record.device.name;
        let labels = [("hall", name.hall.as_str()), ("device", name.name.as_str())];
        text.push_str(&gauge_line("villagenet_device_up", &labels, up));
    }
    let rates = app.rates_now(&caller).await?;
    for (metric, help, value) in [
        ("villagenet_interface_receive_bytes_per_second", "Bytes received per second.", 0),
        ("villagenet_interface_transmit_bytes_per_second", "Bytes sent per second.", 1),
    ] {
        writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} gauge").expect("writing to a String cannot fail");
        for rate in &rates {
            let Some(value) = [rate.received, rate.sent][value] else { continue };
            let (hall, device) = (rate.device.hall.as_str(), rate.device.name.as_str());
            let labels = [("hall", hall), ("device", device), ("interface", rate.interface.as_str())];
            text.push_str(&gauge_line(metric, &labels, value));
        }
    }
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
