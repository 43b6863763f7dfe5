//! [`Agent`]: a device's SNMP agent on a UDP socket of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::discovery;
use super::fault::{Delivery, Fault, Scene, deliveries};
use super::message::Request;
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
}

impl Default for Options {
    /// On a free port of 127.0.0.1, `public`, up to 65,507 bytes, with version 3 discovery.
    fn default() -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            community: "public".to_owned(),
            largest: 65_507,
            engine_id: Some(vec![0x80, 0, 0, 0, 5, 1, 2, 3, 4]),
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

#[derive(Debug)]
struct State {
    values: Values,
    fault: Option<Fault>,
    /// Requests that came in with the right community.
    served: u64,
    /// Since when running values run.
    started: Instant,
}

impl State {
    fn restart(&mut self) {
        self.started = Instant::now();
        self.values.set("1.3.6.1.2.1.1.3.0", Source::Running(0));
    }
}

impl Agent {
    /// Starts one with these values.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(values: Values, options: Options) -> io::Result<Agent> {
        let socket = Arc::new(UdpSocket::bind(options.listen).await?);
        let other = Arc::new(UdpSocket::bind(SocketAddr::new(options.listen.ip(), 0)).await?);
        let address = socket.local_addr()?;
        let state = State { values, fault: None, served: 0, started: Instant::now() };
        let state = Arc::new(Mutex::new(state));
        let task = tokio::spawn(serve(socket, other, state.clone(), options));
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
        lock(&self.state).values.set(oid, source);
    }

    /// Takes out `root` and all below it.
    ///
    /// # Panics
    /// When `root` is no OID.
    pub fn remove(&self, root: &str) {
        lock(&self.state).values.remove(root);
    }

    /// Changes several values at once: between two requests all or none of it has happened.
    pub fn change(&self, change: impl FnOnce(&mut Values)) {
        change(&mut lock(&self.state).values);
    }

    /// Starts over as a device does that was switched off and on: values that run begin anew.
    pub fn restart(&self) {
        lock(&self.state).restart();
    }

    /// Misbehaves from now on.
    pub fn play(&self, fault: Fault) {
        lock(&self.state).fault = Some(fault);
    }

    /// Behaves from now on.
    pub fn heal(&self) {
        lock(&self.state).fault = None;
    }

    /// How many requests with the right community came in.
    pub fn served(&self) -> u64 {
        lock(&self.state).served
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(socket: Arc<UdpSocket>, other: Arc<UdpSocket>, state: Arc<Mutex<State>>, options: Options) {
    let mut buffer = vec![0; 65_535];
    loop {
        // An error of an earlier sending may surface here: the asker is gone, and that is all.
        let Ok((size, asker)) = socket.recv_from(&mut buffer).await else {
            sleep(Duration::from_millis(1)).await;
            continue;
        };
        for delivery in answer(&buffer[..size], &state, &options) {
            let from = if delivery.is_from_other_port { other.clone() } else { socket.clone() };
            let send = async move {
                sleep(delivery.after).await;
                // Whether the asker still listens is its affair.
                drop(from.send_to(&delivery.datagram, asker).await);
            };
            if delivery.after.is_zero() {
                send.await;
            } else {
                tokio::spawn(send);
            }
        }
    }
}

fn answer(datagram: &[u8], state: &Mutex<State>, options: &Options) -> Vec<Delivery> {
    let mut state = lock(state);
    if let Some(request) = Request::read(datagram) {
        if request.community != options.community.as_bytes() {
            return Vec::new();
        }
        if state.fault == Some(Fault::RestartAfter(state.served)) {
            state.restart();
        }
        let scene = Scene {
            values: &state.values,
            elapsed: state.started.elapsed(),
            largest: options.largest,
            served: state.served,
        };
        let sent = deliveries(state.fault.as_ref(), &request, &scene);
        state.served += 1;
        return sent;
    }
    let is_mute = match state.fault {
        Some(Fault::Silent | Fault::Garbage) => true,
        Some(Fault::SilentAfter(served)) => state.served >= served,
        _ => false,
    };
    let report = options.engine_id.as_ref().filter(|_| !is_mute).and_then(|id| discovery::report(datagram, id));
    report.into_iter().map(|datagram| Delivery { after: Duration::ZERO, is_from_other_port: false, datagram }).collect()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
