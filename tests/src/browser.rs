//! A person with a browser: the scripts of tests/browser, run by Node with playwright-core and Debian's Chromium.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::place::{target_dir, workspace_root};
use crate::process::run;

/// Bound on `npm ci` with an empty cache; it takes about 5 s.
const INSTALL: Duration = Duration::from_secs(300);

/// Bound on one script; 24 pages take about 60 s.
const SCRIPT: Duration = Duration::from_secs(600);

/// The scripts, ready to run.
#[derive(Debug)]
pub struct Browser {
    dir: PathBuf,
}

impl Browser {
    /// Copies the scripts beside their modules, which are installed below the target folder so that the source tree
    /// stays clean. Only the first call after a change of the lock file installs.
    pub fn ready() -> Self {
        let dir = target_dir().join("browser");
        std::fs::create_dir_all(&dir).unwrap();
        // Another test's process may be doing the same.
        let lock = File::create(dir.join(".lock")).unwrap();
        lock.lock().unwrap();
        let source = workspace_root().join("tests/browser");
        for entry in std::fs::read_dir(&source).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            std::fs::copy(entry.path(), dir.join(entry.file_name())).unwrap();
        }
        let wanted = std::fs::read(source.join("package-lock.json")).unwrap();
        let stamp = dir.join(".installed");
        if std::fs::read(&stamp).ok().as_ref() != Some(&wanted) {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&dir);
            run(&mut npm, INSTALL).expect_success();
            std::fs::write(&stamp, wanted).unwrap();
        }
        Browser { dir }
    }

    /// Runs `script` with `order` as its one argument and gives back the JSON it prints last.
    pub fn run(&self, script: &str, order: &Value) -> Value {
        let mut node = Command::new("node");
        node.arg(script).arg(order.to_string()).current_dir(&self.dir);
        let ended = run(&mut node, SCRIPT).expect_success();
        let last = ended.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{script}: {error} in\n{}", ended.text()))
    }

    /// Where screenshots go.
    pub fn screenshots() -> PathBuf {
        let dir = target_dir().join("screenshots");
        std::fs::create_dir_all(&dir).unwrap();
        absolute(&dir)
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap()
}
