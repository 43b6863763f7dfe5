//! Areas that come, are renamed, merged and split.

use inventory::area::{Area, CodeMeaning};
use inventory::id::AreaId;
use jiff::civil::{Date, date};

use super::fixture::{area_of, entry, hall, small_fleet};
use super::on_both;
use crate::store::{AreaDraft, AreaFilter, Db, PageAsk, StoreError, Successor};

on_both! {
    an_area_is_made_and_found,
    a_code_is_never_borne_by_two_areas_on_one_day,
    a_merger_moves_halls_and_areas_below_on_its_day,
    a_merger_announced_ahead_waits_for_its_day,
    a_split_leaves_halls_until_a_person_decides,
    an_area_ends_only_once,
}

/// The reform of 2025 in Lâm Đồng.
const REFORM: Date = date(2025, 7, 1);

fn draft(code: &str, name: &str) -> AreaDraft {
    AreaDraft { code: code.into(), name: name.into(), kind: "xã".into(), parent: None }
}

async fn areas(db: &Db, filter: AreaFilter) -> Vec<Area> {
    db.area_list(None, &filter, &PageAsk::first()).await.expect("it lists").items
}

async fn only(db: &Db, code: &str, day: Date) -> Area {
    let filter = AreaFilter { code: Some(code.into()), valid_on: Some(day), ..AreaFilter::default() };
    areas(db, filter).await.pop().expect("it is there")
}

async fn an_area_is_made_and_found(db: &Db) {
    let revision = db.fleet_revision().await.expect("it reads");
    let above = db.area_create(&draft("68", "Lâm Đồng"), None, &entry()).await.expect("it is made");
    let below = AreaDraft { parent: Some(above), ..draft("24934", "D'Ran") };
    let id = db.area_create(&below, Some(REFORM), &entry()).await.expect("it is made");
    assert_eq!(db.fleet_revision().await.expect("it reads"), revision + 2);
    let found = areas(db, AreaFilter { search: Some("d'ran xa".into()), ..AreaFilter::default() }).await;
    let whole = Area {
        id,
        code: "24934".into(),
        name: "D'Ran".into(),
        kind: "xã".into(),
        parent: Some(above),
        valid_from: Some(REFORM),
        valid_to: None,
    };
    assert_eq!(found, [whole]);
    let before = AreaFilter { valid_on: Some(date(2025, 6, 30)), ..AreaFilter::default() };
    assert_eq!(areas(db, before).await.len(), 1);
    let page = db.area_list(None, &AreaFilter::default(), &PageAsk { cursor: None, limit: 1 }).await.expect("it lists");
    let next = PageAsk { cursor: page.next, limit: 1 };
    let rest = db.area_list(None, &AreaFilter::default(), &next).await.expect("it lists");
    assert_eq!((page.items[0].code.as_str(), rest.items[0].code.as_str(), rest.next), ("24934", "68", None));
    let orphan = AreaDraft { parent: Some(AreaId(999)), ..draft("1", "x") };
    assert!(matches!(db.area_create(&orphan, None, &entry()).await, Err(StoreError::Missing { what: "area", .. })));
}

async fn a_code_is_never_borne_by_two_areas_on_one_day(db: &Db) {
    let first = db.area_create(&draft("24934", "Lạc Xuân"), None, &entry()).await.expect("it is made");
    for from in [None, Some(REFORM)] {
        let error = db.area_create(&draft("24934", "D'Ran"), from, &entry()).await.expect_err("the code is taken");
        assert!(matches!(error, StoreError::AreaCodeTaken { by, .. } if by == first), "{error}");
    }
    // It is given again on the day on which its bearer ends.
    let by = Successor::New(draft("24934", "D'Ran"));
    let second = db.area_succeed(&[first], &by, REFORM, REFORM, &entry()).await.expect("it succeeds");
    let tree = db.fleet_load().await.expect("it loads").areas;
    assert!(matches!(tree.code_meaning("24934", date(2025, 6, 30)), CodeMeaning::Valid(area) if area.id == first));
    assert!(matches!(tree.code_meaning("24934", REFORM), CodeMeaning::Valid(area) if area.id == second));
    assert_ne!(first, second);
}

