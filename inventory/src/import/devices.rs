//! The devices file: its rows one by one, then what only shows across rows.

use std::collections::BTreeMap;

use super::across;
use super::fault::{Column, Faults};
use super::halls::NOTES_MAX;
use super::row::Row;
use super::table::{Layout, Table, nearest};
use super::{Change, DeviceRow, Known, Note, Plan};
use crate::credential::{CredentialKind, ProfileName};
use crate::device::{Device, DeviceFacts, DeviceFullName, DeviceKind, DeviceName, Lifecycle, PollMethod, PollMethods};
use crate::hall::{Hall, HallCode};
use crate::platform::registry::platforms;

/// Its columns.
pub(super) const LAYOUT: Layout = Layout {
    name: "devices",
    required: &["device_name", "hall_code", "kind", "address"],
    optional: &["platform", "agent", "uplink", "poll", "snmp", "ssh", "serial", "mac", "power", "notes", "host_key"],
};

/// What the embedded agent may be called beside nothing at all.
const EMBEDDED: &str = "embedded";

/// One row as far as it could be read: later rows may name it even when it has faults of its own.
pub(super) struct Entry {
    /// Its line.
    pub(super) line: u64,
    /// Its name in the fleet.
    pub(super) name: DeviceFullName,
    /// What it is for, if that was good.
    pub(super) kind: Option<DeviceKind>,
    /// The uplink it names, if that is a name, and what its cell holds.
    pub(super) uplink: Option<(DeviceFullName, String)>,
    /// The rest, when the row itself is good.
    facts: Option<DeviceFacts>,
}

impl Entry {
    /// The rest, when the row itself is good.
    pub(super) fn facts(&self) -> Option<&DeviceFacts> {
        self.facts.as_ref()
    }
}

/// Finds halls and devices by name.
pub(super) struct Index<'k> {
    pub(super) known: &'k Known<'k>,
    halls: BTreeMap<&'k str, &'k Hall>,
    pub(super) devices: BTreeMap<&'k DeviceFullName, &'k Device>,
}

/// Reads every row, then holds them against each other.
pub(super) fn read(mut table: Table<'_>, known: &Known<'_>, faults: &mut Faults) -> Plan {
    let index = Index {
        known,
        halls: known.fleet.halls().map(|hall| (hall.code.as_str(), hall)).collect(),
        devices: known.fleet.devices().map(|device| (&device.name, device)).collect(),
    };
    let mut notes = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut spelt: BTreeMap<String, (String, Option<u64>)> =
        index.devices.keys().map(|name| (name.to_string().to_ascii_lowercase(), (name.to_string(), None))).collect();
    table.each_row(faults, |mut row| entries.extend(entry(&mut row, &index, &mut spelt, &mut notes)));
    let column = |name: &str| -> Option<Column> { table.header.column(name) };
    across::check(&entries, &index, &column, faults);
    let devices = entries.into_iter().filter_map(|entry| change(entry, &index, &mut notes)).collect();
    Plan { new_areas: Vec::new(), halls: Vec::new(), devices, notes }
}

fn change(entry: Entry, index: &Index<'_>, notes: &mut Vec<Note>) -> Option<Change<DeviceRow>> {
    let mut new = DeviceRow { facts: entry.facts?, uplink: entry.uplink.map(|(uplink, _)| uplink), name: entry.name };
    let Some(old) = index.devices.get(&new.name) else {
        return Some(Change::Create(new));
    };
    // A key that somebody confirmed since the file was written is not forgotten for an empty cell.
    if new.facts.host_key.is_none() {
        new.facts.host_key.clone_from(&old.facts.host_key);
    }
    if old.lifecycle == Lifecycle::Retired {
        notes.push(Note { line: entry.line, text: format!("device {} is retired and stays so", new.name) });
    }
    let old_uplink = old.uplink.and_then(|id| index.known.fleet.device(id)).map(|device| &device.name);
    let is_as_stated = old.facts == new.facts && old_uplink == new.uplink.as_ref();
    Some(if is_as_stated { Change::Unchanged(new) } else { Change::Update(new) })
}

