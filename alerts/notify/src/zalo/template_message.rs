//! Template messages of Zalo Business Solutions: one phone number, and a template that Zalo approved.
//!
//! HTTP says 200 to everything; `error` in the body is the answer, 0 when it is good.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value as Json;

use super::tokens::Tokens;
use crate::language::Language;
use crate::notice::{Notice, Status};
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::target::{Target, TargetError};
use crate::outbound::{Outbound, said};
use crate::phone::PhoneNumber;
use crate::template::{self, Template};

/// Where Zalo takes template messages.
pub const ZALO_TEMPLATE_URL: &str = "https://business.openapi.zalo.me/message/template";
/// How long an account without money is left alone: somebody has to pay first.
const UNPAID: Duration = Duration::from_secs(15 * 60);
/// Seconds east of UTC: days and nights are those of Vietnam.
const EAST_S: i64 = 7 * 3600;
/// When the night in which some templates may not be sent is over. The list of codes says six, the rules for promotion say
/// seven: who comes at seven is refused by neither.
const MORNING_S: i64 = 7 * 3600;
/// How long it is at most: it begins at 22:00.
const NIGHT: Duration = Duration::from_secs(9 * 3600);
const DAY_S: i64 = 24 * 3600;

/// A template at Zalo, and what its parameters are filled with.
#[derive(Clone)]
pub struct ZaloWording {
    /// Its number.
    pub template_id: String,
    /// By name of the parameter.
    pub data: BTreeMap<String, Template>,
}

/// The settings of template messages to one number.
pub struct ZaloTemplateSettings {
    /// [`ZALO_TEMPLATE_URL`].
    pub url: String,
    /// Shared by all numbers of one account.
    pub tokens: Arc<Tokens>,
    /// Faults, and tests.
    pub firing: ZaloWording,
    /// The end of faults.
    pub resolved: ZaloWording,
    /// The receiver.
    pub to: PhoneNumber,
    /// Of the values that are filled in.
    pub language: Language,
}

/// What is wrong with the settings of template messages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZaloTemplateSettingsError {
    /// The URL.
    #[error("base_url: {0}")]
    Url(#[from] TargetError),
}

/// Template messages to one number.
pub struct ZaloTemplate {
    name: String,
    target: Target,
    settings: ZaloTemplateSettings,
    outbound: Outbound,
}

#[derive(Deserialize)]
struct Reply {
    error: i64,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    data: Option<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    msg_id: Option<String>,
}

/// The access token is none, or none any more.
const BAD_TOKEN: i64 = -124;

impl ZaloTemplate {
    /// A channel of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When the URL cannot be used.
    pub fn new(
        name: String,
        settings: ZaloTemplateSettings,
        outbound: Outbound,
    ) -> Result<Self, ZaloTemplateSettingsError> {
        let target = outbound.target(&Secret::new(settings.url.clone()))?;
        Ok(ZaloTemplate { name, target, settings, outbound })
    }

    fn body(&self, notice: &Notice<'_>) -> Result<Vec<u8>, SendError> {
        let wording = match notice.status() {
            Status::Firing | Status::Reminder | Status::Growth | Status::Escalation | Status::Digest | Status::Test => {
                &self.settings.firing
            }
            Status::Resolved => &self.settings.resolved,
        };
        let filling = template::filling(notice, self.settings.language, Some(&self.settings.to), &BTreeMap::new());
        let mut data = serde_json::Map::new();
        for (name, template) in &wording.data {
            let value = template.render(&filling).map_err(|error| {
                SendError::permanent(format!("data.{name} of this channel cannot be filled in: {error}"))
            })?;
            data.insert(name.clone(), Json::String(value));
        }
        let to = self.settings.to.international();
        let body = serde_json::json!({
            "phone": to,
            "template_id": wording.template_id,
            "template_data": data,
            "tracking_id": notice.id_for(&to),
        });
        Ok(body.to_string().into_bytes())
    }

