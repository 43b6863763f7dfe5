//! Incidents and silences: what the engine opens, and what people do with it.

use alerts::Effect;
use alerts::alert::{Alert, AlertKey, AlertState};
use alerts::decision::{Decision, Reason};
use alerts::effect::{Notification, NotificationKind};
use alerts::group::{Group, Member};
use alerts::outage::{Cause, Outage, Subject};
use alerts::people::Receiver;
use alerts::rule::Rule;
use inventory::id::{HallId, SilenceId};
use jiff::Timestamp;

use super::fixture::{at, small_fleet};
use super::on_both;
use crate::store::{
    ActionLink, AuditAction, AuditEntry, AuditPlace, Db, IncidentChange, IncidentEventKind, NewOutbox, NewSilence,
    PageAsk, Scope, SilenceOf,
};

on_both! {
    an_incident_is_opened_taken_and_ended,
    a_link_does_each_thing_once_until_it_is_too_old,
    silences_are_listed_until_they_are_over,
}

fn entry(when: Timestamp, action: AuditAction) -> AuditEntry<'static> {
    AuditEntry {
        at: when,
        actor: "account ha",
        address: None,
        action,
        object: "it".to_owned(),
        place: AuditPlace::default(),
        details: serde_json::json!({}),
        is_ok: true,
    }
}

/// A hall that is lost and told.
fn told(hall: HallId, resolved: Option<Timestamp>) -> (Vec<Effect>, Group) {
    let key = AlertKey { rule: Rule::HallDown, subject: Subject::Hall(hall), since: at(10) };
    let member = Member {
        alert: key,
        decided: at(18),
        judged: None,
        told: Some(at(38)),
        resolved,
        over: resolved,
        end_told: resolved,
    };
    let group = Group { told: Some(at(38)), ..Group::new(member, at(18)) };
    let alert = Alert { key, decided: at(18), state: AlertState::Firing { at: at(38) }, judged: None };
    let outage = Outage::new(key.subject, key.since, Cause::Unknown);
    let kind = NotificationKind::Firing;
    let thread = group.thread();
    let (to, alerts, outages) = (vec![Receiver::Everybody], vec![alert], vec![outage]);
    let notify = Notification { thread, to, kind, at: at(38), alerts, outages, cut_off: vec![] };
    let effects = vec![
        Effect::Outage(outage),
        Effect::Alert(alert),
        Effect::Decision(Decision { alert: key, contact: None, at: at(12), reason: Reason::SilencedBy(SilenceId(7)) }),
        Effect::Notify(notify),
        Effect::Group(group.clone()),
    ];
    (effects, group)
}

async fn an_incident_is_opened_taken_and_ended(db: &Db) {
    small_fleet(db).await;
    let hall = db.fleet_load().await.expect("it loads").fleet.halls().next().expect("a hall").id;
    let (effects, group) = told(hall, None);
    for _ in 0..2 {
        db.judgement_write(&effects, &[], None).await.expect("it writes, twice too");
    }
    let page = db.incident_list(&Scope::All, true, &PageAsk::first()).await.expect("it reads");
    let [record] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!((record.thread.as_str(), record.told, record.ended), (group.thread().as_str(), at(38), None));
    assert_eq!(db.incident_by_id(&Scope::nothing(), record.id).await.expect("it reads"), None);
    let alerts = db.incident_alerts(&Scope::All, record.id).await.expect("it reads");
    assert_eq!((alerts.len(), alerts[0].alert.key.since), (1, at(10)));
    assert_eq!(db.incident_outages(&Scope::All, record.id).await.expect("it reads").len(), 1);
    let decisions = db.decision_list(&Scope::All, &alerts[0].alert.key).await.expect("it reads");
    assert_eq!(decisions[0].reason, Reason::SilencedBy(SilenceId(7)));

    let changes = [
        IncidentChange::Acknowledge,
        IncidentChange::Go { arrives: at(900) },
        IncidentChange::Snooze { until: at(4_000) },
        IncidentChange::Comment("Mất điện cả xóm".to_owned()),
        IncidentChange::Resolve { wrong: "cầu dao".to_owned(), done: "đóng lại".to_owned(), part: String::new() },
    ];
    for (n, change) in changes.iter().enumerate() {
        let entry = entry(at(60 + i64::try_from(n).expect("few")), AuditAction::IncidentChange);
        assert!(db.incident_change(record.id, change, "Hà", None, &entry).await.expect("it writes"));
    }
    let taken = db.incident_by_id(&Scope::All, record.id).await.expect("it reads").expect("it is there");
    assert_eq!(
        (taken.owner.as_deref(), taken.acknowledged, taken.going),
        (Some("Hà"), Some(at(60)), Some((at(61), at(900))))
    );
    assert_eq!((taken.snoozed, taken.resolution.map(|said| said.done)), (Some(at(4_000)), Some("đóng lại".to_owned())));
    let kinds: Vec<_> = db.incident_events(record.id).await.expect("it reads").iter().map(|event| event.kind).collect();
    let of_changes = changes.iter().map(IncidentChange::kind);
    assert_eq!(kinds, [IncidentEventKind::Firing].into_iter().chain(of_changes).collect::<Vec<_>>());
    // The engine goes on from what people did.
    let groups = db.engine_snapshot().await.expect("it reads").groups;
    assert_eq!((groups[0].acknowledged, groups[0].snoozed), (Some(at(60)), Some(at(4_000))));

    let give_back = IncidentChange::GiveBack;
    let audit = entry(at(80), AuditAction::IncidentChange);
    assert!(db.incident_change(record.id, &give_back, "Hà", None, &audit).await.expect("it writes"));
    let (_, over) = told(hall, Some(at(99)));
    db.judgement_write(&[Effect::GroupDone(over)], &[], None).await.expect("it writes");
    let ended = db.incident_by_id(&Scope::All, record.id).await.expect("it reads").expect("it is there");
    assert_eq!((ended.ended, ended.owner, ended.going), (Some(at(99)), None, None));
    assert!(db.incident_list(&Scope::All, true, &PageAsk::first()).await.expect("it reads").items.is_empty());
}

