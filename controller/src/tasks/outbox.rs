//! Delivers the messages of the outbox: one task a channel, so that a provider's bad day holds up nobody else.

use std::sync::Arc;
use std::time::Duration;

use inventory::clock::Clock;
use notify::{Channel, Message, Notifier, SendError, retry};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::error::chain;
use crate::events::{Event, Events};
use crate::store::{Db, OutboxRecord, StoreError};

/// How long one sender owns what it claimed: longer than any attempt takes.
const LEASE: Duration = Duration::from_secs(120);
/// Messages claimed at once. Few: they are sent one after the other, within the lease.
const AT_ONCE: u32 = 3;
/// How long an attempt under way may go on when the program ends.
const FAREWELL: Duration = Duration::from_secs(4);
/// How often is looked for what is due when nobody woke the task.
const LOOK: Duration = Duration::from_secs(1);

/// One channel and what delivering through it needs.
pub struct Sender {
    /// The channel.
    pub channel: Arc<Channel>,
    /// Where messages wait.
    pub db: Db,
    /// Log and counters.
    pub events: Arc<Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Sender {
    /// Delivers until told to stop. `woken` says that a message was just written.
    pub async fn run(self, woken: Arc<Notify>, stop: CancellationToken) {
        loop {
            match self.deliver_due(&stop).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    let error = Some(chain(&error));
                    self.events.emit(Event::TaskRan { task: "outbox", did: None, error });
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = woken.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Delivers until nothing waits for this channel any more, or it is told to stop.
    pub async fn run_while_waiting(self, stop: &CancellationToken) {
        loop {
            let name = self.channel.channel();
            let delivered = self.deliver_due(stop).await;
            let waiting = self.db.outbox_channels_waiting().await;
            match (delivered, waiting) {
                (Ok(_), Ok(waiting)) if !waiting.iter().any(|waiting| waiting == name) => return,
                (Ok(0), Ok(_)) => {}
                (Ok(_), Ok(_)) => continue,
                (Err(error), _) | (Ok(_), Err(error)) => {
                    let error = Some(chain(&error));
                    self.events.emit(Event::TaskRan { task: "outbox", did: None, error });
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn deliver_due(&self, stop: &CancellationToken) -> Result<usize, StoreError> {
        let due = self.db.outbox_claim(self.channel.channel(), self.clock.now(), LEASE, AT_ONCE).await?;
        let count = due.len();
        for record in due {
            // What is claimed and not sent is due again when the claims are dropped at the next start.
            if stop.is_cancelled() {
                return Ok(0);
            }
            tokio::select! {
                delivered = self.deliver(record) => delivered?,
                // An attempt that hangs is given up; the claim is dropped at the next start and it is made again.
                () = async { stop.cancelled().await; tokio::time::sleep(FAREWELL).await } => return Ok(0),
            }
        }
        Ok(count)
    }

    async fn deliver(&self, record: OutboxRecord) -> Result<(), StoreError> {
        let result = match serde_json::from_str::<Message>(&record.message) {
            Ok(message) => self.channel.send(&message, self.clock.now()).await,
            Err(error) => Err(unreadable(&error)),
        };
        let now = self.clock.now();
        let (word, error) = match result {
            Ok(_) => {
                self.db.outbox_sent(record.id, now).await?;
                ("sent", None)
            }
            Err(error) => {
                let jitter = rand::random::<f64>();
                let next = retry::next_attempt(record.made_at, record.attempts, now, jitter, error.retry_after);
                match next.filter(|_| error.retryable) {
                    Some(next) => {
                        self.db.outbox_retry(record.id, next, &error.text).await?;
                        ("retry", Some(error.text))
                    }
                    None => {
                        self.db.outbox_dead(record.id, &error.text).await?;
                        ("dead", Some(error.text))
                    }
                }
            }
        };
        let channel = self.channel.channel();
        self.events.emit(Event::NotificationTried { channel, id: record.id.0, result: word, error });
        Ok(())
    }
}

/// A row that this release cannot read: written by a newer one.
fn unreadable(error: &serde_json::Error) -> SendError {
    let text = format!("the message was written by another release and cannot be read: {error}");
    SendError { retryable: false, retry_after: None, text }
}
