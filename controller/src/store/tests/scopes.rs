//! Every question about the fleet, asked for one commune and for the other: each hears of its own and of nothing else.

use alerts::Effect;
use alerts::alert::{Alert, AlertKey, AlertState};
use alerts::decision::{Decision, Reason};
use alerts::health::{HallHealth, HallState};
use alerts::ledger::Entry;
use alerts::outage::{Cause, Outage, Subject};
use alerts::rule::Rule;
use inventory::device::{DeviceKind, Lifecycle};
use inventory::id::{AreaId, DeviceId, HallId};
use inventory::import::{AreaRef, Change, Plan};
use inventory::reading::{InterfaceReading, Reading};

use super::fixture::{apply, area_of, at, device, device_row, entry, hall, hall_row, plan, small_fleet};
use super::on_both;
use crate::store::{
    AlertFilter, AreaDraft, AreaFilter, Db, DeviceFilter, HallFilter, InterfaceFilter, Moved, OutageFilter, PageAsk,
    Scope, StoreError, Successor, VisitSeen,
};

on_both! {
    each_commune_lists_counts_and_finds_its_own_and_nothing_else,
    a_hall_that_a_scope_names_is_all_that_it_has_of_an_area,
    what_lies_outside_is_not_changed,
    an_import_keeps_to_its_scope,
    what_a_merger_moves_is_remembered_with_where_it_lay,
}

/// A commune: its scope, its hall, the gateway of that hall.
struct Commune {
    scope: Scope,
    area: AreaId,
    code: &'static str,
    hall: HallId,
    gateway: DeviceId,
}

async fn commune(db: &Db, code: &'static str) -> Commune {
    let area = area_of(db, code).await;
    let scope = Scope::Part { areas: [area].into(), halls: [].into() };
    let gateway = device(db, &format!("{code}/gw")).await;
    Commune { scope, area, code, hall: hall(db, code).await, gateway }
}

fn key(hall: HallId) -> AlertKey {
    AlertKey { rule: Rule::HallDown, subject: Subject::Hall(hall), since: at(10) }
}

/// The same trouble in both communes: an outage of the hall and of its gateway, an alert, a decision, a port.
async fn trouble(db: &Db, commune: &Commune) {
    let outage = |subject| Outage::new(subject, at(10), Cause::Unknown);
    let key = key(commune.hall);
    let effects = [
        Effect::HallHealth(HallHealth { hall: commune.hall, state: HallState::Down, since: at(10) }),
        Effect::Ledger(Entry { hall: commune.hall, from: at(10), state: HallState::Down }),
        Effect::Outage(outage(Subject::Hall(commune.hall))),
        Effect::Outage(outage(Subject::Device(commune.gateway))),
        Effect::Alert(Alert { key, decided: at(20), state: AlertState::Firing { at: at(20) }, judged: None }),
        Effect::Decision(Decision { alert: key, contact: None, at: at(20), reason: Reason::FirstNotification }),
    ];
    db.judgement_write(&effects, &[], None).await.expect("it writes");
    let port = InterfaceReading { index: 1, name: "ether1".into(), ..InterfaceReading::default() };
    let reading = Reading { interfaces: vec![port], has_all_interfaces: true, ..Reading::default() };
    let visit = VisitSeen {
        device: commune.gateway,
        at: at(30),
        protocol: "snmp2c".into(),
        is_full: true,
        outcome: Ok(reading),
    };
    db.visit_write(&[visit]).await.expect("it writes");
}

async fn two_communes(db: &Db) -> [Commune; 2] {
    small_fleet(db).await;
    let both = [commune(db, "dr-01").await, commune(db, "dd-01").await];
    for commune in &both {
        trouble(db, commune).await;
    }
    both
}

