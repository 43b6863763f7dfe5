//! The log of what is sent on, on a real file.

use agent_api::{Batch, Observation, Position, Reach, Seen};
use inventory::id::{DeviceId, InterfaceId, PartId};
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::reading::CounterWidth;
use jiff::Timestamp;

use super::{Appended, Series};

const ROOMY: u64 = 1 << 20;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).expect("a time")
}

async fn open(dir: &tempfile::TempDir, keep_bytes: u64) -> Series {
    let (series, _) = Series::open(&dir.path().join("series.db"), at(0)).await.expect("it opens");
    series.with_remote_log(keep_bytes).await.expect("it logs")
}

async fn put(series: &Series, seq: u64, samples: &[(SeriesKey, Sample)]) -> Appended {
    let seen = Seen::Reach(Reach::Answered { rtt_us: 1_500, uptime: None, missed: 0 });
    let observation = Observation { device: 1, at_ms: at(0).as_millisecond(), seen };
    let batch = Batch { position: Position { epoch: 1, seq }, observations: [observation].into() };
    series.append("embedded", &batch, samples, at(seq.cast_signed())).await.expect("it stores")
}

fn keys() -> [SeriesKey; 3] {
    let of = |interface, part, metric, width| SeriesKey { device: DeviceId(1), interface, part, metric, width };
    [
        of(None, None, Metric::RttSeconds, None),
        of(Some(InterfaceId(3)), None, Metric::InOctets, Some(CounterWidth::Bits64)),
        of(None, Some(PartId(5)), Metric::TemperatureCelsius, None),
    ]
}

fn samples(seconds: i64) -> Vec<(SeriesKey, Sample)> {
    keys().into_iter().map(|key| (key, Sample { at: at(seconds), value: -seconds })).collect()
}

#[tokio::test]
async fn what_is_stored_waits_in_order_until_it_is_forgotten_over_restarts() {
    let dir = tempfile::tempdir().expect("a folder");
    let series = open(&dir, ROOMY).await;
    assert_eq!(series.remote_oldest(100).await.expect("it reads"), None);
    for seq in 1..=3 {
        put(&series, seq, &samples(seq.cast_signed())).await;
    }
    assert_eq!(put(&series, 3, &samples(9)).await, Appended::Duplicate, "what came twice is logged once");
    put(&series, 4, &[]).await;
    let waiting = series.remote_waiting().expect("it logs");
    assert!(waiting.bytes > 0 && waiting.dropped == 0, "{waiting:?}");
    series.close().await;

    let series = open(&dir, ROOMY).await;
    assert_eq!(series.remote_waiting(), Some(waiting), "counted again");
    let hand = series.remote_oldest(6).await.expect("it reads").expect("something waits");
    assert_eq!((&hand.batches, hand.unreadable), (&vec![samples(1), samples(2)], 0));
    assert_eq!(series.remote_since().await.expect("it reads"), Some(at(1)));
    assert_eq!(series.remote_oldest(6).await.expect("it reads").as_ref(), Some(&hand), "nothing goes by being read");
    series.remote_forget(hand.upto).await.expect("it deletes");
    let hand = series.remote_oldest(1).await.expect("it reads").expect("one batch even when it is larger");
    assert_eq!(hand.batches, [samples(3)]);
    series.remote_forget(hand.upto).await.expect("it deletes");
    assert_eq!(series.remote_waiting().expect("it logs").bytes, 0);
    assert_eq!(series.remote_oldest(100).await.expect("it reads"), None);
}

#[tokio::test]
async fn the_oldest_go_when_there_is_no_room_but_not_what_is_in_hand() {
    let dir = tempfile::tempdir().expect("a folder");
    let series = open(&dir, 200).await;
    put(&series, 1, &samples(1)).await;
    let hand = series.remote_oldest(100).await.expect("it reads").expect("something waits");
    let mut dropped = 0;
    for seq in 2..=50 {
        put(&series, seq, &samples(seq.cast_signed())).await;
        let waiting = series.remote_waiting().expect("it logs");
        assert!(waiting.bytes <= 200, "{waiting:?}");
        dropped += waiting.dropped;
    }
    let rest = series.remote_oldest(1000).await.expect("it reads").expect("something waits");
    assert_eq!(rest.batches.first(), hand.batches.first(), "what is in hand stays");
    assert_eq!(rest.batches.last(), Some(&samples(50)), "the newest stays");
    assert_eq!(dropped, 3 * (50 - rest.batches.len() as u64), "all that went is counted");
}

#[tokio::test]
async fn without_the_log_nothing_is_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let (series, _) = Series::open(&dir.path().join("series.db"), at(0)).await.expect("it opens");
    put(&series, 1, &samples(1)).await;
    assert_eq!((series.remote_waiting(), series.remote_oldest(9).await.expect("it reads")), (None, None));
}

#[tokio::test]
async fn a_row_that_has_rotted_is_counted_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let series = open(&dir, ROOMY).await;
    put(&series, 1, &samples(1)).await;
    put(&series, 2, &samples(2)).await;
    sqlx::query("UPDATE remote_log SET body = x'00' WHERE id = 1").execute(&series.write).await.expect("it rots");
    let hand = series.remote_oldest(100).await.expect("it reads").expect("something waits");
    assert_eq!((hand.batches, hand.unreadable), (vec![samples(2)], 3));
}
