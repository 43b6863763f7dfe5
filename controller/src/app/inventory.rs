//! The inventory in and out as CSV: by a command beside a running `serve`, or through the API.

use std::collections::BTreeSet;

use inventory::clock::{Clock as _, SystemClock};
use inventory::credential::KnownProfiles;
use inventory::export;
use inventory::import::{self, Counts, Known, Note};
use jiff::Timestamp;
use jiff::civil::Date;

use super::App;
use super::area::today;
use super::audit::Actor;
use super::error::AppError;
use super::principal::Principal;
use crate::config::Config;
use crate::store::{AuditAction, AuditEntry, Db};
use crate::wiring::open_records;

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// How many rows were new, changed or left.
    pub counts: Counts,
    /// What a person should know, by line.
    pub notes: Vec<Note>,
}

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Halls.
    Halls,
    /// Devices.
    Devices,
}

impl App {
    /// Imports a file; with `is_dry_run` it only says what would change.
    ///
    /// # Errors
    /// Every fault of the file at once; or the inventory changed meanwhile; or the records cannot be written.
    pub async fn import(&self, principal: &Principal, file: &[u8], is_dry_run: bool) -> Result<Imported, AppError> {
        let ground = Ground {
            db: &self.db,
            profiles: &self.settings.profiles,
            agents: &self.agents(),
            today: self.today(),
            now: self.clock.now(),
        };
        run(&ground, &Actor::of(principal), file, is_dry_run).await
    }

    /// One of the two files, as it can be imported again.
    pub fn export(&self, table: Table) -> String {
        let world = self.world();
        match table {
            Table::Halls => export::halls_csv(&world.fleet, &world.areas),
            Table::Devices => export::devices_csv(&world.fleet),
        }
    }
}

/// An installation as a command sees it: its records, whether `serve` runs or not.
pub struct Installation {
    db: Db,
    profiles: KnownProfiles,
    today: Date,
}

impl Installation {
    /// Opens the records.
    ///
    /// # Errors
    /// When they cannot be opened or brought up to date.
    pub async fn open(config: &Config) -> Result<Installation, AppError> {
        let db = open_records(config).await?;
        Ok(Installation { db, profiles: config.known_profiles(), today: today(&SystemClock) })
    }

    /// See [`App::import`].
    ///
    /// # Errors
    /// As there.
    pub async fn import(&self, file: &[u8], is_dry_run: bool) -> Result<Imported, AppError> {
        let ground = Ground {
            db: &self.db,
            profiles: &self.profiles,
            agents: &BTreeSet::new(),
            today: self.today,
            now: SystemClock.now(),
        };
        run(&ground, &Actor::of(&Principal::system()), file, is_dry_run).await
    }

    /// See [`App::export`].
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn export(&self, table: Table) -> Result<String, AppError> {
        let record = self.db.fleet_load().await?;
        Ok(match table {
            Table::Halls => export::halls_csv(&record.fleet, &record.areas),
            Table::Devices => export::devices_csv(&record.fleet),
        })
    }
}

/// What an import is checked against and written to.
struct Ground<'a> {
    db: &'a Db,
    profiles: &'a KnownProfiles,
    agents: &'a BTreeSet<String>,
    today: Date,
    now: Timestamp,
}

async fn run(ground: &Ground<'_>, actor: &Actor, file: &[u8], is_dry_run: bool) -> Result<Imported, AppError> {
    let Ground { db, profiles, agents, today, now } = *ground;
    let record = db.fleet_load().await?;
    let known = Known { fleet: &record.fleet, areas: &record.areas, profiles, agents, today };
    let plan = import::parse(file, &known).map_err(AppError::Faults)?;
    if is_dry_run {
        return Ok(Imported { counts: plan.counts(), notes: plan.notes });
    }
    let planned = plan.counts();
    let entry = AuditEntry {
        details: serde_json::json!({
            "created": planned.created, "updated": planned.updated, "unchanged": planned.unchanged,
        }),
        ..actor.did(now, AuditAction::InventoryImport, if plan.devices.is_empty() { "halls" } else { "devices" })
    };
    let counts = db.import_apply(&plan, record.revision, &entry).await?;
    Ok(Imported { counts, notes: plan.notes })
}
