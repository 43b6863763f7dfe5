//! The outbox: messages on their way to channels, delivered at least once.
//!
//! A sender claims what is due for a while, sends it, and says what became of it. If it dies in between, the claim runs
//! out and the message is sent again under the same dedupe id. Messages of one thread leave a channel in order: the end of
//! a fault is not told before the fault.

use std::time::Duration;

use inventory::id::{ContactId, NotificationId};
use jiff::Timestamp;
use sqlx::FromRow;

use super::account::change;
use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};

/// The most rows that one transaction deletes.
const PRUNE_ROWS: i64 = 1_000;

/// The columns of a message, once for all queries.
macro_rules! outbox_columns {
    () => {
        "id, channel, thread, dedupe, message, state, made_at, next_attempt_at, attempts, last_error, sent_at, contact"
    };
}

/// A message to be put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutbox {
    /// Name of the channel.
    pub channel: String,
    /// Messages of one thread leave the channel in order.
    pub thread: String,
    /// A second message with the same id for the same channel is the same message.
    pub dedupe: String,
    /// The message, as JSON.
    pub message: String,
    /// When it was made; it is due from then on.
    pub made_at: Timestamp,
    /// The link in it by which whoever has it can act, and until when it is good.
    pub link: Option<ActionLink>,
    /// Whom it is for, if it is for a contact.
    pub contact: Option<ContactId>,
    /// Whether it goes by the channels by which the contact was told of its thread, if he was, and not by `channel`.
    pub follows: bool,
}

/// A link in a message, as the records know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionLink {
    /// The hash of its secret.
    pub hash: String,
    /// Good until then.
    pub expires_at: Timestamp,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutboxState {
    /// To be sent, or sent again.
    Waiting,
    /// Delivered.
    Sent,
    /// Given up.
    Dead,
}

impl OutboxState {
    /// Every state.
    pub const ALL: [OutboxState; 3] = [OutboxState::Waiting, OutboxState::Sent, OutboxState::Dead];

    /// The word in the schema and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            OutboxState::Waiting => "waiting",
            OutboxState::Sent => "sent",
            OutboxState::Dead => "dead",
        }
    }
}

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    /// Its id.
    pub id: NotificationId,
    /// Name of the channel.
    pub channel: String,
    /// Its thread.
    pub thread: String,
    /// The id by which a repeat is known.
    pub dedupe: String,
    /// The message, as JSON.
    pub message: String,
    /// Where it stands.
    pub state: OutboxState,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it is due.
    pub next_attempt_at: Timestamp,
    /// How often it was claimed.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was delivered.
    pub sent_at: Option<Timestamp>,
    /// Whom it is for, if it is for a contact.
    pub contact: Option<ContactId>,
}

