//! Notes in the records that a controller runs, so that the next one knows since when nobody looked.

use std::time::Duration;

use crate::app::App;
use crate::store::StoreError;

/// How often: the end of a controller is known to about this.
pub const EVERY: Duration = Duration::from_secs(10);

/// Notes it.
///
/// # Errors
/// When the records cannot be written; it is noted at the next run.
pub async fn run(app: &App) -> Result<Option<String>, StoreError> {
    app.db.alive_write(app.clock.now()).await.map(|()| None)
}
