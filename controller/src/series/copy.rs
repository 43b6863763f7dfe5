//! Copies of the file for backups, taken while batches come in: all of it, or what is young in one file and each day
//! that is over in another.

use std::path::Path;

use jiff::Timestamp;
use sqlx::{Connection as _, SqliteConnection};

use super::error::{SeriesError, Step as _};
use super::open::Series;
use super::sealed::DAY_MS;
use super::window::time;
use crate::store::db::vacuum_into;

/// A day of UTC whose samples lie in chunks of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// When it begins.
    pub from: Timestamp,
    /// Differs when the chunks of that day differ.
    pub mark: u64,
}

impl Series {
    /// Writes all of it, as of one moment, into a file that is empty or not there.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn copy_into(&self, path: &Path) -> Result<(), SeriesError> {
        vacuum_into(&self.write.connect_options(), path).await.step("copy", path.display())
    }

    /// The same without chunks of a day. Tells which days those are.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn copy_young_into(&self, path: &Path) -> Result<Vec<Day>, SeriesError> {
        let mut on = self.attached(path).await?;
        let mut tx = on.begin().await.step("copy_young", "begin")?;
        let days = days(&mut tx).await?;
        for table in tables(&mut tx).await? {
            let which = match table.as_str() {
                "chunk" => " WHERE is_day = 0",
                "stamp" => " WHERE id IN (SELECT stamp FROM main.chunk WHERE is_day = 0)",
                _ => "",
            };
            copy_table(&mut tx, &table, which).await?;
        }
        tx.commit().await.step("copy_young", "commit")?;
        detached(on).await?;
        Ok(days)
    }

    /// Writes the chunks of one day into a file that is not there.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn copy_day_into(&self, day: Day, path: &Path) -> Result<(), SeriesError> {
        let mut on = self.attached(path).await?;
        let from = day.from.as_millisecond();
        let mut tx = on.begin().await.step("copy_day", day.from)?;
        for text in [
            "INSERT INTO copy.stamp SELECT * FROM main.stamp WHERE id IN \
                 (SELECT stamp FROM main.chunk WHERE is_day = 1 AND from_ms >= $1 AND from_ms < $2)",
            "INSERT INTO copy.chunk SELECT * FROM main.chunk WHERE is_day = 1 AND from_ms >= $1 AND from_ms < $2",
        ] {
            sqlx::query(text).bind(from).bind(from + DAY_MS).execute(&mut *tx).await.step("copy_day", day.from)?;
        }
        tx.commit().await.step("copy_day", day.from)?;
        detached(on).await
    }

    /// Adds what [`Series::copy_day_into`] wrote.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn add_day(&self, path: &Path) -> Result<(), SeriesError> {
        let mut on = self.attached(path).await?;
        let mut tx = on.begin().await.step("add_day", path.display())?;
        for text in [
            "INSERT OR REPLACE INTO main.stamp SELECT * FROM copy.stamp",
            "INSERT OR REPLACE INTO main.chunk SELECT * FROM copy.chunk",
        ] {
            sqlx::query(text).execute(&mut *tx).await.step("add_day", path.display())?;
        }
        tx.commit().await.step("add_day", path.display())?;
        detached(on).await
    }

    /// A connection of its own, that holds neither the writer nor a reader, with another file of ours beside it as `copy`,
    /// made when it is not there.
    async fn attached(&self, path: &Path) -> Result<SqliteConnection, SeriesError> {
        Series::make(path).await?;
        let options = (*self.write.connect_options()).clone().foreign_keys(false);
        let mut on = SqliteConnection::connect_with(&options).await.step("attach", "connect")?;
        let text = path.to_string_lossy().into_owned();
        sqlx::query("ATTACH DATABASE $1 AS copy").bind(&text).execute(&mut on).await.step("attach", &text)?;
        Ok(on)
    }
}

/// Leaves a file that is whole without a log beside it.
async fn detached(mut on: SqliteConnection) -> Result<(), SeriesError> {
    sqlx::query("PRAGMA copy.journal_mode = DELETE").execute(&mut on).await.step("detach", "journal")?;
    sqlx::query("DETACH DATABASE copy").execute(&mut on).await.step("detach", "copy")?;
    on.close().await.step("detach", "close")
}

/// How each day that is over looks, without reading a sample.
async fn days(on: &mut SqliteConnection) -> Result<Vec<Day>, SeriesError> {
    let rows: Vec<(i64, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT from_ms / $1 * $1, COUNT(*), SUM(count), SUM(length(body)), MAX(stamp) FROM main.chunk \
         WHERE is_day = 1 GROUP BY 1 ORDER BY 1",
    )
    .bind(DAY_MS)
    .fetch_all(on)
    .await
    .step("days", "chunk")?;
    let day = |(from, chunks, samples, bytes, stamp): (i64, i64, i64, i64, i64)| {
        let looks = [chunks, samples, bytes, stamp];
        let mark = crc32fast::hash(&looks.map(i64::to_le_bytes).concat());
        Day { from: time(from), mark: u64::from(mark) }
    };
    Ok(rows.into_iter().map(day).collect())
}

/// What the file holds, but for what the file itself needs.
async fn tables(on: &mut SqliteConnection) -> Result<Vec<String>, SeriesError> {
    sqlx::query_scalar(
        "SELECT name FROM copy.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name <> '_sqlx_migrations' ORDER BY name",
    )
    .fetch_all(on)
    .await
    .step("tables", "sqlite_master")
}

async fn copy_table(on: &mut SqliteConnection, table: &str, which: &str) -> Result<(), SeriesError> {
    // Both names come from our own migrations.
    let text = format!("INSERT INTO copy.\"{table}\" SELECT * FROM main.\"{table}\"{which}");
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(on).await.step("copy_table", table).map(|_| ())
}
