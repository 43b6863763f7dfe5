//! Samples of the pages about incidents: what tests render, and what people look at.

use alerts::cause::{Cause, Evidence};
use alerts::decision::Reason;
use alerts::outage::{Outage, Subject};
use alerts::rule::measure::Measure;
use alerts::rule::setting::Amount;
use alerts::rule::{Judged, Rule, Severity};
use inventory::device::DeviceKind;
use inventory::id::{DeviceId, HallId, IncidentId, ScheduleId, SilenceId};
use jiff::Timestamp;

use super::decisions::{DecisionRow, DecisionsPage};
use super::incidents::{EventRow, IncidentPage, IncidentRow, IncidentsPage, LostRow, Way};
use super::samples::{EVIL, frame, minutes_ago};
use super::silences::{SilenceRow, SilencesPage};
use crate::store::{IncidentEventKind, IncidentRecord, Resolution};
use crate::web::frame::Frame;
use crate::web::language::Language;
use crate::web::why::Why;

fn record(id: i64, minutes: i64, ended: Option<i64>) -> IncidentRecord {
    IncidentRecord {
        id: IncidentId(id),
        thread: "t".to_owned(),
        opened: minutes_ago(minutes),
        told: minutes_ago(minutes - 1),
        ended: ended.map(minutes_ago),
        acknowledged: None,
        owner: None,
        going: None,
        snoozed: None,
        resolution: None,
    }
}

fn lost(n: i64, minutes: i64, end: Option<i64>) -> LostRow {
    let evidence = Evidence { halls_beside: 2, is_whole_area: false, ..Evidence::default() };
    let outage = Outage {
        end: end.map(minutes_ago),
        suspected: evidence.suspected(),
        evidence,
        ..Outage::new(Subject::Hall(HallId(n)), minutes_ago(minutes), Cause::Unknown)
    };
    LostRow {
        hall: format!("lx-{n:02}").parse().unwrap(),
        hall_name: format!("Nhà sinh hoạt cộng đồng thôn Thôn {n:02}"),
        area_name: "xã Lạc Xuân".to_owned(),
        device: None,
        kind: DeviceKind::Router,
        rule: Rule::HallDown,
        judged: None,
        since: minutes_ago(minutes),
        end: end.map(minutes_ago),
        why: Some(Why::of(&outage)),
    }
}

fn access_point() -> LostRow {
    LostRow {
        device: Some((DeviceId(9), "ap-2".parse().unwrap())),
        kind: DeviceKind::AccessPoint,
        why: None,
        ..lost(3, 340, None)
    }
}

fn event(minutes: i64, kind: IncidentEventKind, who: &str, text: &str) -> EventRow {
    EventRow { at: minutes_ago(minutes), kind, who: who.to_owned(), text: text.to_owned() }
}

fn time(minutes: i64) -> Timestamp {
    minutes_ago(minutes)
}

/// Named samples of the list.
pub(super) fn incidents(language: Language) -> Vec<(&'static str, IncidentsPage)> {
    let frame = || frame(language, "/incidents");
    let page = |rows, is_all| IncidentsPage { frame: frame(), rows, is_all, older: None };
    let open = IncidentRow {
        record: record(214, 12, None),
        lost: vec![lost(7, 12, None), lost(8, 12, None), lost(9, 11, None)],
    };
    let going = IncidentRecord {
        acknowledged: Some(time(300)),
        owner: Some("Hà".to_owned()),
        going: Some((time(300), time(-20))),
        ..record(213, 340, None)
    };
    let rows = vec![
        open.clone(),
        IncidentRow { record: going, lost: vec![access_point()] },
        IncidentRow { record: record(200, 9_000, Some(8_900)), lost: vec![lost(1, 9_000, Some(8_900))] },
    ];
    let mut evil = open;
    evil.record.owner = Some(EVIL.to_owned());
    evil.lost[0].area_name = EVIL.to_owned();
    vec![
        ("open", page(rows.clone(), false)),
        ("all", IncidentsPage { older: Some("x".to_owned()), ..page(rows, true) }),
        ("none", page(Vec::new(), false)),
        ("never", page(Vec::new(), true)),
        ("evil", page(vec![evil], false)),
    ]
}

