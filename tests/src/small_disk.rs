//! A disk of a few megabytes that a test fills and frees: a tmpfs, which needs root, as the rest of these tests does.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::run;

const COMMAND: std::time::Duration = std::time::Duration::from_secs(10);

/// Mounted until it is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts one of `mebibytes` on the folder `at`, which is made.
    pub fn mount(at: &Path, mebibytes: u64) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={mebibytes}m,mode=0700");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "villagenet-test"]).arg(at), COMMAND)
            .expect_success();
        SmallDisk { at: at.to_path_buf() }
    }

    /// Fills it up but for `bytes`, which others may take at once.
    pub fn fill_but(&self, bytes: u64) {
        let mut file = File::create(self.filler()).unwrap();
        let chunk = vec![7_u8; 4096];
        loop {
            match file.write_all(&chunk) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{}: {error}", self.filler().display()),
            }
        }
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(bytes)).unwrap();
    }

    /// Makes room again.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a child that still ends must not keep it here.
        drop(Command::new("umount").arg("-l").arg(&self.at).status());
    }
}
