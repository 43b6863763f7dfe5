//! Silences: a person says that nobody is to be told of something for a while. What is silenced is observed as ever: its
//! states, outages and their causes go on.

use std::collections::BTreeSet;

use inventory::id::{DeviceId, HallId, SilenceId};
use jiff::Timestamp;

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Which.
    pub id: SilenceId,
    /// Halls with everything in them.
    pub halls: BTreeSet<HallId>,
    /// A device alone.
    pub device: Option<DeviceId>,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
}

/// All that are not over.
#[derive(Debug, Default)]
pub(crate) struct Silences(Vec<Silence>);

impl Silences {
    /// These, in place of those before.
    pub(crate) fn new(mut silences: Vec<Silence>) -> Silences {
        silences.sort_by_key(|silence| silence.id);
        Silences(silences)
    }

    /// The silence that covers a hall, or a device in it; of several the one that lasts longest.
    pub(crate) fn cover(&self, hall: HallId, device: Option<DeviceId>, now: Timestamp) -> Option<SilenceId> {
        let covers = |silence: &&Silence| {
            silence.from <= now
                && now < silence.until
                && (silence.halls.contains(&hall) || device.is_some() && silence.device == device)
        };
        let longest = self.0.iter().filter(covers).max_by_key(|silence| (silence.until, silence.id));
        longest.map(|silence| silence.id)
    }

    /// When the next one begins or ends.
    pub(crate) fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().flat_map(|silence| [silence.from, silence.until]).filter(|at| *at > now).min()
    }

    /// Those that began or ended after `before`, at `now` at the latest; those that are over are let go of.
    pub(crate) fn turned(&mut self, before: Timestamp, now: Timestamp) -> Vec<Silence> {
        let is_between = |at: Timestamp| before < at && at <= now;
        let turned = self.0.iter().filter(|silence| is_between(silence.from) || is_between(silence.until)).cloned();
        let turned = turned.collect();
        self.0.retain(|silence| silence.until > now);
        turned
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Silence] {
        &self.0
    }
}
