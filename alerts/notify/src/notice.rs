//! [`Notice`]: what a channel delivers. Nearly always a [`Message`] from the outbox; now and then a [`Trial`], by which
//! somebody finds out whether the channel works before a hall depends on it.

use alerts::engine::NotificationKind;
use jiff::Timestamp;

use crate::language::Language;
use crate::message::{CutOff, Item, Message};
use crate::text::{self, Rendered};

/// What a channel delivers.
#[derive(Debug, Clone, Copy)]
pub enum Notice<'a> {
    /// Of faults, or of their end.
    Alert(&'a Message),
    /// Of nothing but the channel itself.
    Trial(&'a Trial),
}

/// A test message. It says so in every form that a message has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Another one for each test.
    pub id: String,
    /// The channel, as people know it.
    pub channel: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// As [`Message::base_url`].
    pub base_url: Option<String>,
}

/// What a notice is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Faults began.
    Firing,
    /// They last, and nobody has taken them.
    Reminder,
    /// More of them began.
    Growth,
    /// Nobody has taken them, so somebody else is told.
    Escalation,
    /// They began in the quiet hours of who reads this, and may be over.
    Digest,
    /// They ended.
    Resolved,
    /// There are none: it is a test.
    Test,
}

impl Status {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Firing => "firing",
            Status::Reminder => "reminder",
            Status::Growth => "growth",
            Status::Escalation => "escalation",
            Status::Digest => "digest",
            Status::Resolved => "resolved",
            Status::Test => "test",
        }
    }
}

impl Notice<'_> {
    /// The same for every attempt to deliver it.
    pub fn id(&self) -> &str {
        match self {
            Notice::Alert(message) => &message.id,
            Notice::Trial(trial) => &trial.id,
        }
    }

    /// See [`Message::thread`]. A test is a thread of its own.
    pub fn thread(&self) -> &str {
        match self {
            Notice::Alert(message) => &message.thread,
            Notice::Trial(trial) => &trial.id,
        }
    }

    /// What it is.
    pub fn status(&self) -> Status {
        match self {
            Notice::Alert(message) => match message.kind {
                NotificationKind::Firing => Status::Firing,
                NotificationKind::Reminder => Status::Reminder,
                NotificationKind::Growth => Status::Growth,
                NotificationKind::Escalation => Status::Escalation,
                NotificationKind::Digest => Status::Digest,
                NotificationKind::Resolved => Status::Resolved,
            },
            Notice::Trial(_) => Status::Test,
        }
    }

    /// When it was made.
    pub fn made_at(&self) -> Timestamp {
        match self {
            Notice::Alert(message) => message.made_at,
            Notice::Trial(trial) => trial.made_at,
        }
    }

    /// Where people find the pages, without a slash at the end.
    pub fn base_url(&self) -> Option<&str> {
        match self {
            Notice::Alert(message) => message.base_url.as_deref(),
            Notice::Trial(trial) => trial.base_url.as_deref(),
        }
    }

    /// The faults; a test has none.
    pub fn items(&self) -> &[Item] {
        match self {
            Notice::Alert(message) => &message.items,
            Notice::Trial(_) => &[],
        }
    }

    /// What hangs behind them.
    pub fn cut_off(&self) -> &[CutOff] {
        match self {
            Notice::Alert(message) => &message.cut_off,
            Notice::Trial(_) => &[],
        }
    }

    /// It in words: in the language of who reads it, where that is known, else in the channel's.
    pub fn words(&self, language: Language) -> Rendered {
        match self {
            Notice::Alert(message) => text::render(message, message.language.unwrap_or(language)),
            Notice::Trial(trial) => text::trial(trial, language),
        }
    }

    /// An id of 32 hexadecimal digits for one receiver of it: providers allow few characters and short ones, and one
    /// account may serve several installations.
    pub(crate) fn id_for(&self, receiver: &str) -> String {
        use sha2::{Digest, Sha256};
        let whole = format!("{}\n{}\n{receiver}", self.base_url().unwrap_or_default(), self.id());
        Sha256::digest(whole).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}
