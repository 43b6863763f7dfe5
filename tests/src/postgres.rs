//! A PostgreSQL server of our own, from Debian's package: a fresh cluster in a temporary folder on a free port.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::place::free_port;
use crate::process::{Process, run};
use crate::wait::wait_blocking;

/// Bound on each step of the start; all together take about 3 s.
const STEP: Duration = Duration::from_secs(60);

/// The account that Debian's package makes. PostgreSQL refuses to run as root.
const ACCOUNT: &str = "postgres";

/// A running server with one empty database.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    // Fields are dropped in this order: the server ends before its folder goes.
    _process: Process,
    _dir: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it. Nothing is forced to disk: the data is thrown away with the test.
    pub fn start() -> Self {
        let programs = programs();
        let dir = tempfile::tempdir().unwrap();
        hand_over(dir.path());
        let data = dir.path().join("data");
        let mut initdb = as_account(&programs.join("initdb"));
        initdb.args(["--username=villagenet", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]);
        run(initdb.arg("--pgdata").arg(&data), STEP).expect_success();

        let port = free_port();
        let mut server = as_account(&programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={port}")]);
        server.args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=32MB"]);
        // SIGINT is its "fast shutdown": SIGTERM would wait for clients to leave.
        let mut process = Process::start("postgres", &mut server, &dir.path().join("log")).farewell(Signal::INT);
        wait_blocking("PostgreSQL accepts connections", STEP, || {
            process.assert_running();
            let mut ready = Command::new(programs.join("pg_isready"));
            run(ready.args(["--quiet", "--host=127.0.0.1", &format!("--port={port}")]), STEP).code == Some(0)
        });
        Postgres { port, _process: process, _dir: dir }
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        format!("postgres://villagenet@127.0.0.1:{}/postgres", self.port)
    }
}

/// Debian keeps the server's programs out of the PATH, one folder for each version; the newest is taken.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let mut found: Vec<PathBuf> =
        versions.into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    found.retain(|folder| folder.join("postgres").is_file());
    found.sort();
    found.pop().expect("PostgreSQL's server is needed: apt-get install postgresql")
}

/// Gives the folder to the account that the server will run as.
fn hand_over(dir: &Path) {
    if geteuid().is_root() {
        run(Command::new("chown").arg(ACCOUNT).arg(dir), STEP).expect_success();
    }
}

/// `program`, run by the server's account when we are root.
fn as_account(program: &Path) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={ACCOUNT}"), &format!("--regid={ACCOUNT}"), "--clear-groups", "--"]).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_queries_and_is_gone_with_its_folder_afterwards() {
        let postgres = Postgres::start();
        let folder = postgres._dir.path().to_path_buf();
        let mut psql = Command::new(programs().join("psql"));
        let ended = run(psql.args(["--no-psqlrc", "-Atc", "show server_encoding"]).arg(postgres.url()), STEP);
        assert_eq!(ended.expect_success().stdout, "UTF8\n");
        drop(postgres);
        assert!(!folder.exists());
    }
}
