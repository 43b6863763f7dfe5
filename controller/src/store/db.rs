//! The connection to the records: one of two backends behind one SQL text.
//!
//! Queries are written once, with `$1` placeholders, which sqlx maps on both backends. [`both!`] expands one block for
//! each backend; a function that runs several statements takes a [`Tx`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use inventory::secret::Secret;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::audit::AuditRecord;
use super::error::{Step as _, StoreError};
use crate::events;

/// Readers beside the one writer of a SQLite file.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL; its own default allows 100 in all.
const POSTGRES_CONNECTIONS: u32 = 10;
/// How long a writer waits for another process (a command beside `serve`) to finish its transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a query waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// The records database. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Db {
    /// A file, the default.
    Sqlite(SqliteDb),
    /// A server, by URL.
    Postgres(PgPool),
}

/// A SQLite file: one connection that writes, and a few that read beside it (WAL).
#[derive(Debug, Clone)]
pub struct SqliteDb {
    read: SqlitePool,
    pub(super) write: SqlitePool,
}

/// One of two of a kind: what both backends have in common, side by side.
pub(super) enum Link<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// Runs one block on whichever backend a [`Link`] leads to.
macro_rules! both {
    ($link:expr, $on:ident => $body:expr) => {
        match $link {
            $crate::store::db::Link::Sqlite($on) => $body,
            $crate::store::db::Link::Postgres($on) => $body,
        }
    };
}
pub(super) use both;

/// A transaction. Dropped without [`Tx::commit`], nothing of it has happened.
pub(super) struct Tx {
    link: Link<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>,
    /// Entries of the audit log that were added and are not told of before it is committed.
    audited: Vec<AuditRecord>,
}

impl Tx {
    /// Where the next statement goes.
    pub(super) fn link(&mut self) -> Link<&mut SqliteConnection, &mut PgConnection> {
        match &mut self.link {
            Link::Sqlite(tx) => Link::Sqlite(&mut **tx),
            Link::Postgres(tx) => Link::Postgres(&mut **tx),
        }
    }

    /// Makes it durable.
    pub(super) async fn commit(self, step: &'static str) -> Result<(), StoreError> {
        both!(self.link, tx => tx.commit().await).step(step, "commit")?;
        for record in self.audited {
            events::audited(&record.json_line());
        }
        Ok(())
    }

    /// Writes an entry of the audit log into the program's log, once it is certain.
    pub(super) fn tell_when_committed(&mut self, record: AuditRecord) {
        self.audited.push(record);
    }

    fn sqlite(link: Transaction<'static, Sqlite>) -> Tx {
        Tx { link: Link::Sqlite(link), audited: Vec::new() }
    }

    fn postgres(link: Transaction<'static, Postgres>) -> Tx {
        Tx { link: Link::Postgres(link), audited: Vec::new() }
    }
}

impl Db {
    /// Opens, or makes, the file and checks that it is whole and that commits reach the disk.
    ///
    /// # Errors
    /// When it cannot be opened, is damaged, or does not keep the settings that durability rests on.
    pub async fn open_sqlite(path: &Path) -> Result<Db, StoreError> {
        create_private(path)?;
        // Sealed secrets and wrapped keys that were replaced must not stay in free pages for who has an old key.
        let options = sqlite_options(path).pragma("secure_delete", "ON");
        let write = sqlite_pool(1).connect_with(options.clone()).await.map_err(|error| opening(path, error))?;
        check_settings(path, &write).await?;
        quick_check(path, &write).await?;
        let readers = options.pragma("query_only", "ON");
        let read = sqlite_pool(SQLITE_READERS).connect_with(readers).await.map_err(|error| opening(path, error))?;
        Ok(Db::Sqlite(SqliteDb { read, write }))
    }

