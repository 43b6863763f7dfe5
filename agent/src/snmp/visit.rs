//! The questions of one visit: is it there, everything, or what changes each minute.
//!
//! A full visit reads who the device is and all its ports; a minute's visit reads the counters of the ports then found
//! in one request where the device can take it, and says when they are no longer the same ports.

use std::sync::Arc;
use std::time::Duration;

use inventory::mib::{Answers, Oid, Value};
use inventory::platform::{self, registry};
use inventory::reading::{CounterWidth, Failure, Identity, InterfaceReading, Reading, Uptime};
use inventory::text::device_text;

use super::client::Client;
use super::error::SnmpError;
use super::interfaces::{OddIndex, Row, Rows};
use super::memory::{DeviceMemory, Known};
use super::mib::{IfColumn, System, if_number};
use super::questions;
use super::target::Target;
use super::walk::{self, Column, Limits, Table};

/// More ports than any device of a hall has; a table that goes on is a faulty one.
pub const PORTS_MAX: usize = 2048;

/// A device answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// How long it has run, when it says so.
    pub uptime: Option<Uptime>,
    /// From ask to answer.
    pub rtt: Duration,
}

/// What a minute's visit found.
#[derive(Debug, Clone, PartialEq)]
pub struct Minute {
    /// The counters.
    pub reading: Reading,
    /// Why the device should have a full visit soon.
    pub needs_full: Option<FullReason>,
}

/// Why a device should have a full visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FullReason {
    /// It never had one.
    NeverRead,
    /// A port bears another name than at the last one, or was not there.
    PortsChanged,
    /// ifNumber is another than at the last one.
    CountChanged,
    /// A port of the last one did not answer.
    PortsMissing,
}

/// Asks for sysUpTime: the smallest question that every agent can answer. Any answer counts, even "no such object" or
/// an error, because what is asked is whether the device is there.
///
/// # Errors
/// When no answer comes.
pub async fn ask_uptime(client: &Client, target: &Target) -> Result<Answered, Failure> {
    Ok(uptime(client, target).await?)
}

async fn uptime(client: &Client, target: &Target) -> Result<Answered, SnmpError> {
    let response = client.exchange(target, super::codec::Ask::Get, &[System::UpTime.instance()]).await?;
    let value = response.varbinds.iter().find(|varbind| varbind.oid == System::UpTime.instance());
    Ok(Answered { uptime: value.and_then(|varbind| ticks(&varbind.value)), rtt: response.rtt })
}

/// Reads who the device is and all its ports, and remembers the ports.
///
/// # Errors
/// When the device does not answer. What it answers badly or not at all is missing, with a warning.
pub async fn full(client: &Client, target: &Target, memory: &mut DeviceMemory) -> Result<Reading, Failure> {
    memory.pace.recover();
    let first = uptime(client, target).await?;
    let mut reading = Reading { uptime: first.uptime, ..Reading::default() };
    reading.identity = Some(identity(client, target, memory, &mut reading.warnings).await?);
    let mut rows = Rows::default();
    let read = read_ports(client, target, memory, &mut rows, &mut reading).await;
    reading.has_all_interfaces = read.is_complete;
    remember(memory, &rows, read.is_complete);
    if !read.is_one_run {
        rows.forget_counters();
    }
    reading.interfaces = rows.iter().map(|(index, row)| row.reading(index)).collect();
    if let Err(error) = beyond_ports(client, target, memory, &mut reading).await {
        reading.warnings.push(format!("what its family tells could not be read: {error}"));
    }
    Ok(reading)
}

/// Reads what the device's family tells beyond its ports, and remembers what there is to ask each minute.
async fn beyond_ports(
    client: &Client,
    target: &Target,
    memory: &mut DeviceMemory,
    reading: &mut Reading,
) -> Result<(), SnmpError> {
    let Some(mut identity) = reading.identity.take() else { return Ok(()) };
    // Until it is known better.
    platform::identify(&registry::GENERIC, &Answers::default(), &mut identity);
    let found = questions::family(client, target, memory, &identity).await;
    let family = match found {
        Ok(family) => family,
        Err(error) => {
            reading.identity = Some(identity);
            return Err(error);
        }
    };
    platform::identify(family, &Answers::default(), &mut identity);
    reading.identity = Some(identity);
    let facts = questions::ask(client, target, memory, &platform::facts(family), &mut reading.warnings).await?;
    if let Some(identity) = &mut reading.identity {
        platform::identify(family, &facts, identity);
    }
    platform::mark_wan(&facts, &mut reading.interfaces);
    let asks = platform::live(family);
    let live = questions::ask(client, target, memory, &asks, &mut reading.warnings).await?;
    let known = Known { family, facts: facts.clone(), live: asks.answered(&live) };
    memory.known = Some(Arc::new(known));
    let mut answers = facts;
    answers.extend(live);
    reading.condition = platform::condition(family, &answers, &reading.interfaces);
    Ok(())
}

