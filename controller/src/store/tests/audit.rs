//! The audit log: in order, for good, and what was tampered with is named.

use std::collections::BTreeSet;

use serde_json::json;

use super::fixture::{area_of, at, hall, small_fleet};
use crate::store::db::both;
use crate::store::{AuditAction, AuditBreak, AuditEntry, AuditFilter, AuditPlace, Db, PageAsk, Scope};

fn entry(n: i64) -> AuditEntry<'static> {
    AuditEntry {
        at: at(n),
        actor: "account ha",
        address: Some("192.0.2.7".parse().expect("an address")),
        action: AuditAction::HallChange,
        object: format!("hall dr-{n:02}"),
        place: AuditPlace::default(),
        details: json!({ "n": n }),
        is_ok: true,
    }
}

async fn write(db: &Db, entries: i64) {
    for n in 1..=entries {
        db.audit_write(&entry(n)).await.expect("it is written");
    }
}

/// As somebody does it who owns the database.
async fn tamper(db: &Db, text: &'static str) {
    let guards: &[&'static str] = match db {
        Db::Sqlite(_) => &[
            "DROP TRIGGER IF EXISTS audit_is_not_changed",
            "DROP TRIGGER IF EXISTS audit_is_not_deleted",
            "DROP TRIGGER IF EXISTS audit_is_not_replaced",
            "DROP TRIGGER IF EXISTS audit_head_stays",
        ],
        Db::Postgres(_) => &["ALTER TABLE audit DISABLE TRIGGER USER", "ALTER TABLE audit_head DISABLE TRIGGER USER"],
    };
    for text in guards.iter().chain([&text]) {
        let text: &'static str = text;
        both!(db.writer(), pool => sqlx::query(text).execute(pool).await.map(|_| ())).expect("the owner may");
    }
}

async fn found(db: &Db) -> Option<AuditBreak> {
    db.audit_verify(None).await.expect("it reads").err()
}

async fn a_log_that_nobody_touched_is_whole_and_its_head_is_told(db: &Db) {
    let empty = db.audit_verify(None).await.expect("it reads").expect("it is whole");
    assert_eq!((empty.entries, empty.hash), (0, "0".repeat(64)));
    write(db, 3).await;
    let head = db.audit_verify(None).await.expect("it reads").expect("it is whole");
    let last =
        db.audit_list(&Scope::All, &AuditFilter::default(), &PageAsk::first()).await.expect("it reads").items.remove(0);
    assert_eq!((head.entries, head.hash), (3, last.hash));
    assert_eq!((last.id.0, last.at, last.actor.as_str()), (3, at(3), "account ha"));
    assert_eq!((last.address.as_deref(), last.action.as_str()), (Some("192.0.2.7"), "hall.change"));
    assert_eq!((last.object.as_str(), last.details, last.is_ok), ("hall dr-03", json!({ "n": 3 }), true));
}

async fn an_entry_is_neither_changed_nor_deleted_nor_replaced(db: &Db) {
    write(db, 2).await;
    let tries: [&'static str; 3] = [
        "UPDATE audit SET actor = 'account hien' WHERE id = 1",
        "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit_head",
    ];
    let more: &[&'static str] = match db {
        Db::Sqlite(_) => {
            &["INSERT OR REPLACE INTO audit SELECT 1, at, 'x', address, action, object, area, hall, details, \
                            is_ok, hash FROM audit WHERE id = 1"]
        }
        Db::Postgres(_) => &["TRUNCATE audit"],
    };
    for text in tries.iter().chain(more) {
        let text: &'static str = text;
        let done = both!(db.writer(), pool => sqlx::query(text).execute(pool).await.map(|_| ()));
        let error = done.expect_err(text).to_string();
        assert!(error.contains("the audit log is only ever added to"), "{text}: {error}");
    }
    assert_eq!(found(db).await, None);
}

async fn every_field_that_is_edited_is_found_and_the_entry_named(db: &Db) {
    write(db, 4).await;
    let edits: [&'static str; 9] = [
        "UPDATE audit SET at = at + 1 WHERE id = 3",
        "UPDATE audit SET actor = 'account hien' WHERE id = 3",
        "UPDATE audit SET address = NULL WHERE id = 3",
        "UPDATE audit SET action = 'login' WHERE id = 3",
        "UPDATE audit SET object = 'hall dr-99' WHERE id = 3",
        "UPDATE audit SET hall = 1 WHERE id = 3",
        "UPDATE audit SET details = '{}' WHERE id = 3",
        "UPDATE audit SET is_ok = NOT is_ok WHERE id = 3",
        "UPDATE audit SET hash = (SELECT a.hash FROM audit a WHERE a.id = 2) WHERE id = 3",
    ];
    for edit in edits {
        tamper(db, "DROP TABLE IF EXISTS kept").await;
        tamper(db, "CREATE TABLE kept AS SELECT * FROM audit WHERE id = 3").await;
        tamper(db, edit).await;
        assert_eq!(found(db).await, Some(AuditBreak::Edited(3)), "{edit}");
        tamper(db, "DELETE FROM audit WHERE id = 3").await;
        tamper(db, "INSERT INTO audit SELECT * FROM kept").await;
        assert_eq!(found(db).await, None, "it is as it was after {edit}");
    }
}

