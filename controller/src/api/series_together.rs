//! `/api/v1/halls/{code}/series` and `/api/v1/areas/{id}/series`: one quantity of all of them together.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inventory::id::AreaId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Path, Query, word};
use super::problem::{ApiError, Problem};
use super::series::{metric_of, span_of};
use super::view::rfc3339;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::series_together::{TogetherAnswer, TogetherQuery};

/// Seconds of a day, for what grows each day.
const DAY_S: f64 = 86_400.0;

/// Which quantity, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// in_octets, out_octets, in_errors, out_errors, in_discards or out_discards of the lines of the halls; reachable,
    /// rtt_seconds, uptime_centiseconds, cpu_percent, memory_used_percent or wifi_clients of their devices.
    metric: Option<String>,
    /// How values become one: sum, mean or max. Without it the sum of counters and of wifi_clients, the mean of all else.
    across: Option<String>,
    /// Only devices of this kind: router, access_point, switch, cpe, camera, ups or other.
    kind: Option<String>,
    /// What the line is measured against, in its unit. Without it, for in_octets and out_octets, the contracted speed.
    limit: Option<f64>,
    /// Beginning, RFC 3339; 24 hours before `to` when not given.
    from: Option<String>,
    /// End, RFC 3339; now when not given.
    to: Option<String>,
    /// Seconds of each step; without it, about 300 steps.
    step: Option<i64>,
    /// How many steps at the most, instead of `step`. None is shorter than a minute.
    points: Option<i64>,
}

impl Ask {
    fn query(self) -> Result<TogetherQuery, AppError> {
        if let Some(limit) = self.limit
            && !(limit.is_finite() && limit > 0.0)
        {
            return Err(AppError::Invalid(format!("limit={limit}: give a number above 0, in the unit of the metric")));
        }
        Ok(TogetherQuery {
            metric: metric_of(self.metric)?,
            across: word("across", self.across)?,
            kind: word("kind", self.kind)?,
            limit: self.limit,
            span: span_of(self.from, self.to, self.step, self.points)?,
        })
    }
}

/// One quantity of several devices or lines over time, in steps that begin at multiples of the step since 1970.
#[derive(Serialize, ToSchema)]
pub(super) struct TogetherView {
    /// What was asked for.
    metric: &'static str,
    /// Unit of the values.
    unit: &'static str,
    /// How values became one: sum, mean or max.
    across: &'static str,
    /// Beginning.
    from: String,
    /// End.
    to: String,
    /// Seconds of each step.
    step: i64,
    /// Halls that are in it.
    halls: usize,
    /// Devices, or ports that halls reach the world through, that are in it.
    members: usize,
    /// Gateways of which it is not known which port leads out: their traffic is not in it.
    without_port: usize,
    /// Steps that have a value. A step without one is a gap, never a zero.
    points: Vec<StepView>,
    /// The 95th percentile of the steps, by the nearest rank: what a provider bills by.
    p95: Option<f64>,
    /// The busiest 60 minutes.
    busiest_hour: Option<BusiestView>,
    /// What the line is measured against: as asked, or the contracted speed.
    limit: Option<f64>,
    /// Where it is going.
    trend: Option<TrendView>,
}

/// One step.
#[derive(Serialize, ToSchema)]
struct StepView {
    /// Beginning of the step.
    at: String,
    /// The value.
    value: f64,
    /// How many members it is of. Fewer than there are: those that are missing are not taken as zero.
    members: usize,
}

/// The busiest hour.
#[derive(Serialize, ToSchema)]
struct BusiestView {
    /// Beginning.
    from: String,
    /// The mean over the hour.
    mean: f64,
}

/// A straight line through the steps.
#[derive(Serialize, ToSchema)]
struct TrendView {
    /// How much it grows in a day.
    per_day: f64,
    /// How much of what the steps vary by the line explains, 0 to 1. A forecast from a low one is a guess.
    explained: f64,
    /// When it reaches `limit`, going on like this.
    full_at: Option<String>,
}

/// One quantity of a hall over time: of its line, or of its devices together.
#[utoipa::path(get, path = "/api/v1/halls/{code}/series", tag = "series", params(("code" = String, Path, description = "Code of the hall"), Ask), responses(
    (status = 200, description = "The line", body = TogetherView),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such hall", body = Problem),
))]
pub(super) async fn of_hall(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Json<TogetherView>, ApiError> {
    // Whether there is such a hall for the caller comes before what he asks of it.
    app.hall(&caller, &code).await?;
    Ok(Json(view(app.series_of_hall(&caller, &code, ask.query()?).await?)))
}

/// One quantity of an area over time: of the lines of its halls, or of their devices together. Halls that the caller
/// does not see are not in it.
#[utoipa::path(get, path = "/api/v1/areas/{id}/series", tag = "series", params(("id" = i64, Path, description = "Id of the area"), Ask), responses(
    (status = 200, description = "The line", body = TogetherView),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such area", body = Problem),
))]
pub(super) async fn of_area(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(ask): Query<Ask>,
) -> Result<Json<TogetherView>, ApiError> {
    app.area(&caller, AreaId(id))?;
    Ok(Json(view(app.series_of_area(&caller, AreaId(id), ask.query()?).await?)))
}

fn view(answer: TogetherAnswer) -> TogetherView {
    let step =
        |point: crate::series::Combined| StepView { at: rfc3339(point.at), value: point.value, members: point.members };
    TogetherView {
        metric: answer.metric.as_str(),
        unit: answer.metric.unit().as_str(),
        across: answer.across.as_str(),
        from: rfc3339(answer.from),
        to: rfc3339(answer.to),
        step: answer.step_s,
        halls: answer.halls,
        members: answer.members,
        without_port: answer.without_port,
        points: answer.points.into_iter().map(step).collect(),
        p95: answer.p95,
        busiest_hour: answer.busiest.map(|hour| BusiestView { from: rfc3339(hour.from), mean: hour.mean }),
        limit: answer.limit,
        trend: answer.trend.map(|trend| TrendView {
            per_day: trend.per_s * DAY_S,
            explained: trend.explained,
            full_at: answer.full_at.map(rfc3339),
        }),
    }
}
