//! Zalo, on the two ways that a program has: a bot in a chat, and template messages to a phone number.
//!
//! The bot ([`ZaloBot`]) costs nothing and writes what it likes to people who wrote to it first. Template messages
//! ([`ZaloTemplate`], ZBS, once called ZNS) reach every phone with Zalo, in words that Zalo approved beforehand.

mod template_message;
mod tokens;

use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;

use crate::bot::{Bot, BotParts, TokenError, check_token};
use crate::language::Language;
use crate::notice::Notice;
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::Outbound;
use crate::outbound::target::TargetError;
pub use template_message::{
    ZALO_TEMPLATE_URL, ZaloTemplate, ZaloTemplateSettings, ZaloTemplateSettingsError, ZaloWording,
};
pub use tokens::{Renewal, TokenFileError, Tokens, ZALO_OAUTH_URL, check_tokens};

/// Where Zalo's bots are.
pub const ZALO_BOT_URL: &str = "https://bot-api.zaloplatforms.com";
/// The most characters in one message.
const TEXT_MAX: usize = 2000;
/// Zalo publishes no figure; Telegram's does no harm.
const SPACING: Duration = Duration::from_secs(1);

/// The settings of a bot.
pub struct ZaloBotSettings {
    /// [`ZALO_BOT_URL`].
    pub base_url: String,
    /// What the Bot Manager gave.
    pub token: Secret,
    /// Of the person or group.
    pub chat_id: String,
    /// Of the text.
    pub language: Language,
}

/// What is wrong with the settings of a bot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZaloBotSettingsError {
    /// The URL.
    #[error("base_url: {0}")]
    Url(#[from] TargetError),
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A chat of Zalo.
pub struct ZaloBot {
    name: String,
    bot: Bot,
}

impl ZaloBot {
    /// A channel of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When URL or token cannot be used.
    pub fn new(name: String, settings: &ZaloBotSettings, outbound: Outbound) -> Result<Self, ZaloBotSettingsError> {
        check_token(&settings.token)?;
        let parts = BotParts {
            service: "Zalo",
            base_url: &settings.base_url,
            token: &settings.token,
            chat_id: &settings.chat_id,
            language: settings.language,
            spacing: SPACING,
        };
        Ok(ZaloBot { name, bot: Bot::new(&parts, outbound)? })
    }
}

impl Notifier for ZaloBot {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        let sent = self.bot.send(self.bot.text(notice, TEXT_MAX), serde_json::Value::Null, now).await;
        sent.map(|(receipt, _)| receipt)
    }
}
