//! The JSON forms of what the domain knows. Absent knowledge is null; times are RFC 3339 in UTC.

use alerts::cause::{Evidence, Run};
use alerts::health::{DeviceHealth, HallHealth};
use alerts::host_key::OfferedKey;
use inventory::area::{Area, AreaTree};
use inventory::device::Device;
use inventory::fleet::Fleet;
use inventory::hall::Hall;
use inventory::id::{DeviceId, HallId};
use inventory::interface::Interface;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::link::AgentStatus;
use crate::store::DeviceFact;

/// RFC 3339 in UTC.
pub fn rfc3339(at: Timestamp) -> String {
    at.to_string()
}

/// An area, as it was or is between two dates.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaView {
    /// Its id, never re-used.
    pub id: i64,
    /// The official code, which others may bear at other times.
    pub code: String,
    /// Name without its level.
    pub name: String,
    /// Its level: `xã`, `huyện`, `tỉnh`.
    pub kind: String,
    /// The area above it.
    pub parent: Option<i64>,
    /// First day on which it existed.
    pub valid_from: Option<String>,
    /// First day on which it no longer existed.
    pub valid_to: Option<String>,
    /// What took over, and when.
    pub succeeded_by: Vec<SuccessionView>,
}

/// A succession of areas.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuccessionView {
    /// The area that took over.
    pub area: i64,
    /// On which day.
    pub date: String,
}

impl AreaView {
    /// The area with its successions.
    pub fn new(area: &Area, tree: &AreaTree) -> Self {
        let steps = tree.successions().iter().filter(|step| step.old == area.id);
        AreaView {
            id: area.id.0,
            code: area.code.clone(),
            name: area.name.clone(),
            kind: area.kind.clone(),
            parent: area.parent.map(|id| id.0),
            valid_from: area.valid_from.map(|day| day.to_string()),
            valid_to: area.valid_to.map(|day| day.to_string()),
            succeeded_by: steps.map(|step| SuccessionView { area: step.new.0, date: step.date.to_string() }).collect(),
        }
    }
}

/// The area of a hall, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaLabel {
    /// Its id.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Level and name.
    pub name: String,
}

/// A hall.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HallView {
    /// Its code: what names it in paths.
    pub id: String,
    /// The same.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// The area it lies in today.
    pub area: Option<AreaLabel>,
    /// planned, active, maintenance or retired.
    pub lifecycle: &'static str,
    /// up, partial, down, unknown or maintenance.
    pub state: &'static str,
    /// Since when it is in that state; null when it was never judged.
    pub since: Option<String>,
    /// WGS84 degrees.
    pub latitude: Option<f64>,
    /// WGS84 degrees.
    pub longitude: Option<f64>,
    /// Who sells the line.
    pub provider: Option<String>,
    /// Number of the contract.
    pub contract: Option<String>,
    /// Contracted speed towards the hall, Mbit/s.
    pub down_mbps: Option<f64>,
    /// Contracted speed from the hall, Mbit/s.
    pub up_mbps: Option<f64>,
    /// Promised uptime, per cent.
    pub promised_uptime: Option<f64>,
    /// The power feeder it hangs on.
    pub power_feeder: Option<String>,
    /// Local time: 07:00-21:00.
    pub opening_hours: Option<String>,
    /// Who to ask for.
    pub contact_name: Option<String>,
    /// Their telephone number.
    pub contact_phone: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
}

impl HallView {
    /// The hall, where it lies, and how it is.
    pub fn new(hall: &Hall, area: Option<&Area>, health: Option<&HallHealth>) -> Self {
        let facts = hall.facts.clone();
        HallView {
            id: hall.code.to_string(),
            code: hall.code.to_string(),
            name: facts.name,
            area: area.map(|area| AreaLabel { id: area.id.0, code: area.code.clone(), name: area.full_name() }),
            lifecycle: hall.lifecycle.as_str(),
            state: health.map_or("unknown", |health| health.state.as_str()),
            since: health.map(|health| rfc3339(health.since)),
            latitude: facts.position.map(|position| position.latitude),
            longitude: facts.position.map(|position| position.longitude),
            provider: facts.provider,
            contract: facts.contract,
            down_mbps: facts.down_mbps,
            up_mbps: facts.up_mbps,
            promised_uptime: facts.promised_uptime,
            power_feeder: facts.power_feeder,
            opening_hours: facts.opening_hours.map(|hours| hours.to_string()),
            contact_name: facts.contact_name,
            contact_phone: facts.contact_phone,
            notes: facts.notes,
        }
    }
}

