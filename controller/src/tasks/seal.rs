//! Packs samples that are no longer young, one device's at a time, and makes hours and days of them.

use std::time::Duration;

use crate::app::App;
use crate::app::error::AppError;

/// How often. What has been read for two hours is packed ten minutes after them at the earliest.
pub const EVERY: Duration = Duration::from_secs(600);

/// Days of devices of which hours are made before it looks whether the program is to end.
const ROLLED_AT_ONCE: u32 = 50;

/// Packs what there is to pack.
///
/// # Errors
/// When the samples cannot be written; what is left is packed at the next run.
pub async fn run(app: &App) -> Result<Option<String>, AppError> {
    let sealed = app.series.seal(app.clock.now()).await.map_err(AppError::internal)?;
    let mut rolled = 0;
    while !app.stop.is_cancelled() {
        let some = app.series.roll(app.longest_pair(), ROLLED_AT_ONCE).await.map_err(AppError::internal)?;
        rolled += some;
        if some == 0 {
            break;
        }
    }
    Ok((sealed.stretches + rolled > 0).then(|| {
        let (samples, stretches) = (sealed.samples, sealed.stretches);
        format!("packed {samples} samples of {stretches} stretches of devices, made hours of {rolled} days of devices")
    }))
}
