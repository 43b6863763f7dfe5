//! `/api/v1/devices/{id}/condition` and `/api/v1/devices/{id}/stations`

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inventory::condition::{Condition, Neighbour, Network, Radio, SensorReading};
use inventory::id::{DeviceId, PartId};
use inventory::part::{PartKey, PartKeys, sensor_metric};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::extract::{Page, Path};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::condition::ConditionSeen;
use crate::store::StationRecord;

/// How a device last was beyond its ports. What it did not tell is null, or in no list.
#[derive(Serialize, ToSchema, Default)]
pub(super) struct ConditionView {
    /// When it was read; null while it has told nothing.
    at: Option<String>,
    /// How busy its processors are, the mean of them.
    cpu_percent: Option<f64>,
    /// Memory in use.
    memory_used_percent: Option<f64>,
    /// Its Wi-Fi, when it has any.
    wifi: Option<WifiView>,
    /// What else it measures.
    sensors: Vec<SensorView>,
    /// Who is at the other end of its cables.
    neighbours: Vec<NeighbourView>,
    /// Parts that it told of and that are not kept as series, because it has too many.
    parts_left_out: usize,
}

/// The Wi-Fi of a device.
#[derive(Serialize, ToSchema)]
struct WifiView {
    /// Everybody connected.
    clients: Option<u32>,
    /// Access points that a controller has under it.
    access_points: Option<u32>,
    /// Different visitors in the last 30 days, where the device tells of them one by one.
    visitors_30d: Option<i64>,
    /// Its radios.
    radios: Vec<RadioView>,
    /// Its networks.
    networks: Vec<NetworkView>,
}

/// A radio. Its series are asked by `part`: wifi_clients, utilization_percent, noise_dbm, tx_power_dbm, channel and
/// frequency_megahertz, as far as it tells them.
#[derive(Serialize, ToSchema)]
struct RadioView {
    /// Its id among the parts.
    part: Option<i64>,
    /// What the device calls it.
    name: String,
    /// The network on it, when there is one only.
    ssid: Option<String>,
    /// Channel.
    channel: Option<u32>,
    /// Frequency.
    frequency_mhz: Option<f64>,
    /// What it sends with.
    tx_power_dbm: Option<f64>,
    /// Noise floor.
    noise_dbm: Option<f64>,
    /// How much of the time the channel is busy.
    utilization_percent: Option<f64>,
    /// Who is connected through it.
    clients: Option<u32>,
}

/// A network. Its series is wifi_clients.
#[derive(Serialize, ToSchema)]
struct NetworkView {
    /// Its id among the parts.
    part: Option<i64>,
    /// Its name.
    ssid: String,
    /// Who is connected to it.
    clients: u32,
}

/// A measured value.
#[derive(Serialize, ToSchema)]
struct SensorView {
    /// Its id among the parts.
    part: Option<i64>,
    /// What is measured: temperature, voltage, state and so on.
    class: &'static str,
    /// Where.
    name: String,
    /// How much.
    value: f64,
    /// In what: C, V, %, dBm and so on; empty for states and counts.
    unit: &'static str,
    /// For states, the word of the device's MIB.
    state: Option<String>,
    /// The metric of its series.
    metric: &'static str,
}

/// Who is at the other end of a cable.
#[derive(Serialize, ToSchema)]
struct NeighbourView {
    /// The device's port.
    port: String,
    /// What the neighbour is called.
    name: Option<String>,
    /// Its MAC address.
    mac: Option<String>,
    /// lldp or cdp.
    how: &'static str,
}

/// One that was connected by Wi-Fi.
#[derive(Serialize, ToSchema)]
pub(super) struct StationView {
    /// The keyed hash of its address: the same for all times on this installation.
    hash: String,
    /// Its MAC address; null 30 days after it was last seen.
    mac: Option<String>,
    /// The radio or access point that it was last connected to.
    radio: Option<String>,
    /// The network.
    ssid: Option<String>,
    /// How strongly it was heard.
    signal_dbm: Option<f64>,
    /// The same above the noise.
    snr_db: Option<f64>,
    /// What was sent to it with, bits per second.
    tx_bps: Option<f64>,
    /// What it sent with, bits per second.
    rx_bps: Option<f64>,
    /// For how long it had been connected, in seconds, where the device tells.
    connected_s: Option<u32>,
    /// When it was first seen on this device.
    first_seen: String,
    /// When it was last seen, up to five minutes behind.
    last_seen: String,
}