/// A device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceView {
    /// Its id: what names it in paths.
    pub id: i64,
    /// `hall_code/device_name`.
    pub name: String,
    /// Code of its hall.
    pub hall: String,
    /// Its name in its hall.
    pub device_name: String,
    /// router, access_point, switch, cpe, camera, ups or other.
    pub kind: &'static str,
    /// planned, active, maintenance or retired.
    pub lifecycle: &'static str,
    /// up, degraded, down, cut_off, unknown, maintenance or retired.
    pub state: &'static str,
    /// Since when it is in that state; null when it was never judged.
    pub since: Option<String>,
    /// Host, with the SNMP port when it is not 161.
    pub address: String,
    /// The agent that reaches it; null is the embedded one.
    pub agent: Option<String>,
    /// The device behind which it hangs, named or inferred.
    pub uplink: Option<String>,
    /// How it is asked: `snmp`, `ping`, `snmp+ping`; empty when the credentials decide.
    pub poll: String,
    /// SNMP credential profile.
    pub snmp: Option<String>,
    /// SSH credential profile.
    pub ssh: Option<String>,
    /// Where its power comes from.
    pub power: Option<&'static str>,
    /// Serial number on its label.
    pub serial: Option<String>,
    /// MAC on its label.
    pub mac: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
    /// The SSH host key it must show.
    pub host_key: Option<String>,
    /// The SSH host key that it showed last, when that is not the one above: somebody has to compare it with the device
    /// and confirm it before anything is sent to the device over SSH.
    pub offered_host_key: Option<String>,
    /// When it showed that key first.
    pub offered_host_key_since: Option<String>,
    /// Who it says it is; null when it was never read.
    pub identity: Option<IdentityView>,
    /// Its last visit; null when there was none.
    pub last_visit: Option<VisitView>,
}

/// Who a device says it is.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[expect(missing_docs, reason = "field by field as in the domain type")]
pub struct IdentityView {
    pub sys_name: Option<String>,
    pub sys_descr: Option<String>,
    pub sys_object_id: Option<String>,
    pub sys_location: Option<String>,
    pub vendor: Option<String>,
    pub platform: Option<String>,
    pub model: Option<String>,
    pub version: Option<String>,
    pub serial: Option<String>,
    pub restart_reason: Option<String>,
}

impl From<inventory::reading::Identity> for IdentityView {
    fn from(identity: inventory::reading::Identity) -> Self {
        IdentityView {
            sys_name: identity.sys_name,
            sys_descr: identity.sys_descr,
            sys_object_id: identity.sys_object_id,
            sys_location: identity.sys_location,
            vendor: identity.vendor,
            platform: identity.platform,
            model: identity.model,
            version: identity.version,
            serial: identity.serial,
            restart_reason: identity.restart_reason,
        }
    }
}

/// The last visit to a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VisitView {
    /// When.
    pub at: String,
    /// How: `snmp2c`.
    pub protocol: String,
    /// `ok`, or why it failed.
    pub result: &'static str,
    /// What happened, when it failed.
    pub message: Option<String>,
    /// What to do next, when it failed.
    pub hint: Option<String>,
    /// Seconds since the device's agent started.
    pub uptime_s: Option<u64>,
    /// What was odd or cut off.
    pub warnings: Vec<String>,
}

