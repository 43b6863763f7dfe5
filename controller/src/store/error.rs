//! What can go wrong with the records: the world (disk, server, damage), the data, or what was asked.

use std::fmt::Display;
use std::path::PathBuf;

use inventory::id::AreaId;
use jiff::civil::Date;
use sqlx::migrate::MigrateError;

/// Why something was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be made.
    #[error("cannot create the records database {}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file could not be opened.
    #[error("cannot open the records database {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The file is no database, or a broken one.
    #[error("the records database {} is damaged ({finding}): bring the newest good backup back with `villagenet restore FILE --replace`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found first.
        finding: String,
    },
    /// The file system does not give what durability rests on (WAL needs shared memory: no network drive).
    #[error(
        "the records database {} has journal_mode {journal_mode:?} and synchronous {synchronous}, not wal and 2: \
         put it on a local disk",
        path.display()
    )]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        journal_mode: String,
        /// What SQLite says.
        synchronous: i64,
    },
    /// The text is no URL of PostgreSQL. It is not repeated here: it may hold a password.
    #[error("the database URL is not of the form postgres://user:password@host/database")]
    Url,
    /// The server does not let us in.
    #[error("cannot connect to PostgreSQL on {host}")]
    Connect {
        /// Its host name or socket directory.
        host: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring the records database up to date")]
    Migrate {
        /// Why.
        #[source]
        source: MigrateError,
    },
    /// A newer release has written here.
    #[error(
        "the records database has schema {found}, this release knows {known}: \
         run the newer release, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// What is there.
        found: i64,
        /// The newest that this release knows.
        known: i64,
    },
    /// Another controller works on the same database.
    #[error(
        "the database is in use by another `villagenet serve`; stop that one, or give this one a database of its own"
    )]
    Taken,
    /// There is no room for what was to be written. Nothing of it was.
    #[error("the disk of the records is full, {step} ({of}) failed; free some space, nothing has to be restarted")]
    Full {
        /// The operation.
        step: &'static str,
        /// On which row.
        of: String,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
    /// A text has a NUL, which PostgreSQL keeps in none. Nothing was written.
    #[error("a text holds the character NUL, which no text here may hold")]
    Nul,
    /// One step failed.
    #[error("{step} ({of}) failed")]
    Step {
        /// The operation.
        step: &'static str,
        /// On which row.
        of: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A row holds what no release of ours writes.
    #[error("{table} {row} holds {value:?} as {column}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// Its key.
        row: String,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// The text is no cursor that this list gave out.
    #[error("the cursor is not one that this list gave out")]
    Cursor,
    /// The inventory changed between planning an import and carrying it out: plan again.
    #[error("the inventory changed meanwhile (it was at revision {planned}, it is at {now}): check the import again")]
    FleetChanged {
        /// The revision that the plan was made for.
        planned: i64,
        /// The revision now.
        now: i64,
    },
    /// A plan names what is not there.
    #[error("there is no {what} {name:?}")]
    Missing {
        /// The kind of thing.
        what: &'static str,
        /// Its name or id.
        name: String,
    },
    /// Another area bears the code at the same time.
    #[error("the code {code} is borne by area {by} at the same time")]
    AreaCodeTaken {
        /// The code.
        code: String,
        /// Who bears it.
        by: AreaId,
    },
    /// The data keys were rotated since they were read: load them and try again.
    #[error("the keys of the vault were rotated meanwhile; try again")]
    KeysChanged,
    /// A sealed secret does not open.
    #[error("the secret of {place} does not open")]
    NotOpened {
        /// Where it is kept.
        place: String,
        /// Why.
        #[source]
        source: crate::vault::OpenError,
    },
    /// An area cannot end on a day on which it is not.
    #[error("area {area} is not valid on the day before {on}")]
    AreaNotValid {
        /// The area.
        area: AreaId,
        /// The day.
        on: Date,
    },
}

/// Names the step that failed, and what it was about.
pub(super) trait Step<T> {
    fn step(self, step: &'static str, of: impl Display) -> Result<T, StoreError>;
}

impl<T> Step<T> for Result<T, sqlx::Error> {
    fn step(self, step: &'static str, of: impl Display) -> Result<T, StoreError> {
        self.map_err(|source| {
            let of = of.to_string();
            if super::db::is_nul(&source) {
                StoreError::Nul
            } else if super::db::is_full(&source) {
                StoreError::Full { step, of, source }
            } else {
                StoreError::Step { step, of, source }
            }
        })
    }
}
