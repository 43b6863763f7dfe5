//! What an agent saw, taken in: facts and ports into the records, samples into the series, and the rest to the judge.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_api::{Batch, Observation, Position, Seen, VisitDepth, WireError};
use alerts::Input;
use inventory::clock::Clock;
use inventory::fleet::Fleet;
use inventory::id::DeviceId;
use inventory::metric::{Sample, SeriesKey};

use super::stations::Stations;
use crate::app::keys::Keys;
use crate::events::{Event, Events};
use crate::live::{Change, Live};
use crate::series::{Appended, Kept, Series, SeriesError, samples};
use crate::store::{Db, StoreError, VisitKept, VisitSeen};

/// Takes in what agents saw.
#[derive(Clone)]
pub struct Ingest {
    db: Db,
    series: Series,
    /// What was stored last of the quantities that are stored when they change.
    kept: Arc<Mutex<Kept>>,
    /// Where it is kept who is connected by Wi-Fi; nowhere without keys to hash addresses with.
    stations: Option<Stations>,
    /// The devices of which it was told that they have more parts or visitors than there is room for: once for each start.
    overfull: Arc<Mutex<BTreeSet<DeviceId>>>,
    live: Live,
    events: Arc<Events>,
    clock: Arc<dyn Clock>,
}

/// Why a batch was not taken in. It will be tried again.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The records could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The samples could not be written.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

impl Ingest {
    /// Takes in by these.
    pub fn new(db: Db, series: Series, live: Live, events: Arc<Events>, clock: Arc<dyn Clock>) -> Self {
        let (kept, overfull) = (Arc::default(), Arc::default());
        Ingest { db, series, kept, stations: None, overfull, live, events, clock }
    }

    /// Also keeps who is connected by Wi-Fi, by a hash with a key of the installation.
    #[must_use]
    pub fn with_stations(self, keys: Arc<Keys>) -> Self {
        Ingest { stations: Some(Stations::new(self.db.clone(), keys)), ..self }
    }

    /// Makes a batch durable. Gives what has to be judged; nothing for a batch that was stored before.
    ///
    /// # Errors
    /// When it could not be made durable; nothing of its samples was kept then, and it can be tried again. `oldest` is
    /// what the agent has still had when it connected; [`SeriesError::Hole`] for a batch behind that with others missing.
    pub(super) async fn store(
        &self,
        agent: &str,
        batch: &Batch,
        oldest: Position,
        fleet: &Fleet,
    ) -> Result<Option<Vec<Input>>, IngestError> {
        let known = |observation: &&Observation| fleet.device(observation.device()).is_some();
        let observations: Vec<&Observation> = batch.observations.iter().filter(known).collect();
        let visits: Vec<VisitSeen> = observations.iter().filter_map(|seen| visit(seen)).collect();
        let kept = self.db.visit_write(&visits).await?;
        self.tell_overfull(&visits, &kept);
        let samples = self.samples(&observations, &kept);
        match self.append(agent, batch, oldest, &samples).await? {
            Appended::Duplicate => return Ok(None),
            Appended::Stored => {}
        }
        self.kept.lock().expect("no holder of this lock can panic").note(&samples);
        self.events.emit(Event::BatchStored { agent, samples: samples.len() });
        self.keep_stations(&observations).await;
        for observation in &observations {
            self.count(observation);
        }
        Ok(Some(inputs(agent, batch, &self.events)))
    }

    /// A hole before the oldest batch that the agent still has is taken for what it is, lost batches: refusing all that
    /// follows would lose more. Any other is a batch out of order, and those between are still to come.
    async fn append(
        &self,
        agent: &str,
        batch: &Batch,
        oldest: Position,
        samples: &[(SeriesKey, Sample)],
    ) -> Result<Appended, SeriesError> {
        let now = self.clock.now();
        match self.series.append(agent, batch, samples, now).await {
            Err(error @ SeriesError::Hole { .. }) if batch.position == oldest => {
                self.events.emit(Event::BatchesMissing { agent, error: error.to_string() });
                self.series.hole_accept(agent, batch.position).await?;
                self.series.append(agent, batch, samples, now).await
            }
            other => other,
        }
    }

    /// Who is connected is no part of what is acknowledged: what is not kept of it now is told again in a minute.
    async fn keep_stations(&self, observations: &[&Observation]) {
        let Some(stations) = &self.stations else { return };
        match stations.keep(observations).await {
            Ok(full) => {
                let mut told = self.overfull.lock().expect("no holder of this lock can panic");
                for (device, left_out) in full {
                    if told.insert(device) {
                        self.events.emit(Event::StationsLeftOut { device: device.0, left_out });
                    }
                }
            }
            Err(error) => self.events.emit(Event::StationsNotKept { error: crate::app::error::chain(&error) }),
        }
    }

    fn tell_overfull(&self, visits: &[VisitSeen], kept: &[VisitKept]) {
        let mut told = self.overfull.lock().expect("no holder of this lock can panic");
        for (visit, kept) in visits.iter().zip(kept) {
            if kept.parts.left_out > 0 && told.insert(visit.device) {
                let (device, left_out) = (visit.device.0, kept.parts.left_out);
                self.events.emit(Event::PartsLeftOut { device, left_out });
            }
        }
    }

