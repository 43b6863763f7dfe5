//! Reading values that stand for themselves: per step the least, the mean and the greatest, and the latest of each.

use std::collections::BTreeMap;

use inventory::metric::{Behaviour, Sample, SeriesKey};
use jiff::Timestamp;

use super::error::{SeriesError, Step as _};
use super::key::{KeyColumns, SeriesRow, metric_word};
use super::open::Series;
use super::window::{Window, time};

/// One step of a line. Steps without a sample are left out: a missing sample is never a zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// When the step begins.
    pub at: Timestamp,
    /// The least value, in the unit of the metric.
    pub min: f64,
    /// The mean.
    pub avg: f64,
    /// The greatest.
    pub max: f64,
    /// How many samples, or for rates pairs of readings, it is made of.
    pub count: u64,
}

/// The values of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Of what.
    pub key: SeriesKey,
    /// In the order of time.
    pub points: Vec<Bucket>,
}

impl Series {
    /// Values of gauges per step. A width in a key is not looked at.
    ///
    /// # Errors
    /// [`SeriesError::Behaviour`] for counters, whose values mean nothing by themselves; or when they cannot be read.
    pub async fn range(&self, keys: &[SeriesKey], window: &Window) -> Result<Vec<Line>, SeriesError> {
        let mut lines = Vec::with_capacity(keys.len());
        for key in keys {
            if key.metric.behaviour() != Behaviour::Gauge {
                return Err(SeriesError::Behaviour { metric: key.metric, wanted: "values" });
            }
            lines.push(Line { key: *key, points: self.buckets(*key, window).await? });
        }
        Ok(lines)
    }

    /// The latest sample of each series, where there is one. For counters and uptimes the width must be the right one.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn latest(&self, keys: &[SeriesKey]) -> Result<BTreeMap<SeriesKey, Sample>, SeriesError> {
        let mut latest = BTreeMap::new();
        for key in keys {
            let columns = KeyColumns::from(*key);
            let found: Option<(i64, i64)> = sqlx::query_as(
                "SELECT x.at, x.value FROM series s JOIN sample x ON x.series = s.id \
                 WHERE s.device = $1 AND ifnull(s.interface, -1) = ifnull($2, -1) AND s.metric = $3 \
                 AND ifnull(s.width, -1) = ifnull($4, -1) AND ifnull(s.part, -1) = ifnull($5, -1) ORDER BY x.at DESC LIMIT 1",
            )
            .bind(columns.device)
            .bind(columns.interface)
            .bind(metric_word(*key))
            .bind(columns.width)
            .bind(columns.part)
            .fetch_optional(&self.read)
            .await
            .step("latest", format!("{key:?}"))?;
            if let Some((at, value)) = found {
                latest.insert(*key, Sample { at: time(at), value });
            }
        }
        Ok(latest)
    }

    /// The series of one quantity: one for each width it was ever read with.
    pub(super) async fn series_of(&self, key: SeriesKey) -> Result<Vec<SeriesRow>, SeriesError> {
        let columns = KeyColumns::from(key);
        sqlx::query_as(
            "SELECT id, width FROM series \
             WHERE device = $1 AND ifnull(interface, -1) = ifnull($2, -1) AND metric = $3 \
             AND ifnull(part, -1) = ifnull($4, -1) ORDER BY id",
        )
        .bind(columns.device)
        .bind(columns.interface)
        .bind(metric_word(key))
        .bind(columns.part)
        .fetch_all(&self.read)
        .await
        .step("series_of", format!("{key:?}"))
    }

    async fn buckets(&self, key: SeriesKey, window: &Window) -> Result<Vec<Bucket>, SeriesError> {
        let ids: Vec<i64> = self.series_of(key).await?.iter().map(|row| row.id).collect();
        let ids = serde_json::to_string(&ids).expect("numbers can be written as JSON");
        // Division of times since 1970 cuts towards zero; none of ours lie before.
        let rows: Vec<(i64, i64, f64, i64, i64)> = sqlx::query_as(
            "SELECT (at / $4) * $4, MIN(value), AVG(value), MAX(value), COUNT(*) FROM sample \
             WHERE series IN (SELECT value FROM json_each($1)) AND at >= $2 AND at < $3 GROUP BY 1 ORDER BY 1",
        )
        .bind(ids)
        .bind(window.begins_ms())
        .bind(window.ends_ms())
        .bind(window.step_ms())
        .fetch_all(&self.read)
        .await
        .step("range", format!("{key:?}"))?;
        let scale = key.metric.scale();
        let bucket = |(at, min, avg, max, count): (i64, i64, f64, i64, i64)| Bucket {
            at: time(at),
            min: as_f64(min) / scale,
            avg: avg / scale,
            max: as_f64(max) / scale,
            count: count.unsigned_abs(),
        };
        Ok(rows.into_iter().map(bucket).collect())
    }
}

/// Gauges are below 2⁵³, so nothing is lost.
fn as_f64(value: i64) -> f64 {
    value as f64
}
