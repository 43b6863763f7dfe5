//! Webhook: one POST of JSON for each message, signed in the manner of Standard Webhooks.
//!
//! The body is described in [`payload`], the signature in [`sign`], where it may go in [`crate::outbound`]. A receiver
//! confirms with any 2xx in time. It may see a message twice, with the same `webhook-id`.

pub mod payload;
pub mod sign;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::language::Language;
use crate::message::Message;
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::target::{Target, TargetError};
use crate::outbound::{Answer, Outbound};
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
}

/// A webhook.
pub struct Webhook {
    name: String,
    target: Target,
    key: Option<SigningKey>,
    language: Language,
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
        Ok(Webhook { name, target, key, language: settings.language, outbound })
    }

    fn headers(&self, message: &Message, body: &[u8], now: Timestamp) -> Result<HeaderMap, SendError> {
        let timestamp = now.as_second();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("webhook-id"), value(&message.id)?);
        headers.insert(HeaderName::from_static("webhook-timestamp"), HeaderValue::from(timestamp));
        if let Some(key) = &self.key {
            let signature = key.signature(&message.id, timestamp, body);
            headers.insert(HeaderName::from_static("webhook-signature"), value(&signature)?);
        }
        Ok(headers)
    }
}

impl Notifier for Webhook {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn send(&self, message: &Message, now: Timestamp) -> Result<Receipt, SendError> {
        let body = serde_json::to_vec(&Payload::of(message, self.language))
            .map_err(|error| SendError::permanent(format!("the message cannot be written as JSON: {error}")))?;
        let headers = self.headers(message, &body, now)?;
        let answer = self.outbound.post(&self.target, headers, body).await?;
        judge(&self.target, &answer, now)
    }
}

fn value(text: &str) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(text)
        .map_err(|_| SendError::permanent("the id of the message has characters that no header can hold"))
}

/// What a status means for the message.
fn judge(target: &Target, answer: &Answer, now: Timestamp) -> Result<Receipt, SendError> {
    let status = answer.status;
    let error = |retryable, advice| {
        let retry_after = answer.retry_after(now);
        let text = format!("{target} answered HTTP {}{advice}", status.as_u16());
        Err(SendError { retryable, retry_after: retry_after.filter(|_| retryable), text })
    };
    match status {
        status if status.is_success() => Ok(Receipt { reply: format!("HTTP {}", status.as_u16()) }),
        // A message follows no redirect: it would take what it says to an address that nobody configured. "For good"
        // asks for another setting; "for now" is also what the portal of a provider says while a bill is open.
        StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT => {
            error(false, ", a redirect, which is not followed: configure the final address")
        }
        status if status.is_redirection() => error(true, ", a redirect, which is not followed"),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => error(true, ""),
        status if status.is_client_error() => error(false, ": check the address and token of this channel"),
        _ => error(true, ""),
    }
}
