//! Addresses that are DNS names. A name that was found once keeps its last address while DNS is out: a resolver that
//! fails is no device that is down.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use inventory::device::Address;
use inventory::reading::{Failure, FailureKind};

/// How long the resolver is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A name without an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name {0} not found")]
pub struct NameNotFound(String);

impl From<NameNotFound> for Failure {
    fn from(error: NameNotFound) -> Self {
        Failure {
            kind: FailureKind::Timeout,
            message: error.to_string(),
            hint: "check the device's address, or the DNS server of the machine that polls it".to_owned(),
        }
    }
}

/// The names found so far.
#[derive(Debug, Default)]
pub struct Names {
    /// As many as devices are named by DNS; never cleared.
    known: Mutex<BTreeMap<String, IpAddr>>,
}

impl Names {
    /// The IP address of a device, found within 1 s.
    ///
    /// # Errors
    /// When it is a name that was never found.
    pub async fn ip(&self, address: &Address) -> Result<IpAddr, NameNotFound> {
        if let Some(ip) = address.ip() {
            return Ok(ip);
        }
        let host = address.host();
        match tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, 0))).await {
            Ok(Ok(mut found)) => match found.next() {
                Some(first) => Ok(self.remember(host, first.ip())),
                None => self.recall(host),
            },
            Ok(Err(_)) | Err(_) => self.recall(host),
        }
    }

    /// The same with the device's SNMP port.
    ///
    /// # Errors
    /// When it is a name that was never found.
    pub async fn snmp(&self, address: &Address) -> Result<SocketAddr, NameNotFound> {
        Ok(SocketAddr::new(self.ip(address).await?, address.snmp_port()))
    }

    fn remember(&self, host: &str, ip: IpAddr) -> IpAddr {
        self.known.lock().expect("no holder of this lock can panic").insert(host.to_owned(), ip);
        ip
    }

    fn recall(&self, host: &str) -> Result<IpAddr, NameNotFound> {
        self.known().get(host).copied().ok_or_else(|| NameNotFound(host.to_owned()))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, IpAddr>> {
        self.known.lock().expect("no holder of this lock can panic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_need_no_resolver_and_names_are_found_or_named() {
        let names = Names::default();
        assert_eq!(names.snmp(&"127.0.0.1".parse().unwrap()).await, Ok("127.0.0.1:161".parse().unwrap()));
        assert_eq!(names.snmp(&"[::1]:1161".parse().unwrap()).await, Ok("[::1]:1161".parse().unwrap()));
        assert!(names.ip(&"localhost".parse().unwrap()).await.is_ok_and(|ip| ip.is_loopback()));
        // RFC 6761 §6.4: `invalid` never has an address.
        let error = names.ip(&"gw.invalid".parse().unwrap()).await.unwrap_err();
        assert_eq!(error.to_string(), "name gw.invalid not found");
    }

    #[tokio::test]
    async fn a_name_keeps_its_last_address_while_the_resolver_is_out() {
        let names = Names::default();
        let last = IpAddr::from([10, 0, 0, 7]);
        names.remember("gw.invalid", last);
        assert_eq!(names.ip(&"gw.invalid".parse().unwrap()).await, Ok(last));
    }
}
