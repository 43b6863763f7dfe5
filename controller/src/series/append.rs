//! Taking batches in: each is stored once, with its samples and the watermark, in one transaction that is on the disk
//! before it is acknowledged. It is kept until what it means has been written into the records.

use std::collections::BTreeMap;

use agent_api::{Batch, Position};
use inventory::metric::{Sample, SeriesKey};
use jiff::Timestamp;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::error::{SeriesError, Step as _};
use super::key::{KeyColumns, metric_word};
use super::open::Series;

/// The most rows that one transaction deletes: the writer is never held for long.
pub(super) const DELETE_ROWS: i64 = 5_000;

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
        let step = "append";
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
        let found = self.ids_of(&mut tx, samples).await?;
        samples_insert(&mut tx, samples, &found).await?;
        let logged = match &self.remote {
            Some(log) => Some((log, log.add(&mut tx, samples, &found, received_at).await?)),
            None => None,
        };
        watermark_write(&mut tx, agent, batch.position).await?;
        tx.commit().await.step(step, agent)?;
        if let Some((log, change)) = logged {
            log.note(&change);
        }
        // Only now are ids of new series sure to be in the file.
        self.ids.lock().expect("no holder of this lock can panic").extend(found);
        Ok(Appended::Stored)
    }

    /// Stores samples that came in no batch: a past from elsewhere. What is there already stays, and nothing of it is sent
    /// on. Give some thousands at a time: batches wait meanwhile.
    ///
    /// # Errors
    /// When they cannot be written; then none is.
    pub async fn backfill(&self, samples: &[(SeriesKey, Sample)]) -> Result<(), SeriesError> {
        let step = "backfill";
        let mut tx = self.begin(step).await?;
        let found = self.ids_of(&mut tx, samples).await?;
        samples_insert(&mut tx, samples, &found).await?;
        tx.commit().await.step(step, samples.len())?;
        self.ids.lock().expect("no holder of this lock can panic").extend(found);
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

    /// The ids of the series of these samples, from memory, else from the file, else new.
    async fn ids_of(
        &self,
        tx: &mut SqliteConnection,
        samples: &[(SeriesKey, Sample)],
    ) -> Result<BTreeMap<SeriesKey, i64>, SeriesError> {
        let mut found: BTreeMap<SeriesKey, i64> = BTreeMap::new();
        {
            let known = self.ids.lock().expect("no holder of this lock can panic");
            found.extend(samples.iter().filter_map(|(key, _)| known.get(key).map(|id| (*key, *id))));
        }
        for (key, _) in samples {
            if !found.contains_key(key) {
                found.insert(*key, series_id(tx, *key).await?);
            }
        }
        Ok(found)
    }
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

/// All rows in one statement: a statement costs more than a row. Of two samples of one series at one time the first
/// stays.
async fn samples_insert(
    on: &mut SqliteConnection,
    samples: &[(SeriesKey, Sample)],
    ids: &BTreeMap<SeriesKey, i64>,
) -> Result<(), SeriesError> {
    if samples.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<(i64, i64, i64)> = samples
        .iter()
        .filter_map(|(key, sample)| ids.get(key).map(|id| (*id, sample.at.as_millisecond(), sample.value)))
        .collect();
    // In the order of the primary key, pages are touched once each; stable, so that the first of equals stays first.
    rows.sort_by_key(|(id, at, _)| (*id, *at));
    let rows = serde_json::to_string(&rows).expect("numbers can be written as JSON");
    sqlx::query(
        "INSERT INTO sample (series, at, value) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1) WHERE TRUE \
         ON CONFLICT (series, at) DO NOTHING",
    )
    .bind(rows)
    .execute(on)
    .await
    .step("samples_insert", samples.len())
    .map(|_| ())
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
