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
    pub chat_id: Option<String>,
    /// Of the text.
    pub language: Language,
}

pub(super) fn telegram(section: &mut Section<'_>, usual: Language) -> Option<Telegram> {
    let token = token(section, "write token_file = \"PATH\" of a file with what @BotFather gave");
    let chat_id = section.text("chat_id").filter(|found| section.accepts(found, check_telegram_chat(&found.value)));
    let chat_id = chat_id.map(|found| found.value);
    let base_url = base_url(section, TELEGRAM_URL);
    let language = language(section).unwrap_or(usual);
    Some(Telegram { base_url: base_url?, token: token?, chat_id, language })
}

/// Whether this is a chat of Telegram.
///
/// # Errors
/// What is wrong with it.
pub fn check_telegram_chat(text: &str) -> Result<(), &'static str> {
    let number = text.strip_prefix('-').unwrap_or(text);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_name = text.strip_prefix('@').is_some_and(|name| name.len() >= 4 && name.bytes().all(is_letter));
    let wrong = "is no chat: write a number like \"-1001234567890\", or \"@channelname\"";
    if is_number || is_name { Ok(()) } else { Err(wrong) }
}

/// A chat of Zalo.
#[derive(Clone)]
pub struct ZaloBot {
    /// Where its Bot API is.
    pub base_url: String,
    /// The bot's.
    pub token: Secret,
    /// Of the person or group.
    pub chat_id: Option<String>,
    /// Of the text.
    pub language: Language,
}

pub(super) fn zalo_bot(section: &mut Section<'_>, usual: Language) -> Option<ZaloBot> {
    let token = token(section, "write token_file = \"PATH\" of a file with what the Zalo Bot Manager gave");
    let chat_id = section.text("chat_id").filter(|found| section.accepts(found, check_zalo_chat(&found.value)));
    let chat_id = chat_id.map(|found| found.value);
    let base_url = base_url(section, ZALO_BOT_URL);
    let language = language(section).unwrap_or(usual);
    Some(ZaloBot { base_url: base_url?, token: token?, chat_id, language })
}

/// Whether this is a chat of Zalo: it gives words of letters and digits.
///
/// # Errors
/// What is wrong with it.
pub fn check_zalo_chat(text: &str) -> Result<(), &'static str> {
    let is_chat = !text.is_empty() && text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_chat { Ok(()) } else { Err("is no chat: write the chat_id that the bot was written to from") }
}

/// A topic of ntfy.
#[derive(Clone)]
pub struct Ntfy {
    /// Where the server is.
    pub base_url: String,
    /// On a public server nobody may know it who is not meant: do not show it.
    pub topic: Option<String>,
    /// An access token.
    pub token: Option<Secret>,
    /// Of the text.
    pub language: Language,
}

pub(super) fn ntfy(section: &mut Section<'_>, usual: Language) -> Option<Ntfy> {
    let topic = section.text("topic").and_then(|found| match check_topic(&found.value) {
        Ok(()) => Some(found.value),
        Err(why) => {
            section.refuse_unseen(&found, why);
            None
        }
    });
    let token = secret_file::secret(section, "token_file").map(|found| found.value);
    let base_url = base_url(section, NTFY_URL);
    let language = language(section).unwrap_or(usual);
    Some(Ntfy { base_url: base_url?, topic, token, language })
}

/// Whether this is a topic of ntfy.
///
/// # Errors
/// What is wrong with it.
pub fn check_topic(text: &str) -> Result<(), &'static str> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_topic = !text.is_empty() && text.len() <= 64 && text.bytes().all(is_letter);
    if is_topic { Ok(()) } else { Err("is no topic: at most 64 letters without diacritics, digits, - and _") }
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
