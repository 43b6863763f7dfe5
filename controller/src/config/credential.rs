//! `[credentials.NAME]`: what opens devices. The inventory holds only the names.

use std::collections::BTreeMap;

use inventory::credential::part::COMMUNITY_MAX;
use inventory::credential::{Credential, CredentialKind, ProfileName};
use inventory::secret::Secret;

use super::credential_snmp_v3::snmp_v3;
use super::credential_ssh::ssh;
use super::reader::Section;
use super::secret_file;

pub(super) fn credentials(root: &mut Section<'_>) -> BTreeMap<ProfileName, Credential> {
    let mut credentials = BTreeMap::new();
    for (name, mut section) in root.sections("credentials") {
        let profile = name.value.parse::<ProfileName>();
        if let Err(error) = &profile {
            section.refuse(&name, format!("cannot be a name: it {error}"));
        }
        let credential = credential(&mut section);
        section.finish();
        if let (Ok(profile), Some(credential)) = (profile, credential) {
            credentials.insert(profile, credential);
        }
    }
    credentials
}

fn credential(section: &mut Section<'_>) -> Option<Credential> {
    let words = CredentialKind::ALL.map(|kind| (kind.as_str(), kind));
    let kind =
        section.required("kind", &format!("write kind = {}", words.map(|(word, _)| format!("{word:?}")).join(" or ")));
    let kind = kind.and_then(|found| section.one_of(&found, &words));
    match kind {
        Some(CredentialKind::SnmpV1) => Some(Credential::SnmpV1 { community: community(section)? }),
        Some(CredentialKind::SnmpV2c) => Some(Credential::SnmpV2c { community: community(section)? }),
        Some(CredentialKind::SnmpV3) => snmp_v3(section).map(Credential::SnmpV3),
        Some(CredentialKind::Ssh) => ssh(section).map(Credential::Ssh),
        None => {
            // Read all the same, so that its faults are told with the first one.
            community(section);
            None
        }
    }
}

fn community(section: &mut Section<'_>) -> Option<Secret> {
    let community = secret_file::required_secret(section, "community_file", "write community_file = \"PATH\"")?;
    if community.value.reveal().len() > COMMUNITY_MAX {
        section.refuse(&community, format!("names a file with a community longer than {COMMUNITY_MAX} bytes"));
        return None;
    }
    Some(community.value)
}
