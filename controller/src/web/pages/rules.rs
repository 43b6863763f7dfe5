//! `/rules`: what is watched beside reachability, and how that is set.

use alerts::rule::Rule;
use alerts::rule::measure::Measure;
use alerts::rule::setting::{Amount, Setting};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::Role;
use crate::app::rule::RuleWish;
use crate::app::rule_preview::Preview;
use crate::app::sight::Sight;
use crate::store::{RuleSettingRecord, SettingOf};
use crate::web::view::rules::{PreviewSeen, RuleForm, RulePage, RuleRow, RulesPage};

/// What the form carries.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    act: String,
    area: String,
    kind: String,
    threshold: String,
    hold: String,
    keep: String,
    severity: String,
    enabled: String,
}

/// The list.
pub(super) async fn list(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let settings = app.rule_settings(&caller).await.map_err(PageError::with(&frame))?;
    let sight = app.sight(&caller);
    let rows = Measure::ALL.iter().flat_map(|measure| rows(&sight, *measure, &settings)).map(|(row, _)| row);
    let fixed = Rule::ALL.into_iter().filter(|rule| !matches!(rule, Rule::Measured(_)));
    Ok(asked.page(&RulesPage { rows: rows.collect(), fixed: fixed.collect(), frame }))
}

/// One rule.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let measure = app.measure(&caller, &name).map_err(PageError::with(&frame))?;
    let page = page(&app, &asked, &caller, measure).await.map_err(PageError::with(&frame))?;
    Ok(asked.page(&page))
}

/// Sets it, takes a setting back, or shows what it would have told.
pub(super) async fn act(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(name): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let wrong = PageError::with(&frame);
    let measure = app.measure(&caller, &name).map_err(&wrong)?;
    caller.require(Role::Admin).map_err(&wrong)?;
    let done = match fields.act.as_str() {
        "remove" => remove(&app, &caller, measure, &fields).await.map(|()| None),
        "preview" => preview(&app, &caller, measure, &fields).await.map(Some),
        _ => save(&app, &caller, measure, &fields).await.map(|()| None),
    };
    let (faults, preview) = match done {
        Ok(None) => return Ok(Redirect::to(&format!("/rules/{measure}")).into_response()),
        Ok(Some(preview)) => (Vec::new(), Some(preview)),
        // What was typed stays in the form, with all that is wrong with it above.
        Err(AppError::Invalid(text)) => (text.split("; ").map(str::to_owned).collect(), None),
        Err(error) => return Err(wrong(error)),
    };
    let mut page = page(&app, &asked, &caller, measure).await.map_err(&wrong)?;
    page.preview = preview.map(|preview| seen(&app.sight(&caller), &preview));
    page.form = RuleForm {
        area: fields.area,
        kind: fields.kind,
        threshold: fields.threshold,
        hold: fields.hold,
        keep: fields.keep,
        severity: fields.severity,
        is_enabled: fields.enabled != "off",
    };
    page.faults = faults;
    Ok(asked.page(&page))
}

async fn save(app: &App, caller: &Caller, measure: Measure, fields: &Fields) -> Result<(), AppError> {
    app.rule_set(caller, measure, &wish(app, caller, fields)?).await
}

async fn preview(app: &App, caller: &Caller, measure: Measure, fields: &Fields) -> Result<Preview, AppError> {
    app.rule_preview(caller, measure, &wish(app, caller, fields)?).await
}

async fn remove(app: &App, caller: &Caller, measure: Measure, fields: &Fields) -> Result<(), AppError> {
    let RuleWish { area, kind, .. } = scope(app, caller, fields)?;
    app.rule_unset(caller, SettingOf { measure, area, kind }).await
}

