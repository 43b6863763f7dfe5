//! Once a night: the records and the samples are read through, and a backup is made. A controller that was off at that
//! time makes up for it.

use std::time::Duration;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::app::error::AppError;
use crate::backup::{BackupError, newest};
use crate::config::{Backup, Time};
use crate::events::Event;
use crate::web::format::OFFSET;

/// How often it looks whether it is time.
pub const EVERY: Duration = Duration::from_secs(300);

/// A controller that has just started has other things to do, and one that is started again and again never does this.
pub const SETTLED: Duration = Duration::from_secs(900);

/// Checks and backs up when it is time.
///
/// # Errors
/// When the records are damaged, or the backup could not be made; the backups that are there stay.
pub async fn run(app: &App, backup: &Backup) -> Result<Option<String>, NightError> {
    let now = app.clock.now();
    let Some(at) = backup.at else { return Ok(None) };
    if !is_due(newest(&backup.folder.path)?, at, now) {
        return Ok(None);
    }
    if app.disk.borrow().is_low {
        return Err(NightError::NoRoom);
    }
    if let Some(finding) = app.db.check().await.map_err(AppError::internal)? {
        // The old backups may be the last good ones: nothing is made, and none goes.
        return Err(NightError::Damaged(finding));
    }
    if let Some(finding) = app.series.check().await.map_err(AppError::internal)? {
        app.events.emit(Event::SeriesDamaged { finding: &finding });
    }
    let made = backup.folder.make(&app.db, &app.series, now).await?;
    let gone = backup.folder.tidy()?;
    Ok(Some(format!(
        "checked both databases, made {} ({} bytes), deleted {gone} old backups",
        made.path.display(),
        made.bytes
    )))
}

/// Why a night's work was not done.
#[derive(Debug, thiserror::Error)]
pub enum NightError {
    /// The records.
    #[error(
        "the records are damaged ({0}): no backup is made of them and none is deleted; stop `serve` and run `villagenet restore FILE --replace` with the newest good backup"
    )]
    Damaged(String),
    /// The disk of the data folder is nearly full.
    #[error(
        "the disk of the data folder is nearly full: no backup is made; make room, or name a folder elsewhere in [backup]"
    )]
    NoRoom,
    /// The backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The databases could not be read.
    #[error(transparent)]
    App(#[from] AppError),
}

/// Whether the time has come since the newest backup was made.
fn is_due(newest: Option<Timestamp>, at: Time, now: Timestamp) -> bool {
    newest.is_none_or(|newest| newest < last(at, now))
}

/// When it was that time of the day last.
fn last(at: Time, now: Timestamp) -> Timestamp {
    let today = Offset::to_datetime(OFFSET, now).date();
    let then = OFFSET.to_timestamp(today.at(at.hour, at.minute, 0, 0)).unwrap_or(now);
    if then <= now { then } else { then.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_due_once_a_night_and_a_missed_one_is_made_up_for() {
        let at = Time { hour: 2, minute: 30 };
        let moment = |text: &str| text.parse::<Timestamp>().expect("a time");
        // 02:30 in Vietnam is 19:30 UTC of the day before.
        let night = moment("2026-11-25T19:30:00Z");
        assert_eq!(last(at, night), night);
        assert_eq!(last(at, moment("2026-11-26T19:29:59Z")), night);
        assert!(is_due(None, at, night), "a new installation has one soon");
        assert!(!is_due(Some(night), at, moment("2026-11-26T19:29:59Z")));
        assert!(is_due(Some(night), at, moment("2026-11-26T19:30:00Z")));
        assert!(
            is_due(Some(moment("2026-11-25T19:29:00Z")), at, moment("2026-11-26T08:00:00Z")),
            "it was off at night"
        );
    }
}
