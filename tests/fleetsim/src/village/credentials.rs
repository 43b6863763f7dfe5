//! The credential profiles that the devices of a village name.

use std::collections::BTreeMap;

use russh::keys::ssh_key::LineEnding;

use super::chance::draw;
use super::plan::Asked;
use crate::snmp::v3::{Auth, Extension, Privacy, User};
use crate::ssh::{Login, key_pair};

/// Profile of the devices that answer version 2c.
pub const SNMP_V2C: &str = "snmp-v2c";
/// Profile of the devices that answer version 3.
pub const SNMP_V3: &str = "snmp-v3";
/// Profile of the devices one logs in to with a password.
pub const SSH_PASSWORD: &str = "ssh-password";
/// Profile of the devices one logs in to with a key.
pub const SSH_KEY: &str = "ssh-key";

/// A profile's values, as they are printed for whoever starts the fleet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Credential {
    /// SNMP version 2c.
    #[serde(rename = "snmp-v2c")]
    SnmpV2c {
        /// The community.
        community: String,
    },
    /// SNMP version 3.
    #[serde(rename = "snmp-v3")]
    SnmpV3 {
        /// The user's name.
        user: String,
        /// `SHA-256`.
        auth: String,
        /// The pass phrase for it.
        auth_pass: String,
        /// `AES-128`.
        privacy: String,
        /// The pass phrase for it.
        privacy_pass: String,
    },
    /// SSH, by a password or a key.
    Ssh {
        /// The user's name.
        user: String,
        /// The port.
        port: u16,
        /// The password.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<String>,
        /// The private key, as OpenSSH writes it.
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
}

/// The profiles of a village, by name.
pub type Credentials = BTreeMap<String, Credential>;

pub(super) fn community(seed: u64) -> String {
    format!("lang-{:012x}", draw(seed, "community", 0) >> 16)
}

/// Values of one seed; the secrets of a simulation are secrets only by accident.
pub(super) fn credentials(seed: u64, ssh_port: u16) -> Credentials {
    let v2c = Credential::SnmpV2c { community: community(seed) };
    let v3 = Credential::SnmpV3 {
        user: USER.to_owned(),
        auth: "SHA-256".to_owned(),
        auth_pass: pass(seed, "auth"),
        privacy: "AES-128".to_owned(),
        privacy_pass: pass(seed, "privacy"),
    };
    let ssh = |password, key| Credential::Ssh { user: SSH_USER.to_owned(), port: ssh_port, password, key };
    let key = key_pair(key_seed(seed)).to_openssh(LineEnding::LF).expect("a key that was just made can be written");
    [
        (SNMP_V2C, v2c),
        (SNMP_V3, v3),
        (SSH_PASSWORD, ssh(Some(pass(seed, "ssh")), None)),
        (SSH_KEY, ssh(None, Some(key.to_string()))),
    ]
    .map(|(name, credential)| (name.to_owned(), credential))
    .into()
}

/// The user of version 3, who is made once for the whole fleet.
pub(super) fn user(seed: u64) -> User {
    User::open(USER).with_auth(Auth::Sha256, &pass(seed, "auth")).with_privacy(
        Privacy::Aes128,
        Extension::Blumenthal,
        &pass(seed, "privacy"),
    )
}

const USER: &str = "giamsat";
/// Who one logs in as on OpenWrt.
const SSH_USER: &str = "root";

fn key_seed(seed: u64) -> u64 {
    draw(seed, "ssh-key", 0)
}

/// Who is let in to a device.
pub(super) fn login(seed: u64, asked: Asked) -> Login {
    match asked {
        Asked::V2cAndSshKey => Login::key(SSH_USER, &key_pair(key_seed(seed))),
        Asked::SshPassword | Asked::V2c | Asked::V3 => Login::password(SSH_USER, &pass(seed, "ssh")),
    }
}

pub(super) fn pass(seed: u64, what: &str) -> String {
    format!("{:016x}", draw(seed, what, 0))
}