    /// The samples of all observations that make sense; `ids` are those of the visits that make sense, in their order.
    fn samples(&self, observations: &[&Observation], ids: &[VisitKept]) -> Vec<(SeriesKey, Sample)> {
        let kept = self.kept.lock().expect("no holder of this lock can panic");
        let mut ids = ids.iter();
        let none = VisitKept::default();
        let mut found = Vec::new();
        for observation in observations {
            let of_visit = visit(observation).and_then(|_| ids.next()).unwrap_or(&none);
            // What makes no sense is told when it is judged.
            found.extend(samples(observation, &of_visit.ports, &of_visit.parts.ids, &kept).unwrap_or_default());
        }
        found
    }

    fn count(&self, observation: &Observation) {
        let Seen::Visit(visit) = &observation.seen else { return };
        let result = visit.failure.as_ref().map_or("ok", |failure| failure.kind.as_str());
        self.events.emit(Event::Visited {
            device: observation.device,
            protocol: &visit.protocol,
            result,
            took: Duration::from_micros(visit.took_us),
            lag: Duration::from_micros(visit.lag_us),
        });
        self.live.tell(Change::Device(observation.device()));
    }
}

/// The visit of an observation, when it is one and makes sense.
fn visit(observation: &Observation) -> Option<VisitSeen> {
    let Seen::Visit(visit) = &observation.seen else { return None };
    Some(VisitSeen {
        device: observation.device(),
        at: observation.at().ok()?,
        protocol: visit.protocol.clone(),
        is_full: visit.depth == VisitDepth::Full,
        outcome: (**visit).clone().outcome().ok()?,
    })
}

/// What the engine has to judge of a batch. What makes no sense is left out and logged.
pub fn inputs(agent: &str, batch: &Batch, events: &Events) -> Vec<Input> {
    let mut inputs = Vec::with_capacity(batch.observations.len());
    for observation in batch.observations.iter() {
        match input(observation).and_then(|input| Ok((input, host_key(observation)?))) {
            Ok((seen, host_key)) => inputs.extend(seen.into_iter().chain(host_key)),
            Err(error) => {
                let (device, error) = (observation.device, error.to_string());
                events.emit(Event::ObservationRefused { agent, device, error });
            }
        }
    }
    inputs
}

fn input(observation: &Observation) -> Result<Vec<Input>, WireError> {
    let (device, at) = (observation.device(), observation.at()?);
    Ok(match &observation.seen {
        Seen::Reach(reach) => vec![Input::Reach { device, at, reach: reach.clone().try_into()? }],
        Seen::Visit(visit) => match (**visit).clone().outcome()? {
            Ok(reading) => vec![
                Input::Visit { device, at, failure: None, uptime: reading.uptime },
                Input::Read { device, at, reading: Box::new(reading) },
            ],
            Err(failure) => vec![Input::Visit { device, at, failure: Some(failure.kind), uptime: None }],
        },
    })
}

/// The host key that a device showed. One that it was visited by over SSH is the pinned one, said or not.
fn host_key(observation: &Observation) -> Result<Option<Input>, WireError> {
    let Seen::Visit(visit) = &observation.seen else { return Ok(None) };
    let (device, at) = (observation.device(), observation.at()?);
    let offered = match &visit.offered_host_key {
        Some(text) => {
            let wrong = |_| WireError::Word { what: "offered_host_key", word: text.clone() };
            Some(text.parse().map_err(wrong)?)
        }
        None if visit.protocol == "ssh" && visit.failure.is_none() => None,
        None => return Ok(None),
    };
    Ok(Some(Input::HostKey { device, at, offered }))
}

#[cfg(test)]
mod tests {
    use agent_api::{Position, Visit};
    use inventory::clock::ManualClock;
    use inventory::id::DeviceId;
    use inventory::reading::{Failure, FailureKind, Reading};

    use super::*;

    fn judged(protocol: &str, failure: Option<FailureKind>, offered: Option<String>) -> Vec<Input> {
        let (depth, none) = (VisitDepth::Full, Duration::ZERO);
        let failed = |kind| Failure { kind, message: String::new(), hint: String::new() };
        let visit = match failure {
            Some(kind) => Visit::failed(protocol, depth, none, none, failed(kind)),
            None => Visit::read(protocol, depth, none, none, Reading::default()),
        };
        let seen = Seen::Visit(Box::new(Visit { offered_host_key: offered, ..visit }));
        let observations = [Observation { device: 7, at_ms: 1_764_000_000_000, seen }].into();
        let events = Events::new(Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)));
        inputs("embedded", &Batch { position: Position { epoch: 1, seq: 1 }, observations }, &events)
    }

    #[test]
    fn a_visit_is_judged_with_the_host_key_that_it_showed() {
        let key = format!("SHA256:{}", "k".repeat(43));
        let shown = judged("ssh", Some(FailureKind::HostKey), Some(key.clone()));
        let [Input::Visit { failure, .. }, Input::HostKey { device, offered: Some(offered), .. }] = &shown[..] else {
            panic!("{shown:?}");
        };
        assert_eq!((*failure, *device, offered.as_str()), (Some(FailureKind::HostKey), DeviceId(7), key.as_str()));
        let let_in = judged("ssh", None, None);
        let [Input::Visit { .. }, Input::Read { .. }, Input::HostKey { offered: None, .. }] = &let_in[..] else {
            panic!("{let_in:?}");
        };
        let silent = judged("ssh", Some(FailureKind::Timeout), None);
        assert!(matches!(&silent[..], [Input::Visit { .. }]), "{silent:?}");
        let read = judged("snmp2c", None, None);
        assert!(matches!(&read[..], [Input::Visit { .. }, Input::Read { .. }]), "{read:?}");
        assert!(judged("ssh", None, Some("SHA256:short".to_owned())).is_empty(), "nonsense is left out whole");
    }
}
