//! Backups: one file that holds an installation as of one moment, and the way back from it.
//!
//! ```text
//!  make: records ─┐                                    ┌▶ records.db ─▶ checked ─▶ in its place
//!                 ├▶ tar ─▶ gzip ─▶ age ─▶ FILE ─▶ restore
//!        samples ─┘      (with a recipient)            └▶ series.db  ─▶ checked ─▶ in its place
//! ```
//!
//! The nightly backup keeps the days of samples that are over in files of their own, which are written once and shared
//! by all backups that name them. The master key is in none: who finds a backup opens no secret with it.
//!
//! | file | its job |
//! |---|---|
//! | `manifest` | what a backup says of itself |
//! | `archive` | one file written and read: tar, gzip, age, checksums |
//! | `make` | copies of both databases, taken while everything runs |
//! | `restore` | unpack, check, put in place; what was there is moved aside |
//! | `keep` | which backups of the night stay; pure |
//!
//! Read next: `make`.

mod archive;
mod error;
mod keep;
mod make;
mod manifest;
mod restore;

#[cfg(test)]
mod tests;

pub use archive::{Identity, Recipient};
pub use error::BackupError;
pub use keep::Keep;
pub use make::{Folder, Made, file_name, made_at, newest};
pub use manifest::Manifest;
pub use restore::{Restored, Target, restore};