/// Reads what changes each minute beyond the ports: one or two requests, none for a device that told nothing of it.
async fn condition(client: &Client, target: &Target, memory: &mut DeviceMemory, reading: &mut Reading) {
    let Some(known) = memory.known.clone().filter(|known| !known.live.is_empty()) else { return };
    match questions::ask(client, target, memory, &known.live, &mut reading.warnings).await {
        Ok(live) => {
            let mut answers = known.facts.clone();
            answers.extend(live);
            reading.condition = platform::condition(known.family, &answers, &reading.interfaces);
        }
        // The device answered a moment ago: its counters are worth keeping.
        Err(error) => reading.warnings.push(format!("what its family tells could not be read: {error}")),
    }
}

/// Reads the counters of the ports that the last full visit found.
///
/// # Errors
/// When the device does not answer.
pub async fn minute(client: &Client, target: &Target, memory: &mut DeviceMemory) -> Result<Minute, Failure> {
    if memory.ports.is_empty() {
        let answered = uptime(client, target).await?;
        let mut reading = Reading { uptime: answered.uptime, ..Reading::default() };
        condition(client, target, memory, &mut reading).await;
        return Ok(Minute { reading, needs_full: memory.known.is_none().then_some(FullReason::NeverRead) });
    }
    let mut reading = Reading::default();
    if memory.pace.takes_one_name() {
        // There is no room for it beside the counters.
        reading.uptime = uptime(client, target).await?.uptime;
    }
    let columns = minute_columns(memory);
    let table = table_of(&columns, PORTS_MAX).with_known_rows(memory.ports.len());
    let table = walk::table(client, target, &mut memory.pace, table).await.map_err(Failure::from)?;
    let is_one_run = take_scalars(&table, &mut reading);
    let number = table.scalar(1).1.and_then(Value::as_u64);
    reading.warnings.extend(table.warnings.iter().cloned());
    let mut rows = Rows::default();
    let has_odd = rows.add(&columns, table).is_err();
    if !is_one_run {
        rows.forget_counters();
    }
    let mut needs_full = (number != memory.if_number && number.is_some()).then_some(FullReason::CountChanged);
    reading.interfaces.reserve_exact(memory.ports.len());
    for (index, row) in rows.iter() {
        match known(memory, index, row) {
            Some(interface) => reading.interfaces.push(interface),
            None => {
                needs_full = Some(FullReason::PortsChanged);
                reading.interfaces.extend(renamed(memory, index, row));
            }
        }
    }
    condition(client, target, memory, &mut reading).await;
    if needs_full.is_none() && (has_odd || reading.interfaces.len() < memory.ports.len()) {
        needs_full = Some(FullReason::PortsMissing);
    }
    Ok(Minute { reading, needs_full })
}

/// The columns of a minute's visit. Discards and discontinuity are read each minute only where they fit into the one
/// request beside the rest; elsewhere a full visit reads them.
fn minute_columns(memory: &DeviceMemory) -> Vec<IfColumn> {
    /// With the nine columns then asked, the two scalars and six ports make 56 of the 64 varbinds of one request.
    const PORTS_WITH_DISCARDS: usize = 6;
    let mut columns = vec![memory.label.column(), IfColumn::OperStatus, IfColumn::InErrors, IfColumn::OutErrors];
    if memory.has_width(CounterWidth::Bits64) {
        columns.extend([IfColumn::HcInOctets, IfColumn::HcOutOctets]);
    }
    if memory.has_width(CounterWidth::Bits32) {
        columns.extend([IfColumn::InOctets, IfColumn::OutOctets]);
    }
    if columns.len() == 6 && memory.ports.len() <= PORTS_WITH_DISCARDS {
        columns.extend([IfColumn::InDiscards, IfColumn::OutDiscards, IfColumn::Discontinuity]);
    }
    columns
}

/// The reading of a port that still is the one remembered. The MAC comes from memory: without it ports of one name
/// could not be told apart.
fn known(memory: &DeviceMemory, index: u32, row: Row<'_>) -> Option<InterfaceReading> {
    let port = memory.ports.get(&index)?;
    row.is_named(memory.label.column(), &port.label).then(|| InterfaceReading {
        index,
        name: port.name.clone(),
        mac: port.mac,
        ..row.traffic(port.width)
    })
}

/// The reading of a port that has another name than the one remembered at its place, by the name it now bears. With no
/// name of its own it is nobody until the full visit.
fn renamed(memory: &DeviceMemory, index: u32, row: Row<'_>) -> Option<InterfaceReading> {
    let name = row.text(memory.label.column()).filter(|name| !name.is_empty())?;
    let width = memory.ports.values().find(|port| port.label == name).map_or(row.width(), |port| port.width);
    Some(InterfaceReading { index, name, ..row.traffic(width) })
}

/// How the interface table was read.
struct PortsRead {
    /// To its end.
    is_complete: bool,
    /// Without the device restarting in between.
    is_one_run: bool,
}

