//! [`Notifier`]: what every channel can do, and how it says that it could not.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use crate::message::Message;
use crate::notice::Notice;

/// Something that takes messages to their receivers.
pub trait Notifier {
    /// The name under which it stands in the configuration, in metrics and in the outbox.
    fn channel(&self) -> &str;

    /// Makes one attempt, which ends within a time fixed by the channel. An attempt whose answer was lost may have
    /// reached its receiver: a repeat carries the same [`Notice::id`].
    ///
    /// # Errors
    /// When the receiver did not confirm; the error says whether another attempt can help.
    fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> impl Future<Output = Result<Receipt, SendError>> + Send;

    /// As [`Notifier::deliver`], of a message from the outbox.
    ///
    /// # Errors
    /// As [`Notifier::deliver`].
    fn send(&self, message: &Message, now: Timestamp) -> impl Future<Output = Result<Receipt, SendError>> + Send
    where
        Self: Sync,
    {
        async move { self.deliver(&Notice::Alert(message), now).await }
    }
}

/// The receiver's confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What it answered, in one short line for the delivery log: `HTTP 204`, `250 2.0.0 queued as 1A2B`.
    pub reply: String,
}

/// Why a message was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SendError {
    /// Whether the same message may go through later. When not, a person has to act.
    pub retryable: bool,
    /// How long the receiver asked to be left alone.
    pub retry_after: Option<Duration>,
    /// What happened, where, and what can be done; no secrets, no path or query of a URL.
    pub text: String,
}

impl SendError {
    /// Another attempt may help.
    pub(crate) fn retryable(text: impl Into<String>) -> Self {
        SendError { retryable: true, retry_after: None, text: text.into() }
    }

    /// No other attempt will help.
    pub(crate) fn permanent(text: impl Into<String>) -> Self {
        SendError { retryable: false, retry_after: None, text: text.into() }
    }
}
