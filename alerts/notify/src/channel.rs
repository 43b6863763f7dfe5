//! [`Channel`]: the closed set of ways out. One match, so that a new channel cannot be forgotten anywhere.

use jiff::Timestamp;

use crate::message::Message;
use crate::notifier::{Notifier, Receipt, SendError};
use crate::smtp::Smtp;
use crate::webhook::Webhook;

/// A configured channel.
pub enum Channel {
    /// A program that takes JSON over HTTP.
    Webhook(Webhook),
    /// A mail server.
    Smtp(Smtp),
}

impl Channel {
    /// What kind of channel it is, in the words of the configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            Channel::Webhook(_) => "webhook",
            Channel::Smtp(_) => "smtp",
        }
    }
}

impl Notifier for Channel {
    fn channel(&self) -> &str {
        match self {
            Channel::Webhook(webhook) => webhook.channel(),
            Channel::Smtp(smtp) => smtp.channel(),
        }
    }

    async fn send(&self, message: &Message, now: Timestamp) -> Result<Receipt, SendError> {
        match self {
            Channel::Webhook(webhook) => webhook.send(message, now).await,
            Channel::Smtp(smtp) => smtp.send(message, now).await,
        }
    }
}
