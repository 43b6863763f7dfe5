//! Alertmanager: each fault is an alert of its API v2; and the same alerts in the payload of its webhooks, for receivers
//! that were made for those.
//!
//! Labels are what an alert is known by, so they hold what does not change while it lasts: rule, severity, hall, device.
//! Names, areas, causes are annotations. Alertmanager forgets an alert that nobody repeats, five minutes later unless an end
//! is given; ours are told once, so a firing one gets an end far away and its recovery the true one.

pub(crate) mod webhook_payload;

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;

use crate::language::Language;
use crate::message::{Item, Message};
use crate::notice::{Notice, Status};
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::Outbound;
use crate::outbound::target::{Target, TargetError};
use crate::text::{self, one_line};

/// How long a fault lasts at most, for Alertmanager: nobody tells it of the end of one whose VillageNet is gone.
const FAR_AWAY: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a test shows.
const TEST_SHOWS: Duration = Duration::from_secs(60);

/// The settings of an Alertmanager.
pub struct AlertmanagerSettings {
    /// `http://127.0.0.1:9093`, with the path in front of `/api` if it has one.
    pub base_url: String,
    /// User and password, when it asks for them.
    pub login: Option<(String, Secret)>,
    /// Of the annotations.
    pub language: Language,
}

/// What is wrong with the settings of an Alertmanager.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlertmanagerSettingsError {
    /// The URL.
    #[error("url: {0}")]
    Url(#[from] TargetError),
}

/// An Alertmanager.
pub struct Alertmanager {
    name: String,
    target: Target,
    /// The header, and what no error may show: the password, and both as they stand in the header.
    login: Option<(HeaderValue, [Secret; 2])>,
    language: Language,
    outbound: Outbound,
}

/// An alert in Alertmanager's words.
pub(crate) struct Alert {
    pub(crate) labels: BTreeMap<&'static str, String>,
    pub(crate) annotations: BTreeMap<&'static str, String>,
    pub(crate) starts_at: Timestamp,
    /// `None` while it lasts.
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) link: Option<String>,
}

/// What API v2 takes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostableAlert<'a> {
    labels: &'a BTreeMap<&'static str, String>,
    annotations: &'a BTreeMap<&'static str, String>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[serde(rename = "generatorURL", skip_serializing_if = "Option::is_none")]
    generator_url: Option<&'a str>,
}

impl Alertmanager {
    /// A channel of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When the URL cannot be used.
    pub fn new(
        name: String,
        settings: AlertmanagerSettings,
        outbound: Outbound,
    ) -> Result<Self, AlertmanagerSettingsError> {
        let url = format!("{}/api/v2/alerts", settings.base_url.trim_end_matches('/'));
        let target = outbound.target(&Secret::new(url))?;
        let login = settings.login.map(|(user, password)| basic(&user, password));
        Ok(Alertmanager { name, target, login, language: settings.language, outbound })
    }
}

/// RFC 7617.
fn basic(user: &str, password: Secret) -> (HeaderValue, [Secret; 2]) {
    use base64::Engine;
    let pair = zeroize::Zeroizing::new(format!("{user}:{}", password.reveal()));
    let encoded = Secret::new(base64::engine::general_purpose::STANDARD.encode(pair.as_bytes()));
    let mut value = HeaderValue::from_str(&format!("Basic {}", encoded.reveal())).expect("base64 is ASCII");
    value.set_sensitive(true);
    (value, [password, encoded])
}

/// The faults of a notice as alerts; a test is one of its own.
pub(crate) fn alerts(notice: &Notice<'_>, language: Language) -> Vec<Alert> {
    match notice {
        Notice::Alert(message) => {
            message.items.iter().map(|item| alert(message, notice.status(), item, language)).collect()
        }
        Notice::Trial(trial) => {
            let words = notice.words(language);
            vec![Alert {
                labels: BTreeMap::from([
                    ("alertname", "VillageNetTest".to_owned()),
                    ("severity", "none".to_owned()),
                    ("source", "villagenet".to_owned()),
                ]),
                annotations: BTreeMap::from([("summary", words.subject), ("description", words.body)]),
                starts_at: trial.made_at,
                ended_at: None,
                link: words.link,
            }]
        }
    }
}

fn alert(message: &Message, status: Status, item: &Item, language: Language) -> Alert {
    let behind = message.cut_off.iter().filter(|cut_off| cut_off.hall.code == item.hall.code);
    let alone = Message {
        id: message.id.clone(),
        thread: message.thread.clone(),
        kind: message.kind,
        made_at: message.made_at,
        items: vec![item.clone()],
        cut_off: behind.cloned().collect(),
        base_url: message.base_url.clone(),
        act_url: None,
        language: None,
    };
    let words = text::render(&alone, language);
    let mut labels = BTreeMap::from([
        ("alertname", camel_case(item.rule.as_str())),
        ("severity", item.severity().as_str().to_owned()),
        ("hall", one_line(&item.hall.code)),
        ("source", "villagenet".to_owned()),
    ]);
    // Of a hall that is down the device is only by which it was judged: another one may take its place.
    if let Some(device) = text::device_alone(item) {
        labels.insert("device", one_line(&device.name));
    }
    let annotations = [
        ("summary", words.subject),
        ("description", words.body),
        ("hall_name", one_line(&item.hall.name)),
        ("area", one_line(&item.hall.area)),
        ("cause", item.cause.as_str().to_owned()),
        ("suspected", item.suspected.as_str().to_owned()),
    ];
    Alert {
        labels,
        annotations: annotations.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
        starts_at: item.since,
        ended_at: match status {
            Status::Firing | Status::Reminder | Status::Growth | Status::Escalation | Status::Digest | Status::Test => {
                item.ended
            }
            Status::Resolved => Some(item.ended.unwrap_or(message.made_at)),
        },
        link: text::hall_link(message.base_url.as_deref(), &item.hall.code),
    }
}

/// `hall_down` is `HallDown`, as alerts are called there.
fn camel_case(word: &str) -> String {
    word.split('_')
        .filter_map(|part| {
            let mut letters = part.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

impl Notifier for Alertmanager {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        let alerts = alerts(notice, self.language);
        let lasts = match notice.status() {
            Status::Firing
            | Status::Reminder
            | Status::Growth
            | Status::Escalation
            | Status::Digest
            | Status::Resolved => FAR_AWAY,
            Status::Test => TEST_SHOWS,
        };
        let far_away = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        let body: Vec<PostableAlert<'_>> = alerts
            .iter()
            .map(|alert| PostableAlert {
                labels: &alert.labels,
                annotations: &alert.annotations,
                starts_at: alert.starts_at,
                ends_at: alert.ended_at.unwrap_or(far_away),
                generator_url: alert.link.as_deref(),
            })
            .collect();
        let body = serde_json::to_vec(&body)
            .map_err(|error| SendError::permanent(format!("the message cannot be written as JSON: {error}")))?;
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        if let Some((authorization, _)) = &self.login {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let answer = self.outbound.post(&self.target, headers, body).await?;
        let secrets: Vec<&Secret> = self.login.iter().flat_map(|(_, secrets)| secrets).collect();
        let receipt = answer.judge_with(&self.target, now, &secrets)?;
        // Alertmanager says nothing when all is well; the portal of somebody else says a good deal.
        if !answer.text.trim().is_empty() && answer.text.contains('<') {
            return Err(answer.strange(&self.target, "Alertmanager"));
        }
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_called_as_alerts_are() {
        assert_eq!(["hall_down", "host_key_changed", ""].map(camel_case), ["HallDown", "HostKeyChanged", ""]);
    }
}
