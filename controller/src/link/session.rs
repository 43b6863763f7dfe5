//! One agent's connection, from its Hello to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use agent_api::{Batch, Cadence, ControllerEnd, Downward, Heartbeat, Hello, JobState, Upward};
use alerts::Input;
use inventory::clock::Clock;
use inventory::credential::{Credential, ProfileName};
use inventory::device::Address;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::assign::assignment;
use super::ingest::Ingest;
use super::{AgentStatus, Connected, EMBEDDED, Links, SILENT_AFTER};
use crate::app::error::chain;
use crate::events::{Event, Events};
use crate::judge::Seen;
use crate::world::World;

/// Before a batch that could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often it is looked whether the agent has gone silent.
const LOOK: Duration = Duration::from_secs(5);

/// What agents are told beside their devices.
pub struct Settings {
    /// All credential profiles; each agent gets those of its devices.
    pub credentials: BTreeMap<ProfileName, Credential>,
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
    /// The register of connections.
    pub links: Arc<Links>,
    /// Log and counters.
    pub events: Arc<Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Session {
    /// Serves one connection until it ends, or until told to stop.
    pub async fn run(mut self, mut end: ControllerEnd, stop: CancellationToken) {
        let hello = tokio::select! {
            () = stop.cancelled() => return,
            first = end.rx.recv() => match first {
                Some(Upward::Hello(hello)) => hello,
                Some(_) | None => return,
            },
        };
        let agent = hello.agent.clone();
        self.greet(&hello, &end);
        if self.assign(&agent, &end).await.is_err() {
            return;
        }
        self.serve(&agent, &mut end, &stop).await;
        self.events.emit(Event::AgentGone { agent: &agent });
    }

    async fn serve(&mut self, agent: &str, end: &mut ControllerEnd, stop: &CancellationToken) {
        let mut look = tokio::time::interval(LOOK);
        loop {
            let went_on = tokio::select! {
                // What the agent said stands before the question whether it is silent, and before the end.
                biased;
                message = end.rx.recv() => match message {
                    Some(message) => self.hear(agent, message, end, stop).await,
                    None => return,
                },
                () = stop.cancelled() => return,
                changed = self.world.changed() => match changed {
                    Ok(()) => self.assign(agent, end).await,
                    Err(_) => return,
                },
                _ = look.tick() => self.look(agent).await,
            };
            if went_on.is_err() {
                return;
            }
        }
    }

    fn greet(&self, hello: &Hello, end: &ControllerEnd) {
        self.events.emit(Event::AgentConnected { agent: &hello.agent, release: &hello.release });
        let status = AgentStatus {
            release: hello.release.clone(),
            heard: self.clock.monotonic(),
            heard_at: self.clock.now(),
            is_silent: false,
            heartbeat: None,
        };
        self.links.connect(&hello.agent, Connected { tx: end.tx.clone(), status });
    }

    async fn assign(&mut self, agent: &str, end: &ControllerEnd) -> Result<(), Ended> {
        let fleet = Arc::clone(&self.world.borrow_and_update().fleet);
        let settings = &self.settings;
        let message = assignment(agent, &fleet, &settings.credentials, settings.cadence, &settings.reference_targets);
        end.send(Downward::Assignment(message)).await.map_err(|_| Ended)
    }

    async fn hear(
        &mut self,
        agent: &str,
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
            // A second Hello is a new life of the agent's queue over the same connection.
            Upward::Hello(hello) => self.greet(&hello, end),
            Upward::Heartbeat(heartbeat) => self.heartbeat(agent, heartbeat),
            Upward::Batch(batch) => return self.batch(agent, batch, end, stop).await,
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
        batch: Batch,
        end: &ControllerEnd,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let position = batch.position;
        let fleet = Arc::clone(&self.world.borrow().fleet);
        let inputs = loop {
            match self.ingest.store(agent, &batch, &fleet).await {
                Ok(inputs) => break inputs,
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
    async fn look(&mut self, agent: &str) -> Result<(), Ended> {
        let Some(status) = self.links.status().remove(agent) else { return Ok(()) };
        let is_silent = self.clock.monotonic().saturating_sub(status.heard) >= SILENT_AFTER;
        if !is_silent || status.is_silent {
            return Ok(());
        }
        self.links.update(agent, |status| status.is_silent = true);
        self.events.emit(Event::AgentSilent { agent });
        let name = (agent != EMBEDDED).then(|| agent.to_owned());
        let inputs = vec![Input::AgentSilent { agent: name, since: status.heard_at }];
        self.judge.send(Seen { inputs, batch: None }).await.map_err(|_| Ended)
    }
}

/// The connection is over, or the program stops.
struct Ended;
