//! One visit by hand: what a scheduled poll would see, without a schedule. `villagenet poll` is made of this.

use std::net::SocketAddr;
use std::time::Duration;

use agent_api::VisitDepth;
use inventory::credential::{Credential, CredentialKind, Ssh};
use inventory::device::{Address, HostKeyFingerprint};
use inventory::reading::{Failure, Identity, Reading};

use crate::observe::Network;
use crate::ping::PingError;
use crate::snmp::DeviceMemory;
use crate::ssh::{Door, offered_key};
use crate::target::{protocol, visit_took_too_long};

/// How often a request is sent again when nothing comes back.
const RETRIES: u8 = 2;

/// Of the time given, what one request may take: the rest is for the further requests of a device that answers.
const REQUEST_SHARE: f64 = 0.8;

/// Whom to visit, and how.
#[derive(Clone)]
pub struct Call {
    /// Where it is.
    pub address: Address,
    /// What opens it over SNMP, if it is asked so.
    pub snmp: Option<Credential>,
    /// What opens it over SSH, if it is asked so, and the host key it has to show.
    pub ssh: Option<(Ssh, Option<HostKeyFingerprint>)>,
    /// The visit ends within this time, well or badly.
    pub timeout: Duration,
    /// Whether to ping it as well.
    pub is_pinged: bool,
}

/// A visit that went well.
#[derive(Debug, Clone)]
pub struct Report {
    /// Where it was found.
    pub address: SocketAddr,
    /// What it answered by: `snmp1`, `snmp2c`, `snmp3`, `ssh`.
    pub protocols: Vec<&'static str>,
    /// What it told.
    pub reading: Reading,
    /// What a ping said, if one was asked for.
    pub ping: Option<Result<Duration, PingError>>,
    /// How long the visit took.
    pub took: Duration,
}

/// Reads everything of one device, once.
///
/// # Errors
/// When it does not answer within the time, or not to this credential; the failure says what to do next.
pub async fn once(network: &Network, call: &Call) -> Result<Report, Failure> {
    let began = tokio::time::Instant::now();
    let visited = tokio::time::timeout(call.timeout, visit(network, call)).await;
    let (address, protocols, reading, ping) =
        visited.unwrap_or_else(|_| Err(visit_took_too_long(VisitDepth::Full, call.timeout)))?;
    Ok(Report { address, protocols, reading, ping, took: began.elapsed() })
}

type Seen = (SocketAddr, Vec<&'static str>, Reading, Option<Result<Duration, PingError>>);

async fn visit(network: &Network, call: &Call) -> Result<Seen, Failure> {
    let address = network.names().snmp(&call.address).await?;
    let patience = call.timeout.mul_f64(REQUEST_SHARE);
    let mut memory = DeviceMemory::default();
    let snmp = async {
        let credential = call.snmp.as_ref()?;
        let read = network.read_snmp(address, credential, VisitDepth::Full, (patience, RETRIES), &mut memory).await;
        Some((protocol(credential.kind()), read.map(|(reading, _)| reading)))
    };
    let ssh = async {
        let door = door(address, call.ssh.as_ref()?);
        let read = network.read_ssh(&door, VisitDepth::Full, patience).await;
        Some((protocol(CredentialKind::Ssh), read.map_err(Failure::from)))
    };
    let ping = async {
        if !call.is_pinged {
            return None;
        }
        Some(network.pinger().ping(address.ip(), patience).await)
    };
    let (snmp, ssh, ping) = tokio::join!(snmp, ssh, ping);
    let (protocols, mut reading) = both([snmp, ssh].into_iter().flatten().collect())?;
    if let Some(Err(error)) = &ping {
        reading.warnings.push(error.to_string());
    }
    Ok((address, protocols, reading, ping))
}

fn door(device: SocketAddr, (ssh, host_key): &(Ssh, Option<HostKeyFingerprint>)) -> Door {
    Door { address: SocketAddr::new(device.ip(), ssh.port), ssh: ssh.clone(), host_key: host_key.clone() }
}

/// The SSH host key that a device shows, without logging in.
///
/// # Errors
/// When there is none to be seen.
pub async fn host_key(network: &Network, call: &Call) -> Result<Option<HostKeyFingerprint>, Failure> {
    let Some(ssh) = &call.ssh else { return Ok(None) };
    let door = door(network.names().snmp(&call.address).await?, ssh);
    Ok(Some(offered_key(&door, network.today(), call.timeout).await?))
}

type Read = (&'static str, Result<Reading, Failure>);

/// One reading from what was read by each protocol. The first that answered tells all but what of the identity it does
/// not know; one that did not answer is a warning when another did.
fn both(reads: Vec<Read>) -> Result<(Vec<&'static str>, Reading), Failure> {
    let (mut protocols, mut told, mut warnings) = (Vec::new(), None::<Reading>, Vec::new());
    let mut failed = None;
    for (protocol, read) in reads {
        match read {
            Ok(reading) => {
                protocols.push(protocol);
                match &mut told {
                    None => told = Some(reading),
                    Some(first) => {
                        fill(&mut first.identity, reading.identity);
                        warnings.extend(reading.warnings);
                    }
                }
            }
            Err(failure) => {
                warnings.push(format!("{protocol}: {}", failure.message));
                failed.get_or_insert(failure);
            }
        }
    }
    match (told, failed) {
        (Some(mut reading), _) => {
            reading.warnings.extend(warnings);
            Ok((protocols, reading))
        }
        (None, Some(failure)) => Err(failure),
        (None, None) => Ok((protocols, Reading::default())),
    }
}

/// Fills in what is not known yet; a family that SNMP only guesses at gives way.
fn fill(identity: &mut Option<Identity>, other: Option<Identity>) {
    let (Some(one), Some(other)) = (identity, other) else { return };
    if one.platform.as_deref().is_none_or(|platform| matches!(platform, "linux" | "generic")) {
        one.platform = other.platform.or(one.platform.take());
    }
    one.vendor = one.vendor.take().or(other.vendor);
    one.model = one.model.take().or(other.model);
    one.version = one.version.take().or(other.version);
    one.serial = one.serial.take().or(other.serial);
    one.restart_reason = one.restart_reason.take().or(other.restart_reason);
}
