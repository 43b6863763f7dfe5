//! `/devices/{id}`: a device.

use alerts::health::DeviceState;
use alerts::outage::Outage;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::id::{DeviceId, InterfaceId, PartId};
use inventory::interface::Interface;
use inventory::metric::{Behaviour, Metric};
use jiff::Timestamp;
use serde::Deserialize;

use super::hall::outage_row;
use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::outage::TroubleQuery;
use crate::app::principal::Principal;
use crate::app::series::{self, SeriesQuery};
use crate::app::sight::Sight;
use crate::series::Bucket;
use crate::store::{DeviceFact, OutageOf, PageAsk};
use crate::web::frame::Frame;
use crate::web::view::condition::{ConditionBlock, drawn_title, series_of, unit_text};
use crate::web::view::device::{DevicePage, InterfaceRow, TrafficGraph, UplinkRow, Visit};
use crate::web::view::graph::{Graph, Range, TableStep};

/// What the graphs show.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Choice {
    range: Option<String>,
    interface: Option<String>,
    /// The part that is drawn, and what of it.
    part: Option<String>,
    metric: Option<String>,
    /// `other`: the key that was to be confirmed was no longer the one that the device shows.
    key: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let page = fill(&app, &caller, frame.clone(), &id, &choice).await.map_err(PageError::with(&frame))?;
    Ok(asked.page(&page))
}

/// The key that a person compared with the device.
#[derive(Deserialize)]
pub(super) struct Confirmation {
    fingerprint: String,
}

/// The button below a key.
pub(super) async fn confirm_host_key(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<String>,
    Form(form): Form<Confirmation>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let known = device_id(&id).map_err(PageError::with(&frame))?;
    match app.host_key_confirm(&caller, known, form.fingerprint.trim()).await {
        Ok(_) => Ok(Redirect::to(&format!("/devices/{known}")).into_response()),
        // The page shows what there is to look at now.
        Err(AppError::Conflict(_)) => Ok(Redirect::to(&format!("/devices/{known}?key=other")).into_response()),
        Err(error) => Err(PageError::new(error, frame)),
    }
}

fn device_id(id: &str) -> Result<DeviceId, AppError> {
    id.parse().map_err(|_| AppError::NotFound { what: "device", id: id.to_owned() })
}

