//! Packs samples that are no longer young, one device's at a time.

use std::time::Duration;

use crate::app::App;
use crate::app::error::AppError;

/// How often. What has been read for two hours is packed ten minutes after them at the earliest.
pub const EVERY: Duration = Duration::from_secs(600);

/// Packs what there is to pack.
///
/// # Errors
/// When the samples cannot be written; what is left is packed at the next run.
pub async fn run(app: &App) -> Result<Option<String>, AppError> {
    let sealed = app.series.seal(app.clock.now()).await.map_err(AppError::internal)?;
    Ok((sealed.stretches > 0)
        .then(|| format!("packed {} samples of {} stretches of devices", sealed.samples, sealed.stretches)))
}