async fn a_merger_moves_halls_and_areas_below_on_its_day(db: &Db) {
    small_fleet(db).await;
    let (one, two) = (only(db, "24937", REFORM).await.id, only(db, "24931", REFORM).await.id);
    let below = AreaDraft { parent: Some(one), ..draft("1", "thôn 1") };
    let below = db.area_create(&below, None, &entry()).await.expect("it is made");
    let new = db
        .area_succeed(&[one, two], &Successor::New(draft("24940", "Mới")), REFORM, REFORM, &entry())
        .await
        .expect("it merges");
    let record = db.fleet_load().await.expect("it loads");
    assert!(record.fleet.halls().all(|hall| hall.area == new));
    assert_eq!(record.areas.area(below).and_then(|area| area.parent), Some(new));
    assert_eq!(record.areas.area(one).and_then(|area| area.valid_to), Some(REFORM));
    assert!(
        matches!(record.areas.code_meaning("24937", REFORM), CodeMeaning::Succeeded { new: to, .. } if to.id == new)
    );
    assert_eq!(db.areas_follow(REFORM, entry()).await.expect("it follows"), 0, "once is enough");
}

async fn a_merger_announced_ahead_waits_for_its_day(db: &Db) {
    small_fleet(db).await;
    let today = date(2025, 6, 1);
    let (small, large) = (only(db, "24937", today).await.id, only(db, "24931", today).await.id);
    db.area_succeed(&[small], &Successor::Existing(large), REFORM, today, &entry()).await.expect("it is recorded");
    let area = |record: &crate::store::FleetRecord| {
        record.fleet.hall_by_code(&"dr-01".parse().expect("a code")).map(|hall| hall.area)
    };
    assert_eq!(area(&db.fleet_load().await.expect("it loads")), Some(small));
    let revision = db.fleet_revision().await.expect("it reads");
    assert_eq!(db.areas_follow(date(2025, 6, 30), entry()).await.expect("it follows"), 0);
    assert_eq!(db.fleet_revision().await.expect("it reads"), revision);
    assert_eq!(db.areas_follow(REFORM, entry()).await.expect("it follows"), 2);
    let record = db.fleet_load().await.expect("it loads");
    assert_eq!((area(&record), record.revision), (Some(large), revision + 1));
}

async fn a_split_leaves_halls_until_a_person_decides(db: &Db) {
    small_fleet(db).await;
    let old = only(db, "24937", REFORM).await.id;
    let (north, south) = (Successor::New(draft("1", "Bắc")), Successor::New(draft("2", "Nam")));
    // The day has not come when both parts are recorded.
    let today = date(2025, 6, 1);
    let north = db.area_succeed(&[old], &north, REFORM, today, &entry()).await.expect("the first part");
    db.area_succeed(&[old], &south, REFORM, today, &entry()).await.expect("the second part");
    assert_eq!(db.areas_follow(REFORM, entry()).await.expect("it follows"), 0);
    let id = hall(db, "dr-01").await;
    assert!(db.hall_area_write(id, north, &entry()).await.expect("it writes"));
    assert_eq!(area_of(db, "dr-01").await, north);
    assert!(db.hall_area_write(id, AreaId(999), &entry()).await.is_err(), "there is no such area");
}

async fn an_area_ends_only_once(db: &Db) {
    let id = db.area_create(&draft("1", "Cũ"), Some(date(2020, 1, 1)), &entry()).await.expect("it is made");
    let by = Successor::New(draft("1", "Mới"));
    let too_early =
        db.area_succeed(&[id], &by, date(2020, 1, 1), REFORM, &entry()).await.expect_err("it did not exist before");
    assert!(matches!(too_early, StoreError::AreaNotValid { area, .. } if area == id));
    db.area_succeed(&[id], &by, REFORM, REFORM, &entry()).await.expect("it is renamed");
    let again = db.area_succeed(&[id], &Successor::New(draft("3", "x")), date(2026, 1, 1), REFORM, &entry()).await;
    assert!(matches!(again, Err(StoreError::AreaNotValid { .. })));
    let nobody = db.area_succeed(&[AreaId(999)], &by, REFORM, REFORM, &entry()).await;
    assert!(matches!(nobody, Err(StoreError::Missing { what: "area", .. })));
}
