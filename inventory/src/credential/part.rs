//! A credential taken apart: what may be shown of it, and the secrets, each with its name; and put together again.

use std::collections::BTreeMap;

use jiff::civil::Date;
use thiserror::Error;

use super::{Credential, CredentialKind, Ssh, SshLogin};
use crate::secret::Secret;
use crate::snmp_v3::{AuthAlgorithm, Keyed, PrivacyAlgorithm, Protection, SnmpV3, SnmpV3Fault};

/// The longest community that is sent, in bytes. RFC 1157 sets no bound; agents cut at less.
pub const COMMUNITY_MAX: usize = 255;
/// The longest SSH user name that is sent, in bytes. Linux stops at 32 (useradd(8)).
pub const SSH_USER_MAX: usize = 255;

/// One of the secrets that credentials are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretPart {
    /// SNMPv1 and v2c: the community.
    Community,
    /// SNMPv3: the pass phrase for authentication.
    Auth,
    /// SNMPv3: the pass phrase for privacy.
    Privacy,
    /// SSH: the password.
    Password,
    /// SSH: the private key's text.
    Key,
    /// SSH: what the private key is encrypted with.
    Passphrase,
}

impl SecretPart {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Community, Self::Auth, Self::Privacy, Self::Password, Self::Key, Self::Passphrase];

    /// Its word in the records and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::Auth => "auth",
            Self::Privacy => "privacy",
            Self::Password => "password",
            Self::Key => "key",
            Self::Passphrase => "passphrase",
        }
    }

    /// Whether credentials of this kind can have it.
    pub fn is_of(self, kind: CredentialKind) -> bool {
        match self {
            Self::Community => matches!(kind, CredentialKind::SnmpV1 | CredentialKind::SnmpV2c),
            Self::Auth | Self::Privacy => kind == CredentialKind::SnmpV3,
            Self::Password | Self::Key | Self::Passphrase => kind == CredentialKind::Ssh,
        }
    }
}

/// The secrets of one credential.
pub type SecretParts = BTreeMap<SecretPart, Secret>;

/// Everything about a credential that is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outline {
    /// An SNMPv1 community.
    SnmpV1,
    /// An SNMPv2c community.
    SnmpV2c,
    /// An SNMPv3 user.
    SnmpV3 {
        /// Its name.
        user: String,
        /// How messages are authenticated.
        auth: Option<AuthAlgorithm>,
        /// How messages are encrypted.
        privacy: Option<PrivacyAlgorithm>,
    },
    /// An SSH log-in.
    Ssh {
        /// Who logs in.
        user: String,
        /// Where the server listens.
        port: u16,
        /// The last day of old algorithms.
        legacy_until: Option<Date>,
    },
}

impl Outline {
    /// The kind.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Outline::SnmpV1 => CredentialKind::SnmpV1,
            Outline::SnmpV2c => CredentialKind::SnmpV2c,
            Outline::SnmpV3 { .. } => CredentialKind::SnmpV3,
            Outline::Ssh { .. } => CredentialKind::Ssh,
        }
    }
}

/// Why parts make no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PartsFault {
    /// A secret is missing.
    #[error("{} is missing", .0.as_str())]
    Missing(SecretPart),
    /// A secret is empty.
    #[error("{} is empty", .0.as_str())]
    Empty(SecretPart),
    /// A secret that the kind has no use for.
    #[error("{} is not for a credential like this", .0.as_str())]
    Stray(SecretPart),
    /// A secret of one line has several.
    #[error("{} has control characters", .0.as_str())]
    Control(SecretPart),
    /// The community is too long.
    #[error("community is longer than {COMMUNITY_MAX} bytes")]
    CommunityLength,
    /// What SNMPv3 does not take.
    #[error(transparent)]
    SnmpV3(#[from] SnmpV3Fault),
    /// The name of the SSH user is none.
    #[error("user has to be 1 to {SSH_USER_MAX} bytes without control characters")]
    SshUser,
    /// A log-in is by one of two.
    #[error("either password or key is needed, and only one of them")]
    SshLogin,
    /// The text is no private key.
    #[error("key is no private key: it begins with -----BEGIN OPENSSH PRIVATE KEY-----")]
    NoKey,
}

/// Whether a text looks like a file of a private key.
pub fn is_private_key(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    first.starts_with("-----BEGIN ") && first.trim_end().ends_with("PRIVATE KEY-----")
}

impl Credential {
    /// What may be shown of it.
    pub fn outline(&self) -> Outline {
        match self {
            Credential::SnmpV1 { .. } => Outline::SnmpV1,
            Credential::SnmpV2c { .. } => Outline::SnmpV2c,
            Credential::SnmpV3(v3) => {
                let (auth, privacy) = match v3.protection() {
                    Protection::NoAuthNoPriv => (None, None),
                    Protection::AuthNoPriv { auth } => (Some(auth.algorithm), None),
                    Protection::AuthPriv { auth, privacy } => (Some(auth.algorithm), Some(privacy.algorithm)),
                };
                Outline::SnmpV3 { user: v3.user().to_owned(), auth, privacy }
            }
            Credential::Ssh(ssh) => {
                Outline::Ssh { user: ssh.user.clone(), port: ssh.port, legacy_until: ssh.legacy_until }
            }
        }
    }

