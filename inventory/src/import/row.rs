//! One row: its cells as typed values, each wrong one a fault.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use csv::StringRecord;

use super::fault::Faults;
use super::formula::unguarded;
use super::table::Header;
use crate::text::{is_harmless, nfc};

/// A row being read. A cell that is empty, or whose column the file lacks, reads as `None`.
pub(super) struct Row<'r> {
    /// The line on which it begins.
    pub(super) line: u64,
    record: &'r StringRecord,
    header: &'r Header,
    faults: &'r mut Faults,
    /// Faults of the file before this row.
    before: usize,
}

/// How a number may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// `11,778` can only be a decimal comma.
    Decimal,
    /// `1,000` may be a thousand or a one: refused.
    MayHaveThousands,
}

impl<'r> Row<'r> {
    pub(super) fn new(
        line: u64,
        record: &'r StringRecord,
        header: &'r Header,
        is_torn: bool,
        faults: &'r mut Faults,
    ) -> Self {
        let before = faults.total();
        let row = Row { line, record, header, faults, before };
        if is_torn {
            let text = row.record.iter().next().unwrap_or_default();
            row.faults.push(
                line,
                None,
                text,
                "begins a row with a quotation mark that is never closed: write \"\" for \" inside a cell",
            );
        } else if !row.fits() {
            let (has, wanted) = (row.record.len(), row.header.len());
            row.faults.push(line, None, "", format!("the row has {has} cells where the header names {wanted} columns"));
        }
        row
    }

    /// Whether it has as many cells as the header has columns; empty ones at the end, which spreadsheets leave behind, do
    /// not count.
    fn fits(&self) -> bool {
        self.record.len() >= self.header.len()
            && self.record.iter().skip(self.header.len()).all(|cell| cell.trim().is_empty())
    }

    /// Whether the row had no fault so far.
    pub(super) fn is_good(&self) -> bool {
        self.faults.total() == self.before
    }

    /// The text of a cell as the file means it.
    pub(super) fn cell(&self, column: &str) -> Option<&'r str> {
        let cell = self.record.get(self.header.position(column)?)?;
        let text = unguarded(cell.trim()).trim();
        (!text.is_empty()).then_some(text)
    }

    /// The cell is wrong; the message's subject is its value.
    pub(super) fn refuse(&mut self, column: &str, message: impl Into<String>) {
        let value = self.cell(column).unwrap_or_default();
        self.faults.push(self.line, self.header.column(column), value, message);
    }

    /// Whether there are so few faults yet that a search for what was meant is worth its time.
    pub(super) fn has_time_for_hints(&self) -> bool {
        self.faults.total() < 200
    }

    /// Refuses an empty cell in a column that the file has; a column that it lacks was reported with the header.
    pub(super) fn require(&mut self, column: &str, allowed: &str) {
        if self.cell(column).is_none() && self.header.position(column).is_some() {
            self.refuse(column, format!("is empty: {allowed} is needed"));
        }
    }

    /// A value with a form of its own. Its error is a message whose subject is the value.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, column: &str) -> Option<T> {
        match self.cell(column)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(column, error.to_string());
                None
            }
        }
    }

    /// One line of text in NFC.
    pub(super) fn text(&mut self, column: &str, longest: usize) -> Option<String> {
        self.checked_text(column, longest, |c| is_harmless(c) && !matches!(c, '\n' | '\t'))
    }

    /// Text that may have several lines, in NFC.
    pub(super) fn lines(&mut self, column: &str, longest: usize) -> Option<String> {
        let text = self.checked_text(column, longest, |c| is_harmless(c) || c == '\r')?;
        Some(text.replace("\r\n", "\n").replace('\r', "\n"))
    }

    fn checked_text(&mut self, column: &str, longest: usize, is_allowed: fn(char) -> bool) -> Option<String> {
        let text = nfc(self.cell(column)?);
        if let Some(bad) = text.chars().find(|c| !is_allowed(*c)) {
            let code = u32::from(bad);
            self.refuse(column, format!("has the control or invisible character U+{code:04X}: take it out"));
            return None;
        }
        if text.chars().count() > longest {
            self.refuse(column, format!("is longer than {longest} characters"));
            return None;
        }
        Some(text)
    }

    /// A number in a range, with a decimal point or, where that cannot be misread, a decimal comma.
    pub(super) fn number(&mut self, column: &str, range: RangeInclusive<f64>, digits: Digits) -> Option<f64> {
        let text = self.cell(column)?;
        let (from, to) = (range.start(), range.end());
        let allowed = format!("a number from {from} to {to} is allowed");
        match decimal(text, self.header.delimiter, digits) {
            Some(number) if range.contains(&number) => Some(number),
            Some(_) => {
                self.refuse(column, format!("is outside {from} to {to}"));
                None
            }
            None if is_thousands(text) => {
                self.refuse(column, format!("can be read in two ways: write it without the separator; {allowed}"));
                None
            }
            None => {
                self.refuse(column, format!("is no number: {allowed}, with a decimal point"));
                None
            }
        }
    }
}

/// A decimal number: digits, at most one mark among them, no exponent.
fn decimal(text: &str, delimiter: u8, digits: Digits) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let has_form = unsigned.starts_with(|c: char| c.is_ascii_digit())
        && unsigned.ends_with(|c: char| c.is_ascii_digit())
        && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        && unsigned.matches(['.', ',']).count() <= 1;
    if !has_form {
        return None;
    }
    // A point is the decimal mark of files separated by commas; elsewhere it may set thousands apart.
    let is_ambiguous = is_thousands(unsigned) && (unsigned.contains(',') || delimiter != b',');
    if is_ambiguous && digits == Digits::MayHaveThousands {
        return None;
    }
    text.replace(',', ".").parse().ok()
}

/// `1,000` or `1.000`: one to three digits, not a lone 0, a mark, three digits.
fn is_thousands(text: &str) -> bool {
    text.split_once([',', '.']).is_some_and(|(whole, rest)| {
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        (1..=3).contains(&whole.len()) && whole != "0" && rest.len() == 3 && all_digits(whole) && all_digits(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_mark_is_read_where_it_cannot_be_misread() {
        let read = |text, delimiter| decimal(text, delimiter, Digits::Decimal);
        assert_eq!(read("11.778", b','), Some(11.778));
        assert_eq!(read("11,778", b';'), Some(11.778));
        assert_eq!(read("-0,5", b','), Some(-0.5));
        for text in ["", "abc", "1.2.3", "1,234.5", "1e3", "nan", "inf", ".5", "5.", "--1", "٣"] {
            assert_eq!(read(text, b','), None, "{text}");
        }
    }

    #[test]
    fn a_thousand_that_may_be_a_one_is_refused() {
        let read = |text, delimiter| decimal(text, delimiter, Digits::MayHaveThousands);
        assert_eq!(read("1,000", b','), None);
        assert_eq!(read("1.000", b';'), None);
        assert_eq!(read("1.544", b','), Some(1.544));
        assert_eq!(read("0,512", b';'), Some(0.512));
        assert_eq!(read("1000", b';'), Some(1000.0));
    }
}
