//! What the bots of Telegram and of Zalo have in common: `POST BASE/bot<token>/sendMessage` with `chat_id` and `text`, and
//! answers of one shape, whose `ok` counts whatever HTTP says.

use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::language::Language;
use crate::notice::Notice;
use crate::notifier::{Receipt, SendError};
use crate::outbound::target::{Target, TargetError};
use crate::outbound::{Answer, Outbound, said};
use crate::pace::Pace;

/// One chat and the bot that writes into it.
pub(crate) struct Bot {
    pub(crate) service: &'static str,
    target: Target,
    token: Secret,
    chat_id: String,
    language: Language,
    outbound: Outbound,
    pace: Pace,
}

/// What a bot is made of.
pub(crate) struct BotParts<'a> {
    pub(crate) service: &'static str,
    /// Without `/bot…` and without a slash at the end.
    pub(crate) base_url: &'a str,
    pub(crate) token: &'a Secret,
    pub(crate) chat_id: &'a str,
    pub(crate) language: Language,
    /// Between two messages to one chat.
    pub(crate) spacing: Duration,
}

/// What is wrong with the settings of a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("token: is none like 123456789:AAE…, digits, a colon and letters")]
pub struct TokenError;

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    #[serde(default)]
    error_code: Option<i64>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Option<Parameters>,
    #[serde(default)]
    result: Option<Sent>,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    retry_after: Option<u64>,
    #[serde(default)]
    migrate_to_chat_id: Option<i64>,
}

#[derive(Deserialize)]
struct Sent {
    /// A number at Telegram, a string at Zalo.
    #[serde(default)]
    message_id: Json,
}

/// Whether it is a token: it becomes a part of the path, so nothing else may stand in it.
///
/// # Errors
/// When it is none.
pub fn check_token(token: &Secret) -> Result<(), TokenError> {
    let is_good = token.reveal().trim().split_once(':').is_some_and(|(id, key)| {
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) && !key.is_empty() && key.bytes().all(is_key)
    });
    if is_good { Ok(()) } else { Err(TokenError) }
}

impl Bot {
    pub(crate) fn new(parts: &BotParts<'_>, outbound: Outbound) -> Result<Self, TargetError> {
        let base = parts.base_url.trim_end_matches('/');
        let url = format!("{base}/bot{}/sendMessage", parts.token.reveal().trim());
        Ok(Bot {
            service: parts.service,
            target: outbound.target(&Secret::new(url))?,
            token: parts.token.clone(),
            chat_id: parts.chat_id.to_owned(),
            language: parts.language,
            outbound,
            pace: Pace::new(parts.spacing),
        })
    }

    /// Subject and body as plain text: no markup that a name could break out of. At most `most` UTF-16 units, in which both
    /// services count.
    pub(crate) fn text(&self, notice: &Notice<'_>, most: usize) -> String {
        let words = notice.words(self.language);
        cut(&format!("{}\n\n{}", words.subject, words.body.trim_end()), most)
    }

    /// Sends what `extra` adds to chat and text; the second value is the id of the message, where there is one.
    pub(crate) async fn send(&self, text: String, extra: Json, now: Timestamp) -> Result<(Receipt, Json), SendError> {
        self.pace.check(now)?;
        let mut body = serde_json::json!({ "chat_id": self.chat_id, "text": text });
        if let (Some(body), Json::Object(extra)) = (body.as_object_mut(), extra) {
            body.extend(extra);
        }
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let sent = self.outbound.post(&self.target, headers, body.to_string().into_bytes()).await;
        self.pace.used(now, None);
        let outcome = self.judge(&sent?, now);
        if let Err(error) = &outcome {
            self.pace.used(now, error.retry_after);
        }
        outcome
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Result<(Receipt, Json), SendError> {
        let (service, secrets) = (self.service, [&self.token]);
        let Some(reply) = answer.json::<Reply>() else {
            answer.judge_with(&self.target, now, &secrets)?;
            return Err(answer.strange(&self.target, service));
        };
        if reply.ok {
            let id = reply.result.map(|sent| sent.message_id).unwrap_or_default();
            let shown =
                if id.is_null() { String::new() } else { format!(", message {}", id.to_string().replace('"', "")) };
            return Ok((Receipt { reply: format!("{service} took it{}", said(&shown, &secrets)) }, id));
        }
        let code = reply.error_code.unwrap_or_else(|| i64::from(answer.status.as_u16()));
        let words = said(reply.description.as_deref().unwrap_or_default(), &secrets);
        let parameters = reply.parameters;
        let moved = parameters.as_ref().and_then(|parameters| parameters.migrate_to_chat_id);
        let asked = parameters.and_then(|parameters| parameters.retry_after).map(Duration::from_secs);
        let asked = asked.or_else(|| answer.retry_after(now));
        let (retryable, advice) = match (code, moved) {
            (_, Some(chat)) => (false, format!(": the group moved, write chat_id = \"{chat}\"")),
            (401 | 404, _) => (false, ": check the token in token_file".to_owned()),
            (403, _) => (false, ": the bot was put out of the chat or never let in; add it again".to_owned()),
            (400, _) => (false, ": check chat_id, and that somebody wrote to the bot first".to_owned()),
            (408 | 429, _) | (500.., _) => (true, String::new()),
            (402..=499, _) => (false, ": check the settings of this channel".to_owned()),
            // Codes of a service's own, such as those below 0 at Zalo: nothing says that they are for good.
            (_, _) => (true, String::new()),
        };
        let text = format!("{service} refused the message: {code} {words}{advice}");
        Err(SendError { retryable, retry_after: asked.filter(|_| retryable), text })
    }
}

/// At most `most` UTF-16 units, and a sign where something is missing.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut units = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units < most
        })
        .collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("đường", 5), "đường");
        assert_eq!(cut("đường dây", 5), "đườn…");
        assert_eq!(cut("😀😀😀", 4), "😀…");
    }

    #[test]
    fn a_token_is_nothing_but_a_token() {
        for (token, is_good) in [
            ("123456789:AAE-x_y", true),
            ("123456789:AAE\n", true),
            ("", false),
            ("123456789", false),
            ("bot123:AAE", false),
            ("1:A/../x", false),
            ("1:A?x", false),
        ] {
            assert_eq!(check_token(&Secret::new(token.to_owned())).is_ok(), is_good, "{token}");
        }
    }
}
