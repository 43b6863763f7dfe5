//! `/api/v1/rules`: what is watched beside reachability, from which value on, and where people set it otherwise.

use std::sync::Arc;

use alerts::rule::measure::{Measure, MeasureOf};
use alerts::rule::setting::Setting;
use alerts::rule::{Rule, Severity};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::device::DeviceKind;
use inventory::id::AreaId;
use notify::text::rule;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, word};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::rule::RuleWish;
use crate::app::rule_preview::Preview;
use crate::store::{RuleSettingRecord, SettingOf};

/// A rule.
#[derive(Serialize, ToSchema)]
pub(super) struct RuleView {
    /// Its word: `packet_loss`.
    rule: &'static str,
    /// Its name in English.
    name: String,
    /// What it means when it fires.
    means: String,
    /// What to do first.
    first: String,
    /// halls or devices.
    of: &'static str,
    /// What threshold and values are in.
    unit: &'static str,
    /// The least threshold that makes sense.
    least: f64,
    /// The greatest.
    most: f64,
    /// What is built in.
    default: SettingView,
    /// What people set in its place. Where several fit, the one for the fewest halls holds, and of those the one for a kind
    /// of devices.
    settings: Vec<ScopedSettingView>,
}

/// How a rule is set.
#[derive(Serialize, ToSchema)]
struct SettingView {
    /// From this value on it is a fault.
    threshold: f64,
    /// Seconds that the fault has to be seen before anybody is told.
    hold_s: u32,
    /// Seconds that it has to be seen to be over before that is told.
    keep_firing_s: u32,
    /// warning or critical.
    severity: &'static str,
    /// Whether anybody is told.
    enabled: bool,
}

/// How a rule is set somewhere.
#[derive(Serialize, ToSchema)]
struct ScopedSettingView {
    /// Id of the area; everywhere without one.
    area: Option<i64>,
    /// The kind of devices; all without one.
    kind: Option<&'static str>,
    #[serde(flatten)]
    setting: SettingView,
    /// Who set it.
    changed_by: String,
    /// When.
    changed_at: String,
}

/// How a rule is to be set; what is not given is as it is built in.
#[derive(Deserialize, ToSchema)]
pub(super) struct SettingBody {
    /// Id of an area; everywhere without one.
    area: Option<i64>,
    /// A kind of devices: router, access_point, …; all without one.
    kind: Option<String>,
    /// From this value on it is a fault, in the unit of the rule.
    threshold: Option<f64>,
    /// Seconds that the fault has to be seen before anybody is told; two days at the most.
    hold_s: Option<i64>,
    /// Seconds that it has to be seen to be over before that is told; two days at the most.
    keep_firing_s: Option<i64>,
    /// warning or critical.
    severity: Option<String>,
    /// Whether anybody is told.
    enabled: Option<bool>,
}

/// Which setting.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// Id of its area; everywhere without one.
    area: Option<i64>,
    /// Its kind of devices; all without one.
    kind: Option<String>,
}

/// What a rule would have told.
#[derive(Serialize, ToSchema)]
pub(super) struct PreviewView {
    /// From when on.
    from: String,
    /// Until when.
    to: String,
    /// Whether samples are kept of what the rule looks at; without them nobody can say.
    is_known: bool,
    /// How often it would have fired; null when that is not known.
    times: Option<usize>,
    /// Where, the most first.
    halls: Vec<PreviewHall>,
}

/// How often a rule would have fired in a hall.
#[derive(Serialize, ToSchema)]
struct PreviewHall {
    /// Its code.
    hall: String,
    /// How often.
    times: usize,
}

/// Every rule that can be set.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", responses(
    (status = 200, description = "All of them", body = Page<RuleView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Page<RuleView>>, ApiError> {
    let settings = app.rule_settings(&caller).await?;
    let items = Measure::ALL.iter().map(|measure| view(*measure, &settings)).collect();
    Ok(Json(Page { items, next: None }))
}

/// One rule.
#[utoipa::path(get, path = "/api/v1/rules/{rule}", tag = "rules", params(("rule" = String, Path, description = "Its word")), responses(
    (status = 200, description = "The rule", body = RuleView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<RuleView>, ApiError> {
    let measure = app.measure(&caller, &name)?;
    Ok(Json(view(measure, &app.rule_settings(&caller).await?)))
}

/// Sets a rule, everywhere or in an area, on all devices or those of a kind. It holds from now on.
#[utoipa::path(put, path = "/api/v1/rules/{rule}", tag = "rules", request_body = SettingBody,
    params(("rule" = String, Path, description = "Its word")), responses(
    (status = 200, description = "The rule", body = RuleView),
    (status = 400, description = "It makes no sense; every fault is named", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such rule or area", body = Problem),
))]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Body(body): Body<SettingBody>,
) -> Result<Json<RuleView>, ApiError> {
    let measure = app.measure(&caller, &name)?;
    app.rule_set(&caller, measure, &wish(body)?).await?;
    Ok(Json(view(measure, &app.rule_settings(&caller).await?)))
}

