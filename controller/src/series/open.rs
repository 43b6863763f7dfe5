//! Opening the file. A damaged one is moved aside and a new one begun: samples can be lost, the records and the alerts
//! must go on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use inventory::metric::SeriesKey;
use jiff::Timestamp;
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;

use super::error::{SeriesError, Step as _};
use super::head::Head;
use super::log::load;
use super::remote_log::RemoteLog;
use crate::store::db::{SQLITE_SUFFIXES, create_private_file, is_damage, sqlite_options, sqlite_pool, with_suffix};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/series");

/// Readers beside the one writer.
const READERS: u32 = 4;
/// A file up to this size is read through at every start, which takes a second or two; a larger one by `check` and at
/// night, so that a start does not wait for it.
const QUICK_CHECK_BYTES: u64 = 256 * 1024 * 1024;

/// Ids of series by what they are of.
pub(super) type Ids = BTreeMap<SeriesKey, i64>;

/// The samples. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Series {
    pub(super) read: SqlitePool,
    pub(super) write: SqlitePool,
    /// The ids of all series in the file that this release knows.
    pub(super) ids: Arc<Mutex<Ids>>,
    head: Arc<RwLock<Head>>,
    /// Held while the file and what is known of it in memory change together.
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
    /// The log of what is to be sent on; `None` while nothing is.
    pub(super) remote: Option<Arc<RemoteLog>>,
    path: Arc<PathBuf>,
}

/// How the file was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// As it was left.
    Whole,
    /// There was none: a first start, or somebody took it away.
    New,
    /// It was damaged. People must be told: the samples until now are in the file moved aside.
    MovedAside {
        /// Where the damaged file is now.
        to: PathBuf,
        /// What was found.
        finding: String,
    },
}

impl Series {
    /// Opens the file, or begins a new one when there is none or it is damaged.
    ///
    /// # Errors
    /// When the place does not let a file be used; damage is no error.
    pub async fn open(path: &Path, now: Timestamp) -> Result<(Series, Opening), SeriesError> {
        let was_there = std::fs::metadata(path).is_ok_and(|file| file.len() > 0);
        match try_open(path).await {
            Ok(series) => Ok((series, if was_there { Opening::Whole } else { Opening::New })),
            Err(Failed::Damaged(finding)) => {
                let to = move_aside(path, now)?;
                let series = try_open(path).await.map_err(|failed| failed.into_error(path))?;
                Ok((series, Opening::MovedAside { to, finding }))
            }
            Err(Failed::Other(error)) => Err(error),
        }
    }

    /// Opens a file that has to be whole; it is never moved.
    ///
    /// # Errors
    /// When it is damaged or cannot be used.
    pub async fn open_whole(path: &Path) -> Result<Series, SeriesError> {
        try_open(path).await.map_err(|failed| failed.into_error(path))
    }

    /// Makes a file when it is not there, or brings one up to date.
    pub(super) async fn make(path: &Path) -> Result<(), SeriesError> {
        Series::open_whole(path).await?.close().await;
        Ok(())
    }

    /// Reads a file through without moving it anywhere. `None` when it is whole, else what was found first.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub async fn inspect(path: &Path) -> Result<Option<String>, SeriesError> {
        match try_open(path).await {
            Ok(series) => {
                let found = series.check().await;
                series.close().await;
                found
            }
            Err(Failed::Damaged(finding)) => Ok(Some(finding)),
            Err(Failed::Other(error)) => Err(error),
        }
    }

    /// What waits in a file to be sent on, without moving the file anywhere: how many bytes, and since when. `None` when
    /// nothing waits.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn backlog(path: &Path) -> Result<Option<(u64, Timestamp)>, SeriesError> {
        let series = try_open(path).await.map_err(|failed| failed.into_error(path))?;
        let found = async {
            let bytes = series.remote_bytes().await?;
            Ok(series.remote_since().await?.map(|since| (bytes, since)))
        };
        let found = found.await;
        series.close().await;
        found
    }

    /// Lets every connection finish and closes them.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// How much disk the samples take, with their log.
    pub async fn bytes(&self) -> u64 {
        let mut sum = 0;
        for suffix in SQLITE_SUFFIXES {
            sum += tokio::fs::metadata(with_suffix(&self.path, suffix)).await.map_or(0, |file| file.len());
        }
        sum
    }

    /// Reads the whole file through, tables against their indices too. `None` when it is whole, else what was found
    /// first.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub async fn check(&self) -> Result<Option<String>, SeriesError> {
        let found: String =
            sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&self.read).await.step("check", "series")?;
        if found != "ok" {
            return Ok(Some(found));
        }
        match self.check_log().await? {
            Some(found) => Ok(Some(found)),
            None => self.check_chunks().await,
        }
    }

    /// The young samples. Who also reads what is packed looks here first: what is packed in between is then seen twice,
    /// and never not at all.
    pub(super) fn head(&self) -> RwLockReadGuard<'_, Head> {
        self.head.read().expect("no holder of this lock can panic")
    }

    pub(super) fn head_mut(&self) -> RwLockWriteGuard<'_, Head> {
        self.head.write().expect("no holder of this lock can panic")
    }
}

enum Failed {
    Damaged(String),
    Other(SeriesError),
}

impl Failed {
    fn into_error(self, path: &Path) -> SeriesError {
        match self {
            Failed::Other(error) => error,
            Failed::Damaged(finding) => {
                SeriesError::File { path: path.to_owned(), source: std::io::Error::other(finding) }
            }
        }
    }
}

