//! What only shows across the rows of a devices file: uplinks that lead nowhere or round in a circle, addresses given
//! twice, halls with impossibly many devices.

use std::collections::{BTreeMap, BTreeSet};

use super::devices::{Entry, Index};
use super::fault::{Column, Faults};
use crate::device::{Address, Device, DeviceFacts, DeviceFullName, DeviceKind, Lifecycle, PollMethods};
use crate::fleet::Fleet;
use crate::hall::HallCode;
use crate::id::DeviceId;

/// The most devices of one hall in one file. No village hall has as many; a file that does is broken.
const DEVICES_OF_HALL_MAX: usize = 1000;

/// Gives the column of a name in the file.
type ColumnOf<'c> = &'c dyn Fn(&str) -> Option<Column>;

pub(super) fn check(entries: &[Entry], index: &Index<'_>, column: ColumnOf<'_>, faults: &mut Faults) {
    if has_crowded_hall(entries, column, faults) {
        return;
    }
    let lines: BTreeMap<&DeviceFullName, u64> = entries.iter().rev().map(|entry| (&entry.name, entry.line)).collect();
    uplinks_exist(entries, index, &lines, column, faults);
    addresses_differ(entries, index, &lines, column, faults);
    uplinks_end(entries, index, column, faults);
}

fn has_crowded_hall(entries: &[Entry], column: ColumnOf<'_>, faults: &mut Faults) -> bool {
    let mut counts: BTreeMap<&HallCode, usize> = BTreeMap::new();
    let mut is_crowded = false;
    for entry in entries {
        let count = counts.entry(&entry.name.hall).or_default();
        *count += 1;
        if *count == DEVICES_OF_HALL_MAX + 1 {
            let message = format!("has more than {DEVICES_OF_HALL_MAX} devices in this file, which no hall has");
            faults.push(entry.line, column("hall_code"), entry.name.hall.as_str(), message);
            is_crowded = true;
        }
    }
    is_crowded
}

/// An uplink may be named before its own row comes.
fn uplinks_exist(
    entries: &[Entry],
    index: &Index<'_>,
    lines: &BTreeMap<&DeviceFullName, u64>,
    column: ColumnOf<'_>,
    faults: &mut Faults,
) {
    for entry in entries {
        if let Some((uplink, written)) = &entry.uplink
            && !lines.contains_key(uplink)
            && !index.devices.contains_key(uplink)
        {
            let allowed = "a device of this file or one known already, by its device_name in the same hall or as hall_code/device_name";
            faults.push(
                entry.line,
                column("uplink"),
                written,
                format!("leads to {uplink}, which is not there: name {allowed}"),
            );
        }
    }
}

/// An address as one agent reaches it: halls behind agents of their own may use the same private network.
type Reached = (Option<String>, String, u16);

fn reached(facts: &DeviceFacts) -> Reached {
    let address = &facts.address;
    let host = address.ip().map_or_else(|| address.host().to_ascii_lowercase(), |ip| ip.to_string());
    (facts.agent.clone(), host, Address::snmp_port(address))
}

fn addresses_differ(
    entries: &[Entry],
    index: &Index<'_>,
    lines: &BTreeMap<&DeviceFullName, u64>,
    column: ColumnOf<'_>,
    faults: &mut Faults,
) {
    // Devices in the file get their address from the file, so only the others keep theirs.
    let others = index.known.fleet.devices().filter(|device| !lines.contains_key(&device.name));
    let mut taken: BTreeMap<Reached, String> = others
        .filter(|device| device.lifecycle != Lifecycle::Retired)
        .map(|device| (reached(&device.facts), device.name.to_string()))
        .collect();
    for entry in entries {
        let Some(facts) = entry.facts() else { continue };
        let key = reached(facts);
        if let Some(holder) = taken.get(&key) {
            let message =
                format!("is the address of {holder}: two devices at one address and port cannot be told apart");
            faults.push(entry.line, column("address"), &facts.address.to_string(), message);
        } else {
            taken.insert(key, format!("{} (line {})", entry.name, entry.line));
        }
    }
}