async fn fill(
    app: &App,
    principal: &Principal,
    frame: Frame,
    id: &str,
    choice: &Choice,
) -> Result<DevicePage, AppError> {
    let id = device_id(id)?;
    let record = app.device(principal, id).await?;
    let unconfirmed_key = record.unconfirmed_key().cloned();
    let device = record.device;
    let profile = device.facts.ssh.as_ref();
    let legacy_until = profile.and_then(|profile| app.credentials().legacy_until(profile));
    let sight = app.sight(principal);
    let range = Range::from_query(choice.range.as_deref());
    let (from, to) = range.span(frame.now);
    let query = TroubleQuery { device: Some(id), from: Some(from), to: Some(to), ..TroubleQuery::default() };
    let records =
        app.outage_list(principal, query, OutageOf::Devices, &PageAsk { cursor: None, limit: 100 }).await?.items;
    let outages: Vec<Outage> = records.iter().map(|record| record.outage).collect();
    let ports: Vec<Interface> = app
        .interface_list(principal, id, &PageAsk::first())
        .await?
        .items
        .into_iter()
        .map(|record| record.interface)
        .collect();
    let span = Span { range, from, to };
    let hall = sight.hall(device.hall);
    let rates = app.device_rates_now(id, &ports).await?;
    let drawn = drawn(&ports, choice.interface.as_deref());
    let traffic = match drawn {
        Some(port) => {
            // Which port the line hangs on is not known: its speed is drawn for gateways alone.
            let is_gateway = sight.gateways(device.hall).contains(&id);
            let facts = hall.map(|hall| (hall.facts.down_mbps, hall.facts.up_mbps));
            let contracted = facts.filter(|_| is_gateway).unwrap_or_default();
            Some(traffic(app, principal, &frame, (id, port), &span, contracted, &outages).await?)
        }
        None => None,
    };
    let latency = latency(app, principal, &frame, id, &span, &outages).await?;
    let condition = condition(app, principal, &frame, (id, choice), &span, &outages).await?;
    let uplinks = uplinks(app, principal, &sight, id).await?;
    let visit = record.fact.as_ref().map(visit);
    Ok(DevicePage {
        id,
        hall_name: hall.map(|hall| hall.facts.name.clone()).unwrap_or_default(),
        lifecycle: device.lifecycle,
        state: record.health.as_ref().map_or(DeviceState::Unknown, |health| health.state),
        since: record.health.map(|health| health.since),
        uplinks,
        how: device.facts.poll.effective(device.facts.snmp.is_some(), device.facts.ssh.is_some()),
        rtt_s: app.rtt_now(&[id]).await?.get(&id).copied(),
        visit,
        uptime_s: record.fact.as_ref().and_then(|fact| fact.uptime).map(|(uptime, at)| {
            let aged = frame.now.as_second() - at.as_second();
            i64::try_from(uptime.since_start.as_secs()).unwrap_or(i64::MAX).saturating_add(aged.clamp(0, 3600))
        }),
        identity: record.fact.and_then(|fact| fact.identity_at.map(|_| fact.identity)),
        interfaces: ports
            .into_iter()
            .map(|port| {
                let now = rates.get(&port.id).copied().unwrap_or_default();
                InterfaceRow {
                    interface: port,
                    in_bps: now.received.map(|octets| octets * 8.0),
                    out_bps: now.sent.map(|octets| octets * 8.0),
                    errors_per_s: now.errors,
                }
            })
            .collect(),
        condition,
        unconfirmed_key,
        is_other_key_by_now: choice.key.as_deref() == Some("other"),
        legacy_until,
        range,
        traffic,
        latency,
        outages: records.iter().map(|record| outage_row(&sight, record)).collect(),
        name: device.name,
        facts: device.facts,
        frame,
    })
}

/// How the device is beyond its ports, with the graph of the part that is asked for.
async fn condition(
    app: &App,
    principal: &Principal,
    frame: &Frame,
    (device, choice): (DeviceId, &Choice),
    span: &Span,
    outages: &[Outage],
) -> Result<Option<ConditionBlock>, AppError> {
    let Some(seen) = app.condition(principal, device).await? else { return Ok(None) };
    let visitors = app.visitors(principal, device).await?;
    let mut block = ConditionBlock::new(frame, device, span.range, &seen, visitors);
    match app.station_list(principal, device).await {
        Ok(stations) => block = block.with_stations(frame, &stations),
        // Who only sees the device sees how many, not who.
        Err(AppError::Forbidden(_)) => {}
        Err(error) => return Err(error),
    }
    let asked = choice.part.as_deref().and_then(|id| id.parse::<PartId>().ok());
    let metric = choice.metric.as_deref().and_then(|word| word.parse::<Metric>().ok());
    let part = seen.parts.iter().find(|(_, id)| Some(**id) == asked);
    if let (Some((key, id)), Some(metric)) = (part, metric.filter(|metric| metric.behaviour() == Behaviour::Gauge)) {
        let points = part_table(app, principal, (device, *id), metric, span).await?;
        let value = |at| points.iter().find(|point| point.at == at).map(|point| point.avg);
        let steps: Vec<TableStep> = starts(span).map(|at| TableStep { at, values: vec![value(at)] }).collect();
        let title = drawn_title(frame, key, metric);
        let what = (series_of(device, *id, metric), title.clone(), unit_text(metric));
        let graph = Graph::part(frame, (&what.0, what.1, what.2), span.range, outages, &steps);
        block = block.with_drawn((*id, metric), title, graph);
    }
    Ok(Some(block))
}

async fn part_table(
    app: &App,
    principal: &Principal,
    (device, part): (DeviceId, PartId),
    metric: Metric,
    span: &Span,
) -> Result<Vec<Bucket>, AppError> {
    let query = SeriesQuery { device, interface: None, part: Some(part), metric, span: span.asked() };
    Ok(app.series_range(principal, query).await?.points)
}

