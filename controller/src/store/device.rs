//! Devices, with what is known of their health and what they last said of themselves.

use std::collections::BTreeMap;

use alerts::health::{DeviceHealth, DeviceState};
use alerts::host_key::OfferedKey;
use inventory::device::{Device, DeviceFacts, DeviceFullName, DeviceKind, Lifecycle};
use inventory::id::{AreaId, DeviceId, HallId};
use inventory::text::search_key;
use sqlx::FromRow;

use super::audit::{AuditEntry, audit_append};
use super::codec::at;
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::fact::{DeviceFact, FactRow, fact_columns};
use super::health::{DeviceHealthRow, device_health_columns};
use super::host_key::{OfferedKeyRow, offered_key_columns};
use super::meta::fleet_revision_bump;
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// The columns of a device, once for all queries; the hall is joined as `h`.
macro_rules! device_columns {
    () => {
        "d.id, d.hall, h.code AS hall_code, h.area AS hall_area, d.name, d.lifecycle, d.uplink, d.kind, d.address, d.platform, d.agent, \
         d.poll, d.snmp, d.ssh, d.serial, d.mac, d.power, d.notes, d.host_key"
    };
}

/// A device, its health, and what it last said.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceRecord {
    /// The device.
    pub device: Device,
    /// The area in which its hall lies.
    pub area: AreaId,
    /// Its health; `None` while it was never judged, which counts as unknown.
    pub health: Option<DeviceHealth>,
    /// What it last said; `None` while it was never visited.
    pub fact: Option<DeviceFact>,
    /// The SSH host key that it showed last; `None` while it never showed one.
    pub offered_key: Option<OfferedKey>,
}

impl DeviceRecord {
    /// The key that it showed last, when a person has to look at it: it is not the pinned one.
    pub fn unconfirmed_key(&self) -> Option<&OfferedKey> {
        self.offered_key.as_ref().filter(|key| self.device.facts.host_key.as_ref() != Some(&key.fingerprint))
    }
}

/// Which devices a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceFilter {
    /// Those of this hall only.
    pub hall: Option<HallId>,
    /// Those in halls of these areas only; give an area with all below it.
    pub areas: Option<Vec<AreaId>>,
    /// Those in this state only.
    pub state: Option<DeviceState>,
    /// Those at this point of their life only.
    pub lifecycle: Option<Lifecycle>,
    /// Those of this kind only.
    pub kind: Option<DeviceKind>,
    /// Those whose name, address, serial number or MAC has these words.
    pub search: Option<String>,
}

impl Db {
    /// Devices by the code of their hall and their name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn device_list(
        &self,
        scope: &Scope,
        filter: &DeviceFilter,
        ask: &PageAsk,
    ) -> Result<Page<DeviceRecord>, StoreError> {
        let mut select = Select::new(DEVICES);
        select.within(scope, "h.area", "h.id");
        if let Some((hall, name)) = ask.after::<(String, String)>("devices")? {
            select.and("(h.code, d.name) > (?, ?)", [hall.into(), name.into()]);
        }
        if let Some(hall) = filter.hall {
            select.and("d.hall = ?", [hall.0.into()]);
        }
        if let Some(areas) = &filter.areas {
            select.and_in("h.area", areas.iter().map(|id| id.0));
        }
        if let Some(state) = filter.state {
            select.and("COALESCE(dh.state, 'unknown') = ?", [state.as_str().into()]);
        }
        if let Some(lifecycle) = filter.lifecycle {
            select.and("d.lifecycle = ?", [lifecycle.as_str().into()]);
        }
        if let Some(kind) = filter.kind {
            select.and("d.kind = ?", [kind.as_str().into()]);
        }
        if let Some(words) = &filter.search {
            select.and_found(r"d.search LIKE ? ESCAPE '\'", words);
        }
        select.order(" ORDER BY h.code, d.name", ask.fetch());
        let rows: Vec<DeviceRecordRow> = select.rows(self, "device_list").await?;
        let devices = rows.into_iter().map(DeviceRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(devices, ask, "devices", |record: &DeviceRecord| {
            let name = &record.device.name;
            (name.hall.to_string(), name.name.to_string())
        }))
    }

    /// The device with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn device_by_id(&self, scope: &Scope, id: DeviceId) -> Result<Option<DeviceRecord>, StoreError> {
        let mut select = Select::new(DEVICES);
        select.within(scope, "h.area", "h.id");
        select.and("d.id = ?", [id.0.into()]);
        self.device_only(select, "device_by_id").await
    }

    /// The device of this name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn device_by_name(
        &self,
        scope: &Scope,
        name: &DeviceFullName,
    ) -> Result<Option<DeviceRecord>, StoreError> {
        let mut select = Select::new(DEVICES);
        select.within(scope, "h.area", "h.id");
        select.and("h.code = ?", [name.hall.as_str().into()]);
        select.and("d.name = ?", [name.name.as_str().into()]);
        self.device_only(select, "device_by_name").await
    }

    /// How many devices that are not retired are in each state.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub async fn device_counts(&self, scope: &Scope) -> Result<BTreeMap<DeviceState, u64>, StoreError> {
        let mut select = Select::new(
            "SELECT COALESCE(dh.state, 'unknown'), COUNT(*) FROM device d JOIN hall h ON h.id = d.hall \
             LEFT JOIN device_health dh ON dh.device = d.id",
        );
        select.and("d.lifecycle <> 'retired'", []);
        select.within(scope, "h.area", "h.id");
        select.end(" GROUP BY 1");
        let rows: Vec<(String, i64)> = select.rows(self, "device_counts").await?;
        let mut counts: BTreeMap<DeviceState, u64> = DeviceState::ALL.into_iter().map(|state| (state, 0)).collect();
        for (state, count) in rows {
            let at = at("device_health", "any");
            counts.insert(at.parse("state", &state)?, at.number("count", count)?);
        }
        Ok(counts)
    }

    /// Moves a device on in its life. Gives false when there is no such device in the scope.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn device_lifecycle_write(
        &self,
        scope: &Scope,
        id: DeviceId,
        lifecycle: Lifecycle,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "device_lifecycle_write";
        let mut tx = self.begin(step).await?;
        if !device_is_within(&mut tx, scope, id).await? {
            return Ok(false);
        }
        fleet_revision_bump(&mut tx).await?;
        let done = both!(tx.link(), on => {
            sqlx::query("UPDATE device SET lifecycle = $2 WHERE id = $1").bind(id.0).bind(lifecycle.as_str()).execute(on).await
                .map(|done| done.rows_affected())
        });
        let found = done.step(step, id)? > 0;
        if found {
            audit_append(&mut tx, audit).await?;
            tx.commit(step).await?;
        }
        Ok(found)
    }

    async fn device_only(&self, select: Select, step: &'static str) -> Result<Option<DeviceRecord>, StoreError> {
        let rows: Vec<DeviceRecordRow> = select.rows(self, step).await?;
        rows.into_iter().next().map(DeviceRecord::try_from).transpose()
    }
}

