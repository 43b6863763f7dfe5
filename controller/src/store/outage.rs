//! Outages of halls and devices. The engine writes them; people read them.

use alerts::cause::Evidence;
use alerts::outage::{Outage, Subject};
use inventory::id::{AreaId, DeviceId, HallId, IncidentId, OutageId};
use jiff::Timestamp;
use notify::message::StoredEvidence;
use sqlx::FromRow;

use super::codec::{at, ms, ms_if, subject_columns};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// The columns of an outage and where they come from, once for all queries; its cause as the engine found it.
macro_rules! outage_columns {
    () => {
        outage_columns!("o.cause")
    };
    ($cause:literal) => {
        concat!(
            "o.id, o.hall, o.device, h.id AS in_hall, o.start_at, o.end_at, ",
            $cause,
            " AS cause, o.suspected, o.evidence FROM outage o \
             LEFT JOIN device d ON d.id = o.device JOIN hall h ON h.id = COALESCE(o.hall, d.hall)"
        )
    };
}

/// An outage as a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageRecord {
    /// Its id.
    pub id: OutageId,
    /// The outage; its cause as somebody corrected it last, if anybody did.
    pub outage: Outage,
    /// The hall that it is of, or in which the device stands.
    pub hall: HallId,
}

/// Outages of what a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutageOf {
    /// Halls and devices.
    #[default]
    Both,
    /// Halls only.
    Halls,
    /// Devices only.
    Devices,
}

/// Which outages a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutageFilter {
    /// Halls, devices or both.
    pub of: OutageOf,
    /// Those of this hall and the devices in it only.
    pub hall: Option<HallId>,
    /// Those of this device only.
    pub device: Option<DeviceId>,
    /// Those of these areas only; give an area with all below it.
    pub areas: Option<Vec<AreaId>>,
    /// Those that last only.
    pub open_only: bool,
    /// Those that reach past this time only.
    pub from: Option<Timestamp>,
    /// Those that began before this time only.
    pub to: Option<Timestamp>,
}

impl Db {
    /// Outages, the latest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn outage_list(
        &self,
        scope: &Scope,
        filter: &OutageFilter,
        ask: &PageAsk,
    ) -> Result<Page<OutageRecord>, StoreError> {
        let mut select = Select::new(OUTAGES);
        select.within(scope, "h.area", "h.id");
        if let Some((start, id)) = ask.after::<(i64, i64)>("outages")? {
            select.and("(o.start_at, o.id) < (?, ?)", [start.into(), id.into()]);
        }
        match filter.of {
            OutageOf::Both => {}
            OutageOf::Halls => select.and("o.device IS NULL", []),
            OutageOf::Devices => select.and("o.hall IS NULL", []),
        }
        if let Some(hall) = filter.hall {
            select.and("(o.hall = ? OR d.hall = ?)", [hall.0.into(), hall.0.into()]);
        }
        if let Some(device) = filter.device {
            select.and("o.device = ?", [device.0.into()]);
        }
        if let Some(areas) = &filter.areas {
            select.and_in("h.area", areas.iter().map(|id| id.0));
        }
        if filter.open_only {
            select.and("o.end_at IS NULL", []);
        }
        if let Some(from) = filter.from {
            select.and("(o.end_at IS NULL OR o.end_at > ?)", [ms(from).into()]);
        }
        if let Some(to) = filter.to {
            select.and("o.start_at < ?", [ms(to).into()]);
        }
        select.order(" ORDER BY o.start_at DESC, o.id DESC", ask.fetch());
        let rows: Vec<OutageRow> = select.rows(self, "outage_list").await?;
        let outages = rows.into_iter().map(OutageRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(outages, ask, "outages", |record: &OutageRecord| (ms(record.outage.start), record.id.0)))
    }

    /// The outage with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn outage_by_id(&self, scope: &Scope, id: OutageId) -> Result<Option<OutageRecord>, StoreError> {
        let mut select = Select::new(OUTAGES);
        select.within(scope, "h.area", "h.id");
        select.and("o.id = ?", [id.0.into()]);
        let rows: Vec<OutageRow> = select.rows(self, "outage_by_id").await?;
        rows.into_iter().next().map(OutageRecord::try_from).transpose()
    }
}

