//! One quantity of all of a hall or an area: the sum, the mean or the greatest of its devices or of its lines, and what
//! that line says as a whole. Only halls that the person sees are in it.

use std::collections::BTreeSet;

use inventory::device::{DeviceKind, Lifecycle};
use inventory::hall::Hall;
use inventory::id::{AreaId, DeviceId, HallId, InterfaceId};
use inventory::metric::{Behaviour, Metric, SeriesKey};
use jiff::Timestamp;

use super::App;
use super::error::AppError;
use super::principal::{Principal, Role};
use super::series::{Span, window_of};
use crate::series::{Across, BusiestHour, Combined, Trend, busiest_hour, percentile};

/// Octets per second of a contracted megabit per second.
const OCTETS_S_PER_MBPS: f64 = 1e6 / 8.0;
/// What providers bill by, and what tells a full line from a short burst.
const PERCENTILE: u8 = 95;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct TogetherQuery {
    /// The quantity.
    pub metric: Metric,
    /// How members become one; the sum for traffic and clients, the mean for all else, when not given.
    pub across: Option<Across>,
    /// Only devices of this kind, for quantities of devices.
    pub kind: Option<DeviceKind>,
    /// What the line is measured against, in the unit of the metric. For traffic, the contracted speed when not given.
    pub limit: Option<f64>,
    /// From when to when, in which steps.
    pub span: Span,
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct TogetherAnswer {
    /// The quantity.
    pub metric: Metric,
    /// How members became one.
    pub across: Across,
    /// Beginning.
    pub from: Timestamp,
    /// End.
    pub to: Timestamp,
    /// Seconds of each step.
    pub step_s: i64,
    /// Halls that are in it.
    pub halls: usize,
    /// Members: devices, or ports that halls reach the world through.
    pub members: usize,
    /// Gateways in use of which it is not known which port leads out: their traffic is not in it.
    pub without_port: usize,
    /// Steps in which any member has a value.
    pub points: Vec<Combined>,
    /// The 95th percentile of the steps.
    pub p95: Option<f64>,
    /// The busiest hour.
    pub busiest: Option<BusiestHour>,
    /// What the line is measured against.
    pub limit: Option<f64>,
    /// Where it is going.
    pub trend: Option<Trend>,
    /// When it reaches the limit, going on like this.
    pub full_at: Option<Timestamp>,
}

enum Members {
    Ports(BTreeSet<(DeviceId, InterfaceId)>, usize),
    Devices(BTreeSet<DeviceId>),
}

impl App {
    /// Of a hall.
    ///
    /// # Errors
    /// When there is no such hall, the query makes no sense, or the samples cannot be read.
    pub async fn series_of_hall(
        &self,
        principal: &Principal,
        code: &str,
        query: TogetherQuery,
    ) -> Result<TogetherAnswer, AppError> {
        let hall = self.hall(principal, code).await?.hall;
        self.together(principal, &[hall], query).await
    }

    /// Of all halls of an area and of what lies below it.
    ///
    /// # Errors
    /// When there is no such area, the query makes no sense, or the samples cannot be read.
    pub async fn series_of_area(
        &self,
        principal: &Principal,
        area: AreaId,
        query: TogetherQuery,
    ) -> Result<TogetherAnswer, AppError> {
        self.area(principal, area)?;
        let within: BTreeSet<AreaId> = self.area_subtree(area).into_iter().collect();
        let sight = self.sight(principal);
        let halls: Vec<Hall> = sight.fleet().halls().filter(|hall| within.contains(&hall.area)).cloned().collect();
        self.together(principal, &halls, query).await
    }

    async fn together(
        &self,
        principal: &Principal,
        halls: &[Hall],
        query: TogetherQuery,
    ) -> Result<TogetherAnswer, AppError> {
        let TogetherQuery { metric, .. } = query;
        let window = window_of(&query.span, self.clock.now())?;
        let halls: Vec<&Hall> = halls.iter().filter(|hall| hall.lifecycle != Lifecycle::Retired).collect();
        let across = query.across.unwrap_or(match (metric.behaviour(), metric) {
            (Behaviour::Counter, _) | (_, Metric::WifiClients) => Across::Sum,
            (Behaviour::Gauge, _) => Across::Mean,
        });
        let members = self.members(principal, &halls, query).await?;
        let (count, without_port) = match &members {
            Members::Ports(ports, without) => (ports.len(), *without),
            Members::Devices(devices) => (devices.len(), 0),
        };
        let points = match members {
            Members::Ports(ports, _) => {
                self.series.rates_together(&ports, metric, window, self.longest_pair(), across).await
            }
            Members::Devices(devices) => {
                let key = |device| SeriesKey { device, interface: None, part: None, metric, width: None };
                self.series.range_together(&devices.into_iter().map(key).collect(), window, across).await
            }
        };
        let points = points.map_err(AppError::internal)?;
        let limit = query.limit.or_else(|| contracted(&halls, metric, across));
        let trend = Trend::of(&points);
        Ok(TogetherAnswer {
            metric,
            across,
            from: window.from(),
            to: window.to(),
            step_s: window.step_ms() / 1_000,
            halls: halls.len(),
            members: count,
            without_port,
            p95: percentile(&points, PERCENTILE),
            busiest: busiest_hour(&points, &window),
            limit,
            full_at: trend.zip(limit).and_then(|(trend, limit)| trend.reaches(limit, window.to())),
            trend,
            points,
        })
    }

    /// Traffic is that of the ports through which gateways reach the world, for what passes between a gateway and an
    /// access point passes twice; everything else is that of the devices.
    async fn members(&self, principal: &Principal, halls: &[&Hall], query: TogetherQuery) -> Result<Members, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let sight = self.sight(principal);
        if query.metric.behaviour() == Behaviour::Counter {
            if query.kind.is_some() {
                let text = format!("{} is counted on the lines of halls: leave `kind` out", query.metric);
                return Err(AppError::Invalid(text));
            }
            let gateways: BTreeSet<DeviceId> = halls.iter().flat_map(|hall| sight.gateways(hall.id)).collect();
            let ports = self.db.wan_ports(&scope, &gateways).await?;
            let with: BTreeSet<DeviceId> = ports.iter().map(|(device, _)| *device).collect();
            return Ok(Members::Ports(ports, gateways.len() - with.len()));
        }
        if !query.metric.is_of_devices() {
            let devices = Metric::ALL.iter().filter(|metric| metric.is_of_devices()).map(|metric| metric.as_str());
            let counters = Metric::ALL.iter().filter(|metric| metric.behaviour() == Behaviour::Counter);
            let all: Vec<&str> = devices.chain(counters.map(|metric| metric.as_str())).collect();
            let text = format!("{} makes no sense of several devices; ask for one of {}", query.metric, all.join(", "));
            return Err(AppError::Invalid(text));
        }
        let ids: BTreeSet<HallId> = halls.iter().map(|hall| hall.id).collect();
        let is_member = |device: &&inventory::device::Device| {
            ids.contains(&device.hall)
                && device.lifecycle != Lifecycle::Retired
                && query.kind.is_none_or(|kind| device.facts.kind == kind)
        };
        Ok(Members::Devices(sight.devices().filter(is_member).map(|device| device.id).collect()))
    }
}

/// What the halls have been promised together; `None` when of one of them it is not known, or the line is not their sum.
fn contracted(halls: &[&Hall], metric: Metric, across: Across) -> Option<f64> {
    let promised = |hall: &&Hall| match metric {
        Metric::InOctets => hall.facts.down_mbps,
        Metric::OutOctets => hall.facts.up_mbps,
        _ => None,
    };
    let sum: Option<f64> = halls.iter().map(promised).sum();
    sum.filter(|sum| across == Across::Sum && *sum > 0.0).map(|mbps| mbps * OCTETS_S_PER_MBPS)
}
