//! Reading chunks: rows of the file, and the samples in them. One that has rotted is told of and left out: a gap, and
//! nothing else of the file with it.

use std::collections::BTreeMap;

use sqlx::FromRow;
use tokio_stream::StreamExt as _;

use super::chunk::{ChunkError, unpack};
use super::error::{SeriesError, Step as _};
use super::open::Series;
use super::window::time;

/// The longest time that one chunk reaches.
pub(super) const DAY_MS: i64 = 24 * 3600 * 1000;

/// The columns of [`ChunkRow`], of `chunk c JOIN stamp t`.
macro_rules! chunk_columns {
    () => {
        "c.series, c.from_ms, c.to_ms, c.stamp, c.count, c.first, c.last, c.body, t.body AS stamps"
    };
}
pub(super) use chunk_columns;

/// One chunk and its times.
#[derive(Debug, FromRow)]
pub(super) struct ChunkRow {
    pub(super) series: i64,
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) stamp: i64,
    pub(super) count: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) body: Vec<u8>,
    pub(super) stamps: Vec<u8>,
}

impl ChunkRow {
    fn count(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// What its checksum covers beside the values.
    fn head(&self) -> [i64; 6] {
        [self.series, self.from_ms, self.to_ms, self.count, self.first, self.last]
    }

    /// Its samples.
    ///
    /// # Errors
    /// When it is not what was written.
    pub(super) fn samples(&self, times: &mut Times) -> Result<Vec<(i64, i64)>, ChunkError> {
        let values = unpack(&self.head(), &self.body, self.count(), self.first)?;
        let times = times.of(self)?;
        Ok(times.iter().copied().zip(values).collect())
    }

    /// What has rotted of it, if anything.
    fn finding(&self, times: &mut Times) -> Option<String> {
        let error = self.samples(times).err()?;
        let (from, to) = (time(self.from_ms), time(self.to_ms));
        Some(format!("the samples of series {} from {from} to {to} are damaged: {error}", self.series))
    }

    /// Its samples; what has rotted is told of in the log and left out.
    pub(super) fn samples_or_gap(&self, times: &mut Times) -> Vec<(i64, i64)> {
        self.samples(times).unwrap_or_else(|error| {
            tracing::error!(
                series = self.series, from = %time(self.from_ms), to = %time(self.to_ms), %error,
                "samples on the disk are damaged and left out; restore series.db from a backup to have them back"
            );
            Vec::new()
        })
    }
}

impl Series {
    /// Unpacks every chunk. What is damaged first, if anything is.
    pub(super) async fn check_chunks(&self) -> Result<Option<String>, SeriesError> {
        const ALL: &str = concat!("SELECT ", chunk_columns!(), " FROM chunk c JOIN stamp t ON t.id = c.stamp");
        let mut times = Times::default();
        let mut chunks = sqlx::query_as(ALL).fetch(&self.read);
        while let Some(chunk) = chunks.next().await {
            let chunk: ChunkRow = chunk.step("check", "chunk")?;
            if let Some(finding) = chunk.finding(&mut times) {
                return Ok(Some(finding));
            }
        }
        Ok(None)
    }
}

/// The times of the chunks read last: series that were measured together share them.
#[derive(Debug, Default)]
pub(super) struct Times(BTreeMap<i64, Vec<i64>>);

impl Times {
    /// More are not kept at once.
    const KEPT: usize = 64;

    fn of(&mut self, row: &ChunkRow) -> Result<&[i64], ChunkError> {
        if !self.0.contains_key(&row.stamp) {
            if self.0.len() >= Times::KEPT {
                self.0.clear();
            }
            self.0.insert(row.stamp, unpack(&[row.count, row.from_ms], &row.stamps, row.count(), row.from_ms)?);
        }
        let times = self.0.get(&row.stamp).map(Vec::as_slice).unwrap_or_default();
        if times.len() != row.count() {
            return Err(ChunkError::Count { held: times.len(), said: row.count() });
        }
        Ok(times)
    }
}
