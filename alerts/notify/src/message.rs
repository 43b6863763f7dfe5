//! [`Message`]: what the outbox keeps, as JSON, from the moment of the decision until it is delivered.
//!
//! It holds the names as they were then, so that a message that waits out a provider's bad day still says what was
//! meant. It knows no channel, no language and no receiver, and carries no secret.

use alerts::cause::{Evidence, Run};
use alerts::engine::NotificationKind;
use alerts::outage::Cause;
use alerts::rule::setting::Amount;
use alerts::rule::{Judged, Rule, Severity};
use inventory::device::DeviceKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::language::Language;

/// A message to people, with names but not yet with words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The same for every attempt to deliver this message, so that a repeat can be seen as a repeat.
    pub id: String,
    /// The same for a firing message and the recovery of its faults. A thread has one firing message.
    pub thread: String,
    /// What it says.
    #[serde(with = "kind_word")]
    pub kind: NotificationKind,
    /// When it was made. "12 minutes ago" in its text counts back from here.
    pub made_at: Timestamp,
    /// What it is about, the most important first; never empty.
    pub items: Vec<Item>,
    /// Devices that hang behind those and are cut off with them.
    #[serde(default)]
    pub cut_off: Vec<CutOff>,
    /// Where people find the pages, without a slash at the end: `https://mang.example.vn`. Without it there are no
    /// links.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Where whoever gets it can take it, without a log-in. It is good for a day, and it is a secret of this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act_url: Option<String>,
    /// The language of who reads it; the channel's when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The rule that fired.
    #[serde(with = "rule_word")]
    pub rule: Rule,
    /// The hall.
    pub hall: HallLabel,
    /// The device: the one that is down, or for a hall the gateway by whose silence it was judged.
    #[serde(default)]
    pub device: Option<DeviceLabel>,
    /// When the fault began.
    pub since: Timestamp,
    /// When it ended; `None` while it lasts.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// Why, as far as it is known.
    #[serde(with = "cause_word")]
    pub cause: Cause,
    /// What it is thought to be while it lasts.
    #[serde(with = "cause_word", default = "unknown")]
    pub suspected: Cause,
    /// What both rest on.
    #[serde(default)]
    pub evidence: StoredEvidence,
    /// What it was judged by, where something is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<StoredJudged>,
}

impl Item {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.judged.map_or_else(|| self.rule.severity(), |judged| judged.severity)
    }
}

/// [`Judged`] as it is kept; amounts in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredJudged {
    /// [`Judged::value`].
    pub value: i64,
    /// [`Judged::threshold`].
    pub threshold: i64,
    /// [`Judged::hold_s`].
    pub hold_s: u32,
    /// [`Judged::severity`].
    #[serde(with = "severity_word")]
    pub severity: Severity,
}

impl From<Judged> for StoredJudged {
    fn from(judged: Judged) -> Self {
        StoredJudged {
            value: judged.value.thousandths(),
            threshold: judged.threshold.thousandths(),
            hold_s: judged.hold_s,
            severity: judged.severity,
        }
    }
}

impl From<StoredJudged> for Judged {
    fn from(stored: StoredJudged) -> Self {
        Judged {
            value: Amount::from_thousandths(stored.value),
            threshold: Amount::from_thousandths(stored.threshold),
            hold_s: stored.hold_s,
            severity: stored.severity,
        }
    }
}

fn unknown() -> Cause {
    Cause::Unknown
}

/// [`Evidence`] as it is kept; see there. What is not known is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredEvidence {
    /// [`Run::Started`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// [`Run::RanOn`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ran_on: Option<Timestamp>,
    /// [`Evidence::is_backed_up`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub is_backed_up: bool,
    /// [`Evidence::others_started`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub others_started: u32,
    /// [`Evidence::others_ran_on`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub others_ran_on: u32,
    /// [`Evidence::changed`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
    /// [`Evidence::halls_beside`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub halls_beside: u32,
    /// [`Evidence::is_whole_area`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub is_whole_area: bool,
    /// [`Evidence::feeder_beside`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub feeder_beside: u32,
    /// [`Evidence::neighbours_up`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub neighbours_up: u32,
    /// [`Evidence::is_on_battery`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub is_on_battery: bool,
    /// [`Evidence::has_second_path`].
    #[serde(skip_serializing_if = "is_nothing")]
    pub has_second_path: bool,
}

