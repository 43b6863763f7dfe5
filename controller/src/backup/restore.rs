//! The way back: a backup is unpacked beside the installation, checked from end to end, and only then put in its place.
//! What was there is moved aside and kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::archive::{Identity, describe, sync_folder, unpack};
use super::error::{BackupError, Of as _};
use super::make::{DAYS, Work, blocking};
use super::manifest::{DAY, Manifest, RECORDS, SERIES};
use crate::app::audit::Actor;
use crate::app::principal::Principal;
use crate::config::Database;
use crate::series::Series;
use crate::store::db::SQLITE_SUFFIXES;
use crate::store::{AuditAction, AuditEntry, Db};
use crate::wiring;

/// The records of an installation.
const INSTALLED: &str = "villagenet.db";

/// Where a backup comes back to.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The data folder; it is there.
    pub data: &'a Path,
    /// Where its records belong.
    pub database: &'a Database,
    /// Whether what is there may be moved aside.
    pub is_replacing: bool,
    /// Whether days of samples that are missing beside the backup are done without.
    pub goes_without_days: bool,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the backup said of itself.
    pub manifest: Manifest,
    /// Halls and devices in it.
    pub halls: usize,
    /// Devices.
    pub devices: usize,
    /// Days of samples that were missing.
    pub missing_days: Vec<PathBuf>,
    /// Where that is now which was there before.
    pub aside: Option<PathBuf>,
}

/// Brings a backup back. Everybody has to log in again: sessions that were ended since must not live on.
///
/// # Errors
/// Whatever is wrong with the backup or the place. Then nothing there has changed.
pub async fn restore(
    file: &Path,
    identity: Option<Identity>,
    target: Target<'_>,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    let in_use = |error: wiring::StartError| match error {
        wiring::StartError::Lock { path, source } => BackupError::File { path, source },
        _ => BackupError::InUse(target.data.to_owned()),
    };
    let _lock = wiring::lock(&target.data.join("lock")).map_err(in_use)?;
    let is_file = matches!(target.database, Database::Sqlite);
    let ours: Vec<&str> = if is_file { vec![INSTALLED, SERIES] } else { vec![SERIES] };
    let is_there = |name: &&&str| std::fs::metadata(target.data.join(name)).is_ok_and(|file| file.len() > 0);
    if !target.is_replacing && ours.iter().any(|name| is_there(&name)) {
        return Err(BackupError::Occupied(target.data.to_owned()));
    }
    let work = Work::beside(&target.data.join("restore"))?;
    let identity = Arc::new(identity);
    let manifest = {
        let (file, into, identity) = (file.to_owned(), work.folder().to_owned(), Arc::clone(&identity));
        blocking(move || unpack(&file, identity.as_ref().as_ref(), &[RECORDS, SERIES], &into)).await?
    };
    let (halls, devices) = records(&work.path(RECORDS), &manifest, now).await?;
    let days = Days { folder: file.with_file_name(DAYS), identity, goes_without: target.goes_without_days };
    let missing_days = samples(&work, &manifest, &days).await?;
    if let Database::Postgres { url } = target.database {
        let db = Db::open_postgres(url).await?;
        db.migrate().await?;
        let is_filled = db.fill_from(&work.path(RECORDS)).await;
        db.close().await;
        if !is_filled? {
            return Err(BackupError::DatabaseOccupied);
        }
    }
    let aside = put_in_place(&work, target.data, &ours, now)?;
    Ok(Restored { manifest, halls, devices, missing_days, aside })
}

/// Checks the records, brings them up to date, and ends every session.
async fn records(path: &Path, manifest: &Manifest, now: Timestamp) -> Result<(usize, usize), BackupError> {
    let db = Db::open_sqlite(path).await?;
    let looked = async {
        db.migrate().await?;
        let actor = Actor::of(&Principal::system());
        let details = serde_json::json!({ "made_at": manifest.made_at.to_string() });
        let entry = AuditEntry { details, ..actor.did(now, AuditAction::BackupRestore, "records") };
        db.session_drop_all(&entry).await?;
        Ok::<_, BackupError>((db.check().await?, db.fleet_load().await?))
    };
    let looked = looked.await;
    // Writes the log back: what is put in place is one whole file.
    db.close().await;
    let (finding, record) = looked?;
    match finding {
        Some(finding) => Err(BackupError::Damaged(format!("its records: {finding}"))),
        None => Ok((record.fleet.halls().count(), record.fleet.devices().count())),
    }
}

/// Where days of samples are, and how they open.
struct Days {
    folder: PathBuf,
    identity: Arc<Option<Identity>>,
    goes_without: bool,
}

/// Puts the days to the samples and checks them all. Tells which days are missing.
async fn samples(work: &Work, manifest: &Manifest, days: &Days) -> Result<Vec<PathBuf>, BackupError> {
    let path = work.path(SERIES);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let series = Series::open_whole(&path).await?;
    let mut missing = Vec::new();
    for day in &manifest.days {
        if Path::new(&day.name).file_name().is_none_or(|name| name != day.name.as_str()) {
            return Err(BackupError::Damaged(format!("it names {:?} as a day of samples", day.name)));
        }
        let from = days.folder.join(&day.name);
        let (said, at, into) = (day.clone(), from.clone(), work.folder().to_owned());
        let identity = Arc::clone(&days.identity);
        let unpacked = blocking(move || {
            if describe(&said.name, &at)? != said {
                return Err(BackupError::Damaged(format!("{} is not what was written", said.name)));
            }
            unpack(&at, identity.as_ref().as_ref(), &[DAY], &into)
        });
        match unpacked.await {
            Ok(_) => {
                series.add_day(&work.path(DAY)).await?;
                std::fs::remove_file(work.path(DAY)).of(&work.path(DAY))?;
            }
            Err(BackupError::Damaged(_) | BackupError::File { .. }) if days.goes_without => missing.push(from),
            Err(BackupError::Damaged(_) | BackupError::File { .. }) => return Err(BackupError::Day(from)),
            Err(error) => return Err(error),
        }
    }
    let finding = series.check().await?;
    series.close().await;
    match finding {
        Some(finding) => Err(BackupError::Damaged(format!("its samples: {finding}"))),
        None => Ok(missing),
    }
}

/// Moves what is there aside, and what was unpacked to where it belongs.
fn put_in_place(work: &Work, data: &Path, ours: &[&str], now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let aside = data.join(format!("before-restore-{}", now.strftime("%Y%m%dT%H%M%SZ")));
    let mut is_anything_aside = false;
    for name in ours {
        for suffix in SQLITE_SUFFIXES {
            let from = data.join(format!("{name}{suffix}"));
            if !from.exists() {
                continue;
            }
            std::fs::create_dir_all(&aside).of(&aside)?;
            std::fs::rename(&from, aside.join(format!("{name}{suffix}"))).of(&from)?;
            is_anything_aside = true;
        }
    }
    for name in ours {
        let from = work.path(if *name == INSTALLED { RECORDS } else { name });
        if from.exists() {
            std::fs::rename(&from, data.join(name)).of(&from)?;
        }
    }
    sync_folder(&data.join(INSTALLED))?;
    Ok(is_anything_aside.then_some(aside))
}
