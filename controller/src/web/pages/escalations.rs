//! `/escalations`: who is told of what, and who next when nobody takes it.

use alerts::people::{Step, StepAhead, Target, Who};
use alerts::rule::Severity;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::hall::HallCode;
use inventory::id::EscalationId;
use serde::Deserialize;

use super::form::Fields;
use super::login::{error_status, with_status};
use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::escalation::{EscalationWish, StepHoles, holes};
use crate::app::principal::{Principal, Role};
use crate::app::sight::Sight;
use crate::channels;
use crate::store::{EscalationRecord, PeopleRecord};
use crate::web::format::{self, hours};
use crate::web::frame::Frame;
use crate::web::view::escalations::{EscalationForm, EscalationRow, EscalationsPage, Preview, StepForm};
use crate::web::view::people_faults;

const HERE: &str = "/escalations";
/// Empty fields for targets of a step.
const SPARE: usize = 2;

/// What the address carries.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asking {
    hall: String,
    severity: String,
}

/// What was tried, and did not work.
struct Tried {
    id: Option<i64>,
    form: EscalationForm,
    faults: Vec<String>,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(asking): Query<Asking>,
) -> Result<Response, PageError> {
    let page = fill(&app, &asked, &caller, asking, None).await.map_err(PageError::with(&asked.frame(&app)))?;
    Ok(asked.page(&page))
}

async fn fill(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    asking: Asking,
    tried: Option<&Tried>,
) -> Result<EscalationsPage, AppError> {
    let people = app.people(caller).await?;
    let (frame, sight) = (asked.frame(app), app.sight(caller));
    let preview = preview(app, caller, &frame, &people, asking).await?;
    let mut halls: Vec<_> = sight.fleet().halls().map(|hall| (hall.code.clone(), hall.facts.name.clone())).collect();
    halls.sort();
    let reaches = app.settings.channels.iter().filter(|(_, channel)| channels::example(channel).is_some());
    let new = tried.filter(|tried| tried.id.is_none()).map(|tried| tried.form.clone());
    let contacts = people.contacts.iter().map(|one| (format!("contact:{}", one.id), one.draft.name.clone()));
    let on_call = |name: &str| frame.t1("escalation-on-call", "name", name);
    let schedules = people.schedules.iter().map(|one| (format!("schedule:{}", one.id), on_call(&one.draft.name)));
    Ok(EscalationsPage {
        rows: people.escalations.iter().map(|record| row(&frame, &sight, &people, record, tried)).collect(),
        has_everybody: app.settings.has_everybody,
        is_keeper: caller.require_everywhere(Role::Admin).is_ok(),
        areas: app.areas_today(caller),
        whos: schedules.chain(contacts).collect(),
        channels: reaches.map(|(name, _)| name.to_string()).collect(),
        new: new.unwrap_or_else(|| with_spare(EscalationForm::default())),
        halls,
        preview,
        faults: tried.map(|tried| tried.faults.clone()).unwrap_or_default(),
        frame,
    })
}

fn row(
    frame: &Frame,
    sight: &Sight,
    people: &PeopleRecord,
    record: &EscalationRecord,
    tried: Option<&Tried>,
) -> EscalationRow {
    let draft = &record.draft;
    let tried = tried.filter(|tried| tried.id == Some(record.id.0));
    let area = draft.area.and_then(|id| sight.area(id));
    let place = area.map_or_else(|| frame.t("everywhere"), |area| area.full_name());
    let least = frame.t(match draft.least {
        Severity::Warning => "escalation-of-everything",
        Severity::Critical => "escalation-of-critical",
    });
    let steps = draft.steps.iter().enumerate().map(|(n, step)| step_text(frame, people, n, step));
    EscalationRow {
        id: record.id.0,
        name: draft.name.clone(),
        about: format!("{place} · {least}"),
        steps: steps.collect(),
        warnings: holes(draft, people).iter().map(|found| warning(frame, found)).collect(),
        is_tried: tried.is_some(),
        form: tried.map_or_else(|| form_of(sight, record), |tried| tried.form.clone()),
    }
}

