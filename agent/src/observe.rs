//! The real network: [`Transports`] over SNMP, SSH and ping.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use agent_api::VisitDepth;
use inventory::clock::Clock;
use inventory::credential::{Credential, CredentialKind};
use inventory::device::{Address, HostKeyFingerprint, PollMethod};
use inventory::platform::{Shell, linux, routeros_ssh};
use inventory::reading::{Failure, FailureKind, Reading};
use jiff::civil::Date;
use jiff::tz::Offset;
use tokio::net::TcpStream;

use crate::connectivity::{default_gateway, is_quorum};
use crate::names::Names;
use crate::ping::{PingError, Pinger};
use crate::snmp::{self, DeviceMemory, Security, SnmpCounts};
use crate::ssh::{self, Door, SshError};
use crate::target::{Target, protocol};
use crate::transports::{Asked, Transports, VisitOutcome};

/// Ports on which a reference target is likely to say something, be it a refusal: DNS, HTTPS, HTTP.
const KNOCK_PORTS: [u16; 3] = [53, 443, 80];

/// How long one SNMP request of a visit is waited for in all, and how often it is sent again meanwhile.
const REQUEST: (Duration, u8) = (Duration::from_secs(5), 2);

/// How long a visit over SSH may take in all: a little less than any visit may, so that it says itself what was slow.
const SSH_VISIT: Duration = Duration::from_secs(55);

/// The cheapest question over SSH.
const NOTHING: &str = ":";

/// The sockets of one agent, shared by all its devices.
pub struct Network {
    clock: Arc<dyn Clock>,
    snmp: snmp::Client,
    ssh: ssh::Pool,
    pinger: Pinger,
    names: Names,
    /// The gateway that answered last. One that never answered pings says nothing by not answering.
    answering_gateway: Mutex<Option<IpAddr>>,
}

impl Network {
    /// Opens the SNMP socket; the others are opened when they are needed.
    ///
    /// # Errors
    /// When this machine gives no UDP socket.
    pub fn bind(clock: Arc<dyn Clock>) -> io::Result<Self> {
        Ok(Network {
            clock,
            snmp: snmp::Client::bind()?,
            ssh: ssh::Pool::default(),
            pinger: Pinger::new(),
            names: Names::default(),
            answering_gateway: Mutex::new(None),
        })
    }

    /// What the SNMP socket has seen.
    pub fn snmp_counts(&self) -> SnmpCounts {
        self.snmp.counts()
    }

    /// Sends pings.
    pub fn pinger(&self) -> &Pinger {
        &self.pinger
    }

    /// Finds names.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Reads everything of one SNMP agent, each request within `patience`.
    pub(crate) async fn read_snmp(
        &self,
        address: SocketAddr,
        credential: &Credential,
        depth: VisitDepth,
        (patience, retries): (Duration, u8),
        memory: &mut DeviceMemory,
    ) -> Result<(Reading, bool), Failure> {
        let target = snmp::Target::new(address, Security::try_from(credential)?).within(patience, retries);
        let (mut reading, has_changed) = match depth {
            // Of its own: every minute's visit would carry the room for it.
            VisitDepth::Full => (Box::pin(snmp::full(&self.snmp, &target, memory)).await?, false),
            VisitDepth::Counters => {
                let minute = snmp::minute(&self.snmp, &target, memory).await?;
                (minute.reading, minute.needs_full.is_some())
            }
        };
        reading.warnings.extend(self.snmp.take_identity_change(address));
        if let (Credential::SnmpV3(user), VisitDepth::Full) = (credential, depth) {
            reading.warnings.extend(user.weakness());
        }
        Ok((reading, has_changed))
    }

    /// Reads a device over SSH, in the words of its own shell.
    pub(crate) async fn read_ssh(
        &self,
        door: &Door,
        depth: VisitDepth,
        patience: Duration,
    ) -> Result<Reading, SshError> {
        let server = self.ssh.server(door, self.today(), patience).await?;
        let mut reading = match Shell::of(&server) {
            Shell::RouterOs => self.read_routeros(door, depth, patience).await?,
            Shell::Posix => {
                let output = self.ssh.run(door, linux::SCRIPT, self.today(), patience).await?;
                match linux::read(&output) {
                    Ok(reading) => reading,
                    // A RouterOS that somebody has told to call itself something else.
                    Err(_) if routeros_ssh::is_refusal(&output) => self.read_routeros(door, depth, patience).await?,
                    Err(error) => return Err(nonsense(door, &error)),
                }
            }
        };
        if depth == VisitDepth::Counters {
            reading.identity = None;
        }
        if let (Some(last), VisitDepth::Full) = (door.ssh.legacy_until, depth) {
            reading.warnings.push(format!("algorithms that are no longer safe may be used over SSH until {last}"));
        }
        Ok(reading)
    }

