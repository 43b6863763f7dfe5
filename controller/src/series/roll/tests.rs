//! Hours and days say what the samples said.

use std::time::Duration;

use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::reading::CounterWidth;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::{Bucket, Oldest, RateAsk, RateLine, Series, Window};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const LONGEST: Duration = Duration::from_secs(180);

/// That many seconds after midnight UTC of 19 November 2026, a Thursday in the middle of a row.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_046_400 + seconds).expect("a time")
}

fn gauge() -> SeriesKey {
    SeriesKey { device: DeviceId(1), interface: None, part: None, metric: Metric::CpuPercent, width: None }
}

fn counter(metric: Metric, width: CounterWidth) -> SeriesKey {
    SeriesKey { device: DeviceId(1), interface: Some(InterfaceId(3)), part: None, metric, width: Some(width) }
}

fn uptime() -> SeriesKey {
    let width = Some(CounterWidth::Bits64);
    SeriesKey { device: DeviceId(1), interface: None, part: None, metric: Metric::UptimeCentiseconds, width }
}

fn window(from: i64, to: i64, step: i64) -> Window {
    Window::new(at(from), at(to), Duration::from_secs(step.unsigned_abs())).expect("a window")
}

/// A file, and what was put into it.
struct Store {
    series: Series,
    _dir: tempfile::TempDir,
}

impl Store {
    async fn with(samples: &[(SeriesKey, Sample)]) -> Store {
        let dir = tempfile::tempdir().expect("a folder");
        let (series, _) = Series::open(&dir.path().join("series.db"), at(0)).await.expect("it opens");
        for some in samples.chunks(5_000) {
            series.backfill(some).await.expect("it stores");
        }
        Store { series, _dir: dir }
    }

    async fn values(&self, window: &Window) -> Vec<Bucket> {
        let lines = self.series.range(&[gauge()], window).await.expect("it reads");
        lines.into_iter().flat_map(|line| line.points).collect()
    }

    async fn rates(&self, window: Window) -> RateLine {
        let (device, interface, metric) = (DeviceId(1), InterfaceId(3), Metric::InOctets);
        self.series.rates(&RateAsk { device, interface, metric, window, longest: LONGEST }).await.expect("it reads")
    }
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= one.abs().max(other.abs()) / 4000.0 + 1e-9
}

/// The same steps with the same numbers, as far as hours keep them. A pair of readings over the end of an hour counts in
/// both, so counts may differ by one an hour.
fn assert_alike(raw: &[Bucket], rolled: &[Bucket], what: &str) {
    let times = |points: &[Bucket]| points.iter().map(|point| point.at).collect::<Vec<_>>();
    assert_eq!(times(raw), times(rolled), "{what}");
    for (raw, rolled) in raw.iter().zip(rolled) {
        let are_near = is_near(raw.min, rolled.min) && is_near(raw.avg, rolled.avg) && is_near(raw.max, rolled.max);
        assert!(are_near && raw.count <= rolled.count, "{what}: {raw:?} {rolled:?}");
    }
}

/// Minutes of a device with holes, and a counter that is started again with it.
fn minutes() -> impl Strategy<Value = Vec<(SeriesKey, Sample)>> {
    let minute = (0_u8..100, 0_i64..9_000, 0_i64..4_000_000);
    prop::collection::vec(minute, 3 * 1440).prop_map(|minutes| {
        let (mut samples, mut octets, mut booted, mut is_away) = (Vec::new(), 0, 0, false);
        for (at_s, (luck, cpu, grown)) in (0..).step_by(60).zip(minutes) {
            is_away = if is_away { luck > 10 } else { luck < 1 };
            if luck == 50 {
                (octets, booted) = (0, at_s - 5);
            }
            octets += grown;
            if !is_away {
                let seen = [
                    (gauge(), cpu),
                    (uptime(), (at_s - booted) * 100),
                    (counter(Metric::InOctets, CounterWidth::Bits64), octets),
                ];
                samples.extend(seen.map(|(key, value)| (key, Sample { at: at(at_s), value })));
            }
        }
        samples
    })
}