async fn each_commune_lists_counts_and_finds_its_own_and_nothing_else(db: &Db) {
    let [near, far] = two_communes(db).await;
    let nobody = Scope::nothing();
    let ask = PageAsk::first();
    for (own, other, halls, devices) in [(&near, &far, 2, 3), (&far, &near, 1, 1)] {
        let scope = &own.scope;
        let listed = db.hall_list(scope, &HallFilter::default(), &ask).await.expect("it lists").items;
        assert!(listed.len() == halls && listed.iter().all(|record| record.hall.area == own.area), "{listed:?}");
        let listed = db.device_list(scope, &DeviceFilter::default(), &ask).await.expect("it lists").items;
        assert!(listed.len() == devices && listed.iter().all(|record| record.area == own.area), "{listed:?}");
        let listed = db.interface_list(scope, &InterfaceFilter::default(), &ask).await.expect("it lists").items;
        assert_eq!(listed.iter().map(|record| record.interface.device).collect::<Vec<_>>(), [own.gateway]);
        let port = listed[0].interface.id;
        let outages = db.outage_list(scope, &OutageFilter::default(), &ask).await.expect("it lists").items;
        assert!(outages.len() == 2 && outages.iter().all(|record| record.hall == own.hall), "{outages:?}");
        let alerts = db.alert_list(scope, &AlertFilter::default(), &ask).await.expect("it lists").items;
        assert!(alerts.len() == 1 && alerts[0].hall == own.hall, "{alerts:?}");
        let history = db.hall_history(scope, at(0), None).await.expect("it reads");
        assert_eq!(history.keys().copied().collect::<Vec<_>>(), [own.hall]);
        let count = |counts: std::collections::BTreeMap<_, u64>| counts.values().sum::<u64>();
        assert_eq!(count(db.hall_counts(scope).await.expect("it counts")), halls as u64);
        let counts = db.device_counts(scope).await.expect("it counts");
        assert_eq!(counts.values().sum::<u64>(), devices as u64);
        // By name and by id: there for who has it, not there for the others.
        let code = own.code.parse().expect("a code");
        let name = format!("{}/gw", own.code).parse().expect("a name");
        for (scope, is_there) in [(scope, true), (&Scope::All, true), (&other.scope, false), (&nobody, false)] {
            assert_eq!(db.hall_by_code(scope, &code).await.expect("it reads").is_some(), is_there);
            assert_eq!(db.device_by_id(scope, own.gateway).await.expect("it reads").is_some(), is_there);
            assert_eq!(db.device_by_name(scope, &name).await.expect("it reads").is_some(), is_there);
            assert_eq!(db.interface_by_id(scope, port).await.expect("it reads").is_some(), is_there);
            assert_eq!(db.outage_by_id(scope, outages[0].id).await.expect("it reads").is_some(), is_there);
            assert_eq!(db.alert_by_id(scope, alerts[0].id).await.expect("it reads").is_some(), is_there);
            let decisions = db.decision_list(scope, &key(own.hall)).await.expect("it lists");
            assert_eq!(decisions.len(), usize::from(is_there));
            let history = db.hall_history(scope, at(0), Some(own.hall)).await.expect("it reads");
            assert_eq!(history.len(), usize::from(is_there));
        }
    }
    assert_eq!(db.hall_list(&nobody, &HallFilter::default(), &ask).await.expect("it lists").items, []);
    let filter = AreaFilter::default();
    let areas = db.area_list(Some(&[near.area].into()), &filter, &ask).await.expect("it lists").items;
    assert_eq!(areas.iter().map(|area| area.id).collect::<Vec<_>>(), [near.area]);
    assert_eq!(db.area_list(Some(&[].into()), &filter, &ask).await.expect("it lists").items, []);
}

async fn a_hall_that_a_scope_names_is_all_that_it_has_of_an_area(db: &Db) {
    let [near, far] = two_communes(db).await;
    let other = hall(db, "dr-02").await;
    let scope = Scope::Part { areas: [far.area].into(), halls: [other].into() };
    let listed = db.hall_list(&scope, &HallFilter::default(), &PageAsk::first()).await.expect("it lists").items;
    assert_eq!(listed.iter().map(|record| record.hall.id).collect::<Vec<_>>(), [far.hall, other]);
    // A filter never widens a scope.
    let filter = HallFilter { areas: Some(vec![near.area]), ..HallFilter::default() };
    let listed = db.hall_list(&scope, &filter, &PageAsk::first()).await.expect("it lists").items;
    assert_eq!(listed.iter().map(|record| record.hall.id).collect::<Vec<_>>(), [other]);
}

