//! Host keys: what devices show over SSH before anybody logs in.

use inventory::device::HostKeyFingerprint;
use inventory::id::DeviceId;
use jiff::Timestamp;

/// A row per device that was ever asked over SSH: the key that it showed last, whether it is the pinned one or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedKey {
    /// The device.
    pub device: DeviceId,
    /// The key.
    pub fingerprint: HostKeyFingerprint,
    /// When it showed this key first, since it last showed another.
    pub first_seen: Timestamp,
    /// When it showed it last; behind by no more than [`SEEN_LAG_S`].
    pub last_seen: Timestamp,
    /// Since when it is known that this is not the pinned one; `None` while it is, or none is pinned.
    pub changed: Option<Timestamp>,
}

/// Seconds by which the row may be behind: that a key is still the same is not worth a row at every visit.
pub const SEEN_LAG_S: i64 = 600;
