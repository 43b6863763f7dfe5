//! [`Client`]: one UDP socket per address family for all devices, and the task that receives on it.
//!
//! ```text
//! exchange ──datagram──► socket ──► device
//!    ▲  │ registers in                  │
//!    │  └──► Pending ◄──judges── receive task ◄──┘
//!    └──────oneshot──────────────┘      └─► counters: late, forged, malformed …
//! ```
//! It matches answers to requests and waits; what the values mean is for `visit` and its neighbours.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::codec::{self, Ask, Envelope, Response, Status, VARBINDS_MAX};
use super::counters::{Counters, SnmpCounts, count};
use super::error::{SnmpError, V3Fault};
use super::pending::{Pending, Verdict};
use super::probe::{self, Finding};
use super::target::{Security, Target, canonical};
use super::v3::asked::{Asked, Heard, Judgement};
use super::v3::message::{Message, is_v3};
use super::v3::session::Sessions;
use inventory::mib::Oid;
use inventory::mib::Value;

/// How many requests to one device may be in flight: more makes small devices drop some (measured against snmpd).
const IN_FLIGHT_PER_DEVICE: usize = 2;
/// The most rows asked for at once: a larger answer is cut by the network, and we must not be a reflector's hammer.
pub const REPETITIONS_MAX: u8 = 25;
/// Room for the answers of a whole fleet asked in one moment. The kernel grants what net.core.rmem_max allows.
const RECEIVE_BUFFER: usize = 4 << 20;
/// How long a true answer is waited for once a Report without proof has come.
const HINT_GRACE: Duration = Duration::from_secs(1);
/// The largest datagram UDP can carry.
const DATAGRAM_MAX: usize = 65_535;

/// An SNMP client for any number of devices. Cloning it shares the sockets; they close with the last clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    sessions: Sessions,
    v4: Port,
    /// Opened when the first IPv6 device is asked: many machines have no IPv6.
    v6: Mutex<Option<Port>>,
}

#[derive(Clone)]
struct Port {
    socket: Arc<UdpSocket>,
    _receiving: Arc<AbortOnDropHandle<()>>,
}

/// What exchanges and receive tasks share.
struct Shared {
    /// Requests in flight.
    pending: Mutex<Pending<Waiter>>,
    /// Devices with requests in flight; an entry goes with its last request.
    lanes: Mutex<BTreeMap<SocketAddr, Arc<Lane>>>,
    counters: Counters,
}

struct Lane {
    permits: Semaphore,
    /// Datagrams from this address that were no SNMP.
    garbage: AtomicU64,
}

/// What waits for an answer.
pub(super) enum Waiter {
    /// To a request of version 1 or 2c.
    Community(oneshot::Sender<(Response, Instant)>),
    /// To one of version 3.
    V3(Arc<Asked>, oneshot::Sender<(Heard, Instant)>),
}

/// Why no answer came.
pub(super) struct Unanswered {
    unsent: Option<io::Error>,
    has_garbage: bool,
    /// What a second look at the device found.
    pub(super) found: Option<Finding>,
}

impl Unanswered {
    pub(super) fn into_error(self, target: &Target) -> SnmpError {
        let address = target.address;
        match (self.unsent, self.found, &target.security) {
            (Some(source), ..) => SnmpError::Unsent { address, source },
            (None, Some(Finding::Refused), _) => SnmpError::Refused { address },
            _ if self.has_garbage => SnmpError::NotSnmp { address },
            (None, Some(Finding::Runs), Security::V1 { .. } | Security::V2c { .. }) => {
                SnmpError::Community { address, protocol: target.security.protocol() }
            }
            (None, Some(Finding::Unreachable(reason)), _) => SnmpError::Unreachable { address, reason },
            (None, Some(Finding::Runs), Security::V3(_)) | (None, None, _) => SnmpError::Timeout { address },
        }
    }
}

/// The values of a GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// One value for each name asked, in the order asked.
    pub values: Vec<Value>,
    /// From the last sending to the answer.
    pub rtt: Duration,
}