/// Whether there is this device in a hall of the scope.
pub(super) async fn device_is_within(tx: &mut Tx, scope: &Scope, id: DeviceId) -> Result<bool, StoreError> {
    let place: Option<(i64, i64)> = both!(tx.link(), on => {
        sqlx::query_as("SELECT h.area, h.id FROM device d JOIN hall h ON h.id = d.hall WHERE d.id = $1").bind(id.0)
            .fetch_optional(on)
            .await
    })
    .step("device_place", id)?;
    Ok(place.is_some_and(|(area, hall)| scope.has(AreaId(area), HallId(hall))))
}

/// Every device, by id.
pub(super) async fn device_all_in(tx: &mut Tx) -> Result<Vec<Device>, StoreError> {
    const ALL: &str =
        concat!("SELECT ", device_columns!(), " FROM device d JOIN hall h ON h.id = d.hall ORDER BY d.id");
    let rows: Vec<DeviceRow> =
        both!(tx.link(), on => sqlx::query_as(ALL).fetch_all(on).await).step("device_all", "device")?;
    rows.into_iter().map(Device::try_from).collect()
}

/// Writes what a file says of a device but for its uplink, which is cleared: it may be a device that is written later.
/// A new device is active, an old one stays at its point of life.
pub(super) async fn device_upsert(
    tx: &mut Tx,
    hall: HallId,
    name: &DeviceFullName,
    facts: &DeviceFacts,
) -> Result<DeviceId, StoreError> {
    both!(tx.link(), on => {
        sqlx::query_scalar(UPSERT)
            .bind(hall.0)
            .bind(name.name.as_str())
            .bind(Lifecycle::Active.as_str())
            .bind(facts.kind.as_str())
            .bind(facts.address.to_string())
            .bind(&facts.platform)
            .bind(&facts.agent)
            .bind(facts.poll.to_string())
            .bind(facts.snmp.as_ref().map(|name| name.as_str()))
            .bind(facts.ssh.as_ref().map(|name| name.as_str()))
            .bind(&facts.serial)
            .bind(facts.mac.map(|mac| mac.to_string()))
            .bind(facts.power.map(|power| power.as_str()))
            .bind(&facts.notes)
            .bind(facts.host_key.as_ref().map(|key| key.as_str()))
            .bind(device_search(name, facts))
            .fetch_one(on)
            .await
    })
    .map(DeviceId)
    .step("device_upsert", name)
}

/// Says on which device this one hangs.
pub(super) async fn device_uplink_write(tx: &mut Tx, id: DeviceId, uplink: DeviceId) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("UPDATE device SET uplink = $2 WHERE id = $1").bind(id.0).bind(uplink.0).execute(on).await.map(|_| ())
    })
    .step("device_uplink_write", id)
}

