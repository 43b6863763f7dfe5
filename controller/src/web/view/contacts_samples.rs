//! Samples of the pages about who is told.

use super::contacts::{ContactForm, ContactRow, ContactsPage};
use super::escalations::{EscalationForm, EscalationRow, EscalationsPage, Preview, StepForm};
use super::samples::{EVIL, frame, minutes_ago};
use super::schedules::{
    DayRow, OnCallNow, RotationForm, ScheduleForm, SchedulePage, ScheduleRow, SchedulesPage, StandInForm, StandInRow,
    TurnRow,
};
use crate::web::language::Language;

/// Named samples of the page of contacts.
pub(super) fn contacts(language: Language) -> Vec<(&'static str, ContactsPage)> {
    let form = |name: &str| ContactForm {
        name: name.to_owned(),
        post: name.to_owned(),
        language: "vi".to_owned(),
        user: "1".to_owned(),
        addresses: vec![("sms".to_owned(), name.to_owned()), (String::new(), String::new())],
        quiet_from: "22:00".to_owned(),
        quiet_until: "05:30".to_owned(),
    };
    let row = |id: i64, name: &str| ContactRow {
        id,
        name: name.to_owned(),
        post: name.to_owned(),
        told: vec![format!("sms: {name}")],
        quiet: (id == 1).then(|| "22:00–05:30".to_owned()),
        used_in: if id == 1 { vec![name.to_owned()] } else { Vec::new() },
        is_open: id == 1,
        is_tried: id == 1,
        form: form(name),
    };
    let page = |rows: Vec<ContactRow>, is_keeper| ContactsPage {
        frame: frame(language, "/contacts"),
        rows,
        is_keeper,
        channels: vec![("sms".to_owned(), "84901234567"), ("mail".to_owned(), "technician@example.vn")],
        users: vec![("1".to_owned(), "ha".to_owned())],
        new: ContactForm::default(),
        faults: Vec::new(),
    };
    let nowhere = ContactRow { told: Vec::new(), ..row(2, "Trưởng nhóm hạ tầng") };
    vec![
        ("some", page(vec![row(1, "Nguyễn Thị Hà"), nowhere.clone()], true)),
        ("none", page(Vec::new(), true)),
        ("without-channels", ContactsPage { channels: Vec::new(), ..page(Vec::new(), true) }),
        ("own", page(vec![row(1, "Nguyễn Thị Hà"), nowhere], false)),
        ("evil", ContactsPage { faults: vec![EVIL.to_owned()], ..page(vec![row(1, EVIL)], true) }),
    ]
}

fn schedule_row(name: &str, is_held: bool) -> ScheduleRow {
    ScheduleRow {
        id: 1,
        name: name.to_owned(),
        now: OnCallNow { who: is_held.then(|| name.to_owned()), until: Some(minutes_ago(-90)) },
        warnings: if is_held { Vec::new() } else { vec![name.to_owned()] },
    }
}

fn schedule_form(name: &str) -> ScheduleForm {
    let rotation = RotationForm {
        contacts: vec!["1".to_owned(), String::new()],
        start: "2026-11-23".to_owned(),
        days: "7".to_owned(),
        from: "06:00".to_owned(),
        until: "18:00".to_owned(),
    };
    ScheduleForm { name: name.to_owned(), rotations: vec![rotation, RotationForm::default()] }
}

/// Named samples of the list of schedules.
pub(super) fn schedules(language: Language) -> Vec<(&'static str, SchedulesPage)> {
    let page = |rows, name: &str, is_keeper| SchedulesPage {
        frame: frame(language, "/schedules"),
        rows,
        is_keeper,
        contacts: vec![("1".to_owned(), name.to_owned())],
        new: schedule_form(name),
        faults: Vec::new(),
    };
    let without = SchedulesPage { contacts: Vec::new(), ..page(Vec::new(), "Hà", true) };
    vec![
        ("some", page(vec![schedule_row("Tuần", true)], "Hà", true)),
        ("hole", page(vec![schedule_row("Đêm", false)], "Hà", false)),
        ("none", page(Vec::new(), "Hà", true)),
        ("without-contacts", without),
        ("evil", page(vec![schedule_row(EVIL, false)], EVIL, true)),
    ]
}

