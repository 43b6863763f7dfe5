//! A small SNMP v1, v2c and v3 agent: real datagrams, values that can change and move while it runs, faults on demand.
//!
//! | file | its job |
//! |---|---|
//! | `oid` `value` `values` | what the device holds, in the order of a walk |
//! | `snmprec` | values from a recording of a real device |
//! | `ber` `message` | bytes; written for this agent alone |
//! | [`v3`] | version 3: users, keys, ciphers, engine, Reports |
//! | `respond` | the right answer to a request |
//! | `fault` | what the device sends instead |
//! | [`agent`] | the socket |
//!
//! Version 3: give [`Options::users`] a [`v3::User`], `User::open("mon").with_auth(Auth::Sha256, "…").with_privacy(
//! Privacy::Aes128, Extension::Blumenthal, "…")`; the same agent goes on to answer versions 1 and 2c. The engine is
//! moved by [`Agent::restart`], [`Agent::forget_boots`], [`Agent::set_engine_id`] and [`Agent::step_clock`];
//! [`Agent::reports`] counts what its Reports said. Every [`Fault`] plays in version 3 too (nested sequences and torn
//! varbinds come sealed); [`Fault::ForgedReports`], [`Fault::WrongTag`], [`Fault::Unprotected`] and
//! [`Fault::SilentOnWrongPrivacy`] are of version 3 only.

pub mod agent;
pub mod v3;

mod ber;
mod fault;
mod message;
mod oid;
mod respond;
mod snmprec;
mod value;
mod values;

pub use agent::{Agent, Options};
pub use fault::Fault;
pub use oid::{Oid, OidError};
pub use snmprec::{Recording, SnmprecError};
pub use value::{Source, Value};
pub use values::Values;
