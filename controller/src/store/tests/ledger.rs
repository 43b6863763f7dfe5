//! What the ledger of a hall is made of beside what is judged as it happens: what came late, and what people correct.

use alerts::Effect;
use alerts::health::HallState;
use alerts::late::Late;
use alerts::ledger::{Entry, Span};
use alerts::outage::{Cause, Outage, Subject};

use super::fixture::{at, entry, hall, small_fleet};
use super::on_both;
use crate::store::{Correction, CorrectionRecord, Db, NewCorrection, OutageFilter, PageAsk, Scope};

on_both! {
    what_came_late_is_noted_once_and_fills_a_stretch_of_the_history,
    a_correction_holds_until_it_is_taken_back,
}

async fn write(db: &Db, effects: &[Effect]) {
    db.judgement_write(effects, &[], None).await.expect("it writes");
}

async fn what_came_late_is_noted_once_and_fills_a_stretch_of_the_history(db: &Db) {
    small_fleet(db).await;
    let here = hall(db, "dr-01").await;
    let late = |from, to, came| Late { hall: here, span: Span { from: at(from), to: at(to) }, came: at(came) };
    write(db, &[Effect::Late(late(100, 110, 500)), Effect::Late(late(90, 105, 501))]).await;
    write(db, &[Effect::Late(late(120, 130, 400))]).await;
    assert_eq!(db.late_list(at(500)).await.expect("it reads"), [], "something of it came later");
    let noted = db.late_list(at(501)).await.expect("it reads");
    assert_eq!(noted, [late(90, 130, 501)]);

    let state = |state, seconds| Entry { hall: here, from: at(seconds), state };
    let before = [state(HallState::Up, 0), state(HallState::Unknown, 80), state(HallState::Up, 125)];
    db.past_write(&[], &before).await.expect("it writes");
    let filled = [state(HallState::Down, 85), state(HallState::Up, 95)];
    let outage = Outage { end: Some(at(95)), ..Outage::new(Subject::Hall(here), at(85), Cause::Unknown) };
    let span = Span { from: at(85), to: at(110) };
    db.late_taken(&noted[0], span, Some(&filled.to_vec()), &[outage], false).await.expect("it writes");
    let history = async || db.hall_history(&Scope::All, at(-1), Some(here)).await.expect("it reads")[&here].clone();
    let expected = [
        (at(0), HallState::Up),
        (at(80), HallState::Unknown),
        (at(85), HallState::Down),
        (at(95), HallState::Up),
        (at(110), HallState::Unknown),
        (at(125), HallState::Up),
    ];
    assert_eq!(history().await, expected, "what it was after the stretch stays");
    assert_eq!(db.late_list(at(501)).await.expect("it reads"), noted, "it was not done with");
    write(db, &[Effect::Late(late(140, 150, 502))]).await;
    db.late_taken(&noted[0], span, None, &[], true).await.expect("it writes");
    assert_eq!(db.late_list(at(600)).await.expect("it reads"), [late(90, 150, 502)], "more has come since");
    db.late_taken(&late(90, 150, 502), span, None, &[], true).await.expect("it writes");
    assert_eq!((db.late_list(at(600)).await.expect("it reads"), history().await), (vec![], expected.to_vec()));
}

async fn a_correction_holds_until_it_is_taken_back(db: &Db) {
    small_fleet(db).await;
    let (here, there) = (hall(db, "dr-01").await, hall(db, "dr-02").await);
    let outage = Outage { end: Some(at(200)), ..Outage::new(Subject::Hall(here), at(100), Cause::Line) };
    write(db, &[Effect::Outage(outage)]).await;
    let listed = async || {
        db.outage_list(&Scope::All, &OutageFilter::default(), &PageAsk::first()).await.expect("it lists").items[0]
    };
    let id = listed().await.id;
    let entry = entry();
    let span = Span { from: at(100), to: at(200) };
    let new =
        |what, reason: &str| NewCorrection { hall: here, what, span, reason: reason.into(), made_by: "Hà".into() };
    let cause = Correction::Cause(id, Cause::Power);
    let first = db.correction_create(&new(cause, "a"), &entry).await.expect("it writes");
    let second = db.correction_create(&new(Correction::Excused, "b"), &entry).await.expect("it writes");
    assert_eq!(listed().await.outage.cause, Cause::Power, "people see what was corrected");
    let snapshot = db.engine_snapshot().await.expect("it reads");
    assert!(snapshot.outages.iter().all(|row| row.cause == Cause::Line), "the engine goes on with what it found");

    let ids = |records: &[CorrectionRecord]| records.iter().map(|record| record.id).collect::<Vec<_>>();
    let within = async |from, to| {
        let span = Span { from: at(from), to: at(to) };
        db.correction_within(&Scope::All, here, span).await.expect("it reads")
    };
    assert_eq!(ids(&within(0, 101).await), [second, first]);
    assert_eq!((ids(&within(0, 100).await), ids(&within(200, 300).await)), (vec![], vec![]));
    let ask = PageAsk { cursor: None, limit: 1 };
    let page = db.correction_list(&Scope::All, here, &ask).await.expect("it lists");
    assert_eq!((ids(&page.items), page.next.is_some()), (vec![second], true));
    let rest = db.correction_list(&Scope::All, here, &PageAsk { cursor: page.next, limit: 1 }).await.expect("it lists");
    assert_eq!(ids(&rest.items), [first]);
    let elsewhere = Scope::Part { areas: [].into(), halls: [there].into() };
    assert_eq!(db.correction_by_id(&elsewhere, here, first).await.expect("it reads"), None);
    assert_eq!(db.correction_by_id(&Scope::All, there, first).await.expect("it reads"), None);

    assert!(db.correction_undo(first, "Minh", &entry).await.expect("it writes"));
    assert!(!db.correction_undo(first, "Hà", &entry).await.expect("it writes"), "once");
    assert_eq!(listed().await.outage.cause, Cause::Line);
    let kept = db.correction_by_id(&Scope::All, here, first).await.expect("it reads").expect("it stays");
    assert_eq!((kept.what, kept.undone.map(|(by, _)| by)), (cause, Some("Minh".to_owned())));
}
