//! The records as one SQLite file, whichever backend they lie in: for backups, and the way back. The same backup comes
//! back into either: all values pass as JSON, by the names of columns, which both schemas share.

use std::path::Path;

use sqlx::{Connection as _, PgConnection, PgPool, SqliteConnection};
use tokio_stream::StreamExt as _;

use super::db::{Db, sqlite_options, vacuum_into};
use super::error::{Step as _, StoreError};

/// Rows that go over at once.
const ROWS: usize = 500;

/// The name of every table of ours.
const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     AND name <> '_sqlx_migrations' ORDER BY name";

impl Db {
    /// Writes the records as of one moment into a file that is empty or not there, while others read and write.
    ///
    /// # Errors
    /// When they cannot be read, or the file cannot be written.
    pub async fn copy_into(&self, path: &Path) -> Result<(), StoreError> {
        match self {
            Db::Sqlite(db) => vacuum_into(&db.write.connect_options(), path).await.step("copy", path.display()),
            Db::Postgres(_) => self.copy_rows_into(path).await,
        }
    }

    async fn copy_rows_into(&self, path: &Path) -> Result<(), StoreError> {
        let file = Db::open_sqlite(path).await?;
        file.migrate().await?;
        file.close().await;
        let mut to = file_connection(path).await?;
        let mut from = self.snapshot("copy").await?;
        let mut tx = to.begin().await.step("copy", "begin")?;
        for table in tables(&mut tx).await? {
            let insert = insert_into_file(&table, &columns(&mut tx, &table).await?);
            let select = format!("SELECT row_to_json(t)::text FROM \"{}\" t", table);
            let super::db::Link::Postgres(reader) = from.link() else { return Ok(()) };
            let mut rows = sqlx::query_scalar(sqlx::AssertSqlSafe(select)).fetch(reader);
            loop {
                let some = some_rows(&mut rows).await.step("copy_read", &table)?;
                let Some(json) = some else { break };
                let query = sqlx::query(sqlx::AssertSqlSafe(insert.clone())).bind(json);
                query.execute(&mut *tx).await.step("copy_write", &table)?;
            }
        }
        tx.commit().await.step("copy", "commit")?;
        to.close().await.step("copy", "close")
    }

    /// Fills a PostgreSQL database that was just migrated from such a file: everything or nothing. `false` when it has
    /// records already; then nothing is done.
    ///
    /// # Errors
    /// When the file cannot be read or the database not be written.
    pub async fn fill_from(&self, path: &Path) -> Result<bool, StoreError> {
        let Db::Postgres(pool) = self else { return Ok(false) };
        let mut file = file_connection(path).await?;
        let tables = tables(&mut file).await?;
        if has_records(pool, &tables).await? {
            return Ok(false);
        }
        let mut tx = pool.begin().await.step("fill", "begin")?;
        set_guards(&mut tx, &tables, false).await?;
        for table in &tables {
            let delete = format!("DELETE FROM \"{table}\"");
            sqlx::query(sqlx::AssertSqlSafe(delete)).execute(&mut *tx).await.step("fill_empty", table)?;
            let insert =
                format!("INSERT INTO \"{table}\" SELECT * FROM json_populate_recordset(NULL::\"{table}\", $1::json)");
            let select = select_from_file(table, &columns(&mut file, table).await?);
            let mut rows = sqlx::query_scalar(sqlx::AssertSqlSafe(select)).fetch(&mut file);
            loop {
                let some = some_rows(&mut rows).await.step("fill_read", table)?;
                let Some(json) = some else { break };
                let query = sqlx::query(sqlx::AssertSqlSafe(insert.clone())).bind(json);
                query.execute(&mut *tx).await.step("fill_write", table)?;
            }
        }
        sqlx::query("SET CONSTRAINTS ALL IMMEDIATE").execute(&mut *tx).await.step("fill", "references")?;
        set_guards(&mut tx, &tables, true).await?;
        for table in &tables {
            next_ids(&mut tx, table).await?;
        }
        tx.commit().await.step("fill", "commit")?;
        file.close().await.step("fill", "close")?;
        Ok(true)
    }
}

