//! The one row about the records themselves: which installation this is, and a counter that every change of the
//! inventory moves, so that a running `serve` notices what a command wrote.

use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};

impl Db {
    /// The counter of inventory changes. Cheap enough to ask every second.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn fleet_revision(&self) -> Result<i64, StoreError> {
        let text = "SELECT fleet_revision FROM meta";
        both!(self.reader(), pool => sqlx::query_scalar(text).fetch_one(pool).await).step("fleet_revision", "meta")
    }

    /// What this installation is called among others: 32 hexadecimal digits, made with the database.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn installation(&self) -> Result<String, StoreError> {
        let text = "SELECT installation FROM meta";
        both!(self.reader(), pool => sqlx::query_scalar(text).fetch_one(pool).await).step("installation", "meta")
    }
}

/// Moves the counter, as the first statement of a transaction that changes the inventory: on PostgreSQL its row is also
/// the lock that lets such transactions pass one at a time. Gives the new value.
pub(super) async fn fleet_revision_bump(tx: &mut Tx) -> Result<i64, StoreError> {
    let text = "UPDATE meta SET fleet_revision = fleet_revision + 1 RETURNING fleet_revision";
    both!(tx.link(), on => sqlx::query_scalar(text).fetch_one(on).await).step("fleet_revision_bump", "meta")
}

pub(super) async fn fleet_revision_in(tx: &mut Tx) -> Result<i64, StoreError> {
    let text = "SELECT fleet_revision FROM meta";
    both!(tx.link(), on => sqlx::query_scalar(text).fetch_one(on).await).step("fleet_revision", "meta")
}
