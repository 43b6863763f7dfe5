//! Visits: facts and ports.

use std::time::Duration;

use inventory::id::{DeviceId, InterfaceId};
use inventory::reading::{Failure, FailureKind, Identity, InterfaceReading, Reading, Uptime};

use super::fixture::{at, device, small_fleet};
use super::on_both;
use crate::store::{Db, DeviceFact, InterfaceFilter, InterfaceRecord, PageAsk, Scope, VisitSeen};

on_both! {
    a_full_visit_is_kept_with_identity_and_ports,
    ports_keep_their_ids_when_a_device_renumbers,
    a_port_that_is_gone_comes_back_under_its_id,
    a_counters_visit_clears_nothing_it_did_not_ask_for,
    a_failed_visit_keeps_what_was_known_before,
    a_visit_that_comes_late_changes_nothing,
    visits_to_devices_that_are_not_in_the_records_are_passed_over,
    ports_are_listed_in_pages_and_found_by_words,
    what_a_device_says_may_hold_any_text,
    what_a_full_visit_found_odd_stays_until_the_next_one,
}

fn port(index: u32, name: &str, mac: &str) -> InterfaceReading {
    InterfaceReading {
        index,
        name: name.into(),
        alias: Some(format!("cổng {name}")),
        if_type: Some(6),
        mac: Some(mac.parse().expect("a MAC")),
        speed_bps: Some(1_000_000_000),
        is_admin_up: Some(true),
        is_oper_up: Some(false),
        ..InterfaceReading::default()
    }
}

fn reading() -> Reading {
    Reading {
        uptime: Some(Uptime { since_start: Duration::from_millis(12_345_670), is_32_bit_centiseconds: true }),
        identity: Some(Identity {
            sys_name: Some("gw-dr-01".into()),
            sys_descr: Some("RouterOS RB951G-2HnD".into()),
            sys_object_id: Some("1.3.6.1.4.1.14988.1".into()),
            sys_location: None,
            vendor: Some("MikroTik".into()),
            platform: Some("routeros".into()),
            model: Some("RB951G-2HnD".into()),
            version: Some("6.49.7".into()),
            serial: Some("HB12345".into()),
            restart_reason: Some("router was rebooted without proper shutdown".into()),
        }),
        interfaces: vec![port(1, "ether1", "02:00:00:00:00:01"), port(2, "ether2", "02:00:00:00:00:02")],
        has_all_interfaces: true,
        condition: Default::default(),
        warnings: vec!["walk of ifXTable cut short".into()],
    }
}

fn visit(device: DeviceId, seconds: i64, is_full: bool, outcome: Result<Reading, Failure>) -> VisitSeen {
    VisitSeen { device, at: at(seconds), protocol: "snmp2c".into(), is_full, outcome }
}

async fn write(db: &Db, visit: VisitSeen) -> Vec<InterfaceId> {
    db.visit_write(&[visit]).await.expect("it writes").pop().expect("one answer for one visit").ports
}

async fn fact_of(db: &Db, device: DeviceId) -> DeviceFact {
    let record = db.device_by_id(&Scope::All, device).await.expect("it reads");
    record.and_then(|record| record.fact).expect("it was visited")
}

async fn ports(db: &Db, device: DeviceId) -> Vec<InterfaceRecord> {
    let filter = InterfaceFilter { device: Some(device), with_gone: true, ..InterfaceFilter::default() };
    db.interface_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists").items
}

async fn a_full_visit_is_kept_with_identity_and_ports(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let revision = db.fleet_revision().await.expect("it reads");
    let ids = write(db, visit(id, 60, true, Ok(reading()))).await;
    let fact = fact_of(db, id).await;
    let told = reading();
    assert_eq!(Some(fact.identity), told.identity);
    assert_eq!((fact.identity_at, fact.full_visit_at, fact.good_visit_at), (Some(at(60)), Some(at(60)), Some(at(60))));
    assert_eq!(fact.uptime, told.uptime.map(|uptime| (uptime, at(60))));
    assert_eq!((fact.warnings, fact.failure, fact.visit_at), (told.warnings, None, at(60)));
    assert_eq!(fact.visit_protocol, "snmp2c");
    let kept = ports(db, id).await;
    assert_eq!(kept.iter().map(|record| record.interface.id).collect::<Vec<_>>(), ids);
    let first = &kept[0];
    assert_eq!((first.interface.name.as_str(), first.interface.alias.as_str()), ("ether1", "cổng ether1"));
    assert_eq!((first.interface.if_type, first.interface.index), (Some(6), 1));
    assert_eq!(first.interface.mac, told.interfaces[0].mac);
    assert_eq!(first.interface.speed_bps, Some(1_000_000_000));
    assert_eq!((first.interface.is_admin_up, first.interface.is_oper_up), (Some(true), Some(false)));
    assert_eq!((first.seen_at, first.gone_at), (at(60), None));
    assert_eq!(db.interface_by_id(&Scope::All, ids[0]).await.expect("it reads").as_ref(), Some(first));
    assert_eq!(db.fleet_revision().await.expect("it reads"), revision, "what was seen is no change of the inventory");
}