    /// Connects to PostgreSQL by `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// When the URL is none, or the server does not let us in.
    pub async fn open_postgres(url: &Secret) -> Result<Db, StoreError> {
        // The parser's own message may quote the URL, and with it the password.
        let options: PgConnectOptions = url.reveal().parse().map_err(|_: sqlx::Error| StoreError::Url)?;
        let host = options.get_host().to_owned();
        let options = options.application_name("villagenet");
        // A pool tries again for a while when it is refused; a start says at once what is wrong.
        let connected = PgConnection::connect_with(&options).await;
        let first = connected.map_err(|source| StoreError::Connect { host, source })?;
        first.close().await.step("open_postgres", "close")?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options);
        Ok(Db::Postgres(pool))
    }

    /// Lets every connection finish and closes them; SQLite writes its log back into the file.
    pub async fn close(&self) {
        match self {
            Db::Sqlite(db) => {
                db.read.close().await;
                db.write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }

    /// Reads a whole SQLite file through, tables against their indices and rows against those that they refer to. `None`
    /// when it is whole, else what was found first; a server looks after its files itself.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub async fn check(&self) -> Result<Option<String>, StoreError> {
        let Db::Sqlite(db) = self else { return Ok(None) };
        let found: String =
            sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&db.read).await.step("check", "records")?;
        if found != "ok" {
            return Ok(Some(found));
        }
        // integrity_check does not look at foreign keys (https://www.sqlite.org/pragma.html#pragma_integrity_check).
        let orphan: Option<(String, String)> =
            sqlx::query_as("SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1")
                .fetch_optional(&db.read)
                .await
                .step("check", "references")?;
        Ok(orphan.map(|(table, parent)| format!("a row of {table} refers to one of {parent} that is not there")))
    }

    /// `sqlite` or `postgres`, for logs and `check`.
    pub fn backend(&self) -> &'static str {
        match self {
            Db::Sqlite(_) => "sqlite",
            Db::Postgres(_) => "postgres",
        }
    }

    /// Where a single query goes.
    pub(super) fn reader(&self) -> Link<&SqlitePool, &PgPool> {
        match self {
            Db::Sqlite(db) => Link::Sqlite(&db.read),
            Db::Postgres(pool) => Link::Postgres(pool),
        }
    }

    /// Where schema changes go.
    pub(super) fn writer(&self) -> Link<&SqlitePool, &PgPool> {
        match self {
            Db::Sqlite(db) => Link::Sqlite(&db.write),
            Db::Postgres(pool) => Link::Postgres(pool),
        }
    }

    /// A transaction that writes. SQLite takes the write lock at once: a transaction that reads first and writes later
    /// would fail when another process wrote in between.
    pub(super) async fn begin(&self, step: &'static str) -> Result<Tx, StoreError> {
        match self {
            Db::Sqlite(db) => db.write.begin_with("BEGIN IMMEDIATE").await.map(Tx::sqlite),
            Db::Postgres(pool) => pool.begin().await.map(Tx::postgres),
        }
        .step(step, "begin")
    }

    /// A transaction that reads one moment, however many queries it takes.
    pub(super) async fn snapshot(&self, step: &'static str) -> Result<Tx, StoreError> {
        const REPEATABLE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        match self {
            Db::Sqlite(db) => db.read.begin().await.map(Tx::sqlite),
            Db::Postgres(pool) => pool.begin_with(REPEATABLE).await.map(Tx::postgres),
        }
        .step(step, "begin")
    }
}

/// How every SQLite file of ours is opened: FULL makes each commit reach the disk before it returns.
pub(crate) fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
}

/// A pool whose connections stay: a file needs no reconnecting and no ping before each use.
pub(crate) fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // On a full disk SQLite rolls back by itself, and sqlx 0.9.0 counts the transaction as open for ever: a connection
        // that was given back in the middle of one is replaced.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

/// A SQLite file and what SQLite keeps beside it.
pub(crate) const SQLITE_SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// A path with something behind its last name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Copies a SQLite file as of one moment into one that is empty or not there, over a connection of its own: neither the
/// writer nor a reader is held.
pub(crate) async fn vacuum_into(options: &SqliteConnectOptions, path: &Path) -> Result<(), sqlx::Error> {
    let mut on = SqliteConnection::connect_with(options).await?;
    sqlx::query("VACUUM INTO $1").bind(path.to_string_lossy().into_owned()).execute(&mut on).await?;
    on.close().await
}

/// Makes the file readable by its owner only, if it is not there yet; SQLite gives its log the same mode.
pub(crate) fn create_private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(|_| ())
}

fn create_private(path: &Path) -> Result<(), StoreError> {
    create_private_file(path).map_err(|source| StoreError::Create { path: path.to_owned(), source })
}

/// Whether there is no room: SQLITE_FULL 13, which is also what a full disk is when a page is written; 4874, when its
/// shared memory cannot grow (SQLITE_IOERR_SHMSIZE); and `disk_full` of PostgreSQL.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("13" | "4874" | "53100"))
}

/// Whether a text has a byte that PostgreSQL keeps in none, which in valid UTF-8 is NUL (22021,
/// character_not_in_repertoire).
pub(crate) fn is_nul(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).as_deref() == Some("22021")
}

/// Whether SQLite says that the file is no database, or a broken one (SQLITE_CORRUPT 11, SQLITE_NOTADB 26, and the
/// extended codes whose low byte is one of them).
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xff), Some(11 | 26))
}

fn opening(path: &Path, source: sqlx::Error) -> StoreError {
    if is_damage(&source) {
        return damaged(path, &source.to_string());
    }
    StoreError::Open { path: path.to_owned(), source }
}

fn damaged(path: &Path, finding: &str) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), finding: finding.to_owned() }
}

async fn check_settings(path: &Path, pool: &SqlitePool) -> Result<(), StoreError> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await.map_err(|e| opening(path, e))?;
    let level: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await.map_err(|e| opening(path, e))?;
    if mode != "wal" || level != 2 {
        return Err(StoreError::NotDurable { path: PathBuf::from(path), journal_mode: mode, synchronous: level });
    }
    Ok(())
}

async fn quick_check(path: &Path, pool: &SqlitePool) -> Result<(), StoreError> {
    let found: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(pool).await.map_err(|e| opening(path, e))?;
    if found == "ok" { Ok(()) } else { Err(damaged(path, &found)) }
}