/// Looks for circles in the fleet as it would be, with the uplinks that nobody names but [`Fleet::uplink`] infers.
fn uplinks_end(entries: &[Entry], index: &Index<'_>, column: ColumnOf<'_>, faults: &mut Faults) {
    let fleet = as_it_would_be(entries, index);
    let rows: BTreeMap<&DeviceFullName, &Entry> = entries.iter().rev().map(|entry| (&entry.name, entry)).collect();
    let mut done: BTreeSet<DeviceId> = BTreeSet::new();
    for device in fleet.devices() {
        let mut path: Vec<&Device> = Vec::new();
        let mut next = Some(device);
        while let Some(current) = next.filter(|current| !done.contains(&current.id)) {
            if let Some(start) = path.iter().position(|seen| seen.id == current.id) {
                report_circle(&path[start..], &rows, column, faults);
                break;
            }
            path.push(current);
            next = fleet.uplink(current.id);
        }
        done.extend(path.iter().map(|device| device.id));
    }
}

/// Blames the first row of the file that names an uplink of the circle.
fn report_circle(
    circle: &[&Device],
    rows: &BTreeMap<&DeviceFullName, &Entry>,
    column: ColumnOf<'_>,
    faults: &mut Faults,
) {
    let in_file = circle.iter().enumerate().filter_map(|(at, device)| Some((at, *rows.get(&device.name)?)));
    let naming = in_file.filter_map(|(at, entry)| Some((at, entry, entry.uplink.as_ref()?)));
    let Some((at, entry, (_, written))) = naming.min_by_key(|(_, entry, _)| entry.line) else {
        return;
    };
    let round = circle.iter().cycle().skip(at).take(circle.len() + 1);
    let names: Vec<String> = round.map(|device| device.name.to_string()).collect();
    let message = format!("makes a circle: {}. One of them has to be reached another way", names.join(" → "));
    faults.push(entry.line, column("uplink"), written, message);
}

/// The fleet after the import. Rows with faults stand in it with what could be read of them, so that one fault does not
/// bring forth others.
fn as_it_would_be(entries: &[Entry], index: &Index<'_>) -> Fleet {
    let fleet = index.known.fleet;
    let mut ids: BTreeMap<&DeviceFullName, DeviceId> =
        index.devices.iter().map(|(name, device)| (*name, device.id)).collect();
    let mut next_id = fleet.devices().map(|device| device.id.0).max().unwrap_or(0) + 1;
    for entry in entries {
        ids.entry(&entry.name).or_insert_with(|| {
            next_id += 1;
            DeviceId(next_id)
        });
    }
    let mut devices: BTreeMap<DeviceId, Device> = fleet.devices().map(|device| (device.id, device.clone())).collect();
    let halls: BTreeMap<&HallCode, _> = fleet.halls().map(|hall| (&hall.code, hall.id)).collect();
    for entry in entries {
        let (Some(id), Some(hall)) = (ids.get(&entry.name), halls.get(&entry.name.hall)) else {
            continue;
        };
        let device = devices.entry(*id).or_insert_with(|| Device {
            id: *id,
            hall: *hall,
            name: entry.name.clone(),
            lifecycle: Lifecycle::Active,
            uplink: None,
            facts: blank(entry.kind.unwrap_or(DeviceKind::Other)),
        });
        device.facts.kind = entry.kind.unwrap_or(device.facts.kind);
        device.uplink = entry.uplink.as_ref().and_then(|(uplink, _)| ids.get(uplink).copied());
    }
    Fleet::new(fleet.halls().cloned().collect(), devices.into_values().collect())
}

fn blank(kind: DeviceKind) -> DeviceFacts {
    DeviceFacts {
        kind,
        address: "0.0.0.0".parse().expect("an address"),
        platform: None,
        agent: None,
        poll: PollMethods::default(),
        snmp: None,
        ssh: None,
        serial: None,
        mac: None,
        power: None,
        notes: None,
        host_key: None,
    }
}