/// How a device last was: load, Wi-Fi, sensors, neighbours.
#[utoipa::path(get, path = "/api/v1/devices/{id}/condition", tag = "devices", params(("id" = i64, Path, description = "Id of the device")), responses(
    (status = 200, description = "How it was", body = ConditionView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such device", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<ConditionView>, ApiError> {
    let Some(seen) = app.condition(&caller, DeviceId(id)).await? else { return Ok(Json(ConditionView::default())) };
    let visitors = app.visitors(&caller, DeviceId(id)).await?;
    Ok(Json(view(seen, visitors)))
}

/// Who was connected to a device by Wi-Fi in the last 30 days, the last seen first. For technicians: personal data.
#[utoipa::path(get, path = "/api/v1/devices/{id}/stations", tag = "devices", params(("id" = i64, Path, description = "Id of the device")), responses(
    (status = 200, description = "All of them, in one page", body = Page<StationView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such device", body = Problem),
))]
pub(super) async fn stations(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<Page<StationView>>, ApiError> {
    let items = app.station_list(&caller, DeviceId(id)).await?;
    Ok(Json(Page::of(crate::store::Page { items, next: None }, station)))
}

fn view(seen: ConditionSeen, visitors: Option<i64>) -> ConditionView {
    let keys = PartKeys::of(&seen.condition);
    let parts = seen.parts;
    let Condition { cpu_percent, memory_used_percent, wifi, sensors, neighbours } = seen.condition;
    let wifi = wifi.map(|wifi| WifiView {
        clients: wifi.clients,
        access_points: wifi.access_points,
        visitors_30d: visitors,
        radios: wifi.radios.into_iter().zip(&keys.radios).map(|(one, key)| radio(one, part(&parts, key))).collect(),
        networks: wifi
            .networks
            .into_iter()
            .zip(&keys.networks)
            .map(|(one, key)| network(one, part(&parts, key)))
            .collect(),
    });
    ConditionView {
        at: Some(rfc3339(seen.at)),
        cpu_percent,
        memory_used_percent,
        wifi,
        sensors: sensors.into_iter().zip(&keys.sensors).map(|(one, key)| sensor(one, part(&parts, key))).collect(),
        neighbours: neighbours.into_iter().map(neighbour).collect(),
        parts_left_out: seen.parts_left_out,
    }
}

fn part(parts: &BTreeMap<PartKey, PartId>, key: &PartKey) -> Option<i64> {
    parts.get(key).map(|id| id.0)
}

fn radio(radio: Radio, part: Option<i64>) -> RadioView {
    RadioView {
        part,
        name: radio.name,
        ssid: radio.ssid,
        channel: radio.channel,
        frequency_mhz: radio.frequency_mhz,
        tx_power_dbm: radio.tx_power_dbm,
        noise_dbm: radio.noise_dbm,
        utilization_percent: radio.utilization_percent,
        clients: radio.clients,
    }
}

fn network(network: Network, part: Option<i64>) -> NetworkView {
    NetworkView { part, ssid: network.ssid, clients: network.clients }
}

fn sensor(sensor: SensorReading, part: Option<i64>) -> SensorView {
    SensorView {
        part,
        class: sensor.class.as_str(),
        name: sensor.name,
        value: sensor.value,
        unit: sensor.class.unit(),
        state: sensor.state.map(String::from),
        metric: sensor_metric(sensor.class).as_str(),
    }
}

fn neighbour(neighbour: Neighbour) -> NeighbourView {
    NeighbourView {
        port: neighbour.port,
        name: neighbour.name,
        mac: neighbour.mac.map(|mac| mac.to_string()),
        how: neighbour.how.as_str(),
    }
}

fn station(station: StationRecord) -> StationView {
    StationView {
        hash: station.hash,
        mac: station.mac.map(|mac| mac.to_string()),
        radio: station.radio,
        ssid: station.ssid,
        signal_dbm: station.signal_dbm,
        snr_db: station.snr_db,
        tx_bps: station.tx_bps,
        rx_bps: station.rx_bps,
        connected_s: station.connected_s,
        first_seen: rfc3339(station.first_seen),
        last_seen: rfc3339(station.last_seen),
    }
}
