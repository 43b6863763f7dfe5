//! What can go wrong with the samples.

use std::path::PathBuf;

use agent_api::{Position, WireError};
use inventory::metric::Metric;
use sqlx::migrate::MigrateError;

/// Why samples were not read or written.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// The file, or its place, does not let itself be used. Nothing was moved aside: this is no damage.
    #[error("cannot open the samples {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The file could not be made, looked at or moved aside.
    #[error("cannot work with the file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file system does not give what durability rests on.
    #[error(
        "the samples {} have journal_mode {journal_mode:?} and synchronous {synchronous}, not wal and 2: \
         put them on a local disk",
        path.display()
    )]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        journal_mode: String,
        /// What SQLite says.
        synchronous: i64,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring the samples {} up to date", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: MigrateError,
    },
    /// The file is broken, which was noticed while it was in use.
    #[error("the samples are damaged: {step} ({of}) failed; the next start moves the file aside and begins a new one")]
    Damaged {
        /// The operation.
        step: &'static str,
        /// On what.
        of: String,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
    /// There is no room for what was to be written. Nothing of it was.
    #[error("the disk of the samples is full, {step} ({of}) failed; free some space, nothing has to be restarted")]
    Full {
        /// The operation.
        step: &'static str,
        /// On what.
        of: String,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
    /// One step failed.
    #[error("{step} ({of}) failed")]
    Step {
        /// The operation.
        step: &'static str,
        /// On what.
        of: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// Batches between the last one stored and this one never came.
    #[error(
        "agent {agent}: batch {}/{} came after {}: those between are missing",
        got.epoch, got.seq, have.map_or_else(|| "none".to_owned(), |have| format!("{}/{}", have.epoch, have.seq))
    )]
    Hole {
        /// The agent.
        agent: String,
        /// The last one stored.
        have: Option<Position>,
        /// The one that came.
        got: Position,
    },
    /// A batch that was kept cannot be read.
    #[error("batch {}/{} of agent {agent} cannot be read", position.epoch, position.seq)]
    Payload {
        /// The agent.
        agent: String,
        /// The batch.
        position: Position,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A row holds what no release of ours writes.
    #[error("series {series} holds {value:?} as {column}")]
    Inconsistent {
        /// Its id.
        series: i64,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// A counter was asked for as if its values stood for themselves, or a gauge as a rate.
    #[error("{metric} cannot be read as {wanted}")]
    Behaviour {
        /// The quantity.
        metric: Metric,
        /// `values` or `rates`.
        wanted: &'static str,
    },
    /// What an agent sent makes no sense.
    #[error("an observation makes no sense")]
    Wire(#[from] WireError),
}

/// Names the step that failed, and what it was about.
pub(super) trait Step<T> {
    fn step(self, step: &'static str, of: impl std::fmt::Display) -> Result<T, SeriesError>;
}

impl<T> Step<T> for Result<T, sqlx::Error> {
    fn step(self, step: &'static str, of: impl std::fmt::Display) -> Result<T, SeriesError> {
        self.map_err(|source| {
            let of = of.to_string();
            if crate::store::db::is_damage(&source) {
                SeriesError::Damaged { step, of, source }
            } else if crate::store::db::is_full(&source) {
                SeriesError::Full { step, of, source }
            } else {
                SeriesError::Step { step, of, source }
            }
        })
    }
}
