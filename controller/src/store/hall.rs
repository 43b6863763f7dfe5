//! Halls, and what is known of their health.

use std::collections::BTreeMap;

use alerts::health::{HallHealth, HallState};
use inventory::device::Lifecycle;
use inventory::hall::{Hall, HallCode, HallFacts, Position};
use inventory::id::{AreaId, HallId};
use inventory::text::search_key;
use sqlx::FromRow;

use super::area_move::hall_leaves;
use super::audit::{AuditEntry, audit_append};
use super::codec::at;
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::meta::fleet_revision_bump;
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// The columns of a hall, once for all queries.
macro_rules! hall_columns {
    () => {
        "h.id, h.code, h.area, h.lifecycle, h.name, h.latitude, h.longitude, h.provider, h.contract, h.down_mbps, \
         h.up_mbps, h.promised_uptime, h.power_feeder, h.opening_hours, h.contact_name, h.contact_phone, h.notes"
    };
}

/// A hall and its health.
#[derive(Debug, Clone, PartialEq)]
pub struct HallRecord {
    /// The hall.
    pub hall: Hall,
    /// Its health; `None` while it was never judged, which counts as unknown.
    pub health: Option<HallHealth>,
}

/// Which halls a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HallFilter {
    /// Those in one of these areas only; give an area with all below it.
    pub areas: Option<Vec<AreaId>>,
    /// Those in this state only.
    pub state: Option<HallState>,
    /// Those at this point of their life only.
    pub lifecycle: Option<Lifecycle>,
    /// Those whose code, name, provider or contact has these words, whatever their diacritics.
    pub search: Option<String>,
}

impl Db {
    /// Halls by code.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn hall_list(
        &self,
        scope: &Scope,
        filter: &HallFilter,
        ask: &PageAsk,
    ) -> Result<Page<HallRecord>, StoreError> {
        let mut select = Select::new(HALLS);
        select.within(scope, "h.area", "h.id");
        if let Some(code) = ask.after::<String>("halls")? {
            select.and("h.code > ?", [code.into()]);
        }
        if let Some(areas) = &filter.areas {
            select.and_in("h.area", areas.iter().map(|id| id.0));
        }
        if let Some(state) = filter.state {
            select.and("COALESCE(hh.state, 'unknown') = ?", [state.as_str().into()]);
        }
        if let Some(lifecycle) = filter.lifecycle {
            select.and("h.lifecycle = ?", [lifecycle.as_str().into()]);
        }
        if let Some(words) = &filter.search {
            select.and_found(r"h.search LIKE ? ESCAPE '\'", words);
        }
        select.order(" ORDER BY h.code", ask.fetch());
        let rows: Vec<HallRecordRow> = select.rows(self, "hall_list").await?;
        let halls = rows.into_iter().map(HallRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(halls, ask, "halls", |record: &HallRecord| record.hall.code.to_string()))
    }

    /// The hall with this code.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn hall_by_code(&self, scope: &Scope, code: &HallCode) -> Result<Option<HallRecord>, StoreError> {
        let mut select = Select::new(HALLS);
        select.within(scope, "h.area", "h.id");
        select.and("h.code = ?", [code.as_str().into()]);
        let rows: Vec<HallRecordRow> = select.rows(self, "hall_by_code").await?;
        rows.into_iter().next().map(HallRecord::try_from).transpose()
    }

    /// How many halls that are not retired are in each state.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub async fn hall_counts(&self, scope: &Scope) -> Result<BTreeMap<HallState, u64>, StoreError> {
        let mut select = Select::new(
            "SELECT COALESCE(hh.state, 'unknown'), COUNT(*) FROM hall h LEFT JOIN hall_health hh ON hh.hall = h.id",
        );
        select.and("h.lifecycle <> 'retired'", []);
        select.within(scope, "h.area", "h.id");
        select.end(" GROUP BY 1");
        let rows: Vec<(String, i64)> = select.rows(self, "hall_counts").await?;
        let mut counts: BTreeMap<HallState, u64> = HallState::ALL.into_iter().map(|state| (state, 0)).collect();
        for (state, count) in rows {
            let at = at("hall_health", "any");
            counts.insert(at.parse("state", &state)?, at.number("count", count)?);
        }
        Ok(counts)
    }

    /// Moves a hall on in its life. Gives false when there is no such hall in the scope.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn hall_lifecycle_write(
        &self,
        scope: &Scope,
        id: HallId,
        lifecycle: Lifecycle,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "hall_lifecycle_write";
        let mut tx = self.begin(step).await?;
        if !hall_area_in(&mut tx, id).await?.is_some_and(|area| scope.has(area, id)) {
            return Ok(false);
        }
        fleet_revision_bump(&mut tx).await?;
        let done = both!(tx.link(), on => {
            sqlx::query("UPDATE hall SET lifecycle = $2 WHERE id = $1").bind(id.0).bind(lifecycle.as_str()).execute(on).await
                .map(|done| done.rows_affected())
        });
        let found = done.step(step, id)? > 0;
        if found {
            audit_append(&mut tx, audit).await?;
            tx.commit(step).await?;
        }
        Ok(found)
    }

    /// Says in which area a hall lies: for halls whose area was split. Gives false when there is no such hall.
    ///
    /// # Errors
    /// When it cannot be written, or there is no such area.
    pub async fn hall_area_write(&self, id: HallId, area: AreaId, audit: &AuditEntry<'_>) -> Result<bool, StoreError> {
        let step = "hall_area_write";
        let mut tx = self.begin(step).await?;
        fleet_revision_bump(&mut tx).await?;
        hall_leaves(&mut tx, id).await?;
        let done = both!(tx.link(), on => {
            sqlx::query("UPDATE hall SET area = $2 WHERE id = $1").bind(id.0).bind(area.0).execute(on).await
                .map(|done| done.rows_affected())
        });
        let found = done.step(step, id)? > 0;
        if found {
            audit_append(&mut tx, audit).await?;
            tx.commit(step).await?;
        }
        Ok(found)
    }
}

