//! Interfaces: which reading is which port is decided by `inventory::interface`; this keeps the rows.

use std::collections::BTreeSet;

use inventory::device::Mac;
use inventory::id::{DeviceId, InterfaceId};
use inventory::interface::{Interface, match_interfaces};
use inventory::reading::{InterfaceReading, Reading};
use inventory::text::search_key;
use jiff::Timestamp;
use sqlx::FromRow;

use super::codec::{at, big, device_text, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;
use super::visit::VisitSeen;

/// A port that does not change is written again only when this much time has passed: its time of last being seen is
/// allowed to lag behind, for a fleet of 50,000 ports would else write 50,000 rows a minute for nothing.
const SEEN_LAG_MS: i64 = 10 * 60 * 1000;

/// Devices named in one query: databases take some tens of thousands of values in one.
const DEVICES_ASKED: usize = 1_000;

/// The columns of an interface, once for all queries.
macro_rules! interface_columns {
    () => {
        "i.id, i.device, i.name, i.mac, i.alias, i.if_type, i.if_index, i.speed_bps, i.is_admin_up, i.is_oper_up, \
         i.is_wan, i.seen_at, i.gone_at"
    };
}

/// A port and when it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct InterfaceRecord {
    /// The port.
    pub interface: Interface,
    /// When it was last seen, up to ten minutes behind.
    pub seen_at: Timestamp,
    /// When the device was first asked for all its ports and no longer listed it.
    pub gone_at: Option<Timestamp>,
}

/// Which interfaces a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InterfaceFilter {
    /// Those of this device only.
    pub device: Option<DeviceId>,
    /// Also those that are gone.
    pub with_gone: bool,
    /// Those whose name, alias or MAC has these words.
    pub search: Option<String>,
}

impl Db {
    /// Interfaces by device and ifIndex.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn interface_list(
        &self,
        scope: &Scope,
        filter: &InterfaceFilter,
        ask: &PageAsk,
    ) -> Result<Page<InterfaceRecord>, StoreError> {
        let mut select = Select::new(INTERFACES);
        select.within(scope, "h.area", "h.id");
        if let Some((device, index, id)) = ask.after::<(i64, i64, i64)>("interfaces")? {
            select.and("(i.device, i.if_index, i.id) > (?, ?, ?)", [device.into(), index.into(), id.into()]);
        }
        if let Some(device) = filter.device {
            select.and("i.device = ?", [device.0.into()]);
        }
        if !filter.with_gone {
            select.and("i.gone_at IS NULL", []);
        }
        if let Some(words) = &filter.search {
            select.and_found(r"i.search LIKE ? ESCAPE '\'", words);
        }
        select.order(" ORDER BY i.device, i.if_index, i.id", ask.fetch());
        let rows: Vec<InterfaceRow> = select.rows(self, "interface_list").await?;
        let ports = rows.into_iter().map(InterfaceRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(ports, ask, "interfaces", |record: &InterfaceRecord| {
            let port = &record.interface;
            (port.device.0, i64::from(port.index), port.id.0)
        }))
    }

    /// What the interfaces of a device are called, those that are gone last.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn interface_names(&self, device: DeviceId) -> Result<Vec<(InterfaceId, String)>, StoreError> {
        let text = "SELECT id, name FROM interface WHERE device = $1 \
             ORDER BY CASE WHEN gone_at IS NULL THEN 0 ELSE 1 END, id";
        let rows: Vec<(i64, String)> =
            both!(self.reader(), pool => sqlx::query_as(text).bind(device.0).fetch_all(pool).await)
                .step("interface_names", device)?;
        Ok(rows.into_iter().map(|(id, name)| (InterfaceId(id), name)).collect())
    }

    /// The ports through which these devices' default routes leave. Those of a device whose routes are not known are not
    /// known either.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn wan_ports(
        &self,
        scope: &Scope,
        devices: &BTreeSet<DeviceId>,
    ) -> Result<BTreeSet<(DeviceId, InterfaceId)>, StoreError> {
        let mut ports = BTreeSet::new();
        let devices: Vec<DeviceId> = devices.iter().copied().collect();
        for some in devices.chunks(DEVICES_ASKED) {
            let mut select = Select::new(INTERFACES);
            select.within(scope, "h.area", "h.id");
            select.and("i.is_wan AND i.gone_at IS NULL", []);
            select.and_in("i.device", some.iter().map(|device| device.0));
            let rows: Vec<InterfaceRow> = select.rows(self, "wan_ports").await?;
            ports.extend(rows.iter().map(|row| (DeviceId(row.device), InterfaceId(row.id))));
        }
        Ok(ports)
    }

    /// The interface with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn interface_by_id(&self, scope: &Scope, id: InterfaceId) -> Result<Option<InterfaceRecord>, StoreError> {
        let mut select = Select::new(INTERFACES);
        select.within(scope, "h.area", "h.id");
        select.and("i.id = ?", [id.0.into()]);
        let rows: Vec<InterfaceRow> = select.rows(self, "interface_by_id").await?;
        rows.into_iter().next().map(InterfaceRecord::try_from).transpose()
    }
}