/// `Sau 15 phút chưa ai nhận: Trưởng nhóm qua sms`.
fn step_text(frame: &Frame, people: &PeopleRecord, n: usize, step: &Step) -> String {
    let target = |target: &Target| {
        let who = match target.who {
            Who::Contact(id) => people.contact_name(id).unwrap_or_default().to_owned(),
            Who::OnCall(id) => {
                let name = people.schedule(id).map(|record| record.draft.name.as_str());
                frame.t1("escalation-on-call", "name", name.unwrap_or_default())
            }
        };
        by(frame, who, target.channel.as_deref())
    };
    let who: Vec<String> = step.targets.iter().map(target).collect();
    let who = who.join(", ");
    if n == 0 {
        return frame.t1("escalation-at-once", "who", who);
    }
    let wait = format::duration(frame.language, i64::from(step.wait_s));
    frame.t2("escalation-after", "wait", wait, "who", who)
}

fn by(frame: &Frame, who: String, channel: Option<&str>) -> String {
    match channel {
        Some(channel) => frame.t2("escalation-by", "who", who, "channel", channel),
        None => who,
    }
}

fn warning(frame: &Frame, found: &StepHoles) -> String {
    let text = |hole: &alerts::schedule::Hours| {
        if hole.from == hole.until { frame.t("escalation-always") } else { hours(hole.from, hole.until) }
    };
    let when: Vec<String> = found.hours.iter().map(text).collect();
    let key = if found.has_next { "escalation-hole-next" } else { "escalation-hole-end" };
    frame.t2(key, "n", found.step, "hours", when.join(", "))
}

async fn preview(
    app: &App,
    caller: &Principal,
    frame: &Frame,
    people: &PeopleRecord,
    asking: Asking,
) -> Result<Option<Preview>, AppError> {
    if asking.hall.is_empty() {
        return Ok(None);
    }
    let code: HallCode = parsed("hall", &asking.hall)?;
    let severity: Severity = parsed("severity", &asking.severity)?;
    let hall = app.hall(caller, code.as_str()).await?.hall;
    let found = app.escalation_preview(caller, hall.id, severity, frame.now).await?;
    let lines = found.into_iter().map(|one| {
        let steps = one.steps.iter().map(|step| ahead_text(frame, people, step, severity));
        (one.escalation, steps.collect())
    });
    Ok(Some(Preview {
        hall: asking.hall,
        severity: asking.severity,
        hall_name: hall.facts.name.clone(),
        lines: lines.collect(),
    }))
}

fn ahead_text(frame: &Frame, people: &PeopleRecord, step: &StepAhead, severity: Severity) -> String {
    let told = |(id, channel): &(inventory::id::ContactId, Option<String>)| {
        let draft = people.contact(*id).map(|record| &record.draft);
        let name = draft.map(|draft| draft.name.clone()).unwrap_or_default();
        let first = draft.and_then(|draft| draft.addresses.first()).map(|address| address.channel.as_str());
        let text = by(frame, name, channel.as_deref().or(first));
        let at =
            frame.now.saturating_add(jiff::SignedDuration::from_secs(i64::from(step.after_s))).unwrap_or(frame.now);
        let quiet = draft.and_then(|draft| draft.quiet).filter(|_| severity < Severity::Critical);
        match quiet.and_then(|quiet| quiet.end(at)) {
            Some(until) => frame.t2("escalation-quiet", "who", text, "until", format::clock(until)),
            None => text,
        }
    };
    let mut who: Vec<String> = step.told.iter().map(told).collect();
    let hole = |id: &inventory::id::ScheduleId| {
        let name = people.schedule(*id).map(|record| record.draft.name.as_str()).unwrap_or_default();
        frame.t1("escalation-nobody", "name", name)
    };
    who.extend(step.holes.iter().map(hole));
    let who = who.join(", ");
    match step.after_s {
        0 => frame.t1("escalation-at-once", "who", who),
        after => frame.t2("escalation-in", "wait", format::duration(frame.language, i64::from(after)), "who", who),
    }
}

fn form_of(sight: &Sight, record: &EscalationRecord) -> EscalationForm {
    let target = |target: &Target| {
        let who = match target.who {
            Who::Contact(id) => format!("contact:{id}"),
            Who::OnCall(id) => format!("schedule:{id}"),
        };
        (who, target.channel.clone().unwrap_or_default())
    };
    let step = |step: &Step| StepForm {
        minutes: step.wait_s.div_ceil(60).to_string(),
        targets: step.targets.iter().map(target).collect(),
    };
    with_spare(EscalationForm {
        name: record.draft.name.clone(),
        area: record.draft.area.and_then(|id| sight.area(id)).map(|area| area.code.clone()).unwrap_or_default(),
        least: record.draft.least.as_str().to_owned(),
        steps: record.draft.steps.iter().map(step).collect(),
    })
}

