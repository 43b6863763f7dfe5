//! Taking batches in: each is stored once, with its samples and the watermark, in one transaction that is on the disk
//! before it is acknowledged. It is kept until what it means has been written into the records.

use agent_api::{Batch, Position};
use inventory::metric::{Sample, SeriesKey};
use jiff::Timestamp;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::body;
use super::error::{SeriesError, Step as _};
use super::head::Young;
use super::key::{KeyColumns, metric_word};
use super::log::log_insert;
use super::open::{Ids, Series};

/// The most rows that one transaction deletes: the writer is never held for long.
const DELETE_ROWS: i64 = 5_000;

/// What became of a batch. Either way it is safe and can be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is stored now.
    Stored,
    /// It had been stored before.
    Duplicate,
}

impl Series {
    /// Stores a batch and its samples. On success they are on the disk.
    ///
    /// Every batch follows the one before, and a new epoch begins at 1, also that of an agent nobody has heard of.
    ///
    /// # Errors
    /// [`SeriesError::Hole`] when batches in between never came; or when it cannot be written. Then nothing is.
    pub async fn append(
        &self,
        agent: &str,
        batch: &Batch,
        samples: &[(SeriesKey, Sample)],
        received_at: Timestamp,
    ) -> Result<Appended, SeriesError> {
        let (series, agent, batch, samples) = (self.clone(), agent.to_owned(), batch.clone(), samples.to_vec());
        to_its_end(async move { series.append_whole(&agent, &batch, &samples, received_at).await }).await
    }

    async fn append_whole(
        &self,
        agent: &str,
        batch: &Batch,
        samples: &[(SeriesKey, Sample)],
        received_at: Timestamp,
    ) -> Result<Appended, SeriesError> {
        let step = "append";
        let _turn = self.turn.lock().await;
        let mut tx = self.begin(step).await?;
        let have = watermark_in(&mut tx, agent).await?;
        match follows(have, batch.position) {
            Follows::Next => {}
            Follows::Before => return Ok(Appended::Duplicate),
            Follows::Hole(have) => {
                return Err(SeriesError::Hole { agent: agent.to_owned(), have, got: batch.position });
            }
        }
        batch_insert(&mut tx, agent, batch, received_at).await?;
        let written = self.samples_write(&mut tx, samples).await?;
        let logged = match &self.remote {
            Some(log) => Some((log, log.add(&mut tx, (written.young.len(), &written.body), received_at).await?)),
            None => None,
        };
        watermark_write(&mut tx, agent, batch.position).await?;
        tx.commit().await.step(step, agent)?;
        if let Some((log, change)) = logged {
            log.note(&change);
        }
        self.note(written);
        Ok(Appended::Stored)
    }

    /// Stores samples that came in no batch: a past from elsewhere. What is there already stays, and nothing of it is sent
    /// on. Give some thousands at a time: batches wait meanwhile.
    ///
    /// # Errors
    /// When they cannot be written; then none is.
    pub async fn backfill(&self, samples: &[(SeriesKey, Sample)]) -> Result<(), SeriesError> {
        let (series, samples) = (self.clone(), samples.to_vec());
        to_its_end(async move { series.backfill_whole(&samples).await }).await
    }

    async fn backfill_whole(&self, samples: &[(SeriesKey, Sample)]) -> Result<(), SeriesError> {
        let step = "backfill";
        let _turn = self.turn.lock().await;
        let mut tx = self.begin(step).await?;
        let written = self.samples_write(&mut tx, samples).await?;
        tx.commit().await.step(step, samples.len())?;
        self.note(written);
        Ok(())
    }