impl Client {
    /// Opens the IPv4 socket and starts receiving. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When no socket can be had.
    pub fn bind() -> io::Result<Client> {
        let shared = Arc::new(Shared {
            pending: Mutex::new(Pending::new()),
            lanes: Mutex::new(BTreeMap::new()),
            counters: Counters::default(),
        });
        let v4 = Port::open(Domain::IPV4, &shared)?;
        Ok(Client { inner: Arc::new(Inner { shared, sessions: Sessions::default(), v4, v6: Mutex::new(None) }) })
    }

    /// What was sent, received and thrown away since the client was bound.
    pub fn counts(&self) -> SnmpCounts {
        self.inner.shared.counters.snapshot()
    }

    /// The values of `names`, at most [`VARBINDS_MAX`]; what the device does not have is [`Value::NoSuchObject`] or
    /// [`Value::NoSuchInstance`], what it left out of a torn answer [`Value::Unreadable`].
    ///
    /// # Errors
    /// When no answer comes, or one for other names, or an error for all of them.
    pub async fn get(&self, target: &Target, names: &[Oid]) -> Result<Got, SnmpError> {
        let mut values: Vec<Option<Value>> = vec![None; names.len()];
        loop {
            let open: Vec<usize> = (0..names.len()).filter(|nth| values[*nth].is_none()).collect();
            let asked: Vec<Oid> = open.iter().map(|nth| names[*nth].clone()).collect();
            let response = self.exchange(target, Ask::Get, &asked).await?;
            match response.status {
                Status::Good => {
                    let mut told = told(target, &asked, response.varbinds)?;
                    for (nth, name) in open.iter().zip(&asked) {
                        values[*nth] = Some(told.remove(name).unwrap_or(Value::Unreadable));
                    }
                }
                // Version 1 answers nothing when one name is missing: leave that one out and ask again (RFC 1157 §4.1.2).
                Status::NoSuchName => {
                    let missing =
                        if open.len() == 1 { Some(&open[0]) } else { open.get(response.index.wrapping_sub(1)) };
                    let missing =
                        missing.ok_or(SnmpError::Status { address: target.address, status: response.status })?;
                    values[*missing] = Some(Value::NoSuchObject);
                }
                status => return Err(refusal(target, status)),
            }
            if values.iter().all(Option::is_some) {
                return Ok(Got { values: values.into_iter().flatten().collect(), rtt: response.rtt });
            }
        }
    }

