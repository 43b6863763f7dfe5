//! Data keys, sealed secrets and credential profiles: what goes in comes out, nowhere else and never in the open.

use std::collections::BTreeMap;

use inventory::credential::part::{Outline, SecretPart};
use inventory::credential::{Credential, Ssh, SshLogin};
use inventory::secret::Secret;
use inventory::snmp_v3::{AuthAlgorithm, Keyed, PrivacyAlgorithm, SnmpV3};
use jiff::civil::date;

use super::fixture::{at, device, entry, small_fleet};
use super::on_both;
use crate::store::db::both;
use crate::store::{CredentialDeleted, CredentialMade, CredentialUse, Db, PageAsk, StoreError};
use crate::vault::{Keyring, MasterKey, OpenError};

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// The first keys of these records.
pub(super) async fn ring(db: &Db) -> (MasterKey, Keyring) {
    let master = MasterKey::random();
    db.data_key_first(&Keyring::new_key(&master, 1), at(0)).await.expect("it is written");
    let ring = load(db, &master).await;
    (master, ring)
}

async fn load(db: &Db, master: &MasterKey) -> Keyring {
    Keyring::unwrap(master, &db.vault_load().await.expect("it reads").keys).expect("it opens")
}

fn community(text: &str) -> Credential {
    Credential::SnmpV2c { community: secret(text) }
}

/// One of each kind, with everything that it can have.
fn each() -> Vec<(&'static str, Credential)> {
    let v3 = |auth, privacy| SnmpV3::new("xã".into(), auth, privacy).expect("it is one");
    let auth = || Some(Keyed { algorithm: AuthAlgorithm::Sha256, pass_phrase: secret("xác thực 256") });
    let privacy = Keyed { algorithm: PrivacyAlgorithm::Aes128, pass_phrase: secret("mã hóa 128") };
    let pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n";
    let ssh = |login, legacy_until| Credential::Ssh(Ssh { user: "root".into(), port: 2222, login, legacy_until });
    vec![
        ("a-v1", Credential::SnmpV1 { community: secret("v1") }),
        ("b-v2c", community("công cộng")),
        ("c-v3-open", Credential::SnmpV3(v3(None, None))),
        ("d-v3-auth", Credential::SnmpV3(v3(auth(), None))),
        ("e-v3", Credential::SnmpV3(v3(auth(), Some(privacy)))),
        ("f-password", ssh(SshLogin::Password(secret("mật khẩu")), Some(date(2027, 1, 31)))),
        ("g-key", ssh(SshLogin::Key { pem: secret(pem), passphrase: Some(secret("của khóa")) }, None)),
        ("h-key", ssh(SshLogin::Key { pem: secret(pem), passphrase: None }, None)),
    ]
}

async fn create(db: &Db, ring: &Keyring, name: &str, credential: &Credential) -> CredentialMade {
    db.credential_create(ring, &name.parse().expect("a name"), credential, &entry()).await.expect("it is written")
}

async fn a_credential_of_each_kind_comes_back_as_it_was(db: &Db) {
    let (_, ring) = ring(db).await;
    for (name, credential) in each() {
        assert!(matches!(create(db, &ring, name, &credential).await, CredentialMade::Made(_)), "{name}");
        assert_eq!(create(db, &ring, name, &credential).await, CredentialMade::NameTaken, "{name}");
    }
    let ask = PageAsk { cursor: None, limit: 3 };
    let first = db.credential_list(&ask).await.expect("it lists");
    let rest = PageAsk { cursor: first.next, limit: 100 };
    let rest = db.credential_list(&rest).await.expect("it lists");
    let records: Vec<_> = first.items.into_iter().chain(rest.items).collect();
    let (revision, opened) = db.credential_open_all(&ring).await.expect("it opens");
    assert_eq!(revision, db.vault_revision().await.expect("it reads"));
    assert_eq!((records.len(), opened.len()), (each().len(), each().len()));
    for ((name, credential), record) in each().into_iter().zip(records) {
        assert_eq!(record.name.as_str(), name);
        assert_eq!(record.outline, credential.outline(), "{name}");
        assert_eq!(record.secrets, credential.secrets().into_keys().collect::<Vec<_>>(), "{name}");
        assert!(db.credential_open(&ring, &record).await.expect("it opens").is_same(&credential), "{name}");
        let same = opened.iter().find(|opened| opened.record == record).expect("it is among them");
        assert!(same.credential.as_ref().is_ok_and(|opened| opened.is_same(&credential)), "{name}");
    }
}

