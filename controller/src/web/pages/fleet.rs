//! `/`: the fleet.

use std::collections::BTreeMap;

use alerts::outage::Subject;
use axum::extract::{Query, State};
use axum::response::Response;
use inventory::device::Lifecycle;
use jiff::Timestamp;
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Principal;
use crate::app::sight::Sight;
use crate::store::{HallRecord, IncidentRecord, OutageRecord};
use crate::web::frame::Frame;
use crate::web::strip::Strip;
use crate::web::view::fleet::{FleetFilter, FleetPage, HallRow, OpenOutage, OutDevice};
use crate::web::why::Why;

/// What of the fleet is shown.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Filter {
    q: Option<String>,
    state: Option<String>,
    area: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let filter = FleetFilter::from_query(filter.q.as_deref(), filter.state.as_deref(), filter.area.as_deref());
    let page = fill(&app, &caller, frame.clone(), filter).await.map_err(PageError::with(&frame))?;
    Ok(asked.page(&page))
}

async fn fill(app: &App, principal: &Principal, frame: Frame, filter: FleetFilter) -> Result<FleetPage, AppError> {
    let sight = app.sight(principal);
    let halls = app.hall_all(principal).await?;
    let history = app.hall_history(principal, frame.now, None).await?;
    let row = |record: HallRecord| {
        let hall = record.hall;
        let area = sight.area(hall.area);
        HallRow {
            code: hall.code.clone(),
            name: hall.facts.name,
            area: hall.area,
            area_name: area.map(|area| area.full_name()).unwrap_or_default(),
            state: record.health.map_or(alerts::health::HallState::Unknown, |health| health.state),
            since: record.health.map(|health| health.since),
            strip: Strip::last_day(history.get(&hall.id).map(Vec::as_slice).unwrap_or_default(), frame.now),
        }
    };
    let is_in_use = |record: &HallRecord| match record.hall.lifecycle {
        Lifecycle::Active | Lifecycle::Maintenance => true,
        Lifecycle::Planned | Lifecycle::Retired => false,
    };
    let rows = halls.into_iter().filter(is_in_use).map(row).collect();
    let outages = app.outage_open_all(principal).await?;
    let incidents = app.incident_by_fault(principal).await?;
    let outages = outages.iter().filter_map(|record| open_outage(&sight, record, &incidents)).collect();
    Ok(FleetPage { frame, filter, halls: rows, outages, device_count: sight.devices().count() })
}

fn open_outage(
    sight: &Sight,
    record: &OutageRecord,
    incidents: &BTreeMap<(Subject, Timestamp), IncidentRecord>,
) -> Option<OpenOutage> {
    let hall = sight.hall(record.hall)?;
    let device = match record.outage.subject {
        Subject::Hall(_) => None,
        Subject::Device(id) => {
            let device = sight.device(id)?;
            Some(OutDevice { id, name: device.name.name.clone(), kind: device.facts.kind })
        }
    };
    Some(OpenOutage {
        hall: hall.code.clone(),
        hall_name: hall.facts.name.clone(),
        area_name: sight.area(hall.area).map(|area| area.full_name()).unwrap_or_default(),
        device,
        start: record.outage.start,
        why: Why::of(&record.outage),
        incident: incidents.get(&(record.outage.subject, record.outage.start)).cloned(),
    })
}
