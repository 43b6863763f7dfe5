//! Reads a TOML document key by key: every getter marks its key as known and turns what is wrong into a [`Fault`] with
//! its line, so that [`Section::finish`] can name the keys that nobody asked for.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::fault::Fault;

/// Longest value that is shown in a fault, in characters.
const SHOWN: usize = 60;

/// What is at fault when no key is.
const FILE: &str = "the file";

/// A parsed file and the faults found in it so far.
pub(super) struct Document<'d> {
    text: &'d str,
    /// The folder of the file: what relative paths are relative to.
    pub(super) base_dir: &'d Path,
    table: DeTable<'d>,
    faults: RefCell<Vec<Fault>>,
    /// Line of the first thing that is no TOML. What was read after it may stand in the wrong section.
    torn_at: Option<usize>,
}

impl<'d> Document<'d> {
    /// Parses the text as far as it can be parsed; the rest is faults.
    pub(super) fn parse(text: &'d str, base_dir: &'d Path) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let (table, faults) = (table.into_inner(), RefCell::default());
        let mut document = Document { text, base_dir, table, faults, torn_at: None };
        for error in errors {
            let line = error.span().map(|span| document.line(&span));
            // A key given twice spoils nothing after it.
            if error.message() != "duplicate key" {
                document.torn_at = [document.torn_at, line].into_iter().flatten().min().or(Some(1));
            }
            document.fault(line, FILE, None, format!("is no TOML here: {}", error.message()));
        }
        document
    }

    /// The top of the file.
    pub(super) fn root(&'d self) -> Section<'d> {
        Section { document: self, table: Some(&self.table), path: String::new(), line: None, known: Vec::new() }
    }

    /// The faults, by line.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        if let Some(torn_at) = self.torn_at {
            faults.retain(|fault| fault.key == FILE || fault.line.is_some_and(|line| line < torn_at));
        }
        faults.sort();
        faults.dedup();
        faults
    }

    /// Adds a fault that no key of the file is to blame for.
    pub(super) fn fault(&self, line: Option<usize>, key: &str, value: Option<String>, message: String) {
        self.faults.borrow_mut().push(Fault { line, key: key.to_owned(), value, message });
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    fn shown(&self, span: Range<usize>) -> String {
        let written = self.text.get(span).unwrap_or_default().lines().next().unwrap_or_default();
        let mut short: String = written.chars().take(SHOWN).collect();
        if short.len() < written.len() {
            short.push('…');
        }
        short
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Found<T> {
    /// The value.
    pub(super) value: T,
    key: String,
    line: usize,
    shown: String,
}

impl<T> Found<T> {
    /// The same place with another value.
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Found<U> {
        Found { value: f(self.value), key: self.key, line: self.line, shown: self.shown }
    }
}

/// One table of the document; an absent one reads as empty.
pub(super) struct Section<'d> {
    /// The document it stands in.
    pub(super) document: &'d Document<'d>,
    table: Option<&'d DeTable<'d>>,
    path: String,
    line: Option<usize>,
    known: Vec<&'static str>,
}

impl<'d> Section<'d> {
    /// The value under a key, whatever it is.
    fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.push(key);
        self.table?.get(key)
    }

    fn found<T>(&self, key: &str, span: Range<usize>, value: T) -> Found<T> {
        let line = self.document.line(&span);
        Found { value, key: self.full(key), line, shown: self.document.shown(span) }
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value is wrong; the message says why and what is allowed.
    pub(super) fn refuse<T>(&self, found: &Found<T>, message: impl Into<String>) {
        self.document.fault(Some(found.line), &found.key, Some(found.shown.clone()), message.into());
    }

    /// Whether the value passed its check; it is refused else.
    pub(super) fn accepts(&self, found: &Found<String>, checked: Result<(), &'static str>) -> bool {
        checked.map_err(|why| self.refuse(found, why)).is_ok()
    }

    /// The value is wrong and may be secret: it is not shown.
    pub(super) fn refuse_unseen<T>(&self, found: &Found<T>, message: impl Into<String>) {
        self.document.fault(Some(found.line), &found.key, None, message.into());
    }

    /// The section lacks a key that it needs.
    pub(super) fn missing(&self, key: &str, message: &str) {
        self.document.fault(self.line, &self.full(key), None, format!("is missing: {message}"));
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = self.found(key, value.span(), ());
        let held = value.get_ref().type_str();
        let article = if held.starts_with(['a', 'i']) { "an" } else { "a" };
        self.refuse(&found, format!("is {article} {held} where {wanted} is allowed"));
    }

    /// A string that is not empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Found<String>> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "a string in quotation marks");
            return None;
        };
        let found = self.found(key, value.span(), text.trim().to_owned());
        if found.value.is_empty() {
            self.refuse(&found, "is empty: write a value or leave the key out");
            return None;
        }
        Some(found)
    }

    /// A string that the section cannot do without.
    pub(super) fn required(&mut self, key: &'static str, what: &str) -> Option<Found<String>> {
        if self.table.is_none_or(|table| !table.contains_key(key)) {
            self.known.push(key);
            // A secret written where the name of its file belongs is one fault: the unknown key.
            let is_in_clear = key.strip_suffix("_file").is_some_and(|bare| self.has(bare));
            if !is_in_clear {
                self.missing(key, what);
            }
            return None;
        }
        self.text(key)
    }

    /// One of a closed set of words.
    pub(super) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let found = self.text(key)?;
        self.one_of(&found, words)
    }

    /// Which of a closed set of words was found.
    pub(super) fn one_of<T: Copy>(&self, found: &Found<String>, words: &[(&str, T)]) -> Option<T> {
        let meant = words.iter().find(|(word, _)| *word == found.value).map(|(_, meaning)| *meaning);
        if meant.is_none() {
            let allowed: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.refuse(found, format!("is none of {}", allowed.join(", ")));
        }
        meant
    }

    /// A whole number in a range.
    pub(super) fn whole(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<Found<u64>> {
        let value = self.value(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, &format!("a whole number from {} to {}", range.start(), range.end()));
            return None;
        };
        let found = self.found(key, value.span(), ());
        match u64::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|number| range.contains(number)) {
            Some(number) => Some(found.map(|()| number)),
            None => {
                self.refuse(&found, format!("is outside {} to {}", range.start(), range.end()));
                None
            }
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        flag
    }

    /// A list of strings, none of them empty.
    pub(super) fn list(&mut self, key: &'static str) -> Option<Vec<Found<String>>> {
        let value = self.value(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of strings in brackets");
            return None;
        };
        let mut items = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str().map(str::trim) {
                Some(text) if !text.is_empty() => items.push(self.found(key, item.span(), text.to_owned())),
                Some(_) => self.refuse(&self.found(key, item.span(), ()), "holds an empty string"),
                None => self.wrong_type(key, item, "a string in quotation marks"),
            }
        }
        Some(items)
    }

    /// Strings under names that are not fixed: `key = { name = "value" }`, or a section of its own.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<(Found<String>, Found<String>)> {
        let inner = self.section(key);
        let Some(table) = inner.table else { return Vec::new() };
        let mut found = Vec::new();
        for (name, value) in table.iter() {
            let bare: &str = name.get_ref();
            match value.get_ref().as_str().map(str::trim) {
                Some(text) if !text.is_empty() => {
                    let name = inner.found(bare, name.span(), bare.to_owned());
                    found.push((name, inner.found(bare, value.span(), text.to_owned())));
                }
                Some(_) => {
                    inner.refuse(&inner.found(bare, value.span(), ()), "is empty: write a value or leave it out")
                }
                None => inner.wrong_type(bare, value, "a string in quotation marks"),
            }
        }
        found
    }

    /// A table under a key; empty when it is absent.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'d> {
        let value = self.value(key);
        self.open(key, value)
    }

    /// The tables under a key, by name: `[channels.NAME]`.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<(Found<String>, Section<'d>)> {
        let outer = self.section(key);
        let Some(table) = outer.table else { return Vec::new() };
        let entry = |(name, value): (&'d Spanned<DeString<'d>>, &'d Spanned<DeValue<'d>>)| {
            let found = outer.found(name.get_ref(), name.span(), name.get_ref().to_string());
            let mut inner = outer.open(name.get_ref(), Some(value));
            inner.line = Some(found.line);
            (found, inner)
        };
        table.iter().map(entry).collect()
    }

    fn open(&self, key: &str, value: Option<&'d Spanned<DeValue<'d>>>) -> Section<'d> {
        let table = value.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (value, table) {
            self.wrong_type(key, value, &format!("a section [{}]", self.full(key)));
        }
        let line = value.map(|value| self.document.line(&value.span()));
        Section { document: self.document, table, path: self.full(key), line, known: Vec::new() }
    }

    /// Whether a key stands in the section.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// Whether a string stands under a key that may also be a section.
    pub(super) fn holds_text(&self, key: &str) -> bool {
        self.table.and_then(|table| table.get(key)).is_some_and(|value| value.get_ref().as_str().is_some())
    }

    /// Nothing more can be said of the keys of this section: none of them is unknown.
    pub(super) fn any_key(&mut self) {
        self.table = None;
    }

    /// Every key has been asked for: what is left is unknown. The value is not shown, since people who do not know that
    /// secrets stand in files write them here.
    pub(super) fn finish(self) {
        let Some(table) = self.table else { return };
        for (key, _) in table.iter() {
            let name: &str = key.get_ref();
            if self.known.contains(&name) {
                continue;
            }
            let found = self.found(name, key.span(), ());
            self.refuse_unseen(&found, self.unknown(name));
        }
    }

    fn unknown(&self, name: &str) -> String {
        let near = |known: &&&str| strsim::jaro_winkler(name, known);
        let nearest = self.known.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
        match nearest.filter(|known| near(known) > 0.75) {
            Some(known) if *known == format!("{name}_file") => {
                format!("is unknown: secrets stand in files, write {known} = \"PATH\"")
            }
            Some(known) => format!("is unknown: did you mean {known}?"),
            None => format!("is unknown: {} are allowed here", self.known.join(", ")),
        }
    }
}
