//! Webhook: one POST of JSON for each message, signed in the manner of Standard Webhooks.
//!
//! The body is described in [`payload`] (or is that of Alertmanager's webhooks), the signature in [`sign`], where it may go in [`crate::outbound`]. A receiver
//! confirms with any 2xx in time. It may see a message twice, with the same `webhook-id`.

pub mod payload;
pub mod sign;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::alertmanager::webhook_payload::WebhookPayload;
use crate::language::Language;
use crate::notice::Notice;
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::Outbound;
use crate::outbound::target::{Target, TargetError};
use payload::Payload;
use sign::{SigningKey, SigningKeyError};

/// The settings of a webhook.
pub struct WebhookSettings {
    /// Where to. It may hold a token, so it is a secret; errors show only scheme, host and port.
    pub url: Secret,
    /// The signing secret, `whsec_…`, see [`sign`].
    pub secret: Option<Secret>,
    /// The language of `title` and `body`.
    pub language: Language,
    /// What the JSON looks like.
    pub format: WebhookFormat,
}

/// What the JSON of a webhook looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFormat {
    /// Ours: [`payload`].
    VillageNet,
    /// That of Alertmanager's webhooks, version 4.
    Alertmanager,
}

/// A webhook.
pub struct Webhook {
    name: String,
    target: Target,
    key: Option<SigningKey>,
    language: Language,
    format: WebhookFormat,
    outbound: Outbound,
}

/// What is wrong with the settings of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSettingsError {
    /// The URL.
    #[error("url: {0}")]
    Url(#[from] TargetError),
    /// The signing secret.
    #[error("secret: {0}")]
    Secret(#[from] SigningKeyError),
}

impl Webhook {
    /// A webhook of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When the URL or the secret cannot be used.
    pub fn new(name: String, settings: &WebhookSettings, outbound: Outbound) -> Result<Self, WebhookSettingsError> {
        let target = outbound.target(&settings.url)?;
        let key = settings.secret.as_ref().map(SigningKey::parse).transpose()?;
        Ok(Webhook { name, target, key, language: settings.language, format: settings.format, outbound })
    }

    fn headers(&self, id: &str, body: &[u8], now: Timestamp) -> Result<HeaderMap, SendError> {
        let timestamp = now.as_second();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("webhook-id"), value(id)?);
        headers.insert(HeaderName::from_static("webhook-timestamp"), HeaderValue::from(timestamp));
        if let Some(key) = &self.key {
            let signature = key.signature(id, timestamp, body);
            headers.insert(HeaderName::from_static("webhook-signature"), value(&signature)?);
        }
        Ok(headers)
    }
}

impl Notifier for Webhook {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        let body = match self.format {
            WebhookFormat::VillageNet => serde_json::to_vec(&Payload::of(notice, self.language)),
            WebhookFormat::Alertmanager => serde_json::to_vec(&WebhookPayload::of(notice, &self.name, self.language)),
        };
        let body =
            body.map_err(|error| SendError::permanent(format!("the message cannot be written as JSON: {error}")))?;
        let headers = self.headers(notice.id(), &body, now)?;
        let answer = self.outbound.post(&self.target, headers, body).await?;
        answer.judge(&self.target, now)
    }
}

fn value(text: &str) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(text)
        .map_err(|_| SendError::permanent("the id of the message has characters that no header can hold"))
}
