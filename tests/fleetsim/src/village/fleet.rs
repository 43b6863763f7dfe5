//! [`Fleet`]: the village alive: an agent for every device, faults that come and go.
//!
//! Nothing ticks: a device is a socket that waits, what it holds is computed when it is asked, and only faults that are
//! on cost a timer each.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::chance::draw;
use super::condition::Condition;
use super::content;
use super::credentials::{Credentials, community, credentials, login, user};
use super::family::Family;
use super::fault::{Fault, Target};
use super::linux::Linux;
use super::live::{Counting, Live};
use super::plan::{Asked, Device, Hall, Power, Village};
use super::routeros;
use crate::snmp::{Agent, Options as AgentOptions};
use crate::ssh::{self, Server};

/// How a fleet is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many halls.
    pub halls: usize,
    /// The same seed gives the same village with the same past.
    pub seed: u64,
    /// The time at the start: fleetsim reads no wall clock.
    pub now: Timestamp,
    /// The UDP port of every agent; `None` for one that is free.
    pub snmp_port: Option<u16>,
    /// The TCP port of every SSH server; `None` for one that is free.
    pub ssh_port: Option<u16>,
}

impl Options {
    /// The 37 halls of seed 1.
    pub fn at(now: Timestamp) -> Options {
        Options { halls: 37, seed: 1, now, snmp_port: None, ssh_port: None }
    }
}

/// A fault that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveFault {
    /// Its number.
    pub id: u64,
    /// What.
    pub fault: Fault,
    /// To whom.
    pub target: Target,
    /// Seconds since 1970.
    pub since: i64,
    /// For how long it was asked.
    pub lasts: Duration,
}

/// Nobody of this name is there, or the fault does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There is no such commune, hall or device.
    #[error("nothing here is called {0}: write a commune (dr), a hall (dr-03) or a device (dr-03/ap-1)")]
    Unknown(String),
}

/// The time of the simulation.
#[derive(Debug, Clone, Copy)]
struct Time {
    start_s: f64,
    started: Instant,
}

impl Time {
    fn now(&self) -> f64 {
        self.start_s + self.started.elapsed().as_secs_f64()
    }
}

/// A device that runs.
#[derive(Debug)]
struct Running {
    hall: Arc<Hall>,
    device: Device,
    agent: Agent,
    ssh: Option<Server>,
    live: Arc<Mutex<Live>>,
    condition: Mutex<Condition>,
}

/// The village alive. It ends when it is dropped.
#[derive(Debug)]
pub struct Fleet {
    village: Village,
    time: Time,
    snmp_port: u16,
    ssh_port: u16,
    devices: BTreeMap<String, Running>,
    faults: Mutex<BTreeMap<u64, ActiveFault>>,
    next_id: Mutex<u64>,
}