    async fn read_routeros(&self, door: &Door, depth: VisitDepth, patience: Duration) -> Result<Reading, SshError> {
        let run = async |command: routeros_ssh::Command| {
            self.ssh.run(door, command.text, self.today(), patience).await.map(|output| (command, output))
        };
        let mut told = vec![run(routeros_ssh::FIRST).await?];
        let mut failed = None;
        for command in routeros_ssh::further(&told[0].1, depth == VisitDepth::Full) {
            match run(command).await {
                Ok(one) => told.push(one),
                // What was read until then is worth keeping, and a device that hangs is not asked on.
                Err(error) => {
                    failed = Some(format!("what it tells beyond its ports could not be read whole: {error}"));
                    break;
                }
            }
        }
        let mut reading = routeros_ssh::read(&told).map_err(|error| nonsense(door, &error))?;
        reading.warnings.extend(failed);
        Ok(reading)
    }

    /// The day, for permissions that end.
    pub(crate) fn today(&self) -> Date {
        Offset::UTC.to_datetime(self.clock.now()).date()
    }

    async fn door(&self, target: &Target) -> Result<Door, Failure> {
        let ssh = target.ssh_credential()?.clone();
        let address = SocketAddr::new(self.names.ip(&target.address).await?, ssh.port);
        Ok(Door { address, ssh, host_key: target.host_key.clone() })
    }

    /// A visit over SSH, and the host key that was shown in it as far as that is known.
    async fn visit_ssh(
        &self,
        target: &Target,
        depth: VisitDepth,
    ) -> (Result<Reading, Failure>, Option<HostKeyFingerprint>) {
        let door = match self.door(target).await {
            Ok(door) => door,
            Err(failure) => return (Err(failure), None),
        };
        match self.read_ssh(&door, depth, SSH_VISIT).await {
            Ok(reading) => (Ok(reading), door.host_key),
            Err(error) => {
                let shown = match &error {
                    // Nobody comes so far as to be refused without the right key.
                    SshError::Login { .. } => door.host_key,
                    other => other.offered_host_key().cloned(),
                };
                (Err(error.into()), shown)
            }
        }
    }

    async fn visit_snmp(
        &self,
        target: &Target,
        depth: VisitDepth,
        memory: &mut DeviceMemory,
    ) -> Result<(Reading, bool), Failure> {
        let credential = target.snmp_credential()?;
        let address = self.names.snmp(&target.address).await?;
        self.read_snmp(address, credential, depth, REQUEST, memory).await
    }

    async fn ask_by(&self, method: PollMethod, target: &Target, timeout: Duration) -> Asked {
        match method {
            PollMethod::Snmp => self.ask_snmp(target, timeout).await,
            PollMethod::Ping => self.ask_ping(target, timeout).await,
            PollMethod::Ssh => Box::pin(self.ask_ssh(target, timeout)).await,
        }
    }

    async fn ask_snmp(&self, target: &Target, timeout: Duration) -> Asked {
        let Ok(security) = target.snmp_credential().and_then(Security::try_from) else {
            return Asked::CouldNotAsk;
        };
        let Ok(address) = self.names.snmp(&target.address).await else {
            return Asked::Missed(FailureKind::Timeout);
        };
        let target = snmp::Target::new(address, security).within(timeout, 0);
        match snmp::ask_uptime(&self.snmp, &target).await {
            Ok(answered) => Asked::Answered { rtt: answered.rtt, uptime: answered.uptime },
            Err(failure) => Asked::Missed(failure.kind),
        }
    }

    async fn ask_ping(&self, target: &Target, timeout: Duration) -> Asked {
        let Ok(ip) = self.names.ip(&target.address).await else {
            return Asked::Missed(FailureKind::Timeout);
        };
        match self.pinger.ping(ip, timeout).await {
            Ok(rtt) => Asked::Answered { rtt, uptime: None },
            Err(PingError::NotPermitted(_)) => Asked::CouldNotAsk,
            Err(PingError::Timeout | PingError::Unreachable(_)) => Asked::Missed(FailureKind::Timeout),
        }
    }

