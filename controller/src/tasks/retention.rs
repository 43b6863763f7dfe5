//! Deletes what is older than it has to be kept, in small steps that hold nobody up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::app::error::AppError;
use crate::config::Retention;
use crate::series::Oldest;

/// How often.
pub const EVERY: Duration = Duration::from_secs(3600);
/// Decisions and delivered messages are kept this many days: long enough to ask why somebody was (not) told.
const DECISIONS_DAYS: i64 = 400;
/// The ledger of a hall, and what it can be computed from anew, are kept for five years.
const LEDGER_DAYS: i64 = 5 * 366;

/// Deletes what is too old.
///
/// # Errors
/// When the stores cannot be written; what is left is deleted at the next run.
pub async fn run(app: &App, retention: Retention) -> Result<Option<String>, AppError> {
    let now = app.clock.now();
    let before = |days: i64| now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
    let mut samples = 0;
    loop {
        let oldest = Oldest {
            ledger: before(LEDGER_DAYS),
            raw: before(i64::from(retention.raw_days)),
            hours: before(i64::from(retention.hour_days)),
            days: before(i64::from(retention.day_days)),
        };
        let deleted = app.series.prune(oldest).await.map_err(AppError::internal)?;
        samples += deleted;
        if deleted == 0 || app.stop.is_cancelled() {
            break;
        }
        tokio::task::yield_now().await;
    }
    // With a part the last of its samples are gone: its name makes room for another.
    let mut rows = app.db.part_prune(before(i64::from(retention.raw_days) + 1)).await?;
    // A hall changes its state some times a day at most: a day's worth is no step that holds anybody up.
    rows += app.db.hall_history_prune(before(LEDGER_DAYS)).await?;
    rows += app.db.incident_link_prune(now).await?;
    loop {
        let deleted =
            app.db.decision_prune(before(DECISIONS_DAYS)).await? + app.db.outbox_prune(before(DECISIONS_DAYS)).await?;
        rows += deleted;
        if deleted == 0 || app.stop.is_cancelled() {
            break;
        }
    }
    Ok((samples + rows > 0).then(|| {
        format!("deleted {samples} samples, {rows} decisions, messages, states of halls and parts of devices")
    }))
}
