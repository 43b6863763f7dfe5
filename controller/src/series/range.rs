//! Reading values that stand for themselves: per step the least, the mean and the greatest, and the latest of each.

use std::collections::BTreeMap;

use inventory::id::DeviceId;
use inventory::metric::{Behaviour, Sample, SeriesKey};
use jiff::Timestamp;
use tokio_stream::StreamExt as _;

use super::error::{SeriesError, Step as _};
use super::key::{KeyColumns, SeriesRow, metric_word};
use super::open::Series;
use super::roll::{Rolled, Span};
use super::sealed::{ChunkRow, DAY_MS, Times, chunk_columns};
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
            let Some(id) = self.id_of(key) else { continue };
            let young = self.head().last(key.device.0, id, i64::MAX);
            let packed: Option<(i64, i64)> =
                sqlx::query_as("SELECT to_ms, last FROM chunk WHERE series = $1 ORDER BY from_ms DESC LIMIT 1")
                    .bind(id)
                    .fetch_optional(&self.read)
                    .await
                    .step("latest", format!("{key:?}"))?;
            // Of two at one time the packed one stays.
            if let Some((at, value)) = young.into_iter().chain(packed).max_by_key(|(at, _)| *at) {
                latest.insert(*key, Sample { at: time(at), value });
            }
        }
        Ok(latest)
    }

    /// Every sample of a gauge of a device in a span, its end excluded, in the order of time: as it was taken, never rolled
    /// up.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn samples_of(&self, key: SeriesKey, from: Timestamp, to: Timestamp) -> Result<Vec<Sample>, SeriesError> {
        let mut samples = Vec::new();
        for row in self.series_of(key).await? {
            let add = |at, value| samples.push(Sample { at: time(at), value });
            self.each((key.device, row.id), from.as_millisecond(), to.as_millisecond(), add).await?;
        }
        samples.sort_by_key(|sample| sample.at);
        Ok(samples)
    }

    fn id_of(&self, key: &SeriesKey) -> Option<i64> {
        self.ids.lock().expect("no holder of this lock can panic").get(key).copied()
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
        let mut steps: BTreeMap<i64, Step> = BTreeMap::new();
        let (to, step_ms, scale) = (window.ends_ms(), window.step_ms(), key.metric.scale());
        let ids: Vec<i64> = self.series_of(key).await?.iter().map(|row| row.id).collect();
        let rolled = self.rolled(key.device, &ids, window).await?;
        for (span, length) in &rolled.spans {
            let (from, until) = (span.at_ms.max(window.begins_ms()), (span.at_ms + length).min(to));
            for step in from.div_euclid(step_ms)..=(until - 1).div_euclid(step_ms) {
                steps.entry(step).or_default().add_span(span, scale);
            }
        }
        for id in ids {
            let add = |at: i64, value: i64| steps.entry(at.div_euclid(step_ms)).or_default().add(as_f64(value));
            self.each((key.device, id), rolled.until_ms, to, add).await?;
        }
        Ok(steps.into_iter().map(|(step, of)| of.bucket(time(step * step_ms), scale)).collect())
    }

    /// What stands for the beginning of a window of one quantity.
    pub(super) async fn rolled(&self, device: DeviceId, ids: &[i64], window: &Window) -> Result<Rolled, SeriesError> {
        let first_young = ids.iter().filter_map(|id| self.head().first(device.0, *id)).min();
        let mut tx = self.read.begin().await.step("rolled", device)?;
        Rolled::of(&mut tx, device.0, (ids, first_young), window).await
    }

    /// Every sample of a series of a device in a span, its end excluded, in the order of time; of two at one time the packed one.
    pub(super) async fn each(
        &self,
        (device, id): (DeviceId, i64),
        from: i64,
        to: i64,
        mut each: impl FnMut(i64, i64),
    ) -> Result<(), SeriesError> {
        const CHUNKS: &str = concat!(
            "SELECT ",
            chunk_columns!(),
            " FROM chunk c JOIN stamp t ON t.id = c.stamp \
              WHERE c.series = $1 AND c.from_ms > $2 AND c.from_ms < $3 ORDER BY c.from_ms"
        );
        let mut young = self.head().of_series(device.0, id, from, to).into_iter().peekable();
        let mut times = Times::default();
        let mut chunks = sqlx::query_as(CHUNKS).bind(id).bind(from.saturating_sub(DAY_MS)).bind(to).fetch(&self.read);
        while let Some(chunk) = chunks.next().await {
            let chunk: ChunkRow = chunk.step("range", id)?;
            for (at, value) in chunk.samples_or_gap(&mut times) {
                if at < from || at >= to {
                    continue;
                }
                while let Some((at, value)) = young.next_if(|(young, _)| *young < at) {
                    each(at, value);
                }
                young.next_if(|(young, _)| *young == at);
                each(at, value);
            }
        }
        young.for_each(|(at, value)| each(at, value));
        Ok(())
    }
}

/// Gauges are below 2⁵³, so nothing is lost.
fn as_f64(value: i64) -> f64 {
    value as f64
}

/// What one step is made of, as values are kept.
#[derive(Debug, Default)]
struct Step {
    min: f64,
    max: f64,
    sum: f64,
    count: u64,
}

impl Step {
    fn add(&mut self, value: f64) {
        self.widen(value, value);
        self.sum += value;
        self.count += 1;
    }

    /// An hour or a day counts for as many samples as it is made of, also where it reaches into another step.
    fn add_span(&mut self, span: &Span, scale: f64) {
        self.widen(span.min * scale, span.max * scale);
        self.sum += span.avg * scale * span.count as f64;
        self.count += span.count;
    }

    fn widen(&mut self, min: f64, max: f64) {
        self.min = if self.count == 0 { min } else { self.min.min(min) };
        self.max = if self.count == 0 { max } else { self.max.max(max) };
    }

    fn bucket(&self, at: Timestamp, scale: f64) -> Bucket {
        let avg = self.sum / self.count as f64 / scale;
        Bucket { at, min: self.min / scale, avg, max: self.max / scale, count: self.count }
    }
}