/// Takes a setting back: what is built in, or set for more, holds again.
#[utoipa::path(delete, path = "/api/v1/rules/{rule}", tag = "rules",
    params(("rule" = String, Path, description = "Its word"), Ask), responses(
    (status = 204, description = "It is taken back"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such rule or setting", body = Problem),
))]
pub(super) async fn unset(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<StatusCode, ApiError> {
    let measure = app.measure(&caller, &name)?;
    let of = SettingOf { measure, area: ask.area.map(AreaId), kind: word("kind", ask.kind)? };
    app.rule_unset(&caller, of).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the rule would have told of the last 30 days, had it been set so. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/rules/{rule}/preview", tag = "rules", request_body = SettingBody,
    params(("rule" = String, Path, description = "Its word")), responses(
    (status = 200, description = "How often, and where", body = PreviewView),
    (status = 400, description = "It makes no sense; every fault is named", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such rule or area", body = Problem),
))]
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Body(body): Body<SettingBody>,
) -> Result<Json<PreviewView>, ApiError> {
    let measure = app.measure(&caller, &name)?;
    let preview = app.rule_preview(&caller, measure, &wish(body)?).await?;
    Ok(Json(preview_view(&app, &preview)))
}

fn wish(body: SettingBody) -> Result<RuleWish, AppError> {
    let severity = body.severity.map(|word| {
        let known = Severity::ALL.into_iter().find(|severity| severity.as_str() == word);
        known.ok_or_else(|| AppError::Invalid(format!("severity={word:?} is none of warning, critical")))
    });
    Ok(RuleWish {
        area: body.area.map(AreaId),
        kind: word("kind", body.kind)?,
        threshold: body.threshold,
        hold_s: body.hold_s,
        keep_s: body.keep_firing_s,
        severity: severity.transpose()?,
        is_enabled: body.enabled,
    })
}

fn view(measure: Measure, settings: &[RuleSettingRecord]) -> RuleView {
    let one = Rule::Measured(measure);
    let (least, most) = measure.thresholds();
    let its = settings.iter().filter(|record| record.of.measure == measure);
    let english = notify::Language::En;
    RuleView {
        rule: measure.as_str(),
        name: rule::name(one, english),
        means: rule::means(one, english),
        first: rule::first(one, english),
        of: match measure.of() {
            MeasureOf::Halls => "halls",
            MeasureOf::Devices => "devices",
        },
        unit: measure.unit().as_str(),
        least: least.value(),
        most: most.value(),
        default: setting_view(&measure.default_setting()),
        settings: its.map(scoped_view).collect(),
    }
}

fn setting_view(setting: &Setting) -> SettingView {
    SettingView {
        threshold: setting.threshold.value(),
        hold_s: setting.hold_s,
        keep_firing_s: setting.keep_s,
        severity: setting.severity.as_str(),
        enabled: setting.is_enabled,
    }
}

fn scoped_view(record: &RuleSettingRecord) -> ScopedSettingView {
    ScopedSettingView {
        area: record.of.area.map(|area| area.0),
        kind: record.of.kind.map(DeviceKind::as_str),
        setting: setting_view(&record.setting),
        changed_by: record.changed_by.clone(),
        changed_at: rfc3339(record.changed_at),
    }
}

fn preview_view(app: &App, preview: &Preview) -> PreviewView {
    let world = app.world();
    let named = preview.halls.iter().flatten().filter_map(|(id, times)| {
        let hall = world.fleet.hall(*id)?;
        Some(PreviewHall { hall: hall.code.to_string(), times: *times })
    });
    PreviewView {
        from: rfc3339(preview.from),
        to: rfc3339(preview.to),
        is_known: preview.halls.is_some(),
        times: preview.halls.is_some().then(|| preview.times()),
        halls: named.collect(),
    }
}