async fn a_link_does_each_thing_once_until_it_is_too_old(db: &Db) {
    small_fleet(db).await;
    let hall = db.fleet_load().await.expect("it loads").fleet.halls().next().expect("a hall").id;
    let (effects, group) = told(hall, None);
    let link = Some(ActionLink { hash: "h".to_owned(), expires_at: at(1_000) });
    let message = NewOutbox {
        contact: None,
        follows: false,
        link,
        channel: "mail".to_owned(),
        thread: group.thread(),
        dedupe: "d".to_owned(),
        message: "{}".to_owned(),
        made_at: at(38),
    };
    for _ in 0..2 {
        db.judgement_write(&effects, std::slice::from_ref(&message), None).await.expect("it writes, twice too");
    }
    assert_eq!(db.incident_link("other", at(40)).await.expect("it reads"), None);
    let change = IncidentChange::Acknowledge;
    for is_first in [true, false] {
        let link = db.incident_link("h", at(40)).await.expect("it reads").expect("it is good");
        let audit = entry(at(40), AuditAction::IncidentChange);
        let done = db.incident_change(link.incident, &change, "mail", Some(&link), &audit).await.expect("it writes");
        assert_eq!((done, link.channel.as_str(), link.used.is_empty()), (is_first, "mail", is_first));
    }
    assert_eq!(db.incident_link("h", at(1_000)).await.expect("it reads"), None, "too old");
    assert_eq!(db.incident_link_prune(at(999)).await.expect("it deletes"), 0);
    assert_eq!(db.incident_link_prune(at(1_000)).await.expect("it deletes"), 1);
}

async fn silences_are_listed_until_they_are_over(db: &Db) {
    small_fleet(db).await;
    let fleet = db.fleet_load().await.expect("it loads").fleet;
    let device = fleet.devices().next().expect("a device");
    let of = [
        (SilenceOf::Hall(device.hall), 100, 200),
        (SilenceOf::Device(device.hall, device.id), 100, 300),
        (SilenceOf::Area(fleet.hall(device.hall).expect("its hall").area), 250, 400),
    ];
    let mut ids = Vec::new();
    for (of, from, until) in of {
        let new =
            NewSilence {
                of, from: at(from), until: at(until), reason: "đổi dây".to_owned(), made_by: "Hà".to_owned()
            };
        ids.push(db.silence_create(&new, &entry(at(90), AuditAction::SilenceCreate)).await.expect("it writes"));
    }
    let list = async |after| -> Vec<SilenceId> {
        let page = db.silence_list(&Scope::All, after, &PageAsk::first()).await.expect("it reads");
        page.items.into_iter().map(|record| record.id).collect()
    };
    assert_eq!(list(None).await, [ids[2], ids[1], ids[0]], "those that last longest first");
    assert_eq!(list(Some(at(200))).await, [ids[2], ids[1]]);
    assert!(db.silence_list(&Scope::nothing(), None, &PageAsk::first()).await.expect("it reads").items.is_empty());
    let end = async |id, when| db.silence_end(id, &entry(at(when), AuditAction::SilenceEnd)).await.expect("it writes");
    assert!(end(ids[1], 150).await && !end(ids[1], 151).await, "it ends once");
    assert!(end(ids[2], 150).await, "one that has not begun never does");
    let never = db.silence_by_id(&Scope::All, ids[2]).await.expect("it reads").expect("it is there");
    assert_eq!((never.from, never.until), (at(250), at(250)));
    assert_eq!(list(Some(at(260))).await, []);
}
