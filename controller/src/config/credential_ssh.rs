//! `[credentials.NAME]` of kind `ssh`: who logs in, and with what.

use inventory::credential::part::{SSH_USER_MAX, is_private_key};
use inventory::credential::{Ssh, SshLogin};
use inventory::secret::Secret;
use jiff::civil::Date;

use super::reader::{Found, Section};
use super::secret_file;

pub(super) fn ssh(section: &mut Section<'_>) -> Option<Ssh> {
    let (user, port, login, legacy_until) = (user(section), port(section), login(section), legacy_until(section));
    Some(Ssh { user: user?, port: port?, login: login?, legacy_until: legacy_until? })
}

fn user(section: &mut Section<'_>) -> Option<String> {
    let user = section.required("user", "write user = \"NAME\"")?;
    if user.value.len() > SSH_USER_MAX || user.value.contains(char::is_control) {
        section.refuse(&user, format!("is no user name: at most {SSH_USER_MAX} bytes without control characters"));
        return None;
    }
    Some(user.value)
}

/// `None` after a fault only, as with the others here.
fn port(section: &mut Section<'_>) -> Option<u16> {
    let is_given = section.has("port");
    match section.whole("port", 1..=u64::from(u16::MAX)) {
        Some(port) => u16::try_from(port.value).ok(),
        None => (!is_given).then_some(Ssh::PORT),
    }
}

fn login(section: &mut Section<'_>) -> Option<SshLogin> {
    let (by_password, by_key) = (section.has("password_file"), section.has("key_file"));
    let password = secret_file::secret(section, "password_file");
    let pem = key(section);
    let has_passphrase = section.has("passphrase_file");
    let passphrase = secret_file::secret(section, "passphrase_file");
    match (by_password, by_key) {
        (false, false) => {
            section.missing("key_file", "write key_file = \"PATH\" or password_file = \"PATH\"");
            None
        }
        (true, true) => {
            // What could not be read has been told of.
            let pem = pem?;
            section.refuse(&pem, "stands beside password_file: a profile logs in by one of them");
            None
        }
        (true, false) if has_passphrase => {
            section.refuse(&passphrase?, "has no key to open: key_file is not there");
            None
        }
        (true, false) => Some(SshLogin::Password(password?.value)),
        (false, true) if has_passphrase => Some(SshLogin::Key { pem: pem?.value, passphrase: Some(passphrase?.value) }),
        (false, true) => Some(SshLogin::Key { pem: pem?.value, passphrase: None }),
    }
}

fn key(section: &mut Section<'_>) -> Option<Found<Secret>> {
    let pem = secret_file::secret_lines(section, "key_file")?;
    if !is_private_key(pem.value.reveal()) {
        section.refuse(&pem, "names no private key: it begins with -----BEGIN OPENSSH PRIVATE KEY-----");
        return None;
    }
    Some(pem)
}

/// `Some(None)` where the profile names no date.
fn legacy_until(section: &mut Section<'_>) -> Option<Option<Date>> {
    let is_given = section.has("legacy_until");
    let Some(text) = section.text("legacy_until") else {
        return (!is_given).then_some(None);
    };
    let date = text.value.parse::<Date>().ok().filter(|_| text.value.len() == "2026-12-31".len());
    if date.is_none() {
        section.refuse(&text, "is no date of the form \"2026-12-31\"");
    }
    date.map(Some)
}
