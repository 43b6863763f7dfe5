//! One agent's connection, from its Hello to its end.

use std::sync::Arc;
use std::time::Duration;

use agent_api::{Batch, Cadence, ControllerEnd, Downward, Heartbeat, Hello, JobState, Position, Upward};
use alerts::Input;
use inventory::clock::Clock;
use inventory::device::Address;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::assign::assignment;
use super::ingest::{Ingest, IngestError};
use super::{AgentStatus, EMBEDDED, Links, SILENT_AFTER};
use crate::app::error::chain;
use crate::credentials::Credentials;
use crate::disk::Disk;
use crate::events::{Event, Events};
use crate::judge::Seen;
use crate::series::SeriesError;
use crate::world::World;

/// Before a batch that could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often it is looked whether the agent has gone silent.
const LOOK: Duration = Duration::from_secs(5);

/// What agents are told beside their devices.
pub struct Settings {
    /// How often devices are asked.
    pub cadence: Cadence,
    /// How an agent finds out whether it is connected itself.
    pub reference_targets: Vec<Address>,
}

/// What a connection works with.
#[derive(Clone)]
pub struct Session {
    /// What agents are told.
    pub settings: Arc<Settings>,
    /// Stores what agents saw.
    pub ingest: Ingest,
    /// Judges it.
    pub judge: mpsc::Sender<Seen>,
    /// The inventory.
    pub world: watch::Receiver<Arc<World>>,
    /// All credential profiles; each agent gets those of its devices.
    pub credentials: watch::Receiver<Arc<Credentials>>,
    /// The room on the disk.
    pub disk: watch::Receiver<Disk>,
    /// Whether the agent was told to keep back what visits read; nothing was told at first.
    pub is_held: Option<bool>,
    /// The register of connections.
    pub links: Arc<Links>,
    /// Log and counters.
    pub events: Arc<Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Session {
    /// Serves one connection until it ends, or until told to stop, and then waits for the agent to come back.
    pub async fn run(mut self, mut end: ControllerEnd, stop: CancellationToken) {
        let hello = tokio::select! {
            () = stop.cancelled() => return,
            first = end.rx.recv() => match first {
                Some(Upward::Hello(hello)) => hello,
                Some(_) | None => return,
            },
        };
        let number = self.greet(&hello, &end);
        let oldest = Position { epoch: hello.epoch, seq: hello.oldest };
        self.serve(&hello.agent, oldest, end, &stop).await;
        self.events.emit(Event::AgentGone { agent: &hello.agent });
        self.miss(&hello.agent, number, &stop).await;
    }

    /// After connection `number`: until the agent is back, or has been silent for so long that its devices are unknown.
    async fn miss(&mut self, agent: &str, number: u64, stop: &CancellationToken) {
        while !stop.is_cancelled() && self.links.is_newest(agent, number) {
            match self.look(agent).await {
                Ok(Look::Heard) => {}
                Ok(Look::Silent) | Err(Ended) => return,
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn serve(&mut self, agent: &str, oldest: Position, mut end: ControllerEnd, stop: &CancellationToken) {
        let end = &mut end;
        if self.assign(agent, end).await.is_err() || self.hold(end).await.is_err() {
            return;
        }
        let mut look = tokio::time::interval(LOOK);
        loop {
            let went_on = tokio::select! {
                // What the agent said stands before the question whether it is silent, and before the end.
                biased;
                message = end.rx.recv() => match message {
                    Some(message) => self.hear(agent, oldest, message, end, stop).await,
                    None => return,
                },
                () = stop.cancelled() => return,
                changed = self.world.changed() => match changed {
                    Ok(()) => self.assign(agent, end).await,
                    Err(_) => return,
                },
                changed = self.credentials.changed() => match changed {
                    Ok(()) => self.assign(agent, end).await,
                    Err(_) => return,
                },
                changed = self.disk.changed() => match changed {
                    Ok(()) => self.hold(end).await,
                    Err(_) => return,
                },
                _ = look.tick() => self.look(agent).await.map(|_| ()),
            };
            if went_on.is_err() {
                return;
            }
        }
    }

    fn greet(&self, hello: &Hello, end: &ControllerEnd) -> u64 {
        self.events.emit(Event::AgentConnected { agent: &hello.agent, release: &hello.release });
        let status = AgentStatus {
            release: hello.release.clone(),
            heard: self.clock.monotonic(),
            heard_at: self.clock.now(),
            is_silent: false,
            heartbeat: None,
        };
        self.links.connect(&hello.agent, end.tx.downgrade(), status)
    }

    async fn assign(&mut self, agent: &str, end: &ControllerEnd) -> Result<(), Ended> {
        let fleet = Arc::clone(&self.world.borrow_and_update().fleet);
        let credentials = Arc::clone(&self.credentials.borrow_and_update());
        let settings = &self.settings;
        let message = assignment(agent, &fleet, &credentials, settings.cadence, &settings.reference_targets);
        end.send(Downward::Assignment(message)).await.map_err(|_| Ended)
    }

    /// Tells the agent whether there is room for samples: at first, as it may still hold from an earlier connection, and
    /// when that has changed.
    async fn hold(&mut self, end: &ControllerEnd) -> Result<(), Ended> {
        let is_low = self.disk.borrow_and_update().is_low;
        if self.is_held.replace(is_low) == Some(is_low) {
            return Ok(());
        }
        end.send(Downward::Hold(is_low)).await.map_err(|_| Ended)
    }

    async fn hear(
        &mut self,
        agent: &str,
        oldest: Position,
        message: Upward,
        end: &ControllerEnd,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let (monotonic, now) = (self.clock.monotonic(), self.clock.now());
        self.links.update(agent, |status| {
            status.heard = monotonic;
            status.heard_at = now;
            status.is_silent = false;
        });
        match message {
            // A life of the agent's queue has one connection at a time, and greets once on each.
            Upward::Hello(_) => return Err(Ended),
            Upward::Heartbeat(heartbeat) => self.heartbeat(agent, heartbeat),
            Upward::Batch(batch) => return self.batch(agent, oldest, batch, end, stop).await,
            Upward::JobEvent(event) => match event.state {
                JobState::Finished => tracing::trace!(agent, job = event.id, "job finished"),
                JobState::Refused { reason } => tracing::warn!(agent, job = event.id, reason, "job refused"),
            },
        }
        Ok(())
    }

    fn heartbeat(&self, agent: &str, heartbeat: Heartbeat) {
        self.links.update(agent, |status| status.heartbeat = Some(heartbeat));
    }

    /// Stored first, then acknowledged, then judged. While it cannot be stored (disk full) it is tried again and not
    /// acknowledged: the link fills up and the agent queues.
    async fn batch(
        &mut self,
        agent: &str,
        oldest: Position,
        batch: Batch,
        end: &ControllerEnd,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let position = batch.position;
        let fleet = Arc::clone(&self.world.borrow().fleet);
        let inputs = loop {
            match self.ingest.store(agent, &batch, oldest, &fleet).await {
                Ok(inputs) => break inputs,
                Err(IngestError::Series(error @ SeriesError::Hole { .. })) => {
                    self.events.emit(Event::BatchOutOfOrder { agent, error: error.to_string() });
                    return Err(Ended);
                }
                Err(error) => self.events.emit(Event::BatchNotStored { agent, error: chain(&error) }),
            }
            tokio::select! {
                () = stop.cancelled() => return Err(Ended),
                () = tokio::time::sleep(RETRY) => {}
            }
        };
        // An agent that is gone already is no reason to leave unjudged what it said last.
        if end.send(Downward::Ack(position)).await.is_err() {
            tracing::debug!(agent, "gone before its batch was acknowledged");
        }
        match inputs {
            Some(inputs) => {
                let batch = Some((agent.to_owned(), position));
                self.judge.send(Seen { inputs, batch }).await.map_err(|_| Ended)
            }
            None => Ok(()),
        }
    }

    /// Tells the judge, once, when nobody looks at this agent's devices any more.
    async fn look(&mut self, agent: &str) -> Result<Look, Ended> {
        let Some(status) = self.links.status().remove(agent) else { return Ok(Look::Heard) };
        if self.clock.monotonic().saturating_sub(status.heard) < SILENT_AFTER {
            return Ok(Look::Heard);
        }
        if !status.is_silent {
            self.links.update(agent, |status| status.is_silent = true);
            self.events.emit(Event::AgentSilent { agent });
            let name = (agent != EMBEDDED).then(|| agent.to_owned());
            let inputs = vec![Input::AgentSilent { agent: name, since: status.heard_at }];
            self.judge.send(Seen { inputs, batch: None }).await.map_err(|_| Ended)?;
        }
        Ok(Look::Silent)
    }
}

/// What a look at an agent finds.
enum Look {
    /// It was heard lately.
    Heard,
    /// It is silent, and the judge knows.
    Silent,
}

/// The connection is over, or the program stops.
struct Ended;
