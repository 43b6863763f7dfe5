//! What opens a device over SNMPv3 (user-based security, RFC 3414): the user, how messages are protected, the words
//! for the algorithms and what is refused at once. It knows no key, no message and no place a pass phrase came from.

use std::str::FromStr;

use thiserror::Error;

use crate::secret::Secret;

/// The shortest pass phrase, in bytes: RFC 3414 §11.2.
pub const PASS_PHRASE_MIN: usize = 8;

/// The longest user name, in bytes: `usmUserName`, SIZE(1..32), RFC 3414 §5.
pub const USER_MAX: usize = 32;

/// How messages are authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthAlgorithm {
    /// HMAC-MD5-96, RFC 3414 §6. Weak.
    Md5,
    /// HMAC-SHA-96, RFC 3414 §7.
    Sha1,
    /// HMAC-128-SHA-224, RFC 7860.
    Sha224,
    /// HMAC-192-SHA-256, RFC 7860.
    Sha256,
    /// HMAC-256-SHA-384, RFC 7860.
    Sha384,
    /// HMAC-384-SHA-512, RFC 7860.
    Sha512,
}

/// How a localized key that is too short for AES-192 or AES-256 is made longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyExtension {
    /// draft-blumenthal-aes-usm-04 §3.1.2.1, as net-snmp does it.
    Blumenthal,
    /// draft-reeder-snmpv3-usm-3desede-00 §2.1, as Cisco does it.
    Reeder,
}

/// How messages are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrivacyAlgorithm {
    /// CBC-DES, RFC 3414 §8. Weak.
    Des,
    /// CFB128-AES-128, RFC 3826.
    Aes128,
    /// AES-192, draft-blumenthal-aes-usm-04.
    Aes192(KeyExtension),
    /// AES-256, draft-blumenthal-aes-usm-04.
    Aes256(KeyExtension),
}

/// A word that names no algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is none of {choices}")]
pub struct UnknownAlgorithm {
    choices: &'static str,
}

impl AuthAlgorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// As the configuration file and the command line spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Whether it is used with a warning only (RFC 6151 on HMAC-MD5).
    pub fn is_weak(self) -> bool {
        self == Self::Md5
    }
}

impl PrivacyAlgorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 6] = [
        Self::Des,
        Self::Aes128,
        Self::Aes192(KeyExtension::Blumenthal),
        Self::Aes256(KeyExtension::Blumenthal),
        Self::Aes192(KeyExtension::Reeder),
        Self::Aes256(KeyExtension::Reeder),
    ];

    /// As the configuration file and the command line spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Des => "DES",
            Self::Aes128 => "AES-128",
            Self::Aes192(KeyExtension::Blumenthal) => "AES-192",
            Self::Aes256(KeyExtension::Blumenthal) => "AES-256",
            Self::Aes192(KeyExtension::Reeder) => "AES-192-C",
            Self::Aes256(KeyExtension::Reeder) => "AES-256-C",
        }
    }

    /// Whether it is used with a warning only: a DES key of 56 bits is searched through in days.
    pub fn is_weak(self) -> bool {
        self == Self::Des
    }
}

/// A word as people write it: `sha256`, `SHA-256` and `SHA_256` are one.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_uppercase()).collect()
}

impl FromStr for AuthAlgorithm {
    type Err = UnknownAlgorithm;
    fn from_str(word: &str) -> Result<Self, UnknownAlgorithm> {
        let word = plain(word);
        let word = if word == "SHA1" { "SHA" } else { &word };
        let found = Self::ALL.into_iter().find(|algorithm| plain(algorithm.as_str()) == word);
        found.ok_or(UnknownAlgorithm { choices: "MD5, SHA, SHA-224, SHA-256, SHA-384, SHA-512" })
    }
}

impl FromStr for PrivacyAlgorithm {
    type Err = UnknownAlgorithm;
    fn from_str(word: &str) -> Result<Self, UnknownAlgorithm> {
        let word = plain(word);
        let word = if word == "AES" { "AES128" } else { &word };
        let found = Self::ALL.into_iter().find(|algorithm| plain(algorithm.as_str()) == word);
        found.ok_or(UnknownAlgorithm { choices: "DES, AES-128, AES-192, AES-256, AES-192-C, AES-256-C" })
    }
}

/// An algorithm with the pass phrase its key is made from.
#[derive(Clone)]
pub struct Keyed<A> {
    /// The algorithm.
    pub algorithm: A,
    /// The pass phrase, at least [`PASS_PHRASE_MIN`] bytes.
    pub pass_phrase: Secret,
}

