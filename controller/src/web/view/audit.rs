//! The audit log: who did what, when and from where, the latest first.

use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::store::{AuditAction, AuditRecord};
use crate::web::assets;
use crate::web::format;
use crate::web::frame::Frame;

/// The page `/audit`.
#[derive(Debug, Clone, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// What every page knows.
    pub frame: Frame,
    /// What was asked for.
    pub choice: AuditChoice,
    /// The entries, the latest first.
    pub rows: Vec<AuditRow>,
    /// Leads to the entries before the last one here; `None` when there are none.
    pub older: Option<String>,
}

/// What of the log is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditChoice {
    /// Text in the name of who did it.
    pub actor: String,
    /// What was done.
    pub action: Option<AuditAction>,
    /// Text in what it was done to.
    pub object: String,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// Whether these are not the latest.
    pub is_later_page: bool,
    /// Where this page begins.
    pub cursor: Option<String>,
}

/// An entry.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// From where.
    pub address: Option<String>,
    /// What, in the word of the records.
    pub action: String,
    /// To what.
    pub object: String,
    /// What else is known: name and value.
    pub details: Vec<(String, String)>,
    /// Whether it was done.
    pub is_ok: bool,
}

impl From<AuditRecord> for AuditRow {
    fn from(record: AuditRecord) -> Self {
        let text = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        let details = match record.details {
            serde_json::Value::Object(fields) => fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, text(value)))
                .collect(),
            other => vec![(String::new(), text(other))],
        };
        AuditRow {
            id: record.id.0,
            at: record.at,
            actor: record.actor,
            address: record.address,
            action: record.action,
            object: record.object,
            details,
            is_ok: record.is_ok,
        }
    }
}

impl AuditPage {
    /// The words for an action; what no release of ours wrote stays as it stands.
    fn action(&self, word: &str) -> String {
        match word.parse::<AuditAction>() {
            Ok(action) => self.frame.t(&action_key(action)),
            Err(_) => word.to_owned(),
        }
    }

    /// Who did it, or what it was done to: `account ha` in the reader's words. What the log has of others stays as it is.
    fn party(&self, text: &str) -> String {
        let (noun, name) = text.split_once(' ').unwrap_or((text, ""));
        let key = match noun {
            "account" => "audit-of-account",
            "token" => match name.split_once(" of ") {
                Some((name, owner)) => return self.frame.t2("audit-of-token-of", "name", name, "owner", owner),
                None => "audit-of-token",
            },
            "hall" => "audit-of-hall",
            "device" => "audit-of-device",
            "area" => "audit-of-area",
            "credential" => "audit-of-credential",
            "system" => "audit-of-system",
            "nobody" => "audit-of-nobody",
            _ => return text.to_owned(),
        };
        format!("{} {name}", self.frame.t(key)).trim_end().to_owned()
    }

    /// Every action with its words, and whether it is the one asked for.
    fn actions(&self) -> Vec<(&'static str, String, bool)> {
        let words = AuditAction::ALL
            .iter()
            .map(|action| (action.as_str(), self.frame.t(&action_key(*action)), self.choice.action == Some(*action)));
        words.collect()
    }

    /// A day as a field for dates takes it.
    fn day(&self, day: &Option<Date>) -> String {
        day.map(|day| day.to_string()).unwrap_or_default()
    }

    fn is_filtered(&self) -> bool {
        AuditChoice { is_later_page: false, ..self.choice.clone() } != AuditChoice::default()
    }

    /// The page with older entries.
    fn older_link(&self, cursor: &str) -> String {
        let days = [("from", self.day(&self.choice.from)), ("to", self.day(&self.choice.to))];
        self.link("/audit", days.into_iter().chain([("cursor", cursor.to_owned())]))
    }

    /// The latest entries again.
    fn newest_link(&self) -> String {
        self.link("/audit", [("from", self.day(&self.choice.from)), ("to", self.day(&self.choice.to))])
    }

    /// What is shown, all pages of it, as a file.
    fn file_link(&self, path: &str) -> String {
        let begin = |day: Option<Date>| day.and_then(format::day_begin).map(|at| at.to_string()).unwrap_or_default();
        let to = self.choice.to.and_then(|day| day.tomorrow().ok());
        self.link(path, [("from", begin(self.choice.from)), ("to", begin(to))])
    }

    fn link(&self, path: &str, more: impl IntoIterator<Item = (&'static str, String)>) -> String {
        let action = self.choice.action.map(|action| action.as_str().to_owned()).unwrap_or_default();
        let first = [("actor", self.choice.actor.clone()), ("action", action), ("object", self.choice.object.clone())];
        let pairs: Vec<String> = first
            .into_iter()
            .chain(more)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", format::percent_encoded(&value)))
            .collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }
}

/// The key of an action's words: Fluent has no dots in keys.
fn action_key(action: AuditAction) -> String {
    format!("audit-action-{}", action.as_str().replace('.', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::language::Language;

    #[test]
    fn every_action_has_words_in_every_language() {
        for language in Language::ALL {
            for action in AuditAction::ALL {
                let words = language.t(&action_key(*action));
                assert!(!words.contains("audit-action") && !words.contains("localization"), "{action}: {words}");
            }
        }
    }
}