/// Named samples of the page that says who was told.
pub(super) fn decisions(language: Language) -> Vec<(&'static str, DecisionsPage)> {
    let name = "Nhà sinh hoạt cộng đồng thôn Suối Thông B1";
    let reasons = [
        Reason::FirstNotification,
        Reason::Escalated,
        Reason::Recovery,
        Reason::SilencedBy(SilenceId(3)),
        Reason::QuietUntil(time(-400)),
        Reason::NotOnCall(ScheduleId(1)),
        Reason::Acknowledged,
        Reason::Nobody,
    ];
    let row = |reason, with: &str| DecisionRow {
        at: time(30),
        hall: ("dr-01".parse().unwrap(), name.to_owned()),
        device: (reason != Reason::Nobody).then(|| "ap-1".to_owned()),
        since: time(31),
        contact: (reason != Reason::Recovery).then(|| "Kỹ thuật viên Đạ Ròn".to_owned()),
        reason,
        with: with.to_owned(),
    };
    let page = |rows| DecisionsPage {
        frame: frame(language, "/decisions"),
        rows,
        older: None,
        halls: vec![("dr-01".parse().unwrap(), name.to_owned())],
        hall: Some("dr-01".parse().unwrap()),
        contacts: vec![(1, "Kỹ thuật viên Đạ Ròn".to_owned())],
        contact: Some(1),
    };
    let mut evil = row(Reason::NobodyOnCall(ScheduleId(1)), EVIL);
    evil.hall.1 = EVIL.to_owned();
    evil.contact = Some(EVIL.to_owned());
    vec![
        ("all", DecisionsPage { older: Some("x".to_owned()), ..page(reasons.map(|reason| row(reason, "3")).to_vec()) }),
        ("none", DecisionsPage { contacts: Vec::new(), hall: None, contact: None, ..page(Vec::new()) }),
        ("evil", page(vec![evil])),
    ]
}

/// Named samples of the page of silences.
pub(super) fn silences(language: Language) -> Vec<(&'static str, SilencesPage)> {
    let row = |what: &str, reason: &str| SilenceRow {
        id: 3,
        what: what.to_owned(),
        from: time(30),
        until: time(-90),
        reason: reason.to_owned(),
        made_by: "Hà".to_owned(),
    };
    let page = |rows, is_technician| SilencesPage {
        frame: frame(language, "/silences"),
        rows,
        older: None,
        is_technician,
        halls: vec![("dr-01".parse().unwrap(), "Nhà sinh hoạt cộng đồng thôn Suối Thông B1".to_owned())],
        areas: vec![("24937".to_owned(), "xã Đạ Ròn".to_owned())],
        chosen: "dr-01".to_owned(),
    };
    vec![
        ("some", page(vec![row("xã Đạ Ròn", "Điện lực cắt điện theo kế hoạch")], true)),
        ("none", page(Vec::new(), true)),
        ("looking", page(vec![row("dr-01/ap-1", "Đang thay thiết bị")], false)),
        ("evil", page(vec![row(EVIL, EVIL)], true)),
    ]
}

/// Named samples of one.
pub(super) fn incident(language: Language) -> Vec<(&'static str, IncidentPage)> {
    let frame = || frame(language, "/incidents/214");
    let row = IncidentRow {
        record: record(214, 12, None),
        lost: vec![lost(7, 12, None), lost(8, 12, None), lost(9, 11, None)],
    };
    let events = vec![event(11, IncidentEventKind::Firing, "", "")];
    let open = IncidentPage { frame: frame(), row: row.clone(), events: events.clone(), way: Way::LoggedIn };
    let judged = |value, threshold| Judged {
        value: Amount::whole(value),
        threshold: Amount::whole(threshold),
        hold_s: 900,
        severity: Severity::Warning,
    };
    let measured = |measure, judged| LostRow { rule: Rule::Measured(measure), judged: Some(judged), ..access_point() };
    let over_thresholds = vec![measured(Measure::Cpu, judged(97, 90)), measured(Measure::RebootLoop, judged(3, 3))];
    let mut measured = open.clone();
    measured.row.lost = over_thresholds;
    let mut worked = open.clone();
    worked.row.record = IncidentRecord {
        acknowledged: Some(time(8)),
        owner: Some("Hà".to_owned()),
        going: Some((time(8), time(-25))),
        ..worked.row.record
    };
    worked.events.extend([
        event(9, IncidentEventKind::Acknowledged, "Hà", ""),
        event(8, IncidentEventKind::Going, "Hà", &time(-25).to_string()),
        event(5, IncidentEventKind::Comment, "Hà", "Gọi trưởng thôn: cả xóm mất điện từ 4 giờ 40."),
    ]);
    let mut over = worked.clone();
    over.row.record.ended = Some(time(1));
    over.row.record.resolution = Some(Resolution {
        at: time(1),
        wrong: "Đứt dây nhánh".to_owned(),
        done: "Điện lực đã nối lại".to_owned(),
        part: String::new(),
    });
    over.row.lost = vec![lost(7, 12, Some(1))];
    over.events.push(event(1, IncidentEventKind::Resolved, "", ""));
    let link = Way::Link { secret: "x".to_owned(), used: vec![IncidentEventKind::Snoozed] };
    let by_link =
        IncidentPage { frame: Frame { is_signed_in: false, is_admin: false, ..frame() }, way: link, ..open.clone() };
    let looking = IncidentPage { way: Way::Looking, ..open.clone() };
    let mut evil = worked.clone();
    evil.row.lost[0].hall_name = EVIL.to_owned();
    evil.row.record.owner = Some(EVIL.to_owned());
    evil.events.push(event(2, IncidentEventKind::Comment, EVIL, EVIL));
    vec![
        ("open", open),
        ("measured", measured),
        ("worked", worked),
        ("over", over),
        ("link", by_link),
        ("looking", looking),
        ("evil", evil),
    ]
}
