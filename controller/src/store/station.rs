//! Who was connected by Wi-Fi. Personal data: an address stands here in the clear until it is forgotten, and is counted by
//! its keyed hash ever after. Who may read it says `app::station`; the hash is made by [`StationKey`].

use hmac::{Hmac, Mac as _};
use inventory::condition::Station;
use inventory::device::Mac;
use inventory::id::DeviceId;
use inventory::part::PART_NAME_MAX;
use inventory::secret::Secret;
use inventory::text::one_line;
use jiff::Timestamp;
use sha2::Sha256;
use sqlx::FromRow;

use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::query::Select;
use super::scope::Scope;
use super::secret::{secret_all_of, secret_put};
use crate::vault::{Keyring, Place};

/// Where the key of the installation is kept, sealed like other secrets.
const KEY_PLACE: Place<'static> = Place { table: "station", row: 0, column: "hash_key" };
/// A station that stays is written again only when this much time has passed.
const SEEN_LAG_MS: i64 = 5 * 60 * 1000;
/// The most stations of one device that are kept: 80 new ones a day for as long as they are counted. A device that makes
/// up addresses fills no disk.
const STATIONS_OF_DEVICE_MAX: i64 = 8192;

/// The key by which addresses are hashed (HMAC-SHA-256, RFC 2104 and RFC 6234): without it nobody can find out which
/// address a hash is of by trying all 2⁴⁸.
pub struct StationKey(Secret);

impl StationKey {
    /// The hash of an address, in 64 hexadecimal digits.
    pub fn hash(&self, mac: Mac) -> String {
        let mut keyed =
            Hmac::<Sha256>::new_from_slice(self.0.reveal().as_bytes()).expect("a key of any length will do");
        keyed.update(&mac.0);
        keyed.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The stations of one visit.
#[derive(Debug, Clone, PartialEq)]
pub struct StationsSeen {
    /// The device that they were connected to.
    pub device: DeviceId,
    /// When.
    pub at: Timestamp,
    /// Them.
    pub stations: Vec<Station>,
}

/// One that is or was connected.
#[derive(Debug, Clone, PartialEq)]
pub struct StationRecord {
    /// The keyed hash of its address.
    pub hash: String,
    /// Its address, until it is forgotten.
    pub mac: Option<Mac>,
    /// The radio or access point that it was last connected to.
    pub radio: Option<String>,
    /// The network.
    pub ssid: Option<String>,
    /// How strongly it was heard, in dBm.
    pub signal_dbm: Option<f64>,
    /// The same above the noise, in dB.
    pub snr_db: Option<f64>,
    /// What was sent to it with, in bits per second.
    pub tx_bps: Option<f64>,
    /// What it sent with, in bits per second.
    pub rx_bps: Option<f64>,
    /// For how long it had been connected, in seconds, where the device tells.
    pub connected_s: Option<u32>,
    /// When it was first seen here.
    pub first_seen: Timestamp,
    /// When it was last seen here, up to five minutes behind.
    pub last_seen: Timestamp,
}

impl Db {
    /// The key of this installation, made when there is none yet.
    ///
    /// # Errors
    /// [`StoreError::KeysChanged`] and [`StoreError::NotOpened`] when the vault's keys were rotated meanwhile; or when it
    /// cannot be read or written.
    pub async fn station_key(&self, ring: &Keyring) -> Result<StationKey, StoreError> {
        if let Some(key) = self.secret_open(ring, KEY_PLACE).await? {
            return Ok(StationKey(key));
        }
        let step = "station_key";
        let mut tx = self.begin(step).await?;
        // Somebody may have made it meanwhile.
        let there = secret_all_of(&mut tx, ring, KEY_PLACE.table, KEY_PLACE.row).await?;
        if let Some((_, key)) = there.into_iter().next() {
            return Ok(StationKey(key));
        }
        let random: [u8; 32] = rand::random();
        let key = Secret::new(random.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        secret_put(&mut tx, ring, KEY_PLACE, &key).await?;
        tx.commit(step).await?;
        Ok(StationKey(key))
    }

    /// Writes who is connected. Gives how many there was no room for, by device.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn station_write(
        &self,
        key: &StationKey,
        seen: &[StationsSeen],
    ) -> Result<Vec<(DeviceId, usize)>, StoreError> {
        let step = "station_write";
        let mut full = Vec::new();
        let mut tx = self.begin(step).await?;
        for visit in seen {
            let mut room = STATIONS_OF_DEVICE_MAX - station_count(&mut tx, visit.device).await?;
            let mut left_out = 0;
            for station in &visit.stations {
                match station_put(&mut tx, key, visit, station, room > 0).await? {
                    Put::There => {}
                    Put::New => room -= 1,
                    Put::NoRoom => left_out += 1,
                }
            }
            if left_out > 0 {
                full.push((visit.device, left_out));
            }
        }
        tx.commit(step).await?;
        Ok(full)
    }

    /// Those who were connected to a device since a time, the last seen first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn station_list(
        &self,
        scope: &Scope,
        device: DeviceId,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<StationRecord>, StoreError> {
        let mut select = Select::new(STATIONS);
        select.within(scope, "h.area", "h.id");
        select.and("s.device = ? AND s.last_seen >= ?", [device.0.into(), ms(since).into()]);
        select.order(" ORDER BY s.last_seen DESC, s.hash", i64::from(most));
        let rows: Vec<StationRow> = select.rows(self, "station_list").await?;
        rows.into_iter().map(StationRecord::try_from).collect()
    }

    /// How many different visitors a device has had since a time.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub async fn station_visitors(&self, device: DeviceId, since: Timestamp) -> Result<i64, StoreError> {
        let text = "SELECT count(*) FROM station WHERE device = $1 AND last_seen >= $2";
        both!(self.reader(), pool => {
            sqlx::query_scalar(text).bind(device.0).bind(ms(since)).fetch_one(pool).await
        })
        .step("station_visitors", device)
    }

    /// Takes the address out of every row that was last seen before a time. Gives how many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn station_forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        let text = "UPDATE station SET mac = NULL WHERE last_seen < $1 AND mac IS NOT NULL";
        both!(self.writer(), pool => {
            sqlx::query(text).bind(ms(before)).execute(pool).await.map(|done| done.rows_affected())
        })
        .step("station_forget", "station")
    }