    /// What comes after each of `names`. The response is as the device gave it: check its names.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn get_next(&self, target: &Target, names: &[Oid]) -> Result<Response, SnmpError> {
        self.exchange(target, Ask::GetNext, names).await
    }

    /// What comes after the first `non_repeaters` of `names`, and up to `max_repetitions` (at most
    /// [`REPETITIONS_MAX`]) rows of what comes after the others. The response is as the device gave it: check its names.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn get_bulk(
        &self,
        target: &Target,
        names: &[Oid],
        non_repeaters: u8,
        max_repetitions: u8,
    ) -> Result<Response, SnmpError> {
        let max_repetitions = max_repetitions.min(REPETITIONS_MAX);
        self.exchange(target, Ask::GetBulk { non_repeaters, max_repetitions }, names).await
    }

    /// One request and its answer.
    pub(super) async fn exchange(&self, target: &Target, ask: Ask, names: &[Oid]) -> Result<Response, SnmpError> {
        debug_assert!(names.len() <= VARBINDS_MAX, "callers ask for a bounded number of names");
        let signed = match &target.security {
            Security::V1 { community } => (0, community),
            Security::V2c { community } => (1, community),
            Security::V3(credential) => return Box::pin(self.exchange_v3(target, credential, ask, names)).await,
        };
        let (waiter, answer) = oneshot::channel();
        let write = |id| codec::encode(signed, id, ask, names);
        match self.wait_for(target, Waiter::Community(waiter), answer, None, write).await? {
            Ok((response, rtt)) => Ok(Response { rtt, ..response }),
            Err(unanswered) => Err(unanswered.into_error(target)),
        }
    }

    /// One request of version 3, and what comes back for it.
    pub(super) async fn fly(
        &self,
        target: &Target,
        asked: &Arc<Asked>,
        write: impl FnOnce(i32) -> Vec<u8>,
    ) -> Result<Result<(Heard, Duration), Unanswered>, SnmpError> {
        let (waiter, answer) = oneshot::channel();
        self.wait_for(target, Waiter::V3(asked.clone(), waiter), answer, Some(asked), write).await
    }

    /// The engines of version 3.
    pub(super) fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// What was found to have changed about a device's identity since this was last asked (SNMPv3 only).
    pub fn take_identity_change(&self, address: SocketAddr) -> Option<String> {
        self.inner.sessions.take_change(canonical(address))
    }

    /// Sends a request until an answer comes or patience ends. The repetitions carry the same request id, so an answer
    /// to any of them counts.
    async fn wait_for<A>(
        &self,
        target: &Target,
        waiter: Waiter,
        mut answer: oneshot::Receiver<(A, Instant)>,
        asked: Option<&Arc<Asked>>,
        write: impl FnOnce(i32) -> Vec<u8>,
    ) -> Result<Result<(A, Duration), Unanswered>, SnmpError> {
        let address = canonical(target.address);
        let shared = &self.inner.shared;
        let lane = LaneEntry::new(shared, address);
        let _permit = lane.lane.permits.acquire().await.map_err(|_| SnmpError::Busy)?;
        let port = self.inner.port(address).map_err(|source| SnmpError::Unsent { address, source })?;
        let ticket = Ticket::new(shared, address, target, waiter).ok_or(SnmpError::Busy)?;
        let datagram = write(ticket.request_id);
        let mut flight = Flight { shared, port, address, datagram, sent_at: Instant::now(), unsent: None };
        let garbage_before = lane.lane.garbage.load(Ordering::Relaxed);
        let look = async {
            sleep(target.timeout / 2).await;
            count(&shared.counters.probes);
            // Of its own, because few requests come so far, and every one would carry the room for its packet.
            Box::pin(probe::look(address, ticket.request_id, target.timeout)).await
        };
        tokio::pin!(look);
        let mut found = None;
        let mut is_hinted = false;
        for nth in 0..=target.retries {
            flight.send(nth > 0).await;
            let wait = sleep(waited(target, nth));
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    biased;
                    answered = &mut answer => {
                        // The waiter is only dropped without a word when the decoder panicked over its answer.
                        let (answered, at) = answered.map_err(|_| SnmpError::NotSnmp { address })?;
                        return Ok(Ok((answered, at.saturating_duration_since(flight.sent_at))));
                    }
                    () = hinted(asked), if !is_hinted => {
                        is_hinted = true;
                        let end = Instant::now() + HINT_GRACE;
                        if end < wait.deadline() {
                            wait.as_mut().reset(end);
                        }
                    }
                    finding = &mut look, if found.is_none() && !is_hinted => {
                        found = Some(finding);
                        match finding {
                            Finding::Refused => return Err(SnmpError::Refused { address }),
                            // It runs: make sure that not just one datagram was lost before the community is blamed.
                            Finding::Runs => flight.send(true).await,
                            Finding::Unreachable(_) => {}
                        }
                    }
                    () = &mut wait => break,
                }
            }
            if is_hinted {
                break;
            }
        }
        let has_garbage = lane.lane.garbage.load(Ordering::Relaxed) != garbage_before;
        Ok(Err(Unanswered { unsent: flight.unsent, has_garbage, found }))
    }
}

/// Waits until somebody says without proof why the request fails; for ever where nobody can.
async fn hinted(asked: Option<&Arc<Asked>>) {
    match asked {
        Some(asked) => asked.hinted().await,
        None => std::future::pending().await,
    }
}

/// How long the `nth` sending waits. All but the last are cut short by up to a fifth, so that devices that were asked
/// in one moment are not asked again in one moment.
fn waited(target: &Target, nth: u8) -> Duration {
    let patience = target.patience(nth);
    if nth == target.retries { patience } else { patience.mul_f64(rand::random_range(0.8..=1.0)) }
}

