//! What the host keys of devices make: a key that is not the pinned one is a fault.

use inventory::device::HostKeyFingerprint;
use inventory::id::DeviceId;
use jiff::{SignedDuration, Timestamp};

use super::Engine;
use super::reach::is_late;
use crate::health::DeviceState;
use crate::host_key::{OfferedKey, SEEN_LAG_S};
use crate::rule::Verdict;
use crate::turn::Turn;

impl Engine {
    /// A device showed a host key; `None` is the pinned one.
    pub(super) fn host_key_seen(
        &mut self,
        device: DeviceId,
        at: Timestamp,
        offered: Option<HostKeyFingerprint>,
        turn: &mut Turn,
    ) {
        let at = at.min(turn.now);
        let Some(fingerprint) = offered.or_else(|| self.pinned(device).cloned()) else {
            return;
        };
        let known = self.host_keys.get(&device);
        if !self.topology.is_judged(device) || is_late(known.map(|row| row.last_seen), at, turn.now) {
            return;
        }
        let row = match known {
            Some(row) if row.fingerprint != fingerprint => {
                OfferedKey { device, fingerprint, first_seen: at, last_seen: at, changed: row.changed }
            }
            Some(row) if at.duration_since(row.last_seen) < SignedDuration::from_secs(SEEN_LAG_S) => return,
            Some(row) => OfferedKey { last_seen: at, ..row.clone() },
            None => OfferedKey { device, fingerprint, first_seen: at, last_seen: at, changed: None },
        };
        self.host_keys.insert(device, row);
        turn.host_keys.insert(device);
        self.compare_host_key(device, turn);
    }

    /// Brings the row into line with what is pinned. Another wrong key is no new fault.
    pub(super) fn compare_host_key(&mut self, device: DeviceId, turn: &mut Turn) {
        let pinned = self.pinned(device).cloned();
        let Some(row) = self.host_keys.get_mut(&device) else {
            return;
        };
        let is_other = pinned.is_some_and(|pinned| pinned != row.fingerprint);
        let changed = is_other.then(|| row.changed.unwrap_or(turn.now));
        if row.changed != changed {
            row.changed = changed;
            turn.host_keys.insert(device);
            turn.subjects.insert(device);
        }
    }

    pub(super) fn host_key_verdict(&self, device: DeviceId) -> Verdict {
        let Some(since) = self.host_keys.get(&device).and_then(|row| row.changed) else {
            return Verdict::Sound;
        };
        match self.devices.get(&device).map(|row| row.state) {
            Some(DeviceState::Maintenance) => {
                Verdict::Suppressed { since, reason: crate::decision::Reason::Maintenance }
            }
            Some(
                DeviceState::Up
                | DeviceState::Degraded
                | DeviceState::Down
                | DeviceState::CutOff
                | DeviceState::Unknown
                | DeviceState::Retired,
            )
            | None => Verdict::Fault { since },
        }
    }

    /// The key that a device in use must show.
    fn pinned(&self, device: DeviceId) -> Option<&HostKeyFingerprint> {
        let known = self.fleet.device(device).filter(|_| self.topology.is_judged(device));
        known.and_then(|known| known.facts.host_key.as_ref())
    }
}
