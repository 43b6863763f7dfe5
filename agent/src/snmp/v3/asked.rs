//! [`Asked`]: what one request in flight takes for its answer.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::codec::{self, Response};
use super::engine::{Moment, Stat};
use super::keys::{AUTH, Keys};
use super::message::{Message, RESPONSE, Scoped};

/// A request in flight.
pub(in super::super) struct Asked {
    question: Question,
    /// What was heard that is no proof: it ends no wait by itself, and names the failure when nothing better comes.
    hint: Mutex<Option<Hint>>,
    hinted: Notify,
}

/// What was asked.
pub(super) enum Question {
    /// Who are you (RFC 3414 §4).
    Discovery,
    /// A request in a user's name.
    Sealed { engine_id: Arc<[u8]>, moment: Moment, at: Instant, user: String, keys: Arc<Keys> },
}

/// What somebody said without proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Hint {
    /// A Report. A device cannot prove one about a key that it does not share with us.
    Report(Stat),
    /// An answer without a digest, or with one that does not fit.
    Unproven,
}

/// What ends the wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Heard {
    /// The answer, and the engine's time in it.
    Response(Response, Moment),
    /// A proven Report, and the engine's time in it.
    Report(Stat, Moment),
    /// An engine has named itself. Nothing of it is proven.
    Discovered(Arc<[u8]>, Moment),
}

/// What a datagram is to this request.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Judgement {
    Answer(Heard),
    Hint,
    Forged,
    /// The device's own words, but no SNMP.
    Malformed,
}

impl Asked {
    pub(super) fn new(question: Question) -> Arc<Asked> {
        Arc::new(Asked { question, hint: Mutex::new(None), hinted: Notify::new() })
    }

    /// Judges a message from the right address with the right id.
    pub(in super::super) fn judge(&self, message: &Message<'_>, bytes: usize, now: Instant) -> Judgement {
        match &self.question {
            Question::Discovery => discovered(message),
            Question::Sealed { engine_id, moment, at, user, keys } => {
                let judgement = if message.level & AUTH == 0 {
                    self.unproven(message, engine_id, user, keys, bytes)
                } else {
                    let waited = now.saturating_duration_since(*at).as_secs();
                    let is_ours = message.engine_id == &**engine_id && message.user == user.as_bytes();
                    match is_ours && message.is_proven(keys) {
                        true => proven(message, engine_id, keys, |answered| moment.fits(answered, waited), bytes),
                        false => Judgement::Forged,
                    }
                };
                if judgement == Judgement::Forged {
                    self.note(Hint::Unproven);
                }
                judgement
            }
        }
    }

    fn unproven(&self, message: &Message<'_>, engine_id: &[u8], user: &str, keys: &Keys, bytes: usize) -> Judgement {
        let Some(plain) = message.plain(keys) else { return Judgement::Malformed };
        let Some(scoped) = Scoped::read(&plain) else { return Judgement::Malformed };
        if let Some(stat) = scoped.stat() {
            self.note(Hint::Report(stat));
            return Judgement::Hint;
        }
        let is_open = keys.level() == 0 && message.engine_id == engine_id && message.user == user.as_bytes();
        if !is_open || !is_answer(&scoped, message, engine_id) {
            return Judgement::Forged;
        }
        Judgement::Answer(response(&scoped, message, bytes))
    }

    /// Keeps what was said; a Report says more than an answer that proves nothing.
    fn note(&self, hint: Hint) {
        let mut kept = self.hint.lock().unwrap_or_else(PoisonError::into_inner);
        if !(hint == Hint::Unproven && kept.is_some()) {
            *kept = Some(hint);
        }
        if matches!(hint, Hint::Report(_)) {
            self.hinted.notify_one();
        }
    }

    /// What was heard last without proof.
    pub(in super::super) fn hint(&self) -> Option<Hint> {
        *self.hint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for an unproven Report.
    pub(in super::super) async fn hinted(&self) {
        self.hinted.notified().await;
    }
}

fn discovered(message: &Message<'_>) -> Judgement {
    let is_report = || Scoped::read(message.plain_data()?)?.stat();
    if message.level != 0 || message.engine_id.is_empty() || is_report() != Some(Stat::UnknownEngineIds) {
        return Judgement::Forged;
    }
    Judgement::Answer(Heard::Discovered(message.engine_id.into(), message.moment))
}

fn proven(
    message: &Message<'_>,
    engine_id: &[u8],
    keys: &Keys,
    fits: impl FnOnce(Moment) -> bool,
    bytes: usize,
) -> Judgement {
    let Some(plain) = message.plain(keys) else { return Judgement::Malformed };
    let Some(scoped) = Scoped::read(&plain) else { return Judgement::Malformed };
    if let Some(stat) = scoped.stat() {
        return Judgement::Answer(Heard::Report(stat, message.moment));
    }
    if message.level != keys.level() || !is_answer(&scoped, message, engine_id) || !fits(message.moment) {
        return Judgement::Forged;
    }
    Judgement::Answer(response(&scoped, message, bytes))
}

/// Whether it is the response to our request, about our context.
fn is_answer(scoped: &Scoped<'_>, message: &Message<'_>, engine_id: &[u8]) -> bool {
    scoped.kind == RESPONSE
        && scoped.request_id == i64::from(message.id)
        && scoped.context_engine == engine_id
        && scoped.context.is_empty()
}

fn response(scoped: &Scoped<'_>, message: &Message<'_>, bytes: usize) -> Heard {
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let response = codec::response(number(scoped.status), number(scoped.index), Some(scoped.list), bytes);
    Heard::Response(response, message.moment)
}