async fn what_lies_outside_is_not_changed(db: &Db) {
    let [near, far] = two_communes(db).await;
    let revision = db.fleet_revision().await.expect("it reads");
    let retired = Lifecycle::Retired;
    assert!(!db.hall_lifecycle_write(&near.scope, far.hall, retired, &entry()).await.expect("it writes nothing"));
    assert!(!db.device_lifecycle_write(&near.scope, far.gateway, retired, &entry()).await.expect("it writes nothing"));
    let fingerprint = format!("SHA256:{}", "b".repeat(43)).parse().expect("a fingerprint");
    let confirmed = db.host_key_confirm(&near.scope, far.gateway, &fingerprint, &entry()).await;
    assert!(matches!(confirmed, Err(StoreError::Missing { what: "device", .. })), "{confirmed:?}");
    assert_eq!(db.fleet_revision().await.expect("it reads"), revision);
    assert!(db.hall_lifecycle_write(&far.scope, far.hall, retired, &entry()).await.expect("it writes"));
    assert!(db.device_lifecycle_write(&far.scope, far.gateway, retired, &entry()).await.expect("it writes"));
}

async fn an_import_keeps_to_its_scope(db: &Db) {
    let [near, far] = two_communes(db).await;
    let attempt = async |plan: Plan| {
        let revision = db.fleet_revision().await.expect("it reads");
        db.import_apply(&near.scope, &plan, revision, &entry()).await
    };
    let halls = |row| Plan { halls: vec![row], ..Plan::default() };
    let devices = |row| Plan { devices: vec![row], ..Plan::default() };
    let area = AreaRef::Existing;
    let router = DeviceKind::Router;
    let refused = [
        ("a new area", plan().0),
        ("a hall of others", halls(Change::Update(hall_row("dd-01", "x", area(far.area))))),
        ("a hall of others, taken over", halls(Change::Update(hall_row("dd-01", "x", area(near.area))))),
        ("an own hall, given away", halls(Change::Update(hall_row("dr-02", "x", area(far.area))))),
        ("a new hall elsewhere", halls(Change::Create(hall_row("dd-09", "x", area(far.area))))),
        ("a device of others", devices(Change::Update(device_row("dd-01/gw", router, "10.0.0.9", None)))),
        ("a new device elsewhere", devices(Change::Create(device_row("dd-01/x", router, "10.0.0.9", None)))),
        ("an uplink elsewhere", devices(Change::Update(device_row("dr-01/gw", router, "10.0.0.9", Some("dd-01/gw"))))),
    ];
    let before = db.fleet_load().await.expect("it loads");
    for (what, plan) in refused {
        let result = attempt(plan).await;
        assert!(matches!(result, Err(StoreError::Missing { .. })), "{what}: {result:?}");
    }
    assert_eq!(db.fleet_load().await.expect("it loads"), before);
    let good = [
        halls(Change::Create(hall_row("dr-03", "Hội trường thôn 3", area(near.area)))),
        halls(Change::Update(hall_row("dr-02", "Hội trường thôn Hai", area(near.area)))),
        devices(Change::Create(device_row("dr-03/gw", router, "10.0.0.9", Some("dr-01/gw")))),
    ];
    for plan in good {
        attempt(plan).await.expect("it is its own");
    }
    // What hangs on a device elsewhere goes on hanging there.
    let revision = db.fleet_revision().await.expect("it reads");
    let kept = devices(Change::Update(device_row("dd-01/gw", router, "10.0.0.8", Some("dr-01/gw"))));
    db.import_apply(&far.scope, &kept, revision, &entry()).await.expect("it is its own");
}

async fn what_a_merger_moves_is_remembered_with_where_it_lay(db: &Db) {
    let (halls, _) = plan();
    apply(db, &halls).await;
    let (here, there) = (hall(db, "dr-01").await, hall(db, "dr-02").await);
    let (near, far) = (area_of(db, "dr-01").await, area_of(db, "dd-01").await);
    let draft = AreaDraft { code: "1".into(), name: "Thôn".into(), kind: String::new(), parent: Some(near) };
    let below = db.area_create(&draft, None, &entry()).await.expect("it is made");
    let day = "2026-07-01".parse().expect("a day");
    db.area_succeed(&[near], &Successor::Existing(far), day, day, &entry()).await.expect("they merge");
    let moves = db.fleet_load().await.expect("it loads").moves;
    let found: Vec<(Moved, AreaId)> = moves.iter().map(|step| (step.what, step.was)).collect();
    assert_eq!(found, [(Moved::Hall(here), near), (Moved::Hall(there), near), (Moved::Area(below), near)]);
    assert!(moves.is_sorted_by_key(|step| step.id));
    // Following once more moves nothing, so there is nothing to remember.
    db.areas_follow(day, entry()).await.expect("it follows");
    assert_eq!(db.fleet_load().await.expect("it loads").moves, moves);
}
