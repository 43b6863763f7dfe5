//! What a backup says of itself, as JSON at its beginning.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::BackupError;

/// The form of the file. A program refuses what is newer than it knows.
const FORMAT: u32 = 1;

/// The records, a SQLite file whatever they lie in.
pub(super) const RECORDS: &str = "records.db";
/// The samples.
pub(super) const SERIES: &str = "series.db";
/// Samples of one day that is over.
pub(super) const DAY: &str = "day.db";
/// This.
pub(super) const MANIFEST: &str = "manifest.json";
/// More is no manifest.
pub(super) const MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the file.
    format: u32,
    /// The release that wrote it.
    pub program: String,
    /// The moment that it shows, RFC 3339.
    pub made_at: Timestamp,
    /// What the records lay in: `sqlite` or `postgres`.
    pub backend: String,
    /// Why there are no samples in it, if there are none.
    pub without_samples: Option<String>,
    /// The files in it.
    pub(super) members: Vec<Member>,
    /// Files beside it, in the folder `days`, with samples that belong to it.
    pub(super) days: Vec<Member>,
}

/// A file, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// SHA-256, in hexadecimal digits.
    pub(super) sha256: String,
}

impl Manifest {
    pub(super) fn new(made_at: Timestamp, backend: &str) -> Self {
        Manifest {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            backend: backend.to_owned(),
            without_samples: None,
            members: Vec::new(),
            days: Vec::new(),
        }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("plain data can be written as JSON")
    }

    /// Reads it, and refuses what a newer release wrote.
    pub(super) fn parse(json: &[u8]) -> Result<Manifest, BackupError> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let form: Form = serde_json::from_slice(json).map_err(|_| BackupError::NotABackup)?;
        if form.format > FORMAT {
            return Err(BackupError::Newer { format: form.format });
        }
        serde_json::from_slice(json).map_err(|_| BackupError::NotABackup)
    }
}
