//! What is counted of samples that are sent on.

use std::sync::atomic::{AtomicBool, Ordering};

use prometheus::{Gauge, IntCounterVec, IntGauge, Opts, Registry};

use crate::series::RemoteWaiting;

/// The counters and gauges.
pub(crate) struct Counters {
    /// Samples, by what became of them: `sent`, `refused` by the receiver, or `dropped` here.
    pub(crate) samples: IntCounterVec,
    /// Seconds since the oldest of what waits was stored.
    pub(crate) lag: Gauge,
    waiting: IntGauge,
    /// Whether samples had to go for want of room when it was looked last.
    is_full: AtomicBool,
}

impl Counters {
    /// New ones, in this registry.
    pub(crate) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let samples = Opts::new(
            "villagenet_remote_write_samples_total",
            "Samples to be sent on, by what became of them: sent, refused by the receiver, or dropped here.",
        );
        let counters = Counters {
            samples: IntCounterVec::new(samples, &["result"])?,
            lag: Gauge::new(
                "villagenet_remote_write_lag_seconds",
                "Age of the oldest samples that wait to be sent on, 0 when none do.",
            )?,
            waiting: IntGauge::new("villagenet_remote_write_waiting_bytes", "Bytes of what waits to be sent on.")?,
            is_full: AtomicBool::new(false),
        };
        for result in ["sent", "refused", "dropped"] {
            counters.samples.with_label_values(&[result]).reset();
        }
        registry.register(Box::new(counters.samples.clone()))?;
        registry.register(Box::new(counters.lag.clone()))?;
        registry.register(Box::new(counters.waiting.clone()))?;
        Ok(counters)
    }

    /// How much waits.
    pub(crate) fn set_waiting(&self, waiting: RemoteWaiting) {
        self.waiting.set(i64::try_from(waiting.bytes).unwrap_or(i64::MAX));
        self.samples.with_label_values(&["dropped"]).inc_by(waiting.dropped);
        let was_full = self.is_full.swap(waiting.dropped > 0, Ordering::Relaxed);
        if waiting.dropped > 0 && !was_full {
            tracing::error!(
                samples = waiting.dropped,
                "more samples wait for the receiver of [remote_write] than keep_mib has room for: the oldest are not sent; \
                 see why it takes none, or raise keep_mib"
            );
        }
    }
}
