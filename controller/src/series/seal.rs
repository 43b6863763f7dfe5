//! Packing what is no longer young: samples of a device become chunks of two hours, and those of a day that is over one
//! chunk each. One transaction packs one device's samples of one such stretch, so that batches come in between them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::chunk::{COUNT_MAX, pack};
use super::error::{SeriesError, Step as _};
use super::open::Series;
use super::roll::make::note_packed;
use super::sealed::{ChunkRow, DAY_MS, Times, chunk_columns};

/// How long a young chunk is.
const WINDOW_MS: i64 = 2 * 3600 * 1000;

/// How long after its end a stretch is left alone, so that what is on its way is packed with it.
const SETTLE_MS: i64 = 10 * 60 * 1000;

/// What was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sealed {
    /// Stretches of a device.
    pub stretches: u64,
    /// Samples in them, each time that they are packed.
    pub samples: u64,
}

/// What one transaction packs: a device, and a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    device: i64,
    from_ms: i64,
    is_day: bool,
}

impl Stretch {
    fn to_ms(self) -> i64 {
        self.from_ms + if self.is_day { DAY_MS } else { WINDOW_MS }
    }
}

impl Series {
    /// Packs everything that is old enough. What comes late is packed with what is there; of two samples of one series
    /// at one time the one that was packed first stays.
    ///
    /// # Errors
    /// When it cannot be written; what was packed until then is.
    pub async fn seal(&self, now: Timestamp) -> Result<Sealed, SeriesError> {
        let settled = now.as_millisecond() - SETTLE_MS;
        let mut sealed = Sealed::default();
        for stretch in self.young(settled).await? {
            self.seal_one(stretch, &mut sealed).await?;
        }
        for stretch in self.days_over(floor(settled, DAY_MS)).await? {
            self.seal_one(stretch, &mut sealed).await?;
        }
        Ok(sealed)
    }

    async fn seal_one(&self, stretch: Stretch, sealed: &mut Sealed) -> Result<(), SeriesError> {
        let mut tx = self.begin("seal").await?;
        sealed.samples += repack(&mut tx, stretch).await?;
        if stretch.is_day {
            note_packed(&mut tx, stretch.device, stretch.from_ms).await?;
        }
        tx.commit().await.step("seal", format!("{stretch:?}"))?;
        sealed.stretches += 1;
        Ok(())
    }

    /// Stretches with samples that are not packed yet; a whole day where that is over or has been packed before.
    async fn young(&self, settled: i64) -> Result<Vec<Stretch>, SeriesError> {
        let before_ms = floor(settled, WINDOW_MS);
        let rows: Vec<(i64, i64, bool)> = sqlx::query_as(
            "SELECT device, from_ms, EXISTS (SELECT 1 FROM chunk c JOIN series o ON o.id = c.series \
                 WHERE o.device = found.device AND c.is_day = 1 \
                 AND c.from_ms >= (found.from_ms / $3) * $3 AND c.from_ms < (found.from_ms / $3 + 1) * $3) \
             FROM (SELECT DISTINCT s.device AS device, (x.at / $2) * $2 AS from_ms \
                 FROM sample x JOIN series s ON s.id = x.series WHERE x.at < $1) found ORDER BY 2, 1",
        )
        .bind(before_ms)
        .bind(WINDOW_MS)
        .bind(DAY_MS)
        .fetch_all(&self.read)
        .await
        .step("young", before_ms)?;
        let stretch = |(device, from_ms, is_packed): (i64, i64, bool)| {
            let day = floor(from_ms, DAY_MS);
            let is_day = is_packed || day + DAY_MS <= settled;
            Stretch { device, from_ms: if is_day { day } else { from_ms }, is_day }
        };
        let stretches: BTreeSet<Stretch> = rows.into_iter().map(stretch).collect();
        Ok(stretches.into_iter().collect())
    }

    /// Days that are over and still lie in young chunks.
    async fn days_over(&self, before_ms: i64) -> Result<Vec<Stretch>, SeriesError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT DISTINCT s.device, (c.from_ms / $2) * $2 FROM chunk c JOIN series s ON s.id = c.series \
             WHERE c.is_day = 0 AND c.from_ms < $1 ORDER BY 2, 1",
        )
        .bind(before_ms)
        .bind(DAY_MS)
        .fetch_all(&self.read)
        .await
        .step("days_over", before_ms)?;
        Ok(rows.into_iter().map(|(device, from_ms)| Stretch { device, from_ms, is_day: true }).collect())
    }
}

/// Times since 1970 alone are ours.
fn floor(ms: i64, step: i64) -> i64 {
    ms.div_euclid(step) * step
}

/// Samples of a series by time.
type Samples = BTreeMap<i64, i64>;

