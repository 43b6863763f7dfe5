//! `/schedules`: who is on call now and when else, and who stands in.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::id::{ContactId, OverrideId, ScheduleId};
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::form::Fields;
use super::login::{error_status, with_status};
use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::{Principal, Role};
use crate::app::schedule::{RotationWish, ScheduleWish};
use crate::store::{PeopleRecord, ScheduleRecord};
use crate::web::format::{self, OFFSET, day_begin, hours};
use crate::web::frame::Frame;
use crate::web::view::people_faults;
use crate::web::view::schedules::{
    DayRow, OnCallNow, RotationForm, ScheduleForm, SchedulePage, ScheduleRow, SchedulesPage, StandInForm, StandInRow,
    TurnRow,
};

const HERE: &str = "/schedules";
/// Empty fields for contacts of a rotation.
const SPARE: usize = 3;
/// How far ahead one looks for the end of a turn.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 92);

/// What the address carries.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Turn {
    week: String,
}

/// What was tried, and did not work.
#[derive(Default)]
struct Tried {
    form: Option<ScheduleForm>,
    stand_in: Option<StandInForm>,
    faults: Vec<String>,
}

/// The list.
pub(super) async fn list(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    let page = fill_list(&app, &asked, &caller, Tried::default()).await;
    Ok(asked.page(&page.map_err(PageError::with(&asked.frame(&app)))?))
}

async fn fill_list(app: &App, asked: &Asked, caller: &Principal, tried: Tried) -> Result<SchedulesPage, AppError> {
    let people = app.people(caller).await?;
    let frame = asked.frame(app);
    Ok(SchedulesPage {
        rows: people.schedules.iter().map(|record| row(&frame, &people, record)).collect(),
        is_keeper: caller.require_everywhere(Role::Admin).is_ok(),
        contacts: contacts(&people),
        new: tried.form.unwrap_or_else(|| with_spare(ScheduleForm::default(), app.today())),
        faults: tried.faults,
        frame,
    })
}

/// One schedule.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Query(turn): Query<Turn>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let page = fill(&app, &asked, &caller, ScheduleId(id), &turn.week, Tried::default()).await;
    Ok(asked.page(&page.map_err(PageError::with(&frame))?))
}

async fn fill(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    id: ScheduleId,
    week: &str,
    tried: Tried,
) -> Result<SchedulePage, AppError> {
    let people = app.people(caller).await?;
    let record = app.schedule(caller, id).await?;
    let frame = asked.frame(app);
    let this_week = monday(app.today());
    let week = week.parse::<Date>().map(monday).unwrap_or(this_week);
    let stand_ins = record.overrides.iter().filter(|known| known.stand_in.until > frame.now);
    let stand_in = |known: &crate::store::OverrideRecord| StandInRow {
        id: known.id.0,
        who: people.contact_name(known.stand_in.contact).unwrap_or_default().to_owned(),
        from: known.stand_in.from,
        until: known.stand_in.until,
        made_by: known.made_by.clone(),
    };
    Ok(SchedulePage {
        row: row(&frame, &people, &record),
        days: (0..7).filter_map(|n| day(&frame, &people, &record, later(week, n))).collect(),
        before: later(week, -7).to_string(),
        after: later(week, 7).to_string(),
        is_elsewhere: week != this_week,
        stand_ins: stand_ins.map(stand_in).collect(),
        is_keeper: caller.require_everywhere(Role::Admin).is_ok(),
        is_open: app.schedule_is_open(caller, &people, &record),
        contacts: contacts(&people),
        form: tried.form.unwrap_or_else(|| form_of(&record, app.today())),
        stand_in: tried.stand_in.unwrap_or_else(|| StandInForm {
            from: format::local(frame.now).strftime("%Y-%m-%dT%H:%M").to_string(),
            ..StandInForm::default()
        }),
        faults: tried.faults,
        frame,
    })
}

fn contacts(people: &PeopleRecord) -> Vec<(String, String)> {
    people.contacts.iter().map(|record| (record.id.to_string(), record.draft.name.clone())).collect()
}

fn monday(day: Date) -> Date {
    later(day, -i64::from(day.weekday().to_monday_zero_offset()))
}

/// So many days after a day; the same day at the ends of the calendar.
fn later(day: Date, days: i64) -> Date {
    day.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(day)
}

