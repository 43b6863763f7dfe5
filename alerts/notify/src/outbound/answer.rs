//! [`Answer`]: what a receiver said, and what its status means for a message.

use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use serde::de::DeserializeOwned;

use super::target::Target;
use crate::notifier::{Receipt, SendError};

/// What is shown of the words of a receiver, in characters.
const SAID_MAX: usize = 160;

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its content, as it came, up to [`super::ANSWER_MAX`]: whoever shows it makes it harmless first.
    pub text: String,
}

impl Answer {
    /// How long the receiver asks to be left alone: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3). A date that
    /// has passed asks for nothing.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        retry_after(self.headers.get(RETRY_AFTER)?, now)
    }

    /// What the status means for a message, where no word of the content counts.
    pub(crate) fn judge(&self, target: &Target, now: Timestamp) -> Result<Receipt, SendError> {
        self.judge_saying("", target, now)
    }

    /// As [`Answer::judge`]; a refusal repeats what the receiver said, without these secrets.
    pub(crate) fn judge_with(
        &self,
        target: &Target,
        now: Timestamp,
        secrets: &[&Secret],
    ) -> Result<Receipt, SendError> {
        let words = said(&self.text, secrets);
        self.judge_saying(&if words.is_empty() { words } else { format!(" ({words})") }, target, now)
    }

    fn judge_saying(&self, words: &str, target: &Target, now: Timestamp) -> Result<Receipt, SendError> {
        let status = self.status;
        let error = |retryable, advice| {
            let retry_after = self.retry_after(now);
            let text = format!("{target} answered HTTP {}{words}{advice}", status.as_u16());
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

    /// The content as the JSON that the provider is known for; `None` when it is something else: the portal of somebody
    /// else, or an answer that was cut off.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.text).ok()
    }

    /// A provider that answered with success and not in its own words. Whether it has the message nobody knows.
    pub(crate) fn strange(&self, target: &Target, service: &str) -> SendError {
        let status = self.status.as_u16();
        SendError::retryable(format!(
            "{target} answered HTTP {status} with something that is not the answer of {service}: is a portal or proxy in between?"
        ))
    }
}

/// The words of a receiver on one short line, without secrets that it may have repeated.
pub(crate) fn said(text: &str, secrets: &[&Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        let bare = secret.reveal().trim();
        for form in [bare.to_owned(), percent_encoded(bare)] {
            if !form.is_empty() {
                text = text.replace(&form, "***");
            }
        }
    }
    inventory::text::one_line(&text, SAID_MAX)
}

/// As it stands in the query of a URL.
fn percent_encoded(text: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn retry_after(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
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

    #[test]
    fn what_a_receiver_repeats_of_our_secrets_is_not_shown() {
        let secret = Secret::new("K3Y+/=".to_owned());
        assert_eq!(said("bad key K3Y+/=\r\n at ?k=K3Y%2B%2F%3D", &[&secret]), "bad key *** at ?k=***");
        assert_eq!(said(&"x".repeat(1000), &[]).chars().count(), SAID_MAX);
    }
}
