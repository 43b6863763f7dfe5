//! `[backup]`: the backups of the night.

use std::path::{Path, PathBuf};

use super::reader::{Found, Section};
use crate::backup::{BackupError, Folder, Keep, Recipient};

/// How many stay when nobody says otherwise: two weeks by day, and a quarter of a year by week.
const KEEP: Keep = Keep { days: 14, weeks: 13 };

/// When nobody says otherwise: people sleep, and the provinces' own work at midnight is over.
const AT: Time = Time { hour: 2, minute: 30 };

/// A time of the day in Vietnam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// 0 to 23.
    pub hour: i8,
    /// 0 to 59.
    pub minute: i8,
}

/// The backups of the night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where they lie, and how.
    pub folder: Folder,
    /// `at`: when one is made; `None` when none is.
    pub at: Option<Time>,
}

impl Backup {
    /// What holds where the configuration has no section.
    pub(super) fn usual(data: &Path) -> Backup {
        Backup { folder: Folder { path: data.join("backups"), recipient: None, keep: KEEP }, at: Some(AT) }
    }
}

pub(super) fn backup(root: &mut Section<'_>, data: Option<&PathBuf>) -> Option<Backup> {
    let mut section = root.section("backup");
    let folder = section.text("folder");
    let at = section.text("at");
    let recipient = section.text("recipient");
    let days = section.whole("keep_days", 1..=3650);
    let weeks = section.whole("keep_weeks", 0..=520);
    // A secret key that was written here by mistake is not shown.
    let refuse = |found: &Found<String>, error: BackupError| section.refuse_unseen(found, error.to_string());
    let read = |found: Found<String>| found.value.parse::<Recipient>().map_err(|error| refuse(&found, error));
    let recipient = recipient.map(read).transpose();
    let at = at.map(|found| time(&found.value).map_err(|message| section.refuse(&found, message))).transpose();
    section.finish();
    let usual = Backup::usual(data?);
    let number =
        |found: Option<Found<u64>>, usual| found.map_or(usual, |found| u32::try_from(found.value).unwrap_or(usual));
    Some(Backup {
        folder: Folder {
            path: folder.map_or(usual.folder.path, |found| section_base(root).join(found.value)),
            recipient: recipient.ok()?,
            keep: Keep { days: number(days, KEEP.days), weeks: number(weeks, KEEP.weeks) },
        },
        at: at.ok()?.unwrap_or(usual.at),
    })
}

fn section_base<'a>(section: &Section<'a>) -> &'a Path {
    section.document.base_dir
}

/// `02:30`, or `never`.
fn time(text: &str) -> Result<Option<Time>, &'static str> {
    const WRONG: &str = "is no time of the day like \"02:30\", nor \"never\"";
    if text == "never" {
        return Ok(None);
    }
    let (hour, minute) = text.split_once(':').ok_or(WRONG)?;
    let number = |text: &str, below: i8| {
        let is_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_digits && *number < below)
    };
    match (number(hour, 24), number(minute, 60)) {
        (Some(hour), Some(minute)) => Ok(Some(Time { hour, minute })),
        _ => Err(WRONG),
    }
}
