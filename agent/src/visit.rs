//! One visit by hand: what a scheduled poll would see, without a schedule. `villagenet poll` is made of this.

use std::net::SocketAddr;
use std::time::Duration;

use agent_api::VisitDepth;
use inventory::credential::Credential;
use inventory::device::Address;
use inventory::reading::{Failure, Reading};

use crate::observe::Network;
use crate::ping::PingError;
use crate::snmp::DeviceMemory;
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
    /// What opens it.
    pub credential: Credential,
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
    /// `snmp1`, `snmp2c` or `snmp3`.
    pub protocol: &'static str,
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
    let (address, reading, ping) =
        visited.unwrap_or_else(|_| Err(visit_took_too_long(VisitDepth::Full, call.timeout)))?;
    Ok(Report { address, protocol: protocol(call.credential.kind()), reading, ping, took: began.elapsed() })
}

type Seen = (SocketAddr, Reading, Option<Result<Duration, PingError>>);

async fn visit(network: &Network, call: &Call) -> Result<Seen, Failure> {
    let address = network.names().snmp(&call.address).await?;
    let patience = call.timeout.mul_f64(REQUEST_SHARE);
    let mut memory = DeviceMemory::default();
    let read = network.read_snmp(address, &call.credential, VisitDepth::Full, (patience, RETRIES), &mut memory);
    let ping = async {
        if !call.is_pinged {
            return None;
        }
        Some(network.pinger().ping(address.ip(), patience).await)
    };
    let (read, ping) = tokio::join!(read, ping);
    let (mut reading, _) = read?;
    if let Some(Err(error)) = &ping {
        reading.warnings.push(error.to_string());
    }
    Ok((address, reading, ping))
}
