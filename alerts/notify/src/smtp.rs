//! E-mail: one mail for each message, to every receiver of the channel.
//!
//! `settings` are parsed and checked first; `mail` writes a message as a mail; `session` is one conversation with the
//! server. Here they come together, with what one attempt has to remember for the next: whom the server has
//! accepted already.

mod mail;
mod session;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use lettre::message::Mailbox;

use crate::language::Language;
use crate::notice::Notice;
use crate::notifier::{Notifier, Receipt, SendError};
use session::Server;
pub use settings::{SmtpSettings, SmtpSettingsError, Tls, TlsError};

/// How long one attempt may take, from the look-up of the name to the server's word that it has the mail.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// Messages whose half-done delivery is remembered. More than that in the air at once means that the server takes
/// none, so there is little to remember.
const REMEMBERED: usize = 256;

/// A mail server and the people whose mail it takes.
pub struct Smtp {
    name: String,
    server: Server,
    from: Mailbox,
    to: Vec<Mailbox>,
    language: Language,
    timeout: Duration,
    /// By id of messages that some receivers still wait for: the places in `to` that are done. Lost at a restart,
    /// after which those receivers may get the same mail, with the same Message-ID, again.
    done: Mutex<BTreeMap<String, BTreeSet<usize>>>,
}

impl Smtp {
    /// A channel of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When an address, a certificate or the combination of settings cannot be used; all faults at once.
    pub fn new(name: String, settings: SmtpSettings) -> Result<Self, SmtpSettingsError> {
        let parts = settings::check(settings)?;
        Ok(Smtp {
            name,
            server: parts.server,
            from: parts.from,
            to: parts.to,
            language: parts.language,
            timeout: parts.timeout,
            done: Mutex::default(),
        })
    }

    /// The receivers that still wait for this message.
    fn waiting(&self, id: &str) -> Vec<usize> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let done = done.get(id);
        (0..self.to.len()).filter(|place| done.is_none_or(|done| !done.contains(place))).collect()
    }

    /// Remembers who need not be asked again; `None` when nobody waits any longer.
    fn remember(&self, id: &str, settled: Option<Vec<usize>>) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        match settled {
            Some(settled) => done.entry(id.to_owned()).or_default().extend(settled),
            None => drop(done.remove(id)),
        }
        while done.len() > REMEMBERED {
            done.pop_first();
        }
    }
}

impl Notifier for Smtp {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, _now: Timestamp) -> Result<Receipt, SendError> {
        let mail = mail::compose(notice, self.language, &self.from, &self.to)
            .map_err(|error| SendError::permanent(format!("the mail cannot be written: {error}")))?;
        let waiting = self.waiting(notice.id());
        let receivers: Vec<_> = waiting.iter().map(|place| self.to[*place].email.clone()).collect();
        let conversation = self.server.deliver(&self.from.email, &receivers, &mail);
        let Ok(outcome) = tokio::time::timeout(self.timeout, conversation).await else {
            return Err(SendError::retryable(format!("{} did not answer in time", self.server)));
        };
        let verdicts = outcome?;
        let settled = waiting
            .iter()
            .zip(&verdicts.refusals)
            .filter(|(_, refusal)| refusal.as_ref().is_none_or(|refusal| !refusal.retryable));
        let settled: Vec<usize> = settled.map(|(place, _)| *place).collect();
        let again = settled.len() < waiting.len();
        self.remember(notice.id(), again.then_some(settled));
        verdicts.judge(&self.server)
    }
}
