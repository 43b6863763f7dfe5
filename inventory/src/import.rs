//! Import: what a CSV of halls or devices would change, worked out before anything is changed.
//!
//! [`parse`] reads a whole file against the fleet as it is and returns either a [`Plan`], which the store carries out
//! in one transaction, or every fault of the file at once. It opens no file, follows no path and fetches nothing: a
//! file is data. See [`crate::export`] for the way back.

mod across;
mod areas;
mod devices;
mod fault;
pub(crate) mod formula;
mod halls;
mod row;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::area::AreaTree;
use crate::credential::KnownProfiles;
use crate::device::{DeviceFacts, DeviceFullName};
use crate::fleet::Fleet;
use crate::hall::{HallCode, HallFacts};
use crate::id::AreaId;

pub use fault::{Column, FAULTS_MAX, Fault};
pub use table::{BYTES_MAX, ROWS_MAX};

/// What an import is checked against.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The halls and devices there are.
    pub fleet: &'a Fleet,
    /// The areas of all times.
    pub areas: &'a AreaTree,
    /// The credential profiles of the configuration.
    pub profiles: &'a KnownProfiles,
    /// The agents there are, but for the embedded one.
    pub agents: &'a BTreeSet<String>,
    /// The day on which an area code has to be valid.
    pub today: Date,
}

/// What an import will do. Rows come in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Areas that the file names and nobody knew, each code once.
    pub new_areas: Vec<NewArea>,
    /// Halls, from a halls file.
    pub halls: Vec<Change<HallRow>>,
    /// Devices, from a devices file. An uplink may be a device that is created by the same plan.
    pub devices: Vec<Change<DeviceRow>>,
    /// What a person should know about it, in the order of the file.
    pub notes: Vec<Note>,
}

/// What happens to one row. A row states the whole truth of what the file can say of a hall or device: an empty cell
/// clears. Ids and lifecycle are not in the file and stay.
#[derive(Debug, Clone, PartialEq)]
pub enum Change<T> {
    /// It is new.
    Create(T),
    /// It is there and something differs.
    Update(T),
    /// It is there just so.
    Unchanged(T),
}

impl<T> Change<T> {
    /// The row, whatever happens to it.
    pub fn row(&self) -> &T {
        match self {
            Change::Create(row) | Change::Update(row) | Change::Unchanged(row) => row,
        }
    }
}

/// An area that has to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArea {
    /// Its official code.
    pub code: String,
    /// Its name without its level.
    pub name: String,
    /// Its level, when the name began with one (`xã`, `phường`, …); else empty.
    pub kind: String,
}

/// The area of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreaRef {
    /// One that is valid today.
    Existing(AreaId),
    /// One of [`Plan::new_areas`], by its code.
    New {
        /// Its code.
        code: String,
    },
}

/// A hall as the file states it.
#[derive(Debug, Clone, PartialEq)]
pub struct HallRow {
    /// Its code: what says whether it is new.
    pub code: HallCode,
    /// The area it lies in.
    pub area: AreaRef,
    /// The rest.
    pub facts: HallFacts,
}

/// A device as the file states it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceRow {
    /// Its name: what says whether it is new. Its hall exists.
    pub name: DeviceFullName,
    /// The device it hangs on, when the file names one.
    pub uplink: Option<DeviceFullName>,
    /// The rest.
    pub facts: DeviceFacts,
}

/// Something to know about a row that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Line of the file.
    pub line: u64,
    /// In English, for people.
    pub text: String,
}

/// How many rows a plan creates, updates and leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// New rows.
    pub created: usize,
    /// Rows that differ.
    pub updated: usize,
    /// Rows that are there just so.
    pub unchanged: usize,
}

/// Works out what a file of halls or of devices would change; its header says which it is.
///
/// # Errors
/// Every fault of the file, in its order; at most [`FAULTS_MAX`], then one that says how many more there are. Nothing
/// of a file with faults is of use.
pub fn parse(file: &[u8], known: &Known<'_>) -> Result<Plan, Vec<Fault>> {
    let mut faults = fault::Faults::default();
    let mut plan = match table::decode(file) {
        Ok(text) => plan(text, known, &mut faults),
        Err((line, message)) => {
            faults.push(line, None, "", message);
            Plan::default()
        }
    };
    if faults.total() > 0 {
        return Err(faults.into_list());
    }
    plan.notes.sort_by_key(|note| note.line);
    Ok(plan)
}

fn plan(text: &str, known: &Known<'_>, faults: &mut fault::Faults) -> Plan {
    let Some(table) = table::Table::open(text, &[&halls::LAYOUT, &devices::LAYOUT], faults) else {
        return Plan::default();
    };
    if table.header.layout.name == halls::LAYOUT.name {
        halls::read(table, known, faults)
    } else {
        devices::read(table, known, faults)
    }
}

impl Plan {
    /// The counts over halls and devices; a file holds only one of the two.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.halls.iter().for_each(|change| counts.add(change));
        self.devices.iter().for_each(|change| counts.add(change));
        counts
    }
}

impl Counts {
    fn add<T>(&mut self, change: &Change<T>) {
        match change {
            Change::Create(_) => self.created += 1,
            Change::Update(_) => self.updated += 1,
            Change::Unchanged(_) => self.unchanged += 1,
        }
    }
}