async fn ports_keep_their_ids_when_a_device_renumbers(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let before = write(db, visit(id, 60, true, Ok(reading()))).await;
    let interfaces = vec![
        port(7, "ether2", "02:00:00:00:00:02"),
        port(8, "ether1", "02:00:00:00:00:01"),
        port(9, "wlan1", "02:00:00:00:00:03"),
    ];
    let after = write(db, visit(id, 120, true, Ok(Reading { interfaces, ..reading() }))).await;
    assert_eq!(after[..2], [before[1], before[0]]);
    assert!(!before.contains(&after[2]));
    assert_eq!(ports(db, id).await.iter().map(|record| record.interface.index).collect::<Vec<_>>(), [7, 8, 9]);
}

async fn a_port_that_is_gone_comes_back_under_its_id(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let ids = write(db, visit(id, 60, true, Ok(reading()))).await;
    let less = Reading { interfaces: vec![port(1, "ether1", "02:00:00:00:00:01")], ..reading() };
    write(db, visit(id, 120, true, Ok(less.clone()))).await;
    // A device that is asked again is gone since the first time.
    write(db, visit(id, 180, true, Ok(less.clone()))).await;
    assert_eq!(ports(db, id).await.iter().map(|record| record.gone_at).collect::<Vec<_>>(), [None, Some(at(120))]);
    let filter = InterfaceFilter { device: Some(id), ..InterfaceFilter::default() };
    let listed = db.interface_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists");
    assert_eq!(listed.items.len(), 1);
    // A visit that does not list every port says nothing about the others.
    let some = Reading { has_all_interfaces: false, interfaces: Vec::new(), ..reading() };
    write(db, visit(id, 240, false, Ok(some))).await;
    assert_eq!(ports(db, id).await[0].gone_at, None);
    assert_eq!(write(db, visit(id, 300, true, Ok(reading()))).await, ids);
    assert!(ports(db, id).await.iter().all(|record| record.gone_at.is_none()));
}

async fn a_counters_visit_clears_nothing_it_did_not_ask_for(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let ids = write(db, visit(id, 60, true, Ok(reading()))).await;
    let bare = |oper| InterfaceReading {
        index: 1,
        name: "ether1".into(),
        is_oper_up: Some(oper),
        ..InterfaceReading::default()
    };
    let counters = |oper| Reading { interfaces: vec![bare(oper)], ..Reading::default() };
    assert_eq!(write(db, visit(id, 120, false, Ok(counters(true)))).await, ids[..1]);
    let first = ports(db, id).await.swap_remove(0);
    assert_eq!((first.interface.alias.as_str(), first.interface.speed_bps), ("cổng ether1", Some(1_000_000_000)));
    assert_eq!((first.interface.is_oper_up, first.seen_at), (Some(true), at(120)));
    let fact = fact_of(db, id).await;
    assert_eq!((fact.identity.model.as_deref(), fact.full_visit_at), (Some("RB951G-2HnD"), Some(at(60))));
    assert_eq!((fact.good_visit_at, fact.uptime.map(|(_, time)| time)), (Some(at(120)), Some(at(60))));
    // Nothing changes: the time of being seen is allowed to lag ten minutes, not more.
    write(db, visit(id, 180, false, Ok(counters(true)))).await;
    assert_eq!(ports(db, id).await[0].seen_at, at(120));
    write(db, visit(id, 720, false, Ok(counters(true)))).await;
    assert_eq!(ports(db, id).await[0].seen_at, at(720));
    // A full visit asks for everything: what it does not tell is no longer known.
    write(db, visit(id, 780, true, Ok(counters(true)))).await;
    assert_eq!(ports(db, id).await[0].interface.speed_bps, None);
}

