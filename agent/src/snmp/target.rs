//! [`Target`]: whom to ask, and how long to wait.

use std::net::{SocketAddr, SocketAddrV6};
use std::sync::Arc;
use std::time::Duration;

use inventory::credential::Credential;
use inventory::reading::{Failure, FailureKind};
use inventory::secret::Secret;
use inventory::snmp_v3::SnmpV3;

/// What a request is signed with.
#[derive(Clone)]
pub enum Security {
    /// SNMPv1 (RFC 1157).
    V1 {
        /// Sent in clear.
        community: Secret,
    },
    /// SNMPv2c (RFC 1901).
    V2c {
        /// Sent in clear.
        community: Secret,
    },
    /// SNMPv3 (RFC 3414).
    V3(Arc<SnmpV3>),
}

impl Security {
    /// Whether the device can be asked for several rows at a time: GETBULK came with version 2.
    pub fn has_bulk(&self) -> bool {
        match self {
            Security::V1 { .. } => false,
            Security::V2c { .. } | Security::V3(_) => true,
        }
    }

    /// As `poll --json` lists it under `protocols`.
    pub fn protocol(&self) -> &'static str {
        match self {
            Security::V1 { .. } => "snmp1",
            Security::V2c { .. } => "snmp2c",
            Security::V3(_) => "snmp3",
        }
    }
}

/// A profile that no longer is what it was when the device was imported leads here.
impl TryFrom<&Credential> for Security {
    type Error = Failure;
    fn try_from(credential: &Credential) -> Result<Self, Failure> {
        match credential {
            Credential::SnmpV1 { community } => Ok(Security::V1 { community: community.clone() }),
            Credential::SnmpV2c { community } => Ok(Security::V2c { community: community.clone() }),
            Credential::SnmpV3(user) => Ok(Security::V3(Arc::new(user.clone()))),
            Credential::Ssh(_) => Err(Failure {
                kind: FailureKind::Community,
                message: "the device's SNMP profile is one for SSH".to_owned(),
                hint: "name an SNMP profile in the device's snmp column".to_owned(),
            }),
        }
    }
}

/// A device to ask.
#[derive(Clone)]
pub struct Target {
    /// Where it is; answers count only from here.
    pub address: SocketAddr,
    /// What to show it.
    pub security: Security,
    /// How long the first sending of a request waits for its answer; each further one waits half as long again.
    pub timeout: Duration,
    /// How often an unanswered request is sent again.
    pub retries: u8,
}

impl Target {
    /// A target that is asked once and waited for during 1.5 s, as reachability asks are (semantics.md).
    pub fn new(address: SocketAddr, security: Security) -> Self {
        Target { address: canonical(address), security, timeout: Duration::from_millis(1500), retries: 0 }
    }

    /// With `retries` repetitions, all of one request ending within `total`.
    #[must_use]
    pub fn within(mut self, total: Duration, retries: u8) -> Self {
        let shares: f64 = (0..=i32::from(retries)).map(|nth| GROWTH.powi(nth)).sum();
        self.retries = retries;
        self.timeout = total.div_f64(shares);
        self
    }

    /// How long the `nth` sending waits at the longest.
    pub fn patience(&self, nth: u8) -> Duration {
        self.timeout.mul_f64(GROWTH.powi(i32::from(nth)))
    }
}

/// How much longer each further sending waits.
const GROWTH: f64 = 1.5;

/// The address as the sockets report it: IPv4 inside IPv6 unwrapped, no flow label.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    match (address.ip().to_canonical(), address) {
        (std::net::IpAddr::V6(ip), SocketAddr::V6(v6)) => SocketAddrV6::new(ip, v6.port(), 0, v6.scope_id()).into(),
        (ip, _) => SocketAddr::new(ip, address.port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sendings_of_a_request_fit_into_the_time_given() {
        let security = Security::V1 { community: Secret::new("public".into()) };
        let target = Target::new("[::ffff:127.0.0.1]:161".parse().unwrap(), security);
        assert_eq!(target.address, "127.0.0.1:161".parse().unwrap());
        let total = Duration::from_secs(5);
        for retries in 0..6 {
            let target = target.clone().within(total, retries);
            let sum: Duration = (0..=retries).map(|nth| target.patience(nth)).sum();
            assert!(sum.abs_diff(total) < Duration::from_micros(1), "{sum:?}");
            assert!(target.patience(retries) >= target.timeout);
        }
    }
}
