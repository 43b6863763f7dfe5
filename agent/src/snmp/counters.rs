//! What the client has sent, received and thrown away. Read by the metrics; nothing decides by them.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Counts since the client was bound.
        #[derive(Debug, Default)]
        pub(super) struct Counters { $(pub(super) $name: AtomicU64),+ }

        /// The counts at one moment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct SnmpCounts { $($(#[$doc])* pub $name: u64),+ }

        impl Counters {
            pub(super) fn snapshot(&self) -> SnmpCounts {
                SnmpCounts { $($name: self.$name.load(Ordering::Relaxed)),+ }
            }
        }
    };
}

counters! {
    /// Requests sent, repetitions among them.
    sent,
    /// Requests sent again because no answer came.
    repeated,
    /// Responses that answered a request.
    answered,
    /// Responses that came after their request was given up.
    late,
    /// Responses to a request that was already answered.
    duplicate,
    /// Responses that no request explains: wrong id, address, community or version.
    forged,
    /// Datagrams that are no SNMP response.
    malformed,
    /// Responses that broke off or had too many varbinds.
    cut,
    /// Looks at a silent device to tell a closed port and a wrong community from silence.
    probes,
    /// Requests that this machine could not send.
    unsent,
}

/// Counts one.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