fn is_nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<Evidence> for StoredEvidence {
    fn from(evidence: Evidence) -> Self {
        let (started, ran_on) = match evidence.run {
            Some(Run::Started(at)) => (Some(at), None),
            Some(Run::RanOn(at)) => (None, Some(at)),
            None => (None, None),
        };
        StoredEvidence {
            started,
            ran_on,
            is_backed_up: evidence.is_backed_up,
            others_started: evidence.others_started,
            others_ran_on: evidence.others_ran_on,
            changed: evidence.changed,
            halls_beside: evidence.halls_beside,
            is_whole_area: evidence.is_whole_area,
            feeder_beside: evidence.feeder_beside,
            neighbours_up: evidence.neighbours_up,
            is_on_battery: evidence.is_on_battery,
            has_second_path: evidence.has_second_path,
        }
    }
}

impl From<StoredEvidence> for Evidence {
    fn from(stored: StoredEvidence) -> Self {
        Evidence {
            run: stored.started.map(Run::Started).or(stored.ran_on.map(Run::RanOn)),
            is_backed_up: stored.is_backed_up,
            others_started: stored.others_started,
            others_ran_on: stored.others_ran_on,
            changed: stored.changed,
            halls_beside: stored.halls_beside,
            is_whole_area: stored.is_whole_area,
            feeder_beside: stored.feeder_beside,
            neighbours_up: stored.neighbours_up,
            is_on_battery: stored.is_on_battery,
            has_second_path: stored.has_second_path,
        }
    }
}

/// A device behind the fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutOff {
    /// The hall it stands in.
    pub hall: HallLabel,
    /// The device.
    pub device: DeviceLabel,
}

/// A hall by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HallLabel {
    /// Its stable code: `dr-01`.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The name of its area: `Đạ Ròn` or `xã Đạ Ròn`.
    pub area: String,
}

/// A device by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLabel {
    /// Its name in its hall: `gw`.
    pub name: String,
    /// What it is for.
    #[serde(with = "device_kind_word")]
    pub kind: DeviceKind,
    /// Where it is.
    #[serde(default)]
    pub address: Option<String>,
}

/// The word for a kind of message in JSON.
pub fn kind_as_str(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Firing => "firing",
        NotificationKind::Resolved => "resolved",
        NotificationKind::Reminder => "reminder",
        NotificationKind::Growth => "growth",
        NotificationKind::Escalation => "escalation",
        NotificationKind::Digest => "digest",
    }
}

/// The closed enums of `alerts` and `inventory` do not serialise: their words do, here.
macro_rules! word {
    ($module:ident, $type:ty, $all:expr, $as_str:expr) => {
        mod $module {
            use super::*;

            pub(super) fn serialize<S: serde::Serializer>(value: &$type, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str($as_str(*value))
            }

            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(input: D) -> Result<$type, D::Error> {
                let word = String::deserialize(input)?;
                $all.iter()
                    .copied()
                    .find(|value| $as_str(*value) == word)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("{word:?} is no {}", stringify!($type))))
            }
        }
    };
}

word!(kind_word, NotificationKind, NotificationKind::ALL, kind_as_str);
word!(rule_word, Rule, Rule::ALL, Rule::as_str);
word!(severity_word, Severity, Severity::ALL, Severity::as_str);
word!(cause_word, Cause, *Cause::ALL, Cause::as_str);
word!(device_kind_word, DeviceKind, DeviceKind::ALL, DeviceKind::as_str);

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of an outbox written by the first release: it must stay readable.
    const STORED: &str = r#"{"id":"n-1","thread":"t-1","kind":"firing","made_at":"2026-11-24T21:53:00Z",
        "items":[{"rule":"hall_down","hall":{"code":"dr-01","name":"Thôn 01","area":"Đạ Ròn"},
                  "device":{"name":"gw","kind":"router","address":"10.20.1.1"},
                  "since":"2026-11-24T21:41:00Z","ended":null,"cause":"unknown"}],
        "cut_off":[{"hall":{"code":"dr-01","name":"Thôn 01","area":"Đạ Ròn"},
                    "device":{"name":"ap-1","kind":"access_point"}}],
        "base_url":"https://mang.example.vn"}"#;

    #[test]
    fn a_stored_message_is_read_and_written_back_the_same() {
        let message: Message = serde_json::from_str(STORED).expect("the format of the first release");
        assert_eq!(message.kind, NotificationKind::Firing);
        assert_eq!(message.items[0].rule, Rule::HallDown);
        assert_eq!(message.items[0].since, "2026-11-24T21:41:00Z".parse().expect("a time"));
        assert_eq!(message.cut_off[0].device.kind, DeviceKind::AccessPoint);
        let again = serde_json::to_string(&message).expect("plain data");
        assert_eq!(serde_json::from_str::<Message>(&again).expect("just written"), message);
    }

    #[test]
    fn a_word_of_a_later_release_is_refused_by_name() {
        let later = STORED.replace("hall_down", "disk_filling");
        let error = serde_json::from_str::<Message>(&later).expect_err("an unknown rule").to_string();
        assert!(error.contains("\"disk_filling\" is no Rule"), "{error}");
    }
}
