//! Packing what is no longer young: samples of a device become chunks of two hours, and those of a day that is over one
//! chunk each. One transaction packs one device's samples of one such stretch, so that batches come in between them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::chunk::{COUNT_MAX, pack};
use super::error::{SeriesError, Step as _};
use super::head::STRETCH_MS;
use super::open::Series;
use super::roll::make::note_packed;
use super::sealed::{ChunkRow, DAY_MS, Times, chunk_columns};
use super::window::floor;

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
        self.from_ms + if self.is_day { DAY_MS } else { STRETCH_MS }
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
        let (young, rows) = self.head().over(settled);
        let stretch = |(device, from_ms): (i64, i64)| {
            let day = floor(from_ms, DAY_MS);
            let is_day = day + DAY_MS <= settled;
            Stretch { device, from_ms: if is_day { day } else { from_ms }, is_day }
        };
        let stretches: BTreeSet<Stretch> = young.into_iter().map(stretch).collect();
        let mut sealed = Sealed::default();
        for stretch in stretches {
            self.seal_one(stretch, &mut sealed).await?;
        }
        for stretch in self.days_over(floor(settled, DAY_MS)).await? {
            self.seal_one(stretch, &mut sealed).await?;
        }
        self.log_forget(&rows).await?;
        Ok(sealed)
    }

    async fn seal_one(&self, mut stretch: Stretch, sealed: &mut Sealed) -> Result<(), SeriesError> {
        let _turn = self.turn.lock().await;
        let mut tx = self.begin("seal").await?;
        // A day that was packed stays whole: whoever set the clock back meant this.
        if !stretch.is_day && is_day_packed(&mut tx, stretch).await? {
            stretch = Stretch { from_ms: floor(stretch.from_ms, DAY_MS), is_day: true, ..stretch };
        }
        let young = self.head().of_device(stretch.device, stretch.from_ms, stretch.to_ms());
        sealed.samples += repack(&mut tx, stretch, young).await?;
        if stretch.is_day {
            note_packed(&mut tx, stretch.device, stretch.from_ms).await?;
        }
        tx.commit().await.step("seal", format!("{stretch:?}"))?;
        self.head_mut().forget(stretch.device, stretch.from_ms, stretch.to_ms());
        sealed.stretches += 1;
        Ok(())
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

/// Samples of a series by time.
type Samples = BTreeMap<i64, i64>;

/// Packs a device's samples of a stretch anew: those of its chunks and those not packed yet. A chunk that has rotted
/// stays beside them as it is, so that it is found.
async fn repack(
    tx: &mut Transaction<'static, Sqlite>,
    stretch: Stretch,
    young: BTreeMap<i64, Vec<(i64, i64)>>,
) -> Result<u64, SeriesError> {
    let chunks = chunks_of(tx, stretch).await?;
    let (mut found, mut rotten, mut times) = (BTreeMap::<i64, Samples>::new(), BTreeSet::new(), Times::default());
    for chunk in &chunks {
        match chunk.samples(&mut times) {
            Ok(samples) => found.entry(chunk.series).or_default().extend(samples),
            Err(_) => {
                rotten.insert((chunk.series, chunk.from_ms));
            }
        }
    }
    for (series, samples) in young {
        let packed = found.entry(series).or_default();
        for (at, value) in samples {
            // Of a time that a chunk begins with there is a sample already, also where it has rotted.
            if !rotten.contains(&(series, at)) {
                packed.entry(at).or_insert(value);
            }
        }
    }
    let mut stamps: BTreeMap<Vec<i64>, i64> = BTreeMap::new();
    for chunk in &chunks {
        if !rotten.contains(&(chunk.series, chunk.from_ms)) {
            delete_chunk(tx, chunk.series, chunk.from_ms).await?;
        } else if stretch.is_day {
            keep_rotten(tx, chunk.series, chunk.from_ms).await?;
        }
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
        count += u64::try_from(samples.len()).unwrap_or(u64::MAX);
    }
    let stamps: BTreeSet<i64> = chunks.iter().map(|chunk| chunk.stamp).collect();
    for stamp in stamps {
        delete_stamp(tx, stamp).await?;
    }
    Ok(count)
}

async fn is_day_packed(on: &mut SqliteConnection, stretch: Stretch) -> Result<bool, SeriesError> {
    let day = floor(stretch.from_ms, DAY_MS);
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM series s JOIN chunk c ON c.series = s.id \
         WHERE s.device = $1 AND c.is_day = 1 AND c.from_ms >= $2 AND c.from_ms < $3)",
    )
    .bind(stretch.device)
    .bind(day)
    .bind(day + DAY_MS)
    .fetch_one(on)
    .await
    .step("seal_day", format!("{stretch:?}"))
}

/// A chunk that cannot be packed anew with its day counts as packed.
async fn keep_rotten(on: &mut SqliteConnection, series: i64, from_ms: i64) -> Result<(), SeriesError> {
    sqlx::query("UPDATE chunk SET is_day = 1 WHERE series = $1 AND from_ms = $2")
        .bind(series)
        .bind(from_ms)
        .execute(on)
        .await
        .step("seal_rotten", series)
        .map(|_| ())
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
