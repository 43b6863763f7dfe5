//! A device that answers a walk as it likes.

use agent::snmp::Status;
use agent::snmp::dry::{self, Bulk};
use inventory::mib::{Oid, Value, Varbind};

use crate::bytes::Bytes;

/// Reads the interface table of it: the walk ends, and no port is told twice.
pub(crate) fn ports(bytes: &[u8]) {
    let mut device = Bytes(bytes);
    let mut requests = 0usize;
    let (ports, warnings) = dry::ports(|names, bulk| {
        requests += 1;
        // Each answer takes a byte at least, and a device with no more to say ends every column at once; slowing
        // down for one that refuses takes a few.
        assert!(requests <= bytes.len() + 64, "the walk does not end");
        let (once, rows) = shape(names, bulk);
        assert!(once + (names.len() - once) * rows <= 64, "more is asked than fits into a datagram");
        answer(&mut device, names, bulk)
    });
    assert!(ports.windows(2).all(|pair| pair[0].index < pair[1].index));
    assert!(ports.len() <= agent::snmp::visit::PORTS_MAX);
    assert!(warnings.len() <= 64);
}

/// How many names are asked once, and how many rows of the others.
fn shape(names: &[Oid], bulk: Option<Bulk>) -> (usize, usize) {
    bulk.map_or((0, 1), |bulk| (usize::from(bulk.non_repeaters).min(names.len()), usize::from(bulk.max_repetitions)))
}

fn answer(device: &mut Bytes<'_>, names: &[Oid], bulk: Option<Bulk>) -> Result<Vec<Varbind>, Status> {
    match device.byte() {
        Some(250) => return Err(Status::TooBig),
        Some(251) => return Err(Status::General),
        Some(252) => return Err(Status::NoSuchName),
        Some(253) => return Err(Status::Denied),
        Some(254) => return Ok(Vec::new()),
        Some(_) | None => {}
    }
    let (once, rows) = shape(names, bulk);
    let mut cursors = names.to_vec();
    let (once, repeated) = cursors.split_at_mut(once);
    let mut varbinds: Vec<Varbind> = once.iter().map(|name| cell(device, name)).collect();
    for _ in 0..rows {
        for cursor in repeated.iter_mut() {
            varbinds.push(cell(device, cursor));
            *cursor = varbinds.last().map(|varbind| varbind.oid.clone()).unwrap_or_else(|| cursor.clone());
        }
    }
    Ok(varbinds)
}

/// What comes after a name: the next row, the same again, the one before, another column, anything.
fn cell(device: &mut Bytes<'_>, cursor: &Oid) -> Varbind {
    let end = || Varbind { oid: cursor.clone(), value: Value::EndOfMibView };
    let Some(how) = device.byte() else { return end() };
    // A column of the interface tables has 10 or 11 numbers; what is longer is a row.
    let arcs = cursor.arcs();
    let is_row = arcs.len() > if arcs.starts_with(&[1, 3, 6, 1, 2, 1, 31]) { 11 } else { 10 };
    let (head, last) = match arcs.split_last() {
        Some((last, head)) if is_row => (head, *last),
        Some(_) | None => (arcs, 0),
    };
    let row = |last: u32| Oid::new(&[head, &[last]].concat()).ok();
    let oid = match how % 8 {
        0..=3 => row(last.saturating_add(u32::from(how / 8) + 1)),
        4 => Some(cursor.clone()),
        5 => row(last.saturating_sub(u32::from(how / 8) + 1)),
        6 => device.oid(&[1, 3, 6, 1, 2, 1]),
        _ => row(last).and_then(|row| device.oid(row.arcs())),
    };
    match (oid, device.value()) {
        (Some(oid), Some(value)) => Varbind { oid, value },
        (None, _) | (_, None) => end(),
    }
}
