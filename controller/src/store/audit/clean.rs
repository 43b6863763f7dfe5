//! What people and devices wrote, made fit to stand in the log: one line, nothing invisible, not endless.

use inventory::text::one_line;
use serde_json::{Map, Value};

/// The longest actor, object or text among the details (characters).
const TEXT_MAX: usize = 300;
/// The longest details (bytes). Longer ones are left out, and that is said: an entry never fails for being long.
const DETAILS_MAX: usize = 8 * 1024;

/// One line.
pub(super) fn line(text: &str) -> String {
    one_line(text, TEXT_MAX)
}

/// The details as the text that is kept and hashed.
pub(super) fn details(value: &Value) -> String {
    let text = clean(value).to_string();
    if text.len() <= DETAILS_MAX { text } else { format!(r#"{{"left_out_bytes":{}}}"#, text.len()) }
}

fn clean(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(text) => Value::String(line(text)),
        Value::Array(items) => Value::Array(items.iter().map(clean).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (line(key), clean(value))).collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_what_could_act_wherever_they_stand() {
        let value = serde_json::json!({ "a\r\nb": ["x\u{1b}[31m", { "c": "\u{202e}d" }], "n": 1 });
        assert_eq!(details(&value), r#"{"a b":["x [31m",{"c":"d"}],"n":1}"#);
    }

    #[test]
    fn details_that_are_too_long_are_left_out_and_that_is_said() {
        let value = Value::Array(vec![Value::String("x".repeat(300)); 100]);
        assert_eq!(details(&value), r#"{"left_out_bytes":30301}"#);
    }
}
