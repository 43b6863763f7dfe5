//! Silences: what nobody is told of, until when, and who wants it so.

use askama::Template;
use inventory::hall::HallCode;
use jiff::Timestamp;

use crate::web::assets;
use crate::web::frame::Frame;

/// The page `/silences`.
#[derive(Debug, Clone, Template)]
#[template(path = "silences.html")]
pub struct SilencesPage {
    /// What every page knows.
    pub frame: Frame,
    /// Those that are not over, those that last longest first.
    pub rows: Vec<SilenceRow>,
    /// Leads to those before the last one here.
    pub older: Option<String>,
    /// Whether who looks may make and end them.
    pub is_technician: bool,
    /// Halls to choose from: code and name.
    pub halls: Vec<(HallCode, String)>,
    /// Areas to choose from: code and name.
    pub areas: Vec<(String, String)>,
    /// The hall that was come from.
    pub chosen: String,
}

/// A silence.
#[derive(Debug, Clone)]
pub struct SilenceRow {
    /// Its id.
    pub id: i64,
    /// What it is of.
    pub what: String,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who wants it so.
    pub made_by: String,
}

/// How long a silence may be (hours), as choices.
const HOURS: [(u32, &str); 5] =
    [(1, "silence-1h"), (4, "silence-4h"), (24, "silence-1d"), (72, "silence-3d"), (168, "silence-7d")];

impl SilencesPage {
    fn hours(&self) -> Vec<(u32, String)> {
        HOURS.into_iter().map(|(hours, key)| (hours, self.frame.t(key))).collect()
    }

    fn is_chosen(&self, code: &HallCode) -> bool {
        code.as_str() == self.chosen
    }

    fn older_link(&self, cursor: &str) -> String {
        format!("/silences?cursor={cursor}")
    }
}
