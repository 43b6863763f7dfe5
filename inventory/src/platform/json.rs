//! JSON from devices, whose numbers are now numbers and now texts. Knows no family.

use serde_json::Value;

use super::parts::clean;

/// What a program printed; `null` when that is no JSON.
pub(super) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    clean(value.get(key)?.as_str()?)
}

pub(super) fn number(value: &Value, key: &str) -> Option<f64> {
    let value = value.get(key)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// The entries of a list; of none when it is no list.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}
