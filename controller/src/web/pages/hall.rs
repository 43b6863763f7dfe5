//! `/halls/{code}`: a hall.

use alerts::health::{DeviceState, HallState};
use alerts::outage::Subject;
use axum::extract::{Path, State};
use axum::response::Response;
use inventory::device::{Device, Lifecycle};
use inventory::id::DeviceId;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::fleet::DeviceQuery;
use crate::app::outage::TroubleQuery;
use crate::app::principal::Principal;
use crate::app::sight::Sight;
use crate::store::{DeviceRecord, OutageOf, OutageRecord, PageAsk};
use crate::web::frame::Frame;
use crate::web::strip::Strip;
use crate::web::view::hall::{DeviceRow, HallPage, OutageRow, Uplink};
use crate::web::why::Why;

/// Outages shown.
const OUTAGES: u32 = 20;

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(code): Path<String>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let page = fill(&app, &caller, frame.clone(), &code).await.map_err(PageError::with(&frame))?;
    Ok(asked.page(&page))
}

async fn fill(app: &App, principal: &Principal, frame: Frame, code: &str) -> Result<HallPage, AppError> {
    let record = app.hall(principal, code).await?;
    let hall = record.hall;
    let sight = app.sight(principal);
    let query = DeviceQuery { hall: Some(hall.code.clone()), ..DeviceQuery::default() };
    let devices = app.device_list(principal, query, &PageAsk::first()).await?.items;
    let is_shown = |record: &DeviceRecord| record.device.lifecycle != Lifecycle::Retired;
    let devices: Vec<DeviceRecord> = devices.into_iter().filter(is_shown).collect();
    let ids: Vec<DeviceId> = devices.iter().map(|record| record.device.id).collect();
    let rtt = app.rtt_now(&ids).await?;
    let rows = devices.into_iter().map(|record| device_row(&sight, record, &rtt)).collect();
    let query = TroubleQuery { hall: Some(hall.code.clone()), ..TroubleQuery::default() };
    let ask = PageAsk { cursor: None, limit: OUTAGES };
    let outages = app.outage_list(principal, query, OutageOf::Both, &ask).await?.items;
    let open: Vec<_> = outages.iter().filter(|record| record.outage.end.is_none()).collect();
    let incident = if open.is_empty() {
        None
    } else {
        let incidents = app.incident_by_fault(principal).await?;
        open.iter().find_map(|record| incidents.get(&(record.outage.subject, record.outage.start)).cloned())
    };
    let history = app.hall_history(principal, frame.now, Some(hall.id)).await?;
    Ok(HallPage {
        strip: Strip::last_day(history.get(&hall.id).map(Vec::as_slice).unwrap_or_default(), frame.now),
        area_name: sight.area(hall.area).map(|area| area.full_name()).unwrap_or_default(),
        state: record.health.map_or(HallState::Unknown, |health| health.state),
        since: record.health.map(|health| health.since),
        code: hall.code,
        facts: hall.facts,
        lifecycle: hall.lifecycle,
        devices: rows,
        incident,
        outages: outages.iter().map(|record| outage_row(&sight, record)).collect(),
        frame,
    })
}

fn device_row(sight: &Sight, record: DeviceRecord, rtt: &std::collections::BTreeMap<DeviceId, f64>) -> DeviceRow {
    let DeviceRecord { device, area: _, health, fact, offered_key: _ } = record;
    let words = fact.map(|fact| [fact.identity.vendor, fact.identity.model].into_iter().flatten().collect::<Vec<_>>());
    DeviceRow {
        id: device.id,
        kind: device.facts.kind,
        model: words.map(|words| words.join(" ")).filter(|words| !words.is_empty()),
        how: device.facts.poll.effective(device.facts.snmp.is_some(), device.facts.ssh.is_some()),
        state: health.as_ref().map_or(DeviceState::Unknown, |health| health.state),
        since: health.map(|health| health.since),
        rtt_s: rtt.get(&device.id).copied(),
        uplink: sight.uplink(device.id).map(|uplink| uplink_of(&device, uplink)),
        address: device.facts.address,
        name: device.name.name,
    }
}

fn uplink_of(device: &Device, uplink: &Device) -> Uplink {
    if uplink.hall == device.hall { Uplink::Here(uplink.id) } else { Uplink::Elsewhere(uplink.id, uplink.name.clone()) }
}

/// An outage as a row of a page.
pub(super) fn outage_row(sight: &Sight, record: &OutageRecord) -> OutageRow {
    let device = match record.outage.subject {
        Subject::Hall(_) => None,
        Subject::Device(id) => sight.device(id).map(|device| (id, device.name.name.clone())),
    };
    OutageRow { device, start: record.outage.start, end: record.outage.end, why: Why::of(&record.outage) }
}
