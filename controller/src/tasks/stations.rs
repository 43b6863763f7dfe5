//! Forgets who was connected by Wi-Fi: first the address, after a month, then that somebody was there at all.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::app::error::AppError;
use crate::store::{Db, StoreError};

/// How often.
pub const EVERY: Duration = Duration::from_secs(24 * 3600);
/// An address is kept in the clear for 30 days after it was last seen, and no longer: this runs once a day, so that what
/// it finds 29 days old is not yet older than that.
const ADDRESS_DAYS: i64 = 29;
/// Visitors are counted this long.
const VISITORS_DAYS: i64 = 100;

/// Takes old addresses out, and deletes who was not seen for very long.
///
/// # Errors
/// When the records cannot be written; the next run does it.
pub async fn run(app: &App) -> Result<Option<String>, AppError> {
    let (addresses, visitors) = forget(&app.db, app.clock.now()).await?;
    Ok((addresses + visitors > 0).then(|| format!("forgot {addresses} addresses and {visitors} visitors")))
}

/// How many addresses were taken out, and how many visitors deleted.
///
/// # Errors
/// When the records cannot be written.
pub async fn forget(db: &Db, now: Timestamp) -> Result<(u64, u64), StoreError> {
    let before = |days: i64| now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
    Ok((db.station_forget(before(ADDRESS_DAYS)).await?, db.station_prune(before(VISITORS_DAYS)).await?))
}