fn row(frame: &Frame, people: &PeopleRecord, record: &ScheduleRecord) -> ScheduleRow {
    let (schedule, now) = (record.schedule(), frame.now);
    let ahead = now.saturating_add(AHEAD).unwrap_or(now);
    let turn = schedule.turns(now, ahead).into_iter().next();
    let name = |id: ContactId| people.contact_name(id).map(str::to_owned);
    let holes = schedule.daily_holes();
    let whole_day = holes.iter().any(|hole| hole.from == hole.until);
    let mut warnings: Vec<String> = if whole_day {
        vec![frame.t("schedule-empty")]
    } else {
        holes.iter().map(|hole| frame.t1("schedule-hole", "hours", hours(hole.from, hole.until))).collect()
    };
    if let Some(begins) = schedule.begins().filter(|begins| *begins > now) {
        warnings.push(frame.t1("schedule-begins", "at", format::date_time(begins)));
    }
    ScheduleRow {
        id: record.id.0,
        name: record.draft.name.clone(),
        now: OnCallNow {
            who: turn.and_then(|turn| turn.contact).and_then(name),
            until: turn.map(|turn| turn.until).filter(|until| *until < ahead),
        },
        warnings,
    }
}

fn day(frame: &Frame, people: &PeopleRecord, record: &ScheduleRecord, day: Date) -> Option<DayRow> {
    let (from, until) = (day_begin(day)?, day_begin(later(day, 1))?);
    let turn = |turn: alerts::schedule::Turn| TurnRow {
        hours: format!(
            "{}–{}",
            format::clock(turn.from),
            if turn.until == until { "24:00".to_owned() } else { format::clock(turn.until) }
        ),
        who: turn.contact.and_then(|id| people.contact_name(id)).map(str::to_owned),
        is_now: turn.from <= frame.now && frame.now < turn.until,
    };
    let name = frame.t(match day.weekday() {
        Weekday::Monday => "day-monday",
        Weekday::Tuesday => "day-tuesday",
        Weekday::Wednesday => "day-wednesday",
        Weekday::Thursday => "day-thursday",
        Weekday::Friday => "day-friday",
        Weekday::Saturday => "day-saturday",
        Weekday::Sunday => "day-sunday",
    });
    Some(DayRow {
        name: format!("{name} {:02}/{:02}", day.day(), day.month()),
        is_today: format::local(frame.now).date() == day,
        turns: record.schedule().turns(from, until).into_iter().map(turn).collect(),
    })
}

fn form_of(record: &ScheduleRecord, today: Date) -> ScheduleForm {
    let clock = |time: Option<Time>| time.map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default();
    let rotation = |rotation: &alerts::schedule::Rotation| RotationForm {
        contacts: rotation.contacts.iter().map(ToString::to_string).collect(),
        start: rotation.start.to_string(),
        days: rotation.days.to_string(),
        from: clock(rotation.hours.map(|hours| hours.from)),
        until: clock(rotation.hours.map(|hours| hours.until)),
    };
    let rotations = record.draft.rotations.iter().map(rotation).collect();
    with_spare(ScheduleForm { name: record.draft.name.clone(), rotations }, today)
}

/// A form with room for more.
fn with_spare(mut form: ScheduleForm, today: Date) -> ScheduleForm {
    form.rotations.retain(|rotation| rotation.contacts.iter().any(|id| !id.is_empty()));
    form.rotations.push(RotationForm {
        start: monday(today).to_string(),
        days: "7".to_owned(),
        ..RotationForm::default()
    });
    for rotation in &mut form.rotations {
        rotation.contacts.retain(|id| !id.is_empty());
        rotation.contacts.extend(std::iter::repeat_n(String::new(), SPARE));
    }
    form
}

fn form(fields: &Fields) -> ScheduleForm {
    let texts = |name: &str| fields.each(name).map(str::to_owned).collect::<Vec<_>>();
    let rotations = texts("start").into_iter().enumerate().map(|(n, start)| RotationForm {
        contacts: texts(&format!("contact-{n}")),
        start,
        days: fields.text(&format!("days-{n}")).to_owned(),
        from: fields.text(&format!("from-{n}")).to_owned(),
        until: fields.text(&format!("until-{n}")).to_owned(),
    });
    ScheduleForm { name: fields.text("name").to_owned(), rotations: rotations.collect() }
}

fn given<T: std::str::FromStr>(name: &str, text: &str) -> Result<Option<T>, AppError>
where
    T::Err: std::fmt::Display,
{
    if text.is_empty() { Ok(None) } else { parsed(name, text).map(Some) }
}

