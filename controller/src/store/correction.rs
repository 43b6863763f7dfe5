//! Corrections: what people say of the ledger of a hall, why, and that it was taken back. Nothing here is ever deleted.

use alerts::cause::Cause;
use alerts::ledger::Span;
use inventory::id::{CorrectionId, HallId, OutageId};
use jiff::Timestamp;
use sqlx::FromRow;

use super::account::change;
use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, both};
use super::error::{Step as _, StoreError};
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// What is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// What the hall was down in this time does not count.
    Excused,
    /// This outage came from that.
    Cause(OutageId, Cause),
}

impl Correction {
    /// The word in the records and the API.
    pub fn kind(self) -> &'static str {
        match self {
            Correction::Excused => "excused",
            Correction::Cause(..) => "cause",
        }
    }
}

/// A correction as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionRecord {
    /// Its id.
    pub id: CorrectionId,
    /// Of which hall.
    pub hall: HallId,
    /// What is corrected.
    pub what: Correction,
    /// Of which time; of a cause, the time of the outage.
    pub span: Span,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Who took it back, and when.
    pub undone: Option<(String, Timestamp)>,
}

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCorrection {
    /// Of which hall.
    pub hall: HallId,
    /// What is corrected.
    pub what: Correction,
    /// Of which time.
    pub span: Span,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub made_by: String,
}

impl Db {
    /// Corrections of a hall, those that were made last first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn correction_list(
        &self,
        scope: &Scope,
        hall: HallId,
        ask: &PageAsk,
    ) -> Result<Page<CorrectionRecord>, StoreError> {
        let mut select = Select::new(CORRECTIONS);
        select.within(scope, "h.area", "h.id");
        select.and("c.hall = ?", [hall.0.into()]);
        if let Some((made, id)) = ask.after::<(i64, i64)>("corrections")? {
            select.and("(c.made_at, c.id) < (?, ?)", [made.into(), id.into()]);
        }
        select.order(" ORDER BY c.made_at DESC, c.id DESC", ask.fetch());
        let rows: Vec<CorrectionRow> = select.rows(self, "correction_list").await?;
        let records = rows.into_iter().map(CorrectionRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(records, ask, "corrections", |record: &CorrectionRecord| (ms(record.made_at), record.id.0)))
    }

    /// Every correction of a hall that touches a span, also those that were taken back, the last made first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn correction_within(
        &self,
        scope: &Scope,
        hall: HallId,
        span: Span,
    ) -> Result<Vec<CorrectionRecord>, StoreError> {
        let mut select = Select::new(CORRECTIONS);
        select.within(scope, "h.area", "h.id");
        select.and(
            "c.hall = ? AND c.from_at < ? AND c.until_at > ?",
            [hall.0.into(), ms(span.to).into(), ms(span.from).into()],
        );
        select.end(" ORDER BY c.made_at DESC, c.id DESC");
        let rows: Vec<CorrectionRow> = select.rows(self, "correction_within").await?;
        rows.into_iter().map(CorrectionRecord::try_from).collect()
    }

    /// The correction of a hall with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn correction_by_id(
        &self,
        scope: &Scope,
        hall: HallId,
        id: CorrectionId,
    ) -> Result<Option<CorrectionRecord>, StoreError> {
        let mut select = Select::new(CORRECTIONS);
        select.within(scope, "h.area", "h.id");
        select.and("c.hall = ? AND c.id = ?", [hall.0.into(), id.0.into()]);
        let rows: Vec<CorrectionRow> = select.rows(self, "correction_by_id").await?;
        rows.into_iter().next().map(CorrectionRecord::try_from).transpose()
    }

    /// Makes a correction.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn correction_create(
        &self,
        new: &NewCorrection,
        audit: &AuditEntry<'_>,
    ) -> Result<CorrectionId, StoreError> {
        let step = "correction_create";
        let (outage, cause) = match new.what {
            Correction::Excused => (None, None),
            Correction::Cause(outage, cause) => (Some(outage.0), Some(cause.as_str())),
        };
        let mut tx = self.begin(step).await?;
        let id: i64 = both!(tx.link(), on => {
            sqlx::query_scalar(
                "INSERT INTO correction (hall, kind, from_at, until_at, outage, cause, reason, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            )
            .bind(new.hall.0)
            .bind(new.what.kind())
            .bind(ms(new.span.from))
            .bind(ms(new.span.to))
            .bind(outage)
            .bind(cause)
            .bind(&new.reason)
            .bind(&new.made_by)
            .bind(ms(audit.at))
            .fetch_one(on)
            .await
        })
        .step(step, new.hall)?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(CorrectionId(id))
    }

    /// Takes a correction back. Whether it still held.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn correction_undo(
        &self,
        id: CorrectionId,
        by: &str,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "correction_undo";
        let mut tx = self.begin(step).await?;
        let text = "UPDATE correction SET undone_by = $2, undone_at = $3 WHERE id = $1 AND undone_at IS NULL";
        if change!(tx, step, text, id.0, by, ms(audit.at)) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }
}

const CORRECTIONS: &str = "SELECT c.id, c.hall, c.kind, c.from_at, c.until_at, c.outage, c.cause, c.reason, c.made_by, \
     c.made_at, c.undone_by, c.undone_at FROM correction c JOIN hall h ON h.id = c.hall";

#[derive(FromRow)]
struct CorrectionRow {
    id: i64,
    hall: i64,
    kind: String,
    from_at: i64,
    until_at: i64,
    outage: Option<i64>,
    cause: Option<String>,
    reason: String,
    made_by: String,
    made_at: i64,
    undone_by: Option<String>,
    undone_at: Option<i64>,
}

impl TryFrom<CorrectionRow> for CorrectionRecord {
    type Error = StoreError;
    fn try_from(row: CorrectionRow) -> Result<Self, StoreError> {
        let at = at("correction", row.id);
        let what = match (row.outage, row.cause) {
            (Some(outage), Some(cause)) => Correction::Cause(OutageId(outage), at.parse("cause", &cause)?),
            (None, None) => Correction::Excused,
            (Some(_) | None, Some(_) | None) => return Err(at.wrong("cause", "an outage and its cause, or neither")),
        };
        if what.kind() != row.kind {
            return Err(at.wrong("kind", &row.kind));
        }
        Ok(CorrectionRecord {
            id: CorrectionId(row.id),
            hall: HallId(row.hall),
            what,
            span: Span { from: at.time("from_at", row.from_at)?, to: at.time("until_at", row.until_at)? },
            reason: row.reason,
            made_by: row.made_by,
            made_at: at.time("made_at", row.made_at)?,
            undone: row.undone_by.zip(at.time_if("undone_at", row.undone_at)?),
        })
    }
}
