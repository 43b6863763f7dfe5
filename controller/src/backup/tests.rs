//! Backups made and brought back, whole, encrypted, cut short and tampered with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use inventory::id::DeviceId;
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::secret::Secret;
use jiff::Timestamp;
use proptest::prelude::*;

use super::archive::{Identity, Recipient, unpack, write};
use super::manifest::{Manifest, RECORDS, SERIES};
use super::{BackupError, Folder, Keep, Made, Restored, Target, file_name, made_at, restore};
use crate::config::Database;
use crate::series::{Series, Window};
use crate::store::Db;

const DAY_S: i64 = 86_400;

/// That many seconds after midnight UTC of 25 November 2026.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_564_800 + seconds).expect("a time")
}

fn key() -> SeriesKey {
    SeriesKey { device: DeviceId(1), interface: None, part: None, metric: Metric::CpuPercent, width: None }
}

struct Home {
    dir: tempfile::TempDir,
    db: Db,
    series: Series,
}

impl Home {
    /// Three days of samples, two of them packed by day.
    async fn new() -> Home {
        let dir = tempfile::tempdir().expect("a folder");
        let data = dir.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        let db = Db::open_sqlite(&data.join("villagenet.db")).await.expect("it opens");
        db.migrate().await.expect("it migrates");
        let (series, _) = Series::open(&data.join("series.db"), at(0)).await.expect("it opens");
        let samples: Vec<(SeriesKey, Sample)> =
            (0..600).map(|n| (key(), Sample { at: at(n * 400), value: n })).collect();
        // As they come, not days at once: what came together stays in the log until all of it is packed.
        for some in samples.chunks(18) {
            series.backfill(some).await.expect("it stores");
        }
        series.seal(at(600 * 400)).await.expect("it packs");
        Home { dir, db, series }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn whole(&self, name: &str, recipient: Option<Recipient>) -> Result<Made, BackupError> {
        Made::whole((&self.db, Ok(&self.series)), &self.path(name), recipient, at(5)).await
    }

    fn folder(&self, recipient: Option<Recipient>) -> Folder {
        Folder { path: self.path("nights"), recipient, keep: Keep { days: 2, weeks: 0 } }
    }

    /// Brings a backup back into another folder and counts the samples there.
    async fn back(
        &self,
        file: &Path,
        identity: Option<Identity>,
        goes_without_days: bool,
    ) -> Result<usize, BackupError> {
        let into = tempfile::tempdir().expect("a folder");
        let target = Target { data: into.path(), database: &Database::Sqlite, is_replacing: false, goes_without_days };
        restore(file, identity, target, at(6)).await?;
        let series = Series::open_whole(&into.path().join("series.db")).await.expect("it opens");
        let count = count(&series).await;
        series.close().await;
        Ok(count)
    }
}

async fn count(series: &Series) -> usize {
    let window = Window::new(at(0), at(600 * 400), Duration::from_secs(400)).expect("a window");
    let lines = series.range(&[key()], &window).await.expect("it reads");
    lines.iter().map(|line| line.points.len()).sum()
}

fn pair() -> (Recipient, Identity) {
    let secret = age::x25519::Identity::generate();
    let text = age::secrecy::ExposeSecret::expose_secret(&secret.to_string()).to_owned();
    let recipient = secret.to_public().to_string().parse().expect("its own");
    (recipient, Identity::parse(&Secret::new(format!("# created: today\n{text}\n"))).expect("its own"))
}

#[tokio::test]
async fn a_whole_backup_comes_back_whole() {
    let home = Home::new().await;
    let made = home.whole("one.backup", None).await.expect("it is made");
    assert_eq!((made.bytes > 1000, &made.without_samples), (true, &None));
    assert_eq!(home.back(&made.path, None, false).await.expect("it comes back"), 600);
    let again = home.whole("one.backup", None).await.expect_err("no file is overwritten");
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    let left: Vec<_> =
        std::fs::read_dir(home.dir.path()).expect("a folder").flatten().map(|it| it.file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left beside it: {left:?}");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&made.path).expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_encrypted_backup_opens_with_its_key_alone() {
    let home = Home::new().await;
    let ((recipient, identity), (_, other)) = (pair(), pair());
    let made = home.whole("sealed.backup", Some(recipient)).await.expect("it is made");
    let bytes = std::fs::read(&made.path).expect("it is there");
    assert!(!bytes.windows(8).any(|part| part == b"manifest"), "nothing can be read in it");
    assert!(matches!(home.back(&made.path, None, false).await, Err(BackupError::NeedsIdentity)));
    assert!(matches!(home.back(&made.path, Some(other), false).await, Err(BackupError::WrongIdentity(_))));
    assert_eq!(home.back(&made.path, Some(identity), false).await.expect("it comes back"), 600);
}

#[tokio::test]
async fn what_is_there_is_moved_aside_and_only_when_asked() {
    let home = Home::new().await;
    let made = home.whole("one.backup", None).await.expect("it is made");
    home.series.close().await;
    home.db.close().await;
    let data = home.path("data");
    let target =
        |is_replacing| Target { data: &data, database: &Database::Sqlite, is_replacing, goes_without_days: false };
    let refused = restore(&made.path, None, target(false), at(6)).await.expect_err("it is occupied");
    assert!(matches!(refused, BackupError::Occupied(_)), "{refused}");
    let Restored { aside, .. } = restore(&made.path, None, target(true), at(6)).await.expect("it comes back");
    let aside = aside.expect("there was something");
    assert!(aside.join("villagenet.db").exists() && aside.join("series.db").exists());
    let series = Series::open_whole(&data.join("series.db")).await.expect("it opens");
    assert_eq!(count(&series).await, 600);
    series.close().await;
    let held = crate::wiring::lock(&data.join("lock")).expect("nobody has it");
    let refused = restore(&made.path, None, target(true), at(7)).await.expect_err("somebody works on it");
    assert!(matches!(refused, BackupError::InUse(_)), "{refused}");
    drop(held);
}

#[tokio::test]
async fn nights_share_the_days_that_are_over_and_old_ones_go() {
    let home = Home::new().await;
    let (recipient, _) = pair();
    let folder = home.folder(None);
    let days = || {
        let entries = std::fs::read_dir(home.path("nights").join("days")).expect("a folder");
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<BTreeSet<_>>()
    };
    let first = folder.make(&home.db, &home.series, at(10)).await.expect("it is made");
    assert_eq!(first.path.file_name().and_then(|name| name.to_str()), Some(file_name(at(10)).as_str()));
    let two = days();
    assert_eq!(two.iter().map(|name| &name[..10]).collect::<Vec<_>>(), ["2026-11-25", "2026-11-26"]);
    assert_eq!(home.back(&first.path, None, false).await.expect("it comes back"), 600);

    // A sample comes late: its day is packed and kept anew, the other is as it was.
    home.series.backfill(&[(key(), Sample { at: at(399), value: 7 })]).await.expect("it stores");
    home.series.seal(at(600 * 400)).await.expect("it packs");
    let second = folder.make(&home.db, &home.series, at(DAY_S)).await.expect("it is made");
    assert_eq!(days().len(), 3, "{:?}", days());
    assert_eq!(folder.tidy().expect("it tidies"), 0);
    assert_eq!(days().len(), 3, "the first night needs its own");
    let third = folder.make(&home.db, &home.series, at(2 * DAY_S)).await.expect("it is made");
    assert_eq!((folder.tidy().expect("it tidies"), days().len()), (1, 2));
    assert!(!first.path.exists() && second.path.exists());
    assert_eq!(super::newest(&home.path("nights")).expect("it reads"), Some(at(2 * DAY_S)));
    assert_eq!(home.back(&third.path, None, false).await.expect("it comes back"), 600);

    // A day is missing: said, and done without when that is wished.
    let gone = home.path("nights").join("days").join(days().first().expect("two"));
    std::fs::write(&gone, b"rotten").expect("it writes");
    assert!(matches!(home.back(&third.path, None, false).await, Err(BackupError::Day(day)) if day == gone));
    assert_eq!(home.back(&third.path, None, true).await.expect("it comes back"), 600 - 216);

    let sealed = home.folder(Some(recipient));
    let night = sealed.make(&home.db, &home.series, at(3 * DAY_S)).await.expect("it is made");
    assert!(std::fs::read(&night.path).expect("it is there").starts_with(b"age-encryption.org/"));
}

#[test]
fn names_tell_when_a_backup_was_made() {
    assert_eq!(made_at(&file_name(at(17))), Some(at(17)));
    for other in
        ["villagenet-.backup", "villagenet-20261199T000000Z.backup", "days", "villagenet-20261126T000000Z.backup.json"]
    {
        assert_eq!(made_at(other), None, "{other}");
    }
}

/// A small archive and its bytes.
fn small(recipient: Option<&Recipient>) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("a"), b"records of halls".repeat(40)).expect("it writes");
    std::fs::write(dir.path().join("b"), b"samples").expect("it writes");
    let members = [(RECORDS, dir.path().join("a")), (SERIES, dir.path().join("b"))];
    let to = dir.path().join("small");
    write(&to, recipient, Manifest::new(at(0), "sqlite"), &members).expect("it writes");
    std::fs::read(&to).expect("it is there")
}

