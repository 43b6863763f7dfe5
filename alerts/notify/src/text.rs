//! A message in words: subject, body and a short line, in the language of the channel.
//!
//! The words are in `messages/*/notification.ftl`; here is only which of them are said, and with what. Names come from
//! people and devices, so everything passes `clean` once, in `facts`: one line, no control or invisible characters.

mod body;
mod clean;
mod facts;
mod gsm7;
mod moment;
pub mod rule;
mod short;
mod subject;
mod trial;
mod values;
pub mod why;

use crate::language::Language;
use crate::message::Message;
use facts::Facts;

pub(crate) use clean::one_line;
pub(crate) use facts::{device_alone, hall_link};
pub(crate) use trial::trial;
pub(crate) use values::values;

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line: what happened, and where.
    pub subject: String,
    /// Plain text of several lines, which end in LF: where, since when, what hangs behind it, what to do first.
    pub body: String,
    /// At most 160 characters of GSM 7 bit without diacritics: fits one part of an SMS.
    pub short: String,
    /// The page to look at, where it is known how people reach the pages.
    pub link: Option<String>,
}

/// Puts a message into words. The same message gives the same words, however late it is sent.
pub fn render(message: &Message, language: Language) -> Rendered {
    let facts = Facts::of(message, language);
    Rendered {
        subject: subject::subject(&facts),
        body: body::body(&facts),
        short: short::short(&facts),
        link: facts.link(),
    }
}

#[cfg(test)]
mod tests;