/// In which area a hall lies.
pub(super) async fn hall_area_in(tx: &mut Tx, id: HallId) -> Result<Option<AreaId>, StoreError> {
    let found: Option<i64> = both!(tx.link(), on => {
        sqlx::query_scalar("SELECT area FROM hall WHERE id = $1").bind(id.0).fetch_optional(on).await
    })
    .step("hall_area", id)?;
    Ok(found.map(AreaId))
}

/// Every hall, by id.
pub(super) async fn hall_all_in(tx: &mut Tx) -> Result<Vec<Hall>, StoreError> {
    const ALL: &str = concat!("SELECT ", hall_columns!(), " FROM hall h ORDER BY h.id");
    let rows: Vec<HallRow> =
        both!(tx.link(), on => sqlx::query_as(ALL).fetch_all(on).await).step("hall_all", "hall")?;
    rows.into_iter().map(Hall::try_from).collect()
}

/// Writes what a file says of a hall; a new one is active, an old one stays at its point of life.
pub(super) async fn hall_upsert(
    tx: &mut Tx,
    code: &HallCode,
    area: AreaId,
    facts: &HallFacts,
) -> Result<HallId, StoreError> {
    both!(tx.link(), on => {
        sqlx::query_scalar(UPSERT)
            .bind(code.as_str())
            .bind(area.0)
            .bind(Lifecycle::Active.as_str())
            .bind(&facts.name)
            .bind(facts.position.map(|position| position.latitude))
            .bind(facts.position.map(|position| position.longitude))
            .bind(&facts.provider)
            .bind(&facts.contract)
            .bind(facts.down_mbps)
            .bind(facts.up_mbps)
            .bind(facts.promised_uptime)
            .bind(&facts.power_feeder)
            .bind(facts.opening_hours.map(|hours| hours.to_string()))
            .bind(&facts.contact_name)
            .bind(&facts.contact_phone)
            .bind(&facts.notes)
            .bind(hall_search(code, facts))
            .fetch_one(on)
            .await
    })
    .map(HallId)
    .step("hall_upsert", code)
}

