//! A PostgreSQL for tests: one server for all test processes of a run, started by whichever comes first.
//!
//! nextest runs every test in a process of its own, and making a cluster takes seconds. So the first test makes one in the
//! temporary directory and starts it beside a watcher; every test holds a shared lock while it runs, and the watcher stops
//! the server and deletes the cluster once it can take that lock for itself. Each test has a database of its own.
//!
//! With `VILLAGENET_TEST_POSTGRES=postgres://user@host` in the environment that server is used instead.

#![expect(clippy::disallowed_types, reason = "tests start a server of their own")]

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use inventory::secret::Secret;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// A database of one test.
pub(crate) struct TestDatabase {
    /// Its URL.
    pub(crate) url: Secret,
    /// Keeps the server running.
    _lease: Option<File>,
}

/// A new, empty database.
pub(crate) async fn test_database() -> TestDatabase {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let (server, lease) = match given_server() {
        Some(url) => (Server::Given(url), None),
        None => {
            let (server, lease) = own_server().await;
            (server, Some(lease))
        }
    };
    let mut admin = PgConnection::connect(&server.url("postgres")).await.expect("the server lets tests in");
    for text in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut admin).await.expect("a database can be made");
    }
    admin.close().await.expect("the connection ends");
    TestDatabase { url: Secret::new(server.url(&name)), _lease: lease }
}

#[expect(clippy::disallowed_methods, reason = "the test command may name a server")]
fn given_server() -> Option<String> {
    std::env::var("VILLAGENET_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

enum Server {
    Given(String),
    Own(PathBuf),
}

impl Server {
    fn url(&self, database: &str) -> String {
        match self {
            Server::Given(url) => format!("{}/{database}", url.trim_end_matches('/')),
            Server::Own(socket) => format!("postgres://villagenet@localhost/{database}?host={}", socket.display()),
        }
    }
}

async fn own_server() -> (Server, File) {
    let user = std::fs::metadata("/proc/self").expect("there is a /proc").uid();
    let dir = std::env::temp_dir().join(format!("villagenet-test-postgres-{user}"));
    std::fs::create_dir_all(&dir).expect("the temporary directory can be written");
    let starting = File::create(dir.join("start.lock")).expect("a lock file can be made");
    starting.lock().expect("the lock can be waited for");
    let lease = File::create(dir.join("lease.lock")).expect("a lock file can be made");
    // Waits while a watcher is just stopping the server before.
    lease.lock_shared().expect("the lock can be waited for");
    let server = Server::Own(dir.join("pg"));
    if PgConnection::connect(&server.url("postgres")).await.is_err() {
        make_cluster(&dir, user == 0);
        start(&dir, user == 0);
        wait_until_ready(&server, &dir).await;
    }
    starting.unlock().expect("the lock is ours");
    (server, lease)
}

/// The newest PostgreSQL that Debian has put there.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
    newest.expect("these tests need PostgreSQL and there is none in /usr/lib/postgresql: apt-get install postgresql")
}

/// PostgreSQL refuses to run as root.
fn as_postgres(is_root: bool, program: &Path) -> Command {
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

fn make_cluster(dir: &Path, is_root: bool) {
    let pg = dir.join("pg");
    if pg.exists() {
        std::fs::remove_dir_all(&pg).expect("what a run that was killed left behind can be removed");
    }
    std::fs::create_dir(&pg).expect("the temporary directory can be written");
    if is_root {
        run(Command::new("chown").arg("postgres:postgres").arg(&pg));
    }
    // A Vietnamese collation: an order that was left to the server's locale would differ from SQLite's and be found.
    let locale = ["--locale=C.UTF-8", "--encoding=UTF8", "--locale-provider=icu", "--icu-locale=vi"];
    let mut initdb = as_postgres(is_root, &programs().join("initdb"));
    run(initdb
        .current_dir(&pg)
        .args(["-U", "villagenet", "--auth=trust", "--no-sync"])
        .args(locale)
        .arg("-D")
        .arg(pg.join("data")));
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("the program is there");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {told}");
}

/// Starts the server and its watcher in a session of their own: they outlive the test that started them.
fn start(dir: &Path, is_root: bool) {
    const WATCH: &str = r#"
        lease=$1; pg=$2; shift 2
        "$@" >"$pg.log" 2>&1 &
        server=$!
        exec 9<>"$lease"
        while sleep 3; do
            kill -0 $server 2>/dev/null || exit 1
            if flock -n -x 9; then kill -INT $server; wait $server; rm -rf "$pg"; exit 0; fi
        done"#;
    let pg = dir.join("pg");
    let server = as_postgres(is_root, &programs().join("postgres"));
    let mut watcher = Command::new("setsid");
    watcher.args(["--fork", "sh", "-c", WATCH, "watch"]).arg(dir.join("lease.lock")).arg(&pg);
    watcher.arg(server.get_program()).args(server.get_args());
    watcher.arg("-D").arg(pg.join("data")).arg("-k").arg(&pg);
    for setting in
        ["listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=32MB"]
    {
        watcher.args(["-c", setting]);
    }
    watcher.current_dir(&pg).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // The watcher itself is not waited for: it ends by itself once no test holds the lease.
    let forked = watcher.status().expect("setsid is part of util-linux");
    assert!(forked.success(), "{watcher:?} failed");
}

async fn wait_until_ready(server: &Server, dir: &Path) {
    for _ in 0..600 {
        if let Ok(connection) = PgConnection::connect(&server.url("postgres")).await {
            connection.close().await.expect("the connection ends");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let log = std::fs::read_to_string(dir.join("pg.log")).unwrap_or_default();
    panic!("PostgreSQL did not start within a minute:\n{log}");
}
