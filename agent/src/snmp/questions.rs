//! What a device family is asked beyond its ports: which family it is, and the names that the family's file lists.
//! Objects go into GETs, columns of all its tables into one walk.

use inventory::mib::{Answers, Oid, Value};
use inventory::platform::{self, Asks, Clues, Family, Recognised};
use inventory::reading::Identity;

use super::client::Client;
use super::error::SnmpError;
use super::memory::DeviceMemory;
use super::target::Target;
use super::walk::{self, Column, Limits, Table};

/// Names in one GET: an answer of these, most of them short, stays in one unfragmented datagram.
const OBJECTS_AT_ONCE: usize = 16;

/// Rows of a family's tables. A controller of many access points has the most.
const ROWS_MAX: usize = 4096;

/// Which family the device is of. What it does not answer does not decide; a device that answers nothing more is of the
/// family that its system group shows.
///
/// # Errors
/// When the device fell silent.
pub(super) async fn family(
    client: &Client,
    target: &Target,
    memory: &mut DeviceMemory,
    identity: &Identity,
) -> Result<&'static Family, SnmpError> {
    let (descr, object_id) = (identity.sys_descr.as_deref(), identity.sys_object_id.as_deref());
    let clues = Clues { descr: descr.unwrap_or_default(), object_id: object_id.unwrap_or_default(), probed: None };
    let probes = match platform::recognise(&clues) {
        Recognised::Family(family) => return Ok(family),
        Recognised::Probe(probes) => probes,
    };
    // A probe is an instance or stands above some; one row of each tells enough.
    let probes: Vec<Oid> = probes.iter().filter_map(|probe| probe.parse().ok()).collect();
    let mut probed = Answers::default();
    read_columns(client, target, memory, &probes, Some(1), &mut probed).await?;
    read_objects(client, target, memory, &probes, &mut probed).await?;
    Ok(match platform::recognise(&Clues { probed: Some(&probed), ..clues }) {
        Recognised::Family(family) => family,
        // It does not come to this once the probes were asked.
        Recognised::Probe(_) => &platform::registry::GENERIC,
    })
}

/// Asks for these names and keeps what was answered. What went wrong after something was read is a warning.
///
/// # Errors
/// When nothing of it was answered and the device fell silent.
pub(super) async fn ask(
    client: &Client,
    target: &Target,
    memory: &mut DeviceMemory,
    asks: &Asks,
    warnings: &mut Vec<String>,
) -> Result<Answers, SnmpError> {
    let mut answers = Answers::default();
    read_objects(client, target, memory, &asks.objects, &mut answers).await?;
    warnings.extend(read_columns(client, target, memory, &asks.columns, None, &mut answers).await?);
    Ok(answers)
}

/// In GETs of a few, and one by one where the device cannot.
async fn read_objects(
    client: &Client,
    target: &Target,
    memory: &mut DeviceMemory,
    names: &[Oid],
    answers: &mut Answers,
) -> Result<(), SnmpError> {
    for few in names.chunks(OBJECTS_AT_ONCE) {
        if !memory.is_asked_singly && !memory.pace.takes_one_name() {
            match client.get(target, few).await {
                Ok(got) => {
                    keep(answers, few, got.values);
                    continue;
                }
                Err(error) if is_final(&error) => return Err(error),
                // Too big, or too much for it.
                Err(error) => tracing::debug!(%error, "objects are asked for name by name"),
            }
        }
        for name in few {
            match client.get(target, std::slice::from_ref(name)).await {
                Ok(got) => keep(answers, std::slice::from_ref(name), got.values),
                Err(SnmpError::Status { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn keep(answers: &mut Answers, names: &[Oid], values: Vec<Value>) {
    for (name, value) in names.iter().zip(values) {
        answers.insert(name.clone(), value);
    }
}

/// Whether asking for less will not help.
fn is_final(error: &SnmpError) -> bool {
    matches!(error, SnmpError::Refused { .. } | SnmpError::Unsent { .. } | SnmpError::Busy | SnmpError::V3 { .. })
}

/// All columns in one walk: each has a place of its own in it and leaves it at its end.
async fn read_columns(
    client: &Client,
    target: &Target,
    memory: &mut DeviceMemory,
    columns: &[Oid],
    known_rows: Option<usize>,
    answers: &mut Answers,
) -> Result<Vec<String>, SnmpError> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let asked = columns.iter().map(|oid| Column { name: oid.to_string().into(), oid: oid.clone() }).collect();
    let mut table = Table::new(Vec::new(), asked, Limits { rows: ROWS_MAX, ..Limits::default() });
    if let Some(rows) = known_rows {
        table = table.with_known_rows(rows);
    }
    let table = walk::table(client, target, &mut memory.pace, table).await?;
    for (nth, column) in columns.iter().enumerate() {
        if known_rows.is_none() && !table.is_whole(nth) {
            answers.mark_partial(column.clone());
        }
    }
    let warnings = table.warnings;
    for (index, values) in table.rows {
        for (column, value) in columns.iter().zip(values) {
            if let (Ok(name), Some(value)) = (Oid::new(&[column.arcs(), &index].concat()), value) {
                answers.insert(name, value);
            }
        }
    }
    Ok(warnings)
}
