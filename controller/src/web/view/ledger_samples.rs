//! Samples of the ledger of a hall.

use alerts::cause::Cause;
use alerts::health::HallState;
use alerts::ledger::{LedgerState, Month, Span, Sums, ledger};
use alerts::outage::{Outage, Subject};
use inventory::id::{CorrectionId, HallId, OutageId};
use jiff::Timestamp;

use super::ledger::{LedgerPage, LedgerRow};
use super::samples::{EVIL, frame, now};
use crate::store::{Correction, CorrectionRecord};
use crate::web::language::Language;
use crate::web::strip::Strip;
use crate::web::why::Why;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn correction(id: i64, what: Correction, reason: &str, made_by: &str) -> CorrectionRecord {
    CorrectionRecord {
        id: CorrectionId(id),
        hall: HallId(7),
        what,
        span: Span { from: at("2026-11-10T06:00:00Z"), to: at("2026-11-10T08:00:00Z") },
        reason: reason.to_owned(),
        made_by: made_by.to_owned(),
        made_at: at("2026-11-12T02:00:00Z"),
        undone: None,
    }
}

fn page(
    language: Language,
    month: &str,
    entries: &[(Timestamp, HallState)],
    corrections: Vec<CorrectionRecord>,
) -> LedgerPage {
    let month: Month = month.parse().unwrap();
    let span = Span { to: month.span().to.min(now()), ..month.span() };
    let holds = |record: &&CorrectionRecord| record.what == Correction::Excused && record.undone.is_none();
    let excused: Vec<Span> = corrections.iter().filter(holds).map(|record| record.span).collect();
    let made = ledger(entries, &excused, span);
    let why =
        |start, end, cause| Why::of(&Outage { end: Some(end), ..Outage::new(Subject::Hall(HallId(7)), start, cause) });
    let intervals = made.intervals().into_iter().filter(|interval| interval.state != LedgerState::Up);
    let rows = intervals.map(|interval| LedgerRow {
        interval,
        is_over: true,
        outage: matches!(interval.state, LedgerState::Down | LedgerState::Excused)
            .then(|| (OutageId(31), why(interval.from, interval.to, Cause::Power))),
    });
    LedgerPage {
        frame: frame(language, "/halls/lx-07/ledger"),
        code: "lx-07".parse().unwrap(),
        name: "Nhà văn hóa thôn 07".to_owned(),
        area_name: "xã Lạc Xuân".to_owned(),
        month,
        sums: Sums::of(&made),
        promised: Some(99.0),
        rows: rows.collect(),
        strip: Strip::of(made),
        corrections,
        is_technician: true,
        is_admin: true,
    }
}

/// Named samples of the page.
pub(super) fn ledger_pages(language: Language) -> Vec<(&'static str, LedgerPage)> {
    let entries = [
        (at("2026-11-02T03:00:00Z"), HallState::Up),
        (at("2026-11-05T01:12:07.250Z"), HallState::Down),
        (at("2026-11-05T02:00:31Z"), HallState::Up),
        (at("2026-11-10T06:05:00Z"), HallState::Down),
        (at("2026-11-10T07:58:12.345Z"), HallState::Up),
        (at("2026-11-15T00:00:00Z"), HallState::Partial),
        (at("2026-11-16T00:00:00Z"), HallState::Up),
        (at("2026-11-20T02:00:00Z"), HallState::Maintenance),
        (at("2026-11-20T05:00:00Z"), HallState::Up),
    ];
    let excused = || correction(1, Correction::Excused, "Điện lực cắt điện theo kế hoạch", "Hà");
    let undone = CorrectionRecord {
        undone: Some(("Minh".to_owned(), at("2026-11-13T02:00:00Z"))),
        ..correction(2, Correction::Cause(OutageId(31), Cause::Line), "Nhà mạng báo đứt cáp", "Hà")
    };
    let usual = page(language, "2026-11", &entries, vec![undone, excused()]);
    let looking = LedgerPage { is_admin: false, is_technician: false, ..usual.clone() };
    let whole = page(language, "2026-10", &[(at("2026-09-01T00:00:00Z"), HallState::Up)], Vec::new());
    let unseen = page(language, "2026-10", &[], Vec::new());
    let evil = LedgerPage {
        name: EVIL.to_owned(),
        area_name: EVIL.to_owned(),
        ..page(language, "2026-11", &entries, vec![correction(3, Correction::Excused, EVIL, EVIL)])
    };
    vec![("usual", usual), ("looking", looking), ("whole", whole), ("unseen", unseen), ("evil", evil)]
}