    async fn attempt(&self, token: &Secret, body: &[u8], now: Timestamp) -> Result<Reply, SendError> {
        let mut access_token = HeaderValue::from_str(token.reveal())
            .map_err(|_| SendError::permanent("token_file: the access token has characters that no header can hold"))?;
        access_token.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (HeaderName::from_static("access_token"), access_token),
        ]);
        let answer = self.outbound.post(&self.target, headers, body.to_vec()).await?;
        answer.judge_with(&self.target, now, &[token])?;
        answer.json::<Reply>().ok_or_else(|| answer.strange(&self.target, "Zalo"))
    }

    fn judge(&self, reply: &Reply, token: &Secret, now: Timestamp) -> Result<Receipt, SendError> {
        let words = said(reply.message.as_deref().unwrap_or_default(), &[token]);
        let refused = |advice: &str| format!("Zalo refused the message: {} {words}{advice}", reply.error);
        let later = |wait, advice| Err(SendError { retryable: true, retry_after: wait, text: refused(advice) });
        match reply.error {
            0 => {
                let id = reply.data.as_ref().and_then(|sent| sent.msg_id.as_deref()).unwrap_or_default();
                Ok(Receipt { reply: format!("Zalo took it, message {}", said(id, &[token])) })
            }
            BAD_TOKEN if self.settings.tokens.is_renewed() => later(None, ": the access token is renewed"),
            BAD_TOKEN => later(None, ": write a new access token into token_file, or let it be renewed with app_id"),
            -100 => later(None, ""),
            -115 | -126 | -137 => later(Some(UNPAID), ": the account has no money left, pay it in"),
            // A night by day is one of clocks that differ: the usual wait is better than one until tomorrow.
            -133 => later(until(MORNING_S, now).filter(|wait| *wait <= NIGHT), ": this template is not sent at night"),
            -144 | -147 => later(until(DAY_S, now), ": the quota of today is used up, it goes on tomorrow"),
            -108 | -114 | -118 | -119 | -139 | -141 => Err(SendError::permanent(refused(
                ": this number does not get it; ask its owner, or tell them another way",
            ))),
            -109 | -112 | -117 | -127 | -132..=-130 | -146 => {
                Err(SendError::permanent(refused(": check template_id and data against the template at Zalo")))
            }
            _ => Err(SendError::permanent(refused(": see the list of codes of Zalo's template messages"))),
        }
    }
}

/// How long it is until this second of the day in Vietnam.
fn until(second_of_day: i64, now: Timestamp) -> Option<Duration> {
    let today = now.as_second().saturating_add(EAST_S).rem_euclid(DAY_S);
    u64::try_from((second_of_day - today).rem_euclid(DAY_S)).ok().map(Duration::from_secs)
}

impl Notifier for ZaloTemplate {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        let body = self.body(notice)?;
        let tokens = &self.settings.tokens;
        let token = tokens.access(&self.outbound, None, now).await?;
        let reply = self.attempt(&token, &body, now).await?;
        if reply.error != BAD_TOKEN || !tokens.is_renewed() {
            return self.judge(&reply, &token, now);
        }
        // Nothing was sent. With a new token the same attempt goes on, once.
        let token = tokens.access(&self.outbound, Some(&token), now).await?;
        let reply = self.attempt(&token, &body, now).await?;
        self.judge(&reply, &token, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn night_and_day_are_those_of_vietnam() {
        for (now, morning_s, midnight_s) in [
            // 01:00 in Vietnam
            ("2026-11-24T18:00:00Z", 6 * 3600, 23 * 3600),
            // 23:00
            ("2026-11-25T16:00:00Z", 8 * 3600, 3600),
        ] {
            let now = now.parse().expect("a time");
            assert_eq!(until(MORNING_S, now), Some(Duration::from_secs(morning_s)));
            assert_eq!(until(DAY_S, now), Some(Duration::from_secs(midnight_s)));
        }
    }
}
