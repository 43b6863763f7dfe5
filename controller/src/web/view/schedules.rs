//! On-call schedules: who is on call now, this week and the next, and who stands in.

use askama::Template;
use jiff::Timestamp;

use crate::web::assets;
use crate::web::frame::Frame;

/// The page `/schedules`.
#[derive(Debug, Clone, Template)]
#[template(path = "schedules.html")]
pub struct SchedulesPage {
    /// What every page knows.
    pub frame: Frame,
    /// Schedules by name.
    pub rows: Vec<ScheduleRow>,
    /// Whether who looks keeps them.
    pub is_keeper: bool,
    /// Contacts to choose from: id and name.
    pub contacts: Vec<(String, String)>,
    /// A new schedule, as far as it was filled in.
    pub new: ScheduleForm,
    /// What was wrong.
    pub faults: Vec<String>,
}

/// A schedule in the list.
#[derive(Debug, Clone)]
pub struct ScheduleRow {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who is on call, and until when.
    pub now: OnCallNow,
    /// What somebody should know of it.
    pub warnings: Vec<String>,
}

/// Who is on call, and until when.
#[derive(Debug, Clone)]
pub struct OnCallNow {
    /// Who.
    pub who: Option<String>,
    /// Until when, as far as one can see.
    pub until: Option<Timestamp>,
}

/// The page `/schedules/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "schedule.html")]
pub struct SchedulePage {
    /// What every page knows.
    pub frame: Frame,
    /// The schedule.
    pub row: ScheduleRow,
    /// Seven days from a Monday on.
    pub days: Vec<DayRow>,
    /// The Monday of the week before: `2026-11-16`.
    pub before: String,
    /// The Monday of the week after.
    pub after: String,
    /// Whether this is not the week of today.
    pub is_elsewhere: bool,
    /// Stand-ins that are not over.
    pub stand_ins: Vec<StandInRow>,
    /// Whether who looks keeps it.
    pub is_keeper: bool,
    /// Whether who looks may let somebody stand in.
    pub is_open: bool,
    /// Contacts to choose from: id and name.
    pub contacts: Vec<(String, String)>,
    /// What its form holds.
    pub form: ScheduleForm,
    /// A new stand-in, as far as it was filled in.
    pub stand_in: StandInForm,
    /// What was wrong.
    pub faults: Vec<String>,
}

/// A day.
#[derive(Debug, Clone)]
pub struct DayRow {
    /// `Thứ Hai 23/11`.
    pub name: String,
    /// Whether it is today.
    pub is_today: bool,
    /// Who is on call, from midnight to midnight.
    pub turns: Vec<TurnRow>,
}

/// A turn, or what of it lies in a day.
#[derive(Debug, Clone)]
pub struct TurnRow {
    /// `08:00–24:00`.
    pub hours: String,
    /// Who; nobody in a hole.
    pub who: Option<String>,
    /// Whether that is now.
    pub is_now: bool,
}

/// Somebody stands in.
#[derive(Debug, Clone)]
pub struct StandInRow {
    /// Its id.
    pub id: i64,
    /// Who.
    pub who: String,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Who said so.
    pub made_by: String,
}

/// What a form holds.
#[derive(Debug, Clone, Default)]
pub struct ScheduleForm {
    /// Its name.
    pub name: String,
    /// Rotations, with an empty one.
    pub rotations: Vec<RotationForm>,
}

/// What the part of a form about a rotation holds.
#[derive(Debug, Clone, Default)]
pub struct RotationForm {
    /// Ids of contacts, with some empty ones.
    pub contacts: Vec<String>,
    /// `2026-11-23`.
    pub start: String,
    /// `7`.
    pub days: String,
    /// `06:00`.
    pub from: String,
    /// `18:00`.
    pub until: String,
}

/// What the form for a stand-in holds.
#[derive(Debug, Clone, Default)]
pub struct StandInForm {
    /// Id of a contact.
    pub contact: String,
    /// `2026-11-23T08:00` in the halls.
    pub from: String,
    /// The same.
    pub until: String,
}
