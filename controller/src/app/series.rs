//! Series: one quantity over time, read back in steps.

use std::time::Duration;

use inventory::id::{DeviceId, InterfaceId, PartId};
use inventory::metric::{Behaviour, Metric, SeriesKey};
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::series::{Bucket, GapSpan, RateAsk, RateLine, Window};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct SeriesQuery {
    /// The device.
    pub device: DeviceId,
    /// The interface, for metrics of interfaces.
    pub interface: Option<InterfaceId>,
    /// The part, for metrics of radios, networks and sensors.
    pub part: Option<PartId>,
    /// The quantity.
    pub metric: Metric,
    /// Beginning; a day before the end when not given.
    pub from: Option<Timestamp>,
    /// End; now when not given.
    pub to: Option<Timestamp>,
    /// Seconds of each step; chosen when not given.
    pub step_s: Option<i64>,
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct SeriesAnswer {
    /// The quantity.
    pub metric: Metric,
    /// The interface.
    pub interface: Option<InterfaceId>,
    /// The part.
    pub part: Option<PartId>,
    /// Beginning.
    pub from: Timestamp,
    /// End.
    pub to: Timestamp,
    /// Seconds of each step.
    pub step_s: i64,
    /// Steps that have a value.
    pub points: Vec<Bucket>,
    /// Stretches without one, and why.
    pub gaps: Vec<GapSpan>,
}

/// Two readings further apart than this many visits make no rate: it would smear over what was not seen.
const VISITS_MISSED: u32 = 3;
/// Steps when nobody says how many: about what a screen can show.
const STEPS: i64 = 300;
/// The shortest step that is chosen: how often counters are read.
const STEP_MIN_S: i64 = 60;

impl App {
    /// One quantity over time; counters as rates per second.
    ///
    /// # Errors
    /// When there is no such device, the span or step makes no sense, or the samples cannot be read.
    pub async fn series_range(&self, principal: &Principal, query: SeriesQuery) -> Result<SeriesAnswer, AppError> {
        self.device(principal, query.device).await?;
        let scope = principal.require(Role::Viewer)?;
        let SeriesQuery { device, interface, part, metric, .. } = query;
        if let Some(id) = interface {
            let found = self.db.interface_by_id(&scope, id).await?.filter(|record| record.interface.device == device);
            found.ok_or_else(|| AppError::NotFound { what: "interface of this device", id: id.to_string() })?;
        }
        if let Some(id) = part {
            let found = self.db.part_by_id(&scope, id).await?.filter(|record| record.device == device);
            found.ok_or_else(|| AppError::NotFound { what: "part of this device", id: id.to_string() })?;
        }
        let to = query.to.unwrap_or_else(|| self.clock.now());
        let day = SignedDuration::from_hours(24);
        let from = query.from.unwrap_or_else(|| to.saturating_sub(day).unwrap_or(Timestamp::MIN));
        let step_s = query.step_s.unwrap_or_else(|| ((to.as_second() - from.as_second()) / STEPS).max(STEP_MIN_S));
        let step = Duration::from_secs(u64::try_from(step_s).unwrap_or(0));
        let window = Window::new(from, to, step)
            .map_err(|error| AppError::Invalid(format!("from={from} to={to} step={step_s}: {error}")))?;
        let RateLine { points, gaps } = match metric.behaviour() {
            Behaviour::Gauge => {
                let key = SeriesKey { device, interface, part, metric, width: None };
                self.gauge(key, &window).await?
            }
            Behaviour::Counter => self.rate(device, interface, metric, window).await?,
        };
        let (from, to) = (window.from(), window.to());
        Ok(SeriesAnswer { metric, interface, part, from, to, step_s, points, gaps })
    }

    async fn gauge(&self, key: SeriesKey, window: &Window) -> Result<RateLine, AppError> {
        let lines = self.series.range(&[key], window).await.map_err(AppError::internal)?;
        Ok(RateLine { points: lines.into_iter().flat_map(|line| line.points).collect(), gaps: Vec::new() })
    }

    /// The rate of a counter per step.
    async fn rate(
        &self,
        device: DeviceId,
        interface: Option<InterfaceId>,
        metric: Metric,
        window: Window,
    ) -> Result<RateLine, AppError> {
        let interface = interface.ok_or_else(|| {
            AppError::Invalid(format!(
                "{metric} is counted per interface: add interface=ID of one of the device's interfaces"
            ))
        })?;
        let ask = RateAsk { device, interface, metric, window, longest: self.longest_pair() };
        self.series.rates(&ask).await.map_err(AppError::internal)
    }

    /// The longest time between two readings that makes a rate.
    pub(crate) fn longest_pair(&self) -> Duration {
        self.settings.visit_interval * VISITS_MISSED
    }
}
