//! Rules: what is watched, from which value on people are told, and what that would have told.

use alerts::rule::measure::{Measure, MeasureOf};
use alerts::rule::setting::Setting;
use alerts::rule::{Rule, Severity};
use askama::Template;
use inventory::device::DeviceKind;
use inventory::hall::HallCode;
use notify::text::rule;

use crate::web::assets;
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::part::kind_key;

/// The page `/rules`.
#[derive(Debug, Clone, Template)]
#[template(path = "rules.html")]
pub struct RulesPage {
    /// What every page knows.
    pub frame: Frame,
    /// Every rule that can be set: as it is built in or set for everything, and then as it is set for less.
    pub rows: Vec<RuleRow>,
    /// Rules that cannot be set.
    pub fixed: Vec<Rule>,
}

/// A rule as it is set.
#[derive(Debug, Clone)]
pub struct RuleRow {
    /// The rule.
    pub measure: Measure,
    /// How it is set.
    pub setting: Setting,
    /// Where: the name of an area, empty for everywhere.
    pub area: String,
    /// On which devices; all without one.
    pub kind: Option<DeviceKind>,
    /// Who set it; empty for what is built in.
    pub changed_by: String,
}

/// The page `/rules/{rule}`.
#[derive(Debug, Clone, Template)]
#[template(path = "rule.html")]
pub struct RulePage {
    /// What every page knows.
    pub frame: Frame,
    /// The rule.
    pub measure: Measure,
    /// How it is set now, everywhere and for less.
    pub rows: Vec<RuleRow>,
    /// The codes of the areas of `rows`, in their order: what a form that takes one back has to say.
    pub row_areas: Vec<String>,
    /// What stands in the form.
    pub form: RuleForm,
    /// Areas to choose from: code and name.
    pub areas: Vec<(String, String)>,
    /// Whether who looks may set it.
    pub is_admin: bool,
    /// What is wrong with what was sent.
    pub faults: Vec<String>,
    /// What it would have told.
    pub preview: Option<PreviewSeen>,
}

/// What stands in the form, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct RuleForm {
    /// The code of the area.
    pub area: String,
    /// The word of the kind.
    pub kind: String,
    /// The threshold.
    pub threshold: String,
    /// Minutes.
    pub hold: String,
    /// Minutes.
    pub keep: String,
    /// The word of the severity.
    pub severity: String,
    /// Whether anybody is told.
    pub is_enabled: bool,
}

/// What a rule would have told of the last 30 days.
#[derive(Debug, Clone)]
pub struct PreviewSeen {
    /// Whether samples are kept of what it looks at.
    pub is_known: bool,
    /// How often it would have fired.
    pub times: usize,
    /// Where: code, name, how often.
    pub halls: Vec<(HallCode, String, usize)>,
}

/// Halls of a preview that are named.
const NAMED: usize = 10;

impl RuleRow {
    fn threshold(&self, frame: &Frame) -> String {
        rule::amount(self.measure.unit(), self.setting.threshold, frame.language.into())
    }

    fn hold(&self, frame: &Frame) -> String {
        lasting(frame, self.setting.hold_s)
    }

    fn keep(&self, frame: &Frame) -> String {
        lasting(frame, self.setting.keep_s)
    }

    fn scope(&self, frame: &Frame) -> String {
        let area = if self.area.is_empty() { frame.t("rule-everywhere") } else { self.area.clone() };
        match self.kind {
            Some(kind) => format!("{area}, {}", frame.t(kind_key(kind))),
            None => area,
        }
    }

    fn severity(&self, frame: &Frame) -> String {
        frame.t(severity_key(self.setting.severity))
    }

    fn name(&self, frame: &Frame) -> String {
        rule::name(Rule::Measured(self.measure), frame.language.into())
    }

    fn means(&self, frame: &Frame) -> String {
        rule::means(Rule::Measured(self.measure), frame.language.into())
    }

    /// Whether it is the first row of its rule.
    fn is_for_all(&self) -> bool {
        self.area.is_empty() && self.kind.is_none()
    }
}

impl RulesPage {
    fn name(&self, one: &Rule) -> String {
        rule::name(*one, self.frame.language.into())
    }

    fn means(&self, one: &Rule) -> String {
        rule::means(*one, self.frame.language.into())
    }
}

impl RulePage {
    fn name(&self) -> String {
        rule::name(Rule::Measured(self.measure), self.frame.language.into())
    }

    fn means(&self) -> String {
        rule::means(Rule::Measured(self.measure), self.frame.language.into())
    }

    fn first(&self) -> Vec<String> {
        let steps = rule::first(Rule::Measured(self.measure), self.frame.language.into());
        // The list numbers them by itself.
        let unnumbered = |line: &str| match line.split_once(". ") {
            Some((number, step)) if number.parse::<u8>().is_ok() => step.to_owned(),
            Some(_) | None => line.to_owned(),
        };
        steps.lines().map(unnumbered).collect()
    }

    /// `Ngưỡng (1 – 100 %)`.
    fn threshold_label(&self) -> String {
        let (least, most) = self.measure.thresholds();
        let language = self.frame.language.into();
        let span = format!(
            "{} – {}",
            format::short_number(self.frame.language, least.value()),
            rule::amount(self.measure.unit(), most, language)
        );
        self.frame.t1("rule-threshold-within", "span", span)
    }

    fn is_of_devices(&self) -> bool {
        self.measure.of() == MeasureOf::Devices
    }

    fn kinds(&self) -> Vec<(&'static str, String)> {
        DeviceKind::ALL.iter().map(|kind| (kind.as_str(), self.frame.t(kind_key(*kind)))).collect()
    }

    fn severities(&self) -> Vec<(&'static str, String)> {
        Severity::ALL.iter().map(|one| (one.as_str(), self.frame.t(severity_key(*one)))).collect()
    }

    /// What the preview found, in a sentence.
    fn previewed(&self, preview: &PreviewSeen) -> String {
        match (preview.is_known, preview.times) {
            (false, _) => self.frame.t("rule-preview-unknown"),
            (true, 0) => self.frame.t("rule-preview-never"),
            (true, times) => self.frame.n("rule-preview-times", times),
        }
    }

    /// The halls of the preview, with how often, as far as they are named.
    fn named(&self, preview: &PreviewSeen) -> Vec<(HallCode, String, String)> {
        let named = preview.halls.iter().take(NAMED);
        named.map(|(code, name, times)| (code.clone(), name.clone(), self.frame.n("rule-times", *times))).collect()
    }

    /// How many more there are.
    fn more(&self, preview: &PreviewSeen) -> Option<String> {
        let more = preview.halls.len().saturating_sub(NAMED);
        (more > 0).then(|| self.frame.n("rule-preview-more", more))
    }
}

fn lasting(frame: &Frame, seconds: u32) -> String {
    match seconds {
        0 => frame.t("rule-at-once"),
        _ => format::duration(frame.language, i64::from(seconds)),
    }
}

fn severity_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "severity-warning",
        Severity::Critical => "severity-critical",
    }
}
