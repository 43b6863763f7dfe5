//! Messages on their way.

use std::time::Duration;

use inventory::id::NotificationId;
use jiff::Timestamp;

use super::fixture::at;
use super::on_both;
use crate::store::{Db, NewOutbox, OutboxRecord, OutboxState};

on_both! {
    a_message_is_claimed_once_and_sent,
    a_claim_that_runs_out_is_claimed_again,
    a_message_is_tried_again_when_it_is_due,
    the_end_of_a_fault_waits_for_its_beginning,
    a_dead_message_lets_the_next_one_go,
    at_a_start_all_claims_are_dropped,
    each_channel_claims_its_own,
    only_what_is_done_is_pruned,
    two_senders_never_claim_the_same,
}

const LEASE: Duration = Duration::from_secs(60);

fn message(channel: &str, thread: &str, dedupe: &str, seconds: i64) -> NewOutbox {
    NewOutbox {
        contact: None,
        follows: false,
        link: None,
        channel: channel.into(),
        thread: thread.into(),
        dedupe: dedupe.into(),
        message: format!("{{\"text\":\"{dedupe} đ\"}}"),
        made_at: at(seconds),
    }
}

async fn put(db: &Db, messages: &[NewOutbox]) {
    db.judgement_write(&[], messages, None).await.expect("it writes");
}

async fn claim(db: &Db, channel: &str, now: Timestamp) -> Vec<OutboxRecord> {
    db.outbox_claim(channel, now, LEASE, 100).await.expect("it claims")
}

fn ids(claimed: &[OutboxRecord]) -> Vec<&str> {
    claimed.iter().map(|record| record.dedupe.as_str()).collect()
}

async fn a_message_is_claimed_once_and_sent(db: &Db) {
    assert_eq!(db.outbox_next_due().await.expect("it reads"), None);
    put(db, &[message("webhook", "t", "one", 10)]).await;
    assert_eq!(db.outbox_next_due().await.expect("it reads"), Some(at(10)));
    assert_eq!(claim(db, "webhook", at(9)).await, []);
    let claimed = claim(db, "webhook", at(10)).await;
    let record = claimed.first().expect("it is due");
    assert_eq!((record.message.as_str(), record.thread.as_str()), ("{\"text\":\"one đ\"}", "t"));
    assert_eq!((record.state, record.attempts, record.made_at), (OutboxState::Waiting, 1, at(10)));
    assert_eq!(claim(db, "webhook", at(11)).await, [], "somebody is sending it");
    assert_eq!(db.outbox_next_due().await.expect("it reads"), Some(at(70)));
    assert!(db.outbox_sent(record.id, at(12)).await.expect("it writes"));
    let sent = db.outbox_by_id(record.id).await.expect("it reads").expect("it is kept");
    assert_eq!((sent.state, sent.sent_at, sent.attempts), (OutboxState::Sent, Some(at(12)), 1));
    assert!(!db.outbox_sent(record.id, at(13)).await.expect("it writes nothing"));
    assert!(!db.outbox_dead(record.id, "late").await.expect("it writes nothing"));
    assert_eq!(claim(db, "webhook", at(9_999)).await, []);
    assert_eq!(db.outbox_next_due().await.expect("it reads"), None);
    put(db, &[message("webhook", "t", "one", 10)]).await;
    assert_eq!(claim(db, "webhook", at(9_999)).await, [], "the same message is not sent twice");
    assert_eq!(db.outbox_by_id(NotificationId(999)).await.expect("it reads"), None);
}

async fn a_claim_that_runs_out_is_claimed_again(db: &Db) {
    put(db, &[message("webhook", "t", "one", 0)]).await;
    assert_eq!(claim(db, "webhook", at(0)).await.len(), 1);
    assert_eq!(claim(db, "webhook", at(59)).await.len(), 0);
    assert_eq!(claim(db, "webhook", at(60)).await.first().map(|record| record.attempts), Some(2));
}

