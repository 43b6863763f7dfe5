//! One conversation with a mail server: connect, protect, log in, hand over one mail for several receivers.
//!
//! Receivers are judged one by one (RFC 5321 §3.3): one mistyped address must not keep a message from the others, nor
//! one full mailbox repeat it to them. lettre's own transport gives up at the first refusal, so the commands are
//! given here.

use std::time::Duration;

use inventory::secret::Secret;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use crate::notifier::{Receipt, SendError};
use crate::text::one_line;

/// How long the server has for its farewell, when the mail has been handed over already.
const FAREWELL: Duration = Duration::from_secs(1);

/// A mail server and how to speak to it.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    /// TLS begins after STARTTLS, not with the first byte.
    pub(super) start_tls: bool,
    /// `None` is an unprotected connection.
    pub(super) tls: Option<TlsParameters>,
    pub(super) login: Option<Login>,
    pub(super) timeout: Duration,
}

/// Who we are to the server.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Secret,
}

/// What came of a conversation that reached the receivers.
pub(super) struct Verdicts {
    /// For each receiver asked for, why the server would not take the mail; `None`: it has it.
    pub(super) refusals: Vec<Option<Refusal>>,
    /// What the server said to the mail, unless nobody was left to get it.
    reply: Option<String>,
}

/// Why the server would not take the mail for one receiver.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) retryable: bool,
    text: String,
}

impl Server {
    /// Hands over `mail` for `receivers`.
    ///
    /// # Errors
    /// When the conversation failed for all of them alike.
    pub(super) async fn deliver(
        &self,
        from: &Address,
        receivers: &[Address],
        mail: &[u8],
    ) -> Result<Verdicts, SendError> {
        let mut connection = self.connect().await?;
        let command = Mail::new(Some(from.clone()), Vec::new());
        connection.command(command).await.map_err(|error| self.failed("refused the sender", &error))?;
        let mut refusals = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            match connection.command(Rcpt::new(receiver.clone(), Vec::new())).await {
                Ok(_) => refusals.push(None),
                Err(error) if error.status().is_some() => {
                    let text = format!("{receiver}: {}", said(&error));
                    refusals.push(Some(Refusal { retryable: !error.is_permanent(), text }));
                }
                Err(error) => return Err(self.failed("broke off", &error)),
            }
        }
        let reply = if refusals.iter().any(Option::is_none) {
            connection.command(Data).await.map_err(|error| self.failed("refused the mail", &error))?;
            let reply = connection.message(mail).await.map_err(|error| self.failed("refused the mail", &error))?;
            Some(one_line(&format!("{} {}", reply.code(), reply.first_line().unwrap_or_default())))
        } else {
            None
        };
        // Whatever it says now, the mail is where it is.
        drop(tokio::time::timeout(FAREWELL, connection.quit()).await);
        Ok(Verdicts { refusals, reply })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let hello = ClientId::default();
        let at_once = if self.start_tls { None } else { self.tls.clone() };
        let address = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, Some(self.timeout), &hello, at_once, None)
            .await
            .map_err(|error| self.failed("cannot be reached", &error))?;
        if let (true, Some(tls)) = (self.start_tls, &self.tls) {
            connection.starttls(tls.clone(), &hello).await.map_err(|error| self.failed("gave no STARTTLS", &error))?;
        }
        if let Some(login) = &self.login {
            let credentials = Credentials::new(login.user.clone(), login.password.reveal().to_owned());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(|error| self.login_failed(&error))?;
        }
        Ok(connection)
    }

    /// A failure that concerns all receivers. Only a 5yz reply is final (RFC 5321 §4.2.1).
    fn failed(&self, what: &str, error: &Error) -> SendError {
        let retryable = !error.is_permanent();
        SendError { retryable, retry_after: None, text: format!("{self} {what}: {}", said(error)) }
    }

    /// Some servers repeat the command they refuse, so of a refused login only the code is told.
    fn login_failed(&self, error: &Error) -> SendError {
        match error.status() {
            Some(code) => SendError {
                retryable: !error.is_permanent(),
                retry_after: None,
                text: format!("{self} refused the login ({code}): check user and password of this channel"),
            },
            None => self.failed("gave no login", error),
        }
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Verdicts {
    /// One word for the outbox. A message that some got and others may still get is tried again, for those.
    pub(super) fn judge(self, server: &Server) -> Result<Receipt, SendError> {
        let refused: Vec<&Refusal> = self.refusals.iter().flatten().collect();
        let texts = || refused.iter().map(|refusal| refusal.text.as_str()).collect::<Vec<_>>().join("; ");
        let retryable = refused.iter().any(|refusal| refusal.retryable);
        match self.reply {
            Some(reply) if refused.is_empty() => Ok(Receipt { reply }),
            Some(reply) if !retryable => Ok(Receipt { reply: format!("{reply}; refused for good: {}", texts()) }),
            Some(_) => Err(SendError::retryable(format!("{server} did not take the mail for all: {}", texts()))),
            None if retryable => Err(SendError::retryable(format!("{server} took no receiver: {}", texts()))),
            None => Err(SendError::permanent(format!("{server} refused every receiver: {}", texts()))),
        }
    }
}

/// The code and the words of the server; of other failures, the innermost cause.
fn said(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match error.status() {
        Some(code) => one_line(&format!("{code} {cause}")),
        None => one_line(&cause.to_string()),
    }
}
