//! Making hours and days of what was packed by day. What is to do stands in the file, so a run can be cut off anywhere.

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::id::DeviceId;
use inventory::metric::{Behaviour, Metric};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::super::error::{SeriesError, Step as _};
use super::super::open::Series;
use super::super::rates::RatesAsk;
use super::super::samples::PART_STEP;
use super::super::window::{Window, floor, time};
use super::read::spans_between;
use super::span::{Grain, Span, Weight, day_of, pack_row};

/// A day of a device of which hours are to be made.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Unrolled {
    device: i64,
    day_ms: i64,
    again: i64,
}

/// A quantity: the first of its series, and all of them.
struct Quantity {
    metric: Metric,
    interface: Option<i64>,
    ids: Vec<i64>,
}

impl Series {
    /// Makes hours and days of what was packed since, of at most so many days of devices. Two readings further apart than
    /// `longest` have nothing between them. Gives how many days they were; none when nothing is left to do.
    ///
    /// # Errors
    /// When they cannot be read or written; what was made until then stays.
    pub async fn roll(&self, longest: Duration, most: u32) -> Result<u64, SeriesError> {
        const DUE: &str = "SELECT device, day_ms, again FROM unrolled ORDER BY device, day_ms LIMIT $1";
        let due: Vec<Unrolled> = sqlx::query_as(DUE).bind(most).fetch_all(&self.read).await.step("roll", "unrolled")?;
        for day in &due {
            let hours = self.hours_of(*day, longest).await?;
            let mut tx = self.begin("roll").await?;
            for (series, (weight, hours)) in &hours {
                replace(&mut tx, *series, Grain::Hour, day.day_ms, hours).await?;
                let whole: Vec<Span> = day_of(hours, *weight).into_iter().collect();
                replace(&mut tx, *series, Grain::Day, day.day_ms, &whole).await?;
            }
            done(&mut tx, *day).await?;
            tx.commit().await.step("roll", format!("{day:?}"))?;
        }
        Ok(due.len() as u64)
    }

    /// The hours of everything that a device told on a day, by the first series of each quantity.
    async fn hours_of(
        &self,
        day: Unrolled,
        longest: Duration,
    ) -> Result<BTreeMap<i64, (Weight, Vec<Span>)>, SeriesError> {
        let to_ms = day.day_ms + Grain::Day.ms();
        let mut found = BTreeMap::new();
        let quantities = self.quantities(day.device).await?;
        for quantity in quantities.iter().filter(|quantity| quantity.metric.behaviour() == Behaviour::Gauge) {
            let mut samples = BTreeMap::new();
            for id in &quantity.ids {
                self.each((DeviceId(day.device), *id), day.day_ms, to_ms, |at, value| {
                    samples.entry(at).or_insert(value);
                })
                .await?;
            }
            // Parts are read less often than a device is.
            let longest = longest.max(PART_STEP * 2);
            let hours = hours_of_values(&samples, quantity.metric.scale(), longest);
            found.insert(quantity.ids[0], (Weight::Count, hours));
        }
        let counters: Vec<Metric> =
            Metric::ALL.iter().copied().filter(|metric| metric.behaviour() == Behaviour::Counter).collect();
        let window = Window::new(time(day.day_ms), time(to_ms), Duration::from_secs(3600)).expect("24 steps");
        let ask = RatesAsk { device: Some(DeviceId(day.device)), metrics: &counters, window, longest };
        let mut rates = self.rate_spans(&ask).await?;
        for quantity in &quantities {
            let Some(interface) = quantity.interface else { continue };
            if let Some(hours) = rates.remove(&(day.device, interface, quantity.metric)) {
                found.insert(quantity.ids[0], (Weight::Time, hours));
            }
        }
        Ok(found)
    }

    async fn quantities(&self, device: i64) -> Result<Vec<Quantity>, SeriesError> {
        let rows: Vec<(i64, String, Option<i64>, Option<i64>)> =
            sqlx::query_as("SELECT id, metric, interface, part FROM series WHERE device = $1 ORDER BY id")
                .bind(device)
                .fetch_all(&self.read)
                .await
                .step("roll_series", device)?;
        let mut by_what: BTreeMap<(Metric, Option<i64>, Option<i64>), Vec<i64>> = BTreeMap::new();
        for (id, metric, interface, part) in rows {
            // A metric of a newer release is left to it.
            let Ok(metric) = metric.parse::<Metric>() else { continue };
            by_what.entry((metric, interface, part)).or_default().push(id);
        }
        let quantity = |((metric, interface, _), ids)| Quantity { metric, interface, ids };
        Ok(by_what.into_iter().map(quantity).collect())
    }
}