/// The outages of an incident's alerts that lie in the scope, the first first.
pub(super) async fn outage_list_of_incident(
    db: &Db,
    scope: &Scope,
    incident: IncidentId,
) -> Result<Vec<OutageRecord>, StoreError> {
    let mut select = Select::new(OUTAGES);
    select.within(scope, "h.area", "h.id");
    let is_of_an_alert = "EXISTS (SELECT 1 FROM incident_alert ia JOIN alert a ON a.alert_key = ia.alert_key \
        WHERE ia.incident = ? AND a.since = o.start_at AND (a.hall = o.hall OR a.device = o.device))";
    select.and(is_of_an_alert, [incident.0.into()]);
    select.end(" ORDER BY o.start_at, o.id");
    let rows: Vec<OutageRow> = select.rows(db, "outage_list_of_incident").await?;
    rows.into_iter().map(OutageRecord::try_from).collect()
}

/// Every outage that lasts, and those that ended in the day before a controller last ran.
pub(super) async fn outage_recent_in(tx: &mut Tx) -> Result<Vec<Outage>, StoreError> {
    // The day before a controller last ran, in milliseconds: an outage that ended just then must not begin again inside
    // the time that it covered.
    const OPEN: &str = concat!(
        "SELECT ",
        outage_columns!(),
        " WHERE o.end_at IS NULL OR o.end_at >= (SELECT alive_at - 86400000 FROM meta) ORDER BY o.id"
    );
    let rows: Vec<OutageRow> =
        both!(tx.link(), on => sqlx::query_as(OPEN).fetch_all(on).await).step("outage_open", "outage")?;
    rows.into_iter().map(|row| OutageRecord::try_from(row).map(|record| record.outage)).collect()
}

/// Writes an outage: subject and start say which.
pub(super) async fn outage_write(tx: &mut Tx, outage: &Outage) -> Result<(), StoreError> {
    const OF_HALL: &str = "\
        INSERT INTO outage (hall, device, start_at, end_at, cause, suspected, evidence) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (hall, start_at) DO UPDATE SET end_at = excluded.end_at, cause = excluded.cause, \
            suspected = excluded.suspected, evidence = excluded.evidence";
    const OF_DEVICE: &str = "\
        INSERT INTO outage (hall, device, start_at, end_at, cause, suspected, evidence) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (device, start_at) DO UPDATE SET end_at = excluded.end_at, cause = excluded.cause, \
            suspected = excluded.suspected, evidence = excluded.evidence";
    let text = match outage.subject {
        Subject::Hall(_) => OF_HALL,
        Subject::Device(_) => OF_DEVICE,
    };
    let (hall, device) = subject_columns(outage.subject);
    let evidence = (outage.evidence != Evidence::default()).then(|| {
        serde_json::to_string(&StoredEvidence::from(outage.evidence)).expect("numbers and times can be written as JSON")
    });
    both!(tx.link(), on => {
        sqlx::query(text)
            .bind(hall)
            .bind(device)
            .bind(ms(outage.start))
            .bind(ms_if(outage.end))
            .bind(outage.cause.as_str())
            .bind(outage.suspected.as_str())
            .bind(&evidence)
            .execute(on)
            .await
            .map(|_| ())
    })
    .step("outage_write", format!("{:?}", outage.subject))
}

/// What people see: the cause as somebody corrected it last.
const OUTAGES: &str = concat!(
    "SELECT ",
    outage_columns!(
        "COALESCE((SELECT c.cause FROM correction c WHERE c.outage = o.id AND c.undone_at IS NULL \
                   ORDER BY c.id DESC LIMIT 1), o.cause)"
    )
);

#[derive(FromRow)]
struct OutageRow {
    id: i64,
    hall: Option<i64>,
    device: Option<i64>,
    in_hall: i64,
    start_at: i64,
    end_at: Option<i64>,
    cause: String,
    suspected: String,
    evidence: Option<String>,
}

impl TryFrom<OutageRow> for OutageRecord {
    type Error = StoreError;
    fn try_from(row: OutageRow) -> Result<Self, StoreError> {
        let at = at("outage", row.id);
        Ok(OutageRecord {
            id: OutageId(row.id),
            outage: Outage {
                subject: at.subject(row.hall, row.device)?,
                start: at.time("start_at", row.start_at)?,
                end: at.time_if("end_at", row.end_at)?,
                cause: at.parse("cause", &row.cause)?,
                suspected: at.parse("suspected", &row.suspected)?,
                evidence: match row.evidence {
                    Some(text) => at.json::<StoredEvidence>("evidence", &text)?.into(),
                    None => Evidence::default(),
                },
            },
            hall: HallId(row.in_hall),
        })
    }
}
