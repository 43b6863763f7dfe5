//! `/api/v1/devices`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inventory::id::{AreaId, DeviceId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::halls::Change;
use super::problem::{ApiError, Problem};
use super::view::{DeviceView, InterfaceView};
use crate::app::App;
use crate::app::fleet::DeviceQuery;
use crate::app::principal::Principal;
use crate::store::DeviceRecord;

/// Which devices.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Of this hall, by code.
    hall: Option<String>,
    /// Of this area and everything below it, by id.
    area: Option<i64>,
    /// In this state: up, degraded, down, cut_off, unknown, maintenance or retired.
    state: Option<String>,
    /// At this point of their life: planned, active, maintenance or retired.
    lifecycle: Option<String>,
    /// Of this kind: router, access_point, switch, cpe, camera, ups or other.
    kind: Option<String>,
    /// Having these words; diacritics do not matter.
    q: Option<String>,
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// Devices by hall and name.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices", params(Ask), responses(
    (status = 200, description = "A page of devices", body = Page<DeviceView>),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ask): Query<Ask>,
) -> Result<Json<Page<DeviceView>>, ApiError> {
    let query = DeviceQuery {
        hall: word("hall", ask.hall)?,
        area: ask.area.map(AreaId),
        state: word("state", ask.state)?,
        lifecycle: word("lifecycle", ask.lifecycle)?,
        kind: word("kind", ask.kind)?,
        search: ask.q,
    };
    let page = app.device_list(&caller, query, &page_ask(ask.cursor, ask.limit)).await?;
    Ok(Json(Page::of(page, |record| view(&app, &caller, record))))
}

/// One device.
#[utoipa::path(get, path = "/api/v1/devices/{id}", tag = "devices", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The device", body = DeviceView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<DeviceView>, ApiError> {
    let record = app.device(&caller, DeviceId(id)).await?;
    Ok(Json(view(&app, &caller, record)))
}

/// Puts a device into maintenance, into use, or out of it. What people fill in of it comes by CSV.
#[utoipa::path(patch, path = "/api/v1/devices/{id}", tag = "devices", request_body = Change, params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The device as it is now", body = DeviceView),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(change): Body<Change>,
) -> Result<Json<DeviceView>, ApiError> {
    let record = app.device_set_lifecycle(&caller, DeviceId(id), change.lifecycle()?).await?;
    Ok(Json(view(&app, &caller, record)))
}

/// The SSH host key that a person compared with the device.
#[derive(Deserialize, ToSchema)]
pub(super) struct Confirmation {
    /// Its fingerprint as `ssh-keygen -lf` prints it: `SHA256:` and 43 characters.
    fingerprint: String,
}

/// Confirms the SSH host key that the device shows. From then on it must show this one before anything is sent to it.
#[utoipa::path(post, path = "/api/v1/devices/{id}/host-key", tag = "devices", request_body = Confirmation, params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The device as it is now", body = DeviceView),
    (status = 400, description = "It is no fingerprint", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "The device shows another key by now, or has shown none yet", body = Problem),
))]
pub(super) async fn confirm_host_key(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(confirmation): Body<Confirmation>,
) -> Result<Json<DeviceView>, ApiError> {
    let record = app.host_key_confirm(&caller, DeviceId(id), confirmation.fingerprint.trim()).await?;
    Ok(Json(view(&app, &caller, record)))
}

/// Which page of the ports.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InterfaceAsk {
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// The ports of a device, in the order in which it lists them.
#[utoipa::path(get, path = "/api/v1/devices/{id}/interfaces", tag = "devices", params(("id" = i64, Path, description = "Id of the device"), InterfaceAsk), responses(
    (status = 200, description = "A page of ports", body = Page<InterfaceView>),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such device", body = Problem),
))]
pub(super) async fn interfaces(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(ask): Query<InterfaceAsk>,
) -> Result<Json<Page<InterfaceView>>, ApiError> {
    let page = app.interface_list(&caller, DeviceId(id), &page_ask(ask.cursor, ask.limit)).await?;
    Ok(Json(Page::of(page, |record| InterfaceView::from(&record.interface))))
}

fn view(app: &App, principal: &Principal, record: DeviceRecord) -> DeviceView {
    let sight = app.sight(principal);
    DeviceView::new(&record.device, sight.uplink(record.device.id), record.health.as_ref())
        .with_offered_key(record.unconfirmed_key())
        .with_fact(record.fact)
}
