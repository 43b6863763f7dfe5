//! `[credentials.NAME]` of kind `snmp-v3`: a user, and what protects the messages sent in its name.

use std::str::FromStr;

use inventory::secret::Secret;
use inventory::snmp_v3::{Keyed, SnmpV3, SnmpV3Fault, UnknownAlgorithm};

use super::reader::{Found, Section};
use super::secret_file;

/// The name of an algorithm and the pass phrase for it, and where they stand.
type Pair<A> = (Found<A>, Found<Secret>);

pub(super) fn snmp_v3(section: &mut Section<'_>) -> Option<SnmpV3> {
    let user = section.required("user", "write user = \"NAME\"");
    let auth = pair(section, "auth", "auth_file");
    let privacy = pair(section, "privacy", "privacy_file");
    let (user, auth, privacy) = (user?, auth?, privacy?);
    match SnmpV3::new(user.value.clone(), auth.as_ref().map(keyed), privacy.as_ref().map(keyed)) {
        Ok(credential) => Some(credential),
        Err(faults) => {
            for fault in faults {
                let told = fault.to_string();
                match fault {
                    SnmpV3Fault::UserLength(_) | SnmpV3Fault::UserControl => {
                        section.refuse(&user, format!("cannot be used: {told}"));
                    }
                    SnmpV3Fault::AuthPassPhrase(_) => section.refuse(&auth.as_ref()?.1, format!("is refused: {told}")),
                    SnmpV3Fault::PrivacyPassPhrase(_) => {
                        section.refuse(&privacy.as_ref()?.1, format!("is refused: {told}"));
                    }
                    SnmpV3Fault::PrivacyWithoutAuth => {
                        section.refuse(&privacy.as_ref()?.0, format!("cannot stand alone: {told}"));
                    }
                }
            }
            None
        }
    }
}

fn keyed<A: Copy>((algorithm, pass_phrase): &Pair<A>) -> Keyed<A> {
    Keyed { algorithm: algorithm.value, pass_phrase: pass_phrase.value.clone() }
}

/// `Some(None)` where neither key is there, `None` after a fault.
fn pair<A: FromStr<Err = UnknownAlgorithm>>(
    section: &mut Section<'_>,
    word_key: &'static str,
    file_key: &'static str,
) -> Option<Option<Pair<A>>> {
    let (has_word, has_file) = (section.has(word_key), section.has(file_key));
    let word = section.text(word_key);
    let pass_phrase = secret_file::secret(section, file_key);
    if has_word && !has_file {
        section.missing(file_key, "write the file with the pass phrase");
    }
    if has_file && !has_word {
        section.missing(word_key, "write the algorithm");
    }
    if !has_word && !has_file {
        return Some(None);
    }
    let word = word?;
    match word.value.parse::<A>() {
        Ok(algorithm) => Some(Some((word.map(|_| algorithm), pass_phrase?))),
        Err(error) => {
            section.refuse(&word, error.to_string());
            None
        }
    }
}
