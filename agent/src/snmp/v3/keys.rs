//! Pass phrases to keys (RFC 3414 §A.2, RFC 7860 §9.3), and the digests that prove who wrote a message.

use hmac::digest::core_api::BlockSizeUser;
use hmac::digest::{Digest, KeyInit};
use hmac::{Mac, SimpleHmac};
use inventory::snmp_v3::{AuthAlgorithm, KeyExtension, PrivacyAlgorithm, Protection};
use zeroize::Zeroizing;

/// msgFlags: authenticated (RFC 3412 §6.4).
pub(super) const AUTH: u8 = 1;
/// msgFlags: encrypted.
pub(super) const PRIVACY: u8 = 2;

type Key = Zeroizing<Vec<u8>>;

/// The pass phrases of a credential, stretched: the dear part, the same for all devices.
pub(super) struct Masters {
    auth: Option<(AuthAlgorithm, Key)>,
    privacy: Option<(PrivacyAlgorithm, Key)>,
}

/// The keys of a user at one engine.
#[derive(Clone)]
pub(super) struct Keys {
    auth: Option<(AuthAlgorithm, Key)>,
    privacy: Option<(PrivacyAlgorithm, Key)>,
}

impl Masters {
    /// Takes some milliseconds.
    pub(super) fn derive(protection: &Protection) -> Masters {
        let stretched = |auth, pass_phrase: &inventory::secret::Secret| stretch(auth, pass_phrase.reveal().as_bytes());
        match protection {
            Protection::NoAuthNoPriv => Masters { auth: None, privacy: None },
            Protection::AuthNoPriv { auth } => {
                Masters { auth: Some((auth.algorithm, stretched(auth.algorithm, &auth.pass_phrase))), privacy: None }
            }
            Protection::AuthPriv { auth, privacy } => Masters {
                auth: Some((auth.algorithm, stretched(auth.algorithm, &auth.pass_phrase))),
                privacy: Some((privacy.algorithm, stretched(auth.algorithm, &privacy.pass_phrase))),
            },
        }
    }

    /// The keys of one engine. It takes microseconds, and some milliseconds where a key is extended in Reeder's way.
    pub(super) fn localise(&self, engine_id: &[u8]) -> Keys {
        let Some((auth, master)) = &self.auth else { return Keys { auth: None, privacy: None } };
        let privacy = self.privacy.as_ref().map(|(privacy, master)| {
            let (length, extension) = shape(*privacy);
            (*privacy, extend(*auth, localise(*auth, master, engine_id), length, extension, engine_id))
        });
        Keys { auth: Some((*auth, localise(*auth, master, engine_id))), privacy }
    }
}

impl Keys {
    /// Of nobody: nothing is proven and nothing hidden.
    pub(super) fn open() -> Keys {
        Keys { auth: None, privacy: None }
    }

    /// The security level as msgFlags has it.
    pub(super) fn level(&self) -> u8 {
        self.auth.as_ref().map_or(0, |_| AUTH) | self.privacy.as_ref().map_or(0, |_| PRIVACY)
    }

    /// The same user, authenticated only.
    pub(super) fn without_privacy(&self) -> Keys {
        Keys { auth: self.auth.clone(), privacy: None }
    }

    pub(super) fn privacy(&self) -> Option<(PrivacyAlgorithm, &[u8])> {
        self.privacy.as_ref().map(|(algorithm, key)| (*algorithm, key.as_slice()))
    }

    /// How many bytes of the digest are sent. No other length proves anything: one of a byte would be guessed
    /// (RFC 3414 §6.3.2, CVE-2008-0960).
    pub(super) fn tag_length(&self) -> usize {
        match self.auth.as_ref().map(|(auth, _)| *auth) {
            None => 0,
            Some(AuthAlgorithm::Md5 | AuthAlgorithm::Sha1) => 12,
            Some(AuthAlgorithm::Sha224) => 16,
            Some(AuthAlgorithm::Sha256) => 24,
            Some(AuthAlgorithm::Sha384) => 32,
            Some(AuthAlgorithm::Sha512) => 48,
        }
    }

    /// The digest of a message whose place for it is zeroed; empty without authentication.
    pub(super) fn tag(&self, message: &[u8]) -> Vec<u8> {
        fn mac<D: Digest + BlockSizeUser>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
            hmac::<D>(key, bytes).finalize().into_bytes().to_vec()
        }
        let Some((auth, key)) = &self.auth else { return Vec::new() };
        let mut tag = match auth {
            AuthAlgorithm::Md5 => mac::<md5::Md5>(key, message),
            AuthAlgorithm::Sha1 => mac::<sha1::Sha1>(key, message),
            AuthAlgorithm::Sha224 => mac::<sha2::Sha224>(key, message),
            AuthAlgorithm::Sha256 => mac::<sha2::Sha256>(key, message),
            AuthAlgorithm::Sha384 => mac::<sha2::Sha384>(key, message),
            AuthAlgorithm::Sha512 => mac::<sha2::Sha512>(key, message),
        };
        tag.truncate(self.tag_length());
        tag
    }

    /// Whether the digest is that of the message, in a time that does not depend on where they differ.
    pub(super) fn is_tag(&self, message: &[u8], tag: &[u8]) -> bool {
        fn check<D: Digest + BlockSizeUser>(key: &[u8], bytes: &[u8], tag: &[u8]) -> bool {
            hmac::<D>(key, bytes).verify_truncated_left(tag).is_ok()
        }
        let Some((auth, key)) = self.auth.as_ref().filter(|_| tag.len() == self.tag_length()) else { return false };
        match auth {
            AuthAlgorithm::Md5 => check::<md5::Md5>(key, message, tag),
            AuthAlgorithm::Sha1 => check::<sha1::Sha1>(key, message, tag),
            AuthAlgorithm::Sha224 => check::<sha2::Sha224>(key, message, tag),
            AuthAlgorithm::Sha256 => check::<sha2::Sha256>(key, message, tag),
            AuthAlgorithm::Sha384 => check::<sha2::Sha384>(key, message, tag),
            AuthAlgorithm::Sha512 => check::<sha2::Sha512>(key, message, tag),
        }
    }
}

