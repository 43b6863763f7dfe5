//! The SNMP client over real sockets: against simulated agents that misbehave, against net-snmp's, and against
//! recordings of real devices.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod broken;
mod faults;
mod readings;
mod real;
mod recordings;
mod silence;
mod v3;

use std::net::SocketAddr;
use std::time::Duration;

use agent::snmp::{Client, DeviceMemory, Security, Target, full};
use fleetsim::snmp::{Agent, Options, Values};
use inventory::reading::{Failure, Reading};
use inventory::secret::Secret;

/// How long a request to a device that answers may take. It takes well under 1 ms; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a request to a device that will not answer is waited for.
const HASTE: Duration = Duration::from_millis(1500);

fn community(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn v2c(address: SocketAddr) -> Target {
    Target::new(address, Security::V2c { community: community("public") }).within(PATIENCE, 1)
}

/// As [`v2c`], for devices that will not answer.
fn hasty(address: SocketAddr) -> Target {
    v2c(address).within(HASTE, 1)
}

fn v1(address: SocketAddr) -> Target {
    Target::new(address, Security::V1 { community: community("public") }).within(PATIENCE, 1)
}

async fn device(values: Values) -> Agent {
    Agent::start(values, Options::default()).await.expect("loopback has ports")
}

async fn router() -> Agent {
    device(Values::router("gw", 4)).await
}

async fn read(client: &Client, target: &Target) -> Result<Reading, Failure> {
    full(client, target, &mut DeviceMemory::default()).await
}
