//! Backups made while everything runs: copies of both databases as of one moment each, then one file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::archive::{self, Recipient, describe};
use super::error::{BackupError, Of as _};
use super::keep::Keep;
use super::manifest::{DAY, Manifest, RECORDS, SERIES};
use crate::series::{Day, Series};
use crate::store::Db;
use crate::store::db::with_suffix;

/// Days of samples that are over lie in this folder beside the backups of the night.
pub(super) const DAYS: &str = "days";
/// How the name of a backup of the night ends, and that of its manifest, which stays readable.
const BACKUP: &str = ".backup";
const READABLE: &str = ".json";

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Where it is.
    pub path: PathBuf,
    /// How large it is, without the days beside it.
    pub bytes: u64,
    /// Why there are no samples in it, if there are none.
    pub without_samples: Option<String>,
}

impl Made {
    /// Makes one file that holds everything. `series` is why there are no samples, if there are none.
    ///
    /// # Errors
    /// When there is a file of that name, or something cannot be read or written. Then there is no file.
    pub async fn whole(
        (db, series): (&Db, Result<&Series, String>),
        to: &Path,
        recipient: Option<Recipient>,
        now: Timestamp,
    ) -> Result<Made, BackupError> {
        let work = Work::beside(to)?;
        let mut manifest = Manifest::new(now, db.backend());
        let mut members = vec![(RECORDS, work.path(RECORDS))];
        match series {
            Ok(series) => {
                // Samples first: what is judged between the two copies is in the records then, and nothing is twice.
                series.copy_into(&work.path(SERIES)).await?;
                members.push((SERIES, work.path(SERIES)));
            }
            Err(why) => manifest.without_samples = Some(why),
        }
        db.copy_into(&work.path(RECORDS)).await?;
        write(to, recipient, manifest, members).await
    }
}

/// Where the backups of the night lie, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// To whom they are encrypted.
    pub recipient: Option<Recipient>,
    /// Which stay.
    pub keep: Keep,
}

impl Folder {
    /// Makes a backup. Days of samples are written when they are new or have changed.
    ///
    /// # Errors
    /// When something cannot be read or written. Then there is no new backup, and the old ones are as they were.
    pub async fn make(&self, db: &Db, series: &Series, now: Timestamp) -> Result<Made, BackupError> {
        make_folder(&self.path.join(DAYS))?;
        let to = self.path.join(file_name(now));
        let work = Work::beside(&to)?;
        let mut manifest = Manifest::new(now, db.backend());
        for day in series.copy_young_into(&work.path(SERIES)).await? {
            let name = day_name(day);
            let path = self.path.join(DAYS).join(&name);
            if !path.exists() {
                series.copy_day_into(day, &work.path(DAY)).await?;
                let members = vec![(DAY, work.path(DAY))];
                write(&path, self.recipient.clone(), Manifest::new(now, db.backend()), members).await?;
                std::fs::remove_file(work.path(DAY)).of(&work.path(DAY))?;
            }
            manifest.days.push(blocking(move || describe(&name, &path)).await?);
        }
        db.copy_into(&work.path(RECORDS)).await?;
        let members = vec![(RECORDS, work.path(RECORDS)), (SERIES, work.path(SERIES))];
        let json = manifest.to_json();
        let made = write(&to, self.recipient.clone(), manifest, members).await?;
        let readable = with_suffix(&to, READABLE);
        std::fs::write(&readable, json).of(&readable)?;
        Ok(made)
    }

    /// Deletes backups that need not stay, and days of samples that no backup names. Tells how many backups went.
    ///
    /// # Errors
    /// When the folder cannot be read or a file not be deleted.
    pub fn tidy(&self) -> Result<usize, BackupError> {
        let mut made = all(&self.path)?;
        let surplus = self.keep.surplus(&made);
        for at in &surplus {
            let path = self.path.join(file_name(*at));
            std::fs::remove_file(&path).of(&path)?;
            match std::fs::remove_file(with_suffix(&path, READABLE)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).of(&path),
                Ok(()) | Err(_) => {}
            }
            made.remove(at);
        }
        self.forget_days(&made)?;
        Ok(surplus.len())
    }

    fn forget_days(&self, made: &BTreeSet<Timestamp>) -> Result<(), BackupError> {
        let mut named = BTreeSet::new();
        for at in made {
            let readable = with_suffix(&self.path.join(file_name(*at)), READABLE);
            // Without its manifest nobody knows what a backup needs: everything stays.
            let Ok(json) = std::fs::read(&readable) else { return Ok(()) };
            let Ok(manifest) = Manifest::parse(&json) else { return Ok(()) };
            named.extend(manifest.days.into_iter().map(|day| day.name));
        }
        let folder = self.path.join(DAYS);
        for entry in std::fs::read_dir(&folder).of(&folder)? {
            let entry = entry.of(&folder)?;
            if !named.contains(entry.file_name().to_string_lossy().as_ref()) {
                std::fs::remove_file(entry.path()).of(&entry.path())?;
            }
        }
        Ok(())
    }
}

/// When the newest backup of a folder was made.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn newest(folder: &Path) -> Result<Option<Timestamp>, BackupError> {
    Ok(all(folder)?.pop_last())
}

fn all(folder: &Path) -> Result<BTreeSet<Timestamp>, BackupError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries.of(folder)?,
    };
    let mut made = BTreeSet::new();
    for entry in entries {
        made.extend(made_at(&entry.of(folder)?.file_name().to_string_lossy()));
    }
    Ok(made)
}

/// `villagenet-20261126T193000Z.backup`
pub fn file_name(at: Timestamp) -> String {
    format!("villagenet-{}{BACKUP}", at.strftime("%Y%m%dT%H%M%SZ"))
}

/// When a backup of this name was made.
pub fn made_at(name: &str) -> Option<Timestamp> {
    let stamp = name.strip_prefix("villagenet-")?.strip_suffix(BACKUP)?;
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
    jiff::tz::Offset::UTC.to_timestamp(at).ok()
}

fn day_name(day: Day) -> String {
    format!("{}-{:08x}.day", day.from.strftime("%Y-%m-%d"), day.mark)
}

/// A folder for what is on its way into a backup, for its owner alone; it goes with the value.
pub(super) struct Work(PathBuf);

impl Work {
    pub(super) fn beside(path: &Path) -> Result<Work, BackupError> {
        let folder = with_suffix(path, ".work");
        // What a run that was killed left behind.
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).of(&folder),
            Ok(()) | Err(_) => {}
        }
        make_folder(&folder)?;
        Ok(Work(folder))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "what a backup left behind could not be deleted");
        }
    }
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).of(path)
}

async fn write(
    to: &Path,
    recipient: Option<Recipient>,
    manifest: Manifest,
    members: Vec<(&'static str, PathBuf)>,
) -> Result<Made, BackupError> {
    let path = to.to_owned();
    blocking(move || {
        let manifest = archive::write(&path, recipient.as_ref(), manifest, &members)?;
        let bytes = std::fs::metadata(&path).of(&path)?.len();
        Ok(Made { path, bytes, without_samples: manifest.without_samples })
    })
    .await
}

/// Runs what reads and writes files where that holds nobody up.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await?
}
