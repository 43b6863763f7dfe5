//! The log of what is to be sent on to another store: written in the transaction that stores a batch, so that neither a
//! crash nor an outage of the receiver loses a sample, and bounded, so that a receiver that never comes back fills no
//! disk. Who reads it is `remote_write`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use inventory::metric::{Sample, SeriesKey};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::body;
use super::error::{SeriesError, Step as _};
use super::key::KeyRow;
use super::open::Series;

/// The most rows that one append lets go, which is more than it adds: what waits comes back below its bound in steps.
const TRIM_ROWS: i64 = 100;
/// The most rows that are handed out at once.
const HAND_ROWS: i64 = 500;

/// What is known of the log without reading it.
#[derive(Debug)]
pub(super) struct RemoteLog {
    /// The most bytes that wait.
    keep_bytes: u64,
    waiting_bytes: AtomicI64,
    /// Rows up to this id are in somebody's hand: they are not let go before he is done.
    in_hand: AtomicI64,
    dropped_samples: AtomicU64,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteWaiting {
    /// Bytes.
    pub bytes: u64,
    /// Samples that were let go since this was asked last, because more waited than there was room for.
    pub dropped: u64,
}

/// The oldest of what waits.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteHand {
    /// What [`Series::remote_forget`] has to be told once they are delivered.
    pub upto: i64,
    /// The samples, batch by batch as they came, in each by series and time.
    pub batches: Vec<Vec<(SeriesKey, Sample)>>,
    /// How many samples cannot be read any more.
    pub unreadable: u64,
}

/// What one append did to the log, to be told once it is certain.
#[derive(Debug, Default)]
pub(super) struct Change {
    added: u64,
    freed: u64,
    dropped: u64,
}

impl RemoteLog {
    /// Adds a batch of so many samples, and lets the oldest go when there is no room.
    pub(super) async fn add(
        &self,
        on: &mut SqliteConnection,
        (samples, body): (usize, &[u8]),
        now: Timestamp,
    ) -> Result<Change, SeriesError> {
        if samples == 0 {
            return Ok(Change::default());
        }
        let added = body.len() as u64;
        sqlx::query("INSERT INTO remote_log (logged_at, samples, bytes, body) VALUES ($1, $2, $3, $4)")
            .bind(now.as_millisecond())
            .bind(samples as i64)
            .bind(body.len() as i64)
            .bind(body)
            .execute(&mut *on)
            .await
            .step("remote_add", samples)?;
        let waiting = self.waiting() + added;
        let change = Change { added, ..Change::default() };
        match waiting.checked_sub(self.keep_bytes) {
            None | Some(0) => Ok(change),
            Some(over) => self.trim(on, over, change).await,
        }
    }

    async fn trim(&self, on: &mut SqliteConnection, over: u64, mut change: Change) -> Result<Change, SeriesError> {
        let in_hand = self.in_hand.load(Ordering::Relaxed);
        let oldest: Vec<(i64, i64, i64)> =
            sqlx::query_as("SELECT id, samples, bytes FROM remote_log WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(in_hand)
                .bind(TRIM_ROWS)
                .fetch_all(&mut *on)
                .await
                .step("remote_trim", over)?;
        let mut last = None;
        for (id, samples, bytes) in oldest {
            if change.freed >= over {
                break;
            }
            change.freed += bytes.unsigned_abs();
            change.dropped += samples.unsigned_abs();
            last = Some(id);
        }
        if let Some(last) = last {
            sqlx::query("DELETE FROM remote_log WHERE id > $1 AND id <= $2")
                .bind(in_hand)
                .bind(last)
                .execute(on)
                .await
                .step("remote_trim", over)?;
        }
        Ok(change)
    }

    /// The transaction is certain.
    pub(super) fn note(&self, change: &Change) {
        self.waiting_bytes.fetch_add(signed(change.added) - signed(change.freed), Ordering::Relaxed);
        self.dropped_samples.fetch_add(change.dropped, Ordering::Relaxed);
    }

    fn waiting(&self) -> u64 {
        self.waiting_bytes.load(Ordering::Relaxed).max(0).unsigned_abs()
    }
}

/// Bytes on a disk: they fit.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl Series {
    /// From now on every batch that is stored is also logged, to be sent on; at most `keep_bytes` wait.
    ///
    /// # Errors
    /// When it cannot be read what waits since before.
    pub async fn with_remote_log(mut self, keep_bytes: u64) -> Result<Self, SeriesError> {
        let waiting = self.remote_bytes().await?;
        let log = RemoteLog {
            keep_bytes,
            waiting_bytes: AtomicI64::new(signed(waiting)),
            in_hand: AtomicI64::new(0),
            dropped_samples: AtomicU64::new(0),
        };
        self.remote = Some(Arc::new(log));
        Ok(self)
    }

