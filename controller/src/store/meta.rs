//! The one row about the records themselves: which installation this is, and a counter that every change of the
//! inventory moves, so that a running `serve` notices what a command wrote.

use jiff::Timestamp;

use super::codec::{at, ms};
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

    /// Says that the fleet of this installation is simulated, for good.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn simulated_write(&self) -> Result<(), StoreError> {
        let text = "UPDATE meta SET is_simulated = $1";
        both!(self.writer(), pool => sqlx::query(text).bind(true).execute(pool).await.map(|_| ()))
            .step("simulated_write", "meta")
    }

    /// Whether the fleet is simulated.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn is_simulated(&self) -> Result<bool, StoreError> {
        let text = "SELECT is_simulated FROM meta";
        both!(self.reader(), pool => sqlx::query_scalar(text).fetch_one(pool).await).step("is_simulated", "meta")
    }

    /// Notes that a controller runs, now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn alive_write(&self, now: Timestamp) -> Result<(), StoreError> {
        let text = "UPDATE meta SET alive_at = $1";
        both!(self.writer(), pool => sqlx::query(text).bind(ms(now)).execute(pool).await.map(|_| ()))
            .step("alive_write", now)
    }

    /// When a controller was last known to run; `None` before the first one ran.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn alive_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT alive_at FROM meta";
        let found: Option<i64> =
            both!(self.reader(), pool => sqlx::query_scalar(text).fetch_one(pool).await).step("alive_at", "meta")?;
        at("meta", "alive").time_if("alive_at", found)
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
