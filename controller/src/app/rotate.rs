//! Rotating the keys of the vault, beside a running `serve`. Each step leaves everything readable, whichever was the last
//! that was done: the program may be killed between any two, and the next run goes on from there.
//!
//! ```text
//!   data key:   a newer one is added ─▶ secrets are sealed anew, some at a time ─▶ older ones are deleted ─▶ traces wiped
//!   master key: key.new is written ─▶ every data key is wrapped by it, at once ─▶ key.new becomes key ─▶ traces wiped
//! ```

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::audit::Actor;
use super::error::AppError;
use super::keys::{KeysError, unlock};
use super::principal::Principal;
use crate::store::{AuditAction, AuditEntry, Db};
use crate::vault::{KeyFiles, KeyLock, Keyring, MasterKey};

/// Secrets sealed anew in one transaction: a writer of `serve` waits for no more than that.
const AT_ONCE: u32 = 500;
/// How often it is tried to wipe traces while somebody reads, and how long in between.
const WIPES: u32 = 25;
const WIPE_AGAIN: Duration = Duration::from_millis(200);

/// What is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Which {
    /// The data key: everything is sealed anew.
    pub data_key: bool,
    /// The master key: the old one opens nothing any more.
    pub master: bool,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets that were sealed anew.
    pub secrets: usize,
    /// Whether no older form of a secret is left in the files.
    pub is_wiped: bool,
}

/// A rotation. As long as it lives nobody else rotates keys of this installation.
pub struct Rotation<'a> {
    db: &'a Db,
    files: &'a KeyFiles,
    actor: Actor,
    _lock: KeyLock,
}

