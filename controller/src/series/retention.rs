//! Letting old samples go, a few thousand at a time, so that what comes in never waits long.

use jiff::Timestamp;

use super::append::DELETE_ROWS;
use super::error::{SeriesError, Step as _};
use super::open::Series;

impl Series {
    /// Deletes samples measured before a time, in transactions of at most 5,000 rows; batches come in between them.
    /// Series and their ids stay. Gives how many samples went.
    ///
    /// # Errors
    /// When they cannot be deleted; what went until then is gone.
    pub async fn prune(&self, before: Timestamp) -> Result<u64, SeriesError> {
        let mut gone = 0;
        let mut after = 0;
        while let Some(series) = self.series_after(after).await? {
            gone += self.prune_series(series, before).await?;
            after = series;
        }
        Ok(gone)
    }

    async fn series_after(&self, id: i64) -> Result<Option<i64>, SeriesError> {
        sqlx::query_scalar("SELECT MIN(id) FROM series WHERE id > $1")
            .bind(id)
            .fetch_one(&self.read)
            .await
            .step("prune", id)
    }

    async fn prune_series(&self, series: i64, before: Timestamp) -> Result<u64, SeriesError> {
        let mut gone = 0;
        loop {
            let oldest: Option<i64> = sqlx::query_scalar("SELECT MIN(at) FROM sample WHERE series = $1")
                .bind(series)
                .fetch_one(&self.read)
                .await
                .step("prune", series)?;
            if oldest.is_none_or(|oldest| oldest >= before.as_millisecond()) {
                return Ok(gone);
            }
            gone += sqlx::query(
                "DELETE FROM sample WHERE series = $1 AND at IN \
                 (SELECT at FROM sample WHERE series = $1 AND at < $2 ORDER BY at LIMIT $3)",
            )
            .bind(series)
            .bind(before.as_millisecond())
            .bind(DELETE_ROWS)
            .execute(&self.write)
            .await
            .step("prune", series)?
            .rows_affected();
        }
    }
}
