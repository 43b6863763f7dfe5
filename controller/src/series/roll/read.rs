//! Which hours and days stand for which part of a window.
//!
//! Steps of an hour and longer are read from hours, of a day and longer from days, up to where those are made. Shorter
//! steps are read from samples, and where those are gone from what is left of them.

use sqlx::SqliteConnection;

use super::super::error::{SeriesError, Step as _};
use super::super::window::{Window, floor, time};
use super::span::{Grain, Span, unpack_row};

/// What stands for the beginning of a window.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Rolled {
    /// In the order of time, each with how long it is; none of them ends after `until_ms`.
    pub(in super::super) spans: Vec<(Span, i64)>,
    /// From when on samples count.
    pub(in super::super) until_ms: i64,
}

impl Rolled {
    /// Samples stand for all of it.
    pub(in super::super) fn nothing(window: &Window) -> Rolled {
        Rolled { spans: Vec::new(), until_ms: window.begins_ms() }
    }

    /// Of the series of one quantity of a device, of which the first sample that is not packed was taken at a time.
    pub(in super::super) async fn of(
        on: &mut SqliteConnection,
        device: i64,
        (ids, first_young): (&[i64], Option<i64>),
        window: &Window,
    ) -> Result<Rolled, SeriesError> {
        let Some(first) = ids.first() else { return Ok(Rolled::nothing(window)) };
        let is_coarse = window.step_ms() >= Grain::Hour.ms();
        let until_ms =
            if is_coarse { made_until(on, device).await? } else { samples_from(on, ids, first_young).await? };
        let until_ms = until_ms.min(window.ends_ms());
        if until_ms <= window.begins_ms() {
            return Ok(Rolled::nothing(window));
        }
        let (from, day_ms) = (window.begins_ms(), Grain::Day.ms());
        let mut spans = Vec::new();
        // Before the first hour that is left there may be days.
        let first_hour = if window.step_ms() >= day_ms {
            until_ms
        } else {
            first_row(on, *first, Grain::Hour).await?.unwrap_or(until_ms)
        };
        let turn = floor(first_hour.clamp(from, until_ms), day_ms);
        for (grain, from, to) in [(Grain::Day, from, turn), (Grain::Hour, turn.max(from), until_ms)] {
            if from >= to {
                continue;
            }
            for span in spans_between(on, *first, grain, (from, to)).await? {
                let ends = span.at_ms + grain.ms();
                if ends > from && ends <= to {
                    spans.push((span, grain.ms()));
                }
            }
        }
        // Nothing was made of it, or all of it is gone: samples are, if anything is.
        if spans.is_empty() { Ok(Rolled::nothing(window)) } else { Ok(Rolled { spans, until_ms }) }
    }
}

/// Until when hours of a device are made and none is due again.
async fn made_until(on: &mut SqliteConnection, device: i64) -> Result<i64, SeriesError> {
    sqlx::query_scalar(
        "SELECT ifnull(min((SELECT upto_ms FROM rolled WHERE device = $1), \
             ifnull((SELECT MIN(day_ms) FROM unrolled WHERE device = $1), (SELECT upto_ms FROM rolled WHERE device = $1))), 0)",
    )
    .bind(device)
    .fetch_one(on)
    .await
    .step("rolled", device)
}

/// Before when no sample is left: a whole hour, or nothing when there never was one.
async fn samples_from(on: &mut SqliteConnection, ids: &[i64], young: Option<i64>) -> Result<i64, SeriesError> {
    let ids = serde_json::to_string(ids).expect("numbers can be written as JSON");
    let packed: Option<i64> =
        sqlx::query_scalar("SELECT MIN(c.from_ms) FROM json_each($1) i JOIN chunk c ON c.series = i.value")
            .bind(&ids)
            .fetch_one(on)
            .await
            .step("samples_from", &ids)?;
    Ok(packed.into_iter().chain(young).min().map_or(i64::MAX, |at| floor(at, Grain::Hour.ms())))
}

async fn first_row(on: &mut SqliteConnection, series: i64, grain: Grain) -> Result<Option<i64>, SeriesError> {
    sqlx::query_scalar("SELECT MIN(from_ms) FROM rollup WHERE series = $1 AND is_day = $2")
        .bind(series)
        .bind(grain.is_day())
        .fetch_one(on)
        .await
        .step("rolled_first", series)
}

/// The spans of the rows that a stretch of time touches, in the order of time. What has rotted is told of in the log and
/// left out.
pub(super) async fn spans_between(
    on: &mut SqliteConnection,
    series: i64,
    grain: Grain,
    (from, to): (i64, i64),
) -> Result<Vec<Span>, SeriesError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT from_ms, count, body FROM rollup WHERE series = $1 AND is_day = $2 AND from_ms >= $3 AND from_ms < $4 \
         ORDER BY from_ms",
    )
    .bind(series)
    .bind(grain.is_day())
    .bind(grain.row_of(from))
    .bind(to)
    .fetch_all(on)
    .await
    .step("rolled", series)?;
    let mut spans = Vec::new();
    for (row_ms, count, body) in rows {
        match unpack_row((series, grain, row_ms), usize::try_from(count).unwrap_or(usize::MAX), &body) {
            Ok(found) => spans.extend(found),
            Err(error) => tracing::error!(
                series, from = %time(row_ms), %error,
                "hours on the disk are damaged and left out; restore series.db from a backup to have them back"
            ),
        }
    }
    Ok(spans)
}
