//! `/api/v1/escalations`: who is told of what, and who next when nobody takes it.

use std::sync::Arc;

use alerts::people::{Step, Target, Who};
use alerts::rule::Severity;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::id::{AreaId, ContactId, EscalationId, ScheduleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::schedules::hours_text;
use super::users::Turn;
use super::view::rfc3339;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::escalation::{EscalationWish, StepHoles, holes};
use crate::app::principal::Role;
use crate::store::{EscalationRecord, PeopleRecord};

/// Who is told in a step: a contact, or whoever is on call.
#[derive(Serialize, ToSchema)]
pub(super) struct TargetView {
    /// Id of the contact.
    contact: Option<i64>,
    /// Id of the schedule.
    schedule: Option<i64>,
    /// What that is called.
    name: String,
    /// By this channel; by the first that he has when null.
    channel: Option<String>,
}

/// A step.
#[derive(Serialize, ToSchema)]
pub(super) struct StepView {
    /// Seconds after the step before; of no meaning for the first.
    wait_s: u32,
    /// Who is told.
    targets: Vec<TargetView>,
}

/// Who is told of what.
#[derive(Serialize, ToSchema)]
pub(super) struct EscalationView {
    /// Its id.
    id: i64,
    /// Its name.
    name: String,
    /// Id of the area that it is about; null is everywhere.
    area: Option<i64>,
    /// `warning` or `critical`: it is about what is at least so bad.
    least_severity: &'static str,
    /// Steps; the first is taken at once, the others for as long as nobody takes the incident.
    steps: Vec<StepView>,
    /// Which steps reach nobody at some hours, and what happens then.
    warnings: Vec<String>,
    /// When it was last changed.
    changed_at: String,
}

/// An escalation as it is to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct EscalationBody {
    /// Its name; no other escalation has it.
    #[serde(default)]
    name: String,
    /// Id of the area that it is about; everywhere when not given.
    area: Option<i64>,
    /// `warning` or `critical`; `warning`, which is everything, when not given.
    least_severity: Option<String>,
    /// At most 10.
    #[serde(default)]
    steps: Vec<StepBody>,
}

/// A step as it is to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct StepBody {
    /// Seconds after the step before, at most seven days; of no meaning for the first.
    #[serde(default)]
    wait_s: i64,
    /// Who is told.
    #[serde(default)]
    targets: Vec<TargetBody>,
}

/// Who is told: one of contact and schedule.
#[derive(Deserialize, ToSchema)]
pub(super) struct TargetBody {
    /// Id of a contact.
    contact: Option<i64>,
    /// Id of a schedule: whoever is on call.
    schedule: Option<i64>,
    /// By this channel; by the first that he has when not given.
    channel: Option<String>,
}

impl EscalationBody {
    fn wish(self) -> Result<EscalationWish, AppError> {
        let target = |body: TargetBody| {
            let who = match (body.contact, body.schedule) {
                (Some(contact), None) => Who::Contact(ContactId(contact)),
                (None, Some(schedule)) => Who::OnCall(ScheduleId(schedule)),
                (Some(_), Some(_)) | (None, None) => {
                    return Err(AppError::Invalid("give one of contact and schedule for each target".to_owned()));
                }
            };
            Ok(Target { who, channel: body.channel })
        };
        let step = |body: StepBody| {
            let targets = body.targets.into_iter().map(target).collect::<Result<_, AppError>>()?;
            Ok((body.wait_s, targets))
        };
        Ok(EscalationWish {
            name: self.name,
            area: self.area.map(AreaId),
            least: word("least_severity", self.least_severity)?.unwrap_or(Severity::Warning),
            steps: self.steps.into_iter().map(step).collect::<Result<_, AppError>>()?,
        })
    }
}

/// Escalations by name.
#[utoipa::path(get, path = "/api/v1/escalations", tag = "escalations", params(Turn), responses(
    (status = 200, description = "A page of escalations", body = Page<EscalationView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<EscalationView>>, ApiError> {
    let page = app.escalation_list(&caller, &page_ask(turn.cursor, turn.limit)).await?;
    let people = app.people(&caller).await?;
    Ok(Json(Page::of(page, |record| view(&people, &record))))
}

/// One escalation.
#[utoipa::path(get, path = "/api/v1/escalations/{id}", tag = "escalations", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The escalation", body = EscalationView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<EscalationView>, ApiError> {
    let record = app.escalation(&caller, EscalationId(id)).await?;
    Ok(Json(view(&app.people(&caller).await?, &record)))
}

/// Makes an escalation.
#[utoipa::path(post, path = "/api/v1/escalations", tag = "escalations", request_body = EscalationBody, responses(
    (status = 201, description = "The escalation", body = EscalationView),
    (status = 400, description = "Everything that is wrong with it", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such area", body = Problem),
))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<EscalationBody>,
) -> Result<(StatusCode, Json<EscalationView>), ApiError> {
    caller.require_everywhere(Role::Admin)?;
    let record = app.escalation_write(&caller, None, body.wish()?).await?;
    Ok((StatusCode::CREATED, Json(view(&app.people(&caller).await?, &record))))
}

/// Writes an escalation anew.
#[utoipa::path(put, path = "/api/v1/escalations/{id}", tag = "escalations", params(("id" = i64, Path, description = "Its id")), request_body = EscalationBody, responses(
    (status = 200, description = "The escalation", body = EscalationView),
    (status = 400, description = "Everything that is wrong with it", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such escalation or area", body = Problem),
))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<EscalationBody>,
) -> Result<Json<EscalationView>, ApiError> {
    caller.require_everywhere(Role::Admin)?;
    let record = app.escalation_write(&caller, Some(EscalationId(id)), body.wish()?).await?;
    Ok(Json(view(&app.people(&caller).await?, &record)))
}

/// Removes an escalation.
#[utoipa::path(delete, path = "/api/v1/escalations/{id}", tag = "escalations", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 204, description = "It is gone"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.escalation_delete(&caller, EscalationId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(people: &PeopleRecord, record: &EscalationRecord) -> EscalationView {
    let target = |target: &Target| {
        let (contact, schedule, name) = match target.who {
            Who::Contact(id) => (Some(id.0), None, people.contact_name(id)),
            Who::OnCall(id) => (None, Some(id.0), people.schedule(id).map(|record| record.draft.name.as_str())),
        };
        TargetView { contact, schedule, name: name.unwrap_or_default().to_owned(), channel: target.channel.clone() }
    };
    let step = |step: &Step| StepView { wait_s: step.wait_s, targets: step.targets.iter().map(target).collect() };
    EscalationView {
        id: record.id.0,
        name: record.draft.name.clone(),
        area: record.draft.area.map(|area| area.0),
        least_severity: record.draft.least.as_str(),
        steps: record.draft.steps.iter().map(step).collect(),
        warnings: holes(&record.draft, people).iter().map(warning).collect(),
        changed_at: rfc3339(record.changed_at),
    }
}

fn warning(found: &StepHoles) -> String {
    let hours: Vec<String> = found.hours.iter().map(hours_text).collect();
    let (step, hours) = (found.step, hours.join(" and "));
    let then = if found.has_next {
        format!("step {} is taken at once then", step + 1)
    } else {
        "nobody else is told then".to_owned()
    };
    format!("step {step}: nobody is on call {hours} (every day); {then}")
}