/// The values by name, when every name was asked for.
fn told(
    target: &Target,
    asked: &[Oid],
    varbinds: Vec<inventory::mib::Varbind>,
) -> Result<BTreeMap<Oid, Value>, SnmpError> {
    if let Some(other) = varbinds.iter().find(|varbind| !asked.contains(&varbind.oid)) {
        return Err(SnmpError::WrongName { address: target.address, answered: other.oid.clone() });
    }
    Ok(varbinds.into_iter().map(|varbind| (varbind.oid, varbind.value)).collect())
}

/// The error that an answer's status stands for.
pub(super) fn refusal(target: &Target, status: Status) -> SnmpError {
    let address = target.address;
    match status {
        Status::Denied => match &target.security {
            Security::V1 { .. } | Security::V2c { .. } => SnmpError::Denied { address },
            Security::V3(user) => SnmpError::V3 { address, user: user.user().to_owned(), fault: V3Fault::Denied },
        },
        Status::Good | Status::TooBig | Status::NoSuchName | Status::General | Status::Other(_) => {
            SnmpError::Status { address, status }
        }
    }
}

/// A request on its way.
struct Flight<'a> {
    shared: &'a Shared,
    port: Port,
    address: SocketAddr,
    datagram: Vec<u8>,
    sent_at: Instant,
    /// Why the last sending failed, if it did.
    unsent: Option<io::Error>,
}

impl Flight<'_> {
    async fn send(&mut self, is_repeated: bool) {
        count(&self.shared.counters.sent);
        if is_repeated {
            count(&self.shared.counters.repeated);
        }
        self.sent_at = Instant::now();
        self.unsent = self.port.socket.send_to(&self.datagram, self.address).await.err();
        if self.unsent.is_some() {
            count(&self.shared.counters.unsent);
        }
    }
}

/// A request in the table; dropping it gives the request up, whatever ended the wait.
struct Ticket<'a> {
    shared: &'a Shared,
    request_id: i32,
}

impl<'a> Ticket<'a> {
    fn new(shared: &'a Shared, address: SocketAddr, target: &Target, waiter: Waiter) -> Option<Self> {
        let security = target.security.clone();
        let request_id = lock(&shared.pending).insert(address, security, waiter, rand::random())?;
        Some(Ticket { shared, request_id })
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        lock(&self.shared.pending).give_up(self.request_id);
    }
}

/// A use of a device's lane; the last one out takes the lane away.
struct LaneEntry<'a> {
    shared: &'a Shared,
    address: SocketAddr,
    lane: Arc<Lane>,
}

impl<'a> LaneEntry<'a> {
    fn new(shared: &'a Shared, address: SocketAddr) -> Self {
        let fresh = || Arc::new(Lane { permits: Semaphore::new(IN_FLIGHT_PER_DEVICE), garbage: AtomicU64::new(0) });
        let lane = lock(&shared.lanes).entry(address).or_insert_with(fresh).clone();
        LaneEntry { shared, address, lane }
    }
}

impl Drop for LaneEntry<'_> {
    fn drop(&mut self) {
        let mut lanes = lock(&self.shared.lanes);
        // Two holders are the map and this entry: lanes are only cloned under the lock.
        if Arc::strong_count(&self.lane) == 2 {
            lanes.remove(&self.address);
        }
    }
}

impl Inner {
    fn port(&self, address: SocketAddr) -> io::Result<Port> {
        if address.is_ipv4() {
            return Ok(self.v4.clone());
        }
        let mut v6 = lock(&self.v6);
        if let Some(port) = v6.as_ref() {
            return Ok(port.clone());
        }
        let port = Port::open(Domain::IPV6, &self.shared)?;
        Ok(v6.insert(port).clone())
    }
}

