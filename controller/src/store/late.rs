//! What came late: noted together with how far observations have been judged, and let go of together with what it
//! changed in the ledger. Whenever the program is killed, it is taken in once.

use std::collections::BTreeMap;

use alerts::Effect;
use alerts::late::Late;
use alerts::ledger::{Entry, Span};
use alerts::outage::Outage;
use inventory::id::HallId;
use jiff::Timestamp;

use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::hall_history::hall_history_fill;
use super::outage::outage_write;

impl Db {
    /// What came before that time and has still to be taken in.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn late_list(&self, before: Timestamp) -> Result<Vec<Late>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64)> = both!(self.reader(), pool => {
            sqlx::query_as("SELECT hall, from_at, until_at, came_at FROM late WHERE came_at <= $1 ORDER BY hall")
                .bind(ms(before))
                .fetch_all(pool)
                .await
        })
        .step("late_list", before)?;
        let late = |(hall, from, until, came): (i64, i64, i64, i64)| {
            let at = at("late", hall);
            let span = Span { from: at.time("from_at", from)?, to: at.time("until_at", until)? };
            Ok(Late { hall: HallId(hall), span, came: at.time("came_at", came)? })
        };
        rows.into_iter().map(late).collect()
    }

    /// Writes what the ledger of a hall is now in a span, if that is news, and outages with it. When that is all, it lets
    /// go of what that came from, unless more has come since.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn late_taken(
        &self,
        late: &Late,
        span: Span,
        entries: Option<&Vec<Entry>>,
        outages: &[Outage],
        is_done: bool,
    ) -> Result<(), StoreError> {
        let step = "late_taken";
        let mut tx = self.begin(step).await?;
        if let Some(entries) = entries {
            hall_history_fill(&mut tx, late.hall, span, entries).await?;
        }
        for outage in outages {
            outage_write(&mut tx, outage).await?;
        }
        if !is_done {
            return tx.commit(step).await;
        }
        both!(tx.link(), on => {
            sqlx::query("DELETE FROM late WHERE hall = $1 AND from_at = $2 AND until_at = $3 AND came_at = $4")
                .bind(late.hall.0)
                .bind(ms(late.span.from))
                .bind(ms(late.span.to))
                .bind(ms(late.came))
                .execute(on)
                .await
                .map(|_| ())
        })
        .step(step, late.hall)?;
        tx.commit(step).await
    }
}

/// Notes what of these came late, with what of the same halls is noted already.
pub(super) async fn late_note(tx: &mut Tx, effects: &[Effect]) -> Result<(), StoreError> {
    let mut by_hall: BTreeMap<HallId, Late> = BTreeMap::new();
    for effect in effects {
        if let Effect::Late(late) = effect {
            let noted = by_hall.entry(late.hall).or_insert(*late);
            noted.span.from = noted.span.from.min(late.span.from);
            noted.span.to = noted.span.to.max(late.span.to);
            noted.came = noted.came.max(late.came);
        }
    }
    for late in by_hall.values() {
        late_write(tx, late).await?;
    }
    Ok(())
}

async fn late_write(tx: &mut Tx, late: &Late) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO late (hall, from_at, until_at, came_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (hall) DO UPDATE SET \
                 from_at = CASE WHEN late.from_at < excluded.from_at THEN late.from_at ELSE excluded.from_at END, \
                 until_at = CASE WHEN late.until_at > excluded.until_at THEN late.until_at ELSE excluded.until_at END, \
                 came_at = CASE WHEN late.came_at > excluded.came_at THEN late.came_at ELSE excluded.came_at END",
        )
        .bind(late.hall.0)
        .bind(ms(late.span.from))
        .bind(ms(late.span.to))
        .bind(ms(late.came))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("late_write", late.hall)
}
