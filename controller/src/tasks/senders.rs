//! Senders for the addresses of contacts. A channel that hears of everything has a sender for as long as the program runs;
//! one to a single address is there while something waits for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use inventory::clock::Clock;
use jiff::SignedDuration;
use notify::Channel;
use notify::outbound::Outbound;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::outbox::Sender;
use crate::app::error::chain;
use crate::app::people::AddressBook;
use crate::channels;
use crate::config::{self, ChannelName};
use crate::events::{Event, Events};
use crate::store::{Db, OutboxRecord, StoreError};

/// How often is looked for what waits when nobody woke the task.
const LOOK: Duration = Duration::from_secs(1);
/// After how long a contact is told by his next channel too.
const NEXT_CHANNEL: SignedDuration = SignedDuration::from_mins(5);

/// What it takes to send to the addresses of contacts.
pub struct Senders {
    /// The sections of the configuration.
    pub channels: BTreeMap<ChannelName, config::Channel>,
    /// How they reach out.
    pub outbound: Outbound,
    /// Channels that have senders of their own.
    pub others: Vec<String>,
    /// Where contacts can be told.
    pub book: watch::Receiver<Arc<AddressBook>>,
    /// Where messages wait.
    pub db: Db,
    /// Log and counters.
    pub events: Arc<Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Senders {
    /// Sends until told to stop. `woken` says that a message was just written.
    pub async fn run(self, woken: Arc<Notify>, stop: CancellationToken) {
        // A channel is kept once it is made: it knows how fast its provider may be asked.
        let mut made: BTreeMap<String, Arc<Channel>> = BTreeMap::new();
        let mut running: BTreeMap<String, JoinHandle<()>> = BTreeMap::new();
        loop {
            if let Err(error) = self.look(&mut made, &mut running, &stop).await {
                let error = Some(chain(&error));
                self.events.emit(Event::TaskRan { task: "senders", did: None, error });
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = woken.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        for (_, sender) in running {
            // One that failed says so in the log; what it had claimed is due again at the next start.
            let _ended = sender.await.is_err();
        }
    }

    async fn look(
        &self,
        made: &mut BTreeMap<String, Arc<Channel>>,
        running: &mut BTreeMap<String, JoinHandle<()>>,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        self.pass_on().await?;
        for name in self.db.outbox_channels_waiting().await? {
            if self.others.contains(&name) || running.get(&name).is_some_and(|sender| !sender.is_finished()) {
                continue;
            }
            let channel = match made.get(&name) {
                Some(channel) => Arc::clone(channel),
                None => match self.make(&name) {
                    Ok(channel) => Arc::clone(made.entry(name.clone()).or_insert(Arc::new(channel))),
                    Err(fault) => {
                        self.db.outbox_channel_dead(&name, &fault).await?;
                        let (id, result, error) = (0, "dead", Some(fault));
                        self.events.emit(Event::NotificationTried { channel: &name, id, result, error });
                        continue;
                    }
                },
            };
            let (db, events, clock) = (self.db.clone(), Arc::clone(&self.events), Arc::clone(&self.clock));
            let sender = Sender { channel, db, events, clock };
            let stop = stop.clone();
            running.insert(name, tokio::spawn(async move { sender.run_while_waiting(&stop).await }));
        }
        Ok(())
    }

    /// The channel to the address that a name ends in.
    fn make(&self, name: &str) -> Result<Channel, String> {
        let (section, address) = name.split_once('/').unwrap_or((name, ""));
        channels::for_address(&self.channels, section, address, &self.outbound)
    }

    /// What a contact's channel has not delivered in time goes by his next one too.
    async fn pass_on(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let before = now.checked_sub(NEXT_CHANNEL).unwrap_or(now);
        for record in self.db.outbox_overdue(before).await? {
            let next = self.next_channel(&record);
            self.db.outbox_pass_on(record.id, next.as_deref(), now).await?;
        }
        Ok(())
    }

    fn next_channel(&self, record: &OutboxRecord) -> Option<String> {
        let book = self.book.borrow();
        let card = book.card(record.contact?)?;
        let mut names = card.addresses.iter().map(|address| channels::name_of(&address.channel, &address.address));
        names.by_ref().find(|name| *name == record.channel)?;
        names.next()
    }
}
