//! `[channels.NAME]` of the kinds that write into a chat or to a topic.

use inventory::secret::Secret;
use notify::Language;
use notify::ntfy::NTFY_URL;
use notify::telegram::{TELEGRAM_URL, check_token};
use notify::zalo::ZALO_BOT_URL;

use super::general::{language, web_address};
use super::reader::Section;
use super::secret_file;

/// A chat of Telegram.
#[derive(Clone)]
pub struct Telegram {
    /// Where its Bot API is.
    pub base_url: String,
    /// The bot's.
    pub token: Secret,
    /// Number of the chat, or the name of a channel.
    pub chat_id: String,
    /// Of the text.
    pub language: Language,
}

pub(super) fn telegram(section: &mut Section<'_>, usual: Language) -> Option<Telegram> {
    let token = token(section, "write token_file = \"PATH\" of a file with what @BotFather gave");
    let chat_id = section.required("chat_id", "write chat_id = \"-1001234567890\" or \"@channelname\"");
    let chat_id = chat_id.filter(|found| {
        let number = found.value.strip_prefix('-').unwrap_or(&found.value);
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = found.value.strip_prefix('@').is_some_and(|name| {
            name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        if !is_number && !is_name {
            section.refuse(found, "is no chat: write a number like \"-1001234567890\", or \"@channelname\"");
        }
        is_number || is_name
    });
    let base_url = base_url(section, TELEGRAM_URL);
    let language = language(section).unwrap_or(usual);
    Some(Telegram { base_url: base_url?, token: token?, chat_id: chat_id?.value, language })
}

/// A chat of Zalo.
#[derive(Clone)]
pub struct ZaloBot {
    /// Where its Bot API is.
    pub base_url: String,
    /// The bot's.
    pub token: Secret,
    /// Of the person or group.
    pub chat_id: String,
    /// Of the text.
    pub language: Language,
}

pub(super) fn zalo_bot(section: &mut Section<'_>, usual: Language) -> Option<ZaloBot> {
    let token = token(section, "write token_file = \"PATH\" of a file with what the Zalo Bot Manager gave");
    let chat_id = section.required("chat_id", "write the chat_id that the bot was written to from");
    let base_url = base_url(section, ZALO_BOT_URL);
    let language = language(section).unwrap_or(usual);
    Some(ZaloBot { base_url: base_url?, token: token?, chat_id: chat_id?.value, language })
}

/// A topic of ntfy.
#[derive(Clone)]
pub struct Ntfy {
    /// Where the server is.
    pub base_url: String,
    /// On a public server nobody may know it who is not meant: do not show it.
    pub topic: String,
    /// An access token.
    pub token: Option<Secret>,
    /// Of the text.
    pub language: Language,
}

pub(super) fn ntfy(section: &mut Section<'_>, usual: Language) -> Option<Ntfy> {
    let topic = section.required("topic", "write topic = \"NAME\"; on a public server one that nobody guesses");
    let topic = topic.filter(|found| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_topic = found.value.len() <= 64 && found.value.bytes().all(is_letter);
        if !is_topic {
            section.refuse_unseen(found, "is no topic: at most 64 letters without diacritics, digits, - and _");
        }
        is_topic
    });
    let token = secret_file::secret(section, "token_file").map(|found| found.value);
    let base_url = base_url(section, NTFY_URL);
    let language = language(section).unwrap_or(usual);
    Some(Ntfy { base_url: base_url?, topic: topic?.value, token, language })
}

/// The token of a bot.
pub(super) fn token(section: &mut Section<'_>, what: &str) -> Option<Secret> {
    let found = secret_file::required_secret(section, "token_file", what)?;
    if check_token(&found.value).is_err() {
        section.refuse(&found, "names a file that holds no token like 123456789:AAE…");
        return None;
    }
    Some(found.value)
}

/// Where a service is, when it is not where everybody's is; `None` after a fault only.
pub(super) fn base_url(section: &mut Section<'_>, usual: &str) -> Option<String> {
    let is_given = section.has("base_url");
    match section.text("base_url") {
        None => (!is_given).then(|| usual.to_owned()),
        Some(found) => match web_address(&found.value) {
            Ok(_) => Some(found.value),
            Err(why) => {
                section.refuse_unseen(&found, why);
                None
            }
        },
    }
}
