//! [`Agent`]: a device's SNMP agent on a UDP socket of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::fault::{Delivery, Fault, Scene, deliveries};
use super::message::{Envelope, Request};
use super::v3::engine::{Engine, Outcome};
use super::v3::{Stat, User};
use super::value::Source;
use super::values::Values;

/// How an agent is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 is a free one.
    pub listen: SocketAddr,
    /// The community it answers; to others it is silent, as net-snmp is.
    pub community: String,
    /// The largest response it sends.
    pub largest: usize,
    /// Its SNMPv3 engine id, with which it answers discoveries; `None` for an agent that knows no version 3.
    pub engine_id: Option<Vec<u8>>,
    /// Who may ask in version 3.
    pub users: Vec<User>,
    /// How often the engine has started.
    pub boots: u32,
    /// How long ago the engine started, in seconds.
    pub engine_time_s: u32,
}

impl Default for Options {
    /// On a free port of 127.0.0.1, `public`, up to 65,507 bytes, with an engine of version 3 that knows nobody.
    fn default() -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            community: "public".to_owned(),
            largest: 65_507,
            engine_id: Some(vec![0x80, 0, 0, 0, 5, 1, 2, 3, 4]),
            users: Vec::new(),
            boots: 1,
            engine_time_s: 100,
        }
    }
}

/// Where the values of an agent come from.
enum Content {
    Held(Values),
    /// Made anew for every request.
    Made(Box<dyn Fn() -> Values + Send>),
}

impl Content {
    fn held(&mut self) -> &mut Values {
        if let Content::Made(make) = self {
            *self = Content::Held(make());
        }
        match self {
            Content::Held(values) => values,
            Content::Made(_) => unreachable!("it was made a moment ago"),
        }
    }
}

/// A running agent. It stops when it is dropped, and its port then refuses.
#[derive(Debug)]
pub struct Agent {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

struct State {
    content: Content,
    engine: Option<Engine>,
    fault: Option<Fault>,
    /// Every answer comes so much later: the line to the device.
    delay: Duration,
    /// Requests that came in with the right community or from a user who proved to be one.
    served: u64,
    /// Bytes of all datagrams that came in and went out.
    bytes: u64,
    /// Since when running values run.
    started: Instant,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("fault", &self.fault).field("served", &self.served).finish_non_exhaustive()
    }
}

impl State {
    fn restart(&mut self) {
        self.started = Instant::now();
        if let Content::Held(values) = &mut self.content {
            values.set("1.3.6.1.2.1.1.3.0", Source::Running(0));
        }
        let now = self.started;
        if let Some(engine) = &mut self.engine {
            engine.set_boots(engine.boots() + 1, now);
        }
    }
}

