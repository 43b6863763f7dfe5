//! Reading counters as rates: the samples of a counter, of both widths, with what else its device said at the same
//! time (uptime) or last said (discontinuity, speed), put through `inventory::rate`.

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Behaviour, Metric};
use inventory::rate::{CounterPoint, fastest_per_s};
use inventory::reading::{CounterWidth, Uptime};

use super::error::{SeriesError, Step as _};
use super::key::SeriesRow;
use super::open::Series;
use super::spread::{RateLine, Reading, spread};
use super::window::{Window, time};

macro_rules! rows {
    () => {
        "SELECT s.id, s.width, s.device, s.interface, s.metric, x.at, x.value FROM series s JOIN sample x ON x.series = s.id \
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
macro_rules! in_span {
    () => {
        " AND x.at >= $4 AND x.at <= $5 ORDER BY s.id, x.at"
    };
}
macro_rules! before_span {
    () => {
        " AND x.at = (SELECT MAX(y.at) FROM sample y WHERE y.series = s.id AND y.at < $4) ORDER BY s.id"
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
        let all =
            RatesAsk { device: Some(ask.device), metrics: &[ask.metric], window: ask.window, longest: ask.longest };
        let found = self.lines(&all, Some(ask.interface)).await?;
        Ok(found.into_values().next().unwrap_or_else(|| spread(&[], ask.longest, &ask.window)))
    }

    /// The same of a whole device or the whole fleet, in two queries however many interfaces there are.
    ///
    /// # Errors
    /// As [`Series::rates`].
    pub async fn rates_of_all(&self, ask: &RatesAsk<'_>) -> Result<RateLines, SeriesError> {
        self.lines(ask, None).await
    }

    async fn lines(&self, ask: &RatesAsk<'_>, port: Option<InterfaceId>) -> Result<RateLines, SeriesError> {
        if let Some(metric) = ask.metrics.iter().find(|metric| metric.behaviour() != Behaviour::Counter) {
            return Err(SeriesError::Behaviour { metric: *metric, wanted: "rates" });
        }
        // A pair of readings may begin before, and end after, what is asked for.
        let margin = i64::try_from(ask.longest.as_millis()).unwrap_or(i64::MAX);
        let span = Span {
            from: ask.window.begins_ms().saturating_sub(margin),
            to: ask.window.ends_ms().saturating_add(margin),
        };
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
            let line = spread(&beside.readings(counter), ask.longest, &ask.window);
            Some(((DeviceId(*device), InterfaceId(port), *metric), line))
        });
        Ok(counters.collect())
    }

    /// Samples by quantity and time, those of all widths of a quantity together.
    async fn values(&self, of: Of, metrics: &[Metric], span: Span) -> Result<Found, SeriesError> {
        const ALL: &str = concat!(rows!(), "TRUE", in_span!());
        const OF_DEVICE: &str = concat!(rows!(), of_device!(), in_span!());
        const OF_PORT: &str = concat!(rows!(), of_port!(), in_span!());
        self.found([ALL, OF_DEVICE, OF_PORT], of, metrics, span).await
    }

    /// The last sample before, of what is kept only when it changes.
    async fn values_before(&self, of: Of, metrics: &[Metric], span: Span) -> Result<Found, SeriesError> {
        const ALL: &str = concat!(rows!(), "TRUE", before_span!());
        const OF_DEVICE: &str = concat!(rows!(), of_device!(), before_span!());
        const OF_PORT: &str = concat!(rows!(), of_port!(), before_span!());
        self.found([ALL, OF_DEVICE, OF_PORT], of, metrics, span).await
    }

    /// `texts`: the query for all devices, for one, for one interface.
    async fn found(
        &self,
        texts: [&'static str; 3],
        of: Of,
        metrics: &[Metric],
        span: Span,
    ) -> Result<Found, SeriesError> {
        let [all, of_device, of_port] = texts;
        let text = match of {
            Of { device: None, .. } => all,
            Of { device: Some(_), port: None } => of_device,
            Of { device: Some(_), port: Some(_) } => of_port,
        };
        let words: Vec<&str> = metrics.iter().map(|metric| metric.as_str()).collect();
        let rows: Vec<ValueRow> = sqlx::query_as(text)
            .bind(of.device.map(|id| id.0))
            .bind(of.port.map(|id| id.0))
            .bind(serde_json::to_string(&words).expect("words can be written as JSON"))
            .bind(span.from)
            .bind(span.to)
            .fetch_all(&self.read)
            .await
            .step("values", format!("{of:?}"))?;
        let mut found = Found::new();
        for row in rows {
            let width = row.series.width()?;
            let metric = metrics.iter().find(|metric| metric.as_str() == row.metric);
            let metric = *metric.expect("the query asks for these metrics alone");
            found.entry((row.device, row.interface, metric)).or_default().insert(row.at, (row.value, width));
        }
        Ok(found)
    }
}

/// What is kept only when it changes, and says what a counter can do.
const KEPT: [Metric; 2] = [Metric::SpeedBps, Metric::DiscontinuityCentiseconds];

/// Of which device and interface.
#[derive(Debug, Clone, Copy)]
struct Of {
    device: Option<DeviceId>,
    port: Option<InterfaceId>,
}

/// Device, interface, quantity.
type Key = (i64, Option<i64>, Metric);

/// Values by what they are of.
type Found = BTreeMap<Key, Values>;

/// Values with the width of their series, by time in milliseconds.
type Values = BTreeMap<i64, (i64, Option<CounterWidth>)>;

#[derive(sqlx::FromRow)]
struct ValueRow {
    #[sqlx(flatten)]
    series: SeriesRow,
    device: i64,
    interface: Option<i64>,
    metric: String,
    at: i64,
    value: i64,
}

/// Milliseconds since 1970, both ends included.
#[derive(Clone, Copy)]
struct Span {
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
