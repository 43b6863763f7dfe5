//! Incidents: what is lost, since when and why, who has it, and what happened.

use alerts::rule::{Judged, Rule};
use askama::Template;
use inventory::device::{DeviceKind, DeviceName};
use inventory::hall::HallCode;
use inventory::id::DeviceId;
use jiff::Timestamp;
use notify::text::rule;

use crate::store::{IncidentEventKind, IncidentRecord};
use crate::web::assets;
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::part::{Shape, StateMark, kind_key};
use crate::web::why::Why;

/// The page `/incidents`. Live on the event `fleet`.
#[derive(Debug, Clone, Template)]
#[template(path = "incidents.html")]
pub struct IncidentsPage {
    /// What every page knows.
    pub frame: Frame,
    /// The incidents, the latest first.
    pub rows: Vec<IncidentRow>,
    /// Whether those that are over are shown too.
    pub is_all: bool,
    /// Leads to those before the last one here.
    pub older: Option<String>,
}

/// The page `/incidents/{id}`, and the one behind the link of a message.
#[derive(Debug, Clone, Template)]
#[template(path = "incident.html")]
pub struct IncidentPage {
    /// What every page knows.
    pub frame: Frame,
    /// The incident.
    pub row: IncidentRow,
    /// What happened, in order.
    pub events: Vec<EventRow>,
    /// How whoever looks at it came here.
    pub way: Way,
}

/// How somebody came to an incident, which says what he can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Logged in as a technician: everything.
    LoggedIn,
    /// Logged in as a viewer: nothing.
    Looking,
    /// By the link of a message: to take it.
    Link {
        /// The link's secret.
        secret: String,
        /// What it was used for.
        used: Vec<IncidentEventKind>,
    },
}

/// An incident.
#[derive(Debug, Clone)]
pub struct IncidentRow {
    /// The incident.
    pub record: IncidentRecord,
    /// What is, or was, lost, the first first.
    pub lost: Vec<LostRow>,
}

/// A hall or device that is, or was, lost.
#[derive(Debug, Clone)]
pub struct LostRow {
    /// The hall that is lost, or in which the device stands.
    pub hall: HallCode,
    /// Its name.
    pub hall_name: String,
    /// Its area with its kind.
    pub area_name: String,
    /// The device; `None` when the hall is lost.
    pub device: Option<(DeviceId, DeviceName)>,
    /// What is to be looked at: the device, or the gateway of the hall.
    pub kind: DeviceKind,
    /// What is wrong with it.
    pub rule: Rule,
    /// What that was judged by, where something is measured.
    pub judged: Option<Judged>,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub end: Option<Timestamp>,
    /// Why, where that can be said.
    pub why: Option<Why>,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: IncidentEventKind,
    /// Who did it; empty for what the program does.
    pub who: String,
    /// What else there is to say.
    pub text: String,
}

impl LostRow {
    /// What stands before it while it lasts.
    fn mark(&self, frame: &Frame) -> StateMark {
        match self.rule {
            Rule::HallDown | Rule::DeviceDown => frame.mark(Shape::Down, "state-down"),
            Rule::HostKeyChanged => frame.mark(Shape::Down, "incident-key"),
            Rule::Unstable => frame.mark(Shape::Down, "incident-unstable"),
            Rule::Measured(_) => frame.mark(Shape::Down, "incident-over"),
        }
    }

    /// `mất gói 34 % (ngưỡng 10 %) trong 10 phút`.
    fn measured(&self, frame: &Frame) -> Option<String> {
        match (self.rule, &self.judged) {
            (Rule::Measured(measure), Some(judged)) => Some(rule::judged(measure, judged, frame.language.into())),
            (Rule::Measured(_) | Rule::HallDown | Rule::DeviceDown | Rule::HostKeyChanged | Rule::Unstable, _) => None,
        }
    }

    fn titled(&self, frame: &Frame, name: String) -> String {
        match self.rule {
            Rule::HallDown | Rule::DeviceDown | Rule::HostKeyChanged | Rule::Unstable => name,
            Rule::Measured(_) => format!("{}: {name}", rule::name(self.rule, frame.language.into())),
        }
    }
}