impl<'a> Rotation<'a> {
    /// Begins, and clears away what a rotation left that was killed.
    ///
    /// # Errors
    /// When another goes on, there are no keys yet, the vault is locked, or the records cannot be read.
    pub async fn begin(db: &'a Db, files: &'a KeyFiles) -> Result<Rotation<'a>, AppError> {
        let lock = files.lock().map_err(KeysError::from)?;
        let rotation = Rotation { db, files, actor: Actor::of(&Principal::system()), _lock: lock };
        if db.vault_load().await?.keys.is_empty() {
            let text = "there are no keys yet: `villagenet serve` makes them at its first start";
            return Err(AppError::Conflict(text.to_owned()));
        }
        rotation.master_settle().await?;
        Ok(rotation)
    }

    /// All of it.
    ///
    /// # Errors
    /// When the records or the files cannot be written. The next rotation goes on from there.
    pub async fn run(&self, which: Which, now: Timestamp) -> Result<Rotated, AppError> {
        let mut secrets = 0;
        if which.data_key {
            self.data_key_add(now).await?;
            loop {
                secrets += self.reseal_all().await?;
                if self.data_key_drop_old().await? {
                    break;
                }
            }
        }
        if which.master {
            let next = self.master_write_next()?;
            self.master_rewrap(&next, now).await?;
            self.master_settle().await?;
        }
        Ok(Rotated { secrets, is_wiped: self.traces_wipe().await? })
    }

    /// Adds a newer data key: from then on it seals.
    ///
    /// # Errors
    /// As [`Rotation::run`].
    pub async fn data_key_add(&self, now: Timestamp) -> Result<(), AppError> {
        let (ring, master) = self.keys().await?;
        let version = ring.newest() + 1;
        let details = json!({ "data_key": version });
        Ok(self.db.data_key_add(&Keyring::new_key(&master, version), &self.entry(now, details)).await?)
    }

    /// Seals some of what an older data key sealed. Gives how many there were.
    ///
    /// # Errors
    /// As [`Rotation::run`].
    pub async fn reseal(&self, at_once: u32) -> Result<usize, AppError> {
        Ok(self.db.secret_reseal(&self.keys().await?.0, at_once).await?)
    }

    async fn reseal_all(&self) -> Result<usize, AppError> {
        let mut secrets = 0;
        loop {
            match self.reseal(AT_ONCE).await? {
                0 => return Ok(secrets),
                some => secrets += some,
            }
        }
    }

    /// Deletes the older data keys that nothing needs any more; whether that is all of them.
    ///
    /// # Errors
    /// As [`Rotation::run`].
    pub async fn data_key_drop_old(&self) -> Result<bool, AppError> {
        Ok(self.db.data_key_drop_old().await?)
    }

    /// Writes the next master key beside the one that is used.
    ///
    /// # Errors
    /// As [`Rotation::run`].
    pub fn master_write_next(&self) -> Result<MasterKey, AppError> {
        Ok(self.files.write_next().map_err(KeysError::from)?)
    }

    /// Wraps every data key by the next master key, all at once. From then on the one before opens nothing.
    ///
    /// # Errors
    /// As [`Rotation::run`].
    pub async fn master_rewrap(&self, next: &MasterKey, now: Timestamp) -> Result<(), AppError> {
        let (ring, _) = self.keys().await?;
        let details = json!({ "master_key": next.id().to_string() });
        Ok(self.db.data_key_rewrap(&ring.wrapped_by(next), &self.entry(now, details)).await?)
    }

    /// Makes the next master key the key if the records are wrapped by it, and removes it otherwise.
    ///
    /// # Errors
    /// As [`Rotation::run`].
    pub async fn master_settle(&self) -> Result<(), AppError> {
        let (ring, _) = self.keys().await?;
        Ok(self.files.settle(ring.master()).map_err(KeysError::from)?)
    }

    /// Overwrites what the database still keeps of older forms; whether nobody's reading stood in the way.
    ///
    /// # Errors
    /// As [`Rotation::run`].
    pub async fn traces_wipe(&self) -> Result<bool, AppError> {
        for _ in 0..WIPES {
            if self.db.secret_traces_wipe().await? {
                return Ok(true);
            }
            tokio::time::sleep(WIPE_AGAIN).await;
        }
        Ok(false)
    }

    async fn keys(&self) -> Result<(Keyring, MasterKey), AppError> {
        let record = self.db.vault_load().await?;
        let ring = unlock(self.files, &record)?;
        let master = self.files.find(ring.master())?;
        Ok((ring, master))
    }

    fn entry(&self, now: Timestamp, details: serde_json::Value) -> AuditEntry<'_> {
        AuditEntry { details, ..self.actor.did(now, AuditAction::KeysRotate, "keys") }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use inventory::clock::{Clock as _, SystemClock};
    use inventory::credential::Credential;
    use inventory::secret::Secret;

    use super::*;
    use crate::app::keys::Keys;
    use crate::vault::{Keyring, MasterId};

    struct Home {
        dir: tempfile::TempDir,
        db: Db,
        files: KeyFiles,
    }

    const SECRETS: usize = 7;

    impl Home {
        async fn new() -> Home {
            let dir = tempfile::tempdir().expect("a folder");
            let db = Db::open_sqlite(&dir.path().join("villagenet.db")).await.expect("it opens");
            db.migrate().await.expect("it migrates");
            let home = Home { files: KeyFiles::new(dir.path(), None), dir, db };
            let keys = home.keys().await;
            let actor = Actor::of(&Principal::system());
            for n in 0..SECRETS {
                let (name, entry) = (format!("c{n}").parse().expect("a name"), home.entry(&actor));
                let credential = Credential::SnmpV2c { community: Secret::new(format!("secret {n}")) };
                let (db, name, credential, entry) = (&home.db, &name, &credential, &entry);
                let create =
                    |ring: Arc<Keyring>| async move { db.credential_create(&ring, name, credential, entry).await };
                keys.with_ring(create).await.expect("it is written");
            }
            home
        }

        fn entry<'a>(&self, actor: &'a Actor) -> AuditEntry<'a> {
            actor.did(SystemClock.now(), AuditAction::CredentialCreate, "credential")
        }

        /// As another process opens it.
        async fn keys(&self) -> Keys {
            Keys::open(self.db.clone(), self.files.clone()).await.expect("it opens")
        }

        async fn master(&self) -> MasterId {
            self.keys().await.ring().await.expect("it is open").master()
        }

        /// Everything that these keys open is as it was. They are asked as a `serve` asks that runs on.
        async fn assert_open(&self, keys: &Keys) {
            let db = &self.db;
            let opened = keys.with_ring(|ring| async move { db.credential_open_all(&ring).await }).await;
            let (_, opened) = opened.expect("the vault is open");
            for (n, opened) in opened.iter().enumerate() {
                let credential = Credential::SnmpV2c { community: Secret::new(format!("secret {n}")) };
                assert!(opened.credential.as_ref().is_ok_and(|opened| opened.is_same(&credential)), "{n}");
            }
            assert_eq!(opened.len(), SECRETS);
        }
    }

    /// One step after the other, each as if the program had been killed after it and before the next: everything is
    /// readable for who opens the vault then and for who opened it before, and a rotation that begins then ends well.
    #[tokio::test]
    async fn a_rotation_may_be_killed_after_any_step() {
        for steps in 0..=6 {
            let home = Home::new().await;
            let running = home.keys().await;
            let now = SystemClock.now();
            {
                let rotation = Rotation::begin(&home.db, &home.files).await.expect("nobody else rotates");
                let mut next = None;
                for step in 1..=steps {
                    match step {
                        1 => rotation.data_key_add(now).await.expect("it is written"),
                        2 => assert_eq!(rotation.reseal(3).await.expect("it is written"), 3),
                        3 => assert_eq!(rotation.reseal_all().await.expect("it is written"), SECRETS - 3),
                        4 => assert!(rotation.data_key_drop_old().await.expect("it is written")),
                        5 => next = Some(rotation.master_write_next().expect("it is written")),
                        _ => {
                            let next = next.as_ref().expect("it was written a step before");
                            rotation.master_rewrap(next, now).await.expect("it is written");
                        }
                    }
                    home.assert_open(&running).await;
                }
            }
            home.assert_open(&running).await;
            let before = home.master().await;
            home.assert_open(&home.keys().await).await;
            let rotation = Rotation::begin(&home.db, &home.files).await.expect("nobody else rotates");
            let rotated = rotation.run(Which { data_key: true, master: true }, now).await.expect("it ends");
            assert_eq!(rotated, Rotated { secrets: SECRETS, is_wiped: true }, "after {steps} steps");
            drop(rotation);
            home.assert_open(&running).await;
            assert_ne!(home.master().await, before);
            assert!(home.files.find(before).is_err() && !home.files.has_next(), "the old master key is gone");
            assert_eq!(home.db.vault_load().await.expect("it reads").keys.len(), 1);
        }
    }

    /// Every wrapped key and every sealed secret that is in the records.
    async fn sealed(home: &Home) -> Vec<Vec<u8>> {
        let keys = home.db.vault_load().await.expect("it reads").keys.into_iter().map(|key| key.bytes);
        keys.chain(home.db.secret_bytes_all().await).collect()
    }

    /// With the master key of before, and every byte of the files, nothing opens.
    #[tokio::test]
    async fn the_files_hold_nothing_that_the_old_keys_open() {
        for which in [Which { data_key: false, master: true }, Which { data_key: true, master: true }] {
            let home = Home::new().await;
            let old = sealed(&home).await;
            let rotation = Rotation::begin(&home.db, &home.files).await.expect("nobody else rotates");
            assert!(rotation.run(which, SystemClock.now()).await.expect("it ends").is_wiped);
            let new = sealed(&home).await;
            let gone: Vec<_> = old.iter().filter(|bytes| !new.contains(bytes)).collect();
            assert_eq!(gone.len(), if which.data_key { SECRETS + 1 } else { 1 });
            let mut looked = 0;
            for file in std::fs::read_dir(home.dir.path()).expect("a folder") {
                let bytes = std::fs::read(file.expect("a file").path()).expect("it reads");
                looked += bytes.len();
                for old in &gone {
                    assert!(!bytes.windows(old.len()).any(|window| window == old.as_slice()), "it is still there");
                }
            }
            assert!(looked > 50_000, "{looked} bytes");
            home.assert_open(&home.keys().await).await;
        }
    }

    #[tokio::test]
    async fn two_do_not_rotate_at_once_and_a_locked_vault_is_not_rotated() {
        let home = Home::new().await;
        let held = Rotation::begin(&home.db, &home.files).await.expect("nobody else rotates");
        let refused = Rotation::begin(&home.db, &home.files).await.err();
        assert!(matches!(refused, Some(AppError::Conflict(_))));
        drop(held);
        let (key, aside) = (home.files.path(), home.dir.path().join("aside"));
        std::fs::rename(&key, &aside).expect("it moves");
        assert!(matches!(Rotation::begin(&home.db, &home.files).await.err(), Some(AppError::Locked(_))));
        let running = home.keys().await;
        assert!(running.locked().is_some() && !key.exists(), "no new key is made");
        assert!(matches!(running.ring().await.err(), Some(AppError::Locked(_))));
        std::fs::rename(&aside, &key).expect("it moves");
        home.assert_open(&running).await;
    }
}
