//! SNMP as data: names, values, and what a device answered. No sockets and no bytes on the wire: the agent asks and
//! decodes, [`crate::platform`] says what to ask and what the answers mean.

mod answers;
mod oid;
mod value;

pub use answers::Answers;
pub use oid::{ARCS_MAX, Oid, OidError};
pub use value::{OCTETS_MAX, Value, Varbind};
