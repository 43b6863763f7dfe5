//! The real network: [`Transports`] over SNMP, ping and TCP.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use agent_api::VisitDepth;
use inventory::clock::Clock;
use inventory::credential::Credential;
use inventory::device::{Address, PollMethod};
use inventory::reading::{Failure, FailureKind, Reading};
use tokio::net::TcpStream;

use crate::connectivity::{default_gateway, is_quorum};
use crate::names::Names;
use crate::ping::{PingError, Pinger};
use crate::snmp::{self, DeviceMemory, Security, SnmpCounts};
use crate::target::Target;
use crate::transports::{Asked, Transports, VisitOutcome};

/// The port of SSH. Whether it opens is what counts until part 2 brings sessions.
const SSH_PORT: u16 = 22;

/// Ports on which a reference target is likely to say something, be it a refusal: DNS, HTTPS, HTTP.
const KNOCK_PORTS: [u16; 3] = [53, 443, 80];

/// How long one SNMP request of a visit is waited for in all, and how often it is sent again meanwhile.
const REQUEST: (Duration, u8) = (Duration::from_secs(5), 2);

/// The sockets of one agent, shared by all its devices.
pub struct Network {
    clock: Arc<dyn Clock>,
    snmp: snmp::Client,
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
            VisitDepth::Full => (snmp::full(&self.snmp, &target, memory).await?, false),
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

    async fn ask_by(&self, method: PollMethod, target: &Target, timeout: Duration) -> Asked {
        match method {
            PollMethod::Snmp => self.ask_snmp(target, timeout).await,
            PollMethod::Ping => self.ask_ping(target, timeout).await,
            PollMethod::Ssh => self.ask_ssh(target, timeout).await,
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
            Ok(answered) => Asked::Answered { rtt: answered.rtt },
            Err(failure) => Asked::Missed(failure.kind),
        }
    }

    async fn ask_ping(&self, target: &Target, timeout: Duration) -> Asked {
        let Ok(ip) = self.names.ip(&target.address).await else {
            return Asked::Missed(FailureKind::Timeout);
        };
        match self.pinger.ping(ip, timeout).await {
            Ok(rtt) => Asked::Answered { rtt },
            Err(PingError::NotPermitted(_)) => Asked::CouldNotAsk,
            Err(PingError::Timeout | PingError::Unreachable(_)) => Asked::Missed(FailureKind::Timeout),
        }
    }

    async fn ask_ssh(&self, target: &Target, timeout: Duration) -> Asked {
        let Ok(ip) = self.names.ip(&target.address).await else {
            return Asked::Missed(FailureKind::Timeout);
        };
        let began = self.clock.monotonic();
        match tokio::time::timeout(timeout, TcpStream::connect((ip, SSH_PORT))).await {
            Ok(Ok(_)) => Asked::Answered { rtt: self.clock.monotonic().saturating_sub(began) },
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
        let read = async {
            let credential = target.snmp_credential()?;
            let address = self.names.snmp(&target.address).await?;
            self.read_snmp(address, credential, depth, REQUEST, &mut memory).await
        };
        match read.await {
            Ok((reading, has_changed)) => VisitOutcome { result: Ok(reading), has_changed, memory },
            Err(failure) => VisitOutcome { result: Err(failure), has_changed: false, memory },
        }
    }

    async fn is_connected(&self, references: &[Address], timeout: Duration) -> Option<bool> {
        let asks = references.iter().map(|reference| self.is_reference_alive(reference, timeout)).map(box_up).collect();
        let (mut answers, gateway) = tokio::join!(all(asks), self.gateway(timeout));
        answers.extend(gateway);
        Some(is_quorum(&answers))
    }
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
        Target { address, methods: methods.to_vec(), snmp: Access::Unnamed }
    }

    #[tokio::test]
    async fn the_first_answer_wins_over_all_that_fail_or_hang() {
        let answered = Asked::Answered { rtt: Duration::from_millis(1) };
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