    /// Its secrets.
    pub fn secrets(&self) -> SecretParts {
        let parts: Vec<(SecretPart, Option<&Secret>)> = match self {
            Credential::SnmpV1 { community } | Credential::SnmpV2c { community } => {
                vec![(SecretPart::Community, Some(community))]
            }
            Credential::SnmpV3(v3) => match v3.protection() {
                Protection::NoAuthNoPriv => vec![],
                Protection::AuthNoPriv { auth } => vec![(SecretPart::Auth, Some(&auth.pass_phrase))],
                Protection::AuthPriv { auth, privacy } => {
                    vec![(SecretPart::Auth, Some(&auth.pass_phrase)), (SecretPart::Privacy, Some(&privacy.pass_phrase))]
                }
            },
            Credential::Ssh(ssh) => match &ssh.login {
                SshLogin::Password(password) => vec![(SecretPart::Password, Some(password))],
                SshLogin::Key { pem, passphrase } => {
                    vec![(SecretPart::Key, Some(pem)), (SecretPart::Passphrase, passphrase.as_ref())]
                }
            },
        };
        parts.into_iter().filter_map(|(part, secret)| Some((part, secret?.clone()))).collect()
    }

    /// A credential of its parts.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn of_parts(outline: Outline, mut secrets: SecretParts) -> Result<Credential, Vec<PartsFault>> {
        let mut faults: Vec<PartsFault> = secrets.iter().filter_map(|(part, secret)| fault(*part, secret)).collect();
        let made = match outline {
            Outline::SnmpV1 => {
                take(&mut secrets, SecretPart::Community).map(|community| Credential::SnmpV1 { community })
            }
            Outline::SnmpV2c => {
                take(&mut secrets, SecretPart::Community).map(|community| Credential::SnmpV2c { community })
            }
            Outline::SnmpV3 { user, auth, privacy } => snmp_v3(user, auth, privacy, &mut secrets),
            Outline::Ssh { user, port, legacy_until } => {
                let is_user = !user.is_empty() && user.len() <= SSH_USER_MAX && !user.contains(char::is_control);
                faults.extend((!is_user).then_some(PartsFault::SshUser));
                ssh_login(&mut secrets).map(|login| Credential::Ssh(Ssh { user, port, login, legacy_until }))
            }
        };
        faults.extend(secrets.keys().map(|part| PartsFault::Stray(*part)));
        match made {
            Ok(credential) if faults.is_empty() => Ok(credential),
            Ok(_) => Err(faults),
            Err(others) => {
                faults.extend(others.into_iter().filter(|fault| !faults.contains(fault)).collect::<Vec<_>>());
                Err(faults)
            }
        }
    }
}

fn fault(part: SecretPart, secret: &Secret) -> Option<PartsFault> {
    let text = secret.reveal();
    if text.trim().is_empty() {
        return Some(PartsFault::Empty(part));
    }
    match part {
        SecretPart::Key => (!is_private_key(text)).then_some(PartsFault::NoKey),
        SecretPart::Community if text.len() > COMMUNITY_MAX => Some(PartsFault::CommunityLength),
        SecretPart::Community
        | SecretPart::Auth
        | SecretPart::Privacy
        | SecretPart::Password
        | SecretPart::Passphrase => text.contains(['\n', '\r', '\0']).then_some(PartsFault::Control(part)),
    }
}

fn take(secrets: &mut SecretParts, part: SecretPart) -> Result<Secret, Vec<PartsFault>> {
    secrets.remove(&part).ok_or_else(|| vec![PartsFault::Missing(part)])
}

fn snmp_v3(
    user: String,
    auth: Option<AuthAlgorithm>,
    privacy: Option<PrivacyAlgorithm>,
    secrets: &mut SecretParts,
) -> Result<Credential, Vec<PartsFault>> {
    let mut missing = Vec::new();
    let auth = auth.and_then(|algorithm| match secrets.remove(&SecretPart::Auth) {
        Some(pass_phrase) => Some(Keyed { algorithm, pass_phrase }),
        None => {
            missing.push(PartsFault::Missing(SecretPart::Auth));
            None
        }
    });
    let privacy = privacy.and_then(|algorithm| match secrets.remove(&SecretPart::Privacy) {
        Some(pass_phrase) => Some(Keyed { algorithm, pass_phrase }),
        None => {
            missing.push(PartsFault::Missing(SecretPart::Privacy));
            None
        }
    });
    if !missing.is_empty() {
        return Err(missing);
    }
    let made = SnmpV3::new(user, auth, privacy);
    made.map(Credential::SnmpV3).map_err(|faults| faults.into_iter().map(PartsFault::SnmpV3).collect())
}

