//! Parts of devices: radios, networks and sensors, each under one id for as long as it bears its name.

use std::collections::BTreeMap;

use inventory::id::{DeviceId, PartId};
use inventory::part::{PARTS_MAX, PartKey, PartReading};
use jiff::Timestamp;
use sqlx::FromRow;

use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::query::Select;
use super::scope::Scope;
use super::visit::VisitSeen;

/// The time of a part's last being seen is allowed to lag behind by this much: it only says when a part is forgotten.
const SEEN_LAG_MS: i64 = 24 * 60 * 60 * 1000;

/// A part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// Its id.
    pub id: PartId,
    /// Whose it is.
    pub device: DeviceId,
    /// What it is, and what the device calls it.
    pub key: PartKey,
}

/// What became of the parts of one visit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartsKept {
    /// The id of each, in order; `None` for one that there was no room for.
    pub ids: Vec<Option<PartId>>,
    /// How many there was no room for.
    pub left_out: usize,
}

impl Db {
    /// The parts of a device that were ever seen, but for those that were forgotten since.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn part_list(&self, scope: &Scope, device: DeviceId) -> Result<Vec<PartRecord>, StoreError> {
        let mut select = Select::new(PARTS);
        select.within(scope, "h.area", "h.id");
        select.and("p.device = ?", [device.0.into()]);
        let most = i64::try_from(PARTS_MAX).expect("the bound is small");
        select.order(" ORDER BY p.id", most);
        let rows: Vec<PartRow> = select.rows(self, "part_list").await?;
        rows.into_iter().map(PartRecord::try_from).collect()
    }

    /// The part with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn part_by_id(&self, scope: &Scope, id: PartId) -> Result<Option<PartRecord>, StoreError> {
        let mut select = Select::new(PARTS);
        select.within(scope, "h.area", "h.id");
        select.and("p.id = ?", [id.0.into()]);
        let rows: Vec<PartRow> = select.rows(self, "part_by_id").await?;
        rows.into_iter().next().map(PartRecord::try_from).transpose()
    }

    /// Forgets parts that were last seen before a time, which makes room for others. Gives how many.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn part_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let text = "DELETE FROM part WHERE seen_at < $1";
        both!(self.writer(), pool => {
            sqlx::query(text).bind(ms(before)).execute(pool).await.map(|done| done.rows_affected())
        })
        .step("part_prune", "part")
    }
}

/// Writes the parts of one visit and gives their ids. There is room for [`PARTS_MAX`] of a device.
pub(super) async fn part_write(
    tx: &mut Tx,
    visit: &VisitSeen,
    readings: &[PartReading],
) -> Result<PartsKept, StoreError> {
    let mut kept = PartsKept::default();
    if readings.is_empty() {
        return Ok(kept);
    }
    let mut known = parts_of_device(tx, visit.device).await?;
    for reading in readings {
        let id = match known.get(&reading.key) {
            Some((id, seen_at)) => {
                if ms(visit.at) - seen_at >= SEEN_LAG_MS {
                    part_seen(tx, *id, visit.at).await?;
                }
                Some(*id)
            }
            None if known.len() < PARTS_MAX => {
                let id = part_insert(tx, &reading.key, visit).await?;
                known.insert(reading.key.clone(), (id, ms(visit.at)));
                Some(id)
            }
            None => {
                kept.left_out += 1;
                None
            }
        };
        kept.ids.push(id);
    }
    Ok(kept)
}

async fn parts_of_device(tx: &mut Tx, device: DeviceId) -> Result<BTreeMap<PartKey, (PartId, i64)>, StoreError> {
    let text = "SELECT id, device, class, name, seen_at FROM part WHERE device = $1";
    let rows: Vec<PartRow> = both!(tx.link(), on => sqlx::query_as(text).bind(device.0).fetch_all(on).await)
        .step("parts_of_device", device)?;
    rows.into_iter()
        .map(|row| {
            let seen_at = row.seen_at;
            let record = PartRecord::try_from(row)?;
            Ok((record.key, (record.id, seen_at)))
        })
        .collect()
}

async fn part_insert(tx: &mut Tx, key: &PartKey, visit: &VisitSeen) -> Result<PartId, StoreError> {
    let text = "INSERT INTO part (device, class, name, seen_at) VALUES ($1, $2, $3, $4) RETURNING id";
    both!(tx.link(), on => {
        sqlx::query_scalar(text)
            .bind(visit.device.0)
            .bind(key.class.as_str())
            .bind(&key.name)
            .bind(ms(visit.at))
            .fetch_one(on)
            .await
    })
    .map(PartId)
    .step("part_insert", format!("{}: {}", visit.device, key.name))
}

async fn part_seen(tx: &mut Tx, id: PartId, seen_at: Timestamp) -> Result<(), StoreError> {
    let text = "UPDATE part SET seen_at = $2 WHERE id = $1";
    both!(tx.link(), on => sqlx::query(text).bind(id.0).bind(ms(seen_at)).execute(on).await.map(|_| ()))
        .step("part_seen", id)
}

const PARTS: &str = "SELECT p.id, p.device, p.class, p.name, p.seen_at \
                     FROM part p JOIN device d ON d.id = p.device JOIN hall h ON h.id = d.hall";

#[derive(FromRow)]
struct PartRow {
    id: i64,
    device: i64,
    class: String,
    name: String,
    seen_at: i64,
}

impl TryFrom<PartRow> for PartRecord {
    type Error = StoreError;
    fn try_from(row: PartRow) -> Result<Self, StoreError> {
        let class = at("part", row.id).parse("class", &row.class)?;
        Ok(PartRecord { id: PartId(row.id), device: DeviceId(row.device), key: PartKey { class, name: row.name } })
    }
}