    /// How many bytes wait in the file.
    pub(super) async fn remote_bytes(&self) -> Result<u64, SeriesError> {
        let sum: Option<i64> = sqlx::query_scalar("SELECT SUM(bytes) FROM remote_log")
            .fetch_one(&self.read)
            .await
            .step("remote_bytes", "remote_log")?;
        Ok(sum.unwrap_or(0).unsigned_abs())
    }

    /// How much waits to be sent on; `None` when nothing is logged.
    pub fn remote_waiting(&self) -> Option<RemoteWaiting> {
        let log = self.remote.as_ref()?;
        Some(RemoteWaiting { bytes: log.waiting(), dropped: log.dropped_samples.swap(0, Ordering::Relaxed) })
    }

    /// When the oldest of what waits was stored; `None` when nothing waits.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn remote_since(&self) -> Result<Option<Timestamp>, SeriesError> {
        let oldest: Option<i64> = sqlx::query_scalar("SELECT logged_at FROM remote_log ORDER BY id LIMIT 1")
            .fetch_optional(&self.read)
            .await
            .step("remote_since", "remote_log")?;
        Ok(oldest.and_then(|at| Timestamp::from_millisecond(at).ok()))
    }

    /// The oldest batches that wait, together up to about `most` samples; one batch may be larger. They stay until
    /// [`Series::remote_forget`].
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn remote_oldest(&self, most: usize) -> Result<Option<RemoteHand>, SeriesError> {
        let step = "remote_oldest";
        let sizes: Vec<(i64, i64)> = sqlx::query_as("SELECT id, samples FROM remote_log ORDER BY id LIMIT $1")
            .bind(HAND_ROWS)
            .fetch_all(&self.read)
            .await
            .step(step, "size")?;
        let (mut sum, mut upto) = (0, None);
        for (id, samples) in sizes {
            sum += samples.unsigned_abs() as usize;
            if upto.is_some() && sum > most {
                break;
            }
            upto = Some(id);
        }
        let Some(upto) = upto else { return Ok(None) };
        if let Some(log) = &self.remote {
            log.in_hand.store(upto, Ordering::Relaxed);
        }
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT samples, body FROM remote_log WHERE id <= $1 ORDER BY id")
                .bind(upto)
                .fetch_all(&self.read)
                .await
                .step(step, upto)?;
        let (mut unreadable, mut bodies) = (0, Vec::with_capacity(rows.len()));
        for (samples, body) in rows {
            match body::read(&body) {
                Some(found) => bodies.push(found),
                None => unreadable += samples.unsigned_abs(),
            }
        }
        let keys = self.keys_of(&bodies).await?;
        let mut batches = Vec::with_capacity(bodies.len());
        for body in bodies {
            let mut batch = Vec::with_capacity(body.len());
            for (series, at, value) in body {
                match (keys.get(&series), Timestamp::from_millisecond(at)) {
                    (Some(key), Ok(at)) => batch.push((*key, Sample { at, value })),
                    (None, _) | (_, Err(_)) => unreadable += 1,
                }
            }
            batches.push(batch);
        }
        Ok(Some(RemoteHand { upto, batches, unreadable }))
    }

    /// Lets go of what was delivered.
    ///
    /// # Errors
    /// When it cannot be deleted; it is handed out again then.
    pub async fn remote_forget(&self, upto: i64) -> Result<(), SeriesError> {
        let freed: Vec<i64> = sqlx::query_scalar("DELETE FROM remote_log WHERE id <= $1 RETURNING bytes")
            .bind(upto)
            .fetch_all(&self.write)
            .await
            .step("remote_forget", upto)?;
        if let Some(log) = &self.remote {
            log.waiting_bytes.fetch_sub(freed.into_iter().sum(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// What these ids of series stand for; one that this release does not know is left out.
    async fn keys_of(&self, bodies: &[Vec<body::Logged>]) -> Result<BTreeMap<i64, SeriesKey>, SeriesError> {
        let mut ids: Vec<i64> = bodies.iter().flatten().map(|(series, ..)| *series).collect();
        ids.sort_unstable();
        ids.dedup();
        let list = serde_json::to_string(&ids).expect("numbers can be written as JSON");
        let rows: Vec<KeyRow> = sqlx::query_as(
            "SELECT id, device, interface, part, metric, width FROM series WHERE id IN (SELECT value FROM json_each($1))",
        )
        .bind(list)
        .fetch_all(&self.read)
        .await
        .step("remote_keys", ids.len())?;
        Ok(rows.into_iter().filter_map(|row| Some((row.id, row.key()?))).collect())
    }
}