async fn a_changed_credential_has_its_new_secrets_only(db: &Db) {
    let (_, ring) = ring(db).await;
    create(db, &ring, "x", &each()[6].1).await;
    let name = "x".parse().expect("a name");
    let before = db.credential_by_name(&name).await.expect("it reads").expect("it is there");
    let revision = db.vault_revision().await.expect("it reads");
    let late = crate::store::AuditEntry { at: at(9), ..entry() };
    db.credential_write(&ring, before.id, &each()[5].1, &late).await.expect("it is written");
    let after = db.credential_by_name(&name).await.expect("it reads").expect("it is there");
    assert_eq!((after.secrets, after.made_at, after.changed_at), (vec![SecretPart::Password], at(0), at(9)));
    assert_eq!(after.outline, Outline::Ssh { user: "root".into(), port: 2222, legacy_until: Some(date(2027, 1, 31)) });
    assert_eq!(db.secret_count().await.expect("it counts"), 1);
    assert!(db.vault_revision().await.expect("it reads") > revision);
}

async fn a_credential_that_a_device_names_is_not_deleted(db: &Db) {
    let (_, ring) = ring(db).await;
    // The name that the gateway of the small fleet gives.
    for name in ["snmp-v2c-halls", "free"] {
        create(db, &ring, name, &community(name)).await;
    }
    small_fleet(db).await;
    let find = async |name: &str| db.credential_by_name(&name.parse().expect("a name")).await.expect("it reads");
    let named = find("snmp-v2c-halls").await.expect("it is there");
    assert_eq!(named.devices, 1);
    let used = CredentialUse { device: device(db, "dr-01/gw").await, credential: named.id };
    db.credential_use_write("embedded", &[(used, named.changed_at)], &entry()).await.expect("it is written");
    assert_eq!(
        db.credential_uses("embedded").await.expect("it reads"),
        BTreeMap::from([(used, named.changed_at.as_millisecond())])
    );
    assert!(db.credential_uses("other").await.expect("it reads").is_empty());
    let refused = db.credential_delete(&named, &entry()).await.expect("it reads");
    assert_eq!(refused, CredentialDeleted::Named(vec!["dr-01/gw".to_owned()]));
    let free = find("free").await.expect("it is there");
    assert_eq!(db.credential_delete(&free, &entry()).await.expect("it is deleted"), CredentialDeleted::Deleted);
    assert!(find("free").await.is_none() && find("snmp-v2c-halls").await.is_some());
    assert_eq!(db.secret_count().await.expect("it counts"), 1, "its secret went with it");
}

async fn a_name_is_taken_over_from_the_configuration_once(db: &Db) {
    let (_, ring) = ring(db).await;
    let name = "halls".parse().expect("a name");
    let import =
        async |text: &str| db.credential_import(&ring, &name, &community(text), &entry()).await.expect("it is written");
    assert!(import("one").await && !import("two").await);
    let record = db.credential_by_name(&name).await.expect("it reads").expect("it is there");
    assert!(db.credential_open(&ring, &record).await.expect("it opens").is_same(&community("one")));
    db.credential_delete(&record, &entry()).await.expect("it is deleted");
    assert!(!import("three").await, "what was deleted does not come back");
    assert_eq!(db.credential_imported().await.expect("it reads"), [name]);
}

