//! The data keys, unwrapped: what seals and opens.

use std::collections::BTreeMap;

use inventory::secret::Secret;

use super::cipher::{RawKey, bound};
use super::locked::{Locked, MasterId};
use super::master::{MasterKey, WrappedKey};
use super::{OpenError, Place, Sealed, text};

/// There is no data key, and so nothing to seal with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the records have no data key")]
pub struct NoVersion;

/// All data keys of the records. It cannot be printed or serialised:
///
/// ```compile_fail
/// fn show(ring: &controller::vault::Keyring) { println!("{ring:?}"); }
/// ```
/// ```compile_fail
/// fn show(ring: &controller::vault::Keyring) { println!("{ring}"); }
/// ```
/// ```compile_fail
/// fn send(ring: &controller::vault::Keyring) -> String { serde_json::to_string(ring).unwrap() }
/// ```
pub struct Keyring {
    master: MasterId,
    newest: i64,
    keys: BTreeMap<i64, RawKey>,
}

impl Keyring {
    /// Unwraps the keys of the records.
    ///
    /// # Errors
    /// When one of them does not open with this master key.
    pub fn unwrap(master: &MasterKey, wrapped: &[WrappedKey]) -> Result<Keyring, Locked> {
        let mut keys = BTreeMap::new();
        for key in wrapped {
            let raw = master.unwrap(key).ok_or(Locked::Damaged { version: key.version })?;
            keys.insert(key.version, raw);
        }
        let newest = keys.keys().next_back().copied().ok_or(Locked::Damaged { version: 0 })?;
        Ok(Keyring { master: master.id(), newest, keys })
    }

    /// A new data key, wrapped for the records.
    pub fn new_key(master: &MasterKey, version: i64) -> WrappedKey {
        master.wrap(version, &RawKey::random())
    }

    /// The same data keys, wrapped by another master key.
    pub fn wrapped_by(&self, master: &MasterKey) -> Vec<WrappedKey> {
        self.keys.iter().map(|(version, key)| master.wrap(*version, key)).collect()
    }

    /// Whose keys these are.
    pub fn master(&self) -> MasterId {
        self.master
    }

    /// The version that seals.
    pub fn newest(&self) -> i64 {
        self.newest
    }

    /// Seals a secret for a place, with the newest key.
    pub fn seal(&self, place: Place<'_>, secret: &Secret) -> Sealed {
        let key = self.keys.get(&self.newest).expect("the newest version is one of the keys");
        Sealed { version: self.newest, bytes: key.seal(secret.reveal().as_bytes(), &bound(place, self.newest)) }
    }

    /// Opens a secret of a place.
    ///
    /// # Errors
    /// When it was sealed for another place, was changed, or its key is not known.
    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Secret, OpenError> {
        let key = self.keys.get(&sealed.version).ok_or(OpenError::Version(sealed.version))?;
        let plain = key.open(&sealed.bytes, &bound(place, sealed.version)).ok_or(OpenError::Refused)?;
        text(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'static> = Place { table: "credential", row: 7, column: "community" };

    fn ring() -> (MasterKey, Vec<WrappedKey>, Keyring) {
        let master = MasterKey::random();
        let wrapped = vec![Keyring::new_key(&master, 1), Keyring::new_key(&master, 2)];
        let ring = Keyring::unwrap(&master, &wrapped).expect("it opens");
        (master, wrapped, ring)
    }

    fn secret() -> Secret {
        Secret::new("mật khẩu của hội trường".to_owned())
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let (_, _, ring) = ring();
        let sealed = ring.seal(HERE, &secret());
        assert!(ring.open(HERE, &sealed).is_ok_and(|opened| opened.reveal() == secret().reveal()));
        let elsewhere = [
            Place { row: 8, ..HERE },
            Place { column: "password", ..HERE },
            Place { table: "account", ..HERE },
            // The same letters, cut elsewhere.
            Place { table: "credentialc", column: "ommunity", ..HERE },
        ];
        for place in elsewhere {
            assert_eq!(ring.open(place, &sealed).err(), Some(OpenError::Refused), "{place:?}");
        }
        let older = Sealed { version: 1, ..sealed.clone() };
        assert_eq!(ring.open(HERE, &older).err(), Some(OpenError::Refused));
        let unknown = Sealed { version: 3, ..sealed };
        assert_eq!(ring.open(HERE, &unknown).err(), Some(OpenError::Version(3)));
    }

    #[test]
    fn every_changed_bit_is_noticed_and_no_text_is_sealed_twice_alike() {
        let (_, _, ring) = ring();
        let sealed = ring.seal(HERE, &secret());
        assert_ne!(sealed, ring.seal(HERE, &secret()));
        for nth in 0..sealed.bytes.len() * 8 {
            let mut changed = sealed.clone();
            changed.bytes[nth / 8] ^= 1 << (nth % 8);
            assert!(ring.open(HERE, &changed).is_err(), "bit {nth}");
        }
        for length in 0..sealed.bytes.len() {
            let cut = Sealed { version: 2, bytes: sealed.bytes[..length].to_vec() };
            assert!(ring.open(HERE, &cut).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn data_keys_open_with_their_own_master_key_as_their_own_version_only() {
        let (master, wrapped, ring) = ring();
        let other = MasterKey::random();
        assert!(Keyring::unwrap(&other, &wrapped).is_err_and(|why| why == Locked::Damaged { version: 1 }));
        let swapped = vec![WrappedKey { version: 2, ..wrapped[0].clone() }];
        assert!(Keyring::unwrap(&master, &swapped).is_err());
        let rewrapped = ring.wrapped_by(&other);
        let again = Keyring::unwrap(&other, &rewrapped).expect("it opens");
        let sealed = ring.seal(HERE, &secret());
        assert!(again.open(HERE, &sealed).is_ok());
        assert!(Keyring::unwrap(&master, &rewrapped).is_err(), "the old master key opens nothing");
        assert_ne!(master.id(), other.id());
    }
}