struct Span {
    range: Range,
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    /// The same, in the steps of the table.
    fn asked(&self) -> series::Span {
        let step_s = Some(self.range.table_step_s());
        series::Span { from: Some(self.from), to: Some(self.to), step_s, points: None }
    }
}

/// The port that is asked for, else the one to the Internet, else the first that is up and is no loopback (ifType 24),
/// else the first.
fn drawn(ports: &[Interface], asked: Option<&str>) -> Option<InterfaceId> {
    const LOOPBACK: u32 = 24;
    let asked = asked.and_then(|id| id.parse::<InterfaceId>().ok());
    let by_id = ports.iter().find(|port| Some(port.id) == asked);
    let wan = ports.iter().find(|port| port.is_wan == Some(true));
    let busy = ports.iter().find(|port| port.is_oper_up == Some(true) && port.if_type != Some(LOOPBACK));
    by_id.or(wan).or(busy).or(ports.first()).map(|port| port.id)
}

async fn traffic(
    app: &App,
    principal: &Principal,
    frame: &Frame,
    (device, port): (DeviceId, InterfaceId),
    span: &Span,
    contracted: (Option<f64>, Option<f64>),
    outages: &[Outage],
) -> Result<TrafficGraph, AppError> {
    let received = table(app, principal, device, Some(port), Metric::InOctets, span).await?;
    let sent = table(app, principal, device, Some(port), Metric::OutOctets, span).await?;
    let mut steps: Vec<TableStep> = Vec::new();
    for at in starts(span) {
        let bits = |points: &[Bucket]| points.iter().find(|point| point.at == at).map(|point| point.avg * 8.0);
        steps.push(TableStep { at, values: vec![bits(&received), bits(&sent)] });
    }
    let graph = Graph::traffic(frame, (device, port), span.range, contracted, outages, &steps);
    Ok(TrafficGraph { interface: port, graph })
}

async fn latency(
    app: &App,
    principal: &Principal,
    frame: &Frame,
    device: DeviceId,
    span: &Span,
    outages: &[Outage],
) -> Result<Option<Graph>, AppError> {
    let points = table(app, principal, device, None, Metric::RttSeconds, span).await?;
    if points.is_empty() && outages.is_empty() {
        return Ok(None);
    }
    let value = |at| points.iter().find(|point| point.at == at).map(|point| point.avg);
    let steps: Vec<TableStep> = starts(span).map(|at| TableStep { at, values: vec![value(at)] }).collect();
    Ok(Some(Graph::latency(frame, device, span.range, outages, &steps)))
}

async fn table(
    app: &App,
    principal: &Principal,
    device: DeviceId,
    interface: Option<InterfaceId>,
    metric: Metric,
    span: &Span,
) -> Result<Vec<Bucket>, AppError> {
    let query = SeriesQuery { device, interface, part: None, metric, span: span.asked() };
    Ok(app.series_range(principal, query).await?.points)
}

/// Where the steps of the table begin: at multiples of the step, as the samples are answered.
fn starts(span: &Span) -> impl Iterator<Item = Timestamp> + use<> {
    let step = span.range.table_step_s();
    let first = span.from.as_second().div_euclid(step) * step;
    let last = span.to.as_second();
    (0..)
        .map(move |n| first + n * step)
        .take_while(move |at| *at < last)
        .filter_map(|at| Timestamp::from_second(at).ok())
}

async fn uplinks(app: &App, principal: &Principal, sight: &Sight, id: DeviceId) -> Result<Vec<UplinkRow>, AppError> {
    let mut rows = Vec::new();
    for uplink in sight.uplink_path(id) {
        let record = app.device(principal, uplink).await?;
        let state = record.health.map_or(DeviceState::Unknown, |health| health.state);
        rows.push(UplinkRow { id: uplink, name: record.device.name, state });
    }
    Ok(rows)
}

fn visit(fact: &DeviceFact) -> Visit {
    Visit {
        at: fact.visit_at,
        last_good: fact.good_visit_at,
        failure: fact.failure.clone(),
        warnings: fact.warnings.clone(),
    }
}