    async fn ask_ssh(&self, target: &Target, timeout: Duration) -> Asked {
        if target.ssh_credential().is_err() {
            return Asked::CouldNotAsk;
        }
        let Ok(door) = self.door(target).await else {
            return Asked::Missed(FailureKind::Timeout);
        };
        let began = self.clock.monotonic();
        // A session that is dead must leave time for a connection: a device that restarted has forgotten it.
        if let Some(Ok(_)) = self.ssh.run_if_open(&door, NOTHING, timeout / 2).await {
            return Asked::Answered { rtt: self.clock.monotonic().saturating_sub(began), uptime: None };
        }
        let left = timeout.saturating_sub(self.clock.monotonic().saturating_sub(began));
        match tokio::time::timeout(left, TcpStream::connect(door.address)).await {
            Ok(Ok(_)) => Asked::Answered { rtt: self.clock.monotonic().saturating_sub(began), uptime: None },
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Asked::Missed(FailureKind::Refused),
            Ok(Err(_)) | Err(_) => Asked::Missed(FailureKind::Timeout),
        }
    }

    /// Whether anybody answers at an address: to one of two pings, or where pings are not permitted, to a knock.
    async fn is_alive(&self, ip: IpAddr, timeout: Duration) -> bool {
        if self.pinger.check().is_err() {
            return knock(ip, timeout).await;
        }
        let pause = timeout.mul_f64(0.4);
        let (first, second) = tokio::join!(self.pinger.ping(ip, timeout), async {
            tokio::time::sleep(pause).await;
            self.pinger.ping(ip, timeout - pause).await
        });
        first.is_ok() || second.is_ok()
    }

    /// One name that is slow to be found must not cost the answers of the others.
    async fn is_reference_alive(&self, reference: &Address, timeout: Duration) -> bool {
        let alive = async {
            match self.names.ip(reference).await {
                Ok(ip) => self.is_alive(ip, timeout).await,
                Err(_) => false,
            }
        };
        tokio::time::timeout(timeout, alive).await.unwrap_or(false)
    }

    /// The gateway, whether it answers, and whether that counts.
    async fn gateway(&self, timeout: Duration) -> Option<bool> {
        let routes = tokio::fs::read_to_string("/proc/net/route").await.ok()?;
        let gateway = IpAddr::V4(default_gateway(&routes)?);
        let is_alive = self.is_alive(gateway, timeout).await;
        let mut answering = self.answering_gateway.lock().expect("no holder of this lock can panic");
        if is_alive {
            *answering = Some(gateway);
        }
        (*answering == Some(gateway)).then_some(is_alive)
    }
}

impl Transports for Network {
    type Memory = DeviceMemory;

    async fn ask(&self, target: &Target, timeout: Duration) -> Asked {
        match target.methods.as_slice() {
            [only] => self.ask_by(*only, target, timeout).await,
            methods => {
                first_answer(methods.iter().map(|method| self.ask_by(*method, target, timeout)).map(box_up).collect())
                    .await
            }
        }
    }

    async fn visit(&self, target: &Target, depth: VisitDepth, mut memory: DeviceMemory) -> VisitOutcome<DeviceMemory> {
        let mut before = None;
        if target.is_polled_by(PollMethod::Snmp) {
            match self.visit_snmp(target, depth, &mut memory).await {
                Ok((reading, has_changed)) => return VisitOutcome::new(Ok(reading), has_changed, memory),
                Err(failure) if !target.is_polled_by(PollMethod::Ssh) => {
                    return VisitOutcome::new(Err(failure), false, memory);
                }
                Err(failure) => before = Some(failure.message),
            }
        }
        let (mut result, offered_host_key) = Box::pin(self.visit_ssh(target, depth)).await;
        match (&mut result, before) {
            (Ok(reading), Some(before)) => reading.warnings.push(format!("read over SSH, because over SNMP {before}")),
            (Err(failure), Some(before)) => failure.message = format!("{}; over SNMP {before}", failure.message),
            (Ok(_) | Err(_), None) => {}
        }
        let protocol = Some(protocol(CredentialKind::Ssh));
        VisitOutcome { result, has_changed: false, protocol, offered_host_key, memory }
    }

