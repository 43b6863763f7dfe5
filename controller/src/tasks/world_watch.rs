//! Watches the inventory in the records, whoever changes it, and hands out a new snapshot when it did.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::events::Event;
use crate::live::Change;
use crate::store::{Db, FleetRecord, StoreError};
use crate::world::World;

/// A command that changes the inventory is noticed within a second.
pub const EVERY: Duration = Duration::from_millis(500);

/// Reads the whole inventory.
///
/// # Errors
/// When the records cannot be read.
pub async fn load(db: &Db) -> Result<World, StoreError> {
    let FleetRecord { revision, fleet, areas, moves } = db.fleet_load().await?;
    Ok(World { revision, fleet: Arc::new(fleet), areas, moves })
}

/// Hands out a new snapshot when the inventory has changed.
///
/// # Errors
/// When the records cannot be read; the snapshot before stays.
pub async fn run(app: &App, world: &watch::Sender<Arc<World>>) -> Result<Option<String>, StoreError> {
    if app.db.fleet_revision().await? == world.borrow().revision {
        return Ok(None);
    }
    let new = load(&app.db).await?;
    app.events.emit(Event::FleetChanged { halls: new.fleet.halls().count(), devices: new.fleet.devices().count() });
    let revision = new.revision;
    app.world_replace(new, world).await?;
    app.live.tell(Change::All);
    Ok(Some(format!("inventory at revision {revision}")))
}
