//! What devices last said of themselves, and how their last visit went.

use inventory::id::DeviceId;
use inventory::reading::{Failure, Identity, Reading, Uptime};
use jiff::Timestamp;
use sqlx::FromRow;

use super::codec::{at, device_text, ms};
use super::db::{Tx, both};
use super::error::{Step as _, StoreError};
use super::visit::VisitSeen;

/// What a device last said of itself, and how its last visit went.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceFact {
    /// Who it says it is.
    pub identity: Identity,
    /// When it said so; `None` while it never did.
    pub identity_at: Option<Timestamp>,
    /// What was odd or cut off when everything was last read, or at a good visit since. A quick visit that saw
    /// nothing odd has not looked at everything, and takes none of them back.
    pub warnings: Vec<String>,
    /// How long it had run, and when it said so.
    pub uptime: Option<(Uptime, Timestamp)>,
    /// When everything was last read.
    pub full_visit_at: Option<Timestamp>,
    /// When a visit last went well.
    pub good_visit_at: Option<Timestamp>,
    /// When it was last visited.
    pub visit_at: Timestamp,
    /// How: `snmp2c`.
    pub visit_protocol: String,
    /// Why that visit failed; `None` when it went well.
    pub failure: Option<Failure>,
}

/// The columns of a device's facts, joined as `f`.
macro_rules! fact_columns {
    () => {
        "f.sys_name AS fact_sys_name, f.sys_descr AS fact_sys_descr, f.sys_object_id AS fact_sys_object_id, \
         f.sys_location AS fact_sys_location, f.vendor AS fact_vendor, f.platform AS fact_platform, \
         f.model AS fact_model, f.version AS fact_version, f.serial AS fact_serial, \
         f.restart_reason AS fact_restart_reason, f.identity_at AS fact_identity_at, \
         f.warnings AS fact_warnings, f.uptime_ms AS fact_uptime_ms, f.uptime_is_32_bit AS fact_uptime_is_32_bit, \
         f.uptime_at AS fact_uptime_at, f.full_visit_at AS fact_full_visit_at, f.good_visit_at AS fact_good_visit_at, \
         f.visit_at AS fact_visit_at, f.visit_protocol AS fact_visit_protocol, f.failure_kind AS fact_failure_kind, \
         f.failure_message AS fact_failure_message, f.failure_hint AS fact_failure_hint"
    };
}
pub(super) use fact_columns;

/// A row of facts, or nothing where the join found none.
#[derive(FromRow)]
pub(super) struct FactRow {
    fact_sys_name: Option<String>,
    fact_sys_descr: Option<String>,
    fact_sys_object_id: Option<String>,
    fact_sys_location: Option<String>,
    fact_vendor: Option<String>,
    fact_platform: Option<String>,
    fact_model: Option<String>,
    fact_version: Option<String>,
    fact_serial: Option<String>,
    fact_restart_reason: Option<String>,
    fact_identity_at: Option<i64>,
    fact_warnings: Option<String>,
    fact_uptime_ms: Option<i64>,
    fact_uptime_is_32_bit: Option<bool>,
    fact_uptime_at: Option<i64>,
    fact_full_visit_at: Option<i64>,
    fact_good_visit_at: Option<i64>,
    fact_visit_at: Option<i64>,
    fact_visit_protocol: Option<String>,
    fact_failure_kind: Option<String>,
    fact_failure_message: Option<String>,
    fact_failure_hint: Option<String>,
}

impl FactRow {
    pub(super) fn fact(self, device: DeviceId) -> Result<Option<DeviceFact>, StoreError> {
        let at = at("device_fact", device);
        let (Some(visit_at), Some(visit_protocol), Some(warnings)) =
            (self.fact_visit_at, self.fact_visit_protocol, self.fact_warnings)
        else {
            return Ok(None);
        };
        let uptime = match (self.fact_uptime_ms, self.fact_uptime_is_32_bit, self.fact_uptime_at) {
            (Some(value), Some(is_32_bit_centiseconds), Some(time)) => {
                let since_start = std::time::Duration::from_millis(at.number("uptime_ms", value)?);
                Some((Uptime { since_start, is_32_bit_centiseconds }, at.time("uptime_at", time)?))
            }
            _ => None,
        };
        let kind = at.failure_if("failure_kind", self.fact_failure_kind.as_deref())?;
        Ok(Some(DeviceFact {
            identity: Identity {
                sys_name: self.fact_sys_name,
                sys_descr: self.fact_sys_descr,
                sys_object_id: self.fact_sys_object_id,
                sys_location: self.fact_sys_location,
                vendor: self.fact_vendor,
                platform: self.fact_platform,
                model: self.fact_model,
                version: self.fact_version,
                serial: self.fact_serial,
                restart_reason: self.fact_restart_reason,
            },
            identity_at: at.time_if("identity_at", self.fact_identity_at)?,
            warnings: at.json("warnings", &warnings)?,
            uptime,
            full_visit_at: at.time_if("full_visit_at", self.fact_full_visit_at)?,
            good_visit_at: at.time_if("good_visit_at", self.fact_good_visit_at)?,
            visit_at: at.time("visit_at", visit_at)?,
            visit_protocol,
            failure: kind.map(|kind| Failure {
                kind,
                message: self.fact_failure_message.unwrap_or_default(),
                hint: self.fact_failure_hint.unwrap_or_default(),
            }),
        }))
    }
}