/// Packs a device's samples of a stretch anew: those of its chunks and those not packed yet. A chunk that has rotted
/// stays as it is, with what came late for its series, for whoever can mend it.
async fn repack(tx: &mut Transaction<'static, Sqlite>, stretch: Stretch) -> Result<u64, SeriesError> {
    let chunks = chunks_of(tx, stretch).await?;
    let (mut found, mut rotten, mut times) = (BTreeMap::<i64, Samples>::new(), Vec::new(), Times::default());
    for chunk in &chunks {
        match chunk.samples(&mut times) {
            Ok(samples) => found.entry(chunk.series).or_default().extend(samples),
            Err(_) => rotten.push(chunk.series),
        }
    }
    for (series, at, value) in young_of(tx, stretch).await? {
        found.entry(series).or_default().entry(at).or_insert(value);
    }
    found.retain(|series, _| !rotten.contains(series));
    let mut stamps: BTreeMap<Vec<i64>, i64> = BTreeMap::new();
    let old = chunks.iter().filter(|chunk| !rotten.contains(&chunk.series));
    for chunk in old.clone() {
        delete_chunk(tx, chunk.series, chunk.from_ms).await?;
    }
    let mut count = 0;
    for (series, samples) in &found {
        let samples: Vec<(i64, i64)> = samples.iter().map(|(at, value)| (*at, *value)).collect();
        // One chunk, but for a device that tells more in a day than one each second.
        for samples in samples.chunks(COUNT_MAX) {
            let (times, values): (Vec<i64>, Vec<i64>) = samples.iter().copied().unzip();
            let stamp = match stamps.get(&times) {
                Some(id) => *id,
                None => {
                    let id = insert_stamp(tx, &times).await?;
                    stamps.insert(times.clone(), id);
                    id
                }
            };
            insert_chunk(tx, *series, (&times, &values), stamp, stretch.is_day).await?;
        }
        delete_young(tx, *series, stretch).await?;
        count += u64::try_from(samples.len()).unwrap_or(u64::MAX);
    }
    for chunk in old {
        delete_stamp(tx, chunk.stamp).await?;
    }
    Ok(count)
}

async fn chunks_of(on: &mut SqliteConnection, stretch: Stretch) -> Result<Vec<ChunkRow>, SeriesError> {
    const OF_DEVICE: &str = concat!(
        "SELECT ",
        chunk_columns!(),
        " FROM series s JOIN chunk c ON c.series = s.id JOIN stamp t ON t.id = c.stamp \
          WHERE s.device = $1 AND c.from_ms >= $2 AND c.from_ms < $3 ORDER BY c.series, c.from_ms"
    );
    sqlx::query_as(OF_DEVICE)
        .bind(stretch.device)
        .bind(stretch.from_ms)
        .bind(stretch.to_ms())
        .fetch_all(on)
        .await
        .step("seal_chunks", format!("{stretch:?}"))
}

async fn young_of(on: &mut SqliteConnection, stretch: Stretch) -> Result<Vec<(i64, i64, i64)>, SeriesError> {
    sqlx::query_as(
        "SELECT x.series, x.at, x.value FROM series s JOIN sample x ON x.series = s.id \
         WHERE s.device = $1 AND x.at >= $2 AND x.at < $3",
    )
    .bind(stretch.device)
    .bind(stretch.from_ms)
    .bind(stretch.to_ms())
    .fetch_all(on)
    .await
    .step("seal_young", format!("{stretch:?}"))
}

async fn insert_stamp(on: &mut SqliteConnection, times: &[i64]) -> Result<i64, SeriesError> {
    sqlx::query_scalar("INSERT INTO stamp (body) VALUES ($1) RETURNING id")
        .bind(pack(&[number(times.len()), times.first().copied().unwrap_or_default()], times))
        .fetch_one(on)
        .await
        .step("seal_stamp", times.len())
}

async fn insert_chunk(
    on: &mut SqliteConnection,
    series: i64,
    (times, values): (&[i64], &[i64]),
    stamp: i64,
    is_day: bool,
) -> Result<(), SeriesError> {
    let (Some(from_ms), Some(to_ms)) = (times.first(), times.last()) else { return Ok(()) };
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return Ok(()) };
    let count = number(values.len());
    sqlx::query(
        "INSERT INTO chunk (series, from_ms, to_ms, is_day, stamp, count, min, max, first, last, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(series)
    .bind(from_ms)
    .bind(to_ms)
    .bind(is_day)
    .bind(stamp)
    .bind(count)
    .bind(values.iter().min())
    .bind(values.iter().max())
    .bind(first)
    .bind(last)
    .bind(pack(&[series, *from_ms, *to_ms, count, *first, *last], values))
    .execute(on)
    .await
    .step("seal_chunk", series)
    .map(|_| ())
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) async fn delete_chunk(on: &mut SqliteConnection, series: i64, from_ms: i64) -> Result<(), SeriesError> {
    sqlx::query("DELETE FROM chunk WHERE series = $1 AND from_ms = $2")
        .bind(series)
        .bind(from_ms)
        .execute(on)
        .await
        .step("delete_chunk", series)
        .map(|_| ())
}

/// Of times that no chunk has any longer.
pub(super) async fn delete_stamp(on: &mut SqliteConnection, stamp: i64) -> Result<(), SeriesError> {
    sqlx::query("DELETE FROM stamp WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM chunk WHERE stamp = $1)")
        .bind(stamp)
        .execute(on)
        .await
        .step("delete_stamp", stamp)
        .map(|_| ())
}

async fn delete_young(on: &mut SqliteConnection, series: i64, stretch: Stretch) -> Result<(), SeriesError> {
    sqlx::query("DELETE FROM sample WHERE series = $1 AND at >= $2 AND at < $3")
        .bind(series)
        .bind(stretch.from_ms)
        .bind(stretch.to_ms())
        .execute(on)
        .await
        .step("seal_delete", series)
        .map(|_| ())
}
