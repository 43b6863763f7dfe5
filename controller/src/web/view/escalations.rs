//! Escalations: who is told of what, in sentences, and who would be told now.

use askama::Template;
use inventory::hall::HallCode;

use crate::web::assets;
use crate::web::frame::Frame;

/// The page `/escalations`.
#[derive(Debug, Clone, Template)]
#[template(path = "escalations.html")]
pub struct EscalationsPage {
    /// What every page knows.
    pub frame: Frame,
    /// Escalations by name.
    pub rows: Vec<EscalationRow>,
    /// Whether some channels have receivers of their own, who hear of everything.
    pub has_everybody: bool,
    /// Whether who looks keeps them.
    pub is_keeper: bool,
    /// Areas to choose from: code and name.
    pub areas: Vec<(String, String)>,
    /// Who can be told: `contact:1` or `schedule:2`, and how that is called.
    pub whos: Vec<(String, String)>,
    /// The sections by which people can be reached.
    pub channels: Vec<String>,
    /// A new escalation, as far as it was filled in.
    pub new: EscalationForm,
    /// Halls to choose from: code and name.
    pub halls: Vec<(HallCode, String)>,
    /// What was asked: who would be told now.
    pub preview: Option<Preview>,
    /// What was wrong.
    pub faults: Vec<String>,
}

/// An escalation.
#[derive(Debug, Clone)]
pub struct EscalationRow {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// Each step in a sentence.
    pub steps: Vec<String>,
    /// What somebody should know of it.
    pub warnings: Vec<String>,
    /// Whether this is what was just tried.
    pub is_tried: bool,
    /// What its form holds.
    pub form: EscalationForm,
}

/// Who would be told now.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// Code of the hall.
    pub hall: String,
    /// `warning` or `critical`.
    pub severity: String,
    /// The name of the hall.
    pub hall_name: String,
    /// Each escalation that is about it, with what each of its steps would do.
    pub lines: Vec<(String, Vec<String>)>,
}

/// What a form holds.
#[derive(Debug, Clone, Default)]
pub struct EscalationForm {
    /// Its name.
    pub name: String,
    /// Code of an area; everywhere when empty.
    pub area: String,
    /// `warning` or `critical`.
    pub least: String,
    /// Steps, with an empty one.
    pub steps: Vec<StepForm>,
}

/// What the part of a form about a step holds.
#[derive(Debug, Clone, Default)]
pub struct StepForm {
    /// Minutes after the step before.
    pub minutes: String,
    /// Who, and by which channel; with some empty ones.
    pub targets: Vec<(String, String)>,
}

impl EscalationsPage {
    fn severities(&self) -> [(&'static str, String); 2] {
        [("warning", self.frame.t("least-warning")), ("critical", self.frame.t("least-critical"))]
    }

    fn is_asked_hall(&self, code: &HallCode) -> bool {
        self.preview.as_ref().is_some_and(|preview| preview.hall == code.as_str())
    }

    fn is_asked_severity(&self, word: &str) -> bool {
        self.preview.as_ref().is_some_and(|preview| preview.severity == word)
    }
}
