//! Secrets at rest: envelope encryption, and the file that holds the master key.
//!
//! ```text
//!   DIR/key or a systemd credential            the records
//!   master key ──wraps──▶ data key 1, 2, … ──seals──▶ secret(of_table, of_row, of_column)
//! ```
//! A secret is sealed with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03; RFC 8439 with a nonce of 192 bits, which is
//! long enough to be drawn at random) under the newest data key, and bound to the place where it is kept: in any other
//! row or column it does not open. Data keys stand in the records, wrapped by the master key in the same way; the master
//! key never does. Without the right master key the vault is locked: nothing is opened, nothing is sealed, and no new
//! key is ever made for records that have one.
//!
//! It does no SQL and knows no credential: `store::secret` keeps what is sealed, `app::keys` opens the vault and rotates
//! its keys.

mod cipher;
mod key_file;
mod locked;
mod master;
mod ring;

use std::sync::{Arc, PoisonError, RwLock};

use inventory::secret::Secret;

pub use key_file::{KeyFileError, KeyFiles, KeyLock};
pub use locked::{Locked, MasterId, MasterIdError};
pub use master::{MasterKey, WrappedKey};
pub use ring::{Keyring, NoVersion};

/// Where a secret is kept. It is a part of what is authenticated: nothing about areas or halls is in it, as those merge
/// and move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place<'a> {
    /// The table of the row that the secret belongs to.
    pub table: &'a str,
    /// That row's id.
    pub row: i64,
    /// What the secret is there: `community`, `password`.
    pub column: &'a str,
}

/// A secret that only the vault opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The version of the data key that it is sealed with.
    pub version: i64,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// Why something did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The data key is not known here: the keys were rotated meanwhile.
    #[error("the data key of version {0} is not known: the keys were rotated meanwhile")]
    Version(i64),
    /// It was changed, or belongs to another place, or to another key.
    #[error("a sealed secret does not open: it was changed, or moved from another row")]
    Refused,
}

/// The keys that this process has, shared by all of its parts and replaced when they are rotated.
pub struct Vault {
    state: RwLock<State>,
}

/// Either the keys, or why there are none.
type State = Result<Arc<Keyring>, Locked>;

impl Vault {
    /// A vault with these keys, or a locked one.
    pub fn new(state: Result<Keyring, Locked>) -> Vault {
        Vault { state: RwLock::new(state.map(Arc::new)) }
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// Why the vault is locked.
    pub fn ring(&self) -> Result<Arc<Keyring>, Locked> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why nothing can be opened, if so.
    pub fn locked(&self) -> Option<Locked> {
        self.ring().err()
    }

    /// Takes the keys that are right from now on.
    pub fn replace(&self, state: Result<Keyring, Locked>) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state.map(Arc::new);
    }
}

/// What [`Keyring::seal`] takes and [`Keyring::open`] gives back is text; this is the one place where bytes become it.
fn text(mut bytes: Vec<u8>) -> Result<Secret, OpenError> {
    match String::from_utf8(std::mem::take(&mut bytes)) {
        Ok(text) => Ok(Secret::new(text)),
        Err(error) => {
            drop(zeroize::Zeroizing::new(error.into_bytes()));
            Err(OpenError::Refused)
        }
    }
}
