//! Contacts, schedules and escalations: kept as they were given, and never gone while another one names them.

use alerts::people::{Step, Target, Who};
use alerts::quiet::QuietHours;
use alerts::rule::Severity;
use alerts::schedule::{Hours, Override, Rotation};
use inventory::id::{ContactId, EscalationId, OverrideId, ScheduleId};
use jiff::civil::{date, time};
use notify::Language;

use super::fixture::{area_of, at, entry, small_fleet};
use super::on_both;
use crate::store::{Address, ContactDraft, Db, EscalationDraft, PersonDeleted, ScheduleDraft, StoreError};

on_both! {
    what_is_kept_of_people_is_read_back,
    a_name_is_borne_once,
    what_is_named_stays,
    nobody_names_what_is_not_there,
}

fn contact(name: &str) -> ContactDraft {
    let address = |channel: &str, address: &str| Address { channel: channel.to_owned(), address: address.to_owned() };
    ContactDraft {
        name: name.to_owned(),
        post: "kỹ thuật viên".to_owned(),
        language: Language::En,
        account: None,
        addresses: vec![address("sms", "84901234567"), address("mail", "ha@example.vn")],
        quiet: Some(QuietHours { from: time(22, 0, 0, 0), until: time(5, 30, 0, 0) }),
    }
}

fn schedule(name: &str, contacts: &[ContactId]) -> ScheduleDraft {
    let hours = Some(Hours { from: time(6, 0, 0, 0), until: time(18, 30, 0, 0) });
    let rotation = Rotation { contacts: contacts.to_vec(), start: date(2026, 11, 23), days: 7, hours };
    let night = Rotation { hours: None, days: 1, ..rotation.clone() };
    ScheduleDraft { name: name.to_owned(), rotations: vec![rotation, night] }
}

fn escalation(name: &str, whos: &[Who]) -> EscalationDraft {
    let step = |(n, who): (usize, &Who)| Step {
        wait_s: u32::try_from(n).expect("few") * 900,
        targets: vec![Target { who: *who, channel: (n > 0).then(|| "sms".to_owned()) }],
    };
    let steps = whos.iter().enumerate().map(step).collect();
    EscalationDraft { name: name.to_owned(), area: None, least: Severity::Critical, steps }
}

async fn make_contact(db: &Db, name: &str) -> ContactId {
    db.contact_write(None, &contact(name), &entry()).await.expect("it writes").expect("the name is free")
}

async fn make_schedule(db: &Db, name: &str, contacts: &[ContactId]) -> ScheduleId {
    db.schedule_write(None, &schedule(name, contacts), &entry()).await.expect("it writes").expect("the name is free")
}

async fn make_escalation(db: &Db, name: &str, whos: &[Who]) -> EscalationId {
    let draft = escalation(name, whos);
    db.escalation_write(None, &draft, &entry()).await.expect("it writes").expect("the name is free")
}

