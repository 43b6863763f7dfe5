//! [`Family`]: what one file of this folder says about one device family, as tables as far as tables do.
//!
//! OIDs are written as text, because that is how people compare them with a MIB: an instance ends in `.0`, a column
//! does not. What a sensor is read from is asked for at each visit; what it is called by, at full visits only.

use std::collections::BTreeMap;

use crate::condition::{Condition, SensorClass};
use crate::mib::Answers;

/// All knowledge of a device family that SNMP needs.
#[derive(Debug)]
pub struct Family {
    /// Its key, unlike all others: `cambium-epmp`.
    pub key: &'static str,
    /// The platform key that people and programs see; several families of one maker may share it.
    pub platform: &'static str,
    /// Who made it, as far as the family says.
    pub vendor: Option<&'static str>,
    /// Whether a device is of this family.
    pub recognise: fn(&Clues<'_>) -> Verdict,
    /// Objects or columns of which one answers when [`Verdict::Maybe`] means yes.
    pub probes: &'static [&'static str],
    /// What it is called on the box: the first source that tells.
    pub model: &'static [Source],
    /// Firmware: likewise.
    pub version: &'static [Source],
    /// Serial number: likewise.
    pub serial: &'static [Source],
    /// Why it started last.
    pub restart_reason: &'static [Source],
    /// How busy it is: the first source that answers.
    pub cpu: &'static [Cpu],
    /// How full its memory is: likewise.
    pub memory: &'static [Memory],
    /// What it measures, value by value or column by column.
    pub sensors: &'static [&'static [Sensor]],
    /// What `read` needs beyond that, at full visits only: names.
    pub facts: &'static [Ask],
    /// What `read` needs beyond that, at each visit.
    pub live: &'static [Ask],
    /// Whether it stands between a hall and the Internet, so that those in the hall are its ARP table.
    pub is_gateway: bool,
    /// Reads what no table says: Wi-Fi above all.
    pub read: fn(&Seen<'_>, &mut Condition),
}

impl Family {
    /// A family that nothing is known of; files of families fill in what they know.
    pub const UNKNOWN: Family = Family {
        key: "generic",
        platform: "generic",
        vendor: None,
        recognise: |_| Verdict::No,
        probes: &[],
        model: &[],
        version: &[],
        serial: &[],
        restart_reason: &[],
        cpu: &Cpu::HOST,
        memory: &Memory::HOST,
        sensors: &[],
        facts: &[],
        live: &[],
        is_gateway: false,
        read: |_, _| {},
    };
}

/// What recognition goes by.
#[derive(Debug, Clone, Copy)]
pub struct Clues<'a> {
    /// sysDescr; empty when there is none.
    pub descr: &'a str,
    /// sysObjectID without a leading dot; empty when there is none.
    pub object_id: &'a str,
    /// What the probes found, once they were asked.
    pub probed: Option<&'a Answers>,
}

impl Clues<'_> {
    /// Whether sysObjectID is `root` or below it.
    pub fn is_below(&self, root: &str) -> bool {
        self.object_id.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether sysObjectID says only that net-snmp runs on Linux (netSnmpAgentOIDs.10), as a dozen families do, or
    /// says nothing: absent, `0.0`, or the number of another box of the same chip's maker (E.10002.1).
    pub fn is_vague(&self) -> bool {
        matches!(self.object_id, "" | "0.0" | "1.3.6.1.4.1.8072.3.2.10" | "1.3.6.1.4.1.10002.1")
    }

    /// Yes when the condition holds; else maybe where sysObjectID is vague.
    pub fn yes_or_probe(&self, is_sure: bool) -> Verdict {
        match (is_sure, self.is_vague()) {
            (true, _) => Verdict::Yes,
            (false, true) => Verdict::Maybe,
            (false, false) => Verdict::No,
        }
    }
}

/// Whether a device is of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Yes,
    /// It is if one of the family's probes answers.
    Maybe,
    /// It is not.
    No,
}

/// Yes or no from a condition.
pub(super) fn yes_if(is_so: bool) -> Verdict {
    if is_so { Verdict::Yes } else { Verdict::No }
}

