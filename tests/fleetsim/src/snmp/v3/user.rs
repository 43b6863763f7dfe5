//! [`User`]: who may ask, and how the asking is protected.

use super::keys::{digest, extend, localise, master_key};

/// How messages are authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Auth {
    /// HMAC-MD5-96 (RFC 3414).
    Md5,
    /// HMAC-SHA-96 (RFC 3414).
    Sha1,
    /// usmHMAC128SHA224AuthProtocol (RFC 7860).
    Sha224,
    /// usmHMAC192SHA256AuthProtocol (RFC 7860).
    Sha256,
    /// usmHMAC256SHA384AuthProtocol (RFC 7860).
    Sha384,
    /// usmHMAC384SHA512AuthProtocol (RFC 7860).
    Sha512,
}

impl Auth {
    /// How many bytes of the digest are sent.
    pub(super) fn tag_length(self) -> usize {
        match self {
            Auth::Md5 | Auth::Sha1 => 12,
            Auth::Sha224 => 16,
            Auth::Sha256 => 24,
            Auth::Sha384 => 32,
            Auth::Sha512 => 48,
        }
    }
}

/// How messages are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privacy {
    /// CBC-DES (RFC 3414 §8).
    Des,
    /// CFB128-AES-128 (RFC 3826).
    Aes128,
    /// CFB128-AES-192 (draft-blumenthal-aes-usm).
    Aes192,
    /// CFB128-AES-256 (draft-blumenthal-aes-usm).
    Aes256,
}

impl Privacy {
    /// How many bytes of key it takes: for DES the key and what its initialisation vectors are made of.
    pub(super) fn key_length(self) -> usize {
        match self {
            Privacy::Des | Privacy::Aes128 => 16,
            Privacy::Aes192 => 24,
            Privacy::Aes256 => 32,
        }
    }
}

/// How a digest that is too short for the cipher becomes its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// draft-blumenthal-aes-usm-04 §3.1.2.1, as net-snmp does it.
    Blumenthal,
    /// draft-reeder-snmpv3-usm-3desede-00 §2.1, as Cisco does it.
    Reeder,
}

/// Somebody who may ask. Made once (pass phrases become keys at some cost) and then cloned for any number of agents.
#[derive(Debug, Clone)]
pub struct User {
    name: String,
    /// With the key before it is localised.
    auth: Option<(Auth, Vec<u8>)>,
    privacy: Option<(Privacy, Extension, Vec<u8>)>,
}

impl User {
    /// noAuthNoPriv.
    pub fn open(name: &str) -> User {
        User { name: name.to_owned(), auth: None, privacy: None }
    }

    /// authNoPriv.
    #[must_use]
    pub fn with_auth(self, auth: Auth, pass: &str) -> User {
        User { auth: Some((auth, master_key(auth, pass.as_bytes()))), ..self }
    }

    /// authPriv.
    ///
    /// # Panics
    /// Without [`User::with_auth`] before it: there is no privacy without authentication.
    #[must_use]
    pub fn with_privacy(self, privacy: Privacy, extension: Extension, pass: &str) -> User {
        let (auth, _) = self.auth.as_ref().expect("privacy needs authentication");
        let key = master_key(*auth, pass.as_bytes());
        User { privacy: Some((privacy, extension, key)), ..self }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn keys(&self, engine_id: &[u8]) -> Keys {
        let Some((auth, master)) = &self.auth else { return Keys::default() };
        let privacy = self.privacy.as_ref().map(|(privacy, extension, master)| {
            let key = localise(*auth, master, engine_id);
            (*privacy, extend(*auth, key, privacy.key_length(), *extension, engine_id))
        });
        Keys { auth: Some((*auth, localise(*auth, master, engine_id))), privacy }
    }
}

/// The keys of a user at one engine.
#[derive(Debug, Clone, Default)]
pub(in crate::snmp) struct Keys {
    auth: Option<(Auth, Vec<u8>)>,
    pub(super) privacy: Option<(Privacy, Vec<u8>)>,
}

impl Keys {
    /// The highest security level, in the message's flags.
    pub(super) fn level(&self) -> u8 {
        u8::from(self.auth.is_some()) | u8::from(self.privacy.is_some()) << 1
    }

    pub(super) fn tag_length(&self) -> usize {
        self.auth.as_ref().map_or(0, |(auth, _)| auth.tag_length())
    }

    /// The tag of a message whose place for the tag holds zeros.
    pub(super) fn tag(&self, message: &[u8]) -> Vec<u8> {
        let Some((auth, key)) = &self.auth else { return Vec::new() };
        let mut tag = digest::keyed(*auth, key, message);
        tag.truncate(auth.tag_length());
        tag
    }
}
