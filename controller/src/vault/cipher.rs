//! XChaCha20-Poly1305 with a random nonce, and the bytes that are authenticated beside what is sealed.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::Place;

/// Bytes of a key.
pub(super) const KEY: usize = 32;
/// Bytes of a nonce: at 192 bits two random ones do not meet (draft-irtf-cfrg-xchacha-03 §1).
const NONCE: usize = 24;

/// 256 bits that are wiped when they are dropped. Like [`inventory::secret::Secret`] it cannot be printed.
pub(super) struct RawKey(Zeroizing<[u8; KEY]>);

impl RawKey {
    /// A new key. The generator is seeded by the operating system.
    pub(super) fn random() -> RawKey {
        RawKey(Zeroizing::new(rand::random()))
    }

    /// The key that these bytes are; `None` when they are too few or too many.
    pub(super) fn of(bytes: &[u8]) -> Option<RawKey> {
        bytes.try_into().ok().map(|bytes| RawKey(Zeroizing::new(bytes)))
    }

    /// For the one line that writes it into its file or wraps it.
    pub(super) fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Nonce and ciphertext.
    pub(super) fn seal(&self, plain: &[u8], bound: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::random();
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound });
        let sealed = sealed.expect("only messages of 256 GiB are too long (RFC 8439 section 2.8)");
        [nonce.as_slice(), &sealed].concat()
    }

    /// What was sealed, if it was sealed by this key and bound to the same.
    pub(super) fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        self.cipher().decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: bound }).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }
}

/// What a secret is bound to: its place, and the version of the data key. Texts go with their length before them, so
/// that no two places are the same bytes.
pub(super) fn bound(place: Place<'_>, version: i64) -> Vec<u8> {
    let mut bytes = b"villagenet secret 1".to_vec();
    for text in [place.table, place.column] {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes.extend(place.row.to_be_bytes());
    bytes.extend(version.to_be_bytes());
    bytes
}
