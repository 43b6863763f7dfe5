//! The files of the master key. `DIR/key` is the key; `DIR/key.new` is the next one while it is rotated, and becomes
//! `DIR/key` when every data key is wrapped by it. A systemd credential may hold the key instead: then it is read first,
//! and never written.
//!
//! Which of the files is right is not asked of their names but of the records, which say by which key they are wrapped:
//! so a rotation that was killed between two steps leaves nothing to repair by hand.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::locked::{Locked, MasterId};
use super::master::MasterKey;

/// More than a key has, in bytes.
const LARGEST: u64 = 4096;

/// The key could not be written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// A file could not be written.
    #[error("{} cannot be written; the data folder must belong to the user who runs villagenet", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Somebody else is at the keys.
    #[error("the keys are being changed by another `villagenet keys rotate`; try again when it has ended")]
    InUse,
}

/// Where the master key of an installation is.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    data: PathBuf,
    credential: Option<PathBuf>,
}

/// As long as it lives nobody else makes or rotates keys of this installation.
#[derive(Debug)]
pub struct KeyLock(#[expect(dead_code, reason = "the lock ends with the file")] std::fs::File);

impl KeyFiles {
    /// Those of a data folder, and of the file that systemd hands over (`LoadCredential=villagenet-key:…`).
    pub fn new(data: &Path, credential: Option<&Path>) -> KeyFiles {
        KeyFiles { data: data.to_owned(), credential: credential.map(Path::to_owned) }
    }

    /// `DIR/key`.
    pub fn path(&self) -> PathBuf {
        self.data.join("key")
    }

    /// Whether the key that is used comes from systemd: then a rotated one has to be brought there.
    pub fn credential(&self) -> Option<&Path> {
        self.credential.as_deref().filter(|path| path.exists())
    }

    /// Whether a rotation goes on, or was killed.
    pub fn has_next(&self) -> bool {
        self.next().exists()
    }

    fn next(&self) -> PathBuf {
        self.data.join("key.new")
    }

    /// Keeps others from making or rotating keys.
    ///
    /// # Errors
    /// When somebody does, or the data folder cannot be written.
    pub fn lock(&self) -> Result<KeyLock, KeyFileError> {
        let path = self.data.join("key.lock");
        let failed = |source| KeyFileError::Write { path: path.clone(), source };
        let file = std::fs::File::options().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(KeyLock(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(KeyFileError::InUse),
            Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The key with this id, wherever it is.
    ///
    /// # Errors
    /// Why it is not there, told of the file that ought to hold it.
    pub fn find(&self, wanted: MasterId) -> Result<MasterKey, Locked> {
        let mut first = None;
        for (path, others) in self.candidates() {
            match read(&path, others) {
                Ok(Some(key)) if key.id() == wanted => return Ok(key),
                Ok(Some(_)) => first = first.or(Some(Locked::Wrong { wanted, path })),
                Ok(None) => {}
                // A key that others can read is not used, whichever it is: it may be the right one.
                Err(locked) => first = first.or(Some(locked)),
            }
        }
        Err(first.unwrap_or_else(|| Locked::Missing { wanted, path: self.path() }))
    }

    /// The key for records that have none yet: the one that is there, else a new one in `DIR/key`.
    ///
    /// # Errors
    /// When there is one and it cannot be used, or the new one cannot be written.
    pub fn first(&self) -> Result<Result<MasterKey, Locked>, KeyFileError> {
        for (path, others) in self.candidates().into_iter().take(if self.credential.is_some() { 2 } else { 1 }) {
            match read(&path, others) {
                Ok(Some(key)) => return Ok(Ok(key)),
                Ok(None) => {}
                Err(locked) => return Ok(Err(locked)),
            }
        }
        let key = MasterKey::random();
        write(&self.next(), &key)?;
        self.promote()?;
        Ok(Ok(key))
    }

    /// Writes a new key beside the one that is used, in the place of an older attempt.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_next(&self) -> Result<MasterKey, KeyFileError> {
        let key = MasterKey::random();
        write(&self.next(), &key)?;
        Ok(key)
    }

    /// Makes the next key the key, if it is the one that the records are wrapped by; removes it otherwise.
    ///
    /// # Errors
    /// When the files cannot be changed.
    pub fn settle(&self, used: MasterId) -> Result<(), KeyFileError> {
        let path = self.next();
        let failed = |source| KeyFileError::Write { path: path.clone(), source };
        match read(&path, 0o077) {
            Ok(Some(key)) if key.id() == used => self.promote(),
            Ok(None) => Ok(()),
            Ok(Some(_)) | Err(_) => std::fs::remove_file(&path).map_err(failed),
        }
    }

    fn promote(&self) -> Result<(), KeyFileError> {
        let failed = |source| KeyFileError::Write { path: self.path(), source };
        std::fs::rename(self.next(), self.path()).map_err(failed)?;
        sync_dir(&self.data).map_err(failed)
    }

    /// Files that may hold the key, the likeliest first, each with the mode bits that others must not have. systemd
    /// gives credentials to a service's user by an access list, which shows as bits of the group (systemd.exec(5)).
    fn candidates(&self) -> Vec<(PathBuf, u32)> {
        let credential = self.credential.clone().map(|path| (path, 0o007));
        credential.into_iter().chain([(self.path(), 0o077), (self.next(), 0o077)]).collect()
    }
}

fn read(path: &Path, others: u32) -> Result<Option<MasterKey>, Locked> {
    let unreadable = |error: std::io::Error| Locked::Unreadable { path: path.to_owned(), why: error.to_string() };
    // Asked before opening: opening a pipe would wait for somebody to write into it.
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(Locked::NotAKey { path: path.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // Asked of the open file, so that it is the one that is read.
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & others != 0 {
        return Err(Locked::Readable { path: path.to_owned(), mode });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST as usize));
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    MasterKey::of_file(&bytes).map(Some).ok_or_else(|| Locked::NotAKey { path: path.to_owned() })
}

/// Whole or not at all, also when the machine stops: a file of another name, written through, and then renamed.
fn write(path: &Path, key: &MasterKey) -> Result<(), KeyFileError> {
    let failed = |source| KeyFileError::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let partial = path.with_extension("partial");
    let mut options = std::fs::File::options();
    let file = options.create(true).write(true).truncate(true).mode(0o600).open(&partial);
    let written = file.and_then(|mut file| {
        // A file that was there before keeps its mode.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(key.to_file().as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&partial, path)).and_then(|()| sync_dir(folder)).map_err(failed)
}

/// A rename is durable when its folder is.
fn sync_dir(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, KeyFiles) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let files = KeyFiles::new(dir.path(), None);
        (dir, files)
    }

    fn first(files: &KeyFiles) -> MasterKey {
        files.first().expect("it is written").expect("it can be used")
    }

    #[test]
    fn the_first_key_is_made_for_its_owner_alone_and_is_found_again() {
        let (_dir, files) = folder();
        let key = first(&files);
        let mode = std::fs::metadata(files.path()).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(first(&files).id(), key.id());
        assert!(files.find(key.id()).is_ok_and(|found| found.id() == key.id()));
        assert!(!files.next().exists());
    }

    #[test]
    fn two_installations_have_two_keys() {
        let (_one, one) = folder();
        let (_two, two) = folder();
        assert_ne!(first(&one).to_file(), first(&two).to_file());
    }

    #[test]
    fn a_key_that_is_missing_wrong_readable_or_rubbish_is_told_and_not_replaced() {
        let (_dir, files) = folder();
        let wanted = MasterKey::random().id();
        let path = files.path();
        let locked = |expected: Locked| assert_eq!(files.find(wanted).err(), Some(expected));
        locked(Locked::Missing { wanted, path: path.clone() });
        assert!(!path.exists());
        first(&files);
        locked(Locked::Wrong { wanted, path: path.clone() });
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("it is ours");
        locked(Locked::Readable { path: path.clone(), mode: 0o640 });
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        std::fs::write(&path, "hunter2").expect("it is written");
        locked(Locked::NotAKey { path: path.clone() });
        assert!(files.first().expect("nothing was written").is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "hunter2");
        std::fs::remove_file(&path).expect("it is there");
        std::fs::create_dir(&path).expect("it is made");
        locked(Locked::NotAKey { path });
    }

    #[test]
    fn after_a_kill_between_two_steps_of_a_rotation_the_records_say_which_key_is_right() {
        let (_dir, files) = folder();
        let old = first(&files);
        let new = files.write_next().expect("it is written");
        for used in [&old, &new] {
            assert!(files.find(used.id()).is_ok_and(|found| found.id() == used.id()));
        }
        // Killed before the records were wrapped by it: an attempt that came to nothing.
        files.settle(old.id()).expect("it is removed");
        assert!(!files.next().exists());
        assert!(files.find(old.id()).is_ok());
        // Killed after that: it takes the place of the old one.
        let new = files.write_next().expect("it is written");
        files.settle(new.id()).expect("it is renamed");
        assert!(files.find(new.id()).is_ok() && files.find(old.id()).is_err() && !files.next().exists());
        files.settle(new.id()).expect("nothing is left to do");
    }

    #[test]
    fn a_key_handed_over_by_systemd_goes_first_and_is_never_written() {
        let (dir, _) = folder();
        let given = dir.path().join("credential");
        let key = MasterKey::random();
        write(&given, &key).expect("it is written");
        std::fs::set_permissions(&given, std::fs::Permissions::from_mode(0o440)).expect("it is ours");
        let files = KeyFiles::new(&dir.path().join("data"), Some(&given));
        assert_eq!(first(&files).id(), key.id());
        assert!(!files.path().exists());
        std::fs::set_permissions(&given, std::fs::Permissions::from_mode(0o444)).expect("it is ours");
        assert!(matches!(files.find(key.id()), Err(Locked::Readable { mode: 0o444, .. })));
    }

    #[test]
    fn only_one_at_a_time_makes_or_rotates_keys() {
        let (_dir, files) = folder();
        let held = files.lock().expect("nobody has it");
        assert!(matches!(files.lock(), Err(KeyFileError::InUse)));
        drop(held);
        assert!(files.lock().is_ok());
    }
}
