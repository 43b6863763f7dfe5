//! Halls and devices, in by import, out by list and as a fleet.

use ::inventory::device::{DeviceKind, Lifecycle};
use ::inventory::hall::HallFacts;
use ::inventory::id::{DeviceId, HallId};
use ::inventory::import::{AreaRef, Change, Plan};
use alerts::health::{DeviceState, HallState};

use super::fixture::{
    apply, area_of, device, device_row, entry, full_device_row, full_hall_row, hall, hall_row, new_area, plan,
    small_fleet,
};
use super::on_both;
use crate::store::{Db, DeviceFilter, HallFilter, PageAsk, Scope, StoreError};

on_both! {
    what_was_imported_is_read_back_whole,
    an_import_updates_without_touching_ids_and_lifecycle,
    an_import_is_all_or_nothing,
    a_plan_for_an_older_inventory_is_refused,
    a_plan_that_changes_nothing_moves_no_revision,
    halls_are_listed_by_code_in_pages,
    halls_are_found_by_area_state_and_words_without_diacritics,
    devices_are_listed_by_name_and_found_by_what_they_are,
    a_lifecycle_change_is_seen_in_the_fleet,
    what_was_never_judged_counts_as_unknown,
    what_is_not_there_is_none,
}

async fn what_was_imported_is_read_back_whole(db: &Db) {
    small_fleet(db).await;
    let record = db.fleet_load().await.expect("it loads");
    assert_eq!(record.fleet.halls().count(), 3);
    assert_eq!(record.fleet.devices().count(), 4);
    assert_eq!(record.areas.areas().len(), 2);
    assert!(record.areas.areas().iter().all(|area| area.valid_from.is_none() && area.valid_to.is_none()));
    let hall = record.fleet.hall_by_code(&"dr-01".parse().expect("a code")).expect("it is there");
    assert_eq!(hall.facts, full_hall_row("dr-01", new_area("24937")).facts);
    assert_eq!(record.areas.area(hall.area).map(|area| area.code.as_str()), Some("24937"));
    let gateway = record.fleet.device_by_name(&"dr-01/gw".parse().expect("a name")).expect("it is there");
    assert_eq!(gateway.facts, full_device_row("dr-01/gw", "10.20.1.1").facts);
    assert_eq!(gateway.lifecycle, Lifecycle::Active);
    // The uplink stood further down in the file, and one leads into another hall.
    let access_point = record.fleet.device_by_name(&"dr-01/ap-1".parse().expect("a name")).expect("it is there");
    let far = record.fleet.device_by_name(&"dd-01/gw".parse().expect("a name")).expect("it is there");
    assert_eq!((access_point.uplink, far.uplink), (Some(gateway.id), Some(gateway.id)));
    assert_eq!(record.revision, db.fleet_revision().await.expect("it reads"));
}

async fn an_import_updates_without_touching_ids_and_lifecycle(db: &Db) {
    small_fleet(db).await;
    let (hall_id, device_id) = (hall(db, "dr-01").await, device(db, "dr-01/ap-1").await);
    db.hall_lifecycle_write(&Scope::All, hall_id, Lifecycle::Maintenance, &entry()).await.expect("it writes");
    db.device_lifecycle_write(&Scope::All, device_id, Lifecycle::Planned, &entry()).await.expect("it writes");
    let area = area_of(db, "dd-01").await;
    let bare = hall_row("dr-01", "Tên mới", AreaRef::Existing(area));
    let moved = device_row("dr-01/ap-1", DeviceKind::Switch, "10.9.9.9", None);
    apply(db, &Plan { halls: vec![Change::Update(bare.clone())], ..Plan::default() }).await;
    apply(db, &Plan { devices: vec![Change::Update(moved.clone())], ..Plan::default() }).await;
    let after = db.hall_by_code(&Scope::All, &bare.code).await.expect("it reads").expect("it is there").hall;
    assert_eq!((after.id, after.lifecycle, after.area), (hall_id, Lifecycle::Maintenance, area));
    assert_eq!(after.facts, HallFacts { name: "Tên mới".into(), ..HallFacts::default() }, "empty cells clear");
    let after = db.device_by_id(&Scope::All, device_id).await.expect("it reads").expect("it is there").device;
    assert_eq!((after.facts, after.uplink, after.lifecycle), (moved.facts, None, Lifecycle::Planned));
}

