//! One controller on one PostgreSQL database: whoever holds the advisory lock judges and tells, a second one does not
//! start. A SQLite file needs none: the lock file of the data folder does it.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use super::db::Db;
use super::error::{Step as _, StoreError};

/// Names our lock among those of one database: "village" in ASCII. Locks of other databases do not meet it.
const LOCK: i64 = 0x0076_696c_6c61_6765;
/// Between two looks whether it is still held.
const LOOK: Duration = Duration::from_secs(1);
/// How long a controller that starts waits for the lock: the server needs a moment to see that a killed one is gone.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(100);

/// The right to be the one controller of a database, for as long as this lives.
pub struct Sole(Option<Holder>);

struct Holder {
    options: PgConnectOptions,
    /// The lock is held by a session, so it ends with this connection.
    connection: PgConnection,
}

impl Db {
    /// The right to be the one controller.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when another one works on the database, or when the server cannot be asked.
    pub async fn sole(&self) -> Result<Sole, StoreError> {
        let Db::Postgres(pool) = self else { return Ok(Sole(None)) };
        let options = (*pool.connect_options()).clone();
        let tries = async {
            loop {
                match take(&options).await? {
                    Some(connection) => return Ok::<_, StoreError>(connection),
                    None => tokio::time::sleep(AGAIN).await,
                }
            }
        };
        let connection = tokio::time::timeout(PATIENCE, tries).await.map_err(|_| StoreError::Taken)??;
        Ok(Sole(Some(Holder { options, connection })))
    }
}

impl Sole {
    /// Ends when the right is lost: the connection broke, and another controller took the lock before it was made again.
    /// While the server cannot be reached nobody can take it, and nothing can be written either.
    pub async fn lost(&mut self) {
        let Some(holder) = &mut self.0 else { return std::future::pending().await };
        loop {
            tokio::time::sleep(LOOK).await;
            if holder.connection.ping().await.is_ok() {
                continue;
            }
            match take(&holder.options).await {
                Ok(Some(connection)) => holder.connection = connection,
                Ok(None) => return,
                Err(error) => tracing::debug!(%error, "the lock of the database cannot be taken again yet"),
            }
        }
    }
}

async fn take(options: &PgConnectOptions) -> Result<Option<PgConnection>, StoreError> {
    let step = "sole";
    let mut connection = PgConnection::connect_with(options).await.step(step, "connect")?;
    let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(LOCK)
        .fetch_one(&mut connection)
        .await
        .step(step, "pg_try_advisory_lock")?;
    Ok(is_ours.then_some(connection))
}
