//! What was known of each hall from when on: what its ledger and its strip are made of. A statement about a time replaces what was said of that time and later
//! before: a hall that was unknown and turns out to have been down since earlier was down.

use std::collections::BTreeMap;

use alerts::health::HallState;
use alerts::ledger::{Entry, Span};
use inventory::id::HallId;
use jiff::Timestamp;

use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::query::Select;
use super::scope::Scope;

/// For each hall, the states it came into and when, in order; the first may lie before the time asked for.
pub type HallHistory = BTreeMap<HallId, Vec<(Timestamp, HallState)>>;

impl Db {
    /// What was known since `from`, with the state that each hall was in then. Of one hall, or of all.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn hall_history(
        &self,
        scope: &Scope,
        from: Timestamp,
        hall: Option<HallId>,
    ) -> Result<HallHistory, StoreError> {
        let mut select =
            Select::new("SELECT h.hall, h.since, h.state FROM hall g JOIN hall_history h ON h.hall = g.id");
        select.and(
            "h.since >= COALESCE( \
                 (SELECT MAX(p.since) FROM hall_history p WHERE p.hall = g.id AND p.since < ?), ?)",
            [ms(from).into(), ms(from).into()],
        );
        if let Some(hall) = hall {
            select.and("g.id = ?", [hall.0.into()]);
        }
        select.within(scope, "g.area", "g.id");
        select.end(" ORDER BY h.hall, h.since");
        let rows: Vec<(i64, i64, String)> = select.rows(self, "hall_history").await?;
        let mut history = HallHistory::new();
        for (hall, since, state) in rows {
            let at = at("hall_history", hall);
            let entry = (at.time("since", since)?, at.parse("state", &state)?);
            history.entry(HallId(hall)).or_default().push(entry);
        }
        Ok(history)
    }

    /// Deletes what was known before that time, but for the state that each hall was in then. How many rows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn hall_history_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let done = both!(self.writer(), pool => {
            sqlx::query(
                "DELETE FROM hall_history WHERE since < \
                     (SELECT MAX(p.since) FROM hall_history p WHERE p.hall = hall_history.hall AND p.since <= $1)",
            )
            .bind(ms(before))
            .execute(pool)
            .await
            .map(|done| done.rows_affected())
        });
        done.step("hall_history_prune", before)
    }
}

pub(super) async fn hall_history_write(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("DELETE FROM hall_history WHERE hall = $1 AND since >= $2")
            .bind(entry.hall.0)
            .bind(ms(entry.from))
            .execute(on)
            .await
            .map(|_| ())
    })
    .step("hall_history_write", entry.hall)?;
    hall_history_insert(tx, entry).await
}

async fn hall_history_insert(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("INSERT INTO hall_history (hall, since, state) VALUES ($1, $2, $3)")
            .bind(entry.hall.0)
            .bind(ms(entry.from))
            .bind(entry.state.as_str())
            .execute(on)
            .await
            .map(|_| ())
    })
    .step("hall_history_insert", entry.hall)
}

/// Says anew what a hall was in a span; what it was before and after stays.
pub(super) async fn hall_history_fill(
    tx: &mut Tx,
    hall: HallId,
    span: Span,
    entries: &[Entry],
) -> Result<(), StoreError> {
    let step = "hall_history_fill";
    // What it was from the end of the span on has to be said there, when it was said inside.
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO hall_history (hall, since, state) \
             SELECT $1, $2, p.state FROM hall_history p WHERE p.hall = $1 AND p.since = \
                 (SELECT MAX(q.since) FROM hall_history q WHERE q.hall = $1 AND q.since <= $2) \
             ON CONFLICT DO NOTHING",
        )
        .bind(hall.0)
        .bind(ms(span.to))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step(step, hall)?;
    both!(tx.link(), on => {
        sqlx::query("DELETE FROM hall_history WHERE hall = $1 AND since >= $2 AND since < $3")
            .bind(hall.0)
            .bind(ms(span.from))
            .bind(ms(span.to))
            .execute(on)
            .await
            .map(|_| ())
    })
    .step(step, hall)?;
    for entry in entries {
        hall_history_insert(tx, entry).await?;
    }
    Ok(())
}
