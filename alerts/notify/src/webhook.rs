//! Webhook: one POST of JSON for each message, signed in the manner of Standard Webhooks.
//!
//! The body is described in [`payload`], the signature in [`sign`], where it may go in [`target`]. A receiver confirms
//! with any 2xx within [`TIMEOUT`]. It may see a message twice, with the same `webhook-id`.

pub mod payload;
pub mod sign;
pub mod target;

use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};

use crate::language::Language;
use crate::message::Message;
use crate::notifier::{Notifier, Receipt, SendError};
use payload::Payload;
use sign::{SigningKey, SigningKeyError};
use target::{Target, TargetError};

/// How long one attempt may take, from the look-up of the name to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// What is read of an answer. Its content is not used; reading it to its end keeps the connection for the next message.
pub const ANSWER_MAX: usize = 64 * 1024;

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
    client: Client,
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

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS library refused its own defaults.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP library refused our limits.
    #[error("the HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
}

/// The HTTP client that all webhooks share: no redirects, no cookies, no proxy from the environment, `timeout` (see
/// [`TIMEOUT`]) for a whole attempt. It trusts Mozilla's authorities, so that it works on a machine without
/// certificates of its own, and those the administrator has installed there, so that it works inside an organisation.
///
/// # Errors
/// When TLS or HTTP cannot be set up, which would be a fault of this program.
pub fn client(timeout: Duration) -> Result<Client, ClientError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    // Unreadable or unusual files among the system's certificates only make fewer peers trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(timeout)
        .connect_timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .http1_only()
        .user_agent(concat!("VillageNet/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(ClientError::Http)
}

impl Webhook {
    /// A webhook of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When the URL or the secret cannot be used.
    pub fn new(name: String, settings: &WebhookSettings, client: Client) -> Result<Self, WebhookSettingsError> {
        let target = Target::parse(&settings.url)?;
        let key = settings.secret.as_ref().map(SigningKey::parse).transpose()?;
        Ok(Webhook { name, target, key, language: settings.language, client })
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
        let request = self.client.post(self.target.url().clone()).headers(headers).body(body);
        let response = request.send().await.map_err(|error| failure(&self.target, error))?;
        let verdict = judge(&self.target, &response, now);
        read_to_end(response).await;
        verdict
    }
}

fn value(text: &str) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(text)
        .map_err(|_| SendError::permanent("the id of the message has characters that no header can hold"))
}

/// What a status means for the message.
fn judge(target: &Target, response: &Response, now: Timestamp) -> Result<Receipt, SendError> {
    let status = response.status();
    let error = |retryable, advice| {
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| retry_after(value, now));
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

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); a date that has passed asks for nothing.
fn retry_after(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// Reads the answer, up to [`ANSWER_MAX`]. Whatever goes wrong here changes nothing: the status has been given.
async fn read_to_end(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > ANSWER_MAX {
            break;
        }
    }
}

/// What went wrong before there was a status.
fn failure(target: &Target, error: reqwest::Error) -> SendError {
    let error = error.without_url();
    if error.is_builder() {
        return SendError::permanent(format!("the request to {target} cannot be made: {}", root_cause(&error)));
    }
    SendError::retryable(if error.is_timeout() {
        format!("{target} did not answer in time")
    } else if error.is_connect() {
        format!("{target} cannot be reached: {}", root_cause(&error))
    } else {
        format!("{target} gave no proper answer: {}", root_cause(&error))
    })
}

/// The innermost error says most: `Connection refused`, `invalid peer certificate: Expired`.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_of_its_forms() {
        let now: Timestamp = "2026-11-25T00:00:00Z".parse().expect("a time");
        let table = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Wed, 25 Nov 2026 00:05:00 GMT", Some(300)),
            ("Tue, 24 Nov 2026 23:00:00 GMT", Some(0)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ];
        for (text, seconds) in table {
            let value = HeaderValue::from_static(text);
            assert_eq!(retry_after(&value, now), seconds.map(Duration::from_secs), "{text:?}");
        }
    }
}
