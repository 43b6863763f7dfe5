//! Samples of the pages of rules.

use alerts::rule::Rule;
use alerts::rule::measure::Measure;
use alerts::rule::setting::{Amount, Setting};
use inventory::device::DeviceKind;

use super::rules::{PreviewSeen, RuleForm, RulePage, RuleRow, RulesPage};
use super::samples::{EVIL, frame};
use crate::web::language::Language;

fn row(measure: Measure, area: &str, kind: Option<DeviceKind>, changed_by: &str) -> RuleRow {
    let setting = measure.default_setting();
    RuleRow { measure, setting, area: area.to_owned(), kind, changed_by: changed_by.to_owned() }
}

/// Named samples of the list.
pub(super) fn rules(language: Language) -> Vec<(&'static str, RulesPage)> {
    let page = |rows| RulesPage {
        frame: frame(language, "/rules"),
        rows,
        fixed: vec![Rule::HallDown, Rule::DeviceDown, Rule::HostKeyChanged],
    };
    let mut rows: Vec<RuleRow> = Measure::ALL.iter().map(|measure| row(*measure, "", None, "")).collect();
    let off = RuleRow {
        setting: Setting { is_enabled: false, threshold: Amount::of(0.5), ..Measure::Cpu.default_setting() },
        ..row(Measure::Cpu, "xã Đạ Ròn", Some(DeviceKind::AccessPoint), "Hà")
    };
    rows.push(off);
    vec![("all", page(rows)), ("evil", page(vec![row(Measure::Cpu, EVIL, None, EVIL)]))]
}

/// Named samples of one.
pub(super) fn rule(language: Language) -> Vec<(&'static str, RulePage)> {
    let form = RuleForm {
        threshold: "10".to_owned(),
        hold: "10".to_owned(),
        keep: "10".to_owned(),
        severity: "warning".to_owned(),
        is_enabled: true,
        ..RuleForm::default()
    };
    let page = |measure, rows: Vec<RuleRow>| RulePage {
        frame: frame(language, "/rules/packet_loss"),
        measure,
        row_areas: rows.iter().map(|_| "24937".to_owned()).collect(),
        rows,
        form: form.clone(),
        areas: vec![("24937".to_owned(), "xã Đạ Ròn".to_owned())],
        is_admin: true,
        faults: Vec::new(),
        preview: None,
    };
    let hall = |n: usize| (format!("lx-{n:02}").parse().unwrap(), format!("Nhà sinh hoạt cộng đồng thôn {n:02}"), n);
    let preview = |times, halls: Vec<_>| PreviewSeen { is_known: true, times, halls };
    let usual = page(Measure::PacketLoss, vec![row(Measure::PacketLoss, "", None, "")]);
    let router = row(Measure::PacketLoss, "xã Đạ Ròn", Some(DeviceKind::Router), "Hà");
    let mut previewed = page(Measure::PacketLoss, vec![row(Measure::PacketLoss, "", None, "Hà"), router]);
    previewed.preview = Some(preview(78, (1..=12).map(hall).collect()));
    let mut never = usual.clone();
    never.preview = Some(preview(0, Vec::new()));
    let mut unknown = usual.clone();
    unknown.preview = Some(PreviewSeen { is_known: false, times: 0, halls: Vec::new() });
    let mut looking = usual.clone();
    looking.is_admin = false;
    let mut evil = usual.clone();
    evil.rows[0].area = EVIL.to_owned();
    evil.faults = vec![EVIL.to_owned()];
    evil.form.threshold = EVIL.to_owned();
    vec![
        ("usual", usual),
        ("of-hall", page(Measure::Bandwidth, vec![row(Measure::Bandwidth, "", None, "")])),
        ("previewed", previewed),
        ("never", never),
        ("unknown", unknown),
        ("looking", looking),
        ("evil", evil),
    ]
}