/// Named samples of the page of a schedule.
pub(super) fn schedule(language: Language) -> Vec<(&'static str, SchedulePage)> {
    let turn = |hours: &str, who: Option<&str>, is_now| TurnRow {
        hours: hours.to_owned(),
        who: who.map(str::to_owned),
        is_now,
    };
    let page = |name: &str, is_keeper, is_open| SchedulePage {
        frame: frame(language, "/schedules/1"),
        row: schedule_row(name, false),
        days: (0..7)
            .map(|n| DayRow {
                name: format!("Thứ Hai {:02}/11", 23 + n),
                is_today: n == 2,
                turns: vec![turn("00:00–08:00", None, false), turn("08:00–24:00", Some(name), n == 2)],
            })
            .collect(),
        before: "2026-11-16".to_owned(),
        after: "2026-11-30".to_owned(),
        is_elsewhere: is_keeper,
        stand_ins: vec![StandInRow {
            id: 4,
            who: name.to_owned(),
            from: minutes_ago(60),
            until: minutes_ago(-600),
            made_by: name.to_owned(),
        }],
        is_keeper,
        is_open,
        contacts: vec![("1".to_owned(), name.to_owned())],
        form: schedule_form(name),
        stand_in: StandInForm { from: "2026-11-25T08:00".to_owned(), ..StandInForm::default() },
        faults: Vec::new(),
    };
    vec![
        ("kept", page("Nguyễn Thị Hà", true, true)),
        ("own", page("Nguyễn Thị Hà", false, true)),
        ("looking", page("Nguyễn Thị Hà", false, false)),
        ("evil", SchedulePage { faults: vec![EVIL.to_owned()], ..page(EVIL, true, true) }),
    ]
}

/// Named samples of the page of escalations.
pub(super) fn escalations(language: Language) -> Vec<(&'static str, EscalationsPage)> {
    let form = |name: &str| EscalationForm {
        name: name.to_owned(),
        area: "24937".to_owned(),
        least: "critical".to_owned(),
        steps: vec![
            StepForm { minutes: "0".to_owned(), targets: vec![("schedule:1".to_owned(), String::new())] },
            StepForm { minutes: "15".to_owned(), targets: vec![("contact:1".to_owned(), "sms".to_owned())] },
        ],
    };
    let row = |name: &str| EscalationRow {
        id: 1,
        name: name.to_owned(),
        about: format!("xã Đạ Ròn · {name}"),
        steps: vec![name.to_owned(), "Sau 15 phút chưa ai nhận: Trưởng nhóm qua sms".to_owned()],
        warnings: vec![name.to_owned()],
        is_tried: false,
        form: form(name),
    };
    let page = |rows: Vec<EscalationRow>, name: &str, is_keeper| EscalationsPage {
        frame: frame(language, "/escalations"),
        rows,
        has_everybody: is_keeper,
        is_keeper,
        areas: vec![("24937".to_owned(), "xã Đạ Ròn".to_owned())],
        whos: vec![("schedule:1".to_owned(), name.to_owned()), ("contact:1".to_owned(), name.to_owned())],
        channels: vec!["sms".to_owned()],
        new: EscalationForm { steps: vec![StepForm::default()], ..EscalationForm::default() },
        halls: vec![("dr-01".parse().unwrap(), name.to_owned())],
        preview: None,
        faults: Vec::new(),
    };
    let preview = |name: &str, lines| Preview {
        hall: "dr-01".to_owned(),
        severity: "critical".to_owned(),
        hall_name: name.to_owned(),
        lines,
    };
    let asked = |name: &str, lines| EscalationsPage {
        preview: Some(preview(name, lines)),
        ..page(vec![row(name)], name, false)
    };
    let told = |name: &str| vec![(name.to_owned(), vec![name.to_owned()])];
    vec![
        ("some", page(vec![row("Đạ Ròn")], "Hà", true)),
        ("none", page(Vec::new(), "Hà", true)),
        ("nobody", EscalationsPage { whos: Vec::new(), ..page(Vec::new(), "Hà", false) }),
        ("asked", asked("Hà", told("Hà"))),
        ("asked-nobody", asked("Hà", Vec::new())),
        ("evil", EscalationsPage { faults: vec![EVIL.to_owned()], is_keeper: true, ..asked(EVIL, told(EVIL)) }),
    ]
}