/// Writes what a good visit told. What it did not tell stays as it was; an older visit that comes late changes nothing.
pub(super) async fn fact_write(tx: &mut Tx, visit: &VisitSeen, reading: &Reading) -> Result<(), StoreError> {
    let time = ms(visit.at);
    let warnings: Vec<String> = reading.warnings.iter().map(|text| device_text(text)).collect();
    let warnings = serde_json::to_string(&warnings).expect("texts can be written as JSON");
    let uptime = reading.uptime.map(|uptime| i64::try_from(uptime.since_start.as_millis()).unwrap_or(i64::MAX));
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO device_fact (device, visit_at, visit_protocol, good_visit_at, full_visit_at, warnings, \
                 uptime_ms, uptime_is_32_bit, uptime_at) \
             VALUES ($1, $2, $3, $2, $4, $5, $6, $7, $8) \
             ON CONFLICT (device) DO UPDATE SET visit_at = excluded.visit_at, visit_protocol = excluded.visit_protocol, \
                 good_visit_at = excluded.good_visit_at, \
                 full_visit_at = COALESCE(excluded.full_visit_at, device_fact.full_visit_at), \
                 warnings = CASE WHEN excluded.full_visit_at IS NOT NULL OR excluded.warnings <> '[]' \
                     THEN excluded.warnings ELSE device_fact.warnings END, \
                 uptime_ms = COALESCE(excluded.uptime_ms, device_fact.uptime_ms), \
                 uptime_is_32_bit = COALESCE(excluded.uptime_is_32_bit, device_fact.uptime_is_32_bit), \
                 uptime_at = COALESCE(excluded.uptime_at, device_fact.uptime_at), \
                 failure_kind = NULL, failure_message = NULL, failure_hint = NULL \
             WHERE device_fact.visit_at <= excluded.visit_at",
        )
        .bind(visit.device.0)
        .bind(time)
        .bind(&visit.protocol)
        .bind(visit.is_full.then_some(time))
        .bind(warnings)
        .bind(uptime)
        .bind(reading.uptime.map(|uptime| uptime.is_32_bit_centiseconds))
        .bind(reading.uptime.map(|_| time))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("fact_write", visit.device)?;
    match &reading.identity {
        Some(identity) => identity_write(tx, visit, identity).await,
        None => Ok(()),
    }
}

async fn identity_write(tx: &mut Tx, visit: &VisitSeen, identity: &Identity) -> Result<(), StoreError> {
    let text = |text: &Option<String>| text.as_deref().map(device_text);
    both!(tx.link(), on => {
        sqlx::query(
            "UPDATE device_fact SET sys_name = $3, sys_descr = $4, sys_object_id = $5, sys_location = $6, vendor = $7, \
                 platform = $8, model = $9, version = $10, serial = $11, restart_reason = $12, identity_at = $2 \
             WHERE device = $1 AND (identity_at IS NULL OR identity_at <= $2)",
        )
        .bind(visit.device.0)
        .bind(ms(visit.at))
        .bind(text(&identity.sys_name))
        .bind(text(&identity.sys_descr))
        .bind(text(&identity.sys_object_id))
        .bind(text(&identity.sys_location))
        .bind(text(&identity.vendor))
        .bind(text(&identity.platform))
        .bind(text(&identity.model))
        .bind(text(&identity.version))
        .bind(text(&identity.serial))
        .bind(text(&identity.restart_reason))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("identity_write", visit.device)
}

/// Writes that a visit failed; what the device said before stays.
pub(super) async fn failure_write(tx: &mut Tx, visit: &VisitSeen, failure: &Failure) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO device_fact (device, visit_at, visit_protocol, warnings, failure_kind, failure_message, failure_hint) \
             VALUES ($1, $2, $3, '[]', $4, $5, $6) \
             ON CONFLICT (device) DO UPDATE SET visit_at = excluded.visit_at, visit_protocol = excluded.visit_protocol, \
                 failure_kind = excluded.failure_kind, failure_message = excluded.failure_message, \
                 failure_hint = excluded.failure_hint \
             WHERE device_fact.visit_at <= excluded.visit_at",
        )
        .bind(visit.device.0)
        .bind(ms(visit.at))
        .bind(&visit.protocol)
        .bind(failure.kind.as_str())
        .bind(device_text(&failure.message))
        .bind(device_text(&failure.hint))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("failure_write", visit.device)
}
