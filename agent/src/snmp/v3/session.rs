//! What is known of each device between exchanges: its engine, and the keys made for it. Only what a proven message
//! said is kept; what a discovery said is tried once, and kept when it proves right.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use inventory::snmp_v3::SnmpV3;
use tokio::time::Instant;

use super::engine::{EngineClock, Moment};
use super::keys::{Keys, Masters};

/// The most devices remembered. One that is forgotten costs a discovery.
const SESSIONS_MAX: usize = 1 << 16;
/// The most credentials whose stretched pass phrases are kept.
const MASTERS_MAX: usize = 64;
/// How many exchanges in a row may fail before the device is asked again who it is.
const FAILURES_MAX: u8 = 2;

/// All devices'.
#[derive(Default)]
pub(in super::super) struct Sessions {
    table: Mutex<BTreeMap<SocketAddr, Arc<Session>>>,
    /// Behind an asynchronous lock, so that one credential is stretched once, however many devices wait for it.
    masters: tokio::sync::Mutex<Vec<(Arc<SnmpV3>, Arc<Masters>)>>,
}

/// One device's.
pub(super) struct Session {
    credential: Arc<SnmpV3>,
    state: Mutex<State>,
    /// Held during discovery, so that two requests to one device make one.
    pub(super) setup: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    peer: Option<Peer>,
    /// How many peers were made: tells one that failed from the one made since.
    made: u64,
    /// The engine that last proved itself.
    proven: Option<Arc<[u8]>>,
    failures: u8,
    change: Option<String>,
}

/// Whom requests are sealed for.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) number: u64,
    pub(super) engine_id: Arc<[u8]>,
    pub(super) keys: Arc<Keys>,
    pub(super) clock: EngineClock,
}

impl Sessions {
    /// The session of a device; another credential than last time begins a new one.
    pub(super) fn of(&self, address: SocketAddr, credential: &Arc<SnmpV3>) -> Arc<Session> {
        let mut table = self.table();
        if let Some(session) = table.get(&address)
            && session.credential.is_same(credential)
        {
            return session.clone();
        }
        if table.len() >= SESSIONS_MAX {
            table.pop_first();
        }
        let session = Arc::new(Session {
            credential: credential.clone(),
            state: Mutex::new(State::default()),
            setup: tokio::sync::Mutex::new(()),
        });
        table.insert(address, session.clone());
        session
    }

    /// What was found to have changed about a device's identity since this was last asked.
    pub(in super::super) fn take_change(&self, address: SocketAddr) -> Option<String> {
        let session = self.table().get(&address)?.clone();
        session.state().change.take()
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Arc<Session>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys of a credential at an engine, made where nothing waits for this thread; none when the runtime ends.
    pub(super) async fn keys(&self, credential: &Arc<SnmpV3>, engine_id: &Arc<[u8]>) -> Option<Arc<Keys>> {
        let masters = self.masters(credential).await?;
        let engine_id = engine_id.clone();
        tokio::task::spawn_blocking(move || Arc::new(masters.localise(&engine_id))).await.ok()
    }

    async fn masters(&self, credential: &Arc<SnmpV3>) -> Option<Arc<Masters>> {
        let mut kept = self.masters.lock().await;
        if let Some((_, masters)) = kept.iter().find(|(known, _)| known.is_same(credential)) {
            return Some(masters.clone());
        }
        let derived = credential.clone();
        let masters =
            tokio::task::spawn_blocking(move || Arc::new(Masters::derive(derived.protection()))).await.ok()?;
        if kept.len() >= MASTERS_MAX {
            kept.remove(0);
        }
        kept.push((credential.clone(), masters.clone()));
        Some(masters)
    }
}

impl Session {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom to seal for, when that is known.
    pub(super) fn peer(&self) -> Option<Peer> {
        self.state().peer.clone()
    }

    /// Takes over what a discovery said, to be tried.
    pub(super) fn meet(&self, engine_id: Arc<[u8]>, keys: Arc<Keys>, moment: Moment, now: Instant) -> Peer {
        let mut state = self.state();
        state.made += 1;
        let peer = Peer { number: state.made, engine_id, keys, clock: EngineClock::new(moment, now) };
        state.peer = Some(peer.clone());
        state.failures = 0;
        peer
    }

    /// Takes over what a proven message said.
    pub(super) fn adopt(&self, peer: &Peer, moment: Moment, now: Instant, address: SocketAddr) {
        let mut state = self.state();
        if let Some(current) = state.peer.as_mut().filter(|current| current.number == peer.number) {
            current.clock = EngineClock::new(moment, now);
        }
        state.failures = 0;
        if let Some(before) = state.proven.replace(peer.engine_id.clone()).filter(|before| *before != peer.engine_id) {
            let (was, is) = (hex(&before), hex(&peer.engine_id));
            tracing::warn!(%address, was, is, "device identity changed");
            state.change = Some(format!("identity changed: the SNMP engine id was {was} and is {is}"));
        }
    }

    /// Forgets the peer, if it still is this one.
    pub(super) fn forget(&self, peer: &Peer) {
        let mut state = self.state();
        if state.peer.as_ref().is_some_and(|current| current.number == peer.number) {
            state.peer = None;
        }
    }

    /// Counts a failure; after [`FAILURES_MAX`] in a row the peer is forgotten.
    pub(super) fn fail(&self, peer: &Peer) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        let is_over = state.failures >= FAILURES_MAX;
        drop(state);
        if is_over {
            self.forget(peer);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
