//! Simulated devices on loopback that speak real protocols over real sockets, and misbehave when told to.
//!
//! It depends on no package of ours and shares no parsing code with the product: a mistake made on both sides would
//! pass every test. Each protocol is a module of its own.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use fleetsim::snmp::{Agent, Fault, Options, Values};
//! let agent = Agent::start(Values::router("gw-dr-01", 4), Options::default()).await?;
//! agent.play(Fault::Silent);
//! # Ok(()) }
//! ```

pub mod snmp;
pub mod ssh;
pub mod village;
