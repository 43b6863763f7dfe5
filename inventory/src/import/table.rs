//! A file as rows of cells: its encoding, its separator, its header. Knows nothing of halls and devices.

use csv::StringRecord;

use super::fault::{Column, Faults};
use super::row::Row;

/// The largest file taken, in bytes: 1,367 halls with 5 devices each are less than one mebibyte.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;

/// The most rows taken.
pub const ROWS_MAX: usize = 100_000;

/// The columns of one kind of file.
#[derive(Debug)]
pub(super) struct Layout {
    /// What its rows are: `halls`.
    pub(super) name: &'static str,
    /// Columns that must be there.
    pub(super) required: &'static [&'static str],
    /// Columns that may be there.
    pub(super) optional: &'static [&'static str],
}

impl Layout {
    fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }

    fn knows(&self, name: &str) -> bool {
        self.columns().any(|column| column == name)
    }
}

/// The first row: which column stands where.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) layout: &'static Layout,
    names: Vec<String>,
    /// What stands between the cells.
    pub(super) delimiter: u8,
}

impl Header {
    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Where a column stands, from 0.
    pub(super) fn position(&self, column: &str) -> Option<usize> {
        self.names.iter().position(|name| name == column)
    }

    /// The column for a fault.
    pub(super) fn column(&self, column: &str) -> Option<Column> {
        self.position(column).map(|position| Column { number: position + 1, name: column.to_owned() })
    }
}

/// The text of a file. The error is a message whose subject is the file.
pub(super) fn decode(file: &[u8]) -> Result<&str, (u64, String)> {
    const SAVE_AS: &str = "save it from the spreadsheet as \"CSV UTF-8 (comma delimited)\" and try again";
    if file.len() > BYTES_MAX {
        let mib = BYTES_MAX / (1024 * 1024);
        return Err((1, format!("the file is larger than {mib} MiB: split it")));
    }
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err((1, format!("the file is a workbook, not a CSV: {SAVE_AS}")));
    }
    let is_utf16 = file.starts_with(b"\xFF\xFE") || file.starts_with(b"\xFE\xFF");
    if is_utf16 || file.iter().take(1024).any(|byte| *byte == 0) {
        return Err((1, format!("the file is not UTF-8 but UTF-16 or binary: {SAVE_AS}")));
    }
    let text = std::str::from_utf8(file).map_err(|error| {
        let line = 1 + newlines(&file[..error.valid_up_to()]);
        (line, format!("the file is not UTF-8 from here on (TCVN3, VNI or Windows-1258?): {SAVE_AS}"))
    })?;
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text))
}

/// A file whose header is known.
pub(super) struct Table<'t> {
    /// Its header.
    pub(super) header: Header,
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    lines: Lines<'t>,
}

impl<'t> Table<'t> {
    /// Reads the header. `None`, with a fault, when it is that of none of the layouts.
    pub(super) fn open(text: &'t str, layouts: &[&'static Layout], faults: &mut Faults) -> Option<Self> {
        let delimiter = delimiter_of(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
        let mut record = StringRecord::new();
        let Some(first) = next_record(&mut reader, &mut record, &mut lines) else {
            faults.push(1, None, "", "the file is empty: its first line has to name the columns");
            return None;
        };
        let header = header(&record, first.line, delimiter, layouts, faults)?;
        Some(Table { header, text, reader, lines })
    }

    /// Hands on every row that is not empty, until there are more than [`ROWS_MAX`].
    pub(super) fn each_row(&mut self, faults: &mut Faults, mut on_row: impl FnMut(Row<'_>)) {
        let mut record = StringRecord::new();
        let mut rows = 0;
        while let Some(start) = next_record(&mut self.reader, &mut record, &mut self.lines) {
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            rows += 1;
            if rows > ROWS_MAX {
                faults.push(start.line, None, "", format!("the file has more than {ROWS_MAX} rows: split it"));
                return;
            }
            let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.text.len());
            let raw = &self.text.as_bytes()[start.byte.min(end)..end];
            let is_torn = raw.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
            on_row(Row::new(start.line, &record, &self.header, is_torn, faults));
        }
    }
}

