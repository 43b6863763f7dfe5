//! The poller: reaches devices over SNMP, SSH and ping, and tells the controller what it sees.
//!
//! | module | its job |
//! |---|---|
//! | [`agent`] | the loop: read this first, it has the diagram of all tasks |
//! | [`schedule`] | who is due when; pure |
//! | [`reach`] | whether one device is there: three asks and a verdict; pure |
//! | [`connectivity`] | whether the agent itself is connected; pure |
//! | [`queue`] | what is not yet safe with the controller; pure |
//! | [`transports`] [`observe`] | what the loop needs of the network, and the real network |
//! | [`snmp`] [`ssh`] [`ping`] [`names`] | the protocols |
//! | [`visit`] | one visit by hand, for `villagenet poll` |
//!
//! Invariants: nothing about one device can stop, slow or crash the polling of another; the loop waits for neither a
//! device nor the link; no clock is read but through [`inventory::clock::Clock`]; it knows nothing of halls, alerts or
//! the database. A device that fails is data, never an error of the loop.
//!
//! A hall's own agent, the program `villagenet-agent` with its disk queue and its link over the network, is made of this
//! library in part 10. Until then the one agent is embedded in the controller's process.

pub mod agent;
pub mod connectivity;
mod jobs;
pub mod moment;
pub mod names;
pub mod observe;
pub mod ping;
pub mod queue;
pub mod reach;
mod roster;
pub mod schedule;
pub mod snmp;
pub mod ssh;
pub mod target;
pub mod transports;
mod uplink;
pub mod visit;

pub use agent::{Agent, Ended, Profile, only_link};
pub use observe::Network;
