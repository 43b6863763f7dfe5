//! [`Answers`]: what a device answered, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Oid, Value};

/// Values by name. What the device does not have is not in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    values: BTreeMap<Oid, Value>,
    partial: BTreeSet<Oid>,
}

impl Answers {
    /// Keeps a value that tells something.
    pub fn insert(&mut self, name: Oid, value: Value) {
        if value.is_told() {
            self.values.insert(name, value);
        }
    }

    /// Says that rows of a column are missing that the device has.
    pub fn mark_partial(&mut self, column: Oid) {
        self.partial.insert(column);
    }

    /// Whether all rows of a column are there: what is counted or summed over less is wrong.
    pub fn is_whole(&self, column: &str) -> bool {
        self.partial.is_empty() || column.parse().is_ok_and(|column| !self.partial.contains(&column))
    }

    /// Takes in what another set of answers holds; where both have a value, the other's counts.
    pub fn extend(&mut self, other: Answers) {
        self.values.extend(other.values);
        self.partial.extend(other.partial);
    }

    /// Whether nothing was answered.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of one instance, named in full (`….0`).
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(&name.parse().ok()?)
    }

    /// The same as a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.value(name)?.as_f64()
    }

    /// The same as text that says something.
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.as_text().filter(|text| !text.is_empty())
    }

    /// The rows of a column: what stands below it in the name, and the value.
    pub fn column<'a>(&'a self, column: &str) -> impl Iterator<Item = (&'a [u32], &'a Value)> + use<'a> {
        let root: Option<Oid> = column.parse().ok();
        let rows = root.map(|root| {
            let after = self.values.range(root.clone()..);
            after
                .take_while({
                    let root = root.clone();
                    move |(name, _)| name.is_within(&root)
                })
                .filter_map(move |(name, value)| Some((name.arcs().get(root.arcs().len()..)?, value)))
        });
        rows.into_iter().flatten()
    }

    /// Whether anything was answered at or below a name.
    pub fn has(&self, name: &str) -> bool {
        self.column(name).next().is_some()
    }

    /// One cell of a column.
    pub fn cell(&self, column: &str, index: &[u32]) -> Option<&Value> {
        let column: Oid = column.parse().ok()?;
        self.values.get(&Oid::new(&[column.arcs(), index].concat()).ok()?)
    }

    /// The same as a number.
    pub fn cell_number(&self, column: &str, index: &[u32]) -> Option<f64> {
        self.cell(column, index)?.as_f64()
    }

    /// The same as text that says something.
    pub fn cell_text(&self, column: &str, index: &[u32]) -> Option<String> {
        self.cell(column, index)?.as_text().filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(text: &str) -> Value {
        Value::Octets { bytes: text.into(), is_cut: false }
    }

    #[test]
    fn columns_are_what_stands_below_them_and_nothing_beside() {
        let mut answers = Answers::default();
        for (name, value) in [("1.3.1.2", octets("a")), ("1.3.1.2.7", octets(" 16.1\0")), ("1.3.1.20.1", octets("b"))] {
            answers.insert(name.parse().unwrap(), value);
        }
        answers.insert("1.3.1.2.9".parse().unwrap(), Value::NoSuchInstance);
        let rows: Vec<_> = answers.column("1.3.1.2").map(|(index, value)| (index.to_vec(), value.as_f64())).collect();
        assert_eq!(rows, [(vec![], None), (vec![7], Some(16.1))]);
        assert_eq!(answers.cell_text("1.3.1.20", &[1]).as_deref(), Some("b"));
        assert_eq!(answers.number("1.3.1.2.9"), None, "what is not told is not kept");
        assert!(answers.column("not an OID").next().is_none());
    }
}
