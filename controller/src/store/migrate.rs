//! Schema changes: one folder for each backend, the same numbers in both. A merged file is never edited; a test holds
//! its hash.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};

use super::db::{Db, both};
use super::error::{Step as _, StoreError};

pub(super) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How often a migration of a SQLite file is tried. Two programs may start on a new file at once and PostgreSQL alone
/// has a lock for that; whoever comes second finds the work done at the next try.
const ATTEMPTS: usize = 4;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);

impl Db {
    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a newer release has written here, or a step fails.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.migrate_to(None).await
    }

    /// Brings the schema up to date with one version, or with the newest.
    pub(super) async fn migrate_to(&self, version: Option<i64>) -> Result<(), StoreError> {
        self.refuse_newer_schema().await?;
        let steps = Migrator { migrations: Cow::Owned(self.steps_to(version)), ..Migrator::DEFAULT };
        let mut attempt = 1;
        loop {
            let done: Result<(), MigrateError> = both!(self.writer(), pool => steps.run(pool).await);
            match done {
                Ok(()) => return Ok(()),
                Err(source) if attempt == ATTEMPTS => return Err(StoreError::Migrate { source }),
                Err(_) => attempt += 1,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The version of the schema that is there; `None` before the first migration.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn schema_version(&self) -> Result<Option<i64>, StoreError> {
        let step = "schema_version";
        let table: &'static str = match self {
            Db::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'",
            Db::Postgres(_) => {
                "SELECT count(*) FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'"
            }
        };
        let has_table: i64 =
            both!(self.reader(), pool => sqlx::query_scalar(table).fetch_one(pool).await).step(step, "table")?;
        if has_table == 0 {
            return Ok(None);
        }
        let newest = "SELECT max(version) FROM _sqlx_migrations";
        both!(self.reader(), pool => sqlx::query_scalar(newest).fetch_one(pool).await).step(step, "version")
    }

    async fn refuse_newer_schema(&self) -> Result<(), StoreError> {
        let known = self.migrator().iter().map(|step| step.version).max().unwrap_or(0);
        match self.schema_version().await? {
            Some(found) if found > known => Err(StoreError::NewerSchema { found, known }),
            Some(_) | None => Ok(()),
        }
    }

    fn steps_to(&self, version: Option<i64>) -> Vec<sqlx::migrate::Migration> {
        self.migrator().iter().filter(|step| version.is_none_or(|last| step.version <= last)).cloned().collect()
    }

    pub(super) fn migrator(&self) -> &'static Migrator {
        match self {
            Db::Sqlite(_) => &SQLITE,
            Db::Postgres(_) => &POSTGRES,
        }
    }
}
