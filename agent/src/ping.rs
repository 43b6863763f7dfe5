//! ICMP echo, one socket per address family for all devices.
//!
//! Linux gives two ways: datagram sockets, allowed to the groups of `net.ipv4.ping_group_range`, and raw sockets, allowed
//! to `CAP_NET_RAW`. With neither, nothing can be said about devices that are only pinged: that is an error of this
//! installation and never a device that is down.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use surge_ping::{Client, Config, ICMP, IcmpPacket, PingIdentifier, PingSequence, SurgeError};

/// Bytes behind the ICMP header, as `ping` sends them.
const PAYLOAD: [u8; 56] = [0x56; 56];

/// Type of an ICMP echo reply (RFC 792) and of an ICMPv6 one (RFC 4443 §4.2).
const ECHO_REPLY: (u8, u8) = (0, 129);

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PingError {
    /// The kernel gives this process no ICMP socket. No device is to blame.
    #[error("ping needs CAP_NET_RAW or a net.ipv4.ping_group_range that has this process' group: {0}")]
    NotPermitted(String),
    /// Nothing came back in time.
    #[error("no answer to ping in time")]
    Timeout,
    /// A router on the way says that there is no way, or the kernel knows of none.
    #[error("no way to the address: {0}")]
    Unreachable(String),
}

/// Sends echoes and hands each answer to whom it belongs.
pub struct Pinger {
    v4: OnceLock<Result<Client, PingError>>,
    v6: OnceLock<Result<Client, PingError>>,
    /// Tells our raw socket's answers from those to other pings of this machine.
    identifier: PingIdentifier,
    /// Shared by all devices: two asks under way differ in it unless 65,536 others lie between them.
    sequence: AtomicU16,
}

impl Pinger {
    /// Opens nothing yet; the sockets are opened at the first ping.
    pub fn new() -> Self {
        Pinger {
            v4: OnceLock::new(),
            v6: OnceLock::new(),
            identifier: PingIdentifier(rand::random()),
            sequence: AtomicU16::new(rand::random()),
        }
    }

    /// Whether this process may ping at all.
    ///
    /// # Errors
    /// [`PingError::NotPermitted`] when it may not. Needs a tokio runtime.
    pub fn check(&self) -> Result<(), PingError> {
        self.client(ICMP::V4).map(|_| ())
    }

    /// One echo. The time is that from ask to answer.
    ///
    /// # Errors
    /// When there is no answer in time, or it says that there is no way, or pings are not permitted.
    pub async fn ping(&self, host: IpAddr, timeout: Duration) -> Result<Duration, PingError> {
        let client = self.client(if host.is_ipv4() { ICMP::V4 } else { ICMP::V6 })?;
        let mut pinger = client.pinger(host, self.identifier).await;
        pinger.timeout(timeout);
        let sequence = PingSequence(self.sequence.fetch_add(1, Ordering::Relaxed));
        match pinger.ping(sequence, &PAYLOAD).await {
            Ok((packet, rtt)) => {
                // The crate hands over errors quoted in ICMP messages as if they were answers.
                let (kind, code, is_reply) = match &packet {
                    IcmpPacket::V4(packet) => {
                        (packet.get_icmp_type().0, packet.get_icmp_code().0, packet.get_icmp_type().0 == ECHO_REPLY.0)
                    }
                    IcmpPacket::V6(packet) => (
                        packet.get_icmpv6_type().0,
                        packet.get_icmpv6_code().0,
                        packet.get_icmpv6_type().0 == ECHO_REPLY.1,
                    ),
                };
                if is_reply { Ok(rtt) } else { Err(PingError::Unreachable(format!("ICMP type {kind}, code {code}"))) }
            }
            Err(SurgeError::IOError(error)) => Err(PingError::Unreachable(error.to_string())),
            Err(_) => Err(PingError::Timeout),
        }
    }

    fn client(&self, kind: ICMP) -> Result<&Client, PingError> {
        let cell = match kind {
            ICMP::V4 => &self.v4,
            ICMP::V6 => &self.v6,
        };
        let open = || Client::new(&Config::builder().kind(kind).build());
        cell.get_or_init(|| {
            open().map_err(|error| {
                // Said once: the cell keeps the answer.
                let first_line = error.to_string().lines().next().unwrap_or_default().to_owned();
                let error = PingError::NotPermitted(first_line);
                tracing::warn!(%error, "devices that are only pinged stay unknown");
                error
            })
        })
        .as_ref()
        .map_err(Clone::clone)
    }
}

impl Default for Pinger {
    fn default() -> Self {
        Pinger::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn this_machine_answers_itself_or_says_why_it_may_not_be_asked() {
        let pinger = Pinger::new();
        let answer = pinger.ping(IpAddr::V4(Ipv4Addr::LOCALHOST), Duration::from_secs(5)).await;
        match pinger.check() {
            Ok(()) => assert!(answer.is_ok_and(|rtt| rtt < Duration::from_secs(1))),
            Err(error) => {
                assert_eq!(answer, Err(error.clone()));
                assert!(error.to_string().contains("CAP_NET_RAW"), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn an_address_without_a_way_is_no_answer() {
        let pinger = Pinger::new();
        // RFC 1112 §4: class E is reserved, and Linux has no route to it.
        let answer = pinger.ping(IpAddr::V4(Ipv4Addr::new(240, 0, 0, 1)), Duration::from_millis(300)).await;
        assert!(answer.is_err(), "{answer:?}");
    }
}