async fn an_import_is_all_or_nothing(db: &Db) {
    let (halls, mut devices) = plan();
    apply(db, &halls).await;
    let revision = db.fleet_revision().await.expect("it reads");
    devices.devices.push(Change::Create(device_row("nowhere/gw", DeviceKind::Router, "10.0.0.1", None)));
    let error = db.import_apply(&Scope::All, &devices, revision, &entry()).await.expect_err("the hall is not there");
    assert!(matches!(error, StoreError::Missing { what: "hall", .. }), "{error}");
    devices.devices.pop();
    devices.devices.push(Change::Create(device_row(
        "dd-01/ap",
        DeviceKind::AccessPoint,
        "10.0.0.1",
        Some("dd-01/none"),
    )));
    let error = db.import_apply(&Scope::All, &devices, revision, &entry()).await.expect_err("the uplink is not there");
    assert!(matches!(error, StoreError::Missing { what: "device", .. }), "{error}");
    assert_eq!(db.fleet_load().await.expect("it loads").fleet.devices().count(), 0);
    assert_eq!(db.fleet_revision().await.expect("it reads"), revision);
}

async fn a_plan_for_an_older_inventory_is_refused(db: &Db) {
    let (halls, devices) = plan();
    let before = db.fleet_revision().await.expect("it reads");
    db.import_apply(&Scope::All, &halls, before, &entry()).await.expect("it applies");
    let error = db.import_apply(&Scope::All, &devices, before, &entry()).await.expect_err("the inventory has changed");
    assert!(matches!(error, StoreError::FleetChanged { planned, now } if planned == before && now == before + 1));
}

async fn a_plan_that_changes_nothing_moves_no_revision(db: &Db) {
    small_fleet(db).await;
    let revision = db.fleet_revision().await.expect("it reads");
    let row = full_device_row("dr-01/gw", "10.20.1.1");
    let plan = Plan { devices: vec![Change::Unchanged(row)], ..Plan::default() };
    let counts = db.import_apply(&Scope::All, &plan, revision, &entry()).await.expect("it applies");
    assert_eq!((counts.created, counts.updated, counts.unchanged), (0, 0, 1));
    assert_eq!(db.fleet_revision().await.expect("it reads"), revision);
}

async fn halls_are_listed_by_code_in_pages(db: &Db) {
    let mut plan = plan().0;
    // In the order of a Vietnamese dictionary `-` and case would not count; here bytes do.
    for code in ["B-1", "a2", "A1", "b-2", "a_1", "a-1", "a.1"] {
        plan.halls.push(Change::Create(hall_row(code, code, new_area("24931"))));
    }
    apply(db, &plan).await;
    let mut codes = Vec::new();
    let mut ask = PageAsk { cursor: None, limit: 3 };
    loop {
        let page = db.hall_list(&Scope::All, &HallFilter::default(), &ask).await.expect("it lists");
        assert!(page.items.len() <= 3);
        codes.extend(page.items.iter().map(|record| record.hall.code.to_string()));
        ask.cursor = page.next;
        if ask.cursor.is_none() {
            break;
        }
    }
    assert_eq!(codes, ["A1", "B-1", "a-1", "a.1", "a2", "a_1", "b-2", "dd-01", "dr-01", "dr-02"]);
    let wrong = PageAsk { cursor: Some("bm9uZQ".into()), limit: 3 };
    assert!(matches!(db.hall_list(&Scope::All, &HallFilter::default(), &wrong).await, Err(StoreError::Cursor)));
}

async fn hall_codes(db: &Db, filter: HallFilter) -> Vec<String> {
    let page = db.hall_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists");
    page.items.iter().map(|record| record.hall.code.to_string()).collect()
}

async fn halls_are_found_by_area_state_and_words_without_diacritics(db: &Db) {
    small_fleet(db).await;
    let area = area_of(db, "dd-01").await;
    let search = |words: &str| HallFilter { search: Some(words.into()), ..HallFilter::default() };
    assert_eq!(hall_codes(db, HallFilter { areas: Some(vec![area]), ..HallFilter::default() }).await, ["dd-01"]);
    assert_eq!(hall_codes(db, HallFilter { areas: Some(vec![]), ..HallFilter::default() }).await, [""; 0]);
    assert_eq!(hall_codes(db, search("suoi thong")).await, ["dr-01"]);
    assert_eq!(hall_codes(db, search("THÔN hội")).await, ["dr-02"]);
    assert_eq!(hall_codes(db, search("brểu")).await, ["dr-01"]);
    assert_eq!(hall_codes(db, search("don duong")).await, ["dd-01"]);
    assert_eq!(hall_codes(db, search("100%")).await, [""; 0], "% is a character");
    assert_eq!(hall_codes(db, search("'; DROP TABLE hall; --")).await, [""; 0]);
    let unknown = HallFilter { state: Some(HallState::Unknown), ..HallFilter::default() };
    assert_eq!(hall_codes(db, unknown).await.len(), 3);
    db.hall_lifecycle_write(&Scope::All, hall(db, "dr-02").await, Lifecycle::Retired, &entry())
        .await
        .expect("it writes");
    let retired = HallFilter { lifecycle: Some(Lifecycle::Retired), ..HallFilter::default() };
    assert_eq!(hall_codes(db, retired).await, ["dr-02"]);
}

async fn device_names(db: &Db, filter: DeviceFilter) -> Vec<String> {
    let page = db.device_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists");
    page.items.iter().map(|record| record.device.name.to_string()).collect()
}

