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
    /// From when to when, in which steps.
    pub span: Span,
}

/// From when to when, in which steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// Beginning; a day before the end when not given.
    pub from: Option<Timestamp>,
    /// End; now when not given.
    pub to: Option<Timestamp>,
    /// Seconds of each step; chosen when not given.
    pub step_s: Option<i64>,
    /// How many steps at the most, for who knows what he can show; not beside `step_s`.
    pub points: Option<i64>,
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
/// Steps that are chosen (s): whole parts of an hour or a day, so that hours and days come out of them. None is shorter
/// than counters are read.
const STEPS_S: [i64; 14] = [60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, DAY_S];
const DAY_S: i64 = 86_400;

/// The window that is asked for.
///
/// # Errors
/// When it makes no sense.
pub(super) fn window_of(span: &Span, now: Timestamp) -> Result<Window, AppError> {
    let to = span.to.unwrap_or(now);
    let day = SignedDuration::from_hours(24);
    let from = span.from.unwrap_or_else(|| to.saturating_sub(day).unwrap_or(Timestamp::MIN));
    let step_s = match (span.step_s, span.points) {
        (Some(_), Some(_)) => return Err(AppError::Invalid("give either `step` or `points`".to_owned())),
        (None, Some(points)) if points < 1 => {
            return Err(AppError::Invalid(format!("points={points}: ask for at least one")));
        }
        (Some(step_s), None) => step_s,
        (None, points) => {
            // A window begins and ends at whole steps, which makes it up to one step longer.
            let fewest = to.as_second().saturating_sub(from.as_second()) / (points.unwrap_or(STEPS) - 1).max(1);
            let whole_days = fewest.saturating_add(DAY_S - 1) / DAY_S * DAY_S;
            STEPS_S.into_iter().find(|step| *step >= fewest).unwrap_or(whole_days)
        }
    };
    let step = Duration::from_secs(u64::try_from(step_s).unwrap_or(0));
    Window::new(from, to, step)
        .map_err(|error| AppError::Invalid(format!("from={from} to={to} step={step_s}: {error}")))
}

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
        let window = window_of(&query.span, self.clock.now())?;
        let RateLine { points, gaps } = match metric.behaviour() {
            Behaviour::Gauge => {
                let key = SeriesKey { device, interface, part, metric, width: None };
                self.gauge(key, &window).await?
            }
            Behaviour::Counter => self.rate(device, interface, metric, window).await?,
        };
        let (from, to, step_s) = (window.from(), window.to(), window.step_ms() / 1_000);
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
