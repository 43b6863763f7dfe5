//! The inventory as the running parts see it: one immutable snapshot, replaced whole when the records change.

use std::sync::Arc;

use inventory::area::AreaTree;
use inventory::fleet::Fleet;

use crate::store::AreaMove;

/// A snapshot of the inventory.
#[derive(Debug, Default)]
pub struct World {
    /// The counter in the records that says whether this is still true.
    pub revision: i64,
    /// Halls and devices.
    pub fleet: Arc<Fleet>,
    /// Areas of all times.
    pub areas: AreaTree,
    /// What came to lie elsewhere by successions of areas, in order.
    pub moves: Vec<AreaMove>,
}