async fn try_open(path: &Path) -> Result<Series, Failed> {
    let opening = |source: sqlx::Error| match is_damage(&source) {
        true => Failed::Damaged(source.to_string()),
        false => Failed::Other(SeriesError::Open { path: path.to_owned(), source }),
    };
    create_private_file(path).map_err(|source| Failed::Other(SeriesError::File { path: path.to_owned(), source }))?;
    let options = sqlite_options(path);
    let write = sqlite_pool(1).connect_with(options.clone()).await.map_err(opening)?;
    let opened = prepare(path, &write).await;
    if let Err(failed) = opened {
        // The file must be closed before it can be moved aside: SQLite would go on writing into it.
        write.close().await;
        return Err(failed);
    }
    let read = sqlite_pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(opening)?;
    let (ids, head) = match load(&read).await {
        Ok(found) => found,
        Err(error) => {
            read.close().await;
            write.close().await;
            return Err(match error {
                SeriesError::Damaged { source, .. } => Failed::Damaged(source.to_string()),
                SeriesError::Step { source, .. } if is_nonsense(&source) => Failed::Damaged(source.to_string()),
                other => Failed::Other(other),
            });
        }
    };
    let (ids, head) = (Arc::new(Mutex::new(ids)), Arc::new(RwLock::new(head)));
    Ok(Series { read, write, ids, head, turn: Arc::default(), remote: None, path: Arc::new(path.to_owned()) })
}

async fn prepare(path: &Path, pool: &SqlitePool) -> Result<(), Failed> {
    let opening = |source: sqlx::Error| match is_damage(&source) {
        true => Failed::Damaged(source.to_string()),
        false => Failed::Other(SeriesError::Open { path: path.to_owned(), source }),
    };
    let journal_mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await.map_err(opening)?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await.map_err(opening)?;
    if journal_mode != "wal" || synchronous != 2 {
        let path = path.to_owned();
        return Err(Failed::Other(SeriesError::NotDurable { path, journal_mode, synchronous }));
    }
    if std::fs::metadata(path).is_ok_and(|file| file.len() <= QUICK_CHECK_BYTES) {
        let found = quick_check(pool).await.map_err(opening)?;
        if found != "ok" {
            return Err(Failed::Damaged(found));
        }
    }
    match MIGRATIONS.run(pool).await {
        Ok(()) => {}
        Err(source) if is_damaged_account(&source, pool).await => {
            return Err(Failed::Damaged(format!("the account of its schema is damaged: {source}")));
        }
        Err(source) => return Err(Failed::Other(SeriesError::Migrate { path: path.to_owned(), source })),
    }
    check_schema(path, pool).await
}

/// SQLite reads the schema as text from the file, and a letter of it that has turned is another name or another rule: not
/// met before somebody asks for that column. So it is held against what the steps make of an empty file.
async fn check_schema(path: &Path, pool: &SqlitePool) -> Result<(), Failed> {
    let opening = |source| Failed::Other(SeriesError::Open { path: path.to_owned(), source });
    let fresh = sqlite_pool(1).connect_with(SqliteConnectOptions::new().in_memory(true)).await.map_err(opening)?;
    let migrating = |source| Failed::Other(SeriesError::Migrate { path: path.to_owned(), source });
    MIGRATIONS.run(&fresh).await.map_err(migrating)?;
    let expected = schema(&fresh).await.map_err(opening)?;
    fresh.close().await;
    let found = match schema(pool).await {
        Ok(found) => found,
        Err(source) if is_damage(&source) || is_nonsense(&source) => return Err(Failed::Damaged(source.to_string())),
        Err(source) => return Err(opening(source)),
    };
    match expected.iter().find(|(name, text)| found.get(*name) != Some(*text)) {
        Some((name, _)) => Err(Failed::Damaged(format!("its schema has another {name} than was written"))),
        None => Ok(()),
    }
}

/// The text of each table and index, without spaces.
async fn schema(pool: &SqlitePool) -> Result<BTreeMap<String, String>, sqlx::Error> {
    let text = "SELECT type || ' ' || name || ' of ' || tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
    let rows: Vec<(String, String)> = sqlx::query_as(text).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(name, sql)| (name, sql.split_whitespace().collect())).collect())
}

/// Whether the steps could not be taken because what the file says of its own schema is broken: our steps never change,
/// and each is taken whole or not at all.
async fn is_damaged_account(error: &MigrateError, pool: &SqlitePool) -> bool {
    match error {
        MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => true,
        // A newer release has taken all of our steps and then some; what is in no order was turned.
        MigrateError::VersionMissing(_) => {
            let ours = MIGRATIONS.iter().map(|step| step.version);
            let taken: Result<Vec<i64>, _> =
                sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all(pool).await;
            taken.is_ok_and(|taken| !ours.eq(taken.into_iter().take(MIGRATIONS.iter().count())))
        }
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            is_damage(source) || is_nonsense(source)
        }
        _ => false,
    }
}

/// Whether a statement of ours made no sense to the file (SQLITE_ERROR 1: no such table, such a table already), or a
/// column holds what cannot be: nothing that was ever written by us. The thread of sqlx-sqlite 0.9 that works on a file
/// panics when the name of a type in its schema is no UTF-8.
fn is_nonsense(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("1") || matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::WorkerCrashed)
}

async fn quick_check(pool: &SqlitePool) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(pool).await
}

/// Renames the file and its log to `series.db.damaged-20261125T013610Z` and so on; nothing is deleted.
fn move_aside(path: &Path, now: Timestamp) -> Result<PathBuf, SeriesError> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut to = with_suffix(path, &format!(".damaged-{stamp}"));
    let mut again = 1;
    while to.exists() {
        again += 1;
        to = with_suffix(path, &format!(".damaged-{stamp}-{again}"));
    }
    for suffix in SQLITE_SUFFIXES {
        let from = with_suffix(path, suffix);
        match std::fs::rename(&from, with_suffix(&to, suffix)) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(SeriesError::File { path: from, source }),
        }
    }
    Ok(to)
}
