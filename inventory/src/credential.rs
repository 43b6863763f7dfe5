//! Credential profiles: what an agent shows to a device. Records hold only their names.

pub mod part;
mod ssh;

use std::collections::BTreeMap;

pub use ssh::{Ssh, SshLogin};

use crate::secret::Secret;
use crate::snmp_v3::SnmpV3;
use crate::text::{NameError, check_name};

/// The name of a credential profile, as the CSV and the configuration give it: `snmp-v2c-halls`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileName(String);

impl ProfileName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ProfileName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        check_name(text, 64).map(|()| ProfileName(text.to_owned()))
    }
}

impl std::fmt::Display for ProfileName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What opens a device. It cannot be printed or serialised, because a [`Secret`] cannot.
#[derive(Clone)]
pub enum Credential {
    /// SNMPv1 (RFC 1157): for devices that speak nothing newer.
    SnmpV1 {
        /// The community, sent in clear.
        community: Secret,
    },
    /// SNMPv2c (RFC 1901).
    SnmpV2c {
        /// The community, sent in clear.
        community: Secret,
    },
    /// SNMPv3 with the user-based security model (RFC 3414).
    SnmpV3(SnmpV3),
    /// A log-in over SSH.
    Ssh(Ssh),
}

impl Credential {
    /// Whether another opens the same in the same way. The answer must lead to nothing that a stranger sees.
    pub fn is_same(&self, other: &Credential) -> bool {
        match (self, other) {
            (Credential::SnmpV1 { community: one }, Credential::SnmpV1 { community: two })
            | (Credential::SnmpV2c { community: one }, Credential::SnmpV2c { community: two }) => {
                one.reveal() == two.reveal()
            }
            (Credential::SnmpV3(one), Credential::SnmpV3(two)) => one.is_same(two),
            (Credential::Ssh(one), Credential::Ssh(two)) => one.is_same(two),
            (
                Credential::SnmpV1 { .. } | Credential::SnmpV2c { .. } | Credential::SnmpV3(_) | Credential::Ssh(_),
                _,
            ) => false,
        }
    }

    /// The kind in the words of the configuration file.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Credential::SnmpV1 { .. } => CredentialKind::SnmpV1,
            Credential::SnmpV2c { .. } => CredentialKind::SnmpV2c,
            Credential::SnmpV3(_) => CredentialKind::SnmpV3,
            Credential::Ssh(_) => CredentialKind::Ssh,
        }
    }
}

/// What a profile can open, without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialKind {
    /// SNMPv1 community.
    SnmpV1,
    /// SNMPv2c community.
    SnmpV2c,
    /// SNMPv3 user.
    SnmpV3,
    /// SSH log-in.
    Ssh,
}

impl CredentialKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SnmpV1, Self::SnmpV2c, Self::SnmpV3, Self::Ssh];

    /// As the configuration file spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            CredentialKind::SnmpV1 => "snmp-v1",
            CredentialKind::SnmpV2c => "snmp-v2c",
            CredentialKind::SnmpV3 => "snmp-v3",
            CredentialKind::Ssh => "ssh",
        }
    }
}

/// The profiles an importer may name, and what each is good for.
pub type KnownProfiles = BTreeMap<ProfileName, CredentialKind>;

/// A word that is no kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of snmp-v1, snmp-v2c, snmp-v3, ssh")]
pub struct CredentialKindError;

impl std::str::FromStr for CredentialKind {
    type Err = CredentialKindError;
    fn from_str(text: &str) -> Result<Self, CredentialKindError> {
        CredentialKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(CredentialKindError)
    }
}
