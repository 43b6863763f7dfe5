//! Forms in which some things stand several times: what they carry, by the names of their fields.

use std::collections::BTreeMap;

/// What a form carries. A field that is not there is empty.
pub(super) struct Fields(BTreeMap<String, String>);

impl From<Vec<(String, String)>> for Fields {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Fields(pairs.into_iter().collect())
    }
}

impl Fields {
    /// What stands in a field, without the white space around it.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map(|text| text.trim()).unwrap_or_default()
    }

    /// What stands in the numbered fields `name-0`, `name-1`, … until one is not there.
    pub(super) fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        (0..100).map_while(move |n| self.0.get(&format!("{name}-{n}")).map(|text| text.trim()))
    }
}
