//! The whole inventory as of one moment.

use inventory::area::AreaTree;
use inventory::fleet::Fleet;

use super::area::area_tree_in;
use super::area_move::{AreaMove, area_move_all_in};
use super::db::{Db, Tx};
use super::device::device_all_in;
use super::error::StoreError;
use super::hall::hall_all_in;
use super::meta::fleet_revision_in;

/// The whole inventory as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetRecord {
    /// [`Db::fleet_revision`] at that moment.
    pub revision: i64,
    /// Halls and devices.
    pub fleet: Fleet,
    /// Areas of all times.
    pub areas: AreaTree,
    /// What came to lie elsewhere by successions of areas, in order.
    pub moves: Vec<AreaMove>,
}

impl Db {
    /// Loads the inventory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn fleet_load(&self) -> Result<FleetRecord, StoreError> {
        let mut tx = self.snapshot("fleet_load").await?;
        Ok(FleetRecord {
            revision: fleet_revision_in(&mut tx).await?,
            fleet: fleet_in(&mut tx).await?,
            areas: area_tree_in(&mut tx).await?,
            moves: area_move_all_in(&mut tx).await?,
        })
    }
}

pub(super) async fn fleet_in(tx: &mut Tx) -> Result<Fleet, StoreError> {
    Ok(Fleet::new(hall_all_in(tx).await?, device_all_in(tx).await?))
}