impl Port {
    fn open(domain: Domain, shared: &Arc<Shared>) -> io::Result<Port> {
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        if let Err(error) = socket.set_recv_buffer_size(RECEIVE_BUFFER) {
            tracing::debug!(%error, "the SNMP socket keeps its small receive buffer");
        }
        let any: SocketAddr = if domain == Domain::IPV4 {
            ([0; 4], 0).into()
        } else {
            socket.set_only_v6(true)?;
            ([0u16; 8], 0).into()
        };
        socket.bind(&any.into())?;
        let socket = Arc::new(UdpSocket::from_std(socket.into())?);
        let task = tokio::spawn(receive(socket.clone(), shared.clone()));
        Ok(Port { socket, _receiving: Arc::new(AbortOnDropHandle::new(task)) })
    }
}

async fn receive(socket: Arc<UdpSocket>, shared: Arc<Shared>) {
    let mut buffer = vec![0; DATAGRAM_MAX];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((size, source)) => shared.take(canonical(source), &buffer[..size]),
            // An error of an earlier sending surfaces here; the pause keeps a lasting one from spinning.
            Err(error) => {
                tracing::debug!(%error, "receiving SNMP");
                sleep(Duration::from_millis(1)).await;
            }
        }
    }
}

impl Shared {
    /// One datagram. A panic in a decoder costs this datagram, not the fleet's polling.
    fn take(&self, source: SocketAddr, datagram: &[u8]) {
        let at = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| self.judge(source, datagram, at))).is_err() {
            tracing::error!("the SNMP decoder panicked over a datagram of {} bytes", datagram.len());
            self.garbage(source);
        }
    }

    fn judge(&self, source: SocketAddr, datagram: &[u8], at: Instant) {
        if is_v3(datagram) {
            return self.judge_v3(source, datagram, at);
        }
        let Ok(envelope) = Envelope::open(datagram) else {
            return self.garbage(source);
        };
        let verdict = lock(&self.pending).judge(source, &envelope);
        match verdict {
            Verdict::Answer(Waiter::Community(waiter)) => {
                let response = envelope.decode();
                self.count_answer(&response);
                self.hand_over(waiter, (response, at));
            }
            other => self.count_odd(&other),
        }
    }

    /// A message of version 3 is looked into before its request is taken out of flight, because anybody can send one.
    fn judge_v3(&self, source: SocketAddr, datagram: &[u8], at: Instant) {
        let Some(message) = Message::read(datagram) else {
            return self.garbage(source);
        };
        let asked = match lock(&self.pending).in_flight(source, message.id) {
            Ok((_, Waiter::V3(asked, _))) => Ok(asked.clone()),
            Ok((_, Waiter::Community(_))) => Err(Verdict::Forged),
            Err(verdict) => Err(verdict),
        };
        let asked = match asked {
            Ok(asked) => asked,
            Err(verdict) => return self.count_odd(&verdict),
        };
        match asked.judge(&message, datagram.len(), at) {
            Judgement::Answer(heard) => match lock(&self.pending).take(message.id) {
                Verdict::Answer(Waiter::V3(_, waiter)) => {
                    if let Heard::Response(response, _) = &heard {
                        self.count_answer(response);
                    }
                    self.hand_over(waiter, (heard, at));
                }
                other => self.count_odd(&other),
            },
            Judgement::Hint => {}
            Judgement::Forged => count(&self.counters.forged),
            Judgement::Malformed => self.garbage(source),
        }
    }

    fn count_answer(&self, response: &Response) {
        count(&self.counters.answered);
        if response.cut.is_some() {
            count(&self.counters.cut);
        }
    }

    fn hand_over<A>(&self, waiter: oneshot::Sender<A>, answer: A) {
        if waiter.send(answer).is_err() {
            count(&self.counters.late);
        }
    }

    fn count_odd(&self, verdict: &Verdict<Waiter>) {
        match verdict {
            Verdict::Duplicate => count(&self.counters.duplicate),
            Verdict::Late => count(&self.counters.late),
            // An answer is only counted here when it came to a request of another version.
            Verdict::Forged | Verdict::Answer(_) => count(&self.counters.forged),
        }
    }

    fn garbage(&self, source: SocketAddr) {
        count(&self.counters.malformed);
        if let Some(lane) = lock(&self.lanes).get(&source) {
            lane.garbage.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The lock, also after a panic elsewhere: every change under these locks is one step, so nothing is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
