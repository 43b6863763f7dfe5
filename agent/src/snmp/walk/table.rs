//! [`Table`]: which part of a table to ask for next, and what an answer adds to it. No sockets, no time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::super::codec::{Ask, Cut, Response, Status};
use super::{Limits, Pace};
use inventory::mib::Oid;
use inventory::mib::{Value, Varbind};

/// A column to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Column {
    /// Its name, for warnings.
    pub(in super::super) name: Cow<'static, str>,
    /// The object; rows stand below it.
    pub(in super::super) oid: Oid,
}

/// What stands below a column in the name of a value; in most tables one number.
pub(in super::super) type Index = SmallVec<[u32; 4]>;

/// A table being read, and what was read of it.
pub(in super::super) struct Table {
    /// Index → one value for each column, in the order of the columns; none where the device has none.
    pub(in super::super) rows: BTreeMap<Index, Vec<Option<Value>>>,
    /// What was odd.
    pub(in super::super) warnings: Vec<String>,
    scalars: Vec<Scalar>,
    columns: Vec<Progress>,
    limits: Limits,
    /// Rows after which a column is at its end, when the caller knows how many there are.
    known_rows: usize,
    bytes: usize,
    /// Stopped before its end.
    is_cut: bool,
    /// Columns that were left before their end.
    holes: BTreeSet<usize>,
    /// Columns whose values could not all be decoded.
    unreadable: BTreeSet<usize>,
    /// Columns that went back to a row not seen before, as some tables of RouterOS and of D-Link's DGS-1100 do.
    unordered: BTreeSet<usize>,
}

/// A value asked with every request, so that it belongs to the same moment as the rows beside it.
struct Scalar {
    object: Oid,
    is_missing: bool,
    first: Option<Value>,
    last: Option<Value>,
}

struct Progress {
    column: Column,
    /// The last name taken.
    cursor: Oid,
    rows: usize,
    is_done: bool,
}

/// One request of a walk.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Request {
    pub(in super::super) ask: Ask,
    pub(in super::super) names: Vec<Oid>,
    scalars: Vec<usize>,
    columns: Vec<usize>,
}

impl Request {
    /// How many rows it asks for.
    pub(super) fn rows(&self) -> u8 {
        match self.ask {
            Ask::GetBulk { max_repetitions, .. } => max_repetitions,
            Ask::Get | Ask::GetNext => 1,
        }
    }
}

impl Table {
    /// Nothing read yet. `scalars` are objects with the one instance `.0`.
    pub(in super::super) fn new(scalars: Vec<Oid>, columns: Vec<Column>, limits: Limits) -> Self {
        let scalars =
            scalars.into_iter().map(|object| Scalar { object, is_missing: false, first: None, last: None }).collect();
        let columns = columns
            .into_iter()
            .map(|column| Progress { cursor: column.oid.clone(), column, rows: 0, is_done: false })
            .collect();
        Table {
            rows: BTreeMap::new(),
            warnings: Vec::new(),
            scalars,
            columns,
            limits,
            known_rows: usize::MAX,
            bytes: 0,
            is_cut: false,
            holes: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            unordered: BTreeSet::new(),
        }
    }