async fn devices_are_listed_by_name_and_found_by_what_they_are(db: &Db) {
    small_fleet(db).await;
    let all = ["dd-01/gw", "dr-01/ap-1", "dr-01/ap-2", "dr-01/gw"];
    assert_eq!(device_names(db, DeviceFilter::default()).await, all);
    let mut ask = PageAsk { cursor: None, limit: 3 };
    let first = db.device_list(&Scope::All, &DeviceFilter::default(), &ask).await.expect("it lists");
    ask.cursor = first.next;
    let second = db.device_list(&Scope::All, &DeviceFilter::default(), &ask).await.expect("it lists");
    assert_eq!((first.items.len(), second.items.len(), second.next), (3, 1, None));
    let filter = DeviceFilter { hall: Some(hall(db, "dr-01").await), ..DeviceFilter::default() };
    assert_eq!(device_names(db, filter).await, all[1..]);
    let filter = DeviceFilter { kind: Some(DeviceKind::AccessPoint), ..DeviceFilter::default() };
    assert_eq!(device_names(db, filter).await, all[1..3]);
    for (words, expected) in
        [("10.20.2.1", "dd-01/gw"), ("hb12345", "dr-01/gw"), ("48:8f:5a", "dr-01/gw"), ("dr-01/ap-2", "dr-01/ap-2")]
    {
        let filter = DeviceFilter { search: Some(words.into()), ..DeviceFilter::default() };
        assert_eq!(device_names(db, filter).await, [expected], "{words}");
    }
    let filter = DeviceFilter { state: Some(DeviceState::Up), ..DeviceFilter::default() };
    assert_eq!(device_names(db, filter).await, [""; 0]);
    let area = area_of(db, "dd-01").await;
    let filter = DeviceFilter { areas: Some(vec![area]), ..DeviceFilter::default() };
    assert_eq!(device_names(db, filter).await, ["dd-01/gw"]);
}

async fn a_lifecycle_change_is_seen_in_the_fleet(db: &Db) {
    small_fleet(db).await;
    let before = db.fleet_revision().await.expect("it reads");
    let id = device(db, "dr-01/ap-1").await;
    assert!(db.device_lifecycle_write(&Scope::All, id, Lifecycle::Retired, &entry()).await.expect("it writes"));
    assert!(
        db.hall_lifecycle_write(&Scope::All, hall(db, "dr-01").await, Lifecycle::Maintenance, &entry())
            .await
            .expect("it writes")
    );
    let record = db.fleet_load().await.expect("it loads");
    assert_eq!(record.revision, before + 2);
    assert_eq!(record.fleet.device(id).map(|device| device.lifecycle), Some(Lifecycle::Retired));
    let hall = record.fleet.hall_by_code(&"dr-01".parse().expect("a code")).expect("it is there");
    assert_eq!(hall.lifecycle, Lifecycle::Maintenance);
    let filter = DeviceFilter { lifecycle: Some(Lifecycle::Retired), ..DeviceFilter::default() };
    assert_eq!(device_names(db, filter).await, ["dr-01/ap-1"]);
}

async fn what_was_never_judged_counts_as_unknown(db: &Db) {
    small_fleet(db).await;
    db.device_lifecycle_write(&Scope::All, device(db, "dr-01/ap-1").await, Lifecycle::Retired, &entry())
        .await
        .expect("it writes");
    let devices = db.device_counts(&Scope::All).await.expect("it counts");
    assert_eq!(devices.get(&DeviceState::Unknown), Some(&3));
    assert_eq!((devices.len(), devices.values().sum::<u64>()), (DeviceState::ALL.len(), 3));
    let halls = db.hall_counts(&Scope::All).await.expect("it counts");
    assert_eq!(halls.get(&HallState::Unknown), Some(&3));
    assert_eq!((halls.len(), halls.values().sum::<u64>()), (HallState::ALL.len(), 3));
}

async fn what_is_not_there_is_none(db: &Db) {
    small_fleet(db).await;
    let revision = db.fleet_revision().await.expect("it reads");
    assert_eq!(db.hall_by_code(&Scope::All, &"none".parse().expect("a code")).await.expect("it reads"), None);
    assert_eq!(db.device_by_name(&Scope::All, &"dr-01/none".parse().expect("a name")).await.expect("it reads"), None);
    assert_eq!(db.device_by_id(&Scope::All, DeviceId(999)).await.expect("it reads"), None);
    assert!(
        !db.hall_lifecycle_write(&Scope::All, HallId(999), Lifecycle::Retired, &entry())
            .await
            .expect("it writes nothing")
    );
    assert!(
        !db.device_lifecycle_write(&Scope::All, DeviceId(999), Lifecycle::Retired, &entry())
            .await
            .expect("it writes nothing")
    );
    assert_eq!(db.fleet_revision().await.expect("it reads"), revision, "nothing changed");
}
