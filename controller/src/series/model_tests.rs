//! The store against a plain model of it: whatever comes in whatever order, with packing, deleting and starting again in
//! between, it answers as a map would.

use std::collections::BTreeMap;
use std::time::Duration;

use agent_api::{Batch, Position};
use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::reading::CounterWidth;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{Bucket, Oldest, RateAsk, Series, Window};

/// The beginning of a day of UTC.
const START_S: i64 = 1_763_942_400;
const MINUTE: i64 = 60;
/// Three days.
const MINUTES: i64 = 3 * 24 * 60;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START_S + second).expect("a time")
}

/// What happens to a store.
#[derive(Debug, Clone)]
enum Act {
    /// So many minutes from one on come, of all series, with values that begin so.
    Run { minute: i64, count: i64, value: i64 },
    /// One sample, early or late or once more.
    One { series: usize, minute: i64, second: i64, value: i64 },
    /// The time is this minute.
    Seal { minute: i64 },
    /// Everything before this minute has to go.
    Prune { minute: i64 },
    /// The process ends and begins again.
    Again,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (prop_oneof![0..MINUTES, 0..100i64], 1..400i64, any::<u32>())
            .prop_map(|(minute, count, value)| Act::Run { minute, count, value: i64::from(value) }),
        6 => (0..KEYS, prop_oneof![0..MINUTES, 0..200i64], prop_oneof![3 => Just(0i64), 1 => 0..60i64], any::<i32>())
            .prop_map(|(series, minute, second, value)| Act::One { series, minute, second, value: i64::from(value) }),
        4 => (0..MINUTES + 60).prop_map(|minute| Act::Seal { minute }),
        2 => Just(Act::Seal { minute: 300 }),
        1 => (0..MINUTES).prop_map(|minute| Act::Prune { minute }),
        1 => Just(Act::Again),
    ]
}

const KEYS: usize = 4;
const COUNTER: usize = 2;

/// Two devices, one with a counter.
fn key(series: usize) -> SeriesKey {
    let (device, interface, metric, width) = [
        (1, None, Metric::Reachable, None),
        (1, None, Metric::RttSeconds, None),
        (1, Some(InterfaceId(3)), Metric::InOctets, Some(CounterWidth::Bits64)),
        (2, None, Metric::CpuPercent, None),
    ][series];
    SeriesKey { device: DeviceId(device), interface, part: None, metric, width }
}

/// Of two samples of one series at one time the first stays.
type Model = Vec<BTreeMap<i64, i64>>;

fn apply(model: &mut Model, act: &Act) -> Vec<(SeriesKey, Sample)> {
    let mut samples = Vec::new();
    match *act {
        Act::Run { minute, count, value } => {
            let all =
                (0..count).flat_map(|nth| (0..KEYS).map(move |series| (series, (minute + nth) * MINUTE, value + nth)));
            samples.extend(all);
        }
        Act::One { series, minute, second, value } => samples.push((series, minute * MINUTE + second, value)),
        Act::Prune { minute } => {
            for samples in model.iter_mut() {
                samples.retain(|second, _| *second >= minute * MINUTE);
            }
        }
        Act::Seal { .. } | Act::Again => {}
    }
    let sample = |(series, second, value): (usize, i64, i64)| {
        // A counter only grows.
        let value = if series == COUNTER { second * 10_000 + value.rem_euclid(10_000) } else { value };
        model[series].entry(second).or_insert(value);
        (key(series), Sample { at: at(second), value })
    };
    samples.into_iter().map(sample).collect()
}

fn buckets(samples: &BTreeMap<i64, i64>, window: (i64, i64), step: i64, scale: f64) -> Vec<Bucket> {
    let mut steps: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (second, value) in samples.range(window.0..window.1) {
        steps.entry(second / step * step).or_default().push(*value);
    }
    let bucket = |(second, values): (i64, Vec<i64>)| {
        let of = |value: Option<&i64>| *value.expect("a step has values") as f64 / scale;
        let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
        Bucket {
            at: at(second),
            min: of(values.iter().min()),
            avg: sum as f64 / values.len() as f64 / scale,
            max: of(values.iter().max()),
            count: values.len() as u64,
        }
    };
    steps.into_iter().map(bucket).collect()
}