/// Writes the ports of one visit and gives the id of each. Ports that a whole list no longer has are marked as gone;
/// they keep their rows, and so their history, and come back under the same id.
pub(super) async fn interface_write(
    tx: &mut Tx,
    visit: &VisitSeen,
    reading: &Reading,
) -> Result<Vec<InterfaceId>, StoreError> {
    let known = interface_of_device(tx, visit.device).await?;
    let ports: Vec<Interface> = known.iter().map(|record| record.interface.clone()).collect();
    let matched = match_interfaces(&ports, &reading.interfaces);
    let mut ids = Vec::with_capacity(matched.len());
    for (seen, id) in reading.interfaces.iter().zip(&matched) {
        let before = id.and_then(|id| known.iter().find(|record| record.interface.id == id));
        ids.push(match before {
            Some(before) => {
                interface_update(tx, before, seen, visit).await?;
                before.interface.id
            }
            None => interface_insert(tx, seen, visit).await?,
        });
    }
    if reading.has_all_interfaces {
        let is_gone = |record: &&InterfaceRecord| {
            record.gone_at.is_none() && record.seen_at < visit.at && !ids.contains(&record.interface.id)
        };
        for record in known.iter().filter(is_gone) {
            interface_gone(tx, record.interface.id, visit.at).await?;
        }
    }
    Ok(ids)
}

async fn interface_of_device(tx: &mut Tx, device: DeviceId) -> Result<Vec<InterfaceRecord>, StoreError> {
    const OF_DEVICE: &str =
        concat!("SELECT ", interface_columns!(), " FROM interface i WHERE i.device = $1 ORDER BY i.id");
    let rows: Vec<InterfaceRow> = both!(tx.link(), on => sqlx::query_as(OF_DEVICE).bind(device.0).fetch_all(on).await)
        .step("interface_of_device", device)?;
    rows.into_iter().map(InterfaceRecord::try_from).collect()
}

async fn interface_insert(tx: &mut Tx, seen: &InterfaceReading, visit: &VisitSeen) -> Result<InterfaceId, StoreError> {
    let port = merged(None, InterfaceId(0), seen, visit);
    both!(tx.link(), on => {
        sqlx::query_scalar(
            "INSERT INTO interface (device, name, mac, alias, if_type, if_index, speed_bps, is_admin_up, is_oper_up, \
                 seen_at, search, is_wan) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
        )
        .bind(visit.device.0)
        .bind(&port.name)
        .bind(port.mac.map(|mac| mac.to_string()))
        .bind(&port.alias)
        .bind(port.if_type.map(i64::from))
        .bind(i64::from(port.index))
        .bind(port.speed_bps.map(big))
        .bind(port.is_admin_up)
        .bind(port.is_oper_up)
        .bind(ms(visit.at))
        .bind(interface_search(&port))
        .bind(port.is_wan)
        .fetch_one(on)
        .await
    })
    .map(InterfaceId)
    .step("interface_insert", format!("{}: {}", visit.device, port.name))
}

