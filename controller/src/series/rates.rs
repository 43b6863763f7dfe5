//! Reading counters as rates: the samples of a counter, of both widths, with what else its device said at the same
//! time (uptime) or last said (discontinuity, speed), put through `inventory::rate`.

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Behaviour, Metric, SeriesKey};
use inventory::rate::{CounterPoint, fastest_per_s};
use inventory::reading::{CounterWidth, Uptime};
use tokio_stream::StreamExt as _;

use super::error::{SeriesError, Step as _};
use super::head::Head;
use super::key::SeriesRow;
use super::open::Series;
use super::roll::{Rolled, Span};
use super::sealed::{ChunkRow, DAY_MS, Times, chunk_columns};
use super::spread::{RateLine, Reading, spread, spread_spans};
use super::window::{Window, time};

macro_rules! series {
    () => {
        "SELECT s.id, s.width, s.device, s.interface, s.metric FROM series s \
         WHERE s.metric IN (SELECT value FROM json_each($3)) AND "
    };
}
/// In the words of the index on series.
macro_rules! of_device {
    () => {
        "s.device = $1"
    };
}
macro_rules! of_port {
    () => {
        "s.device = $1 AND ifnull(s.interface, -1) IN ($2, -1)"
    };
}
macro_rules! chunks {
    () => {
        concat!(
            "SELECT s.id, s.width, s.device, s.interface, s.metric, ",
            chunk_columns!(),
            " FROM series s JOIN chunk c ON c.series = s.id JOIN stamp t ON t.id = c.stamp \
              WHERE s.metric IN (SELECT value FROM json_each($3)) AND "
        )
    };
}
/// `$6` is a day before the span: no chunk is longer.
macro_rules! chunks_in_span {
    () => {
        " AND c.from_ms > $6 AND c.from_ms <= $5 AND c.to_ms >= $4 ORDER BY c.series, c.from_ms"
    };
}
macro_rules! chunk_before_span {
    () => {
        " AND c.from_ms = (SELECT MAX(y.from_ms) FROM chunk y WHERE y.series = s.id AND y.from_ms < $4)"
    };
}
/// The queries for all devices, for one, and for one interface, each with the end of that for chunks.
macro_rules! texts {
    ($chunks:ident) => {
        [
            Texts { series: concat!(series!(), "TRUE"), chunks: concat!(chunks!(), "TRUE", $chunks!()) },
            Texts { series: concat!(series!(), of_device!()), chunks: concat!(chunks!(), of_device!(), $chunks!()) },
            Texts { series: concat!(series!(), of_port!()), chunks: concat!(chunks!(), of_port!(), $chunks!()) },
        ]
    };
}

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

/// Many rates at once, of every interface that has any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatesAsk<'a> {
    /// Those of this device; of all without one.
    pub device: Option<DeviceId>,
    /// Counters.
    pub metrics: &'a [Metric],
    /// When.
    pub window: Window,
    /// As in [`RateAsk`].
    pub longest: Duration,
}

/// Rates by what they are of.
pub type RateLines = BTreeMap<(DeviceId, InterfaceId, Metric), RateLine>;

impl Series {
    /// The rate of a counter per step, and where there is none and why.
    ///
    /// # Errors
    /// [`SeriesError::Behaviour`] for gauges; or when it cannot be read.
    pub async fn rates(&self, ask: &RateAsk) -> Result<RateLine, SeriesError> {
        are_counters(&[ask.metric])?;
        let all =
            RatesAsk { device: Some(ask.device), metrics: &[ask.metric], window: ask.window, longest: ask.longest };
        let key = SeriesKey {
            device: ask.device,
            interface: Some(ask.interface),
            part: None,
            metric: ask.metric,
            width: None,
        };
        let ids: Vec<i64> = self.series_of(key).await?.iter().map(|row| row.id).collect();
        let rolled = self.rolled(ask.device, &ids, &ask.window).await?;
        let line = |readings: &[Reading]| spread(readings, ask.longest, &ask.window, &rolled);
        if rolled.until_ms >= ask.window.ends_ms() {
            return Ok(line(&[]));
        }
        let found = self.lines(&all, Some(ask.interface), rolled.until_ms, line).await?;
        Ok(found.into_values().next().unwrap_or_else(|| line(&[])))
    }