/// Where a record begins.
struct Start {
    line: u64,
    byte: usize,
}

fn next_record(reader: &mut csv::Reader<&[u8]>, record: &mut StringRecord, lines: &mut Lines<'_>) -> Option<Start> {
    // The text is UTF-8 and rows may be of any length, so nothing else can go wrong.
    let is_there = reader.read_record(record).unwrap_or(false);
    let byte = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    is_there.then(|| lines.advance(byte))
}

/// Counts lines. The reader's own count gives the empty lines before a record to that record.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// To the first byte of the record that the reader began at `byte`, past empty lines.
    fn advance(&mut self, byte: usize) -> Start {
        let empty = self.text.iter().skip(byte).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let to = (byte + empty).min(self.text.len());
        self.line += newlines(&self.text[self.at..to]);
        self.at = to;
        Start { line: self.line, byte: to }
    }
}

/// Line ends of all three kinds: LF, CR LF, and a CR alone.
fn newlines(bytes: &[u8]) -> u64 {
    let ends = |(at, byte): (usize, &u8)| *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    bytes.iter().enumerate().filter(|pair| ends(*pair)).count() as u64
}

/// The separator that stands most often in the first line. Spreadsheets set to Vietnamese write `;`, because their
/// decimal mark is the comma.
fn delimiter_of(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    // The last of equals is taken: the comma.
    *b"\t;,".iter().max_by_key(|delimiter| count(**delimiter)).unwrap_or(&b',')
}

/// Recognises the file by its header and checks it. A faulty header still lets the rows be checked, as far as it goes.
fn header(
    record: &StringRecord,
    line: u64,
    delimiter: u8,
    layouts: &[&'static Layout],
    faults: &mut Faults,
) -> Option<Header> {
    let mut names: Vec<String> = record.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    // Spreadsheets leave empty columns behind.
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    let known = |layout: &Layout| names.iter().filter(|name| layout.knows(name)).count();
    let layout = layouts.iter().max_by_key(|layout| known(layout)).filter(|layout| known(layout) >= 2);
    let Some(layout) = layout else {
        let firsts: Vec<String> =
            layouts.iter().map(|layout| format!("{} ({})", layout.name, layout.required.join(","))).collect();
        let seen = names.join(",");
        faults.push(line, None, &seen, format!("is no header of a file of {}", firsts.join(" or ")));
        return None;
    };
    let header = Header { layout, names, delimiter };
    check_header(&header, line, faults);
    Some(header)
}

fn check_header(header: &Header, line: u64, faults: &mut Faults) {
    let layout = header.layout;
    let mut missing: Vec<&str> =
        layout.required.iter().copied().filter(|column| header.position(column).is_none()).collect();
    for (position, name) in header.names.iter().enumerate() {
        let column = Some(Column { number: position + 1, name: name.clone() });
        if layout.knows(name) {
            if header.position(name) != Some(position) {
                faults.push(line, column, name, "stands twice in the header: keep one of the two columns");
            }
        } else if name.is_empty() {
            faults.push(line, column, name, "is no name of a column: name the column or take it out");
        } else {
            let nearest = nearest(name, layout.columns().filter(|column| header.position(column).is_none()));
            // A mistyped name is one fault, not an unknown and a missing column.
            missing.retain(|column| Some(*column) != nearest);
            let hint = match nearest {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => format!("{} are allowed", layout.columns().collect::<Vec<_>>().join(", ")),
            };
            faults.push(line, column, name, format!("is no column of a file of {}: {hint}", layout.name));
        }
    }
    for column in missing {
        faults.push(line, None, column, format!("is missing from the header: a file of {} needs it", layout.name));
    }
}

/// The candidate most like what was written, if any is like it.
pub(super) fn nearest<'c>(written: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let scored = candidates.map(|candidate| (strsim::jaro_winkler(written, candidate), candidate));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.85).map(|(_, candidate)| candidate)
}