fn hall_search(code: &HallCode, facts: &HallFacts) -> String {
    let more = [&facts.provider, &facts.contract, &facts.contact_name, &facts.contact_phone];
    let mut text = format!("{code} {}", facts.name);
    for word in more.into_iter().flatten() {
        text.push(' ');
        text.push_str(word);
    }
    search_key(&text)
}

const UPSERT: &str = "\
    INSERT INTO hall (code, area, lifecycle, name, latitude, longitude, provider, contract, down_mbps, up_mbps, \
        promised_uptime, power_feeder, opening_hours, contact_name, contact_phone, notes, search) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
    ON CONFLICT (code) DO UPDATE SET area = excluded.area, name = excluded.name, latitude = excluded.latitude, \
        longitude = excluded.longitude, provider = excluded.provider, contract = excluded.contract, \
        down_mbps = excluded.down_mbps, up_mbps = excluded.up_mbps, promised_uptime = excluded.promised_uptime, \
        power_feeder = excluded.power_feeder, opening_hours = excluded.opening_hours, \
        contact_name = excluded.contact_name, contact_phone = excluded.contact_phone, notes = excluded.notes, \
        search = excluded.search \
    RETURNING id";

const HALLS: &str = concat!(
    "SELECT ",
    hall_columns!(),
    ", hh.state AS health_state, hh.since AS health_since FROM hall h LEFT JOIN hall_health hh ON hh.hall = h.id"
);

#[derive(FromRow)]
struct HallRow {
    id: i64,
    code: String,
    area: i64,
    lifecycle: String,
    name: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    provider: Option<String>,
    contract: Option<String>,
    down_mbps: Option<f64>,
    up_mbps: Option<f64>,
    promised_uptime: Option<f64>,
    power_feeder: Option<String>,
    opening_hours: Option<String>,
    contact_name: Option<String>,
    contact_phone: Option<String>,
    notes: Option<String>,
}

impl TryFrom<HallRow> for Hall {
    type Error = StoreError;
    fn try_from(row: HallRow) -> Result<Self, StoreError> {
        let at = at("hall", row.id);
        let position = row.latitude.zip(row.longitude);
        Ok(Hall {
            id: HallId(row.id),
            code: at.parse("code", &row.code)?,
            area: AreaId(row.area),
            lifecycle: at.parse("lifecycle", &row.lifecycle)?,
            facts: HallFacts {
                name: row.name,
                position: position.map(|(latitude, longitude)| Position { latitude, longitude }),
                provider: row.provider,
                contract: row.contract,
                down_mbps: row.down_mbps,
                up_mbps: row.up_mbps,
                promised_uptime: row.promised_uptime,
                power_feeder: row.power_feeder,
                opening_hours: at.parse_if("opening_hours", row.opening_hours.as_deref())?,
                contact_name: row.contact_name,
                contact_phone: row.contact_phone,
                notes: row.notes,
            },
        })
    }
}

#[derive(FromRow)]
struct HallRecordRow {
    #[sqlx(flatten)]
    hall: HallRow,
    health_state: Option<String>,
    health_since: Option<i64>,
}

impl TryFrom<HallRecordRow> for HallRecord {
    type Error = StoreError;
    fn try_from(row: HallRecordRow) -> Result<Self, StoreError> {
        let hall = Hall::try_from(row.hall)?;
        let at = at("hall_health", hall.id);
        let health = match row.health_state.zip(row.health_since) {
            Some((state, since)) => {
                Some(HallHealth { hall: hall.id, state: at.parse("state", &state)?, since: at.time("since", since)? })
            }
            None => None,
        };
        Ok(HallRecord { hall, health })
    }
}
