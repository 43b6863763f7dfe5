//! Judging: what agents saw goes through the engine of `alerts`, and everything that follows from it (states, outages,
//! alerts, decisions, messages in the outbox) is written in one transaction together with the watermark of judging.
//!
//! ```text
//!  link (one per agent) ──Seen──▶ ┌───────┐ ──one transaction──▶ records ──▶ outbox task
//!  world watcher ─────────Fleet─▶ │ judge │ ──Reask────────────▶ link
//!  its own timer ─────────Tick──▶ └───────┘ ──Change───────────▶ open pages
//! ```
//!
//! There is one judge. If the records cannot be written (disk full), it holds what it has judged and tries again until
//! they can: the engine never runs ahead of the records by more than one input, links stop acknowledging, and agents
//! queue. Nothing is lost and nothing is told twice.

use std::sync::Arc;
use std::time::Duration;

use agent_api::Position;
use alerts::people::Receiver;
use alerts::{Effect, Engine, Input};
use inventory::clock::Clock;
use inventory::id::HallId;
use jiff::Timestamp;
use notify::Message;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::app::error::chain;
use crate::app::people::AddressBook;
use crate::app::rule;
use crate::channels;
use crate::events::{Event, Events};
use crate::link::Links;
use crate::live::{Change, Live};
use crate::message::{self, Way};
use crate::series::Series;
use crate::store::{Db, NewOutbox, StoreError};
use crate::world::World;

/// How long the judge waits before it tries to write again.
const RETRY: Duration = Duration::from_secs(1);

/// What the judge is told.
#[derive(Debug)]
pub struct Seen {
    /// What to judge, in order.
    pub inputs: Vec<Input>,
    /// The batch it came in; everything up to it counts as judged afterwards.
    pub batch: Option<(String, Position)>,
}

/// The program ends and the last judgement could not be written.
struct NotWritten;

/// What the judge works with for its whole life.
pub struct Judge {
    /// The state of the fleet.
    pub engine: Engine,
    /// Where everything is written.
    pub db: Db,
    /// Where judged batches are forgotten.
    pub series: Series,
    /// The inventory.
    pub world: watch::Receiver<Arc<World>>,
    /// Names of the channels that every message goes to.
    pub channels: Vec<String>,
    /// How often devices are visited.
    pub visit_interval: Duration,
    /// Where contacts can be told.
    pub book: watch::Receiver<Arc<AddressBook>>,
    /// Base of links in messages.
    pub base_url: Option<String>,
    /// The agents, to ask devices again.
    pub links: Arc<Links>,
    /// Who is told that something changed.
    pub live: Live,
    /// Log and counters.
    pub events: Arc<Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Wakes the senders of the outbox.
    pub outbox: Vec<Arc<Notify>>,
    /// Whether the last write succeeded; `/readyz` reads it.
    pub healthy: watch::Sender<bool>,
}

