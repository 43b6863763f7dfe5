//! A message as a mail: headers by which programs thread, sort and do not answer it, and the plain text.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, SinglePart, header};
use sha2::{Digest, Sha256};

use crate::language::Language;
use crate::notice::{Notice, Status};

/// Why a mail cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum MailError {
    /// A date before 1970 or after 9999, which mail cannot carry.
    #[error("the time of the message is out of range")]
    Date,
    /// A header.
    #[error(transparent)]
    Header(#[from] lettre::error::Error),
}

/// The mail, the same to the last byte at every attempt.
pub(super) fn compose(
    notice: &Notice<'_>,
    language: Language,
    from: &Mailbox,
    to: &[Mailbox],
) -> Result<Vec<u8>, MailError> {
    let words = notice.words(language);
    let domain = from.email.domain();
    let seconds = u64::try_from(notice.made_at().as_second()).map_err(|_| MailError::Date)?;
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    // A thread begins with its firing message, so that message bears the id of the thread: mail programs hang the
    // recovery on it although neither attempt knows what became of the other. Whoever lost it still gets one thread.
    let root = message_id("thread", notice.thread(), domain);
    let builder = lettre::Message::builder()
        .from(from.clone())
        .mailbox(header::To::from(to.iter().cloned().collect::<Mailboxes>()))
        .date(date)
        .subject(words.subject)
        .raw_header(raw("List-Id", format!("VillageNet <villagenet.{domain}>")))
        // RFC 3834 §5: no absence notes in return; Exchange asks for its own header.
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("X-Auto-Response-Suppress", "All".to_owned()));
    let builder = match notice.status() {
        Status::Firing | Status::Digest | Status::Test => builder.message_id(Some(root)),
        Status::Resolved | Status::Reminder | Status::Growth | Status::Escalation => builder
            .message_id(Some(message_id("message", notice.id(), domain)))
            .in_reply_to(root.clone())
            .references(root),
    };
    Ok(builder.singlepart(SinglePart::plain(words.body))?.formatted())
}

/// `<hash@domain>`: ids of ours may hold anything, a Message-ID only what RFC 5322 §3.6.4 allows.
fn message_id(kind: &str, id: &str, domain: &str) -> String {
    let digest = Sha256::digest(format!("{kind}\n{id}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("<{hex}@{domain}>")
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}
