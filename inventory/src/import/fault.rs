//! Faults of a file: all of them, in the order of the file, with a bound on how many are kept.

use std::fmt::{Display, Formatter};

/// Faults that are listed; what a person mends in one go is less, and a broken file can have one in every cell.
pub const FAULTS_MAX: usize = 1000;

/// Longest value that is shown, in characters.
const VALUE_MAX: usize = 80;

/// One thing wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Line of the file on which the row begins, from 1.
    pub line: u64,
    /// The column, when one is to blame.
    pub column: Option<Column>,
    /// What stands there, shortened.
    pub value: String,
    /// What is wrong and what is allowed: a sentence whose subject is the value.
    pub message: String,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// From 1, as it stands in the file.
    pub number: usize,
    /// As the header spells it.
    pub name: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column {} ({})", column.number, column.name)?;
        }
        f.write_str(": ")?;
        if self.column.is_some() || !self.value.is_empty() {
            write!(f, "{:?} ", self.value)?;
        }
        f.write_str(&self.message)
    }
}

/// Collects faults, keeps the first [`FAULTS_MAX`] by line and counts all.
#[derive(Debug, Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    total: usize,
}

impl Faults {
    /// One more fault.
    pub(super) fn push(&mut self, line: u64, column: Option<Column>, value: &str, message: impl Into<String>) {
        self.total += 1;
        self.list.push(Fault { line, column, value: shortened(value), message: message.into() });
        if self.list.len() >= 2 * FAULTS_MAX {
            self.list.sort();
            self.list.truncate(FAULTS_MAX);
        }
    }

    /// How many there were so far.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// The faults in the order of the file; when some were left out, a last one says how many.
    pub(super) fn into_list(mut self) -> Vec<Fault> {
        self.list.sort();
        self.list.truncate(FAULTS_MAX);
        let left_out = self.total - self.list.len();
        if left_out > 0 {
            let line = self.list.last().map_or(1, |fault| fault.line);
            let message = format!("and {left_out} more faults from here on: mend the first {FAULTS_MAX} and try again");
            self.list.push(Fault { line, column: None, value: String::new(), message });
        }
        self.list
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_MAX) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}
