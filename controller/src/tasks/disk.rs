//! Watches the disk of the data folder. When it is nearly full, samples wait with the agents and people are told.

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::disk::{Disk, Space};
use crate::events::Event;
use crate::live::Change;

/// How often: shorter than a runaway program needs to fill the last tenth of a disk.
pub const EVERY: Duration = Duration::from_secs(2);

/// Looks, and hands out what changed.
///
/// # Errors
/// When the file system does not tell; what was known stays.
pub async fn run(app: &App, folder: &Path, disk: &watch::Sender<Disk>) -> std::io::Result<Option<String>> {
    let folder = folder.to_owned();
    let space = tokio::task::spawn_blocking(move || Space::of(&folder)).await.map_err(std::io::Error::other)??;
    app.events.set_disk(space);
    let was_low = disk.borrow().is_low;
    let is_low = space.is_low(was_low);
    disk.send_replace(Disk { space, is_low });
    if is_low != was_low {
        app.live.tell(Change::Fleet);
        app.events.emit(Event::DiskTurned { is_low, used_percent: space.used_percent(), free: space.free });
    }
    Ok(None)
}
