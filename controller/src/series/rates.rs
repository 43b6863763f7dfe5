//! Reading counters as rates: the samples of a counter, of both widths, with what else its device said at the same
//! time (uptime) or last said (discontinuity, speed), put through `inventory::rate`.

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Behaviour, Metric, SeriesKey};
use inventory::rate::{CounterPoint, fastest_per_s};
use inventory::reading::{CounterWidth, Uptime};

use super::error::{SeriesError, Step as _};
use super::key::SeriesRow;
use super::open::Series;
use super::spread::{RateLine, Reading, spread};
use super::window::{Window, time};

/// Which rate is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateAsk {
    /// The device.
    pub device: DeviceId,
    /// Its interface.
    pub interface: InterfaceId,
    /// A counter.
    pub metric: Metric,
    /// When.
    pub window: Window,
    /// The longest time between two readings that still makes a rate; three visits is a good value.
    pub longest: Duration,
}

impl Series {
    /// The rate of a counter per step, and where there is none and why.
    ///
    /// # Errors
    /// [`SeriesError::Behaviour`] for gauges; or when it cannot be read.
    pub async fn rates(&self, ask: &RateAsk) -> Result<RateLine, SeriesError> {
        if ask.metric.behaviour() != Behaviour::Counter {
            return Err(SeriesError::Behaviour { metric: ask.metric, wanted: "rates" });
        }
        let key = |interface, metric| SeriesKey { device: ask.device, interface, metric, width: None };
        let port = Some(ask.interface);
        // A pair of readings may begin before, and end after, what is asked for.
        let margin = i64::try_from(ask.longest.as_millis()).unwrap_or(i64::MAX);
        let span = Span {
            from: ask.window.begins_ms().saturating_sub(margin),
            to: ask.window.ends_ms().saturating_add(margin),
        };
        let counter = self.values(key(port, ask.metric), span).await?;
        let uptime = self.values(key(None, Metric::UptimeCentiseconds), span).await?;
        let discontinuity = self.kept_values(key(port, Metric::DiscontinuityCentiseconds), span).await?;
        let speed = self.kept_values(key(port, Metric::SpeedBps), span).await?;
        let readings: Vec<Reading> = counter
            .into_iter()
            .map(|(at, (value, width))| {
                let speed = as_of(&speed, at).and_then(|bps| u64::try_from(bps).ok());
                Reading {
                    point: CounterPoint {
                        at: time(at),
                        value: value.cast_unsigned(),
                        width: width.unwrap_or(CounterWidth::Bits64),
                        uptime: uptime.get(&at).map(|(centiseconds, width)| uptime_of(*centiseconds, *width)),
                        discontinuity_cs: as_of(&discontinuity, at).and_then(|value| u32::try_from(value).ok()),
                    },
                    fastest_per_s: speed.and_then(|bps| fastest_per_s(ask.metric, bps)),
                }
            })
            .collect();
        Ok(spread(&readings, ask.longest, &ask.window))
    }

    /// The samples of one quantity over all its widths, by time.
    async fn values(&self, key: SeriesKey, span: Span) -> Result<Values, SeriesError> {
        let mut values = Values::new();
        for series in self.series_of(key).await? {
            self.values_of(&series, span, &mut values).await?;
        }
        Ok(values)
    }

    /// The same for what is kept only when it changes: with the last sample before.
    async fn kept_values(&self, key: SeriesKey, span: Span) -> Result<Values, SeriesError> {
        let mut values = Values::new();
        for series in self.series_of(key).await? {
            let before: Option<i64> = sqlx::query_scalar("SELECT MAX(at) FROM sample WHERE series = $1 AND at < $2")
                .bind(series.id)
                .bind(span.from)
                .fetch_one(&self.read)
                .await
                .step("kept_values", format!("{key:?}"))?;
            let span = Span { from: before.unwrap_or(span.from), to: span.to };
            self.values_of(&series, span, &mut values).await?;
        }
        Ok(values)
    }

    async fn values_of(&self, series: &SeriesRow, span: Span, into: &mut Values) -> Result<(), SeriesError> {
        let width = series.width()?;
        let rows: Vec<(i64, i64)> =
            sqlx::query_as("SELECT at, value FROM sample WHERE series = $1 AND at >= $2 AND at <= $3 ORDER BY at")
                .bind(series.id)
                .bind(span.from)
                .bind(span.to)
                .fetch_all(&self.read)
                .await
                .step("values", series.id)?;
        into.extend(rows.into_iter().map(|(at, value)| (at, (value, width))));
        Ok(())
    }
}

/// Values with the width of their series, by time in milliseconds.
type Values = BTreeMap<i64, (i64, Option<CounterWidth>)>;

/// Milliseconds since 1970, both ends included.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
}

fn as_of(values: &Values, at: i64) -> Option<i64> {
    values.range(..=at).next_back().map(|(_, (value, _))| *value)
}

/// An uptime is kept under the width of its source, which says where it wraps.
fn uptime_of(centiseconds: i64, width: Option<CounterWidth>) -> Uptime {
    Uptime {
        since_start: Duration::from_millis(centiseconds.unsigned_abs().saturating_mul(10)),
        is_32_bit_centiseconds: width == Some(CounterWidth::Bits32),
    }
}
