//! Opening the vault: which master key is the right one, making keys when there are none yet, and noticing that a command
//! has rotated them, or that somebody has put a missing key back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use inventory::clock::Clock as _;
use inventory::clock::SystemClock;

use super::error::AppError;
use crate::config::Config;
use crate::store::{Db, StoreError, VaultRecord};
use crate::vault::{KeyFileError, KeyFiles, Keyring, Locked, OpenError, Vault};

/// While another process makes or rotates keys: how long until it is looked again.
const WAIT: Duration = Duration::from_millis(100);
/// How often it is looked before the other process is said to be stuck. It makes keys in milliseconds.
const WAITS: u32 = 100;
/// How often records and files are read again when a key was renamed between the one and the other.
const TRIES: u32 = 3;

/// The keys could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// By the records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// By a file.
    #[error(transparent)]
    File(#[from] KeyFileError),
}

impl From<KeysError> for AppError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Store(error) => error.into(),
            KeysError::File(error @ KeyFileError::InUse) => AppError::Conflict(error.to_string()),
            KeysError::File(error @ KeyFileError::Write { .. }) => AppError::internal(error),
        }
    }
}

/// The vault of a process.
pub struct Keys {
    db: Db,
    files: KeyFiles,
    vault: Vault,
    /// The revision of the records that the vault is of.
    seen: AtomicI64,
}

/// Where the master key of this installation is.
pub fn files_of(config: &Config) -> KeyFiles {
    KeyFiles::new(&config.data, config.key_credential.as_deref())
}

impl Keys {
    /// Opens the vault. An installation that has no keys yet gets them; one whose key is missing or wrong is locked, and
    /// never gets another.
    ///
    /// # Errors
    /// When the records cannot be read, or the first keys cannot be written.
    pub async fn open(db: Db, files: KeyFiles) -> Result<Keys, KeysError> {
        let refused = first(&db, &files).await?;
        let record = db.vault_load().await?;
        let state = if record.keys.is_empty() { refused } else { None };
        let keys = Keys {
            vault: Vault::new(Err(state.clone().unwrap_or(Locked::Damaged { version: 0 }))),
            seen: AtomicI64::new(record.revision),
            db,
            files,
        };
        if state.is_none() {
            keys.take(record).await?;
            keys.settle().await?;
        }
        Ok(keys)
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// [`AppError::Locked`], or the records cannot be read.
    pub async fn ring(&self) -> Result<Arc<Keyring>, AppError> {
        self.look().await?;
        Ok(self.vault.ring()?)
    }

    /// Why the vault is locked, if it is.
    pub fn locked(&self) -> Option<Locked> {
        self.vault.locked()
    }

    /// The revision of the records that the keys are of.
    pub fn revision(&self) -> i64 {
        self.seen.load(Ordering::Acquire)
    }

    /// Reads the keys again if they may have changed; while the vault is locked also the files, so that a key that was
    /// put back is found without a restart.
    ///
    /// # Errors
    /// When the records cannot be read; what was known stays.
    pub async fn look(&self) -> Result<(), StoreError> {
        if self.db.vault_revision().await? == self.revision() && self.locked().is_none() {
            return Ok(());
        }
        let record = self.db.vault_load().await?;
        if record.keys.is_empty() { Ok(()) } else { self.take(record).await }
    }

    /// Does something with the keys, again when they were rotated in the middle of it.
    ///
    /// # Errors
    /// [`AppError::Locked`], or what `work` fails with.
    pub async fn with_ring<T, F>(&self, work: impl Fn(Arc<Keyring>) -> F) -> Result<T, AppError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match work(self.ring().await?).await {
                Err(StoreError::KeysChanged | StoreError::NotOpened { source: OpenError::Version(_), .. })
                    if tries > 0 => {}
                done => return Ok(done?),
            }
        }
    }

    async fn take(&self, mut record: VaultRecord) -> Result<(), StoreError> {
        let mut state = unlock(&self.files, &record);
        for _ in 1..TRIES {
            // A rotation may have renamed the file after the records were read.
            if !matches!(state, Err(Locked::Missing { .. } | Locked::Wrong { .. })) {
                break;
            }
            let again = self.db.vault_load().await?;
            if again == record {
                break;
            }
            record = again;
            state = unlock(&self.files, &record);
        }
        self.vault.replace(state);
        self.seen.store(record.revision, Ordering::Release);
        Ok(())
    }

    /// Clears away what a rotation left that was killed.
    async fn settle(&self) -> Result<(), KeysError> {
        // Whoever holds the lock does it himself. A folder that cannot be written has louder troubles than this.
        let Ok(_lock) = self.files.lock() else { return Ok(()) };
        let record = self.db.vault_load().await?;
        if let Ok(ring) = unlock(&self.files, &record) {
            self.files.settle(ring.master())?;
        }
        Ok(())
    }
}

/// Unwraps the data keys of the records with the master key that they name.
///
/// # Errors
/// Why it cannot be done.
pub(super) fn unlock(files: &KeyFiles, record: &VaultRecord) -> Result<Keyring, Locked> {
    let newest = record.keys.last().ok_or(Locked::Damaged { version: 0 })?;
    Keyring::unwrap(&files.find(newest.master)?, &record.keys)
}

/// Makes the first keys of an installation that has none. Says why a master key that is there cannot be used for that.
async fn first(db: &Db, files: &KeyFiles) -> Result<Option<Locked>, KeysError> {
    for _ in 0..WAITS {
        if !db.vault_load().await?.keys.is_empty() {
            return Ok(None);
        }
        match files.lock() {
            Ok(_lock) => {
                // Asked again: another process may have made them before the lock was ours.
                if db.vault_load().await?.keys.is_empty() {
                    match files.first()? {
                        Ok(master) => db.data_key_first(&Keyring::new_key(&master, 1), SystemClock.now()).await?,
                        Err(locked) => return Ok(Some(locked)),
                    }
                }
                return Ok(None);
            }
            Err(KeyFileError::InUse) => tokio::time::sleep(WAIT).await,
            Err(error @ KeyFileError::Write { .. }) => return Err(error.into()),
        }
    }
    Err(KeyFileError::InUse.into())
}

/// What `check` says of the vault; `None` before the first start.
///
/// # Errors
/// When the records cannot be read.
pub async fn inspect(db: &Db, files: &KeyFiles) -> Result<Option<Result<Inspected, Locked>>, StoreError> {
    let record = db.vault_load().await?;
    if record.keys.is_empty() {
        return Ok(None);
    }
    let secrets = db.secret_count().await?;
    Ok(Some(
        unlock(files, &record).map(|_| Inspected { secrets, is_unfinished: record.keys.len() > 1 || files.has_next() }),
    ))
}

/// A vault that can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// Secrets in it.
    pub secrets: i64,
    /// Whether a rotation goes on, or was killed.
    pub is_unfinished: bool,
}