/// Where a fact about a device stands.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// In an instance, as it is.
    Object(&'static str),
    /// In the first row of a column that says something.
    Column(&'static str),
    /// Inside the text of an instance.
    Within(&'static str, fn(&str) -> Option<String>),
    /// In the first row of a column out of which something can be made.
    WithinColumn(&'static str, fn(&str) -> Option<String>),
    /// Inside sysDescr.
    Descr(fn(&str) -> Option<String>),
    /// Out of several answers: the instances to ask for, and what is made of them.
    Made(&'static [&'static str], fn(&Answers) -> Option<String>),
}

/// Where the load of the processors stands, in per cent.
#[derive(Debug, Clone, Copy)]
pub enum Cpu {
    /// In an instance, to be divided by this.
    Object(&'static str, f64),
    /// In a column, one row a processor.
    Column(&'static str),
    /// In an instance, as the time that nothing was done.
    Idle(&'static str),
    /// Inside the text of an instance.
    Within(&'static str, fn(&str) -> Option<f64>),
    /// Out of several columns: what to ask for, and what is made of it.
    Made(&'static [&'static str], fn(&Answers) -> Option<f64>),
}

impl Cpu {
    /// hrProcessorLoad (HOST-RESOURCES-MIB, RFC 2790), else ssCpuIdle (UCD-SNMP-MIB).
    pub const HOST: [Cpu; 2] = [Cpu::Column("1.3.6.1.2.1.25.3.3.1.2"), Cpu::Idle("1.3.6.1.4.1.2021.11.11.0")];
}

/// Where the use of the memory stands.
#[derive(Debug, Clone, Copy)]
pub enum Memory {
    /// In hrStorageTable (HOST-RESOURCES-MIB, RFC 2790).
    Storage,
    /// In the memory group of UCD-SNMP-MIB.
    Ucd,
    /// In an instance, in per cent.
    Percent(&'static str),
    /// In a column, in per cent.
    PercentColumn(&'static str),
    /// In two instances of one unit: free, total.
    Free(&'static str, &'static str),
    /// In two columns of one unit: free, total.
    FreeColumns(&'static str, &'static str),
    /// In two instances of one unit: used, total.
    Used(&'static str, &'static str),
    /// In two columns of one unit: used, total.
    UsedColumns(&'static str, &'static str),
    /// Inside the text of an instance, in per cent.
    Within(&'static str, fn(&str) -> Option<f64>),
    /// Out of several columns: what to ask for, and what is made of it, in per cent.
    Made(&'static [&'static str], fn(&Answers) -> Option<f64>),
}

impl Memory {
    /// Where every net-snmp has it.
    pub const HOST: [Memory; 2] = [Memory::Storage, Memory::Ucd];
}

/// Something measured.
#[derive(Debug, Clone, Copy)]
pub struct Sensor {
    pub(super) class: SensorClass,
    pub(super) at: &'static str,
    pub(super) is_column: bool,
    pub(super) name: Name,
    pub(super) scale: f64,
    pub(super) states: &'static [(i64, &'static str)],
    pub(super) is_told: fn(f64) -> bool,
}

/// What a sensor is called.
#[derive(Debug, Clone, Copy)]
pub enum Name {
    /// Always so.
    Fixed(&'static str),
    /// So, and the index of the row.
    Row(&'static str),
    /// As a cell of the same row says, and then so.
    Cell(&'static str, &'static str),
    /// As the port whose ifIndex the row bears is called, and then so.
    Port(&'static str),
}

impl Sensor {
    /// In an instance.
    pub const fn object(class: SensorClass, name: &'static str, at: &'static str) -> Sensor {
        let name = Name::Fixed(name);
        Sensor { class, at, is_column: false, name, scale: 1.0, states: &[], is_told: |_| true }
    }

    /// In a column, one a row.
    pub const fn column(class: SensorClass, name: Name, at: &'static str) -> Sensor {
        Sensor { class, at, is_column: true, name, scale: 1.0, states: &[], is_told: |_| true }
    }

    /// The device counts in this many of the class's unit.
    #[must_use]
    pub const fn times(self, scale: f64) -> Sensor {
        Sensor { scale, ..self }
    }

    /// The MIB's words for the numbers of a state.
    #[must_use]
    pub const fn states(self, states: &'static [(i64, &'static str)]) -> Sensor {
        Sensor { states, ..self }
    }

    /// Numbers, as the device sends them, for which this is false mean "no such sensor".
    #[must_use]
    pub const fn only(self, is_told: fn(f64) -> bool) -> Sensor {
        Sensor { is_told, ..self }
    }
}

/// What to ask for.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    /// One instance.
    Object(&'static str),
    /// Columns, by their numbers below an entry.
    Columns(&'static str, &'static [u32]),
}

/// What a family's `read` reads from.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The answers.
    pub answers: &'a Answers,
    /// Names of the ports by ifIndex.
    pub ports: &'a BTreeMap<u32, String>,
}

impl Seen<'_> {
    /// The name of a port, else its number.
    pub fn port(&self, index: u32) -> String {
        self.ports.get(&index).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| index.to_string())
    }
}

/// A share of what is there, in per cent; nothing of nothing is no share.
pub(super) fn share(used: f64, total: f64) -> Option<f64> {
    (total > 0.0).then(|| used * 100.0 / total)
}

/// The mean; of nothing there is none.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// What stands between two texts; to the end when the second does not come.
pub(super) fn between(text: &str, after: &str, before: &str) -> Option<String> {
    let rest = &text[text.find(after)? + after.len()..];
    let end = if before.is_empty() { rest.len() } else { rest.find(before).unwrap_or(rest.len()) };
    let found = rest[..end].trim();
    (!found.is_empty()).then(|| found.to_owned())
}

/// The `nth` word, from 0.
pub(super) fn word(text: &str, nth: usize) -> Option<String> {
    text.split_whitespace().nth(nth).map(str::to_owned)
}
