//! What a device can send, thrown at what reads it. A target is a function over bytes that must come back, whatever
//! they are, and asserts what has to be true of the outcome. `run.sh` hunts for bytes that break one; those found are
//! kept in `corpus/TARGET/`, and a plain test plays them all.

mod bytes;
mod platform;
mod walk;

/// A target.
pub type Target = fn(&[u8]);

/// Each target by the name of its folder in `corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("datagram", |bytes| drop(agent::snmp::dry::datagram(bytes))),
    ("platform", platform::told),
    ("ssh_linux", platform::shell),
    ("ssh_routeros", platform::routeros),
    ("walk", walk::ports),
];

/// The target of a name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}