impl Agent {
    /// Starts one with these values.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(values: Values, options: Options) -> io::Result<Agent> {
        Agent::open(Content::Held(values), options).await
    }

    /// Starts one whose values are made anew for every request: nothing is kept and nothing ticks in between.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start_made(make: impl Fn() -> Values + Send + 'static, options: Options) -> io::Result<Agent> {
        Agent::open(Content::Made(Box::new(make)), options).await
    }

    async fn open(content: Content, options: Options) -> io::Result<Agent> {
        let socket = Arc::new(UdpSocket::bind(options.listen).await?);
        let address = socket.local_addr()?;
        let started = Instant::now();
        let engine = options
            .engine_id
            .clone()
            .map(|id| Engine::new(id, options.users.clone(), options.boots, options.engine_time_s, started));
        let state = State { content, engine, fault: None, delay: Duration::ZERO, served: 0, bytes: 0, started };
        let state = Arc::new(Mutex::new(state));
        let task = tokio::spawn(serve(socket, state.clone(), options));
        Ok(Agent { address, state, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets a value.
    ///
    /// # Panics
    /// When `oid` is none.
    pub fn set(&self, oid: &str, source: impl Into<Source>) {
        lock(&self.state).content.held().set(oid, source);
    }

    /// Takes out `root` and all below it.
    ///
    /// # Panics
    /// When `root` is no OID.
    pub fn remove(&self, root: &str) {
        lock(&self.state).content.held().remove(root);
    }

    /// Changes several values at once: between two requests all or none of it has happened.
    pub fn change(&self, change: impl FnOnce(&mut Values)) {
        change(lock(&self.state).content.held());
    }

    /// Starts over as a device does that was switched off and on: values that run begin anew, engine boots go up by
    /// one and engine time begins at 0.
    pub fn restart(&self) {
        lock(&self.state).restart();
    }

    /// Starts the engine over with boots at 1, as cheap devices do that do not keep them.
    pub fn forget_boots(&self) {
        self.set_boots(1);
    }

    /// Starts the engine over with these boots.
    pub fn set_boots(&self, boots: u32) {
        self.with_engine(|engine| engine.set_boots(boots, Instant::now()));
    }

    /// The engine's boots; 0 without an engine.
    pub fn boots(&self) -> u32 {
        lock(&self.state).engine.as_ref().map_or(0, Engine::boots)
    }

    /// Another device stands at this address: the same users, another engine id.
    pub fn set_engine_id(&self, id: Vec<u8>) {
        self.with_engine(|engine| engine.set_id(id));
    }

    /// The engine's clock jumps by so many seconds.
    pub fn step_clock(&self, seconds: i64) {
        self.with_engine(|engine| engine.step(seconds));
    }

    fn with_engine(&self, change: impl FnOnce(&mut Engine)) {
        if let Some(engine) = &mut lock(&self.state).engine {
            change(engine);
        }
    }

    /// How often its Reports have said this.
    pub fn reports(&self, stat: Stat) -> u32 {
        lock(&self.state).engine.as_ref().map_or(0, |engine| engine.count(stat))
    }

    /// Every answer comes so much later from now on, whatever the fault.
    pub fn set_delay(&self, delay: Duration) {
        lock(&self.state).delay = delay;
    }

    /// Misbehaves from now on.
    pub fn play(&self, fault: Fault) {
        lock(&self.state).fault = Some(fault);
    }

    /// Behaves from now on.
    pub fn heal(&self) {
        lock(&self.state).fault = None;
    }

    /// How many requests came in with the right community or from a user who proved to be one.
    pub fn served(&self) -> u64 {
        lock(&self.state).served
    }

    /// How many bytes of datagrams came in and went out.
    pub fn bytes(&self) -> u64 {
        lock(&self.state).bytes
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(socket: Arc<UdpSocket>, state: Arc<Mutex<State>>, options: Options) {
    loop {
        // An error of an earlier sending may surface here: the asker is gone, and that is all.
        let Some((datagram, asker)) = receive(&socket).await else {
            sleep(Duration::from_millis(1)).await;
            continue;
        };
        for delivery in answer(&datagram, &state, &options) {
            let socket = socket.clone();
            let send = async move {
                sleep(delivery.after).await;
                // Whether the asker still listens is its affair.
                if delivery.is_from_other_port {
                    if let Ok(other) = UdpSocket::bind(SocketAddr::new(own_ip(&socket), 0)).await {
                        drop(other.send_to(&delivery.datagram, asker).await);
                    }
                } else {
                    drop(socket.send_to(&delivery.datagram, asker).await);
                }
            };
            if delivery.after.is_zero() {
                send.await;
            } else {
                tokio::spawn(send);
            }
        }
    }
}

fn own_ip(socket: &UdpSocket) -> std::net::IpAddr {
    socket.local_addr().map_or(std::net::Ipv4Addr::LOCALHOST.into(), |address| address.ip())
}

/// Thousands of agents wait at once: the large buffer is there only while something is read.
async fn receive(socket: &UdpSocket) -> Option<(Vec<u8>, SocketAddr)> {
    fn take(socket: &UdpSocket) -> io::Result<(Vec<u8>, SocketAddr)> {
        let mut buffer = [0; 65_535];
        let (size, asker) = socket.try_recv_from(&mut buffer)?;
        Ok((buffer[..size].to_vec(), asker))
    }
    loop {
        socket.readable().await.ok()?;
        match take(socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            taken => return taken.ok(),
        }
    }
}

fn answer(datagram: &[u8], state: &Mutex<State>, options: &Options) -> Vec<Delivery> {
    let mut state = lock(state);
    let delay = state.delay;
    let mut sent = match judged(datagram, &mut state, options) {
        None => Vec::new(),
        Some(Outcome::Report(stat, datagram)) => {
            if is_mute(&state, stat) {
                Vec::new()
            } else {
                vec![Delivery::now(datagram)]
            }
        }
        Some(Outcome::Request(request)) => answered(&request, &mut state, options),
    };
    sent.iter_mut().for_each(|delivery| delivery.after += delay);
    state.bytes += (datagram.len() + sent.iter().map(|delivery| delivery.datagram.len()).sum::<usize>()) as u64;
    sent
}

fn judged(datagram: &[u8], state: &mut State, options: &Options) -> Option<Outcome> {
    match Request::read(datagram) {
        Some(request) => {
            let is_known =
                matches!(&request.envelope, Envelope::Community(name) if name == options.community.as_bytes());
            is_known.then_some(Outcome::Request(request))
        }
        None => state.engine.as_mut()?.receive(datagram, Instant::now()),
    }
}

fn is_mute(state: &State, stat: Stat) -> bool {
    match state.fault {
        Some(Fault::Silent | Fault::Garbage) => true,
        Some(Fault::SilentAfter(served)) => state.served >= served,
        Some(Fault::SilentOnWrongPrivacy) => stat == Stat::DecryptionErrors,
        _ => false,
    }
}

fn answered(request: &Request, state: &mut State, options: &Options) -> Vec<Delivery> {
    if state.fault == Some(Fault::RestartAfter(state.served)) {
        state.restart();
    }
    let made;
    let values = match &state.content {
        Content::Held(values) => values,
        Content::Made(make) => {
            made = make();
            &made
        }
    };
    let largest = options.largest.min(request.largest());
    let scene = Scene { values, elapsed: state.started.elapsed(), largest, served: state.served };
    let sent = deliveries(state.fault.as_ref(), request, &scene);
    state.served += 1;
    sent
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
