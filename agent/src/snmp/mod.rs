//! SNMP: asks devices and reads what they answer.
//!
//! | file | its job |
//! |---|---|
//! | `ber` `codec` | bytes; `codec` is the only file that knows snmp2 |
//! | `target` `error` | whom to ask; why there was no answer |
//! | `pending` | which request a datagram answers, without sockets or time |
//! | [`client`] `probe` `counters` | the sockets, the waiting, the second look at silent devices |
//! | `v3` | SNMPv3: who proves what to whom |
//! | `walk` | tables by several columns at once, within bounds, at a pace the device can take |
//! | `mib` `interfaces` | what the values of ports mean; pure. What others mean, `inventory::platform` knows |
//! | `questions` | what a device family is asked beyond its ports |
//! | [`dry`] | the same without a socket, for tests that throw anything at it |
//! | [`visit`] `memory` | the questions of one visit, and what is remembered of a device between visits |
//!
//! It knows nothing of schedules, queues or the controller. Read next: [`client`], then [`visit`].

pub mod client;
pub mod dry;
pub mod visit;

mod ber;
mod codec;
mod counters;
mod error;
mod interfaces;
mod memory;
mod mib;
mod pending;
mod probe;
mod questions;
mod target;
mod v3;
mod walk;

pub use client::Client;
pub use codec::{Cut, Response, Status, VARBINDS_MAX};
pub use counters::SnmpCounts;
pub use error::{SnmpError, V3Fault};
pub use inventory::mib::{ARCS_MAX, OCTETS_MAX, Oid, OidError, Value, Varbind};
pub use memory::DeviceMemory;
pub use target::{Security, Target};
pub use visit::{Answered, FullReason, Minute, ask_uptime, full, minute};
pub use walk::{Limits, Walk};
