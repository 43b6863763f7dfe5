//! Lets halls follow their areas on the day on which those are succeeded by others.

use std::time::Duration;

use crate::app::App;
use crate::app::audit::Actor;
use crate::app::principal::Principal;
use crate::store::{AuditAction, StoreError};

/// How often: a succession takes effect within this time after midnight.
pub const EVERY: Duration = Duration::from_secs(300);

/// Moves halls whose area has ended to the area that took over.
///
/// # Errors
/// When the records cannot be written; it is done at the next run.
pub async fn run(app: &App) -> Result<Option<String>, StoreError> {
    let actor = Actor::of(&Principal::system());
    let entry = actor.did(app.clock.now(), AuditAction::HallMove, "halls and areas of areas that ended");
    let moved = app.db.areas_follow(app.today(), entry).await?;
    Ok((moved > 0).then(|| format!("{moved} halls follow their areas")))
}