    /// The same of a whole device or the whole fleet, from samples alone, in as many queries however many interfaces there are.
    ///
    /// # Errors
    /// As [`Series::rates`].
    pub async fn rates_of_all(&self, ask: &RatesAsk<'_>) -> Result<RateLines, SeriesError> {
        are_counters(ask.metrics)?;
        let rolled = Rolled::nothing(&ask.window);
        let found =
            self.lines(ask, None, rolled.until_ms, |readings| spread(readings, ask.longest, &ask.window, &rolled));
        let typed = |((device, port, metric), line)| ((DeviceId(device), InterfaceId(port), metric), line);
        Ok(found.await?.into_iter().map(typed).collect())
    }

    /// What is kept of rates for good, per step.
    pub(super) async fn rate_spans(&self, ask: &RatesAsk<'_>) -> Result<BTreeMap<PortKey, Vec<Span>>, SeriesError> {
        let spans = |readings: &[Reading]| spread_spans(readings, ask.longest, &ask.window);
        self.lines(ask, None, ask.window.begins_ms(), spans).await
    }

    /// What becomes of the readings of each counter, from a time on. Gauges make no readings that mean anything: who calls
    /// it sees to that.
    async fn lines<T>(
        &self,
        ask: &RatesAsk<'_>,
        port: Option<InterfaceId>,
        from_ms: i64,
        line: impl Fn(&[Reading]) -> T,
    ) -> Result<BTreeMap<PortKey, T>, SeriesError> {
        // A pair of readings may begin before, and end after, what is asked for.
        let margin = i64::try_from(ask.longest.as_millis()).unwrap_or(i64::MAX);
        let span = Stretch { from: from_ms.saturating_sub(margin), to: ask.window.ends_ms().saturating_add(margin) };
        let of = Of { device: ask.device, port };
        let wanted: Vec<Metric> = ask.metrics.iter().copied().chain([Metric::UptimeCentiseconds]).chain(KEPT).collect();
        let mut values = self.values(of, &wanted, span).await?;
        for (key, before) in self.values_before(of, &KEPT, span).await? {
            values.entry(key).or_default().extend(before);
        }
        let nothing = Values::new();
        let of_key = |key: Key| values.get(&key).unwrap_or(&nothing);
        let counters = values.iter().filter_map(|((device, port, metric), counter)| {
            let port = port.filter(|_| ask.metrics.contains(metric))?;
            let beside = Beside {
                metric: *metric,
                uptime: of_key((*device, None, Metric::UptimeCentiseconds)),
                discontinuity: of_key((*device, Some(port), Metric::DiscontinuityCentiseconds)),
                speed: of_key((*device, Some(port), Metric::SpeedBps)),
            };
            Some(((*device, port, *metric), line(&beside.readings(counter))))
        });
        Ok(counters.collect())
    }

    /// Samples by quantity and time, those of all widths of a quantity together.
    async fn values(&self, of: Of, metrics: &[Metric], span: Stretch) -> Result<Found, SeriesError> {
        let is_within = |at: i64| (span.from..=span.to).contains(&at);
        let young = |head: &Head, row: &WhatRow| {
            head.of_series(row.device, row.series.id, span.from, span.to.saturating_add(1))
        };
        self.found((of.one_of(texts!(chunks_in_span)), of, metrics), span, young, is_within).await
    }

    /// The last sample before, of what is kept only when it changes.
    async fn values_before(&self, of: Of, metrics: &[Metric], span: Stretch) -> Result<Found, SeriesError> {
        let young = |head: &Head, row: &WhatRow| head.last(row.device, row.series.id, span.from).into_iter().collect();
        let what = (of.one_of(texts!(chunk_before_span)), of, metrics);
        let mut found = self.found(what, span, young, |at| at < span.from).await?;
        for values in found.values_mut() {
            // Of each series the last alone counts, and of them the last: what was before it is no news.
            let last = values.pop_last();
            *values = last.into_iter().collect();
        }
        Ok(found)
    }

