//! [`DeviceMemory`]: what one device taught us, kept by the caller between visits and worth nothing when lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use inventory::device::Mac;
use inventory::mib::Answers;
use inventory::platform::{Asks, Family};
use inventory::reading::CounterWidth;

use super::mib::IfColumn;
use super::walk::Pace;

/// What is remembered of a device between visits. A fresh one is always right: it only costs a full visit.
#[derive(Debug, Clone, Default)]
pub struct DeviceMemory {
    /// How much it can be asked at once.
    pub(super) pace: Pace,
    /// Whether it must be asked for one name of the system group at a time.
    pub(super) is_asked_singly: bool,
    /// Its ports as the last full visit found them, by ifIndex.
    pub(super) ports: BTreeMap<u32, Port>,
    /// ifNumber at the last full visit.
    pub(super) if_number: Option<u64>,
    /// The column that tells the ports apart: ifName, or ifDescr where there is no ifName.
    pub(super) label: Label,
    /// Its family, and what the last full visit learned of it.
    pub(super) known: Option<Arc<Known>>,
}

/// What the last full visit learned beyond the ports.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) family: &'static Family,
    /// What seldom changes: names of its parts.
    pub(super) facts: Answers,
    /// What it answered of what changes each minute; the rest it does not have.
    pub(super) live: Asks,
}

/// A port as the last full visit found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Port {
    /// What the label column said.
    pub(super) label: String,
    /// The name it is known by.
    pub(super) name: String,
    pub(super) mac: Option<Mac>,
    /// Which octet counters are read: changing between the two would cut its series.
    pub(super) width: CounterWidth,
}

/// Which column tells ports apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Label {
    #[default]
    Name,
    Descr,
}

impl Label {
    pub(super) fn column(self) -> IfColumn {
        match self {
            Label::Name => IfColumn::Name,
            Label::Descr => IfColumn::Descr,
        }
    }
}

impl DeviceMemory {
    /// How many ports the last full visit found.
    pub fn port_count(&self) -> usize {
        self.ports.len()
    }

    pub(super) fn has_width(&self, width: CounterWidth) -> bool {
        self.ports.values().any(|port| port.width == width)
    }
}