async fn a_failed_visit_keeps_what_was_known_before(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let failure =
        Failure { kind: FailureKind::Timeout, message: "no answer".into(), hint: "check the community".into() };
    assert_eq!(write(db, visit(id, 30, true, Err(failure.clone()))).await, []);
    let fact = fact_of(db, id).await;
    assert_eq!((fact.failure.as_ref(), fact.good_visit_at, fact.identity), (Some(&failure), None, Identity::default()));
    write(db, visit(id, 60, true, Ok(reading()))).await;
    write(db, visit(id, 120, false, Err(failure.clone()))).await;
    let fact = fact_of(db, id).await;
    assert_eq!((fact.failure, fact.visit_at, fact.good_visit_at), (Some(failure), at(120), Some(at(60))));
    assert_eq!(fact.identity.sys_name.as_deref(), Some("gw-dr-01"));
    write(db, visit(id, 180, false, Ok(Reading::default()))).await;
    let fact = fact_of(db, id).await;
    assert_eq!((fact.failure, fact.good_visit_at), (None, Some(at(180))));
}

async fn a_visit_that_comes_late_changes_nothing(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let ids = write(db, visit(id, 600, true, Ok(reading()))).await;
    let mut old = reading();
    old.interfaces[0].is_oper_up = Some(true);
    old.identity = Some(Identity { sys_name: Some("old".into()), ..Identity::default() });
    assert_eq!(write(db, visit(id, 60, true, Ok(old))).await, ids, "its samples still belong to the same ports");
    let record = fact_of(db, id).await;
    assert_eq!((record.visit_at, record.identity.sys_name.as_deref()), (at(600), Some("gw-dr-01")));
    assert_eq!(ports(db, id).await[0].interface.is_oper_up, Some(false));
}

async fn visits_to_devices_that_are_not_in_the_records_are_passed_over(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let visits = [visit(DeviceId(999), 60, true, Ok(reading())), visit(id, 60, true, Ok(reading()))];
    let ids = db.visit_write(&visits).await.expect("it writes");
    assert_eq!((ids[0].ports.len(), ids[1].ports.len()), (0, 2));
    assert_eq!(db.visit_write(&[]).await.expect("nothing to do"), Vec::new());
}

async fn ports_are_listed_in_pages_and_found_by_words(db: &Db) {
    small_fleet(db).await;
    for name in ["dr-01/gw", "dd-01/gw"] {
        let id = device(db, name).await;
        write(db, visit(id, 60, true, Ok(reading()))).await;
    }
    let mut ask = PageAsk { cursor: None, limit: 3 };
    let first = db.interface_list(&Scope::All, &InterfaceFilter::default(), &ask).await.expect("it lists");
    ask.cursor = first.next;
    let second = db.interface_list(&Scope::All, &InterfaceFilter::default(), &ask).await.expect("it lists");
    assert_eq!((first.items.len(), second.items.len(), second.next), (3, 1, None));
    let mut seen: Vec<InterfaceId> =
        first.items.iter().chain(&second.items).map(|record| record.interface.id).collect();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    let filter = InterfaceFilter { search: Some("cong ETHER2".into()), ..InterfaceFilter::default() };
    assert_eq!(db.interface_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists").items.len(), 2);
}

async fn what_a_device_says_may_hold_any_text(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let evil = "a\0b'; DROP TABLE device; -- \u{202E}đ";
    let mut told = reading();
    told.identity = Some(Identity { sys_name: Some(evil.into()), ..Identity::default() });
    told.interfaces[0].name = evil.into();
    told.interfaces[0].speed_bps = Some(u64::MAX);
    told.warnings = vec![evil.into()];
    write(db, visit(id, 60, true, Ok(told))).await;
    let kept = evil.replace('\0', "");
    let fact = fact_of(db, id).await;
    assert_eq!(
        (fact.identity.sys_name.as_deref(), fact.warnings.as_slice()),
        (Some(kept.as_str()), [kept.clone()].as_slice())
    );
    let port = ports(db, id).await.swap_remove(0).interface;
    assert_eq!((port.name, port.speed_bps), (kept, Some(i64::MAX.unsigned_abs())));
}

async fn what_a_full_visit_found_odd_stays_until_the_next_one(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let clean = || Reading { warnings: Vec::new(), ..reading() };
    let told = reading().warnings;
    let visits = [(60, true, reading(), told.clone()), (120, false, clean(), told), (180, true, clean(), Vec::new())];
    for (seconds, is_full, reading, expected) in visits {
        write(db, visit(id, seconds, is_full, Ok(reading))).await;
        let fact = fact_of(db, id).await;
        assert_eq!((fact.visit_at, fact.warnings), (at(seconds), expected));
    }
}