async fn what_is_kept_of_people_is_read_back(db: &Db) {
    small_fleet(db).await;
    let (ha, an) = (make_contact(db, "Hà").await, make_contact(db, "an").await);
    let weekly = make_schedule(db, "Tuần", &[ha, an]).await;
    let stand_in = Override { contact: an, from: at(10), until: at(20) };
    let first = db.override_create(weekly, &stand_in, "Hà", &entry()).await.expect("it writes");
    let later = Override { from: at(15), ..stand_in };
    let second = db.override_create(weekly, &later, "Hà", &entry()).await.expect("it writes");
    let told = make_escalation(db, "Xã", &[Who::OnCall(weekly), Who::Contact(ha)]).await;

    let people = db.people_load().await.expect("it reads");
    let names: Vec<&str> = people.contacts.iter().map(|record| record.draft.name.as_str()).collect();
    assert_eq!(names, ["an", "Hà"], "by name, whatever its case");
    assert_eq!(people.contact(ha).expect("it is there").draft, contact("Hà"));
    let record = people.schedule(weekly).expect("it is there");
    assert_eq!(record.draft, schedule("Tuần", &[ha, an]));
    assert_eq!(record.overrides.iter().map(|record| record.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!((record.overrides[0].stand_in, record.overrides[0].made_by.as_str()), (stand_in, "Hà"));
    assert_eq!(record.schedule().on_call(at(16)), Some(an));
    assert_eq!(people.escalations[0].draft, escalation("Xã", &[Who::OnCall(weekly), Who::Contact(ha)]));

    let changed = ContactDraft { quiet: None, addresses: Vec::new(), post: String::new(), ..contact("Hà") };
    assert_eq!(db.contact_write(Some(ha), &changed, &entry()).await.expect("it writes"), Some(ha));
    let area = Some(area_of(db, "dr-01").await);
    let moved = EscalationDraft { area, least: Severity::Warning, ..escalation("Xã Đạ Ròn", &[Who::Contact(an)]) };
    assert_eq!(db.escalation_write(Some(told), &moved, &entry()).await.expect("it writes"), Some(told));
    assert!(db.override_delete(weekly, first, &entry()).await.expect("it writes"));
    assert!(!db.override_delete(weekly, first, &entry()).await.expect("it writes"), "it is gone");
    assert!(!db.override_delete(ScheduleId(99), second, &entry()).await.expect("it writes"), "it is of another");
    let people = db.people_load().await.expect("it reads");
    assert_eq!(people.contact(ha).expect("it is there").draft, changed);
    assert_eq!(people.escalations[0].draft, moved);
    assert_eq!(people.schedule(weekly).expect("it is there").overrides.len(), 1);
}

async fn a_name_is_borne_once(db: &Db) {
    let (ha, an) = (make_contact(db, "Hà").await, make_contact(db, "An").await);
    assert_eq!(db.contact_write(None, &contact("HÀ"), &entry()).await.expect("it writes"), None);
    assert_eq!(db.contact_write(Some(an), &contact("hà"), &entry()).await.expect("it writes"), None);
    assert_eq!(db.contact_write(Some(ha), &contact("HÀ"), &entry()).await.expect("it writes"), Some(ha), "its own");
    assert_eq!(db.contact_write(Some(ContactId(99)), &contact("Tú"), &entry()).await.expect("it writes"), None);
    let weekly = make_schedule(db, "Tuần", &[ha]).await;
    assert_eq!(db.schedule_write(None, &schedule("tuần", &[ha]), &entry()).await.expect("it writes"), None);
    assert_eq!(
        db.schedule_write(Some(weekly), &schedule("Đêm", &[]), &entry()).await.expect("it writes"),
        Some(weekly)
    );
    make_escalation(db, "Xã", &[]).await;
    assert_eq!(db.escalation_write(None, &escalation("xã", &[]), &entry()).await.expect("it writes"), None);
    let kept = db.people_load().await.expect("it reads");
    assert_eq!((kept.contacts.len(), kept.schedules.len(), kept.escalations.len()), (2, 1, 1));
}

async fn what_is_named_stays(db: &Db) {
    let (ha, an) = (make_contact(db, "Hà").await, make_contact(db, "An").await);
    let weekly = make_schedule(db, "Tuần", &[ha]).await;
    let stand_in = Override { contact: an, from: at(10), until: at(20) };
    db.override_create(weekly, &stand_in, "Hà", &entry()).await.expect("it writes");
    let told = make_escalation(db, "Xã", &[Who::OnCall(weekly), Who::Contact(ha)]).await;
    let named = |names: &[&str]| PersonDeleted::Named(names.iter().map(|name| (*name).to_owned()).collect());
    let delete = async |id| db.contact_delete(id, &entry()).await.expect("it writes");
    assert_eq!(delete(ha).await, named(&["schedule \"Tuần\"", "escalation \"Xã\""]));
    assert_eq!(delete(an).await, named(&["schedule \"Tuần\""]), "he stands in soon");
    let late = crate::store::AuditEntry { at: at(20), ..entry() };
    assert_eq!(db.contact_delete(an, &late).await.expect("it writes"), PersonDeleted::Deleted, "that is over");
    assert_eq!(db.people_load().await.expect("it reads").schedules[0].overrides, []);
    let delete_schedule = async || db.schedule_delete(weekly, &entry()).await.expect("it writes");
    assert_eq!(delete_schedule().await, named(&["escalation \"Xã\""]));
    assert!(db.escalation_delete(told, &entry()).await.expect("it writes"));
    assert!(!db.escalation_delete(told, &entry()).await.expect("it writes"));
    assert_eq!(delete_schedule().await, PersonDeleted::Deleted);
    assert_eq!(delete(ha).await, PersonDeleted::Deleted);
    assert_eq!(db.people_load().await.expect("it reads"), crate::store::PeopleRecord::default());
}

async fn nobody_names_what_is_not_there(db: &Db) {
    let (ha, gone) = (make_contact(db, "Hà").await, ContactId(99));
    let weekly = make_schedule(db, "Tuần", &[ha]).await;
    let is_missing = |result: Result<(), StoreError>| matches!(result, Err(StoreError::Missing { .. }));
    let drafts = [schedule("Đêm", &[ha, gone]), schedule("Tuần", &[gone])];
    for (id, draft) in [None, Some(weekly)].into_iter().zip(&drafts) {
        assert!(is_missing(db.schedule_write(id, draft, &entry()).await.map(drop)));
    }
    let stand_in = Override { contact: gone, from: at(10), until: at(20) };
    assert!(is_missing(db.override_create(weekly, &stand_in, "Hà", &entry()).await.map(drop::<OverrideId>)));
    for who in [Who::Contact(gone), Who::OnCall(ScheduleId(99))] {
        assert!(is_missing(db.escalation_write(None, &escalation("Xã", &[who]), &entry()).await.map(drop)));
    }
    let people = db.people_load().await.expect("it reads");
    assert_eq!((people.schedules.len(), people.schedules[0].overrides.len(), people.escalations.len()), (1, 0, 0));
}