    /// Stops after this many rows of each column without looking for more.
    #[must_use]
    pub(in super::super) fn with_known_rows(mut self, rows: usize) -> Self {
        self.known_rows = rows;
        self
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether every column was read to its end.
    pub(in super::super) fn is_complete(&self) -> bool {
        !self.is_cut && self.holes.is_empty() && self.columns.iter().all(|column| column.is_done)
    }

    /// Whether every row of a column is there: what is counted or summed over less is wrong.
    pub(in super::super) fn is_whole(&self, nth: usize) -> bool {
        let is_done = self.columns.get(nth).is_some_and(|column| column.is_done);
        is_done && !self.holes.contains(&nth) && !self.unreadable.contains(&nth)
    }

    /// The first and the last answer for a scalar.
    pub(in super::super) fn scalar(&self, nth: usize) -> (Option<&Value>, Option<&Value>) {
        self.scalars.get(nth).map_or((None, None), |scalar| (scalar.first.as_ref(), scalar.last.as_ref()))
    }

    /// The next request; none when the table is read or stopped.
    pub(in super::super) fn next(&self, pace: &Pace, version_has_bulk: bool) -> Option<Request> {
        if self.is_cut {
            return None;
        }
        let mut columns: Vec<usize> = (0..self.columns.len()).filter(|nth| !self.columns[*nth].is_done).collect();
        columns.truncate(pace.columns(columns.len()));
        let missing_rows = columns.iter().map(|nth| self.known_rows.saturating_sub(self.columns[*nth].rows)).max()?;
        let has_room = !pace.takes_one_name();
        let scalars: Vec<usize> =
            (0..self.scalars.len()).filter(|nth| has_room && !self.scalars[*nth].is_missing).collect();
        let names = scalars
            .iter()
            .map(|nth| self.scalars[*nth].object.clone())
            .chain(columns.iter().map(|nth| self.columns[*nth].cursor.clone()))
            .collect();
        let rows = pace.rows(columns.len(), scalars.len()).filter(|_| version_has_bulk);
        let ask = match rows {
            Some(rows) => Ask::GetBulk {
                non_repeaters: scalars.len() as u8,
                max_repetitions: rows.min(u8::try_from(missing_rows).unwrap_or(u8::MAX)),
            },
            None => Ask::GetNext,
        };
        Some(Request { ask, names, scalars, columns })
    }

    /// Takes an answer: its values, or that the device cannot follow. The status when asking otherwise will not help.
    pub(in super::super) fn take(&mut self, request: &Request, response: Response, pace: &mut Pace) -> Option<Status> {
        match response.status {
            Status::Good => self.accept(request, response),
            Status::NoSuchName => self.end_at(request, response.index, pace),
            Status::TooBig if pace.halve(request.rows()) => {}
            Status::General | Status::Other(_) if pace.simplify() => {}
            // Asked as gently as can be, and still an error: this column is beyond the device.
            status @ (Status::TooBig | Status::General | Status::Other(_)) if self.give_up_column(request, status) => {}
            status @ (Status::TooBig | Status::General | Status::Other(_) | Status::Denied) => return Some(status),
        }
        None
    }

    /// Takes what a good answer holds.
    fn accept(&mut self, request: &Request, response: Response) {
        self.bytes += response.bytes;
        let mut cells = response.varbinds.into_iter();
        for (nth, varbind) in request.scalars.iter().zip(cells.by_ref().take(request.scalars.len())) {
            self.take_scalar(*nth, varbind);
        }
        let mut has_moved = false;
        for (place, varbind) in cells.enumerate() {
            let nth = request.columns[place % request.columns.len()];
            if !self.columns[nth].is_done {
                has_moved |= self.take_cell(nth, varbind);
            }
        }
        if response.cut == Some(Cut::Torn) {
            self.warn("an answer broke off; the values after the break were asked for again".to_owned());
        }
        if !has_moved {
            self.stop(if response.cut == Some(Cut::Torn) { "answers break off" } else { "answers are empty" });
        } else if self.rows.len() >= self.limits.rows && !self.columns.iter().all(|column| column.is_done) {
            self.stop(&format!("it has more than {} rows", self.limits.rows));
        } else if self.bytes > self.limits.bytes {
            self.stop(&format!("it has more than {} KiB", self.limits.bytes >> 10));
        }
    }

    fn take_scalar(&mut self, nth: usize, varbind: Varbind) {
        let scalar = &mut self.scalars[nth];
        if varbind.oid.below(&scalar.object) == Some(&[0]) && varbind.value.is_told() {
            scalar.first.get_or_insert_with(|| varbind.value.clone());
            scalar.last = Some(varbind.value);
        } else {
            scalar.is_missing = true;
        }
    }

    /// Takes a value that came at the place of a column. Whether the column moved on or ended.
    fn take_cell(&mut self, nth: usize, varbind: Varbind) -> bool {
        let (column_count, limits) = (self.columns.len(), self.limits);
        let progress = &mut self.columns[nth];
        let name = &progress.column.name;
        let warning = match varbind.oid.below(&progress.column.oid) {
            _ if matches!(varbind.value, Value::EndOfMibView) => None,
            Some(index)
                if !has_value(&self.rows, index, nth) && (varbind.oid > progress.cursor || varbind.value.is_told()) =>
            {
                if varbind.oid < progress.cursor && self.unordered.insert(nth) {
                    self.warnings.push(format!("the rows of {name} are not in order; some may be missing"));
                }
                progress.rows += 1;
                progress.is_done = progress.rows >= self.known_rows;
                if matches!(varbind.value, Value::Unreadable) && self.unreadable.insert(nth) {
                    self.warnings.push(format!("a value of {name} cannot be decoded and is left out"));
                }
                let value = Some(varbind.value).filter(Value::is_told);
                let has_room = self.rows.len() < limits.rows;
                match self.rows.get_mut(index) {
                    Some(row) => row[nth] = value,
                    None if has_room => {
                        let mut row = vec![None; column_count];
                        row[nth] = value;
                        self.rows.insert(Index::from_slice(index), row);
                    }
                    None => {}
                }
                progress.cursor = varbind.oid;
                return true;
            }
            Some(_) => Some(format!("walk of {name} cut short: the device answers {} again", varbind.oid)),
            None if varbind.oid > progress.column.oid => None,
            None => Some(format!("walk of {name} cut short: the device answers {}, which comes before", varbind.oid)),
        };
        progress.is_done = true;
        if let Some(warning) = warning {
            self.holes.insert(nth);
            self.warn(warning);
        }
        true
    }

    /// Takes version 1's noSuchName about one name of the request: there is nothing after it.
    fn end_at(&mut self, request: &Request, index: usize, pace: &mut Pace) {
        let place = index.checked_sub(1).filter(|place| *place < request.names.len());
        match place.map(|place| (place, place.checked_sub(request.scalars.len()))) {
            Some((place, None)) => self.scalars[request.scalars[place]].is_missing = true,
            Some((_, Some(place))) => self.columns[request.columns[place]].is_done = true,
            None if request.names.len() == 1 => self.columns[request.columns[0]].is_done = true,
            None => {
                for scalar in &request.scalars {
                    self.scalars[*scalar].is_missing = true;
                }
                pace.one_column();
            }
        }
    }

    /// Leaves a column out that the device answers with an error however it is asked. False when the request was
    /// about more than one, so that nobody knows which it is.
    fn give_up_column(&mut self, request: &Request, status: Status) -> bool {
        let [only] = request.columns.as_slice() else {
            return false;
        };
        let progress = &mut self.columns[*only];
        progress.is_done = true;
        let warning = format!("walk of {} cut short: the device answers {status:?}", progress.column.name);
        self.holes.insert(*only);
        self.warn(warning);
        true
    }

    /// Ends the walk before its end.
    pub(super) fn stop(&mut self, reason: &str) {
        self.is_cut = true;
        let open: Vec<&str> =
            self.columns.iter().filter(|column| !column.is_done).map(|column| &*column.column.name).collect();
        self.warn(format!("walk of {} cut short: {reason}", open.join(", ")));
    }

    fn warn(&mut self, warning: String) {
        /// Enough to see what is wrong; a device that does everything wrong does not fill memory with it.
        const WARNINGS_MAX: usize = 20;
        if self.warnings.len() < WARNINGS_MAX && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Whether a column has a value in a row: then the device answers it again, and a walk that follows goes round.
fn has_value(rows: &BTreeMap<Index, Vec<Option<Value>>>, index: &[u32], nth: usize) -> bool {
    rows.get(index).is_some_and(|row| row[nth].is_some())
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
