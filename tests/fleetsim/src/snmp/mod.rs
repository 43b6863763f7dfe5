//! A small SNMP v1 and v2c agent: real datagrams, values that can change and move while it runs, faults on demand.
//!
//! | file | its job |
//! |---|---|
//! | `oid` `value` `values` | what the device holds, in the order of a walk |
//! | `snmprec` | values from a recording of a real device |
//! | `ber` `message` `discovery` | bytes; written for this agent alone |
//! | `respond` | the right answer to a request |
//! | `fault` | what the device sends instead |
//! | [`agent`] | the socket |

pub mod agent;

mod ber;
mod discovery;
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
