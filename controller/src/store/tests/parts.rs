//! What devices tell beyond their ports: parts, their last condition, and who was connected.

use std::time::Duration;

use inventory::clock::{Clock, ManualClock};
use inventory::condition::{Condition, Network, Radio, SensorClass, SensorReading, Station, Wifi};
use inventory::device::Mac;
use inventory::id::{DeviceId, PartId};
use inventory::part::PARTS_MAX;
use inventory::reading::Reading;

use super::fixture::{at, device, small_fleet};
use super::on_both;
use super::vault::ring;
use crate::store::{Db, PartsKept, Scope, StationKey, StationsSeen, VisitSeen};

on_both! {
    parts_keep_their_ids_whatever_their_order,
    a_device_has_room_for_so_many_parts_and_old_ones_make_room,
    the_last_condition_is_kept_whole_and_without_addresses,
    visitors_are_counted_by_their_hash_when_their_address_is_forgotten,
    no_address_stays_for_more_than_30_days_and_no_visitor_for_more_than_100,
    a_device_has_room_for_so_many_visitors,
    what_lies_elsewhere_is_not_seen,
}

fn sensor(class: SensorClass, name: &str, value: f64) -> SensorReading {
    SensorReading { class, name: name.to_owned(), value, state: None }
}

fn condition() -> Condition {
    let station = Station { signal_dbm: Some(-61.0), ..Station::new(Mac([2, 0, 94, 0, 83, 1])) };
    Condition {
        cpu_percent: Some(7.5),
        wifi: Some(Wifi {
            clients: Some(1),
            radios: vec![Radio { name: "wlan1".into(), channel: Some(36), ..Radio::default() }],
            networks: vec![Network { ssid: "Nhà văn hoá".into(), clients: 1 }],
            stations: vec![station],
            ..Wifi::default()
        }),
        sensors: vec![sensor(SensorClass::Temperature, "cpu", -3.5), sensor(SensorClass::Voltage, "cpu", 23.9)],
        ..Condition::default()
    }
}

async fn write(db: &Db, device: DeviceId, seconds: i64, condition: Condition) -> PartsKept {
    let outcome = Ok(Reading { condition, ..Reading::default() });
    let visit = VisitSeen { device, at: at(seconds), protocol: "snmp2c".into(), is_full: false, outcome };
    db.visit_write(&[visit]).await.expect("it writes").pop().expect("one answer for one visit").parts
}

async fn parts_keep_their_ids_whatever_their_order(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let first = write(db, id, 0, condition()).await;
    assert_eq!((first.ids.len(), first.left_out), (4, 0));
    let mut turned = condition();
    turned.sensors.reverse();
    let again = write(db, id, 60, turned).await;
    assert_eq!(again.ids, [first.ids[0], first.ids[1], first.ids[3], first.ids[2]]);
    let listed = db.part_list(&Scope::All, id).await.expect("it lists");
    let words: Vec<String> =
        listed.iter().map(|part| format!("{} {}", part.key.class.as_str(), part.key.name)).collect();
    assert_eq!(words, ["radio wlan1", "network Nhà văn hoá", "temperature cpu", "voltage cpu"]);
    assert_eq!(listed.iter().map(|part| Some(part.id)).collect::<Vec<Option<PartId>>>(), first.ids);
}

async fn a_device_has_room_for_so_many_parts_and_old_ones_make_room(db: &Db) {
    small_fleet(db).await;
    let (id, other) = (device(db, "dr-01/gw").await, device(db, "dr-01/ap-1").await);
    let many = |from: usize, to: usize| Condition {
        sensors: (from..to).map(|n| sensor(SensorClass::Count, &format!("made up {n}"), 1.0)).collect(),
        ..Condition::default()
    };
    write(db, id, 0, many(0, PARTS_MAX - 1)).await;
    let full = write(db, id, 60, many(PARTS_MAX - 2, PARTS_MAX + 9)).await;
    assert_eq!((full.left_out, full.ids.iter().flatten().count()), (9, 2));
    assert_eq!(db.condition_of(&Scope::All, id).await.expect("it reads").expect("it told").parts_left_out, 9);
    assert_eq!(write(db, other, 60, condition()).await.left_out, 0, "one device takes no room from another");
    // Two days later only one of them is still told of.
    write(db, id, 2 * 86_400, many(7, 8)).await;
    assert_eq!(db.part_prune(at(86_400)).await.expect("it prunes"), u64::try_from(PARTS_MAX - 1 + 4).expect("small"));
    assert_eq!(write(db, id, 2 * 86_400 + 60, many(PARTS_MAX, PARTS_MAX + 9)).await.left_out, 0);
}

async fn the_last_condition_is_kept_whole_and_without_addresses(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    assert_eq!(db.condition_of(&Scope::All, id).await.expect("it reads"), None);
    write(db, id, 60, condition()).await;
    // A visit that comes late, and one that tells nothing of it, change nothing.
    write(db, id, 0, Condition { cpu_percent: Some(99.0), ..Condition::default() }).await;
    write(db, id, 120, Condition::default()).await;
    let record = db.condition_of(&Scope::All, id).await.expect("it reads").expect("it told");
    let mut told = condition();
    told.wifi.as_mut().expect("it has Wi-Fi").stations.clear();
    assert_eq!((record.at, record.condition, record.parts_left_out), (at(60), told, 0));
}