async fn an_entry_that_is_gone_is_named(db: &Db) {
    write(db, 4).await;
    tamper(db, "DELETE FROM audit WHERE id = 2").await;
    assert_eq!(found(db).await, Some(AuditBreak::Deleted(2)));
    // Closing the gap does not hide it.
    tamper(db, "UPDATE audit SET id = id - 1 WHERE id = 3").await;
    tamper(db, "UPDATE audit SET id = id - 1 WHERE id = 4").await;
    assert_eq!(found(db).await, Some(AuditBreak::Edited(2)));
}

async fn an_entry_that_nobody_wrote_is_named(db: &Db) {
    const INSERT: &str = "INSERT INTO audit SELECT 5, at, actor, address, action, object, area, hall, details, is_ok, hash \
                          FROM audit WHERE id = 4";
    write(db, 4).await;
    tamper(db, INSERT).await;
    assert_eq!(found(db).await, Some(AuditBreak::Inserted(5)));
    tamper(db, "UPDATE audit SET id = 0 WHERE id = 5").await;
    assert_eq!(found(db).await, Some(AuditBreak::Inserted(0)));
}

async fn a_tail_that_was_cut_is_named_with_its_length(db: &Db) {
    write(db, 5).await;
    tamper(db, "DELETE FROM audit WHERE id > 3").await;
    assert_eq!(found(db).await, Some(AuditBreak::TailCut { from: 4, to: 5 }));
    tamper(db, "DELETE FROM audit").await;
    assert_eq!(found(db).await, Some(AuditBreak::TailCut { from: 1, to: 5 }));
}

async fn a_head_that_does_not_fit_is_named(db: &Db) {
    write(db, 2).await;
    tamper(db, "UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE id = 1)").await;
    assert_eq!(found(db).await, Some(AuditBreak::Head(2)));
    tamper(db, "DELETE FROM audit_head").await;
    assert_eq!(found(db).await, Some(AuditBreak::Head(2)));
}

async fn a_log_that_was_written_anew_is_found_by_what_was_kept_elsewhere(db: &Db) {
    write(db, 2).await;
    let kept = db.audit_verify(None).await.expect("it reads").expect("it is whole");
    let verify = async || db.audit_verify(Some((kept.entries, &kept.hash))).await.expect("it reads").err();
    write(db, 1).await;
    assert_eq!(verify().await, None, "more may follow");
    tamper(db, "DELETE FROM audit").await;
    tamper(
        db,
        "UPDATE audit_head SET id = 0, hash = '0000000000000000000000000000000000000000000000000000000000000000'",
    )
    .await;
    assert_eq!(verify().await, Some(AuditBreak::Rewritten(2)), "there are fewer");
    for n in 4..8 {
        db.audit_write(&entry(n)).await.expect("it is written");
    }
    assert_eq!(found(db).await, None, "the chain itself does not tell");
    assert_eq!(verify().await, Some(AuditBreak::Rewritten(2)));
}

async fn entries_written_at_once_stand_in_one_chain(db: &Db) {
    let writers = (0..4).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { write(&db, 10).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("it writes");
    }
    let head = db.audit_verify(None).await.expect("it reads").expect("it is whole");
    assert_eq!(head.entries, 40);
}

async fn what_an_entry_says_stays_on_one_line_and_shows_nothing_invisible(db: &Db) {
    let mut evil = entry(1);
    evil.actor = "account ha\r\n{\"id\":2}";
    evil.object = "hall \u{1b}[2J\u{202e}01-rd\0".to_owned();
    evil.details = json!({ "a\nb": "\u{9b}1m" });
    db.audit_write(&evil).await.expect("it is written");
    let record =
        db.audit_list(&Scope::All, &AuditFilter::default(), &PageAsk::first()).await.expect("it reads").items.remove(0);
    assert_eq!((record.actor.as_str(), record.object.as_str()), ("account ha {\"id\":2}", "hall [2J01-rd"));
    assert_eq!(record.details, json!({ "a b": "1m" }));
    assert!(!record.json_line().contains(['\n', '\r', '\u{1b}']));
    assert_eq!(found(db).await, None);
}

