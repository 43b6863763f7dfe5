//! Numbered batches of samples a minute apart, of which a test can tell what a store must hold.

use controller::series::{Series, Window};
use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::reading::CounterWidth;
use jiff::Timestamp;

/// Whose batches they are.
pub const AGENT: &str = "embedded";

/// Midnight UTC.
const START_S: i64 = 1_763_942_400;
const DAY_S: i64 = 24 * 3600;

/// When the batch of a number was measured.
pub fn at(seq: u64) -> Timestamp {
    second(seq.cast_signed() * 60)
}

fn second(since_start: i64) -> Timestamp {
    Timestamp::from_second(START_S + since_start).expect("a time of this century")
}

/// Three gauges of two devices and a counter; the last of them three days late.
fn keys() -> [(SeriesKey, i64); 4] {
    let of =
        |device, interface, metric, width| SeriesKey { device: DeviceId(device), interface, part: None, metric, width };
    [
        (of(1, None, Metric::RttSeconds, None), 0),
        (of(1, Some(InterfaceId(1)), Metric::InOctets, Some(CounterWidth::Bits64)), 0),
        (of(2, None, Metric::CpuPercent, None), 0),
        (of(2, None, Metric::RttSeconds, None), -3 * DAY_S),
    ]
}

/// What the batch of a number brings.
pub fn samples(seq: u64) -> Vec<(SeriesKey, Sample)> {
    let n = seq.cast_signed();
    let sample = |(key, late): (SeriesKey, i64)| (key, Sample { at: second(n * 60 + late), value: n });
    keys().map(sample).to_vec()
}

/// That every batch up to a number is there, each sample once and as it was, and none beyond.
pub async fn assert_holds(series: &Series, upto: u64) {
    let last = upto.cast_signed() * 60 + DAY_S;
    for (key, late) in keys().into_iter().filter(|(key, _)| key.interface.is_none()) {
        let (mut from, mut next) = (-4 * DAY_S, 1);
        while from < last {
            let until = from + 7 * DAY_S;
            let minute = std::time::Duration::from_secs(60);
            let window = Window::new(second(from), second(until), minute).expect("a week of minutes");
            let lines = series.range(&[key], &window).await.expect("it reads");
            for point in lines.iter().flat_map(|line| &line.points) {
                let told = (point.at, point.count, (point.avg * key.metric.scale()).round());
                assert_eq!(told, (second(next * 60 + late), 1, next as f64), "{key:?}");
                next += 1;
            }
            from = until;
        }
        assert_eq!(next - 1, upto.cast_signed(), "samples of {key:?}");
    }
}