async fn a_message_is_tried_again_when_it_is_due(db: &Db) {
    put(db, &[message("smtp", "t", "one", 0)]).await;
    let id = claim(db, "smtp", at(0)).await.first().expect("it is due").id;
    assert!(db.outbox_retry(id, at(10), "454 try later").await.expect("it writes"));
    assert_eq!(db.outbox_next_due().await.expect("it reads"), Some(at(10)));
    assert_eq!(claim(db, "smtp", at(9)).await, []);
    let again = claim(db, "smtp", at(10)).await;
    let record = again.first().expect("it is due");
    assert_eq!((record.attempts, record.last_error.as_deref()), (2, Some("454 try later")));
}

async fn the_end_of_a_fault_waits_for_its_beginning(db: &Db) {
    put(db, &[message("smtp", "hall 1", "firing", 0), message("smtp", "hall 1", "resolved", 5)]).await;
    put(db, &[message("smtp", "hall 2", "other", 6)]).await;
    let claimed = claim(db, "smtp", at(10)).await;
    assert_eq!(ids(&claimed), ["firing", "other"]);
    db.outbox_retry(claimed[0].id, at(100), "refused").await.expect("it writes");
    assert_eq!(claim(db, "smtp", at(50)).await, []);
    assert_eq!(db.outbox_next_due().await.expect("it reads"), Some(at(70)), "the claim on the other thread");
    assert_eq!(ids(&claim(db, "smtp", at(100)).await), ["firing", "other"]);
    db.outbox_sent(claimed[0].id, at(101)).await.expect("it writes");
    assert_eq!(ids(&claim(db, "smtp", at(102)).await), ["resolved"]);
}

async fn a_dead_message_lets_the_next_one_go(db: &Db) {
    put(db, &[message("smtp", "t", "firing", 0), message("smtp", "t", "resolved", 5)]).await;
    let id = claim(db, "smtp", at(10)).await.first().expect("it is due").id;
    assert!(db.outbox_dead(id, "550 no such user").await.expect("it writes"));
    let dead = db.outbox_by_id(id).await.expect("it reads").expect("it is kept");
    assert_eq!((dead.state, dead.last_error.as_deref()), (OutboxState::Dead, Some("550 no such user")));
    assert_eq!(ids(&claim(db, "smtp", at(11)).await), ["resolved"]);
}

async fn at_a_start_all_claims_are_dropped(db: &Db) {
    put(db, &[message("smtp", "a", "one", 0), message("smtp", "b", "two", 0)]).await;
    assert_eq!(claim(db, "smtp", at(0)).await.len(), 2);
    assert_eq!(db.outbox_claims_drop().await.expect("it writes"), 2);
    assert_eq!(ids(&claim(db, "smtp", at(1)).await), ["one", "two"]);
}

async fn each_channel_claims_its_own(db: &Db) {
    put(db, &[message("smtp", "t", "one", 0), message("webhook", "t", "one", 0)]).await;
    assert_eq!(claim(db, "webhook", at(0)).await.len(), 1);
    assert_eq!(claim(db, "smtp", at(0)).await.len(), 1);
    assert_eq!(claim(db, "zalo", at(0)).await, []);
}

async fn only_what_is_done_is_pruned(db: &Db) {
    let messages: Vec<NewOutbox> = (0..1_200).map(|n| message("smtp", &format!("{n}"), &format!("{n}"), n)).collect();
    put(db, &messages).await;
    let claimed = db.outbox_claim("smtp", at(5_000), LEASE, 1_199).await.expect("it claims");
    assert_eq!(claimed.len(), 1_199);
    for record in &claimed[1..] {
        db.outbox_sent(record.id, at(5_001)).await.expect("it writes");
    }
    let mut gone = Vec::new();
    while gone.last() != Some(&0) {
        gone.push(db.outbox_prune(at(1_198)).await.expect("it prunes"));
    }
    assert_eq!(gone, [1_000, 197, 0], "the first waits still, the last ones are too young");
}

async fn two_senders_never_claim_the_same(db: &Db) {
    let messages: Vec<NewOutbox> = (0..40).map(|n| message("smtp", &format!("{n}"), &format!("{n}"), 0)).collect();
    put(db, &messages).await;
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let db = db.clone();
        senders.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = db.outbox_claim("smtp", at(1), LEASE, 3).await.expect("it claims");
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|record| record.id));
            }
        });
    }
    let mut all: Vec<NotificationId> = senders.join_all().await.into_iter().flatten().collect();
    let claims = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!((claims, all.len()), (all.len(), 40));
}
