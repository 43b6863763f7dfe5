//! The simulated fleet against programs of others: net-snmp's and OpenSSH's.
#![expect(clippy::disallowed_types, reason = "the programs of others are started here")]
#![expect(clippy::print_stdout, reason = "figures of a fleet are printed")]
#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that goes wrong")]

mod large;
mod ssh;
mod tools;
mod v3;
mod village;