pub(super) async fn file_connection(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = sqlite_options(path).foreign_keys(false).journal_mode(sqlx::sqlite::SqliteJournalMode::Delete);
    SqliteConnection::connect_with(&options).await.step("copy", path.display())
}

pub(super) async fn tables(on: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(TABLES).fetch_all(on).await.step("copy", "tables")
}

/// A column of the file, and whether it holds bytes.
pub(super) type Column = (String, bool);

pub(super) async fn columns(on: &mut SqliteConnection, table: &str) -> Result<Vec<Column>, StoreError> {
    sqlx::query_as("SELECT name, type = 'BLOB' FROM pragma_table_info($1)")
        .bind(table)
        .fetch_all(on)
        .await
        .step("copy_columns", table)
}

/// Bytes are hexadecimal digits after `\x` in PostgreSQL's JSON. Rows that the migrations made give way.
fn insert_into_file(table: &str, columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let values = columns.iter().map(|(name, is_bytes)| {
        let told = format!("value ->> '$.{name}'");
        if *is_bytes { format!("unhex(substr({told}, 3))") } else { told }
    });
    let values: Vec<String> = values.collect();
    let (names, values) = (names.join(", "), values.join(", "));
    format!("INSERT OR REPLACE INTO \"{table}\" ({names}) SELECT {values} FROM json_each($1)")
}

pub(super) fn select_from_file(table: &str, columns: &[Column]) -> String {
    let pairs = columns.iter().map(|(name, is_bytes)| {
        let value = if *is_bytes { format!("'\\x' || hex(\"{name}\")") } else { format!("\"{name}\"") };
        format!("'{name}', {value}")
    });
    format!("SELECT json_object({}) FROM \"{table}\"", pairs.collect::<Vec<_>>().join(", "))
}

/// The next rows as a JSON array; `None` when there are no more.
async fn some_rows(
    rows: &mut (impl tokio_stream::Stream<Item = Result<String, sqlx::Error>> + Unpin),
) -> Result<Option<String>, sqlx::Error> {
    let mut json = String::from("[");
    for count in 0..ROWS {
        let Some(row) = rows.next().await else { break };
        json += if count == 0 { "" } else { "," };
        json += &row?;
    }
    Ok((json.len() > 1).then(|| json + "]"))
}

/// Whether anything stands in it that the migrations did not write.
async fn has_records(pool: &PgPool, tables: &[String]) -> Result<bool, StoreError> {
    for table in tables.iter().filter(|table| !matches!(table.as_str(), "meta" | "audit_head")) {
        let text = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\")");
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text));
        if query.fetch_one(pool).await.step("fill_look", table)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Triggers that guard the audit log off or on, and references checked at the end or at once.
async fn set_guards(on: &mut PgConnection, tables: &[String], is_on: bool) -> Result<(), StoreError> {
    let how = if is_on { "ENABLE" } else { "DISABLE" };
    for table in tables {
        let text = format!("ALTER TABLE \"{table}\" {how} TRIGGER USER");
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut *on).await.step("fill_guards", table)?;
    }
    let references: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint \
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2",
    )
    .fetch_all(&mut *on)
    .await
    .step("fill_guards", "references")?;
    let when = if is_on { "NOT DEFERRABLE" } else { "DEFERRABLE INITIALLY DEFERRED" };
    for (table, reference) in references {
        let text = format!("ALTER TABLE {table} ALTER CONSTRAINT {reference} {when}");
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut *on).await.step("fill_guards", &table)?;
    }
    Ok(())
}

/// What is added next gets an id above all that came.
async fn next_ids(on: &mut PgConnection, table: &str) -> Result<(), StoreError> {
    let has_ids: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema() \
         AND table_name = $1 AND column_name = 'id' AND is_identity = 'YES')",
    )
    .bind(table)
    .fetch_one(&mut *on)
    .await
    .step("fill_ids", table)?;
    if has_ids {
        let text = format!(
            "SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), GREATEST(MAX(id), 1), MAX(id) IS NOT NULL) FROM \"{table}\""
        );
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(on).await.step("fill_ids", table)?;
    }
    Ok(())
}