/// Names in a title; more are counted.
const NAMED: usize = 3;

impl IncidentRow {
    /// `Thôn 07 (lx-07)`; of several `lx-07, lx-08/ap-1`, up to three, and how many more.
    fn title(&self, frame: &Frame) -> String {
        let name = |lost: &LostRow| match (&lost.device, self.lost.len()) {
            (Some((_, device)), 1) => lost.titled(frame, format!("{device} – {} ({})", lost.hall_name, lost.hall)),
            (Some((_, device)), _) => lost.titled(frame, format!("{}/{device}", lost.hall)),
            (None, 1) => lost.titled(frame, format!("{} ({})", lost.hall_name, lost.hall)),
            (None, _) => lost.titled(frame, lost.hall.to_string()),
        };
        let mut names: Vec<String> = self.lost.iter().take(NAMED).map(name).collect();
        let more = self.lost.len().saturating_sub(NAMED);
        if more > 0 {
            names.push(frame.n("incident-more", more));
        }
        if names.is_empty() { frame.t1("incident-number", "id", self.record.id) } else { names.join(", ") }
    }

    /// The areas that it touches, each once.
    fn areas(&self) -> String {
        let mut areas: Vec<&str> = Vec::new();
        for lost in &self.lost {
            if !areas.contains(&lost.area_name.as_str()) {
                areas.push(&lost.area_name);
            }
        }
        areas.join(", ")
    }

    /// What stands before it while it lasts: one that is only about what is measured is not out.
    fn mark(&self, frame: &Frame) -> StateMark {
        let is_measured = |lost: &LostRow| matches!(lost.rule, Rule::Measured(_));
        let key = if self.lost.iter().all(is_measured) { "incident-over" } else { "incident-lasts" };
        frame.mark(Shape::Down, key)
    }

    /// Of each rule that something is measured by: its name, what it means, and the steps to do first.
    fn advice(&self, frame: &Frame) -> Vec<(String, String, Vec<String>)> {
        let of_measures = |lost: &LostRow| match lost.rule {
            Rule::Measured(_) => Some(lost.rule),
            Rule::HallDown | Rule::DeviceDown | Rule::HostKeyChanged | Rule::Unstable => None,
        };
        let rules: std::collections::BTreeSet<Rule> = self.lost.iter().filter_map(of_measures).collect();
        let language = frame.language.into();
        let said = |one: Rule| {
            let steps = rule::first(one, language).lines().map(str::to_owned).collect();
            (rule::name(one, language), rule::means(one, language), steps)
        };
        rules.into_iter().map(said).collect()
    }

    fn since(&self) -> Timestamp {
        self.lost.iter().map(|lost| lost.since).min().unwrap_or(self.record.opened)
    }

    fn is_open(&self) -> bool {
        self.record.ended.is_none()
    }

    /// What is known of why: of the first of which anything is.
    fn why(&self, frame: &Frame) -> Option<&LostRow> {
        let is_known = |lost: &&LostRow| lost.why.is_some_and(|why| why.words(frame).is_some());
        self.lost.iter().find(is_known).or_else(|| self.lost.first().filter(|lost| lost.why.is_some()))
    }

    /// See [`owner_of`].
    fn owner(&self, frame: &Frame) -> String {
        owner_of(&self.record, frame)
    }
}

/// `Chưa ai nhận xử lý`, or who has it and when he will be there.
pub(super) fn owner_of(record: &IncidentRecord, frame: &Frame) -> String {
    match (&record.owner, record.going) {
        (None, _) => frame.t("incident-nobody"),
        (Some(owner), None) => frame.t1("incident-owner", "name", owner),
        (Some(owner), Some((_, arrives))) => {
            frame.t2("incident-going", "name", owner, "time", format::short_date_time(frame.now, arrives))
        }
    }
}