async fn play(acts: Vec<Act>) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("series.db");
    let (mut series, _) = Series::open(&path, at(0)).await.expect("it opens");
    let mut model: Model = vec![BTreeMap::new(); KEYS];
    let (mut seq, mut oldest) = (0, 0);
    for act in &acts {
        let samples = apply(&mut model, act);
        if !samples.is_empty() {
            seq += 1;
            let batch = Batch { position: Position { epoch: 1, seq }, observations: std::sync::Arc::default() };
            series.append("embedded", &batch, &samples, at(0)).await.expect("it stores");
        }
        match act {
            Act::Seal { minute } => drop(series.seal(at(minute * MINUTE)).await.expect("it packs")),
            Act::Prune { minute } => {
                let before = at(minute * MINUTE);
                series
                    .prune(Oldest { ledger: before, raw: before, hours: before, days: before })
                    .await
                    .expect("it deletes");
                oldest = oldest.max(minute * MINUTE);
            }
            Act::Again => {
                series.close().await;
                series = Series::open(&path, at(0)).await.expect("it opens").0;
            }
            Act::Run { .. } | Act::One { .. } => {}
        }
    }
    // A chunk goes when all of it is old: what is older than anybody asked for may still be there.
    let from = oldest.max(0);
    let from = (from + 86_399) / 86_400 * 86_400;
    let end = (MINUTES + 400) * MINUTE;
    if from < end {
        compare(&series, &model, from, end).await;
    }
    assert_eq!(series.check().await.expect("it reads"), None);
}

async fn compare(series: &Series, model: &Model, from: i64, end: i64) {
    for (nth, samples) in model.iter().enumerate() {
        let key = key(nth);
        let last = samples.last_key_value().filter(|(second, _)| **second >= from);
        let latest = series.latest(&[key]).await.expect("it reads");
        if let Some((second, value)) = last {
            assert_eq!(latest.get(&key), Some(&Sample { at: at(*second), value: *value }), "the latest of {key:?}");
        }
        if nth == COUNTER {
            continue;
        }
        for step in [60, 3600] {
            let end = end.min(from + step * 10_000);
            let window = Window::new(at(from), at(end), Duration::from_secs(step.unsigned_abs())).expect("a window");
            let lines = series.range(&[key], &window).await.expect("it reads");
            let right = buckets(samples, (from, end), step, key.metric.scale());
            let told = &lines[0].points;
            let differs = told.iter().zip(&right).find(|(told, right)| told != right);
            assert_eq!((told.len(), differs), (right.len(), None), "{key:?} in steps of {step} s");
        }
    }
    // Rates of a counter: between each two readings that are near enough and grow.
    let window = Window::new(at(from), at(end), Duration::from_secs(3600)).expect("a window");
    let longest = Duration::from_secs(180);
    let ask = RateAsk { device: DeviceId(1), interface: InterfaceId(3), metric: Metric::InOctets, window, longest };
    let line = series.rates(&ask).await.expect("it reads");
    let readings: Vec<(i64, i64)> =
        model[COUNTER].range(from - 180..end + 180).map(|(second, value)| (*second, *value)).collect();
    let grown: f64 = readings
        .windows(2)
        .filter(|pair| pair[1].0 - pair[0].0 <= 180 && pair[1].1 >= pair[0].1)
        .map(|pair| {
            let within = (pair[1].0.min(end) - pair[0].0.max(from)).max(0);
            (pair[1].1 - pair[0].1) as f64 / (pair[1].0 - pair[0].0) as f64 * within as f64
        })
        .sum();
    let told: f64 = line
        .points
        .iter()
        .map(|point| {
            let covered: i64 = 3600 - uncovered(&readings, point.at.as_second() - START_S);
            point.avg * covered as f64
        })
        .sum();
    assert!((grown - told).abs() <= grown.abs().max(1.0) * 1e-6, "{grown} octets, and {told} are told");
}

/// Seconds of an hour that no pair of readings covers.
fn uncovered(readings: &[(i64, i64)], hour: i64) -> i64 {
    let covered: i64 = readings
        .windows(2)
        .filter(|pair| pair[1].0 - pair[0].0 <= 180 && pair[1].1 >= pair[0].1)
        .map(|pair| (pair[1].0.min(hour + 3600) - pair[0].0.max(hour)).max(0))
        .sum();
    3600 - covered
}

/// A case takes long: of the usual 256, 24 are run, and as many times that as is asked for.
#[test]
fn the_store_answers_as_a_map_would() {
    let usual = ProptestConfig::default();
    let cases = (usual.cases * 24).div_ceil(256);
    let mut runner = TestRunner::new(ProptestConfig { cases, max_shrink_iters: 200, ..usual });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let found = runner.run(&proptest::collection::vec(act(), 1..20), |acts| {
        runtime.block_on(play(acts));
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{error}"));
}