/// The id of a device by its name.
pub(super) async fn device_id_in(tx: &mut Tx, name: &DeviceFullName) -> Result<Option<DeviceId>, StoreError> {
    let found: Option<i64> = both!(tx.link(), on => {
        sqlx::query_scalar("SELECT d.id FROM device d JOIN hall h ON h.id = d.hall WHERE h.code = $1 AND d.name = $2")
            .bind(name.hall.as_str())
            .bind(name.name.as_str())
            .fetch_optional(on)
            .await
    })
    .step("device_id", name)?;
    Ok(found.map(DeviceId))
}

fn device_search(name: &DeviceFullName, facts: &DeviceFacts) -> String {
    let mut text = format!("{name} {} {}", facts.kind, facts.address);
    for word in [&facts.platform, &facts.serial].into_iter().flatten() {
        text.push(' ');
        text.push_str(word);
    }
    if let Some(mac) = facts.mac {
        text.push_str(&format!(" {mac}"));
    }
    search_key(&text)
}

const UPSERT: &str = "\
    INSERT INTO device (hall, name, lifecycle, kind, address, platform, agent, poll, snmp, ssh, serial, mac, power, \
        notes, host_key, search) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
    ON CONFLICT (hall, name) DO UPDATE SET uplink = NULL, kind = excluded.kind, address = excluded.address, \
        platform = excluded.platform, agent = excluded.agent, poll = excluded.poll, snmp = excluded.snmp, \
        ssh = excluded.ssh, serial = excluded.serial, mac = excluded.mac, power = excluded.power, \
        notes = excluded.notes, host_key = excluded.host_key, search = excluded.search \
    RETURNING id";

const DEVICES: &str = concat!(
    "SELECT ",
    device_columns!(),
    ", ",
    device_health_columns!(),
    ", ",
    fact_columns!(),
    ", ",
    offered_key_columns!(),
    " FROM device d JOIN hall h ON h.id = d.hall LEFT JOIN device_health dh ON dh.device = d.id \
     LEFT JOIN device_fact f ON f.device = d.id LEFT JOIN offered_host_key k ON k.device = d.id"
);

#[derive(FromRow)]
struct DeviceRow {
    id: i64,
    hall: i64,
    hall_code: String,
    hall_area: i64,
    name: String,
    lifecycle: String,
    uplink: Option<i64>,
    kind: String,
    address: String,
    platform: Option<String>,
    agent: Option<String>,
    poll: String,
    snmp: Option<String>,
    ssh: Option<String>,
    serial: Option<String>,
    mac: Option<String>,
    power: Option<String>,
    notes: Option<String>,
    host_key: Option<String>,
}

impl TryFrom<DeviceRow> for Device {
    type Error = StoreError;
    fn try_from(row: DeviceRow) -> Result<Self, StoreError> {
        let at = at("device", row.id);
        Ok(Device {
            id: DeviceId(row.id),
            hall: HallId(row.hall),
            name: DeviceFullName { hall: at.parse("hall", &row.hall_code)?, name: at.parse("name", &row.name)? },
            lifecycle: at.parse("lifecycle", &row.lifecycle)?,
            uplink: row.uplink.map(DeviceId),
            facts: DeviceFacts {
                kind: at.parse("kind", &row.kind)?,
                address: at.parse("address", &row.address)?,
                platform: row.platform,
                agent: row.agent,
                poll: at.parse("poll", &row.poll)?,
                snmp: at.parse_if("snmp", row.snmp.as_deref())?,
                ssh: at.parse_if("ssh", row.ssh.as_deref())?,
                serial: row.serial,
                mac: at.parse_if("mac", row.mac.as_deref())?,
                power: at.parse_if("power", row.power.as_deref())?,
                notes: row.notes,
                host_key: at.parse_if("host_key", row.host_key.as_deref())?,
            },
        })
    }
}

#[derive(FromRow)]
struct DeviceRecordRow {
    #[sqlx(flatten)]
    device: DeviceRow,
    #[sqlx(flatten)]
    health: DeviceHealthRow,
    #[sqlx(flatten)]
    fact: FactRow,
    #[sqlx(flatten)]
    offered_key: OfferedKeyRow,
}

impl TryFrom<DeviceRecordRow> for DeviceRecord {
    type Error = StoreError;
    fn try_from(row: DeviceRecordRow) -> Result<Self, StoreError> {
        let area = AreaId(row.device.hall_area);
        let device = Device::try_from(row.device)?;
        let health = row.health.health(device.id)?;
        let fact = row.fact.fact(device.id)?;
        let offered_key = row.offered_key.key(device.id)?;
        Ok(DeviceRecord { device, area, health, fact, offered_key })
    }
}
