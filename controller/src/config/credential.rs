//! `[credentials.NAME]`: what opens devices. The inventory holds only the names.

use std::collections::BTreeMap;

use inventory::credential::{Credential, CredentialKind, ProfileName};

use super::reader::Section;
use super::secret_file;

/// The kinds there are, in the words of the file.
const KINDS: [CredentialKind; 2] = [CredentialKind::SnmpV1, CredentialKind::SnmpV2c];

/// The longest community that is sent, in bytes. RFC 1157 sets no bound; agents cut at less.
const COMMUNITY_MAX: usize = 255;

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
    let words = KINDS.map(|kind| (kind.as_str(), kind));
    let kind =
        section.required("kind", &format!("write kind = {}", words.map(|(word, _)| format!("{word:?}")).join(" or ")));
    let kind = kind.and_then(|found| section.one_of(&found, &words));
    let community = secret_file::required_secret(section, "community_file", "write community_file = \"PATH\"")?;
    if community.value.reveal().len() > COMMUNITY_MAX {
        section.refuse(&community, format!("names a file with a community longer than {COMMUNITY_MAX} bytes"));
        return None;
    }
    let community = community.value;
    Some(match kind? {
        CredentialKind::SnmpV1 => Credential::SnmpV1 { community },
        CredentialKind::SnmpV2c => Credential::SnmpV2c { community },
    })
}
