//! Keeps the gauges of `/metrics` in step with the records.

use std::time::Duration;

use alerts::health::{DeviceState, HallState};

use crate::app::App;
use crate::app::error::AppError;
use crate::store::Scope;

/// How often.
pub const EVERY: Duration = Duration::from_secs(5);

/// Counts halls and devices by state, agents, the bytes of the samples, and those that wait to be sent on.
///
/// # Errors
/// When the records or samples cannot be read; the gauges stay as they were.
pub async fn run(app: &App) -> Result<Option<String>, AppError> {
    let devices = app.db.device_counts(&Scope::All).await?;
    let count = |n: Option<&u64>| n.map_or(0, |n| i64::try_from(*n).unwrap_or(i64::MAX));
    app.events.set_devices(DeviceState::ALL.map(|state| (state.as_str(), count(devices.get(&state)))));
    let halls = app.db.hall_counts(&Scope::All).await?;
    app.events.set_halls(HallState::ALL.map(|state| (state.as_str(), count(halls.get(&state)))));
    let agents = app.links.status();
    let silent = agents.values().filter(|agent| agent.is_silent).count();
    let connected = agents.len() - silent;
    app.events.set_agents(i64::try_from(connected).unwrap_or(i64::MAX), i64::try_from(silent).unwrap_or(i64::MAX));
    app.events.set_series_bytes(app.series.bytes().await);
    if let Some(waiting) = app.series.remote_waiting() {
        app.events.set_remote_waiting(waiting);
        app.events.set_remote_since(app.series.remote_since().await.map_err(AppError::internal)?);
    }
    Ok(None)
}
