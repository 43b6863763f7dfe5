//! [`Channel`]: the closed set of ways out. One match, so that a new channel cannot be forgotten anywhere.

use jiff::Timestamp;

use crate::alertmanager::Alertmanager;
use crate::notice::Notice;
use crate::notifier::{Notifier, Receipt, SendError};
use crate::ntfy::Ntfy;
use crate::sms::Sms;
use crate::smtp::Smtp;
use crate::telegram::Telegram;
use crate::webhook::Webhook;
use crate::zalo::{ZaloBot, ZaloTemplate};

/// A configured channel.
pub enum Channel {
    /// A program that takes JSON over HTTP.
    Webhook(Webhook),
    /// A mail server.
    Smtp(Smtp),
    /// A mobile phone.
    Sms(Sms),
    /// A chat of Telegram.
    Telegram(Telegram),
    /// A chat of Zalo.
    ZaloBot(ZaloBot),
    /// Template messages of Zalo to one phone.
    ZaloTemplate(ZaloTemplate),
    /// A topic of ntfy.
    Ntfy(Ntfy),
    /// An Alertmanager.
    Alertmanager(Alertmanager),
}

impl Channel {
    /// What kind of channel it is, in the words of the configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            Channel::Webhook(_) => "webhook",
            Channel::Smtp(_) => "smtp",
            Channel::Sms(_) => "sms",
            Channel::Telegram(_) => "telegram",
            Channel::ZaloBot(_) => "zalo-bot",
            Channel::ZaloTemplate(_) => "zalo-template",
            Channel::Ntfy(_) => "ntfy",
            Channel::Alertmanager(_) => "alertmanager",
        }
    }
}

impl Notifier for Channel {
    fn channel(&self) -> &str {
        match self {
            Channel::Webhook(webhook) => webhook.channel(),
            Channel::Smtp(smtp) => smtp.channel(),
            Channel::Sms(sms) => sms.channel(),
            Channel::Telegram(telegram) => telegram.channel(),
            Channel::ZaloBot(channel) => channel.channel(),
            Channel::ZaloTemplate(channel) => channel.channel(),
            Channel::Ntfy(channel) => channel.channel(),
            Channel::Alertmanager(channel) => channel.channel(),
        }
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        match self {
            Channel::Webhook(webhook) => webhook.deliver(notice, now).await,
            Channel::Smtp(smtp) => smtp.deliver(notice, now).await,
            Channel::Sms(sms) => sms.deliver(notice, now).await,
            Channel::Telegram(telegram) => telegram.deliver(notice, now).await,
            Channel::ZaloBot(channel) => channel.deliver(notice, now).await,
            Channel::ZaloTemplate(channel) => channel.deliver(notice, now).await,
            Channel::Ntfy(channel) => channel.deliver(notice, now).await,
            Channel::Alertmanager(channel) => channel.deliver(notice, now).await,
        }
    }
}