/// Of a rotation in which nobody was chosen nothing is kept.
fn wish(form: &ScheduleForm) -> Result<ScheduleWish, AppError> {
    let mut rotations = Vec::new();
    for rotation in &form.rotations {
        let contacts = rotation.contacts.iter().filter(|id| !id.is_empty()).map(|id| parsed("contact", id));
        let contacts = contacts.collect::<Result<Vec<ContactId>, _>>()?;
        if contacts.is_empty() {
            continue;
        }
        let hours = match (given("from", &rotation.from)?, given("until", &rotation.until)?) {
            (Some(from), Some(until)) => Some((from, until)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(AppError::Invalid("hours have a beginning and an end".to_owned()));
            }
        };
        let (start, days) = (given("start", &rotation.start)?, given("days", &rotation.days)?);
        rotations.push(RotationWish { contacts, start, days, hours });
    }
    Ok(ScheduleWish { name: form.name.clone(), rotations })
}

/// Makes a schedule.
pub(super) async fn create(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let form = form(&pairs.into());
    let result = async {
        caller.require_everywhere(Role::Admin)?;
        app.schedule_write(&caller, None, wish(&form)?).await
    };
    let frame = asked.frame(&app);
    match result.await {
        Ok(record) => Ok(Redirect::to(&format!("{HERE}/{}", record.id)).into_response()),
        Err(error) if people_faults::is_told(&error) => {
            let faults = people_faults::texts(&frame, &error);
            let tried = Tried { form: Some(with_spare(form, app.today())), faults, ..Tried::default() };
            let page = fill_list(&app, &asked, &caller, tried).await.map_err(PageError::with(&frame))?;
            Ok(with_status(&error_status(error), asked.page(&page)))
        }
        Err(error) => Err(PageError::new(error, frame)),
    }
}

/// Changes a schedule.
pub(super) async fn change(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let form = form(&pairs.into());
    let result = async {
        caller.require_everywhere(Role::Admin)?;
        app.schedule_write(&caller, Some(ScheduleId(id)), wish(&form)?).await.map(drop)
    };
    let result = result.await;
    let tried = Tried { form: Some(with_spare(form, app.today())), ..Tried::default() };
    changed(&app, &asked, &caller, id, tried, result).await
}

/// Removes a schedule.
pub(super) async fn delete(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    match app.schedule_delete(&caller, ScheduleId(id)).await {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => changed(&app, &asked, &caller, id, Tried::default(), Err(error)).await,
    }
}

/// Lets somebody stand in.
pub(super) async fn stand_in(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::from(pairs);
    let text = |name: &str| fields.text(name).to_owned();
    let form = StandInForm { contact: text("contact"), from: text("from"), until: text("until") };
    let result = async {
        app.schedule_open(&caller, ScheduleId(id)).await?;
        let contact = given("contact", &form.contact)?;
        let (from, until) = (moment("from", &form.from)?, moment("until", &form.until)?);
        app.override_create(&caller, ScheduleId(id), contact, from, until).await.map(drop)
    };
    let result = result.await;
    let tried = Tried { stand_in: Some(form), ..Tried::default() };
    changed(&app, &asked, &caller, id, tried, result).await
}

/// A moment by the clocks of the halls.
fn moment(name: &str, text: &str) -> Result<Option<Timestamp>, AppError> {
    let Some(local) = given::<DateTime>(name, text)? else { return Ok(None) };
    let at = OFFSET.to_timestamp(local);
    at.map(Some).map_err(|error| AppError::Invalid(format!("{name}={text:?} {error}")))
}

/// Takes a stand-in back.
pub(super) async fn take_back(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path((id, stand_in)): Path<(i64, i64)>,
) -> Result<Response, PageError> {
    let result = app.override_delete(&caller, ScheduleId(id), OverrideId(stand_in)).await;
    changed(&app, &asked, &caller, id, Tried::default(), result).await
}

/// Back to the schedule, or its page once more with what was wrong.
async fn changed(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    id: i64,
    tried: Tried,
    result: Result<(), AppError>,
) -> Result<Response, PageError> {
    let error = match result {
        Ok(()) => return Ok(Redirect::to(&format!("{HERE}/{id}")).into_response()),
        Err(error) => error,
    };
    let frame = asked.frame(app);
    if !people_faults::is_told(&error) {
        return Err(PageError::new(error, frame));
    }
    let tried = Tried { faults: people_faults::texts(&frame, &error), ..tried };
    let page = fill(app, asked, caller, ScheduleId(id), "", tried).await.map_err(PageError::with(&frame))?;
    Ok(with_status(&error_status(error), asked.page(&page)))
}
