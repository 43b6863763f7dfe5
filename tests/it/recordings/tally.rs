//! The sheet: what was expected, right, wrong and missing, by family and section.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// Vendor, platform, sysName, sysObjectID.
    Identity,
    /// Model, version, serial.
    Model,
    /// Every field of every port.
    Ports,
    /// Wi-Fi clients.
    Clients,
    /// What else is wireless.
    Wifi,
    /// CPU and memory.
    Load,
    /// Other sensors.
    Sensors,
}

impl Section {
    const ALL: [Section; 7] = [
        Section::Identity,
        Section::Model,
        Section::Ports,
        Section::Clients,
        Section::Wifi,
        Section::Load,
        Section::Sensors,
    ];
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    right: u32,
    wrong: u32,
    missing: u32,
}

impl Tally {
    fn expected(self) -> u32 {
        self.right + self.wrong + self.missing
    }

    fn add(&mut self, other: Tally) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missing += other.missing;
    }
}

/// Everything counted.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    rows: BTreeMap<String, BTreeMap<Section, Tally>>,
    notes: Vec<String>,
}

impl Sheet {
    fn tally(&mut self, family: &str, section: Section) -> &mut Tally {
        self.rows.entry(family.to_owned()).or_default().entry(section).or_default()
    }

    pub(super) fn right(&mut self, family: &str, section: Section) {
        self.tally(family, section).right += 1;
    }

    pub(super) fn missing(&mut self, family: &str, section: Section, what: String) {
        self.tally(family, section).missing += 1;
        self.notes.push(format!("missing {family} {section:?}: {what}"));
    }

    pub(super) fn wrong(&mut self, family: &str, section: Section, what: String) {
        self.tally(family, section).wrong += 1;
        self.notes.push(format!("WRONG   {family} {section:?}: {what}"));
    }

    /// Right, wrong or missing by two texts of the same thing.
    pub(super) fn judge<T: PartialEq + std::fmt::Debug>(
        &mut self,
        family: &str,
        section: Section,
        what: &str,
        expected: T,
        told: Option<T>,
    ) {
        match told {
            Some(told) if told == expected => self.right(family, section),
            Some(told) => self.wrong(family, section, format!("{what}: expected {expected:?}, told {told:?}")),
            None => self.missing(family, section, format!("{what}: expected {expected:?}")),
        }
    }

    /// Something to tell beside the table.
    pub(super) fn note(&mut self, what: String) {
        self.notes.push(what);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn sums(&self) -> BTreeMap<Section, Tally> {
        let mut sums: BTreeMap<Section, Tally> = BTreeMap::new();
        for row in self.rows.values() {
            for (section, tally) in row {
                sums.entry(*section).or_default().add(*tally);
            }
        }
        sums
    }

    /// The table: right/expected, and the wrong ones with a `!`.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        let cell = |tally: Option<&Tally>| match tally {
            None => "-".to_owned(),
            Some(tally) if tally.wrong > 0 => format!("{}/{} !{}", tally.right, tally.expected(), tally.wrong),
            Some(tally) => format!("{}/{}", tally.right, tally.expected()),
        };
        let mut line = |name: &str, row: &BTreeMap<Section, Tally>| {
            write!(out, "{name:<26}").unwrap();
            for section in Section::ALL {
                write!(out, "{:>14}", cell(row.get(&section))).unwrap();
            }
            out.push('\n');
        };
        for (family, row) in &self.rows {
            line(family, row);
        }
        line("all", &self.sums());
        let head: String = Section::ALL.iter().map(|section| format!("{:>14}", format!("{section:?}"))).collect();
        format!("{}\n{:<26}{head}\n{out}", self.notes.join("\n"), "family")
    }

    /// Fails below a floor, and on any wrong value.
    pub(super) fn check(&self, floors: &[(Section, u32)]) {
        let sums = self.sums();
        let mut faults: Vec<String> = Vec::new();
        for (section, floor) in floors {
            let tally = sums.get(section).copied().unwrap_or_default();
            if tally.right * 1000 < floor * tally.expected() {
                faults.push(format!("{section:?}: {} of {} right", tally.right, tally.expected()));
            }
            if tally.wrong > 0 {
                faults.push(format!("{section:?}: {} wrong", tally.wrong));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
