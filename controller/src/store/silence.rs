//! Silences: what a person wants nobody to be told of, for how long, and why.

use inventory::id::{AreaId, DeviceId, HallId, SilenceId};
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

/// What a silence is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SilenceOf {
    /// A hall with everything in it.
    Hall(HallId),
    /// A device in this hall.
    Device(HallId, DeviceId),
    /// All halls of an area and of what lies below it.
    Area(AreaId),
}

/// A silence as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceRecord {
    /// Its id.
    pub id: SilenceId,
    /// What it is of.
    pub of: SilenceOf,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who wants it so.
    pub made_by: String,
    /// When he said so.
    pub made_at: Timestamp,
}

/// A silence to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSilence {
    /// What it is of.
    pub of: SilenceOf,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who wants it so.
    pub made_by: String,
}

impl Db {
    /// Silences that end after a time (all of them when none is given), those that last longest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn silence_list(
        &self,
        scope: &Scope,
        after: Option<Timestamp>,
        ask: &PageAsk,
    ) -> Result<Page<SilenceRecord>, StoreError> {
        let mut select = Select::new(SILENCES);
        select.within(scope, "COALESCE(s.area, h.area)", "s.hall");
        if let Some((until, id)) = ask.after::<(i64, i64)>("silences")? {
            select.and("(s.until_at, s.id) < (?, ?)", [until.into(), id.into()]);
        }
        if let Some(after) = after {
            select.and("s.until_at > ?", [ms(after).into()]);
        }
        select.order(" ORDER BY s.until_at DESC, s.id DESC", ask.fetch());
        let rows: Vec<SilenceRow> = select.rows(self, "silence_list").await?;
        let silences = rows.into_iter().map(SilenceRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(silences, ask, "silences", |record: &SilenceRecord| (ms(record.until), record.id.0)))
    }

    /// The silence with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn silence_by_id(&self, scope: &Scope, id: SilenceId) -> Result<Option<SilenceRecord>, StoreError> {
        let mut select = Select::new(SILENCES);
        select.within(scope, "COALESCE(s.area, h.area)", "s.hall");
        select.and("s.id = ?", [id.0.into()]);
        let rows: Vec<SilenceRow> = select.rows(self, "silence_by_id").await?;
        rows.into_iter().next().map(SilenceRecord::try_from).transpose()
    }

    /// Makes a silence.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn silence_create(&self, new: &NewSilence, audit: &AuditEntry<'_>) -> Result<SilenceId, StoreError> {
        let step = "silence_create";
        let (hall, device, area) = match new.of {
            SilenceOf::Hall(hall) => (Some(hall.0), None, None),
            SilenceOf::Device(hall, device) => (Some(hall.0), Some(device.0), None),
            SilenceOf::Area(area) => (None, None, Some(area.0)),
        };
        let mut tx = self.begin(step).await?;
        let id: i64 = both!(tx.link(), on => {
            sqlx::query_scalar(
                "INSERT INTO silence (hall, device, area, from_at, until_at, reason, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            )
            .bind(hall)
            .bind(device)
            .bind(area)
            .bind(ms(new.from))
            .bind(ms(new.until))
            .bind(&new.reason)
            .bind(&new.made_by)
            .bind(ms(audit.at))
            .fetch_one(on)
            .await
        })
        .step(step, "silence")?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(SilenceId(id))
    }

    /// Ends a silence now. Whether it lasted.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn silence_end(&self, id: SilenceId, audit: &AuditEntry<'_>) -> Result<bool, StoreError> {
        let step = "silence_end";
        let mut tx = self.begin(step).await?;
        // One that has not begun yet never does.
        let text = "UPDATE silence SET until_at = CASE WHEN from_at > $2 THEN from_at ELSE $2 END \
                    WHERE id = $1 AND until_at > $2 AND until_at > from_at";
        if change!(tx, step, text, id.0, ms(audit.at)) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }
}

const SILENCES: &str = "SELECT s.id, s.hall, s.device, s.area, s.from_at, s.until_at, s.reason, s.made_by, s.made_at \
     FROM silence s LEFT JOIN hall h ON h.id = s.hall";

#[derive(FromRow)]
struct SilenceRow {
    id: i64,
    hall: Option<i64>,
    device: Option<i64>,
    area: Option<i64>,
    from_at: i64,
    until_at: i64,
    reason: String,
    made_by: String,
    made_at: i64,
}

impl TryFrom<SilenceRow> for SilenceRecord {
    type Error = StoreError;
    fn try_from(row: SilenceRow) -> Result<Self, StoreError> {
        let at = at("silence", row.id);
        let of = match (row.hall, row.device, row.area) {
            (Some(hall), None, None) => SilenceOf::Hall(HallId(hall)),
            (Some(hall), Some(device), None) => SilenceOf::Device(HallId(hall), DeviceId(device)),
            (None, None, Some(area)) => SilenceOf::Area(AreaId(area)),
            (Some(_) | None, Some(_) | None, Some(_) | None) => return Err(at.wrong("hall", "not one of three")),
        };
        Ok(SilenceRecord {
            id: SilenceId(row.id),
            of,
            from: at.time("from_at", row.from_at)?,
            until: at.time("until_at", row.until_at)?,
            reason: row.reason,
            made_by: row.made_by,
            made_at: at.time("made_at", row.made_at)?,
        })
    }
}
