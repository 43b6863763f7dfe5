//! The log of young samples in the file, one row for each batch. It makes them durable; they are read from `head`.

use std::collections::HashMap;

use sqlx::{SqliteConnection, SqlitePool};
use tokio_stream::StreamExt as _;

use super::body;
use super::error::{SeriesError, Step as _};
use super::head::{Head, Young};
use super::key::KeyRow;
use super::open::{Ids, Series};

/// The most rows that one transaction deletes: each may be of some hundred kilobytes.
const FORGET_ROWS: usize = 200;

/// Adds a row, and gives its id.
pub(super) async fn log_insert(on: &mut SqliteConnection, body: &[u8]) -> Result<i64, SeriesError> {
    sqlx::query_scalar("INSERT INTO log (body) VALUES ($1) RETURNING id")
        .bind(body)
        .fetch_one(on)
        .await
        .step("log_insert", body.len())
}

/// Every series of the file that this release knows, and all young samples.
pub(super) async fn load(pool: &SqlitePool) -> Result<(Ids, Head), SeriesError> {
    let rows: Vec<KeyRow> = sqlx::query_as("SELECT id, device, interface, part, metric, width FROM series")
        .fetch_all(pool)
        .await
        .step("load", "series")?;
    // A metric of a newer release is left to it, its samples are kept.
    let devices: HashMap<i64, i64> = rows.iter().map(|row| (row.id, row.device)).collect();
    let ids: Ids = rows.into_iter().filter_map(|row| Some((row.key()?, row.id))).collect();
    let mut head = Head::default();
    let mut rows = sqlx::query_as("SELECT id, body FROM log ORDER BY id").fetch(pool);
    while let Some(row) = rows.next().await {
        let (id, bytes): (i64, Vec<u8>) = row.step("load", "log")?;
        let samples = body::read(&bytes).unwrap_or_else(|| {
            tracing::error!(
                row = id,
                bytes = bytes.len(),
                "young samples on the disk are damaged and left out; restore series.db from a backup to have them back"
            );
            Vec::new()
        });
        let young = |(series, at, value)| Some(Young { device: *devices.get(&series)?, series, at, value });
        head.add(id, &samples.into_iter().filter_map(young).collect::<Vec<_>>());
    }
    Ok((ids, head))
}

impl Series {
    /// Lets go of rows all of whose samples are packed.
    pub(super) async fn log_forget(&self, rows: &[i64]) -> Result<(), SeriesError> {
        for some in rows.chunks(FORGET_ROWS) {
            let list = serde_json::to_string(some).expect("numbers can be written as JSON");
            sqlx::query("DELETE FROM log WHERE id IN (SELECT value FROM json_each($1))")
                .bind(list)
                .execute(&self.write)
                .await
                .step("log_forget", some.len())?;
            self.head_mut().forget_rows(some);
        }
        Ok(())
    }

    /// Reads every row. What is damaged first, if anything is.
    pub(super) async fn check_log(&self) -> Result<Option<String>, SeriesError> {
        let mut rows = sqlx::query_as("SELECT id, body FROM log").fetch(&self.read);
        while let Some(row) = rows.next().await {
            let (id, bytes): (i64, Vec<u8>) = row.step("check", "log")?;
            if body::read(&bytes).is_none() {
                return Ok(Some(format!("row {id} of the log of young samples is damaged")));
            }
        }
        Ok(None)
    }
}
