//! Notifiers: how a message reaches people and programs outside.
//!
//! ```text
//!  alerts::engine::Notification + names ─▶ Message ─(outbox)─┐             Receipt | SendError
//!                                               Trial ───────┴▶ Notice ─▶ Channel::deliver ─▲
//!                                                                 │         │ smtp ▸ sms ▸ telegram ▸ zalo
//!                                       text::render, trial ◀─────┘         │ ntfy ▸ webhook ▸ alertmanager
//!                                       vi, en                              └ retry::next_attempt says when again
//! ```
//!
//! A [`Message`] holds facts and names; words come at the last moment, in the language of the
//! channel. One file (with a folder for its parts) per channel; to add one: a module beside [`webhook`], a variant of
//! [`Channel`], its settings in the controller's configuration, and tests against a receiver of our
//! own in `tests/it`.
//!
//! Invariants: the only package that talks to providers; it never decides who is told; it keeps nothing that the
//! outbox needs after a restart (and of its own only the tokens of Zalo, in the file that names them); no secret and no URL path gets into an error text; no clock but the `now` it is given.

pub mod alertmanager;
mod bot;
pub mod channel;
pub mod language;
pub mod message;
pub mod notice;
pub mod notifier;
pub mod ntfy;
pub mod outbound;
mod pace;
pub mod phone;
pub mod retry;
pub mod sms;
pub mod smtp;
pub mod telegram;
pub mod template;
pub mod text;
pub mod webhook;
pub mod zalo;

pub use channel::Channel;
pub use language::Language;
pub use message::Message;
pub use notice::{Notice, Trial};
pub use notifier::{Notifier, Receipt, SendError};
pub use outbound::Outbound;