impl IncidentsPage {
    fn older_link(&self, cursor: &str) -> String {
        let all = if self.is_all { "all=1&" } else { "" };
        format!("/incidents?{all}cursor={cursor}")
    }
}

impl IncidentPage {
    fn action(&self) -> String {
        match &self.way {
            Way::LoggedIn | Way::Looking => format!("/incidents/{}", self.row.record.id),
            Way::Link { secret, .. } => format!("/link/incident/{secret}"),
        }
    }

    fn is_link(&self) -> bool {
        matches!(self.way, Way::Link { .. })
    }

    fn is_logged_in(&self) -> bool {
        self.way == Way::LoggedIn
    }

    /// Whether whoever looks at it can still do this.
    fn can(&self, kind: IncidentEventKind) -> bool {
        let is_open = self.row.is_open();
        let record = &self.row.record;
        let makes_sense = match kind {
            IncidentEventKind::Acknowledged => is_open && record.acknowledged.is_none(),
            IncidentEventKind::GivenBack => is_open && record.acknowledged.is_some(),
            IncidentEventKind::Going => is_open && record.going.is_none(),
            IncidentEventKind::Snoozed => is_open && record.acknowledged.is_none(),
            IncidentEventKind::Comment | IncidentEventKind::Resolution => true,
            IncidentEventKind::Firing
            | IncidentEventKind::Reminder
            | IncidentEventKind::Growth
            | IncidentEventKind::Escalation
            | IncidentEventKind::Resolved => false,
        };
        makes_sense
            && match &self.way {
                Way::LoggedIn => true,
                Way::Looking => false,
                Way::Link { used, .. } => {
                    let is_for_links = matches!(
                        kind,
                        IncidentEventKind::Acknowledged | IncidentEventKind::Going | IncidentEventKind::Snoozed
                    );
                    is_for_links && !used.contains(&kind)
                }
            }
    }

    fn acknowledge(&self) -> bool {
        self.can(IncidentEventKind::Acknowledged)
    }

    fn give_back(&self) -> bool {
        self.can(IncidentEventKind::GivenBack)
    }

    fn go(&self) -> bool {
        self.can(IncidentEventKind::Going)
    }

    fn snooze(&self) -> bool {
        self.can(IncidentEventKind::Snoozed)
    }

    fn event(&self, event: &EventRow) -> String {
        let key = match event.kind {
            IncidentEventKind::Firing => "event-firing",
            IncidentEventKind::Reminder => "event-reminder",
            IncidentEventKind::Growth => "event-growth",
            IncidentEventKind::Escalation => "event-escalation",
            IncidentEventKind::Resolved => "event-resolved",
            IncidentEventKind::Acknowledged => "event-acknowledged",
            IncidentEventKind::GivenBack => "event-given-back",
            IncidentEventKind::Going => "event-going",
            IncidentEventKind::Snoozed => "event-snoozed",
            IncidentEventKind::Comment => "event-comment",
            IncidentEventKind::Resolution => "event-resolution",
        };
        let at = event.text.parse::<Timestamp>().map(|at| format::short_date_time(self.frame.now, at));
        self.frame.t2(key, "who", &event.who, "time", at.unwrap_or_default())
    }

    /// What a person wrote.
    fn said<'a>(&self, event: &'a EventRow) -> Option<&'a str> {
        match event.kind {
            IncidentEventKind::Comment | IncidentEventKind::Resolution => Some(&event.text),
            IncidentEventKind::Firing
            | IncidentEventKind::Reminder
            | IncidentEventKind::Growth
            | IncidentEventKind::Escalation
            | IncidentEventKind::Resolved
            | IncidentEventKind::Acknowledged
            | IncidentEventKind::GivenBack
            | IncidentEventKind::Going
            | IncidentEventKind::Snoozed => None,
        }
    }

    fn short(&self, at: &Timestamp) -> String {
        format::short_date_time(self.frame.now, *at)
    }

    fn kind(&self, kind: &DeviceKind) -> String {
        self.frame.t(kind_key(*kind))
    }
}