impl DeviceView {
    /// The device as people filled it in, and how it is. What it says of itself is added by the caller.
    pub fn new(device: &Device, uplink: Option<&Device>, health: Option<&DeviceHealth>) -> Self {
        let facts = &device.facts;
        DeviceView {
            id: device.id.0,
            name: device.name.to_string(),
            hall: device.name.hall.to_string(),
            device_name: device.name.name.to_string(),
            kind: facts.kind.as_str(),
            lifecycle: device.lifecycle.as_str(),
            state: health.map_or("unknown", |health| health.state.as_str()),
            since: health.map(|health| rfc3339(health.since)),
            address: facts.address.to_string(),
            agent: facts.agent.clone(),
            uplink: uplink.map(|uplink| uplink.name.to_string()),
            poll: facts.poll.to_string(),
            snmp: facts.snmp.as_ref().map(ToString::to_string),
            ssh: facts.ssh.as_ref().map(ToString::to_string),
            power: facts.power.map(|power| power.as_str()),
            serial: facts.serial.clone(),
            mac: facts.mac.map(|mac| mac.to_string()),
            notes: facts.notes.clone(),
            host_key: facts.host_key.as_ref().map(|key| key.as_str().to_owned()),
            offered_host_key: None,
            offered_host_key_since: None,
            identity: None,
            last_visit: None,
        }
    }

    /// With the SSH host key that somebody has to look at, if there is one.
    pub fn with_offered_key(self, key: Option<&OfferedKey>) -> Self {
        DeviceView {
            offered_host_key: key.map(|key| key.fingerprint.as_str().to_owned()),
            offered_host_key_since: key.map(|key| rfc3339(key.first_seen)),
            ..self
        }
    }

    /// With what it said of itself, once it was visited.
    pub fn with_fact(self, fact: Option<DeviceFact>) -> Self {
        let Some(fact) = fact else { return self };
        let (message, hint) =
            fact.failure.as_ref().map(|failure| (failure.message.clone(), failure.hint.clone())).unzip();
        let visit = VisitView {
            at: rfc3339(fact.visit_at),
            protocol: fact.visit_protocol,
            result: fact.failure.map_or("ok", |failure| failure.kind.as_str()),
            message,
            hint,
            uptime_s: fact.uptime.map(|(uptime, _)| uptime.since_start.as_secs()),
            warnings: fact.warnings,
        };
        let identity = fact.identity_at.map(|_| IdentityView::from(fact.identity));
        DeviceView { identity, last_visit: Some(visit), ..self }
    }
}

/// A port of a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InterfaceView {
    /// Its id, kept across renumbering.
    pub id: i64,
    /// ifName, else ifDescr.
    pub name: String,
    /// ifAlias.
    pub alias: String,
    /// ifType (IANAifType-MIB).
    #[serde(rename = "type")]
    pub if_type: Option<u32>,
    /// Its MAC address.
    pub mac: Option<String>,
    /// ifIndex when last seen.
    pub index: u32,
    /// Bits per second.
    pub speed_bps: Option<u64>,
    /// ifAdminStatus is up.
    pub admin_up: Option<bool>,
    /// ifOperStatus is up.
    pub oper_up: Option<bool>,
    /// The device's default route leaves through it; null when the device does not tell.
    pub wan: Option<bool>,
}

impl From<&Interface> for InterfaceView {
    fn from(port: &Interface) -> Self {
        InterfaceView {
            id: port.id.0,
            name: port.name.clone(),
            alias: port.alias.clone(),
            if_type: port.if_type,
            mac: port.mac.map(|mac| mac.to_string()),
            index: port.index,
            speed_bps: port.speed_bps,
            admin_up: port.is_admin_up,
            oper_up: port.is_oper_up,
            wan: port.is_wan,
        }
    }
}

/// An interval in which a device or hall was unreachable.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutageView {
    /// Its id.
    pub id: i64,
    /// Code of the hall.
    pub hall: String,
    /// `hall/device` when it is of one device; null when it is of the hall.
    pub device: Option<String>,
    /// The first ask that was missed.
    pub start: String,
    /// The first good answer; null while it lasts.
    pub end: Option<String>,
    /// Its length, up to now while it lasts.
    pub duration_s: i64,
    /// Why: power, line, device, upstream, config, cut_off or unknown. It comes out within five minutes of the end.
    pub cause: &'static str,
    /// What it is thought to be while it lasts, in the same words.
    pub suspected: &'static str,
    /// The facts that both rest on.
    pub evidence: EvidenceView,
}