    /// Deletes who was last seen before a time. Gives how many.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn station_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let text = "DELETE FROM station WHERE last_seen < $1";
        both!(self.writer(), pool => {
            sqlx::query(text).bind(ms(before)).execute(pool).await.map(|done| done.rows_affected())
        })
        .step("station_prune", "station")
    }
}

/// What became of one station.
enum Put {
    There,
    New,
    NoRoom,
}

async fn station_count(tx: &mut Tx, device: DeviceId) -> Result<i64, StoreError> {
    let text = "SELECT count(*) FROM station WHERE device = $1";
    both!(tx.link(), on => sqlx::query_scalar(text).bind(device.0).fetch_one(on).await).step("station_count", device)
}

async fn station_put(
    tx: &mut Tx,
    key: &StationKey,
    visit: &StationsSeen,
    station: &Station,
    has_room: bool,
) -> Result<Put, StoreError> {
    let step = "station_put";
    let hash = key.hash(station.mac);
    let text = "SELECT last_seen FROM station WHERE device = $1 AND hash = $2";
    let last_seen: Option<i64> =
        both!(tx.link(), on => sqlx::query_scalar(text).bind(visit.device.0).bind(&hash).fetch_optional(on).await)
            .step(step, visit.device)?;
    match last_seen {
        Some(last_seen) if ms(visit.at) - last_seen < SEEN_LAG_MS => return Ok(Put::There),
        None if !has_room => return Ok(Put::NoRoom),
        Some(_) | None => {}
    }
    let line = |text: &Option<String>| text.as_deref().map(|text| one_line(text, PART_NAME_MAX));
    let number = |value: Option<f64>| value.filter(|value| value.is_finite());
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO station (device, hash, mac, radio, ssid, signal_dbm, snr_db, tx_bps, rx_bps, connected_s, \
                 first_seen, last_seen) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) \
             ON CONFLICT (device, hash) DO UPDATE SET mac = excluded.mac, radio = excluded.radio, ssid = excluded.ssid, \
                 signal_dbm = excluded.signal_dbm, snr_db = excluded.snr_db, tx_bps = excluded.tx_bps, \
                 rx_bps = excluded.rx_bps, connected_s = excluded.connected_s, last_seen = excluded.last_seen",
        )
        .bind(visit.device.0)
        .bind(&hash)
        .bind(station.mac.to_string())
        .bind(line(&station.radio))
        .bind(line(&station.ssid))
        .bind(number(station.signal_dbm))
        .bind(number(station.snr_db))
        .bind(number(station.tx_bps))
        .bind(number(station.rx_bps))
        .bind(station.connected_s.map(i64::from))
        .bind(ms(visit.at))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step(step, visit.device)?;
    Ok(if last_seen.is_some() { Put::There } else { Put::New })
}

const STATIONS: &str = "SELECT s.hash, s.mac, s.radio, s.ssid, s.signal_dbm, s.snr_db, s.tx_bps, s.rx_bps, \
                            s.connected_s, s.first_seen, s.last_seen \
                        FROM station s JOIN device d ON d.id = s.device JOIN hall h ON h.id = d.hall";

#[derive(FromRow)]
struct StationRow {
    hash: String,
    mac: Option<String>,
    radio: Option<String>,
    ssid: Option<String>,
    signal_dbm: Option<f64>,
    snr_db: Option<f64>,
    tx_bps: Option<f64>,
    rx_bps: Option<f64>,
    connected_s: Option<i64>,
    first_seen: i64,
    last_seen: i64,
}

impl TryFrom<StationRow> for StationRecord {
    type Error = StoreError;
    fn try_from(row: StationRow) -> Result<Self, StoreError> {
        let at = at("station", &row.hash);
        Ok(StationRecord {
            mac: at.parse_if("mac", row.mac.as_deref())?,
            connected_s: at.number_if("connected_s", row.connected_s)?,
            first_seen: at.time("first_seen", row.first_seen)?,
            last_seen: at.time("last_seen", row.last_seen)?,
            hash: row.hash,
            radio: row.radio,
            ssid: row.ssid,
            signal_dbm: row.signal_dbm,
            snr_db: row.snr_db,
            tx_bps: row.tx_bps,
            rx_bps: row.rx_bps,
        })
    }
}