/// Samples of a gauge by hour. The time between two samples is known when they are near enough.
fn hours_of_values(samples: &BTreeMap<i64, i64>, scale: f64, longest: Duration) -> Vec<Span> {
    let longest_ms = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
    let mut hours: BTreeMap<i64, (Span, f64, i64)> = BTreeMap::new();
    let mut times = samples.keys().skip(1);
    for (at, value) in samples {
        let hour = floor(*at, Grain::Hour.ms());
        let value = *value as f64 / scale;
        let new = || (Span { at_ms: hour, min: value, avg: value, max: value, count: 0, covered_s: 0 }, 0.0, 0);
        let (span, sum, covered_ms) = hours.entry(hour).or_insert_with(new);
        (span.min, span.max) = (span.min.min(value), span.max.max(value));
        span.count += 1;
        *sum += value;
        let until = times.next().filter(|next| **next - at <= longest_ms);
        *covered_ms += until.map_or(0, |next| next.min(&(hour + Grain::Hour.ms())) - at);
    }
    let finish = |(mut span, sum, covered_ms): (Span, f64, i64)| {
        span.avg = sum / span.count as f64;
        span.covered_s = (covered_ms / 1000).unsigned_abs();
        span
    };
    hours.into_values().map(finish).collect()
}

/// Puts the spans of a day in the place of those that its row has of that day.
async fn replace(
    tx: &mut Transaction<'static, Sqlite>,
    series: i64,
    grain: Grain,
    day_ms: i64,
    spans: &[Span],
) -> Result<(), SeriesError> {
    let row_ms = grain.row_of(day_ms);
    let mut all = spans_between(tx, series, grain, (row_ms, row_ms + grain.row_ms())).await?;
    all.retain(|span| span.at_ms < day_ms || span.at_ms >= day_ms + Grain::Day.ms());
    all.extend_from_slice(spans);
    all.sort_by_key(|span| span.at_ms);
    if all.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO rollup (series, is_day, from_ms, count, body) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (series, is_day, from_ms) DO UPDATE SET count = excluded.count, body = excluded.body",
    )
    .bind(series)
    .bind(grain.is_day())
    .bind(row_ms)
    .bind(i64::try_from(all.len()).unwrap_or(i64::MAX))
    .bind(pack_row(series, grain, row_ms, &all))
    .execute(&mut **tx)
    .await
    .step("roll_write", series)
    .map(|_| ())
}

/// The day is done, unless it was packed again meanwhile.
async fn done(on: &mut SqliteConnection, day: Unrolled) -> Result<(), SeriesError> {
    sqlx::query("DELETE FROM unrolled WHERE device = $1 AND day_ms = $2 AND again = $3")
        .bind(day.device)
        .bind(day.day_ms)
        .bind(day.again)
        .execute(&mut *on)
        .await
        .step("roll_done", day.device)?;
    sqlx::query(
        "INSERT INTO rolled (device, upto_ms) VALUES ($1, $2) \
         ON CONFLICT (device) DO UPDATE SET upto_ms = max(upto_ms, excluded.upto_ms)",
    )
    .bind(day.device)
    .bind(day.day_ms + Grain::Day.ms())
    .execute(on)
    .await
    .step("roll_done", day.device)
    .map(|_| ())
}

/// Notes that a day of a device was packed, in the transaction that packs it.
pub(in super::super) async fn note_packed(
    on: &mut SqliteConnection,
    device: i64,
    day_ms: i64,
) -> Result<(), SeriesError> {
    sqlx::query(
        "INSERT INTO unrolled (device, day_ms) VALUES ($1, $2) ON CONFLICT (device, day_ms) DO UPDATE SET again = again + 1",
    )
    .bind(device)
    .bind(day_ms)
    .execute(on)
    .await
    .step("roll_note", device)
    .map(|_| ())
}