async fn lists_come_in_pages_and_by_filter(db: &Db) {
    small_fleet(db).await;
    let in_hall = AuditPlace { hall: Some(hall(db, "dr-01").await), area: None };
    let before =
        db.audit_list(&Scope::All, &AuditFilter::default(), &PageAsk::first()).await.expect("it reads").items.len();
    for n in 1..=6 {
        let mut entry = AuditEntry { place: in_hall, ..entry(n) };
        if n % 2 == 0 {
            entry.actor = "token 100%_sure of HA";
            entry.action = AuditAction::Login;
        }
        db.audit_write(&entry).await.expect("it is written");
    }
    let ids = async |filter: AuditFilter| -> Vec<i64> {
        let mut ids = Vec::new();
        let mut ask = PageAsk { cursor: None, limit: 2 };
        loop {
            let page = db.audit_list(&Scope::All, &filter, &ask).await.expect("it reads");
            ids.extend(page.items.iter().map(|record| record.id.0 - before as i64));
            let Some(next) = page.next else { break };
            ask.cursor = Some(next);
        }
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "no entry twice");
        ids.retain(|id| *id > 0);
        ids
    };
    let all = AuditFilter::default;
    assert_eq!(ids(all()).await, [6, 5, 4, 3, 2, 1]);
    assert_eq!(ids(AuditFilter { actor: Some("Account HA".into()), ..all() }).await, [5, 3, 1]);
    assert_eq!(ids(AuditFilter { actor: Some("0%_s".into()), ..all() }).await, [6, 4, 2]);
    assert_eq!(ids(AuditFilter { actor: Some("%".into()), object: Some("04".into()), ..all() }).await, [4]);
    assert_eq!(ids(AuditFilter { action: Some(AuditAction::Login), ..all() }).await, [6, 4, 2]);
    assert_eq!(ids(AuditFilter { object: Some("dr-05".into()), ..all() }).await, [5]);
    assert_eq!(ids(AuditFilter { from: Some(at(3)), to: Some(at(5)), ..all() }).await, [4, 3]);
}

async fn who_administers_a_part_sees_what_lies_there_now(db: &Db) {
    small_fleet(db).await;
    let (here, there) = (hall(db, "dr-01").await, hall(db, "dd-01").await);
    let (near, far) = (area_of(db, "dr-01").await, area_of(db, "dd-01").await);
    let places = [(None, Some(here)), (Some(near), None), (Some(near), Some(there)), (Some(far), None), (None, None)];
    for (n, (area, hall)) in (1..).zip(places) {
        let place = AuditPlace { area, hall };
        db.audit_write(&AuditEntry { place, object: format!("thing {n}"), ..entry(n) }).await.expect("it is written");
    }
    let seen = async |scope: Scope| -> Vec<String> {
        let filter = AuditFilter { object: Some("thing".into()), ..AuditFilter::default() };
        let page = db.audit_list(&scope, &filter, &PageAsk::first()).await.expect("it reads");
        page.items.into_iter().map(|record| record.object).collect()
    };
    let part = |areas: &[inventory::id::AreaId], halls: &[inventory::id::HallId]| Scope::Part {
        areas: areas.iter().copied().collect(),
        halls: halls.iter().copied().collect(),
    };
    assert_eq!(seen(Scope::All).await.len(), 5);
    // The third was written about a hall that lies elsewhere by now.
    assert_eq!(seen(part(&[near], &[])).await, ["thing 2", "thing 1"]);
    assert_eq!(seen(part(&[far], &[])).await, ["thing 4", "thing 3"]);
    assert_eq!(seen(part(&[], &[here])).await, ["thing 1"]);
    assert_eq!(seen(Scope::nothing()).await, [""; 0]);
}

super::on_both!(
    who_administers_a_part_sees_what_lies_there_now,
    a_log_that_nobody_touched_is_whole_and_its_head_is_told,
    an_entry_is_neither_changed_nor_deleted_nor_replaced,
    every_field_that_is_edited_is_found_and_the_entry_named,
    an_entry_that_is_gone_is_named,
    an_entry_that_nobody_wrote_is_named,
    a_tail_that_was_cut_is_named_with_its_length,
    a_head_that_does_not_fit_is_named,
    a_log_that_was_written_anew_is_found_by_what_was_kept_elsewhere,
    entries_written_at_once_stand_in_one_chain,
    what_an_entry_says_stays_on_one_line_and_shows_nothing_invisible,
    lists_come_in_pages_and_by_filter,
);

#[test]
fn words_of_actions_are_read_back_and_used_once() {
    let words: BTreeSet<&str> = AuditAction::ALL.iter().map(|action| action.as_str()).collect();
    assert_eq!(words.len(), AuditAction::ALL.len());
    for action in AuditAction::ALL {
        assert_eq!(action.as_str().parse(), Ok(*action));
    }
}
