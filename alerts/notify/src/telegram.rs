//! Telegram: one chat, written into by a bot.
//!
//! Telegram has no id by which a repeat would be seen as one: after an answer that was lost a message may be there twice.
//! (Reported blocked by some providers of Vietnam since May 2025: do not let it be the only channel.)

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::bot::{Bot, BotParts};
pub use crate::bot::{TokenError, check_token};
use crate::language::Language;
use crate::notice::{Notice, Status};
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::Outbound;
use crate::outbound::target::TargetError;

/// Where Telegram's Bot API is.
pub const TELEGRAM_URL: &str = "https://api.telegram.org";
/// The most UTF-16 units in one message.
const TEXT_MAX: usize = 4096;
/// Telegram takes about one message a second for each chat, and twenty a minute for a group.
const SPACING: Duration = Duration::from_secs(1);
/// Faults whose recovery is still to come and whose message is remembered.
const REMEMBERED: usize = 1024;

/// The settings of a Telegram channel.
pub struct TelegramSettings {
    /// [`TELEGRAM_URL`], or a Bot API server of one's own.
    pub base_url: String,
    /// What @BotFather gave.
    pub token: Secret,
    /// A number, below 0 for a group, or `@channelname`.
    pub chat_id: String,
    /// Of the text.
    pub language: Language,
}

/// What is wrong with the settings of a Telegram channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TelegramSettingsError {
    /// The URL.
    #[error("base_url: {0}")]
    Url(#[from] TargetError),
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A chat.
pub struct Telegram {
    name: String,
    bot: Bot,
    /// By thread: the message that told of its faults, which the recovery answers. Lost at a restart, after which a
    /// recovery stands alone.
    alerts: Mutex<BTreeMap<String, Json>>,
}

impl Telegram {
    /// A channel of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When URL or token cannot be used.
    pub fn new(name: String, settings: &TelegramSettings, outbound: Outbound) -> Result<Self, TelegramSettingsError> {
        check_token(&settings.token)?;
        let parts = BotParts {
            service: "Telegram",
            base_url: &settings.base_url,
            token: &settings.token,
            chat_id: &settings.chat_id,
            language: settings.language,
            spacing: SPACING,
        };
        Ok(Telegram { name, bot: Bot::new(&parts, outbound)?, alerts: Mutex::default() })
    }

    fn alerts(&self) -> MutexGuard<'_, BTreeMap<String, Json>> {
        self.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, thread: &str, id: Json) {
        let mut alerts = self.alerts();
        alerts.insert(thread.to_owned(), id);
        while alerts.len() > REMEMBERED {
            alerts.pop_first();
        }
    }
}

impl Notifier for Telegram {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        // A picture of the log-in page below every message helps nobody.
        let mut extra = serde_json::json!({ "link_preview_options": { "is_disabled": true } });
        let alert = match notice.status() {
            Status::Reminder | Status::Growth | Status::Escalation | Status::Resolved => {
                self.alerts().get(notice.thread()).cloned()
            }
            Status::Firing | Status::Digest | Status::Test => None,
        };
        if let Some(alert) = alert {
            // Somebody may have deleted it since.
            extra["reply_parameters"] = serde_json::json!({ "message_id": alert, "allow_sending_without_reply": true });
        }
        let (receipt, id) = self.bot.send(self.bot.text(notice, TEXT_MAX), extra, now).await?;
        match notice.status() {
            Status::Firing if !id.is_null() => self.remember(notice.thread(), id),
            Status::Resolved => drop(self.alerts().remove(notice.thread())),
            Status::Firing | Status::Reminder | Status::Growth | Status::Escalation | Status::Digest | Status::Test => {
            }
        }
        Ok(receipt)
    }
}
