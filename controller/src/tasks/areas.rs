//! Lets halls follow their areas on the day on which those are succeeded by others.

use std::time::Duration;

use crate::app::App;
use crate::store::StoreError;

/// How often: a succession takes effect within this time after midnight.
pub const EVERY: Duration = Duration::from_secs(300);

/// Moves halls whose area has ended to the area that took over.
///
/// # Errors
/// When the records cannot be written; it is done at the next run.
pub async fn run(app: &App) -> Result<Option<String>, StoreError> {
    let moved = app.db.areas_follow(app.today()).await?;
    Ok((moved > 0).then(|| format!("{moved} halls follow their areas")))
}