async fn a_sealed_secret_that_was_moved_does_not_open(db: &Db) {
    let (_, ring) = ring(db).await;
    for name in ["one", "two", "three"] {
        create(db, &ring, name, &community(name)).await;
    }
    // The owner of the database gives the second device what opens the first, and back.
    for text in [
        "UPDATE secret SET of_row = 99 WHERE of_row = 1",
        "UPDATE secret SET of_row = 1 WHERE of_row = 2",
        "UPDATE secret SET of_row = 2 WHERE of_row = 99",
    ] {
        both!(db.writer(), pool => sqlx::query(text).execute(pool).await.map(|_| ())).expect("the owner may");
    }
    let (_, opened) = db.credential_open_all(&ring).await.expect("it reads");
    for opened in opened {
        let name = opened.record.name.as_str();
        match opened.credential {
            Ok(credential) => assert!(name == "three" && credential.is_same(&community("three"))),
            Err(StoreError::NotOpened { source: OpenError::Refused, .. }) => assert_ne!(name, "three"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
    // Under another column it is no better.
    let rename = "UPDATE secret SET of_column = 'password' WHERE of_row = 3";
    both!(db.writer(), pool => sqlx::query(rename).execute(pool).await.map(|_| ())).expect("the owner may");
    let record = db.credential_by_name(&"three".parse().expect("a name")).await.expect("it reads").expect("there");
    assert!(matches!(db.credential_open(&ring, &record).await, Err(StoreError::NotOpened { .. })));
}

async fn after_each_step_of_a_rotation_everything_opens(db: &Db) {
    let (master, old) = ring(db).await;
    for n in 0..5 {
        create(db, &old, &format!("c{n}"), &community(&format!("secret {n}"))).await;
    }
    let all_open = async |master: &MasterKey| {
        let ring = load(db, master).await;
        let (_, opened) = db.credential_open_all(&ring).await.expect("it reads");
        opened.len() == 5 && opened.iter().all(|opened| opened.credential.is_ok())
    };
    db.data_key_add(&Keyring::new_key(&master, 2), &entry()).await.expect("it is written");
    assert!(all_open(&master).await);
    // Who still has the keys of before is told to load them again: before he writes, and when he meets what is newer.
    let name = "late".parse().expect("a name");
    let refused = db.credential_create(&old, &name, &community("late"), &entry()).await;
    assert!(matches!(refused, Err(StoreError::KeysChanged)));
    let ring = load(db, &master).await;
    assert!(!db.data_key_drop_old().await.expect("it reads"), "it is still needed");
    assert_eq!(db.secret_reseal(&ring, 3).await.expect("it is written"), 3);
    let stale = db.credential_open_all(&old).await.err();
    assert!(matches!(stale, Some(StoreError::NotOpened { source: OpenError::Version(2), .. })));
    assert!(all_open(&master).await && !db.data_key_drop_old().await.expect("it reads"));
    assert_eq!(db.secret_reseal(&ring, 3).await.expect("it is written"), 2);
    assert_eq!(db.secret_reseal(&ring, 3).await.expect("it is written"), 0);
    assert!(db.data_key_drop_old().await.expect("it is written") && all_open(&master).await);
    let next = MasterKey::random();
    let ring = load(db, &master).await;
    db.data_key_rewrap(&ring.wrapped_by(&next), &entry()).await.expect("it is written");
    assert!(all_open(&next).await);
    let keys = db.vault_load().await.expect("it reads").keys;
    assert!(keys.len() == 1 && Keyring::unwrap(&master, &keys).is_err(), "the old master key opens nothing");
    let two = [Keyring::new_key(&next, 1), Keyring::new_key(&next, 2)];
    assert!(matches!(db.data_key_rewrap(&two, &entry()).await, Err(StoreError::KeysChanged)));
    assert!(db.secret_traces_wipe().await.expect("it is done") && all_open(&next).await);
}

async fn a_second_first_key_is_not_kept(db: &Db) {
    let (master, _) = ring(db).await;
    db.data_key_first(&Keyring::new_key(&MasterKey::random(), 1), at(1)).await.expect("it reads");
    assert_eq!(load(db, &master).await.newest(), 1);
}

on_both!(
    a_credential_of_each_kind_comes_back_as_it_was,
    a_changed_credential_has_its_new_secrets_only,
    a_credential_that_a_device_names_is_not_deleted,
    a_name_is_taken_over_from_the_configuration_once,
    a_sealed_secret_that_was_moved_does_not_open,
    after_each_step_of_a_rotation_everything_opens,
    a_second_first_key_is_not_kept,
);