impl Fleet {
    /// Starts every device.
    ///
    /// # Errors
    /// When an address cannot be had, or no port is free on all of them.
    pub async fn start(options: Options) -> io::Result<Arc<Fleet>> {
        /// How many ports are tried when none is given.
        const TRIES: usize = 20;
        let village = Village::draw(options.seed, options.halls);
        let start_s = options.now.as_millisecond() as f64 / 1000.0;
        let time = Time { start_s, started: Instant::now() };
        let mut refused = io::Error::other("no port was tried");
        for _ in 0..TRIES {
            // Free on 127.0.0.1 is most likely free on all the others.
            let snmp_port = match options.snmp_port {
                Some(port) => port,
                None => tokio::net::UdpSocket::bind("127.0.0.1:0").await?.local_addr()?.port(),
            };
            let ssh_port = match options.ssh_port {
                Some(port) => port,
                None => tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port(),
            };
            match devices(&village, time, snmp_port, ssh_port).await {
                Ok(devices) => {
                    let (faults, next_id) = (Mutex::default(), Mutex::new(1));
                    return Ok(Arc::new(Fleet { village, time, snmp_port, ssh_port, devices, faults, next_id }));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// The plan.
    pub fn village(&self) -> &Village {
        &self.village
    }

    /// The credential profiles that the devices name.
    pub fn credentials(&self) -> Credentials {
        credentials(self.village.seed, self.ssh_port)
    }

    /// The UDP port of every agent.
    pub fn snmp_port(&self) -> u16 {
        self.snmp_port
    }

    /// The TCP port of every SSH server.
    pub fn ssh_port(&self) -> u16 {
        self.ssh_port
    }

    /// A device's SSH server, by the device's full name.
    pub fn ssh(&self, full_name: &str) -> Option<&Server> {
        self.devices.get(full_name).and_then(|running| running.ssh.as_ref())
    }

    /// The devices file of the inventory, with the host keys of those that are asked over SSH.
    pub fn devices_csv(&self) -> String {
        self.village.devices_csv(self.snmp_port, |device| self.ssh(&device.full_name()).map(Server::fingerprint))
    }

    /// The simulation's time, in seconds since 1970.
    pub fn now(&self) -> f64 {
        self.time.now()
    }

    /// A device's agent, by the device's full name.
    pub fn agent(&self, full_name: &str) -> Option<&Agent> {
        self.devices.get(full_name).map(|running| &running.agent)
    }

    /// Every device by full name: whether it is reached now, and the requests it was sent.
    pub fn states(&self) -> BTreeMap<String, (bool, u64)> {
        let state = |(name, running): (&String, &Running)| {
            (name.clone(), (lock(&running.condition).is_reached(), running.agent.served()))
        };
        self.devices.iter().map(state).collect()
    }

    /// The faults that are on.
    pub fn faults(&self) -> Vec<ActiveFault> {
        lock(&self.faults).values().cloned().collect()
    }

    /// Begins a fault, which ends by itself.
    ///
    /// # Errors
    /// When nobody is meant.
    pub fn begin(self: &Arc<Self>, fault: Fault, target: Target, lasts: Option<Duration>) -> Result<u64, TargetError> {
        let target = if fault == Fault::UplinkCut { self.commune_of(target) } else { target };
        let meant: Vec<&Running> = self.devices.values().filter(|running| running.is_meant(&target)).collect();
        if meant.is_empty() {
            return Err(TargetError::Unknown(target.to_string()));
        }
        let lasts = lasts.unwrap_or_else(|| fault.usual_duration());
        let now = self.now();
        let id = {
            let mut next = lock(&self.next_id);
            *next += 1;
            *next - 1
        };
        meant.iter().for_each(|running| running.strike(fault, now));
        lock(&self.faults).insert(id, ActiveFault { id, fault, target, since: now as i64, lasts });
        self.settle();
        let fleet: Weak<Fleet> = Arc::downgrade(self);
        tokio::spawn(async move {
            sleep(lasts).await;
            if let Some(fleet) = fleet.upgrade() {
                fleet.end(id);
            }
        });
        Ok(id)
    }

    /// An uplink is a commune's, whichever of its parts is named.
    fn commune_of(&self, target: Target) -> Target {
        let part = self.devices.values().find(|running| running.is_meant(&target));
        part.map_or(target, |running| Target::Commune(running.hall.commune.clone()))
    }

    /// Ends a fault; whether it was on.
    pub fn end(&self, id: u64) -> bool {
        let Some(ended) = lock(&self.faults).remove(&id) else { return false };
        if let Fault::Clock(by_s) = ended.fault {
            let meant = self.devices.values().filter(|running| running.is_meant(&ended.target));
            meant.for_each(|running| running.step_clock(-by_s));
        }
        self.settle();
        true
    }

    /// Every device gets the condition that the faults leave it in.
    fn settle(&self) {
        let now = self.now();
        let faults = lock(&self.faults);
        let own = |(name, running): (&String, &Running)| {
            let mine = faults.values().filter(|fault| running.is_meant(&fault.target)).map(|fault| fault.fault);
            (name.clone(), Condition::under(&running.device, mine))
        };
        let own: BTreeMap<String, Condition> = self.devices.iter().map(own).collect();
        for (name, running) in &self.devices {
            let mut condition = own[name].clone();
            condition.is_connected &= self.above(running).all(|above| own[&above].is_reached());
            running.settle(condition, now);
        }
    }

    /// All that a device hangs behind, nearest first.
    fn above<'a>(&'a self, running: &'a Running) -> impl Iterator<Item = String> + 'a {
        let uplink = |name: &String| self.devices.get(name).and_then(|above| above.device.uplink.clone());
        std::iter::successors(running.device.uplink.clone(), uplink)
    }
}

async fn devices(
    village: &Village,
    time: Time,
    snmp_port: u16,
    ssh_port: u16,
) -> io::Result<BTreeMap<String, Running>> {
    let user = user(village.seed);
    let community = community(village.seed);
    let mut devices = BTreeMap::new();
    for hall in &village.halls {
        let shared = Arc::new(hall.clone());
        for device in &hall.devices {
            let name = device.full_name();
            let booted = village.booted(hall, device, time.start_s as i64);
            let live = Arc::new(Mutex::new(Live::booted(booted as f64)));
            let is_v3 = device.asked == Asked::V3;
            let hash = draw(village.seed, &name, 4).to_be_bytes();
            let options = AgentOptions {
                listen: SocketAddr::from((device.address, snmp_port)),
                // Who is asked in version 3 answers nothing else: not even to a community that nobody knows.
                community: if is_v3 { format!("{:016x}", draw(village.seed, &name, 5)) } else { community.clone() },
                // net-snmp's enterprise, and 5: octets of its own choice (RFC 3411 §5).
                engine_id: is_v3.then(|| [&[0x80, 0x00, 0x1F, 0x88, 0x05][..], &hash].concat()),
                users: if is_v3 { vec![user.clone()] } else { Vec::new() },
                // Grows from boot to boot, also over starts of the simulator.
                boots: (booted / 86_400 - 20_000).clamp(1, 100_000) as u32,
                engine_time_s: (time.start_s as i64 - booted).max(0) as u32,
                ..AgentOptions::default()
            };
            let agent = {
                let (hall, device, live) = (shared.clone(), device.clone(), live.clone());
                Agent::start_made(move || content::values(&hall, &device, &lock(&live), time.now()), options).await?
            };
            agent.set_delay(Duration::from_secs_f64(hall.latency_ms / 1000.0));
            let ssh = if device.asked.has_ssh() {
                Some(ssh_server(village.seed, &shared, device, &live, time, ssh_port).await?)
            } else {
                None
            };
            let (hall, device, condition) = (shared.clone(), device.clone(), Mutex::new(Condition::sound()));
            devices.insert(name, Running { hall, device, agent, ssh, live, condition });
        }
    }
    Ok(devices)
}

async fn ssh_server(
    seed: u64,
    hall: &Arc<Hall>,
    device: &Device,
    live: &Arc<Mutex<Live>>,
    time: Time,
    port: u16,
) -> io::Result<Server> {
    let options = ssh::Options {
        listen: SocketAddr::from((device.address, port)),
        seed: draw(seed, &device.full_name(), 6),
        logins: vec![login(seed, device.asked)],
        is_legacy: false,
        name: (device.family == Family::RouterOs).then_some("ROSSSH"),
    };
    let (hall, device, live) = (hall.clone(), device.clone(), live.clone());
    let exec = move |script: &str| {
        // The lock is let go before the script runs.
        let live = lock(&live).clone();
        if device.family == Family::RouterOs {
            routeros::menus(&hall, &device, &live, time.now()).run(script)
        } else {
            ssh::shell::sh(&Linux::at(&hall, &device, &live, time.now()), script)
        }
    };
    Server::start(options, Arc::new(exec)).await
}

impl Running {
    fn is_meant(&self, target: &Target) -> bool {
        target.covers(&self.hall.commune, &self.hall.code, &self.device.full_name())
    }

    /// What a fault does once, when it begins.
    fn strike(&self, fault: Fault, now: f64) {
        let mut live = lock(&self.live);
        let wraps_at = |in_s: u32| now + f64::from(in_s);
        match fault {
            Fault::Wrap32(in_s) => {
                (live.counting, live.discontinuity) = (Counting::Wraps32At(wraps_at(in_s)), Some(now));
            }
            Fault::Wrap64(in_s) => {
                (live.counting, live.discontinuity) = (Counting::Wraps64At(wraps_at(in_s)), Some(now));
            }
            Fault::WrapUptime(in_s) => live.wrap_uptime_at(wraps_at(in_s)),
            Fault::Clock(by_s) => {
                drop(live);
                self.step_clock(by_s);
            }
            Fault::PowerCut
            | Fault::LineCut
            | Fault::Death
            | Fault::UplinkCut
            | Fault::Loss(_)
            | Fault::Slow(_)
            | Fault::Late(_)
            | Fault::Reboot
            | Fault::Renumber
            | Fault::Forged(_)
            | Fault::ForgedBoots
            | Fault::HostKey
            | Fault::Hang
            | Fault::Evil => {}
        }
    }

    fn step_clock(&self, by_s: i32) {
        lock(&self.live).clock_s += i64::from(by_s);
        self.agent.step_clock(i64::from(by_s));
    }

    fn settle(&self, condition: Condition, now: f64) {
        let mut before = lock(&self.condition);
        if *before == condition {
            return;
        }
        let mut live = lock(&self.live);
        if !before.is_powered && condition.is_powered {
            *live = Live { clock_s: live.clock_s, ..Live::booted(now) };
            self.agent.restart();
            self.ssh.iter().for_each(Server::restart);
        }
        // A shift beyond all ports, so that no old index means another port by accident alone.
        live.index_shift = if condition.is_renumbered { 100 } else { 0 };
        live.is_evil = condition.is_evil;
        live.on_battery_since = match (condition.is_on_battery, self.device.power) {
            (true, Power::Ups) => live.on_battery_since.or(Some(now)),
            (true, Power::Hall | Power::Battery) | (false, _) => None,
        };
        drop(live);
        let usual = Duration::from_secs_f64(self.hall.latency_ms / 1000.0);
        self.agent.set_delay(usual + condition.delay);
        match condition.snmp_fault() {
            Some(fault) => self.agent.play(fault),
            None => self.agent.heal(),
        }
        if let Some(ssh) = &self.ssh {
            ssh.set_line(condition.is_reached());
            match condition.ssh_fault() {
                Some(fault) => ssh.play(fault),
                None => ssh.heal(),
            }
        }
        *before = condition;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