    /// The last batch stored of an agent.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn watermark(&self, agent: &str) -> Result<Option<Position>, SeriesError> {
        let mut on = self.read.acquire().await.step("watermark", agent)?;
        watermark_in(&mut on, agent).await
    }

    /// Accepts that batches are lost: the next one taken is `next`. For an agent whose queue has gone ahead of a file that
    /// was restored; what is missing stays missing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn hole_accept(&self, agent: &str, next: Position) -> Result<(), SeriesError> {
        let step = "hole_accept";
        let mut tx = self.begin(step).await?;
        watermark_write(&mut tx, agent, Position { epoch: next.epoch, seq: next.seq.saturating_sub(1) }).await?;
        tx.commit().await.step(step, agent)
    }

    /// The agents of which batches are kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn unjudged_agents(&self) -> Result<Vec<String>, SeriesError> {
        sqlx::query_scalar("SELECT DISTINCT agent FROM batch ORDER BY agent")
            .fetch_all(&self.read)
            .await
            .step("unjudged_agents", "batch")
    }

    /// Batches of an agent beyond what has been judged, in order, some at a time; ask again after the last one.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn unjudged(&self, agent: &str, after: Option<Position>, most: u32) -> Result<Vec<Batch>, SeriesError> {
        let after = after.unwrap_or(Position { epoch: 0, seq: 0 });
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(
            "SELECT epoch, seq, payload FROM batch WHERE agent = $1 AND (epoch, seq) > ($2, $3) ORDER BY epoch, seq LIMIT $4",
        )
        .bind(agent)
        .bind(number(after.epoch))
        .bind(number(after.seq))
        .bind(i64::from(most))
        .fetch_all(&self.read)
        .await
        .step("unjudged", agent)?;
        let batch = |(epoch, seq, payload): (i64, i64, String)| {
            serde_json::from_str(&payload).map_err(|source| {
                let position = Position { epoch: epoch.unsigned_abs(), seq: seq.unsigned_abs() };
                SeriesError::Payload { agent: agent.to_owned(), position, source }
            })
        };
        rows.into_iter().map(batch).collect()
    }

    /// Lets go of the batches of an agent up to and including this one; their samples stay.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn forget_judged(&self, agent: &str, upto: Position) -> Result<u64, SeriesError> {
        let mut gone = 0;
        loop {
            let deleted = sqlx::query(
                "DELETE FROM batch WHERE rowid IN \
                 (SELECT rowid FROM batch WHERE agent = $1 AND (epoch, seq) <= ($2, $3) ORDER BY epoch, seq LIMIT $4)",
            )
            .bind(agent)
            .bind(number(upto.epoch))
            .bind(number(upto.seq))
            .bind(DELETE_ROWS)
            .execute(&self.write)
            .await
            .step("forget_judged", agent)?
            .rows_affected();
            gone += deleted;
            if deleted < DELETE_ROWS.unsigned_abs() {
                return Ok(gone);
            }
        }
    }

    pub(super) async fn begin(&self, step: &'static str) -> Result<Transaction<'static, Sqlite>, SeriesError> {
        self.write.begin_with("BEGIN IMMEDIATE").await.step(step, "begin")
    }

    /// Writes samples at the end of the log, in the order of their series.
    async fn samples_write(
        &self,
        tx: &mut SqliteConnection,
        samples: &[(SeriesKey, Sample)],
    ) -> Result<Written, SeriesError> {
        if samples.is_empty() {
            return Ok(Written::default());
        }
        let (mut young, unknown) = self.with_ids(samples);
        let mut ids = Ids::new();
        for (key, sample) in unknown {
            let id = match ids.get(&key) {
                Some(id) => *id,
                None => series_id(tx, key).await?,
            };
            ids.insert(key, id);
            young.push(young_of(key, id, sample));
        }
        // Stable, so that of two at one time the first stays first.
        young.sort_by_key(|young| (young.series, young.at));
        let body = body::write(young.iter().map(|young| (young.series, young.at, young.value)));
        let row = log_insert(tx, &body).await?;
        Ok(Written { row: Some(row), body, young, ids })
    }

    /// Samples of series that are known, and the others.
    fn with_ids(&self, samples: &[(SeriesKey, Sample)]) -> (Vec<Young>, Vec<(SeriesKey, Sample)>) {
        let known = self.ids.lock().expect("no holder of this lock can panic");
        let (mut young, mut unknown) = (Vec::with_capacity(samples.len()), Vec::new());
        for (key, sample) in samples {
            match known.get(key) {
                Some(id) => young.push(young_of(*key, *id, *sample)),
                None => unknown.push((*key, *sample)),
            }
        }
        (young, unknown)
    }

    /// What was written is in the file for certain.
    fn note(&self, written: Written) {
        self.ids.lock().expect("no holder of this lock can panic").extend(written.ids);
        if let Some(row) = written.row {
            self.head_mut().add(row, &written.young);
        }
    }
}

/// Runs also when nobody waits for it any more: a line that is cut while a batch is committed must not leave samples in
/// the file that are not known in memory.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and whoever waits with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// What a transaction writes of samples, to be known in memory once it is certain.
#[derive(Debug, Default)]
struct Written {
    row: Option<i64>,
    body: Vec<u8>,
    young: Vec<Young>,
    ids: Ids,
}

