//! ntfy: one topic, on ntfy.sh or a server of one's own. Published as JSON, so that titles keep their diacritics.

use alerts::rule::Severity;
use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::language::{Args, Language};
use crate::notice::{Notice, Status};
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::target::{Target, TargetError};
use crate::outbound::{Outbound, said};
use crate::pace::Pace;

/// The server of everybody.
pub const NTFY_URL: &str = "https://ntfy.sh";
/// The most bytes of a message: a longer one becomes a file to download (ntfy's `message-size-limit` is 4096).
const TEXT_MAX: usize = 4000;

/// The settings of a topic.
pub struct NtfySettings {
    /// [`NTFY_URL`], or a server of one's own.
    pub base_url: String,
    /// On a public server its name is all that keeps others from reading it.
    pub topic: String,
    /// An access token, `tk_…`.
    pub token: Option<Secret>,
    /// Of the text.
    pub language: Language,
}

/// What is wrong with the settings of a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NtfySettingsError {
    /// The URL.
    #[error("base_url: {0}")]
    Url(#[from] TargetError),
    /// The token.
    #[error("token: has characters that no header can hold")]
    Token,
}

/// A topic.
pub struct Ntfy {
    name: String,
    target: Target,
    topic: Secret,
    token: Option<Secret>,
    authorization: Option<HeaderValue>,
    language: Language,
    outbound: Outbound,
    /// Only what the server asks for: it counts requests by itself.
    pace: Pace,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

impl Ntfy {
    /// A channel of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When URL or token cannot be used.
    pub fn new(name: String, settings: NtfySettings, outbound: Outbound) -> Result<Self, NtfySettingsError> {
        let target = outbound.target(&Secret::new(format!("{}/", settings.base_url.trim_end_matches('/'))))?;
        let authorization = settings.token.as_ref().map(|token| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal().trim()))?;
            value.set_sensitive(true);
            Ok(value)
        });
        let authorization =
            authorization.transpose().map_err(|_: reqwest::header::InvalidHeaderValue| NtfySettingsError::Token)?;
        Ok(Ntfy {
            name,
            target,
            topic: Secret::new(settings.topic),
            token: settings.token,
            authorization,
            language: settings.language,
            outbound,
            pace: Pace::new(std::time::Duration::ZERO),
        })
    }

    fn body(&self, notice: &Notice<'_>) -> Json {
        let words = notice.words(self.language);
        let (tag, priority) = match notice.status() {
            Status::Firing => ("rotating_light", priority(notice)),
            Status::Reminder => ("alarm_clock", priority(notice)),
            Status::Growth => ("chart_with_upwards_trend", priority(notice)),
            Status::Escalation => ("rotating_light", priority(notice)),
            Status::Digest => ("sunrise", 3),
            Status::Resolved => ("white_check_mark", 3),
            Status::Test => ("test_tube", 3),
        };
        let mut body = serde_json::json!({
            "topic": self.topic.reveal(),
            "title": words.subject,
            "message": cut(words.body.trim_end(), TEXT_MAX),
            "priority": priority,
            "tags": [tag],
        });
        if let Some(link) = words.link {
            let label = self.language.say("open-page", &Args::new());
            body["actions"] = serde_json::json!([{ "action": "view", "label": label, "url": link }]);
            body["click"] = Json::String(link);
        }
        body
    }
}

/// The worst of its faults decides whether a phone wakes its owner.
fn priority(notice: &Notice<'_>) -> u8 {
    let worst = notice.items().iter().map(|item| item.severity()).max();
    match worst {
        Some(Severity::Critical) => 5,
        Some(_) | None => 4,
    }
}

/// At most `most` bytes, cut between characters.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most - '…'.len_utf8()).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}…", &text[..end])
}

impl Notifier for Ntfy {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        self.pace.check(now)?;
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let answer = self.outbound.post(&self.target, headers, self.body(notice).to_string().into_bytes()).await?;
        let secrets: Vec<&Secret> = self.token.iter().chain([&self.topic]).collect();
        if let Err(error) = answer.judge_with(&self.target, now, &secrets) {
            self.pace.used(now, error.retry_after);
            return Err(error);
        }
        let reply = answer.json::<Reply>();
        match reply.map(|reply| (reply.id, reply.error)) {
            Some((Some(id), _)) => Ok(Receipt { reply: format!("ntfy took it, message {}", said(&id, &secrets)) }),
            Some((None, Some(error))) => {
                Err(SendError::permanent(format!("ntfy refused the message: {}", said(&error, &secrets))))
            }
            Some((None, None)) | None => Err(answer.strange(&self.target, "ntfy")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("đường", 100), "đường");
        let text = cut(&"đ".repeat(4000), TEXT_MAX);
        assert!(text.len() <= TEXT_MAX && text.len() > TEXT_MAX - 4 && text.ends_with("đ…"));
    }
}
