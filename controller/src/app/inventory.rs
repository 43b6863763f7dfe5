//! The inventory in and out as CSV: by a command beside a running `serve`, or through the API.

use std::collections::BTreeSet;

use inventory::clock::{Clock as _, SystemClock};
use inventory::credential::KnownProfiles;
use inventory::export;
use inventory::fleet::Fleet;
use inventory::import::{self, AreaRef, Change, Counts, Fault, Known, Note, Plan};
use jiff::Timestamp;
use jiff::civil::Date;

use super::App;
use super::area::today;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use super::sight::part;
use crate::config::Config;
use crate::store::{AuditAction, AuditEntry, Db, Scope};
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
            profiles: &self.credentials().profiles(),
            agents: &self.agents(),
            today: self.today(),
            now: self.clock.now(),
        };
        run(&ground, principal, file, is_dry_run).await
    }

    /// One of the two files, as it can be imported again.
    ///
    /// # Errors
    /// When he sees nothing.
    pub fn export(&self, principal: &Principal, table: Table) -> Result<String, AppError> {
        principal.require(Role::Viewer)?;
        let sight = self.sight(principal);
        Ok(match table {
            Table::Halls => export::halls_csv(&sight.fleet(), sight.areas()),
            Table::Devices => export::devices_csv(&sight.fleet()),
        })
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
        // What the configuration has is taken over by the first start; until then it can be named all the same.
        let mut profiles = config.known_profiles();
        for name in db.credential_imported().await? {
            profiles.remove(&name);
        }
        profiles.extend(db.credential_all().await?.1.into_iter().map(|record| (record.name, record.outline.kind())));
        Ok(Installation { db, profiles, today: today(&SystemClock) })
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
        run(&ground, &Principal::system(), file, is_dry_run).await
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

async fn run(ground: &Ground<'_>, principal: &Principal, file: &[u8], is_dry_run: bool) -> Result<Imported, AppError> {
    let scope = principal.require(Role::Admin)?;
    let actor = Actor::of(principal);
    let Ground { db, profiles, agents, today, now } = *ground;
    let record = db.fleet_load().await?;
    let seen = part(&record.fleet, &scope);
    let known = Known { fleet: &seen, areas: &record.areas, profiles, agents, today };
    let mut plan = import::parse(file, &known).map_err(AppError::Faults)?;
    if scope != Scope::All {
        keep_to(&scope, &record.fleet, &mut plan)?;
    }
    if pins_another_key(&record.fleet, &plan) {
        principal.require_step_up(now)?;
    }
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
    let counts = db.import_apply(&scope, &plan, record.revision, &entry).await?;
    Ok(Imported { counts, notes: plan.notes })
}

/// A plan that was made from a part of the fleet may touch nothing outside of it: codes of halls that lie elsewhere,
/// areas of others, new areas. What hangs on a device elsewhere goes on hanging there.
fn keep_to(scope: &Scope, fleet: &Fleet, plan: &mut Plan) -> Result<(), AppError> {
    let mut wrong: BTreeSet<String> = plan.new_areas.iter().map(|area| area.code.clone()).collect();
    for change in &plan.halls {
        let row = change.row();
        let before = fleet.hall_by_code(&row.code);
        let is_foreign = before.is_some_and(|hall| !scope.has(hall.area, hall.id));
        let is_within = match &row.area {
            AreaRef::Existing(area) => scope.has_area(*area) || before.is_some_and(|hall| hall.area == *area),
            AreaRef::New { .. } => false,
        };
        if is_foreign || !is_within {
            wrong.insert(row.code.to_string());
        }
    }
    if !wrong.is_empty() {
        // The plan does not say on which lines its rows stand.
        let fault = |value| Fault {
            line: 1,
            column: None,
            value,
            message: "lies outside of the areas that you administer".to_owned(),
        };
        return Err(AppError::Faults(wrong.into_iter().map(fault).collect()));
    }
    for change in &mut plan.devices {
        let (Change::Create(row) | Change::Update(row) | Change::Unchanged(row)) = change;
        if row.uplink.is_none() {
            let known = fleet.device_by_name(&row.name);
            let uplink = known.and_then(|device| fleet.uplink(device.id));
            let elsewhere =
                uplink.filter(|uplink| fleet.hall(uplink.hall).is_some_and(|hall| !scope.has(hall.area, hall.id)));
            row.uplink = elsewhere.map(|uplink| uplink.name.clone());
        }
    }
    Ok(())
}

/// Whether a device gets another host key than the one that was confirmed, which is no less than confirming one.
fn pins_another_key(fleet: &Fleet, plan: &Plan) -> bool {
    plan.devices.iter().map(Change::row).any(|row| {
        let before = fleet.device_by_name(&row.name).and_then(|device| device.facts.host_key.as_ref());
        before.is_some() && before != row.facts.host_key.as_ref()
    })
}