async fn interface_update(
    tx: &mut Tx,
    before: &InterfaceRecord,
    seen: &InterfaceReading,
    visit: &VisitSeen,
) -> Result<(), StoreError> {
    let port = merged(Some(&before.interface), before.interface.id, seen, visit);
    let is_late = visit.at < before.gone_at.map_or(before.seen_at, |gone| gone.max(before.seen_at));
    let is_same = port == before.interface && before.gone_at.is_none();
    if is_late || (is_same && ms(visit.at) - ms(before.seen_at) < SEEN_LAG_MS) {
        return Ok(());
    }
    both!(tx.link(), on => {
        sqlx::query(
            "UPDATE interface SET name = $2, mac = $3, alias = $4, if_type = $5, if_index = $6, speed_bps = $7, \
                 is_admin_up = $8, is_oper_up = $9, seen_at = $10, gone_at = NULL, search = $11, is_wan = $12 WHERE id = $1",
        )
        .bind(port.id.0)
        .bind(&port.name)
        .bind(port.mac.map(|mac| mac.to_string()))
        .bind(&port.alias)
        .bind(port.if_type.map(i64::from))
        .bind(i64::from(port.index))
        .bind(port.speed_bps.map(big))
        .bind(port.is_admin_up)
        .bind(port.is_oper_up)
        .bind(ms(visit.at))
        .bind(interface_search(&port))
        .bind(port.is_wan)
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("interface_update", port.id)
}

async fn interface_gone(tx: &mut Tx, id: InterfaceId, at: Timestamp) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("UPDATE interface SET gone_at = $2 WHERE id = $1").bind(id.0).bind(ms(at)).execute(on).await.map(|_| ())
    })
    .step("interface_gone", id)
}

/// The port as it is now. A visit for counters does not ask for everything, so what it does not tell stays; a full one
/// does ask, so what it does not tell is no longer known.
fn merged(before: Option<&Interface>, id: InterfaceId, seen: &InterfaceReading, visit: &VisitSeen) -> Interface {
    let kept = before.filter(|_| !visit.is_full);
    let alias = seen.alias.as_deref().map(device_text);
    Interface {
        id,
        device: visit.device,
        name: device_text(&seen.name),
        mac: seen.mac.or(kept.and_then(|port| port.mac)),
        alias: alias.or_else(|| kept.map(|port| port.alias.clone())).unwrap_or_default(),
        if_type: seen.if_type.or(kept.and_then(|port| port.if_type)),
        index: seen.index,
        speed_bps: seen
            .speed_bps
            .or(kept.and_then(|port| port.speed_bps))
            .map(|speed| speed.min(i64::MAX.unsigned_abs())),
        is_admin_up: seen.is_admin_up.or(kept.and_then(|port| port.is_admin_up)),
        is_oper_up: seen.is_oper_up.or(kept.and_then(|port| port.is_oper_up)),
        is_wan: seen.is_wan.or(kept.and_then(|port| port.is_wan)),
    }
}

fn interface_search(port: &Interface) -> String {
    let mac = port.mac.map(|mac: Mac| mac.to_string()).unwrap_or_default();
    search_key(&format!("{} {} {mac}", port.name, port.alias))
}

const INTERFACES: &str = concat!(
    "SELECT ",
    interface_columns!(),
    " FROM interface i JOIN device d ON d.id = i.device JOIN hall h ON h.id = d.hall"
);

#[derive(FromRow)]
struct InterfaceRow {
    id: i64,
    device: i64,
    name: String,
    mac: Option<String>,
    alias: String,
    if_type: Option<i64>,
    if_index: i64,
    speed_bps: Option<i64>,
    is_admin_up: Option<bool>,
    is_oper_up: Option<bool>,
    is_wan: Option<bool>,
    seen_at: i64,
    gone_at: Option<i64>,
}

impl TryFrom<InterfaceRow> for InterfaceRecord {
    type Error = StoreError;
    fn try_from(row: InterfaceRow) -> Result<Self, StoreError> {
        let at = at("interface", row.id);
        Ok(InterfaceRecord {
            interface: Interface {
                id: InterfaceId(row.id),
                device: DeviceId(row.device),
                name: row.name,
                mac: at.parse_if("mac", row.mac.as_deref())?,
                alias: row.alias,
                if_type: at.number_if("if_type", row.if_type)?,
                index: at.number("if_index", row.if_index)?,
                speed_bps: at.number_if("speed_bps", row.speed_bps)?,
                is_admin_up: row.is_admin_up,
                is_oper_up: row.is_oper_up,
                is_wan: row.is_wan,
            },
            seen_at: at.time("seen_at", row.seen_at)?,
            gone_at: at.time_if("gone_at", row.gone_at)?,
        })
    }
}
