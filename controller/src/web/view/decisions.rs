//! Why people were, or were not, told.

use alerts::decision::Reason;
use askama::Template;
use inventory::hall::HallCode;
use jiff::Timestamp;

use crate::web::frame::Frame;
use crate::web::{assets, format};

/// The page `/decisions`.
#[derive(Debug, Clone, Template)]
#[template(path = "decisions.html")]
pub struct DecisionsPage {
    /// What every page knows.
    pub frame: Frame,
    /// The latest first.
    pub rows: Vec<DecisionRow>,
    /// Leads to those before the last one here.
    pub older: Option<String>,
    /// Halls to choose from: code and name.
    pub halls: Vec<(HallCode, String)>,
    /// The hall that is looked at.
    pub hall: Option<HallCode>,
    /// Contacts to choose from: id and name.
    pub contacts: Vec<(i64, String)>,
    /// The contact that is looked at.
    pub contact: Option<i64>,
}

/// A decision.
#[derive(Debug, Clone)]
pub struct DecisionRow {
    /// When it was made.
    pub at: Timestamp,
    /// The hall: code and name.
    pub hall: (HallCode, String),
    /// The device, when it is a device's.
    pub device: Option<String>,
    /// When the fault began.
    pub since: Timestamp,
    /// The contact; the channels that hear of everything when there is none.
    pub contact: Option<String>,
    /// What was decided.
    pub reason: Reason,
    /// What it has to do with: a device, a hall, a schedule.
    pub with: String,
}

impl DecisionRow {
    /// Whether somebody was told.
    fn is_told(&self) -> bool {
        match self.reason {
            Reason::FirstNotification
            | Reason::GroupedInto(_)
            | Reason::Reminder
            | Reason::Recovery
            | Reason::Escalated
            | Reason::Digest => true,
            Reason::InhibitedBy(_)
            | Reason::SilencedBy(_)
            | Reason::Maintenance
            | Reason::Unstable
            | Reason::OverBeforeTold
            | Reason::QuietUntil(_)
            | Reason::NotOnCall(_)
            | Reason::LaterStep
            | Reason::Acknowledged
            | Reason::NobodyOnCall(_)
            | Reason::Nobody => false,
        }
    }
}

impl DecisionsPage {
    fn why(&self, row: &DecisionRow) -> String {
        let say = |key: &str| self.frame.t1(key, "with", &row.with);
        match row.reason {
            Reason::FirstNotification => say("decision-first-notification"),
            Reason::GroupedInto(_) => say("decision-grouped-into"),
            Reason::Reminder => say("decision-reminder"),
            Reason::Recovery => say("decision-recovery"),
            Reason::Escalated => say("decision-escalated"),
            Reason::Digest => say("decision-digest"),
            Reason::InhibitedBy(_) => say("decision-inhibited-by"),
            Reason::SilencedBy(_) => say("decision-silenced-by"),
            Reason::Maintenance => say("decision-maintenance"),
            Reason::Unstable => say("decision-unstable"),
            Reason::OverBeforeTold => say("decision-over-before-told"),
            Reason::QuietUntil(until) => {
                self.frame.t1("decision-quiet-until", "with", format::short_date_time(self.frame.now, until))
            }
            Reason::NotOnCall(_) => say("decision-not-on-call"),
            Reason::LaterStep => say("decision-later-step"),
            Reason::Acknowledged => say("decision-acknowledged"),
            Reason::NobodyOnCall(_) => say("decision-nobody-on-call"),
            Reason::Nobody => say("decision-nobody"),
        }
    }

    fn who(&self, row: &DecisionRow) -> String {
        row.contact.clone().unwrap_or_else(|| self.frame.t("decision-everybody"))
    }

    fn is_hall(&self, code: &HallCode) -> bool {
        self.hall.as_ref() == Some(code)
    }

    fn is_contact(&self, id: &i64) -> bool {
        self.contact == Some(*id)
    }

    fn older_link(&self, cursor: &str) -> String {
        let hall = self.hall.as_ref().map(|code| format!("&hall={code}")).unwrap_or_default();
        let contact = self.contact.map(|id| format!("&contact={id}")).unwrap_or_default();
        format!("/decisions?cursor={cursor}{hall}{contact}")
    }
}