/// The security level (RFC 3411 §3.4.3) with what it takes.
#[derive(Clone)]
pub enum Protection {
    /// noAuthNoPriv: anybody can forge and read.
    NoAuthNoPriv,
    /// authNoPriv: anybody can read.
    AuthNoPriv {
        /// How messages are authenticated.
        auth: Keyed<AuthAlgorithm>,
    },
    /// authPriv.
    AuthPriv {
        /// How messages are authenticated.
        auth: Keyed<AuthAlgorithm>,
        /// How messages are encrypted.
        privacy: Keyed<PrivacyAlgorithm>,
    },
}

impl<A: PartialEq> Keyed<A> {
    fn is_same(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.pass_phrase.reveal() == other.pass_phrase.reveal()
    }
}

impl Protection {
    fn is_same(&self, other: &Protection) -> bool {
        match (self, other) {
            (Protection::NoAuthNoPriv, Protection::NoAuthNoPriv) => true,
            (Protection::AuthNoPriv { auth: one }, Protection::AuthNoPriv { auth: two }) => one.is_same(two),
            (
                Protection::AuthPriv { auth: one, privacy: first },
                Protection::AuthPriv { auth: two, privacy: second },
            ) => one.is_same(two) && first.is_same(second),
            (Protection::NoAuthNoPriv | Protection::AuthNoPriv { .. } | Protection::AuthPriv { .. }, _) => false,
        }
    }
}

/// A user of a device. It exists only when its parts fit the standard.
#[derive(Clone)]
pub struct SnmpV3 {
    user: String,
    protection: Protection,
}

/// What makes a credential impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SnmpV3Fault {
    /// The user's name is empty or too long.
    #[error("the user name has {0} bytes: SNMPv3 takes 1 to {USER_MAX}")]
    UserLength(usize),
    /// The user's name holds what nobody can type on a device.
    #[error("the user name has control characters")]
    UserControl,
    /// The pass phrase for authentication is too short.
    #[error("the pass phrase for authentication has {0} bytes: SNMPv3 takes {PASS_PHRASE_MIN} and more")]
    AuthPassPhrase(usize),
    /// The pass phrase for privacy is too short.
    #[error("the pass phrase for privacy has {0} bytes: SNMPv3 takes {PASS_PHRASE_MIN} and more")]
    PrivacyPassPhrase(usize),
    /// RFC 3411 §3.4.3 has no such level.
    #[error("privacy needs authentication too")]
    PrivacyWithoutAuth,
}

impl SnmpV3 {
    /// A user with what protects its messages.
    ///
    /// # Errors
    /// All that is wrong, in the order of the arguments.
    pub fn new(
        user: String,
        auth: Option<Keyed<AuthAlgorithm>>,
        privacy: Option<Keyed<PrivacyAlgorithm>>,
    ) -> Result<Self, Vec<SnmpV3Fault>> {
        let short = |pass_phrase: &Secret| Some(pass_phrase.reveal().len()).filter(|length| *length < PASS_PHRASE_MIN);
        let mut faults = Vec::new();
        if !(1..=USER_MAX).contains(&user.len()) {
            faults.push(SnmpV3Fault::UserLength(user.len()));
        }
        if user.contains(char::is_control) {
            faults.push(SnmpV3Fault::UserControl);
        }
        faults.extend(auth.as_ref().and_then(|auth| short(&auth.pass_phrase)).map(SnmpV3Fault::AuthPassPhrase));
        faults.extend(privacy.as_ref().and_then(|it| short(&it.pass_phrase)).map(SnmpV3Fault::PrivacyPassPhrase));
        let protection = match (auth, privacy) {
            (None, None) => Protection::NoAuthNoPriv,
            (Some(auth), None) => Protection::AuthNoPriv { auth },
            (Some(auth), Some(privacy)) => Protection::AuthPriv { auth, privacy },
            (None, Some(_)) => {
                faults.push(SnmpV3Fault::PrivacyWithoutAuth);
                return Err(faults);
            }
        };
        if faults.is_empty() { Ok(SnmpV3 { user, protection }) } else { Err(faults) }
    }

    /// The user's name, 1 to [`USER_MAX`] bytes.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What protects the messages.
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    /// What a person should know of its strength; none when there is nothing to say.
    pub fn weakness(&self) -> Option<String> {
        let weak: Vec<&str> = match &self.protection {
            Protection::NoAuthNoPriv => return Some("SNMPv3 without authentication: anybody can forge it".to_owned()),
            Protection::AuthNoPriv { auth } => vec![(auth.algorithm.is_weak(), auth.algorithm.as_str())],
            Protection::AuthPriv { auth, privacy } => vec![
                (auth.algorithm.is_weak(), auth.algorithm.as_str()),
                (privacy.algorithm.is_weak(), privacy.algorithm.as_str()),
            ],
        }
        .into_iter()
        .filter_map(|(is_weak, word)| is_weak.then_some(word))
        .collect();
        let is = if weak.len() == 1 { "is" } else { "are" };
        (!weak.is_empty()).then(|| format!("SNMPv3 with {} {is} weak: use SHA-256 and AES-128", weak.join(" and ")))
    }

