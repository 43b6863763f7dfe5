//! The inventory in and out as CSV: by a command beside a running `serve`, or through the API.

use std::collections::BTreeSet;

use inventory::clock::{Clock as _, SystemClock};
use inventory::credential::KnownProfiles;
use inventory::export;
use inventory::fleet::Fleet;
use inventory::id::AreaId;
use inventory::import::{self, AreaRef, Change, Counts, DeviceRow, Fault, Known, Note, Plan};
use jiff::Timestamp;
use jiff::civil::Date;

use super::App;
use super::area::today;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use super::sight::part;
use crate::config::Config;
use crate::store::{AuditAction, AuditEntry, AuditPlace, Db, Scope};
use crate::wiring::open_records;

/// Devices that one entry of the audit log names.
const TOLD_MOST: usize = 100;

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
    let named;
    let profiles = if scope == Scope::All {
        profiles
    } else {
        named = profiles_of(&seen, profiles);
        &named
    };
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
    let dealt: Vec<String> = dealt(&record.fleet, &plan).map(told).collect();
    let mut details = serde_json::json!({
        "created": planned.created, "updated": planned.updated, "unchanged": planned.unchanged,
    });
    if !dealt.is_empty() {
        details["credentials"] = dealt.iter().take(TOLD_MOST).cloned().collect();
    }
    if dealt.len() > TOLD_MOST {
        details["credentials_more"] = (dealt.len() - TOLD_MOST).into();
    }
    let entry = AuditEntry {
        details,
        place: place(&record.fleet, &plan),
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
    // A profile opens devices of all areas: who administers a part must not have its secrets sent where he likes.
    let dealt: Vec<Fault> = dealt(fleet, plan)
        .map(|row| Fault {
            line: 1,
            column: None,
            value: row.name.to_string(),
            message:
                "gets another address, credential profile, agent or host key; only an administrator of everything \
                      says which credentials go where"
                    .to_owned(),
        })
        .collect();
    if !dealt.is_empty() {
        return Err(AppError::Faults(dealt));
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

/// The profiles that devices of this part name already: who administers a part hears of no others.
fn profiles_of(part: &Fleet, profiles: &KnownProfiles) -> KnownProfiles {
    let names = part.devices().flat_map(|device| [&device.facts.snmp, &device.facts.ssh]).flatten();
    names.filter_map(|name| profiles.get_key_value(name)).map(|(name, kind)| (name.clone(), *kind)).collect()
}

/// The rows by which credentials go where none went before: another address, profile, agent or host key.
fn dealt<'a>(fleet: &'a Fleet, plan: &'a Plan) -> impl Iterator<Item = &'a DeviceRow> {
    plan.devices.iter().map(Change::row).filter(|row| {
        let after = &row.facts;
        let opens = after.snmp.is_some() || after.ssh.is_some();
        match fleet.device_by_name(&row.name).map(|device| &device.facts) {
            None => opens || after.host_key.is_some(),
            Some(before) => {
                (&before.snmp, &before.ssh, &before.host_key) != (&after.snmp, &after.ssh, &after.host_key)
                    || opens && (&before.address, &before.agent) != (&after.address, &after.agent)
            }
        }
    })
}

/// Such a row for the audit log.
fn told(row: &DeviceRow) -> String {
    let facts = &row.facts;
    let mut text = format!("{} at {}", row.name, facts.address);
    for (word, name) in [("snmp", &facts.snmp), ("ssh", &facts.ssh)] {
        if let Some(name) = name {
            text.push_str(&format!(" {word}={name}"));
        }
    }
    if let Some(key) = &facts.host_key {
        text.push_str(&format!(" host key {key}"));
    }
    text
}

/// Where the rows of a plan lie: their area, when it is one, so that its own administrators see the entry.
fn place(fleet: &Fleet, plan: &Plan) -> AuditPlace {
    let of_halls = plan.halls.iter().map(|change| match &change.row().area {
        AreaRef::Existing(area) => Some(*area),
        AreaRef::New { .. } => None,
    });
    let of_devices =
        plan.devices.iter().map(|change| fleet.hall_by_code(&change.row().name.hall).map(|hall| hall.area));
    let areas: BTreeSet<Option<AreaId>> = of_halls.chain(of_devices).collect();
    let mut areas = areas.into_iter();
    match (areas.next(), areas.next()) {
        (Some(area), None) => AuditPlace { area, hall: None },
        _ => AuditPlace::default(),
    }
}

/// Whether a device gets another host key than the one that was confirmed, which is no less than confirming one.
fn pins_another_key(fleet: &Fleet, plan: &Plan) -> bool {
    plan.devices.iter().map(Change::row).any(|row| {
        let before = fleet.device_by_name(&row.name).and_then(|device| device.facts.host_key.as_ref());
        before.is_some() && before != row.facts.host_key.as_ref()
    })
}
