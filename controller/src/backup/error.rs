//! Why a backup was not made, or not brought back.

use std::path::PathBuf;

use crate::series::SeriesError;
use crate::store::StoreError;

/// Why. Whatever it is, nothing was changed that was there before, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file could not be read or written.
    #[error("{path}: {source}; check that there is room and that the folder belongs to who runs villagenet")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a file of that name.
    #[error("{0} is there already; name another file")]
    Exists(PathBuf),
    /// It is no file of ours.
    #[error("it is no backup of villagenet, or its beginning is damaged")]
    NotABackup,
    /// A newer release wrote it.
    #[error("a newer release wrote it (form {format}): restore it with that release")]
    Newer {
        /// Its form.
        format: u32,
    },
    /// It is encrypted.
    #[error("it is encrypted: name the file with the secret age key by --identity FILE")]
    NeedsIdentity,
    /// Not for this key.
    #[error("it does not open with this key: it was encrypted to another recipient, or it is damaged ({0})")]
    WrongIdentity(String),
    /// A key that is none.
    #[error("{0}")]
    Key(String),
    /// Something is missing or is not what was written.
    #[error("it is damaged: {0}; take an older backup")]
    Damaged(String),
    /// A day of samples is missing beside it.
    #[error(
        "{0} is missing or damaged: keep the folder `days` beside the backup, or restore with --without-missing-days"
    )]
    Day(PathBuf),
    /// Records are there already.
    #[error("{0} holds an installation already; with --replace it is moved aside and kept")]
    Occupied(PathBuf),
    /// A database is there already.
    #[error("the PostgreSQL database holds records already; make an empty one and name it in [database] url")]
    DatabaseOccupied,
    /// A controller works on it.
    #[error("{0} is in use by `villagenet serve`; stop it first")]
    InUse(PathBuf),
    /// The records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The samples.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// A part of the program broke down.
    #[error("a task of the backup broke down")]
    Task(#[from] tokio::task::JoinError),
}

/// Says which file it was.
pub(super) trait Of<T> {
    fn of(self, path: &std::path::Path) -> Result<T, BackupError>;
}

impl<T> Of<T> for std::io::Result<T> {
    fn of(self, path: &std::path::Path) -> Result<T, BackupError> {
        self.map_err(|source| BackupError::File { path: path.to_owned(), source })
    }
}
