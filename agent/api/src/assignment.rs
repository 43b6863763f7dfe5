//! What an agent is told to poll.

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::credential::{Credential, ProfileName};
use inventory::device::{Address, HostKeyFingerprint, PollMethod};
use inventory::id::DeviceId;

/// Everything an agent has to poll. A later one replaces it whole.
#[derive(Clone, Default)]
pub struct Assignment {
    /// The devices.
    pub devices: Vec<AssignedDevice>,
    /// The credentials those devices name, and no others.
    pub credentials: BTreeMap<ProfileName, Credential>,
    /// How often.
    pub cadence: Cadence,
    /// Addresses asked to find out whether the agent itself is connected. With none the check is off.
    pub reference_targets: Vec<Address>,
}

/// One device to poll.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignedDevice {
    /// Its id, which comes back in every observation.
    pub device: DeviceId,
    /// Where it is.
    pub address: Address,
    /// How it is asked; never empty.
    pub methods: Vec<PollMethod>,
    /// Its SNMP profile.
    pub snmp: Option<ProfileName>,
    /// Its SSH profile.
    pub ssh: Option<ProfileName>,
    /// The host key it has to show before anybody logs in over SSH; without one nobody does.
    pub host_key: Option<HostKeyFingerprint>,
}

/// How often devices are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// Between two reachability asks.
    pub reach: Duration,
    /// How long one ask waits for its answer.
    pub reach_timeout: Duration,
    /// From a miss to the second ask, and from its miss to the third.
    pub reach_retries: [Duration; 2],
    /// Between two readings of the counters.
    pub visit: Duration,
    /// Between two readings of everything: identity and the whole interface table.
    pub full_visit: Duration,
    /// Between two heartbeats.
    pub heartbeat: Duration,
}

impl Default for Cadence {
    /// Every 20 s, each ask waiting 1.5 s and repeated after 1 s and 2 s: a fault is known within
    /// 20 + 1.5 + 1 + 1.5 + 2 + 1.5 = 27.5 s.
    fn default() -> Self {
        Cadence {
            reach: Duration::from_secs(20),
            reach_timeout: Duration::from_millis(1500),
            reach_retries: [Duration::from_secs(1), Duration::from_secs(2)],
            visit: Duration::from_secs(60),
            full_visit: Duration::from_secs(3600),
            heartbeat: Duration::from_secs(20),
        }
    }
}
