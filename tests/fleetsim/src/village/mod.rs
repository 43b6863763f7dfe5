//! Whole villages on loopback: halls whose devices share power, lines and a mast, with a past, a present and faults.
//!
//! | file | its job |
//! |---|---|
//! | `chance` `curve` | numbers from a seed; a day's traffic, with its integral |
//! | `plan` `family` `credentials` `csv` | what stands where; the inventory's files |
//! | `live` `content` `vendor` `linux` `routeros` `evil` | what a device answers at a moment, over SNMP and over SSH |
//! | `history` | outages and series of the past |
//! | `fault` `condition` `timetable` | what can happen, to whom, when; what that leaves a device in |
//! | `fleet` | agents and SSH servers on sockets |
//! | `control` `process` | the control port; a fleet as a process |
//!
//! Every device has an address of its own, 127.COMMUNE.HALL.DEVICE, and all agents one port. The kernel answers pings
//! for all of 127.0.0.0/8, so a ping says nothing here: devices are asked over SNMP or SSH.
//!
//! A descriptor is needed for every device; above 200 halls a process needs more than the usual 1,024 (`ulimit -n`).
//!
//! Power: every twelfth hall (the fifth of its commune) has a UPS that carries its gateway through a power cut, and
//! masts have batteries; everything else is dark while its hall has no mains.

mod chance;
mod condition;
mod content;
mod control;
mod credentials;
mod csv;
mod curve;
mod evil;
mod family;
mod fault;
mod fleet;
mod history;
mod linux;
mod live;
mod plan;
mod process;
mod routeros;
mod timetable;
mod vendor;

pub use control::Control;
pub use credentials::{Credential, Credentials, SNMP_V2C, SNMP_V3, SSH_KEY, SSH_PASSWORD};
pub use curve::Curve;
pub use family::Family;
pub use fault::{Fault, FaultError, Target};
pub use fleet::{ActiveFault, Fleet, Options, TargetError};
pub use history::{Cause, Measure, Outage, Series};
pub use plan::{Asked, Device, Hall, Kind, Power, Village};
pub use process::{Play, perform, run};
pub use timetable::{Entry, Timetable, TimetableError};
