//! Letting old samples go, some at a time, so that what comes in never waits long.

use inventory::metric::Metric;
use jiff::Timestamp;

use super::error::{SeriesError, Step as _};
use super::open::Series;
use super::roll::Grain;
use super::seal::{delete_chunk, delete_stamp};

/// Before when samples go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oldest {
    /// Of what the ledger of a hall is computed from ([`Metric::is_of_ledger`]).
    pub ledger: Timestamp,
    /// Of everything else.
    pub raw: Timestamp,
    /// Of hours.
    pub hours: Timestamp,
    /// Of days.
    pub days: Timestamp,
}

impl Series {
    /// Deletes samples measured before a time, in transactions of one chunk; batches come in between them. A chunk goes
    /// when all of it is old; what is not packed is packed first. Series and their ids stay. Gives how many samples went.
    ///
    /// # Errors
    /// When they cannot be deleted; what went until then is gone.
    pub async fn prune(&self, oldest: Oldest) -> Result<u64, SeriesError> {
        let mut gone = 0;
        let mut after = 0;
        while let Some((series, metric)) = self.series_after(after).await? {
            let is_of_ledger = metric.parse().is_ok_and(Metric::is_of_ledger);
            let before = if is_of_ledger { oldest.ledger } else { oldest.raw }.as_millisecond();
            gone += self.prune_chunks(series, before).await?;
            self.prune_rolled(series, Grain::Hour, oldest.hours.as_millisecond()).await?;
            self.prune_rolled(series, Grain::Day, oldest.days.as_millisecond()).await?;
            after = series;
        }
        Ok(gone)
    }

    async fn series_after(&self, id: i64) -> Result<Option<(i64, String)>, SeriesError> {
        sqlx::query_as("SELECT id, metric FROM series WHERE id > $1 ORDER BY id LIMIT 1")
            .bind(id)
            .fetch_optional(&self.read)
            .await
            .step("prune", id)
    }

    async fn prune_chunks(&self, series: i64, before: i64) -> Result<u64, SeriesError> {
        let mut gone = 0;
        loop {
            // Looked at without the writer: most series have nothing to let go.
            let oldest: Option<(i64, i64, i64)> = sqlx::query_as(
                "SELECT from_ms, stamp, count FROM chunk WHERE series = $1 AND from_ms = \
                     (SELECT MIN(from_ms) FROM chunk WHERE series = $1) AND to_ms < $2",
            )
            .bind(series)
            .bind(before)
            .fetch_optional(&self.read)
            .await
            .step("prune", series)?;
            let Some((from_ms, stamp, count)) = oldest else { return Ok(gone) };
            let mut tx = self.begin("prune").await?;
            delete_chunk(&mut tx, series, from_ms).await?;
            delete_stamp(&mut tx, stamp).await?;
            tx.commit().await.step("prune", series)?;
            gone += count.unsigned_abs();
        }
    }

    /// Rows all of whose hours or days are old.
    async fn prune_rolled(&self, series: i64, grain: Grain, before: i64) -> Result<(), SeriesError> {
        let before = before.saturating_sub(grain.row_ms());
        let oldest: Option<i64> =
            sqlx::query_scalar("SELECT MIN(from_ms) FROM rollup WHERE series = $1 AND is_day = $2")
                .bind(series)
                .bind(grain.is_day())
                .fetch_one(&self.read)
                .await
                .step("prune", series)?;
        if oldest.is_none_or(|oldest| oldest >= before) {
            return Ok(());
        }
        sqlx::query("DELETE FROM rollup WHERE series = $1 AND is_day = $2 AND from_ms < $3")
            .bind(series)
            .bind(grain.is_day())
            .bind(before)
            .execute(&self.write)
            .await
            .step("prune", series)
            .map(|_| ())
    }
}
