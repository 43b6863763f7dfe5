//! What a script printed, by its parts: each begins with a line `== NAME`. Knows no family.

use std::collections::BTreeMap;

use crate::text::device_text;

/// The output by its parts.
pub(super) struct Parts<'a> {
    by_name: BTreeMap<&'a str, &'a str>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(output: &'a str) -> Self {
        let mut by_name = BTreeMap::new();
        let output = output.strip_prefix("== ").unwrap_or(output);
        for part in output.split("\n== ") {
            let (name, text) = part.split_once('\n').unwrap_or((part, ""));
            by_name.entry(name.trim_end()).or_insert(text);
        }
        Parts { by_name }
    }

    /// Whether there is such a part, even an empty one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub(super) fn text(&self, name: &str) -> &'a str {
        self.by_name.get(name).copied().unwrap_or_default()
    }

    /// The part as one clean line, if it says anything.
    pub(super) fn line(&self, name: &str) -> Option<String> {
        clean(self.text(name).lines().next().unwrap_or_default())
    }

    /// A part that is one number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.text(name).trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The parts of one kind, each with the name of what it is about: `== port eth0`.
    pub(super) fn about(&self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let of_kind = move |name: &'a str| name.strip_prefix(kind)?.strip_prefix(' ');
        self.by_name.iter().filter_map(move |(name, text)| Some((of_kind(name)?, *text)))
    }
}

/// What a device said, for people to read, if it is anything.
pub(super) fn clean(text: &str) -> Option<String> {
    let text = device_text(text.as_bytes()).0.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The value of `KEY=value` in a file that a shell could source, without its quotes (os-release(5)).
pub(super) fn assignment(file: &str, key: &str) -> Option<String> {
    let value = file.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?.trim();
    clean(value.trim_matches(['"', '\'']))
}