/// What comes out of these bytes, if they are believed.
fn opened(bytes: &[u8], identity: Option<&Identity>) -> Option<Vec<u8>> {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, bytes).expect("it writes");
    let is_believed = unpack(&file, identity, &[RECORDS, SERIES], dir.path()).is_ok();
    is_believed.then(|| std::fs::read(dir.path().join(RECORDS)).expect("it is there"))
}

#[test]
fn one_that_is_cut_short_is_no_backup() {
    let whole = small(None);
    assert_eq!(opened(&whole, None), Some(b"records of halls".repeat(40)));
    for length in 0..whole.len() {
        // The last bytes of a gzip are its checksum and length, after all that the archive holds.
        let opened = opened(&whole[..length], None);
        assert!(opened.is_none() || length > whole.len() - 16, "{length} of {} bytes", whole.len());
    }
    let newer = serde_json::json!({ "format": 2 }).to_string();
    assert!(matches!(Manifest::parse(newer.as_bytes()), Err(BackupError::Newer { format: 2 })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A flipped bit is found, or changes nothing that counts.
    #[test]
    fn a_flipped_bit_is_never_believed(at in any::<prop::sample::Index>(), bit in 0_u8..8, is_sealed in any::<bool>()) {
        let (recipient, identity) = pair();
        let mut bytes = small(is_sealed.then_some(&recipient));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Some(records) = opened(&bytes, Some(&identity)) {
            prop_assert_eq!(records, b"records of halls".repeat(40));
        }
    }

    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(opened(&bytes, None).is_none());
    }
}