/// A form with room for more.
fn with_spare(mut form: EscalationForm) -> EscalationForm {
    form.steps.retain(|step| step.targets.iter().any(|(who, _)| !who.is_empty()));
    let spare = if form.steps.is_empty() { 2 } else { 1 };
    form.steps.extend(std::iter::repeat_n(StepForm { minutes: "15".to_owned(), ..StepForm::default() }, spare));
    for step in &mut form.steps {
        step.targets.retain(|(who, _)| !who.is_empty());
        step.targets.extend(std::iter::repeat_n(Default::default(), SPARE));
    }
    form
}

fn form(fields: &Fields) -> EscalationForm {
    let texts = |name: &str| fields.each(name).map(str::to_owned).collect::<Vec<_>>();
    let steps = texts("minutes").into_iter().enumerate().map(|(n, minutes)| {
        let targets = texts(&format!("who-{n}")).into_iter().zip(texts(&format!("by-{n}")));
        StepForm { minutes, targets: targets.collect() }
    });
    let text = |name: &str| fields.text(name).to_owned();
    EscalationForm { name: text("name"), area: text("area"), least: text("least"), steps: steps.collect() }
}

/// Of a step in which nobody was chosen nothing is kept.
fn wish(app: &App, caller: &Principal, form: &EscalationForm) -> Result<EscalationWish, AppError> {
    let mut steps = Vec::new();
    for step in &form.steps {
        let targets = step.targets.iter().filter(|(who, _)| !who.is_empty()).map(target);
        let targets = targets.collect::<Result<Vec<Target>, AppError>>()?;
        if !targets.is_empty() {
            let minutes: i64 = if steps.is_empty() { 0 } else { parsed("minutes", &step.minutes)? };
            steps.push((minutes.saturating_mul(60), targets));
        }
    }
    let area = (!form.area.is_empty()).then(|| app.area_by_code(caller, &form.area)).transpose()?;
    Ok(EscalationWish { name: form.name.clone(), area, least: parsed("least", &form.least)?, steps })
}

fn target((who, channel): &(String, String)) -> Result<Target, AppError> {
    let who = match who.split_once(':') {
        Some(("contact", id)) => Who::Contact(parsed("who", id)?),
        Some(("schedule", id)) => Who::OnCall(parsed("who", id)?),
        Some(_) | None => return Err(AppError::Invalid(format!("who={who:?} is neither a contact nor a schedule"))),
    };
    Ok(Target { who, channel: (!channel.is_empty()).then(|| channel.clone()) })
}

/// Makes an escalation.
pub(super) async fn create(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    write(&app, &asked, &caller, None, &pairs.into()).await
}

/// Changes an escalation.
pub(super) async fn change(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    write(&app, &asked, &caller, Some(id), &pairs.into()).await
}

async fn write(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    id: Option<i64>,
    fields: &Fields,
) -> Result<Response, PageError> {
    let form = form(fields);
    let result = async {
        caller.require_everywhere(Role::Admin)?;
        app.escalation_write(caller, id.map(EscalationId), wish(app, caller, &form)?).await
    };
    let error = match result.await {
        Ok(_) => return Ok(Redirect::to(HERE).into_response()),
        Err(error) => error,
    };
    let frame = asked.frame(app);
    if !people_faults::is_told(&error) {
        return Err(PageError::new(error, frame));
    }
    let tried = Tried { id, form: with_spare(form), faults: people_faults::texts(&frame, &error) };
    let page = fill(app, asked, caller, Asking::default(), Some(&tried)).await.map_err(PageError::with(&frame))?;
    Ok(with_status(&error_status(error), asked.page(&page)))
}

/// Removes an escalation.
pub(super) async fn delete(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    app.escalation_delete(&caller, EscalationId(id)).await.map_err(PageError::with(&frame))?;
    Ok(Redirect::to(HERE).into_response())
}