/// What is known of why something was lost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceView {
    /// When it, or the gateway of the hall, started, if that was inside the outage.
    pub started: Option<String>,
    /// Since when it has run, if it ran on.
    pub ran_on: Option<String>,
    /// Whether that runs on a UPS or a battery.
    pub is_backed_up: bool,
    /// Other devices of the hall on its mains that started inside the outage.
    pub others_started: u32,
    /// Other devices of the hall without a battery that ran on.
    pub others_ran_on: u32,
    /// When its configuration was changed, in the 10 minutes before.
    pub changed: Option<String>,
    /// Other halls lost within 90 seconds of it.
    pub halls_beside: u32,
    /// Whether it and these are all halls of its area.
    pub is_whole_area: bool,
    /// How many of these hang on its power feeder.
    pub feeder_beside: u32,
    /// Devices behind the same gateway that answered on.
    pub neighbours_up: u32,
    /// Whether a UPS there said that it runs on its battery.
    pub is_on_battery: bool,
    /// Whether something in the hall that does not hang on its gateway answers.
    pub has_second_path: bool,
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        let (started, ran_on) = match evidence.run {
            Some(Run::Started(at)) => (Some(rfc3339(at)), None),
            Some(Run::RanOn(at)) => (None, Some(rfc3339(at))),
            None => (None, None),
        };
        EvidenceView {
            started,
            ran_on,
            is_backed_up: evidence.is_backed_up,
            others_started: evidence.others_started,
            others_ran_on: evidence.others_ran_on,
            changed: evidence.changed.map(rfc3339),
            halls_beside: evidence.halls_beside,
            is_whole_area: evidence.is_whole_area,
            feeder_beside: evidence.feeder_beside,
            neighbours_up: evidence.neighbours_up,
            is_on_battery: evidence.is_on_battery,
            has_second_path: evidence.has_second_path,
        }
    }
}

/// One instance of a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertView {
    /// Its id.
    pub id: i64,
    /// The rule: hall_down, device_down, host_key_changed, or one of those of `/api/v1/rules`.
    pub rule: &'static str,
    /// How bad it is: warning or critical.
    pub severity: &'static str,
    /// Code of the hall.
    pub hall: String,
    /// `hall/device` when it is of one device.
    pub device: Option<String>,
    /// pending, firing or resolved.
    pub state: &'static str,
    /// When the fault began.
    pub since: String,
    /// When it began to fire.
    pub fired_at: Option<String>,
    /// When the fault ended.
    pub resolved_at: Option<String>,
    /// The value that made it fire, where something is measured; `/api/v1/rules` tells its unit.
    pub value: Option<f64>,
    /// The threshold then.
    pub threshold: Option<f64>,
}

/// An agent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgentView {
    /// Its name.
    pub name: String,
    /// connected or silent.
    pub state: &'static str,
    /// Its release.
    pub release: String,
    /// When it was last heard.
    pub heard_at: String,
    /// Batches it has not got acknowledged yet.
    pub queued: Option<u64>,
    /// Observations it had to drop.
    pub dropped: Option<u64>,
    /// Whether its reference targets answer; null when it has none.
    pub connected: Option<bool>,
}

impl AgentView {
    /// The agent and what is known of it.
    pub fn new(name: String, status: AgentStatus) -> Self {
        let heartbeat = status.heartbeat.as_ref();
        AgentView {
            name,
            state: if status.is_silent { "silent" } else { "connected" },
            release: status.release.clone(),
            heard_at: rfc3339(status.heard_at),
            queued: heartbeat.map(|beat| beat.queued),
            dropped: heartbeat.map(|beat| beat.dropped),
            connected: heartbeat.and_then(|beat| beat.connected),
        }
    }
}

/// The names of what an outage or alert is of: the hall's code and, when it is of one device, `hall/device`.
pub fn subject_names(fleet: &Fleet, hall: HallId, device: Option<DeviceId>) -> (String, Option<String>) {
    let code = fleet.hall(hall).map(|hall| hall.code.to_string()).unwrap_or_default();
    (code, device.and_then(|id| fleet.device(id)).map(|device| device.name.to_string()))
}