impl Db {
    /// Claims messages of a channel that are due, for as long as sending them may take. A message waits while an earlier
    /// one of its thread does.
    ///
    /// # Errors
    /// When they cannot be claimed.
    pub async fn outbox_claim(
        &self,
        channel: &str,
        now: Timestamp,
        lease: Duration,
        most: u32,
    ) -> Result<Vec<OutboxRecord>, StoreError> {
        let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        let rows: Vec<OutboxRow> = both!(self.writer(), pool => {
            sqlx::query_as(CLAIM).bind(channel).bind(ms(now)).bind(ms(until)).bind(i64::from(most)).fetch_all(pool).await
        })
        .step("outbox_claim", channel)?;
        let mut claimed = rows.into_iter().map(OutboxRecord::try_from).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|record| record.id);
        Ok(claimed)
    }

    /// When the next message is due or its claim runs out; `None` when nothing waits.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn outbox_next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        const NEXT: &str = "SELECT MIN(CASE WHEN claimed_until > next_attempt_at THEN claimed_until ELSE next_attempt_at END) \
            FROM outbox o WHERE state = 'waiting' AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.channel = o.channel \
            AND e.thread = o.thread AND e.state = 'waiting' AND e.id < o.id)";
        let due: Option<i64> = both!(self.reader(), pool => sqlx::query_scalar(NEXT).fetch_one(pool).await)
            .step("outbox_next_due", "outbox")?;
        at("outbox", "next").time_if("next_attempt_at", due)
    }

    /// Lets go of every claim: at a start nobody is sending.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn outbox_claims_drop(&self) -> Result<u64, StoreError> {
        let done = both!(self.writer(), pool => {
            sqlx::query("UPDATE outbox SET claimed_until = NULL WHERE state = 'waiting' AND claimed_until IS NOT NULL")
                .execute(pool)
                .await
                .map(|done| done.rows_affected())
        });
        done.step("outbox_claims_drop", "outbox")
    }

    /// A message was delivered. Gives false when it was not waiting.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn outbox_sent(&self, id: NotificationId, at: Timestamp) -> Result<bool, StoreError> {
        let done = both!(self.writer(), pool => {
            sqlx::query(
                "UPDATE outbox SET state = 'sent', sent_at = $2, claimed_until = NULL, last_error = NULL \
                 WHERE id = $1 AND state = 'waiting'",
            )
            .bind(id.0)
            .bind(ms(at))
            .execute(pool)
            .await
            .map(|done| done.rows_affected() > 0)
        });
        done.step("outbox_sent", id)
    }

    /// A message was not delivered and is tried again later. Gives false when it was not waiting.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn outbox_retry(&self, id: NotificationId, next: Timestamp, error: &str) -> Result<bool, StoreError> {
        let done = both!(self.writer(), pool => {
            sqlx::query(
                "UPDATE outbox SET next_attempt_at = $2, claimed_until = NULL, last_error = $3 \
                 WHERE id = $1 AND state = 'waiting'",
            )
            .bind(id.0)
            .bind(ms(next))
            .bind(error)
            .execute(pool)
            .await
            .map(|done| done.rows_affected() > 0)
        });
        done.step("outbox_retry", id)
    }

    /// A message is given up. Gives false when it was not waiting.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn outbox_dead(&self, id: NotificationId, error: &str) -> Result<bool, StoreError> {
        let done = both!(self.writer(), pool => {
            sqlx::query(
                "UPDATE outbox SET state = 'dead', claimed_until = NULL, last_error = $2 WHERE id = $1 AND state = 'waiting'",
            )
            .bind(id.0)
            .bind(error)
            .execute(pool)
            .await
            .map(|done| done.rows_affected() > 0)
        });
        done.step("outbox_dead", id)
    }

    /// Channels for which something waits.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn outbox_channels_waiting(&self) -> Result<Vec<String>, StoreError> {
        const WAITING: &str = "SELECT DISTINCT channel FROM outbox WHERE state = 'waiting' ORDER BY channel";
        both!(self.reader(), pool => sqlx::query_scalar(WAITING).fetch_all(pool).await)
            .step("outbox_channels_waiting", "outbox")
    }

    /// Gives up whatever waits for a channel that cannot be made. Gives how many messages that were.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn outbox_channel_dead(&self, channel: &str, error: &str) -> Result<u64, StoreError> {
        const DEAD: &str = "UPDATE outbox SET state = 'dead', claimed_until = NULL, last_error = $2 \
                            WHERE channel = $1 AND state = 'waiting'";
        both!(self.writer(), pool => {
            sqlx::query(DEAD).bind(channel).bind(error).execute(pool).await.map(|done| done.rows_affected())
        })
        .step("outbox_channel_dead", channel)
    }

    /// Messages for contacts that were made before then, are not delivered, and were not passed on to another channel.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn outbox_overdue(&self, before: Timestamp) -> Result<Vec<OutboxRecord>, StoreError> {
        const OVERDUE: &str = concat!(
            "SELECT ",
            outbox_columns!(),
            " FROM outbox WHERE contact IS NOT NULL AND passed_on IS NULL AND state <> 'sent' AND made_at <= $1 ORDER BY id"
        );
        let rows: Vec<OutboxRow> =
            both!(self.reader(), pool => sqlx::query_as(OVERDUE).bind(ms(before)).fetch_all(pool).await)
                .step("outbox_overdue", before)?;
        rows.into_iter().map(OutboxRecord::try_from).collect()
    }

    /// Puts a message into the outbox once more, for another channel of the same contact, or notes that he has no other.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn outbox_pass_on(&self, id: NotificationId, to: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        const AGAIN: &str = "INSERT INTO outbox (channel, thread, dedupe, message, state, made_at, next_attempt_at, \
                attempts, contact) SELECT $2, thread, dedupe, message, 'waiting', $3, $3, 0, contact FROM outbox \
            WHERE id = $1 ON CONFLICT (channel, dedupe) DO NOTHING";
        let step = "outbox_pass_on";
        let mut tx = self.begin(step).await?;
        if let Some(to) = to {
            change!(tx, step, AGAIN, id.0, to, ms(now));
        }
        change!(tx, step, "UPDATE outbox SET passed_on = $2 WHERE id = $1", id.0, ms(now));
        tx.commit(step).await
    }

    /// One message, whatever became of it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn outbox_by_id(&self, id: NotificationId) -> Result<Option<OutboxRecord>, StoreError> {
        const ONE: &str = concat!("SELECT ", outbox_columns!(), " FROM outbox WHERE id = $1");
        let row: Option<OutboxRow> =
            both!(self.reader(), pool => sqlx::query_as(ONE).bind(id.0).fetch_optional(pool).await)
                .step("outbox_by_id", id)?;
        row.map(OutboxRecord::try_from).transpose()
    }

    /// Deletes messages that are sent or dead and were made before a time, some at a time. Gives how many went; it is done
    /// when that is 0.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn outbox_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let done = both!(self.writer(), pool => {
            sqlx::query(
                "DELETE FROM outbox WHERE id IN \
                 (SELECT id FROM outbox WHERE made_at < $1 AND state <> 'waiting' ORDER BY made_at LIMIT $2)",
            )
            .bind(ms(before))
            .bind(PRUNE_ROWS)
            .execute(pool)
            .await
            .map(|done| done.rows_affected())
        });
        done.step("outbox_prune", before)
    }
}