/// One row. `None` when it has no name to remember it by.
fn entry(
    row: &mut Row<'_>,
    index: &Index<'_>,
    spelt: &mut BTreeMap<String, (String, Option<u64>)>,
    notes: &mut Vec<Note>,
) -> Option<Entry> {
    if !row.is_good() {
        // A row of too few or too many cells may still bear a name that other rows hang on.
        let name = format!("{}/{}", row.cell("hall_code")?, row.cell("device_name")?).parse().ok()?;
        return Some(Entry { line: row.line, name, kind: None, uplink: None, facts: None });
    }
    let hall = hall(row, index);
    row.require("device_name", "a name of letters, digits, '-', '_' and '.'");
    let device_name: Option<DeviceName> = row.parsed("device_name");
    let name = hall.clone().zip(device_name).map(|(hall, name)| DeviceFullName { hall, name });
    if let Some(name) = &name {
        only_once(row, name, spelt);
    }
    let kind = kind(row);
    let uplink = hall.and_then(|hall| uplink(row, hall, name.as_ref()));
    let facts = facts(row, kind, index, notes).filter(|_| row.is_good());
    Some(Entry { line: row.line, name: name?, kind, uplink, facts })
}

fn hall(row: &mut Row<'_>, index: &Index<'_>) -> Option<HallCode> {
    row.require("hall_code", "the code of a hall");
    let code = row.cell("hall_code")?;
    if let Some(hall) = index.halls.get(code) {
        return Some(hall.code.clone());
    }
    let near = row.has_time_for_hints().then(|| nearest(code, index.halls.keys().copied())).flatten();
    let hint = near.map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
    row.refuse("hall_code", format!("is no hall known here{hint}: import the halls before their devices"));
    None
}

fn only_once(row: &mut Row<'_>, name: &DeviceFullName, spelt: &mut BTreeMap<String, (String, Option<u64>)>) {
    let written = name.to_string();
    let entry = spelt.entry(written.to_ascii_lowercase()).or_insert_with(|| (written.clone(), None));
    let refusal = match entry {
        (_, Some(line)) => format!("is also on line {line}: {name} has one row"),
        (other, None) if *other != written => {
            format!("differs from the device {other} only by capital letters: write it so, or take another name")
        }
        (_, line @ None) => {
            *line = Some(row.line);
            return;
        }
    };
    row.refuse("device_name", refusal);
}

fn kind(row: &mut Row<'_>) -> Option<DeviceKind> {
    let kinds: Vec<&str> = DeviceKind::ALL.iter().map(|kind| kind.as_str()).collect();
    row.require("kind", &format!("one of {}", kinds.join(", ")));
    row.parsed("kind")
}

/// The device named: of the same hall, or by its full name.
fn uplink(row: &mut Row<'_>, hall: HallCode, own: Option<&DeviceFullName>) -> Option<(DeviceFullName, String)> {
    let written = row.cell("uplink")?.to_owned();
    let parsed = match written.contains('/') {
        true => written.parse(),
        false => written.parse().map(|name| DeviceFullName { hall, name }),
    };
    match parsed {
        Ok(uplink) if Some(&uplink) == own => {
            row.refuse(
                "uplink",
                "is the device itself: name the device through which it is reached, or leave it empty",
            );
            None
        }
        Ok(uplink) => Some((uplink, written)),
        Err(error) => {
            let allowed = "a device_name of the same hall, or hall_code/device_name, is allowed";
            row.refuse("uplink", format!("is no name of a device, it {error}: {allowed}"));
            None
        }
    }
}