impl Judge {
    /// Judges until told to stop. `first` are effects that restoring the engine brought, `replay` is what was stored
    /// before the last end and not judged any more.
    pub async fn run(
        mut self,
        first: Vec<Effect>,
        replay: Vec<Seen>,
        mut seen: mpsc::Receiver<Seen>,
        stop: CancellationToken,
    ) {
        if self.carry_out(first, None, &stop).await.is_err() {
            return;
        }
        for what in replay {
            if self.judge(what, &stop).await.is_err() {
                return;
            }
        }
        loop {
            let deadline = self.engine.next_deadline();
            let what = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                what = seen.recv() => match what {
                    Some(what) => what,
                    None => return,
                },
                changed = self.world.changed() => match changed {
                    Ok(()) => Seen { inputs: self.fleet_changed().await, batch: None },
                    Err(_) => return,
                },
                () = until(deadline, self.clock.as_ref()) => Seen { inputs: vec![Input::Tick], batch: None },
            };
            if self.judge(what, &stop).await.is_err() {
                return;
            }
        }
    }

    async fn judge(&mut self, what: Seen, stop: &CancellationToken) -> Result<(), NotWritten> {
        let now = self.clock.now();
        let mut effects = Vec::new();
        for input in what.inputs {
            effects.extend(self.engine.step(input, now));
        }
        self.carry_out(effects, what.batch, stop).await
    }

    /// The inventory is another: which halls a setting of rules is for follows from it.
    async fn fleet_changed(&mut self) -> Vec<Input> {
        let world = Arc::clone(&self.world.borrow_and_update());
        let settings = rule::load(&self.db, &world, self.visit_interval).await;
        // What cannot be read now is as it was; the next change of either tells it.
        let settings = settings.inspect_err(|error| tracing::warn!(error = chain(error), "rules were not read"));
        let fleet = Input::Fleet(Arc::clone(&world.fleet));
        [fleet].into_iter().chain(settings.ok().map(Input::Settings)).collect()
    }

    /// Writes until it is written, then asks, tells and forgets. What could not be written before the end is judged
    /// again at the next start; nothing after it may be written, or it would be skipped.
    async fn carry_out(
        &mut self,
        effects: Vec<Effect>,
        batch: Option<(String, Position)>,
        stop: &CancellationToken,
    ) -> Result<(), NotWritten> {
        if effects.is_empty() && batch.is_none() {
            return Ok(());
        }
        let world = Arc::clone(&self.world.borrow());
        let messages = self.messages(&effects, &world);
        while let Err(error) = self.db.judgement_write(&effects, &messages, batch.as_ref()).await {
            self.not_written(&error);
            tokio::select! {
                () = stop.cancelled() => return Err(NotWritten),
                () = tokio::time::sleep(RETRY) => {}
            }
        }
        self.healthy.send_replace(true);
        if let Some((agent, position)) = &batch
            && let Err(error) = self.series.forget_judged(agent, *position).await
        {
            // The rows stay until the next batch is judged; at a start they would be skipped by the watermark.
            tracing::debug!(error = chain(&error), "judged batches are still kept");
        }
        if !messages.is_empty() {
            self.outbox.iter().for_each(|sender| sender.notify_one());
        }
        self.tell(&effects, &world);
        Ok(())
    }

    fn not_written(&self, error: &StoreError) {
        self.healthy.send_replace(false);
        self.events.emit(Event::JudgementNotWritten { error: chain(error) });
    }

    fn messages(&self, effects: &[Effect], world: &World) -> Vec<NewOutbox> {
        let mut rows = Vec::new();
        for effect in effects {
            if let Effect::Notify(notification) = effect {
                let message = message::from_notification(notification, world, self.base_url.as_deref());
                for to in &notification.to {
                    rows.extend(self.rows_for(to, &message, notification.at));
                }
            }
        }
        rows
    }

    /// The rows by which one receiver gets a message.
    fn rows_for(&self, to: &Receiver, message: &Message, at: Timestamp) -> Vec<NewOutbox> {
        match to {
            Receiver::Everybody => {
                let row = |channel: &String| message::outbox_row(Way::Channel(channel), message, at);
                self.channels.iter().map(row).collect()
            }
            Receiver::Contact { contact, channel } => {
                let book = self.book.borrow();
                let Some(card) = book.card(*contact) else { return Vec::new() };
                let Some(address) = card.address(channel.as_deref()).or_else(|| card.address(None)) else {
                    return Vec::new();
                };
                let name = channels::name_of(&address.channel, &address.address);
                let message = Message { language: Some(card.language), ..message.clone() };
                vec![message::outbox_row(Way::Contact(*contact, &name), &message, at)]
            }
        }
    }

    fn tell(&self, effects: &[Effect], world: &World) {
        let mut halls: Vec<HallId> = Vec::new();
        for effect in effects {
            match effect {
                Effect::Reask { devices } => self.links.reask(&world.fleet, devices),
                Effect::DeviceHealth(health) => {
                    let Some(device) = world.fleet.device(health.device) else { continue };
                    let (device_name, state) = (device.name.to_string(), health.state.as_str());
                    self.live.tell(Change::Device(health.device));
                    halls.push(device.hall);
                    tracing::debug!(device = device_name, state, "device health");
                }
                Effect::HallHealth(health) => {
                    let Some(hall) = world.fleet.hall(health.hall) else { continue };
                    self.events.emit(Event::HallState { hall: hall.code.as_str(), state: health.state.as_str() });
                    halls.push(hall.id);
                }
                Effect::HostKey(key) => self.live.tell(Change::Device(key.device)),
                Effect::Ledger(_)
                | Effect::Late(_)
                | Effect::Outage(_)
                | Effect::Alert(_)
                | Effect::Group(_)
                | Effect::GroupDone(_)
                | Effect::Decision(_)
                | Effect::Notify(_) => {}
            }
        }
        halls.sort_unstable();
        halls.dedup();
        for hall in halls.iter().filter_map(|id| world.fleet.hall(*id)) {
            self.live.tell(Change::Hall(hall.code.clone()));
        }
        if !halls.is_empty() {
            self.live.tell(Change::Fleet);
        }
    }
}

/// Waits until the wall clock shows `deadline`; for ever when there is none. Woken at least every few seconds, so that
/// a clock that was set is noticed.
async fn until(deadline: Option<Timestamp>, clock: &dyn Clock) {
    const LONGEST: Duration = Duration::from_secs(5);
    let Some(deadline) = deadline else { return std::future::pending().await };
    loop {
        let left = deadline.duration_since(clock.now());
        match Duration::try_from(left) {
            Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LONGEST)).await,
            _ => return,
        }
    }
}