    async fn is_connected(&self, references: &[Address], timeout: Duration) -> Option<bool> {
        let asks = references.iter().map(|reference| self.is_reference_alive(reference, timeout)).map(box_up).collect();
        let (mut answers, gateway) = tokio::join!(all(asks), self.gateway(timeout));
        answers.extend(gateway);
        Some(is_quorum(&answers))
    }
}

fn nonsense(door: &Door, error: &dyn std::error::Error) -> SshError {
    SshError::Protocol { address: door.address, what: error.to_string() }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn box_up<'a, T>(future: impl Future<Output = T> + Send + 'a) -> Boxed<'a, T> {
    Box::pin(future)
}

/// The first answer; when there is none, the most telling way of not answering.
async fn first_answer(mut asks: Vec<Boxed<'_, Asked>>) -> Asked {
    let mut best = Asked::CouldNotAsk;
    poll_fn(|context| {
        asks.retain_mut(|ask| match ask.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(asked) => {
                best = best.or_better(asked);
                false
            }
        });
        let is_answered = matches!(best, Asked::Answered { .. });
        if is_answered || asks.is_empty() { Poll::Ready(best) } else { Poll::Pending }
    })
    .await
}

/// All answers, in any order.
async fn all(mut asks: Vec<Boxed<'_, bool>>) -> Vec<bool> {
    let mut answers = Vec::with_capacity(asks.len());
    poll_fn(|context| {
        asks.retain_mut(|ask| match ask.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
        });
        if asks.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers
}

/// A connection made or refused: either was said by somebody at that address.
async fn knock(ip: IpAddr, timeout: Duration) -> bool {
    let one = |port: u16| {
        box_up(async move {
            let connected = tokio::time::timeout(timeout, TcpStream::connect((ip, port))).await;
            connected.is_ok_and(|result| result.map_or_else(|e| e.kind() == io::ErrorKind::ConnectionRefused, |_| true))
        })
    };
    all(KNOCK_PORTS.into_iter().map(one).collect()).await.contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Access;
    use inventory::clock::SystemClock;

    const PATIENCE: Duration = Duration::from_secs(2);

    fn network() -> Network {
        Network::bind(Arc::new(SystemClock)).expect("loopback has sockets")
    }

    fn target(address: &str, methods: &[PollMethod]) -> Target {
        let address = address.parse().expect("a good address");
        Target { address, methods: methods.to_vec(), snmp: Access::Unnamed, ssh: Access::Unnamed, host_key: None }
    }

    #[tokio::test]
    async fn the_first_answer_wins_over_all_that_fail_or_hang() {
        let answered = Asked::Answered { rtt: Duration::from_millis(1), uptime: None };
        let asks = vec![
            box_up(std::future::pending()),
            box_up(async { Asked::Missed(FailureKind::Refused) }),
            box_up(async {
                tokio::task::yield_now().await;
                answered
            }),
        ];
        assert_eq!(first_answer(asks).await, answered);
        let asks = vec![box_up(async { Asked::Missed(FailureKind::Refused) }), box_up(async { Asked::CouldNotAsk })];
        assert_eq!(first_answer(asks).await, Asked::Missed(FailureKind::Refused));
    }

    #[tokio::test]
    async fn a_device_that_cannot_be_asked_is_not_missed() {
        let asked = network().ask(&target("127.0.0.1", &[PollMethod::Snmp]), PATIENCE).await;
        assert_eq!(asked, Asked::CouldNotAsk, "it has no credential");
    }

    #[tokio::test]
    async fn a_name_that_is_not_found_fails_the_visit_and_says_so() {
        let community = inventory::secret::Secret::new("public".to_owned());
        let mut target = target("gw.invalid", &[PollMethod::Snmp]);
        target.snmp = Access::Open(Credential::SnmpV2c { community });
        let outcome = network().visit(&target, VisitDepth::Full, DeviceMemory::default()).await;
        let failure = outcome.result.expect_err("there is no such name");
        assert_eq!(failure.message, "name gw.invalid not found");
    }

    #[tokio::test]
    async fn a_reference_on_this_machine_is_alive_by_ping_or_knock() {
        let network = network();
        let local = IpAddr::from([127, 0, 0, 1]);
        assert!(network.is_alive(local, PATIENCE).await);
        assert!(knock(local, PATIENCE).await, "a refusal is an answer");
    }
}
