//! Export: the halls and the devices as CSV, in the form that [`crate::import`] takes back and finds unchanged.
//!
//! UTF-8 without a byte order mark, commas, LF, every column of the contract in its order. What is retired is left out:
//! the file says nothing of lifecycle, so another installation would bring it back to life. Text that a spreadsheet
//! would run as a formula gets an apostrophe before it, see [`crate::import`]'s `formula`.

use crate::area::AreaTree;
use crate::device::{Device, Lifecycle};
use crate::fleet::Fleet;
use crate::hall::Hall;
use crate::import::formula::guarded;

/// Columns of the halls file.
pub const HALL_COLUMNS: [&str; 16] = [
    "hall_code",
    "hall_name",
    "area_code",
    "area_name",
    "latitude",
    "longitude",
    "provider",
    "contract",
    "down_mbps",
    "up_mbps",
    "promised_uptime",
    "power_feeder",
    "opening_hours",
    "contact_name",
    "contact_phone",
    "notes",
];

/// Columns of the devices file.
pub const DEVICE_COLUMNS: [&str; 15] = [
    "device_name",
    "hall_code",
    "kind",
    "address",
    "platform",
    "agent",
    "uplink",
    "poll",
    "snmp",
    "ssh",
    "serial",
    "mac",
    "power",
    "notes",
    "host_key",
];

/// The halls file, by hall code.
pub fn halls_csv(fleet: &Fleet, areas: &AreaTree) -> String {
    let mut halls: Vec<&Hall> = fleet.halls().filter(|hall| hall.lifecycle != Lifecycle::Retired).collect();
    halls.sort_by_key(|hall| &hall.code);
    table(&HALL_COLUMNS, halls.into_iter().map(|hall| hall_row(hall, areas)))
}

/// The devices file, by hall code and device name.
pub fn devices_csv(fleet: &Fleet) -> String {
    let is_in_use = |device: &&Device| {
        let hall = fleet.hall(device.hall);
        device.lifecycle != Lifecycle::Retired && hall.is_some_and(|hall| hall.lifecycle != Lifecycle::Retired)
    };
    let mut devices: Vec<&Device> = fleet.devices().filter(is_in_use).collect();
    devices.sort_by_key(|device| &device.name);
    table(&DEVICE_COLUMNS, devices.into_iter().map(|device| device_row(device, fleet)))
}

fn hall_row(hall: &Hall, areas: &AreaTree) -> [String; 16] {
    let facts = &hall.facts;
    let area = areas.area(hall.area);
    [
        hall.code.to_string(),
        facts.name.clone(),
        area.map(|area| area.code.clone()).unwrap_or_default(),
        area.map(|area| area.full_name()).unwrap_or_default(),
        shown(facts.position.map(|position| position.latitude)),
        shown(facts.position.map(|position| position.longitude)),
        shown(facts.provider.as_ref()),
        shown(facts.contract.as_ref()),
        shown(facts.down_mbps),
        shown(facts.up_mbps),
        shown(facts.promised_uptime),
        shown(facts.power_feeder.as_ref()),
        shown(facts.opening_hours),
        shown(facts.contact_name.as_ref()),
        shown(facts.contact_phone.as_ref()),
        shown(facts.notes.as_ref()),
    ]
}

fn device_row(device: &Device, fleet: &Fleet) -> [String; 15] {
    let facts = &device.facts;
    let uplink = device.uplink.and_then(|id| fleet.device(id)).map(|uplink| {
        let is_near = uplink.hall == device.hall;
        if is_near { uplink.name.name.to_string() } else { uplink.name.to_string() }
    });
    [
        device.name.name.to_string(),
        device.name.hall.to_string(),
        facts.kind.to_string(),
        facts.address.to_string(),
        shown(facts.platform.as_ref()),
        shown(facts.agent.as_ref()),
        shown(uplink),
        facts.poll.to_string(),
        shown(facts.snmp.as_ref()),
        shown(facts.ssh.as_ref()),
        shown(facts.serial.as_ref()),
        shown(facts.mac),
        shown(facts.power),
        shown(facts.notes.as_ref()),
        shown(facts.host_key.as_ref().map(|key| key.as_str())),
    ]
}

/// What is unknown is an empty cell.
fn shown(value: Option<impl std::fmt::Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// One line of a CSV file of something else than the inventory, its end included. What a spreadsheet would run as a
/// formula gets an apostrophe before it.
pub fn csv_line(cells: &[&str]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = cells.iter().map(|cell| guarded(cell));
    writer.write_record(cells.collect::<Vec<_>>()).expect("memory takes everything");
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("every cell was a String")
}

fn table<const N: usize>(columns: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).expect("memory takes everything, and every row has the same length");
    for row in rows {
        let cells = row.iter().map(|cell| guarded(cell));
        writer
            .write_record(cells.collect::<Vec<_>>())
            .expect("memory takes everything, and every row has the same length");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("every cell was a String")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_quoted_and_runs_nothing() {
        assert_eq!(csv_line(&["1", "a,\"b\"", "=1+1", "@x", "\tx", "-x"]), "1,\"a,\"\"b\"\"\",'=1+1,'@x,'\tx,'-x\n");
    }
}
