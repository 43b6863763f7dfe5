//! Samples of the page about what opens devices.

use inventory::credential::part::{Outline, PartsFault, SecretPart};
use inventory::id::CredentialId;
use inventory::snmp_v3::{AuthAlgorithm, PrivacyAlgorithm, SnmpV3Fault};
use jiff::civil::date;

use super::credentials::CredentialsPage;
use super::failure::Failure as FormFailure;
use super::samples::{EVIL, frame, minutes_ago, now};
use crate::store::CredentialRecord;
use crate::web::language::Language;

/// Named samples of the page about what opens devices.
pub(super) fn credentials(language: Language) -> Vec<(&'static str, CredentialsPage)> {
    let record = |id: i64, outline: Outline, secrets: Vec<SecretPart>| CredentialRecord {
        id: CredentialId(id),
        name: format!("halls-{id}").parse().expect("a name"),
        outline,
        secrets,
        devices: u64::try_from(id).expect("small") - 1,
        made_at: now(),
        changed_at: minutes_ago(12),
    };
    let v3 = |user: &str| Outline::SnmpV3 {
        user: user.to_owned(),
        auth: Some(AuthAlgorithm::Md5),
        privacy: Some(PrivacyAlgorithm::Aes128),
    };
    let ssh = |user: &str| Outline::Ssh { user: user.to_owned(), port: 22, legacy_until: Some(date(2026, 12, 31)) };
    let page = |user: &str, failure| CredentialsPage {
        frame: frame(language, "/credentials"),
        credentials: vec![
            record(1, Outline::SnmpV2c, vec![SecretPart::Community]),
            record(2, v3(user), vec![SecretPart::Auth, SecretPart::Privacy]),
            record(3, ssh(user), vec![SecretPart::Key, SecretPart::Passphrase]),
        ],
        next: Some("cursor".to_owned()),
        is_locked: false,
        failure,
    };
    let empty = CredentialsPage { credentials: vec![], next: None, ..page("xa", None) };
    let locked = CredentialsPage { is_locked: true, ..page("xa", Some(FormFailure::Locked)) };
    let faults = SecretPart::ALL
        .into_iter()
        .flat_map(|part| {
            [PartsFault::Missing(part), PartsFault::Empty(part), PartsFault::Stray(part), PartsFault::Control(part)]
        })
        .chain([
            PartsFault::CommunityLength,
            PartsFault::SnmpV3(SnmpV3Fault::UserControl),
            PartsFault::SnmpV3(SnmpV3Fault::AuthPassPhrase(1)),
            PartsFault::SnmpV3(SnmpV3Fault::PrivacyPassPhrase(1)),
            PartsFault::SnmpV3(SnmpV3Fault::PrivacyWithoutAuth),
            PartsFault::SshUser,
            PartsFault::SshLogin,
            PartsFault::NoKey,
        ])
        .collect();
    vec![
        ("some", page("xa", None)),
        ("empty", empty),
        ("locked", locked),
        ("used", page("xa", Some(FormFailure::CredentialUsed))),
        ("evil", page(EVIL, Some(FormFailure::Credential(faults)))),
    ]
}
