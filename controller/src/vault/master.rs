//! The master key: it wraps data keys and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::cipher::{KEY, RawKey};
use super::locked::MasterId;

/// How the file begins: what it is, so that nobody takes it for rubbish, and the form of what follows.
const PREFIX: &str = "villagenet-master-key-1:";

/// A data key as the records hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Its version; the newest seals.
    pub version: i64,
    /// The master key that wraps it.
    pub master: MasterId,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// 256 bits that open all the rest. It cannot be printed, compared or serialised:
///
/// ```compile_fail
/// println!("{:?}", controller::vault::MasterKey::random());
/// ```
/// ```compile_fail
/// println!("{}", controller::vault::MasterKey::random());
/// ```
/// ```compile_fail
/// assert!(controller::vault::MasterKey::random() == controller::vault::MasterKey::random());
/// ```
/// ```compile_fail
/// serde_json::to_string(&controller::vault::MasterKey::random()).unwrap();
/// ```
pub struct MasterKey(RawKey);

impl MasterKey {
    /// A new one.
    pub fn random() -> MasterKey {
        MasterKey(RawKey::random())
    }

    /// What the key is called.
    pub fn id(&self) -> MasterId {
        let digest = Sha256::new().chain_update(b"villagenet master key id").chain_update(self.0.bytes()).finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        MasterId(id)
    }

    /// The key in the form of its file.
    pub(super) fn to_file(&self) -> Zeroizing<String> {
        // Room for all of it: no shorter copy is left behind by growing.
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + KEY.div_ceil(3) * 4 + 1));
        text.push_str(PREFIX);
        STANDARD.encode_string(self.0.bytes(), &mut text);
        text.push('\n');
        text
    }

    /// The key that a file holds.
    pub(super) fn of_file(text: &[u8]) -> Option<MasterKey> {
        let encoded = text.strip_prefix(PREFIX.as_bytes())?.trim_ascii_end();
        let bytes = Zeroizing::new(STANDARD.decode(encoded).ok()?);
        RawKey::of(&bytes).map(MasterKey)
    }

    pub(super) fn wrap(&self, version: i64, key: &RawKey) -> WrappedKey {
        let master = self.id();
        WrappedKey { version, master, bytes: self.0.seal(key.bytes(), &bound(version, master)) }
    }

    pub(super) fn unwrap(&self, wrapped: &WrappedKey) -> Option<RawKey> {
        let bytes = Zeroizing::new(self.0.open(&wrapped.bytes, &bound(wrapped.version, self.id()))?);
        RawKey::of(&bytes)
    }
}

/// A wrapped key opens only as the version that it is, and only under its own master key.
fn bound(version: i64, master: MasterId) -> Vec<u8> {
    [b"villagenet data key 1".as_slice(), &version.to_be_bytes(), &master.0].concat()
}