    /// Whether another opens the same in the same way. The answer must lead to nothing that a stranger sees.
    pub fn is_same(&self, other: &SnmpV3) -> bool {
        self.user == other.user && self.protection.is_same(&other.protection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed<A>(algorithm: A, pass_phrase: &str) -> Option<Keyed<A>> {
        Some(Keyed { algorithm, pass_phrase: Secret::new(pass_phrase.to_owned()) })
    }

    #[test]
    fn each_algorithm_is_read_from_the_word_it_is_printed_as_and_named_when_a_word_is_refused() {
        for algorithm in AuthAlgorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
            assert!("".parse::<AuthAlgorithm>().unwrap_err().to_string().contains(algorithm.as_str()));
        }
        for algorithm in PrivacyAlgorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
            assert!("".parse::<PrivacyAlgorithm>().unwrap_err().to_string().contains(algorithm.as_str()));
        }
    }

    #[test]
    fn words_as_people_and_vendors_write_them_are_understood_and_others_are_not() {
        for word in ["SHA", "sha", "SHA1", "sha-1"] {
            assert_eq!(word.parse(), Ok(AuthAlgorithm::Sha1), "{word}");
        }
        for word in ["SHA256", "sha-256", "SHA_256"] {
            assert_eq!(word.parse(), Ok(AuthAlgorithm::Sha256), "{word}");
        }
        for word in ["AES", "aes128", "AES-128"] {
            assert_eq!(word.parse(), Ok(PrivacyAlgorithm::Aes128), "{word}");
        }
        assert_eq!("aes256c".parse(), Ok(PrivacyAlgorithm::Aes256(KeyExtension::Reeder)));
        for word in ["", "SHA-2", "SHA-3", "AES-256", "none"] {
            assert!(word.parse::<AuthAlgorithm>().is_err(), "{word}");
        }
        for word in ["", "3DES", "AES-512", "SHA-256", "none"] {
            assert!(word.parse::<PrivacyAlgorithm>().is_err(), "{word}");
        }
    }

    #[test]
    fn only_md5_and_des_are_weak() {
        let auth: Vec<_> = AuthAlgorithm::ALL.into_iter().filter(|it| it.is_weak()).collect();
        let privacy: Vec<_> = PrivacyAlgorithm::ALL.into_iter().filter(|it| it.is_weak()).collect();
        assert_eq!((auth, privacy), (vec![AuthAlgorithm::Md5], vec![PrivacyAlgorithm::Des]));
    }

    #[test]
    fn the_level_follows_from_what_is_given() {
        let (auth, privacy) = (keyed(AuthAlgorithm::Sha256, "12345678"), keyed(PrivacyAlgorithm::Aes128, "87654321"));
        let level = |auth, privacy| SnmpV3::new("u".repeat(32), auth, privacy).map(|it| it.protection().clone());
        assert!(matches!(level(None, None), Ok(Protection::NoAuthNoPriv)));
        assert!(matches!(level(auth.clone(), None), Ok(Protection::AuthNoPriv { .. })));
        let Ok(Protection::AuthPriv { auth, privacy }) = level(auth, privacy) else { panic!("authPriv") };
        assert_eq!((auth.pass_phrase.reveal(), privacy.pass_phrase.reveal()), ("12345678", "87654321"));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        use SnmpV3Fault::*;
        let (auth, privacy) = (keyed(AuthAlgorithm::Sha1, "1234567"), keyed(PrivacyAlgorithm::Des, ""));
        let faults = |user: &str, auth, privacy| SnmpV3::new(user.to_owned(), auth, privacy).err().unwrap_or_default();
        assert_eq!(faults("", auth, privacy.clone()), [UserLength(0), AuthPassPhrase(7), PrivacyPassPhrase(0)]);
        assert_eq!(faults(&"ế".repeat(11), None, None), [UserLength(33)]);
        assert_eq!(faults("a\nb", None, privacy), [UserControl, PrivacyPassPhrase(0), PrivacyWithoutAuth]);
        assert_eq!(faults("hội trường", keyed(AuthAlgorithm::Md5, "mật khẩu"), None), []);
    }
}