#[test]
fn long_stretches_say_the_same_from_hours_and_days() {
    // Half a second a case: so many whatever the whole run is asked for.
    let mut runner = TestRunner::new(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let found = runner.run(&minutes(), |samples| {
        runtime.block_on(says_the_same(&samples));
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{error}"));
}

async fn says_the_same(samples: &[(SeriesKey, Sample)]) {
    let store = Store::with(samples).await;
    store.series.seal(at(4 * DAY)).await.expect("it packs");
    let windows = [(0, 3 * DAY, HOUR), (0, 3 * DAY, 6 * HOUR), (-DAY, 4 * DAY, DAY), (DAY + 500, 2 * DAY, 2 * HOUR)];
    let mut before = Vec::new();
    for (from, to, step) in windows {
        let window = window(from, to, step);
        before.push((store.values(&window).await, store.rates(window).await));
    }
    assert_eq!(store.series.roll(LONGEST, 100).await.expect("it makes hours"), 3);
    assert_eq!(store.series.roll(LONGEST, 100).await.expect("it looks"), 0, "nothing is left to do");
    for ((from, to, step), (values, rates)) in windows.into_iter().zip(before) {
        let window = window(from, to, step);
        let what = format!("{from} to {to} by {step}");
        assert_alike(&values, &store.values(&window).await, &what);
        assert_alike(&rates.points, &store.rates(window).await.points, &what);
    }
}

/// Three days of one sample a minute.
fn steady() -> Vec<(SeriesKey, Sample)> {
    let octets = counter(Metric::InOctets, CounterWidth::Bits64);
    let minute = |n: i64| {
        [(gauge(), 5 + n % 60), (octets, n * 6_000), (uptime(), 10_000 + n * 6_000)]
            .map(|(key, value)| (key, Sample { at: at(n * 60), value }))
    };
    (0..3 * 1440).flat_map(minute).collect()
}

fn older_than(raw: i64, hours: i64, days: i64) -> Oldest {
    Oldest { ledger: at(-DAY), raw: at(raw), hours: at(hours), days: at(days) }
}

#[tokio::test]
async fn hours_are_left_when_samples_are_gone_and_days_when_hours_are() {
    let store = Store::with(&steady()).await;
    store.series.seal(at(4 * DAY)).await.expect("it packs");
    store.series.roll(LONGEST, 100).await.expect("it makes hours");
    let (by_hour, by_minute) = (window(0, 3 * DAY, HOUR), window(0, 6 * HOUR, 60));
    let (hours, rates) = (store.values(&by_hour).await, store.rates(by_hour).await);
    assert_eq!((hours.len(), rates.points.len(), rates.gaps.len()), (72, 72, 0), "{:?}", rates.gaps);
    assert_eq!((rates.points[10].min, rates.points[10].max), (100.0, 100.0));
    assert_eq!(store.values(&by_minute).await.len(), 360);

    store.series.prune(older_than(4 * DAY, -DAY, -DAY)).await.expect("it deletes");
    assert_eq!(store.values(&by_hour).await, hours);
    assert_eq!(store.rates(by_hour).await, rates);
    let minutes = store.values(&by_minute).await;
    assert_eq!(minutes.len(), 360, "what is left of them stands for them");
    assert!(is_near(minutes[0].min, 0.05) && is_near(minutes[0].max, 0.64), "{:?}", minutes[0]);
    assert_eq!(store.rates(by_minute).await.points.len(), 360);

    store.series.prune(older_than(4 * DAY, 30 * DAY, -DAY)).await.expect("it deletes");
    let days = store.values(&window(0, 3 * DAY, DAY)).await;
    assert_eq!((days.len(), days[0].count), (3, 1440));
    assert_eq!(store.values(&by_hour).await.len(), 72, "each hour is that of its day");
    assert_eq!(store.rates(window(0, 3 * DAY, DAY)).await.points.len(), 3);
    store.series.prune(older_than(4 * DAY, 30 * DAY, 800 * DAY)).await.expect("it deletes");
    assert_eq!(store.values(&by_hour).await, []);
    assert_eq!(store.series.check().await.expect("it reads"), None);
}

#[tokio::test]
async fn today_is_read_from_samples_and_what_comes_late_is_counted() {
    let samples = steady();
    let store = Store::with(&samples[..3 * 2000]).await;
    store.series.seal(at(2000 * 60)).await.expect("it packs");
    assert_eq!(store.series.roll(LONGEST, 100).await.expect("it makes hours"), 1, "one day is over");
    let by_hour = window(0, 2 * DAY, HOUR);
    let whole = store.values(&by_hour).await;
    assert_eq!((whole.len(), whole[0].count, whole[33].count), (34, 60, 20));
    assert_eq!(store.rates(by_hour).await.points.len(), 34);

    let late = [(gauge(), Sample { at: at(HOUR + 30), value: 9_900 })];
    store.series.backfill(&late).await.expect("it stores");
    store.series.seal(at(2000 * 60)).await.expect("it packs");
    assert_eq!(store.values(&by_hour).await[1].count, 61, "until its hours are made anew, samples are read");
    assert_eq!(store.series.roll(LONGEST, 100).await.expect("it makes hours"), 1);
    let again = store.values(&by_hour).await;
    assert_eq!((again[1].count, again[1].max, again[0], again.len()), (61, 99.0, whole[0], 34));
}