fn hmac<D: Digest + BlockSizeUser>(key: &[u8], bytes: &[u8]) -> SimpleHmac<D> {
    <SimpleHmac<D> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length").chain_update(bytes)
}

/// How long a key the cipher takes (for DES: the key and what its vectors are made of), and how a shorter one grows.
fn shape(privacy: PrivacyAlgorithm) -> (usize, KeyExtension) {
    match privacy {
        PrivacyAlgorithm::Des | PrivacyAlgorithm::Aes128 => (16, KeyExtension::Blumenthal),
        PrivacyAlgorithm::Aes192(extension) => (24, extension),
        PrivacyAlgorithm::Aes256(extension) => (32, extension),
    }
}

/// A pass phrase repeated over a megabyte, and hashed (RFC 3414 §A.2).
fn stretch(auth: AuthAlgorithm, pass_phrase: &[u8]) -> Key {
    const STRETCHED: usize = 1 << 20;
    if pass_phrase.is_empty() {
        return Key::default();
    }
    let mut stretched = Zeroizing::new(pass_phrase.repeat(STRETCHED.div_ceil(pass_phrase.len())));
    stretched.truncate(STRETCHED);
    digest(auth, &stretched)
}

fn localise(auth: AuthAlgorithm, master: &[u8], engine_id: &[u8]) -> Key {
    digest(auth, &Zeroizing::new([master, engine_id, master].concat()))
}

fn extend(auth: AuthAlgorithm, key: Key, length: usize, extension: KeyExtension, engine_id: &[u8]) -> Key {
    let mut whole = key.clone();
    let mut last = key;
    while whole.len() < length {
        last = match extension {
            KeyExtension::Blumenthal => digest(auth, &whole),
            KeyExtension::Reeder => localise(auth, &stretch(auth, &last), engine_id),
        };
        whole.extend_from_slice(&last);
    }
    whole.truncate(length);
    whole
}

fn digest(auth: AuthAlgorithm, bytes: &[u8]) -> Key {
    Zeroizing::new(match auth {
        AuthAlgorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
        AuthAlgorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        AuthAlgorithm::Sha224 => sha2::Sha224::digest(bytes).to_vec(),
        AuthAlgorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        AuthAlgorithm::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
        AuthAlgorithm::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGINE: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 3414 §A.3.1 and §A.3.2.
    #[test]
    fn keys_are_those_of_the_rfc() {
        let md5 = stretch(AuthAlgorithm::Md5, b"maplesyrup");
        assert_eq!(hex(&localise(AuthAlgorithm::Md5, &md5, &ENGINE)), "526f5eed9fcce26f8964c2930787d82b");
        let sha = stretch(AuthAlgorithm::Sha1, b"maplesyrup");
        assert_eq!(hex(&localise(AuthAlgorithm::Sha1, &sha, &ENGINE)), "6695febc9288e36282235fc7151f128497b38f3f");
    }

    /// draft-reeder-snmpv3-usm-3desede-00 §B.1.
    #[test]
    fn a_key_extended_in_reeders_way_is_that_of_the_draft() {
        let key = localise(AuthAlgorithm::Md5, &stretch(AuthAlgorithm::Md5, b"maplesyrup"), &ENGINE);
        let extended = extend(AuthAlgorithm::Md5, key, 32, KeyExtension::Reeder, &ENGINE);
        assert_eq!(hex(&extended), "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12");
    }

    #[test]
    fn only_the_whole_tag_of_the_right_length_proves() {
        for algorithm in AuthAlgorithm::ALL {
            let keys = Keys { auth: Some((algorithm, stretch(algorithm, b"maplesyrup"))), privacy: None };
            let tag = keys.tag(b"message");
            assert!(keys.is_tag(b"message", &tag) && !keys.is_tag(b"massage", &tag));
            for length in 0..tag.len() {
                assert!(!keys.is_tag(b"message", &tag[..length]), "{algorithm:?} cut to {length}");
            }
            assert!(!keys.is_tag(b"message", &[&tag[..], &[0]].concat()));
        }
        assert!(!Keys { auth: None, privacy: None }.is_tag(b"message", &[]), "nobody is proven without a key");
    }
}