    /// What is packed and what is not. Of two samples at one time the packed one stays.
    async fn found(
        &self,
        (texts, of, metrics): (Texts, Of, &[Metric]),
        span: Stretch,
        young: impl Fn(&Head, &WhatRow) -> Vec<(i64, i64)>,
        is_within: impl Fn(i64) -> bool,
    ) -> Result<Found, SeriesError> {
        let words: Vec<&str> = metrics.iter().map(|metric| metric.as_str()).collect();
        let words = serde_json::to_string(&words).expect("words can be written as JSON");
        let rows: Vec<WhatRow> = sqlx::query_as(texts.series)
            .bind(of.device.map(|id| id.0))
            .bind(of.port.map(|id| id.0))
            .bind(&words)
            .fetch_all(&self.read)
            .await
            .step("values", format!("{of:?}"))?;
        let mut found = Found::new();
        let key_of = |row: &WhatRow| {
            let metric = metrics.iter().find(|metric| metric.as_str() == row.metric);
            (row.device, row.interface, *metric.expect("the query asks for these metrics alone"))
        };
        for row in &rows {
            let width = row.series.width()?;
            let samples = young(&self.head(), row);
            found.entry(key_of(row)).or_default().extend(samples.into_iter().map(|(at, value)| (at, (value, width))));
        }
        let mut times = Times::default();
        let mut chunks = sqlx::query_as(texts.chunks)
            .bind(of.device.map(|id| id.0))
            .bind(of.port.map(|id| id.0))
            .bind(&words)
            .bind(span.from)
            .bind(span.to)
            .bind(span.from.saturating_sub(DAY_MS))
            .fetch(&self.read);
        while let Some(row) = chunks.next().await {
            let SealedRow { what, chunk } = row.step("values", format!("{of:?}"))?;
            let width = what.series.width()?;
            let samples = chunk.samples_or_gap(&mut times).into_iter().filter(|(at, _)| is_within(*at));
            found.entry(key_of(&what)).or_default().extend(samples.map(|(at, value)| (at, (value, width))));
        }
        found.retain(|_, values| !values.is_empty());
        Ok(found)
    }
}

fn are_counters(metrics: &[Metric]) -> Result<(), SeriesError> {
    match metrics.iter().find(|metric| metric.behaviour() != Behaviour::Counter) {
        Some(metric) => Err(SeriesError::Behaviour { metric: *metric, wanted: "rates" }),
        None => Ok(()),
    }
}

/// The queries for one thing: of series, and of their chunks.
#[derive(Clone, Copy)]
struct Texts {
    series: &'static str,
    chunks: &'static str,
}

/// What is kept only when it changes, and says what a counter can do.
const KEPT: [Metric; 2] = [Metric::SpeedBps, Metric::DiscontinuityCentiseconds];

/// Of which device and interface.
#[derive(Debug, Clone, Copy)]
struct Of {
    device: Option<DeviceId>,
    port: Option<InterfaceId>,
}

impl Of {
    /// Of the texts for all devices, for one, and for one interface.
    fn one_of(self, [all, of_device, of_port]: [Texts; 3]) -> Texts {
        match self {
            Of { device: None, .. } => all,
            Of { device: Some(_), port: None } => of_device,
            Of { device: Some(_), port: Some(_) } => of_port,
        }
    }
}

/// Device, interface, counter.
pub(super) type PortKey = (i64, i64, Metric);

/// Device, interface, quantity.
type Key = (i64, Option<i64>, Metric);

/// Values by what they are of.
type Found = BTreeMap<Key, Values>;

/// Values with the width of their series, by time in milliseconds.
type Values = BTreeMap<i64, (i64, Option<CounterWidth>)>;

/// A series, and what it is of.
#[derive(sqlx::FromRow)]
struct WhatRow {
    #[sqlx(flatten)]
    series: SeriesRow,
    device: i64,
    interface: Option<i64>,
    metric: String,
}

#[derive(sqlx::FromRow)]
struct SealedRow {
    #[sqlx(flatten)]
    what: WhatRow,
    #[sqlx(flatten)]
    chunk: ChunkRow,
}

/// Milliseconds since 1970, both ends included.
#[derive(Clone, Copy)]
struct Stretch {
    from: i64,
    to: i64,
}

/// What a device said beside a counter.
struct Beside<'a> {
    metric: Metric,
    uptime: &'a Values,
    discontinuity: &'a Values,
    speed: &'a Values,
}

impl Beside<'_> {
    fn readings(&self, counter: &Values) -> Vec<Reading> {
        let reading = |(at, (value, width)): (&i64, &(i64, Option<CounterWidth>))| {
            let speed = as_of(self.speed, *at).and_then(|bps| u64::try_from(bps).ok());
            Reading {
                point: CounterPoint {
                    at: time(*at),
                    value: value.cast_unsigned(),
                    width: width.unwrap_or(CounterWidth::Bits64),
                    uptime: self.uptime.get(at).map(|(centiseconds, width)| uptime_of(*centiseconds, *width)),
                    discontinuity_cs: as_of(self.discontinuity, *at).and_then(|value| u32::try_from(value).ok()),
                },
                fastest_per_s: speed.and_then(|bps| fastest_per_s(self.metric, bps)),
            }
        };
        counter.iter().map(reading).collect()
    }
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