/// Keeps the ports for the minutes to come. What a visit that broke off did not reach stays as it was, and a port
/// whose counters it did not reach is not kept: nobody knows yet which ones it has.
fn remember(memory: &mut DeviceMemory, rows: &Rows, is_complete: bool) {
    memory.label = rows.label();
    if is_complete {
        memory.ports.clear();
    }
    let ports = rows.iter().filter(|(_, row)| is_complete || row.has_octets());
    memory.ports.extend(ports.map(|(index, row)| (index, row.port(memory.label))));
}

/// Reads the whole interface table.
async fn read_ports(
    client: &Client,
    target: &Target,
    memory: &mut DeviceMemory,
    rows: &mut Rows,
    reading: &mut Reading,
) -> PortsRead {
    let mut read = PortsRead { is_complete: true, is_one_run: true };
    for columns in [&IfColumn::IDENTITY[..], &IfColumn::TRAFFIC[..]] {
        let table = match walk::table(client, target, &mut memory.pace, table_of(columns, PORTS_MAX)).await {
            Ok(table) => table,
            // The device answered a moment ago: what it told is worth keeping.
            Err(error) => {
                reading.warnings.push(format!("the interface table could not be read: {error}"));
                read.is_complete = false;
                return read;
            }
        };
        read.is_complete &= table.is_complete();
        reading.warnings.extend(table.warnings.iter().cloned());
        read.is_one_run &= take_scalars(&table, reading);
        memory.if_number = table.scalar(1).1.and_then(Value::as_u64);
        if rows.add(columns, table) == Err(OddIndex) {
            reading.warnings.push("some rows of the interface table have no ifIndex and were left out".to_owned());
        }
    }
    read
}

/// Takes sysUpTime, as it was beside the counters. Whether the device ran through from the first answer to the last.
fn take_scalars(table: &Table, reading: &mut Reading) -> bool {
    let (first, last) = table.scalar(0);
    let (Some(first), Some(last)) = (first.and_then(ticks), last.and_then(ticks)) else {
        return true;
    };
    let is_one_run = reading.uptime.is_none_or(|before| before.since_start <= first.since_start)
        && first.since_start <= last.since_start;
    if !is_one_run {
        reading.warnings.push("the device restarted while it was read; its counters are left out".to_owned());
    }
    reading.uptime = Some(if is_one_run { first } else { last });
    is_one_run
}

pub(super) fn table_of(columns: &[IfColumn], rows: usize) -> Table {
    let column = |column: &IfColumn| Column { name: column.name().into(), oid: column.oid() };
    let scalars = vec![System::UpTime.object(), if_number()];
    Table::new(scalars, columns.iter().map(column).collect(), Limits { rows, ..Limits::default() })
}

/// The system group: in one request, or name by name where the device cannot (some Grandstream, and others that answer
/// nothing when sysDescr and sysObjectID are asked together).
async fn identity(
    client: &Client,
    target: &Target,
    memory: &mut DeviceMemory,
    warnings: &mut Vec<String>,
) -> Result<Identity, SnmpError> {
    const ASKED: [System; 4] = [System::Descr, System::ObjectId, System::Name, System::Location];
    let mut values: Vec<Value> = Vec::new();
    if !memory.is_asked_singly {
        let names: Vec<Oid> = ASKED.iter().map(|object| object.instance()).collect();
        match client.get(target, &names).await {
            Ok(got) => values = got.values,
            Err(
                error @ (SnmpError::Refused { .. } | SnmpError::Unsent { .. } | SnmpError::Busy | SnmpError::V3 { .. }),
            ) => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "the system group is asked for name by name");
                memory.is_asked_singly = true;
            }
        }
    }
    if memory.is_asked_singly {
        for object in ASKED {
            values.push(match client.get(target, &[object.instance()]).await {
                Ok(got) => got.values.into_iter().next().unwrap_or(Value::Unreadable),
                Err(error) => {
                    warnings.push(format!("{} could not be read: {error}", object.name()));
                    Value::Unreadable
                }
            });
        }
    }
    warnings.extend(ASKED.iter().zip(&values).filter_map(|(object, value)| match value {
        Value::Octets { is_cut: true, .. } => Some(format!("{} is longer than 4 KiB and was cut", object.name())),
        _ => None,
    }));
    Ok(identity_of(&values))
}

/// `values` are sysDescr, sysObjectID, sysName, sysLocation.
fn identity_of(values: &[Value]) -> Identity {
    let text = |nth: usize| values.get(nth)?.as_octets().map(|bytes| device_text(bytes).0.trim().to_owned());
    let sys_object_id = match values.get(1) {
        Some(Value::Oid(oid)) => Some(oid.to_string()),
        _ => None,
    };
    Identity { sys_name: text(2), sys_descr: text(0), sys_object_id, sys_location: text(3), ..Identity::default() }
}

/// sysUpTime, whatever number type it comes in.
fn ticks(value: &Value) -> Option<Uptime> {
    let ticks = u32::try_from(value.as_u64()?).ok()?;
    Some(Uptime { since_start: Duration::from_millis(u64::from(ticks) * 10), is_32_bit_centiseconds: true })
}