/// What is typed, and everything in it that is no number.
fn wish(app: &App, caller: &Caller, fields: &Fields) -> Result<RuleWish, AppError> {
    let mut faults: Vec<String> = Vec::new();
    let mut number = |name: &str, text: &str| {
        // Both ways to write a broken number are understood.
        let number = text.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            faults.push(format!("{name}={text:?} is no number"));
        }
        number
    };
    let threshold = number("threshold", &fields.threshold);
    let mut seconds = |name: &str, text: &str| number(name, text).map(|minutes| (minutes * 60.0).round() as i64);
    let (hold_s, keep_s) = (seconds("hold", &fields.hold), seconds("keep", &fields.keep));
    let severity = alerts::rule::Severity::ALL.into_iter().find(|one| one.as_str() == fields.severity);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults.join("; ")));
    }
    let is_enabled = Some(fields.enabled != "off");
    Ok(RuleWish { threshold, hold_s, keep_s, severity, is_enabled, ..scope(app, caller, fields)? })
}

fn scope(app: &App, caller: &Caller, fields: &Fields) -> Result<RuleWish, AppError> {
    let area = (!fields.area.is_empty()).then(|| app.area_by_code(caller, &fields.area)).transpose()?;
    let kind = (!fields.kind.is_empty()).then(|| parsed("kind", &fields.kind)).transpose()?;
    Ok(RuleWish { area, kind, ..RuleWish::default() })
}

async fn page(app: &App, asked: &Asked, caller: &Caller, measure: Measure) -> Result<RulePage, AppError> {
    let settings = app.rule_settings(caller).await?;
    let (rows, row_areas): (Vec<RuleRow>, Vec<String>) =
        rows(&app.sight(caller), measure, &settings).into_iter().unzip();
    let form = rows.first().map(|row| form(&row.setting)).unwrap_or_default();
    Ok(RulePage {
        frame: asked.frame(app),
        measure,
        rows,
        row_areas,
        form,
        areas: app.areas_today(caller),
        is_admin: !caller.scope(Role::Admin).is_empty(),
        faults: Vec::new(),
        preview: None,
    })
}

fn form(setting: &Setting) -> RuleForm {
    let minutes = |seconds: u32| Amount::of(f64::from(seconds) / 60.0).value().to_string();
    RuleForm {
        threshold: setting.threshold.value().to_string(),
        hold: minutes(setting.hold_s),
        keep: minutes(setting.keep_s),
        severity: setting.severity.as_str().to_owned(),
        is_enabled: setting.is_enabled,
        ..RuleForm::default()
    }
}

/// A rule as it is set for everything, and then for less; with the code of the area of each.
fn rows(sight: &Sight, measure: Measure, settings: &[RuleSettingRecord]) -> Vec<(RuleRow, String)> {
    let its: Vec<&RuleSettingRecord> = settings.iter().filter(|record| record.of.measure == measure).collect();
    let has_own = its.iter().any(|record| record.of.area.is_none() && record.of.kind.is_none());
    let built_in = RuleRow {
        measure,
        setting: measure.default_setting(),
        area: String::new(),
        kind: None,
        changed_by: String::new(),
    };
    let set = its.into_iter().filter_map(|record| {
        let area = record.of.area.map(|id| sight.area(id));
        let (name, code) = match area {
            None => (String::new(), String::new()),
            Some(area) => (area?.full_name(), area?.code.clone()),
        };
        let row = RuleRow {
            measure,
            setting: record.setting,
            area: name,
            kind: record.of.kind,
            changed_by: record.changed_by.clone(),
        };
        Some((row, code))
    });
    (!has_own).then(|| (built_in, String::new())).into_iter().chain(set).collect()
}

fn seen(sight: &Sight, preview: &Preview) -> PreviewSeen {
    let named = preview.halls.iter().flatten().filter_map(|(id, times)| {
        let hall = sight.hall(*id)?;
        Some((hall.code.clone(), hall.facts.name.clone(), *times))
    });
    PreviewSeen { is_known: preview.halls.is_some(), times: preview.times(), halls: named.collect() }
}
