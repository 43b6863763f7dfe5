//! `/api/v1/devices/{id}/series`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inventory::id::{DeviceId, InterfaceId, PartId};
use inventory::metric::Metric;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Path, Query, word};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::series::{SeriesAnswer, SeriesQuery, Span};

/// Which series, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// reachable, rtt_seconds, uptime_centiseconds, in_octets, out_octets, in_errors, out_errors, in_discards,
    /// out_discards, oper_up or speed_bps; cpu_percent, memory_used_percent or wifi_clients; what `metric` of a part says
    /// in `/api/v1/devices/{id}/condition`. Counters are answered as rates per second.
    metric: Option<String>,
    /// Id of the interface, for metrics of interfaces.
    interface: Option<i64>,
    /// Id of the part, for metrics of radios, networks and sensors.
    part: Option<i64>,
    /// Beginning, RFC 3339; 24 hours before `to` when not given.
    from: Option<String>,
    /// End, RFC 3339; now when not given.
    to: Option<String>,
    /// Seconds of each step; without it, about 300 steps.
    step: Option<i64>,
    /// How many steps at the most, instead of `step`. None is shorter than a minute.
    points: Option<i64>,
}

/// A series over time, in steps that begin at multiples of the step since 1970.
#[derive(Serialize, ToSchema)]
pub(super) struct SeriesView {
    /// What was asked for.
    metric: &'static str,
    /// Unit of the values.
    unit: &'static str,
    /// The interface, for metrics of interfaces.
    interface: Option<i64>,
    /// The part, for metrics of radios, networks and sensors. Their values are kept once in five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<i64>,
    /// Beginning.
    from: String,
    /// End.
    to: String,
    /// Seconds of each step.
    step: i64,
    /// Steps that have a value. A step without one is a gap, never a zero.
    points: Vec<PointView>,
    /// Stretches without a value, and why.
    gaps: Vec<GapView>,
}

/// The values of one step.
#[derive(Serialize, ToSchema)]
struct PointView {
    /// Beginning of the step.
    at: String,
    /// The smallest value.
    min: f64,
    /// The mean.
    avg: f64,
    /// The largest value.
    max: f64,
    /// How many values.
    count: u64,
}

/// A stretch without a value.
#[derive(Serialize, ToSchema)]
struct GapView {
    /// Beginning.
    from: String,
    /// End.
    to: String,
    /// no_sample, reboot, discontinuity, maybe_wrapped_twice, went_back, too_fast, width_changed or clock.
    reason: &'static str,
}

/// One quantity of a device or of one of its interfaces over time.
#[utoipa::path(get, path = "/api/v1/devices/{id}/series", tag = "series", params(("id" = i64, Path, description = "Id of the device"), Ask), responses(
    (status = 200, description = "The series", body = SeriesView),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such device", body = Problem),
))]
pub(super) async fn range(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(ask): Query<Ask>,
) -> Result<Json<SeriesView>, ApiError> {
    let metric = metric_of(ask.metric)?;
    let interface = ask.interface.map(InterfaceId);
    let span = span_of(ask.from, ask.to, ask.step, ask.points)?;
    let query = SeriesQuery { device: DeviceId(id), interface, part: ask.part.map(PartId), metric, span };
    Ok(Json(view(app.series_range(&caller, query).await?)))
}

/// The quantity that is asked for.
///
/// # Errors
/// When none is, or there is no such quantity.
pub(super) fn metric_of(text: Option<String>) -> Result<Metric, AppError> {
    let metric: Option<Metric> = word("metric", text)?;
    metric.ok_or_else(|| {
        let all: Vec<&str> = Metric::ALL.iter().map(|metric| metric.as_str()).collect();
        AppError::Invalid(format!("metric is missing; it is one of {}", all.join(", ")))
    })
}

/// From when to when, in which steps.
///
/// # Errors
/// When a time is none.
pub(super) fn span_of(
    from: Option<String>,
    to: Option<String>,
    step_s: Option<i64>,
    points: Option<i64>,
) -> Result<Span, AppError> {
    Ok(Span { from: word("from", from)?, to: word("to", to)?, step_s, points })
}

fn view(answer: SeriesAnswer) -> SeriesView {
    let point = |point: crate::series::Bucket| PointView {
        at: rfc3339(point.at),
        min: point.min,
        avg: point.avg,
        max: point.max,
        count: point.count,
    };
    let gap = |gap: crate::series::GapSpan| GapView {
        from: rfc3339(gap.from),
        to: rfc3339(gap.to),
        reason: gap.reason.as_str(),
    };
    SeriesView {
        metric: answer.metric.as_str(),
        unit: answer.metric.unit().as_str(),
        interface: answer.interface.map(|id| id.0),
        part: answer.part.map(|id| id.0),
        from: rfc3339(answer.from),
        to: rfc3339(answer.to),
        step: answer.step_s,
        points: answer.points.into_iter().map(point).collect(),
        gaps: answer.gaps.into_iter().map(gap).collect(),
    }
}