/// Puts a message into the outbox. One that is there already stays as it is: its transition is judged again after a
/// crash.
pub(super) async fn outbox_insert(tx: &mut Tx, new: &NewOutbox) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO outbox (channel, thread, dedupe, message, state, made_at, next_attempt_at, \
            attempts, contact) VALUES ($1, $2, $3, $4, 'waiting', $5, $5, 0, $6) ON CONFLICT (channel, dedupe) DO NOTHING";
    let step = "outbox_insert";
    let mut channels = match new.contact {
        Some(contact) if new.follows => channels_of_thread(tx, contact, &new.thread).await?,
        Some(_) | None => Vec::new(),
    };
    if channels.is_empty() {
        channels.push(new.channel.clone());
    }
    for channel in channels {
        let contact = new.contact.map(|contact| contact.0);
        change!(tx, step, INSERT, &channel, &new.thread, &new.dedupe, &new.message, ms(new.made_at), contact);
    }
    Ok(())
}

/// The channels by which a contact was told of a thread.
async fn channels_of_thread(tx: &mut Tx, contact: ContactId, thread: &str) -> Result<Vec<String>, StoreError> {
    const TOLD: &str = "SELECT DISTINCT channel FROM outbox WHERE contact = $1 AND thread = $2 ORDER BY channel";
    both!(tx.link(), on => sqlx::query_scalar(TOLD).bind(contact.0).bind(thread).fetch_all(on).await)
        .step("channels_of_thread", thread)
}

/// The outer conditions are checked again on a row that another connection has changed meanwhile (PostgreSQL, READ
/// COMMITTED), so two senders never claim one message.
const CLAIM: &str = concat!(
    "UPDATE outbox SET attempts = attempts + 1, claimed_until = $3 WHERE id IN (\
        SELECT o.id FROM outbox o WHERE o.channel = $1 AND o.state = 'waiting' AND o.next_attempt_at <= $2 \
        AND (o.claimed_until IS NULL OR o.claimed_until <= $2) \
        AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.channel = o.channel AND e.thread = o.thread \
            AND e.state = 'waiting' AND e.id < o.id) \
        ORDER BY o.id LIMIT $4) \
     AND state = 'waiting' AND (claimed_until IS NULL OR claimed_until <= $2) RETURNING ",
    outbox_columns!()
);

#[derive(FromRow)]
struct OutboxRow {
    id: i64,
    channel: String,
    thread: String,
    dedupe: String,
    message: String,
    state: String,
    made_at: i64,
    next_attempt_at: i64,
    attempts: i64,
    last_error: Option<String>,
    sent_at: Option<i64>,
    contact: Option<i64>,
}

impl TryFrom<OutboxRow> for OutboxRecord {
    type Error = StoreError;
    fn try_from(row: OutboxRow) -> Result<Self, StoreError> {
        let at = at("outbox", row.id);
        let state = OutboxState::ALL.into_iter().find(|state| state.as_str() == row.state);
        Ok(OutboxRecord {
            id: NotificationId(row.id),
            state: state.ok_or_else(|| at.wrong("state", &row.state))?,
            made_at: at.time("made_at", row.made_at)?,
            next_attempt_at: at.time("next_attempt_at", row.next_attempt_at)?,
            attempts: at.number("attempts", row.attempts)?,
            sent_at: at.time_if("sent_at", row.sent_at)?,
            contact: row.contact.map(ContactId),
            channel: row.channel,
            thread: row.thread,
            dedupe: row.dedupe,
            message: row.message,
            last_error: row.last_error,
        })
    }
}