fn ssh_login(secrets: &mut SecretParts) -> Result<SshLogin, Vec<PartsFault>> {
    match (secrets.remove(&SecretPart::Password), secrets.remove(&SecretPart::Key)) {
        (Some(password), None) => Ok(SshLogin::Password(password)),
        (None, Some(pem)) => Ok(SshLogin::Key { pem, passphrase: secrets.remove(&SecretPart::Passphrase) }),
        (Some(_), Some(_)) | (None, None) => {
            secrets.remove(&SecretPart::Passphrase);
            Err(vec![PartsFault::SshLogin])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(list: &[(SecretPart, &str)]) -> SecretParts {
        list.iter().map(|(part, text)| (*part, Secret::new((*text).to_owned()))).collect()
    }

    const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n";

    fn ssh() -> Outline {
        Outline::Ssh { user: "root".to_owned(), port: 22, legacy_until: None }
    }

    fn v3(auth: Option<AuthAlgorithm>, privacy: Option<PrivacyAlgorithm>) -> Outline {
        Outline::SnmpV3 { user: "xa".to_owned(), auth, privacy }
    }

    fn faults(outline: Outline, secrets: SecretParts) -> Vec<PartsFault> {
        Credential::of_parts(outline, secrets).err().unwrap_or_default()
    }

    #[test]
    fn a_credential_taken_apart_is_the_same_when_it_is_put_together_again() {
        let (auth, privacy) = (Some(AuthAlgorithm::Sha256), Some(PrivacyAlgorithm::Aes128));
        let (pass, other) = ((SecretPart::Auth, "pass phrase"), (SecretPart::Privacy, "other phrase"));
        let all = [
            (Outline::SnmpV1, parts(&[(SecretPart::Community, "public")])),
            (Outline::SnmpV2c, parts(&[(SecretPart::Community, "public")])),
            (v3(None, None), parts(&[])),
            (v3(auth, None), parts(&[pass])),
            (v3(auth, privacy), parts(&[pass, other])),
            (ssh(), parts(&[(SecretPart::Password, "x")])),
            (ssh(), parts(&[(SecretPart::Key, KEY)])),
            (ssh(), parts(&[(SecretPart::Key, KEY), (SecretPart::Passphrase, "y")])),
        ];
        for (outline, secrets) in all {
            let credential = Credential::of_parts(outline.clone(), secrets.clone()).expect("good parts");
            assert_eq!(credential.outline(), outline);
            let texts = |parts: &SecretParts| {
                parts.iter().map(|(part, secret)| (*part, secret.reveal().to_owned())).collect::<Vec<_>>()
            };
            assert_eq!(texts(&credential.secrets()), texts(&secrets));
            assert!(secrets.keys().all(|part| part.is_of(outline.kind())));
        }
    }

    #[test]
    fn parts_that_make_no_credential_are_told_all_at_once() {
        use PartsFault::{CommunityLength, Control, Empty, Missing, NoKey, SshLogin, SshUser, Stray};
        use SecretPart::{Auth, Community, Key, Passphrase, Password, Privacy};
        assert_eq!(faults(Outline::SnmpV2c, parts(&[])), [Missing(Community)]);
        assert_eq!(faults(Outline::SnmpV2c, parts(&[(Community, " ")])), [Empty(Community)]);
        assert_eq!(faults(Outline::SnmpV2c, parts(&[(Community, "a\nb")])), [Control(Community)]);
        assert_eq!(faults(Outline::SnmpV2c, parts(&[(Community, &"x".repeat(256))])), [CommunityLength]);
        assert_eq!(faults(Outline::SnmpV1, parts(&[(Community, "x"), (Password, "y")])), [Stray(Password)]);
        let both = v3(Some(AuthAlgorithm::Sha1), Some(PrivacyAlgorithm::Des));
        assert_eq!(faults(both.clone(), parts(&[])), [Missing(Auth), Missing(Privacy)]);
        let short = faults(both, parts(&[(Auth, "short"), (Privacy, "short")]));
        assert_eq!(short, [SnmpV3Fault::AuthPassPhrase(5).into(), SnmpV3Fault::PrivacyPassPhrase(5).into()]);
        assert_eq!(faults(ssh(), parts(&[])), [SshLogin]);
        assert_eq!(faults(ssh(), parts(&[(Key, KEY), (Password, "x")])), [SshLogin]);
        assert_eq!(faults(ssh(), parts(&[(Key, "no key")])), [NoKey]);
        assert_eq!(faults(ssh(), parts(&[(Password, "x"), (Passphrase, "y")])), [Stray(Passphrase)]);
        let nobody = Outline::Ssh { user: "a\nb".to_owned(), port: 22, legacy_until: None };
        assert_eq!(faults(nobody, parts(&[])), [SshUser, SshLogin]);
    }
}