fn young_of(key: SeriesKey, series: i64, sample: Sample) -> Young {
    Young { device: key.device.0, series, at: sample.at.as_millisecond(), value: sample.value }
}

/// How a batch stands to the last one stored.
#[derive(Debug, PartialEq, Eq)]
enum Follows {
    Next,
    Before,
    Hole(Option<Position>),
}

fn follows(have: Option<Position>, got: Position) -> Follows {
    match have {
        Some(have) if got <= have => Follows::Before,
        Some(have) if got.epoch == have.epoch && got.seq == have.seq + 1 => Follows::Next,
        // Of a new life, or of an agent nobody has heard of.
        Some(_) | None if got.seq == 1 => Follows::Next,
        Some(_) | None => Follows::Hole(have),
    }
}

/// Positions are times and counts: they fit.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

async fn watermark_in(on: &mut SqliteConnection, agent: &str) -> Result<Option<Position>, SeriesError> {
    let row: Option<(i64, i64)> = sqlx::query_as("SELECT epoch, seq FROM watermark WHERE agent = $1")
        .bind(agent)
        .fetch_optional(on)
        .await
        .step("watermark", agent)?;
    Ok(row.map(|(epoch, seq)| Position { epoch: epoch.unsigned_abs(), seq: seq.unsigned_abs() }))
}

async fn watermark_write(on: &mut SqliteConnection, agent: &str, position: Position) -> Result<(), SeriesError> {
    sqlx::query(
        "INSERT INTO watermark (agent, epoch, seq) VALUES ($1, $2, $3) \
         ON CONFLICT (agent) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq",
    )
    .bind(agent)
    .bind(number(position.epoch))
    .bind(number(position.seq))
    .execute(on)
    .await
    .step("watermark_write", agent)
    .map(|_| ())
}

async fn batch_insert(
    on: &mut SqliteConnection,
    agent: &str,
    batch: &Batch,
    received_at: Timestamp,
) -> Result<(), SeriesError> {
    let payload = serde_json::to_string(batch).expect("a batch is plain data");
    sqlx::query("INSERT INTO batch (agent, epoch, seq, received_at, payload) VALUES ($1, $2, $3, $4, $5)")
        .bind(agent)
        .bind(number(batch.position.epoch))
        .bind(number(batch.position.seq))
        .bind(received_at.as_millisecond())
        .bind(payload)
        .execute(on)
        .await
        .step("batch_insert", agent)
        .map(|_| ())
}

async fn series_id(on: &mut SqliteConnection, key: SeriesKey) -> Result<i64, SeriesError> {
    let columns = KeyColumns::from(key);
    sqlx::query("INSERT INTO series (device, interface, metric, width, part) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
        .bind(columns.device)
        .bind(columns.interface)
        .bind(metric_word(key))
        .bind(columns.width)
        .bind(columns.part)
        .execute(&mut *on)
        .await
        .step("series_insert", format!("{key:?}"))?;
    sqlx::query_scalar(
        "SELECT id FROM series WHERE device = $1 AND ifnull(interface, -1) = ifnull($2, -1) AND metric = $3 \
         AND ifnull(width, -1) = ifnull($4, -1) AND ifnull(part, -1) = ifnull($5, -1)",
    )
    .bind(columns.device)
    .bind(columns.interface)
    .bind(metric_word(key))
    .bind(columns.width)
    .bind(columns.part)
    .fetch_one(on)
    .await
    .step("series_id", format!("{key:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u64, seq: u64) -> Position {
        Position { epoch, seq }
    }

    #[test]
    fn batches_follow_one_another_and_epochs_begin_at_one() {
        assert_eq!(follows(None, at(5, 1)), Follows::Next);
        assert_eq!(follows(None, at(5, 9)), Follows::Hole(None));
        assert_eq!(follows(Some(at(5, 9)), at(5, 10)), Follows::Next);
        assert_eq!(follows(Some(at(5, 9)), at(5, 9)), Follows::Before);
        assert_eq!(follows(Some(at(5, 9)), at(4, 100)), Follows::Before);
        assert_eq!(follows(Some(at(5, 9)), at(5, 11)), Follows::Hole(Some(at(5, 9))));
        assert_eq!(follows(Some(at(5, 9)), at(6, 1)), Follows::Next);
        assert_eq!(follows(Some(at(5, 9)), at(6, 2)), Follows::Hole(Some(at(5, 9))));
    }
}
