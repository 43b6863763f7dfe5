//! Host keys: what devices show, and what people confirm.

use alerts::Effect;
use alerts::host_key::OfferedKey;
use inventory::device::HostKeyFingerprint;
use inventory::id::DeviceId;

use super::fixture::{at, device, entry, small_fleet};
use super::on_both;
use crate::store::{Db, DeviceRecord, HostKeyConfirmed, Scope};

on_both! {
    a_key_that_a_device_shows_is_kept_and_the_engine_goes_on_from_it,
    only_the_key_that_is_shown_can_be_confirmed,
}

fn fingerprint(letter: char) -> HostKeyFingerprint {
    format!("SHA256:{}", letter.to_string().repeat(43)).parse().expect("a fingerprint")
}

fn shown(device: DeviceId, letter: char, seconds: i64) -> OfferedKey {
    let (first_seen, last_seen) = (at(seconds), at(seconds + 60));
    OfferedKey { device, fingerprint: fingerprint(letter), first_seen, last_seen, changed: Some(at(seconds + 1)) }
}

async fn write(db: &Db, key: OfferedKey) {
    db.judgement_write(&[Effect::HostKey(key)], &[], None).await.expect("it writes");
}

async fn record(db: &Db, id: DeviceId) -> DeviceRecord {
    db.device_by_id(&Scope::All, id).await.expect("it reads").expect("it is there")
}

async fn a_key_that_a_device_shows_is_kept_and_the_engine_goes_on_from_it(db: &Db) {
    small_fleet(db).await;
    let (gateway, other) = (device(db, "dr-01/gw").await, device(db, "dr-01/ap-1").await);
    assert_eq!(record(db, gateway).await.offered_key, None);
    write(db, shown(gateway, 'b', 10)).await;
    let newer = OfferedKey { changed: None, ..shown(gateway, 'c', 20) };
    write(db, newer.clone()).await;
    write(db, shown(other, 'b', 30)).await;
    assert_eq!(record(db, gateway).await.unconfirmed_key(), Some(&newer));
    let kept = db.engine_snapshot().await.expect("it loads").host_keys;
    assert_eq!(kept.len(), 2);
    assert!(kept.contains(&newer) && kept.contains(&shown(other, 'b', 30)), "{kept:?}");
}

async fn only_the_key_that_is_shown_can_be_confirmed(db: &Db) {
    small_fleet(db).await;
    let id = device(db, "dr-01/gw").await;
    let before = (db.fleet_revision().await.expect("it reads"), record(db, id).await.device);
    let confirm =
        async |letter| db.host_key_confirm(&Scope::All, id, &fingerprint(letter), &entry()).await.expect("it is asked");
    assert_eq!(confirm('b').await, HostKeyConfirmed::NotShown(None));
    write(db, shown(id, 'c', 10)).await;
    assert_eq!(confirm('b').await, HostKeyConfirmed::NotShown(Some(fingerprint('c'))));
    assert_eq!((db.fleet_revision().await.expect("it reads"), record(db, id).await.device), before);
    assert_eq!(confirm('c').await, HostKeyConfirmed::Pinned);
    let after = record(db, id).await;
    assert_eq!(after.device.facts.host_key, Some(fingerprint('c')));
    assert_eq!(after.unconfirmed_key(), None);
    assert_eq!(db.fleet_revision().await.expect("it reads"), before.0 + 1);
    assert_eq!(confirm('c').await, HostKeyConfirmed::Pinned, "twice is once");
}