async fn key(db: &Db) -> StationKey {
    let (_, ring) = ring(db).await;
    let made = db.station_key(&ring).await.expect("it makes one");
    let again = db.station_key(&ring).await.expect("it finds it");
    assert_eq!(made.hash(Mac([1; 6])), again.hash(Mac([1; 6])), "there is one key for all times");
    made
}

async fn see(db: &Db, key: &StationKey, device: DeviceId, seconds: i64, macs: &[u8]) -> Vec<(DeviceId, usize)> {
    let station = |last: &u8| Station { ssid: Some("hall".into()), ..Station::new(Mac([2, 0, 94, 0, 83, *last])) };
    let seen = StationsSeen { device, at: at(seconds), stations: macs.iter().map(station).collect() };
    db.station_write(key, &[seen]).await.expect("it writes")
}

async fn visitors_are_counted_by_their_hash_when_their_address_is_forgotten(db: &Db) {
    const DAY: i64 = 86_400;
    small_fleet(db).await;
    let (id, key) = (device(db, "dr-01/gw").await, key(db).await);
    see(db, &key, id, 0, &[1, 2]).await;
    see(db, &key, id, 60, &[2]).await;
    see(db, &key, id, 40 * DAY, &[2, 3]).await;
    let list = |since| async move { db.station_list(&Scope::All, id, at(since), 10).await.expect("it lists") };
    let macs = |rows: &[crate::store::StationRecord]| rows.iter().map(|row| row.mac).collect::<Vec<_>>();
    assert_eq!(list(0).await.len(), 3);
    assert_eq!(db.station_forget(at(10 * DAY)).await.expect("it forgets"), 1);
    assert_eq!(db.station_forget(at(10 * DAY)).await.expect("it forgets"), 0, "there is nothing more to forget");
    let rows = list(0).await;
    assert_eq!(macs(&rows[2..]), [None], "the one that was last seen 40 days ago");
    assert!(macs(&rows[..2]).iter().all(Option::is_some));
    assert_eq!((rows[2].first_seen, rows[2].last_seen), (at(0), at(0)));
    let second = rows.iter().find(|row| row.mac == Some(Mac([2, 0, 94, 0, 83, 2]))).expect("it is there");
    assert_eq!((second.first_seen, second.last_seen), (at(0), at(40 * DAY)));
    assert_eq!(db.station_visitors(id, at(0)).await.expect("it counts"), 3);
    assert_eq!(db.station_visitors(id, at(DAY)).await.expect("it counts"), 2);
    // Who comes back is the same visitor, not another one.
    see(db, &key, id, 41 * DAY, &[1]).await;
    assert_eq!(db.station_visitors(id, at(0)).await.expect("it counts"), 3);
    assert_eq!(list(41 * DAY).await[0].first_seen, at(0));
    assert_eq!(db.station_prune(at(41 * DAY)).await.expect("it prunes"), 2);
}

async fn no_address_stays_for_more_than_30_days_and_no_visitor_for_more_than_100(db: &Db) {
    const DAY: i64 = 86_400;
    small_fleet(db).await;
    let (id, key) = (device(db, "dr-01/gw").await, key(db).await);
    // Seen an hour after one of the daily runs, which is the longest to wait for another.
    see(db, &key, id, 3_600, &[1]).await;
    let clock = ManualClock::new(at(0));
    let mut in_the_clear = 0;
    for day in 0..=101 {
        crate::tasks::stations::forget(db, clock.now()).await.expect("it forgets");
        let rows = db.station_list(&Scope::All, id, at(0), 10).await.expect("it lists");
        in_the_clear += i64::from(rows.iter().any(|row| row.mac.is_some()));
        assert_eq!(rows.len(), usize::from(day <= 100), "on day {day}");
        clock.advance(Duration::from_secs(DAY.unsigned_abs()));
    }
    assert_eq!(in_the_clear, 30, "on the days 0 to 29, and gone at the run of day 30, before it is 30 days old");
}

async fn a_device_has_room_for_so_many_visitors(db: &Db) {
    small_fleet(db).await;
    let (id, key) = (device(db, "dr-01/gw").await, key(db).await);
    let made_up = |n: u32| {
        Station::new(Mac([2, 0, n.to_be_bytes()[0], n.to_be_bytes()[1], n.to_be_bytes()[2], n.to_be_bytes()[3]]))
    };
    let all = StationsSeen { device: id, at: at(0), stations: (0..8192).map(made_up).collect() };
    assert_eq!(db.station_write(&key, &[all]).await.expect("it writes"), []);
    let more = StationsSeen { device: id, at: at(600), stations: (8190..8195).map(made_up).collect() };
    assert_eq!(db.station_write(&key, &[more]).await.expect("it writes"), [(id, 3)]);
    assert_eq!(db.station_visitors(id, at(600)).await.expect("it counts"), 2, "those that are known go on");
}

async fn what_lies_elsewhere_is_not_seen(db: &Db) {
    small_fleet(db).await;
    let (id, key) = (device(db, "dr-01/gw").await, key(db).await);
    let part = write(db, id, 60, condition()).await.ids[0].expect("there is room");
    see(db, &key, id, 60, &[1]).await;
    let nothing = Scope::nothing();
    assert_eq!(db.part_list(&nothing, id).await.expect("it lists"), []);
    assert_eq!(db.part_by_id(&nothing, part).await.expect("it reads"), None);
    assert_eq!(db.condition_of(&nothing, id).await.expect("it reads"), None);
    assert_eq!(db.station_list(&nothing, id, at(0), 10).await.expect("it lists"), []);
    assert!(db.part_by_id(&Scope::All, part).await.expect("it reads").is_some());
}
