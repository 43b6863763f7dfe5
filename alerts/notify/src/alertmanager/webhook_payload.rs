//! The payload of Alertmanager's webhooks, version 4: receivers made for it understand a webhook of ours that says
//! `format = "alertmanager"`. What ours know beside it (`webhook-id`, the signature) stands in the headers as always.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::Alert;
use crate::language::Language;
use crate::notice::{Notice, Status};

/// How Go writes that there is no time.
const NEVER: &str = "0001-01-01T00:00:00Z";

type Texts = BTreeMap<&'static str, String>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookPayload {
    version: &'static str,
    group_key: String,
    truncated_alerts: u32,
    status: &'static str,
    receiver: String,
    group_labels: Texts,
    common_labels: Texts,
    common_annotations: Texts,
    #[serde(rename = "externalURL")]
    external_url: String,
    alerts: Vec<AlertView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlertView {
    status: &'static str,
    labels: Texts,
    annotations: Texts,
    starts_at: Timestamp,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

impl WebhookPayload {
    /// The notice, for this receiver.
    pub(crate) fn of(notice: &Notice<'_>, receiver: &str, language: Language) -> Self {
        let alerts = super::alerts(notice, language);
        let status = match notice.status() {
            Status::Firing | Status::Reminder | Status::Growth | Status::Escalation | Status::Digest | Status::Test => {
                "firing"
            }
            Status::Resolved => "resolved",
        };
        WebhookPayload {
            version: "4",
            group_key: format!("{{}}/{{}}:{{thread={:?}}}", notice.thread()),
            truncated_alerts: 0,
            status,
            receiver: receiver.to_owned(),
            group_labels: Texts::new(),
            common_labels: common(alerts.iter().map(|alert| &alert.labels)),
            common_annotations: common(alerts.iter().map(|alert| &alert.annotations)),
            external_url: notice.base_url().unwrap_or_default().to_owned(),
            alerts: alerts.into_iter().map(AlertView::of).collect(),
        }
    }
}

impl AlertView {
    fn of(alert: Alert) -> Self {
        AlertView {
            status: if alert.ended_at.is_some() { "resolved" } else { "firing" },
            fingerprint: fingerprint(&alert.labels),
            labels: alert.labels,
            annotations: alert.annotations,
            starts_at: alert.starts_at,
            ends_at: alert.ended_at.map_or_else(|| NEVER.to_owned(), |at| at.to_string()),
            generator_url: alert.link.unwrap_or_default(),
        }
    }
}

/// What all of them have.
fn common<'a>(mut all: impl Iterator<Item = &'a Texts>) -> Texts {
    let mut common = all.next().cloned().unwrap_or_default();
    for texts in all {
        common.retain(|name, text| texts.get(name) == Some(text));
    }
    common
}

/// FNV-1a of 64 bits over names and values in order, each with 255 behind it, as Prometheus makes it.
pub(super) fn fingerprint(labels: &Texts) -> String {
    let bytes = labels.iter().flat_map(|(name, value)| [name.as_bytes(), &[255], value.as_bytes(), &[255]]);
    let hash = bytes
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_is_what_all_have() {
        let one = Texts::from([("a", "1".to_owned()), ("b", "2".to_owned())]);
        let other = Texts::from([("a", "1".to_owned()), ("b", "3".to_owned())]);
        assert_eq!(common([&one, &other].into_iter()), Texts::from([("a", "1".to_owned())]));
        assert_eq!(common([].into_iter()), Texts::new());
    }
}