fn facts(row: &mut Row<'_>, kind: Option<DeviceKind>, index: &Index<'_>, notes: &mut Vec<Note>) -> Option<DeviceFacts> {
    row.require("address", "an IP address or host name");
    let address = row.parsed("address");
    let platform = platform(row, notes);
    let agent = agent(row, index);
    let snmp = profile(row, "snmp", index);
    let ssh = profile(row, "ssh", index);
    let poll = poll(row);
    let serial = row.text("serial", 100);
    let mac = row.parsed("mac");
    let power = row.parsed("power");
    let notes = row.lines("notes", NOTES_MAX);
    let host_key = row.parsed("host_key");
    Some(DeviceFacts {
        kind: kind?,
        address: address?,
        platform,
        agent,
        poll,
        snmp,
        ssh,
        serial,
        mac,
        power,
        notes,
        host_key,
    })
}

fn platform(row: &mut Row<'_>, notes: &mut Vec<Note>) -> Option<String> {
    let text = row.cell("platform")?;
    let is_key = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
    if !is_key(text) || text.len() > 40 {
        row.refuse("platform", format!("is no key in small letters such as {}", platforms().join(", ")));
        return None;
    }
    let known = platforms();
    if !known.contains(&text) {
        let hint = nearest(text, known.into_iter()).map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
        notes.push(Note {
            line: row.line,
            text: format!("platform {text} is not known here{hint}; it is kept as written"),
        });
    }
    Some(text.to_owned())
}

fn agent(row: &mut Row<'_>, index: &Index<'_>) -> Option<String> {
    let text = row.cell("agent").filter(|text| *text != EMBEDDED)?;
    if !index.known.agents.contains(text) {
        let known: Vec<&str> = index.known.agents.iter().map(String::as_str).collect();
        let known = if known.is_empty() {
            "no other agent is known yet".to_owned()
        } else {
            format!("{} are known", known.join(", "))
        };
        row.refuse("agent", format!("is no agent: leave it empty for the embedded one; {known}"));
        return None;
    }
    Some(text.to_owned())
}

/// What a credential profile opens.
fn opens(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::SnmpV1 | CredentialKind::SnmpV2c | CredentialKind::SnmpV3 => "snmp",
        CredentialKind::Ssh => "ssh",
    }
}

/// The profile that a column names: one of the configuration, and for this protocol.
fn profile(row: &mut Row<'_>, column: &'static str, index: &Index<'_>) -> Option<ProfileName> {
    let text = row.cell(column)?;
    let profiles = index.known.profiles;
    let known = profiles.iter().find(|(name, _)| name.as_str() == text);
    if let Some((name, kind)) = known
        && opens(*kind) == column
    {
        return Some(name.clone());
    }
    let fitting: Vec<&str> =
        profiles.iter().filter(|(_, kind)| opens(**kind) == column).map(|(name, _)| name.as_str()).collect();
    let allowed = match fitting.is_empty() {
        true => format!("none for {column} is there yet; leave it empty, or make one at /credentials"),
        false => format!("known for {column}: {}", fitting.join(", ")),
    };
    let wrong = match known {
        Some((_, kind)) => format!("is a credential profile for {} ({})", opens(*kind), kind.as_str()),
        None => "is no credential profile".to_owned(),
    };
    row.refuse(column, format!("{wrong}: {allowed}"));
    None
}

/// The ways named, each with the profile it needs.
fn poll(row: &mut Row<'_>) -> PollMethods {
    let words: Vec<&str> = PollMethod::ALL.iter().map(|method| method.as_str()).collect();
    let Some(text) = row.cell("poll") else {
        return PollMethods::default();
    };
    let Ok(methods) = text.parse::<PollMethods>() else {
        row.refuse("poll", format!("is none of {}, nor several of them joined by '+'", words.join(", ")));
        return PollMethods::default();
    };
    for (method, column) in [(PollMethod::Snmp, "snmp"), (PollMethod::Ssh, "ssh")] {
        if methods.named().contains(&method) && row.cell(column).is_none() {
            row.refuse("poll", format!("asks for {column}, but the column {column} names no credential profile"));
        }
    }
    methods
}
