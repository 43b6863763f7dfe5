//! One installation of the product: its configuration and data in a folder of their own, its commands, and `serve`.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::api::Api;
use crate::person::Person;
use crate::place::bin;
use crate::process::{Ended, Process, run};
use crate::village::Village;
use crate::wait::wait_for;

/// Bound on one command of the command line.
const COMMAND: Duration = Duration::from_secs(60);

/// Bound on the start of `serve`; its own bar is 3 s.
const READY: Duration = Duration::from_secs(30);

/// A folder with `villagenet.toml`, the files it names, and `data/`.
#[derive(Debug)]
pub struct Installation {
    dir: TempDir,
    config: String,
    /// The token of an administrator, made before the first start.
    token: Option<String>,
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}

impl Installation {
    /// An installation that listens on a free loopback port and knows nothing yet.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // The receivers of tests listen on loopback, where no message goes unless the administrator allows it.
        let config = "listen = \"127.0.0.1:0\"\nlog = \"info\"\noutbound_allow = [\"127.0.0.0/8\"]\n".to_owned();
        Installation { dir, config, token: None }
    }

    /// Adds a line or a table to the configuration. Plain keys must come before the first table.
    pub fn configure(mut self, toml: &str) -> Self {
        self.config.push_str(toml);
        self.config.push('\n');
        self
    }

    /// Logs by another filter than `info`.
    pub fn log_level(mut self, filter: &str) -> Self {
        self.config = self.config.replace("log = \"info\"", &format!("log = {filter:?}"));
        self
    }

    /// Polls quicker than by default, for tests that are not about how quick it is.
    pub fn brisk(self) -> Self {
        self.configure("[polling]\nreach_interval_s = 1\nvisit_interval_s = 5\nreach_timeout_ms = 500")
    }

    /// Keeps records in the PostgreSQL database at `url`.
    pub fn records_in(self, url: &str) -> Self {
        let file = self.secret_file("database-url", url);
        self.configure(&format!("[database]\nurl_file = {file:?}"))
    }

    /// Adds the SNMP v2c profile `name`.
    pub fn snmp_v2c(self, name: &str, community: &str) -> Self {
        let file = self.secret_file(&format!("{name}.community"), community);
        self.configure(&format!("[credentials.{name}]\nkind = \"snmp-v2c\"\ncommunity_file = {file:?}"))
    }

    /// Adds the SNMPv3 profile `name` of one of [`crate::snmpd::USERS`].
    pub fn snmp_v3(self, name: &str, (user, auth, privacy): (&str, &str, &str)) -> Self {
        let auth_file = self.secret_file(&format!("{name}.auth"), crate::snmpd::AUTH_PASS);
        let privacy_file = self.secret_file(&format!("{name}.privacy"), crate::snmpd::PRIVACY_PASS);
        self.configure(&format!(
            "[credentials.{name}]\nkind = \"snmp-v3\"\nuser = {user:?}\nauth = {auth:?}\nauth_file = {auth_file:?}\n\
             privacy = {privacy:?}\nprivacy_file = {privacy_file:?}"
        ))
    }

    /// Sends notifications to the webhook at `url`.
    pub fn webhook(self, url: &str) -> Self {
        self.configure(&format!("[channels.hook]\nkind = \"webhook\"\nurl = {url:?}\nlanguage = \"en\""))
    }

    /// Sends notifications by mail through the plain SMTP server at `server`.
    pub fn mail(self, server: &str) -> Self {
        let mut table = String::new();
        let ok = writeln!(table, "[channels.mail]\nkind = \"smtp\"\nserver = {server:?}\ntls = \"none\"")
            .and_then(|()| writeln!(table, "from = \"villagenet@example.org\"\nto = [\"it@example.org\"]"));
        ok.expect("writing to a String cannot fail");
        self.configure(&table)
    }

    /// A file beside the configuration that only its owner may read, as secrets must be.
    pub fn secret_file(&self, name: &str, content: &str) -> PathBuf {
        use std::io::Write as _;
        let path = self.dir.path().join(name);
        let mut file =
            std::fs::File::options().create(true).write(true).truncate(true).mode(0o600).open(&path).unwrap();
        writeln!(file, "{content}").unwrap();
        path
    }

    /// A plain file in the installation's folder.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Its configuration file, written now.
    pub fn config_file(&self) -> PathBuf {
        self.file("villagenet.toml", &self.config)
    }

    /// Where data is kept.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Exports the inventory: the halls' file and the devices' file.
    pub fn export(&self) -> [String; 2] {
        let dir = self.dir.path().join("export");
        self.command(&["inventory", "export", "--to", path_text(&dir)]).expect_success();
        ["halls.csv", "devices.csv"].map(|name| std::fs::read_to_string(dir.join(name)).unwrap())
    }

    /// The token of an administrator; there once `serve` has been started.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("it is made before the first start")
    }

    /// Gives it the master key and the token of another installation, from a backup of which it was restored.
    pub fn follow(&mut self, other: &Installation) {
        std::fs::copy(other.data().join("key"), self.data().join("key")).unwrap();
        self.token = other.token.clone();
    }

    /// Makes a token by the command line.
    pub fn token_add(&self, args: &[&str]) -> String {
        let made = self.command(&[&["token", "add"], args].concat()).expect_success();
        made.stdout.trim().to_owned()
    }

    /// Makes an account by the command line, with a pass phrase of its own.
    pub fn user_add(&self, name: &str, args: &[&str]) -> Person {
        let passphrase = format!("quạt trần kêu to {:08x}", rand::random::<u32>());
        let file = self.secret_file(&format!("{name}.passphrase"), &passphrase);
        let file = path_text(&file).to_owned();
        self.command(&[&["user", "add", name, "--password-file", &file], args].concat()).expect_success();
        Person::new(name, &passphrase)
    }

    /// Runs `villagenet ARGS --config … --data …` to its end.
    pub fn command(&self, args: &[&str]) -> Ended {
        run(&mut self.prepared(args), COMMAND)
    }

    /// Starts `villagenet ARGS --config … --data …` and leaves it running.
    pub fn start(&self, name: &'static str, args: &[&str]) -> Process {
        Process::start(name, &mut self.prepared(args), &self.dir.path().join("started.log"))
    }

    /// Imports both files of a village and fails the test unless both are taken.
    pub fn import(&self, village: &Village) {
        for (name, text) in [("halls.csv", village.halls_csv()), ("devices.csv", village.devices_csv())] {
            let file = self.file(name, &text);
            self.command(&["inventory", "import", path_text(&file)]).expect_success();
        }
    }

    /// Starts `serve` and waits until it is ready.
    pub async fn serve(&mut self) -> Serve {
        if self.token.is_none() {
            self.token = Some(self.token_add(&["tests", "--role", "admin"]));
        }
        let log = self.dir.path().join("serve.log");
        let (process, stdout) =
            Process::start_piped("villagenet serve", &mut self.prepared(&["serve", "--json"]), &log);
        let first = first_line(stdout);
        let mut serve = Serve { process, api: Api::nobody(String::new()), setup_url: None, tls_fingerprint: None };
        let line = match first.recv_timeout(READY) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("serve --json printed no line within {} s", READY.as_secs()),
            Err(RecvTimeoutError::Disconnected) => panic!("serve ended or closed its output before its JSON line"),
        };
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        let url = told["url"].as_str().unwrap_or_else(|| panic!("no url in {line:?}")).trim_end_matches('/');
        serve.setup_url = told["setup_url"].as_str().map(str::to_owned);
        serve.api = Api::with_token(url.to_owned(), self.token());
        serve.tls_fingerprint = told["tls_fingerprint"].as_str().map(str::to_owned);
        if let Ok(certificate) = std::fs::read(self.data().join("tls/self-signed.pem")) {
            serve.api = serve.api.trusting(&certificate);
        } else if let Ok(certificate) = std::fs::read(self.dir.path().join("cert.pem")) {
            serve.api = serve.api.trusting(&certificate);
        }
        wait_for("serve is ready", READY, async || {
            serve.process.assert_running();
            serve.api.anonymous().status("/readyz").await == Some(200)
        })
        .await;
        serve
    }

    /// The command with its configuration written and named.
    fn prepared(&self, args: &[&str]) -> Command {
        let config = self.config_file();
        let mut command = Command::new(bin());
        command.args(args).arg("--config").arg(config).arg("--data").arg(self.data());
        command
    }
}

/// Runs `villagenet ARGS`, a command that is about no installation, to its end.
pub fn villagenet(args: &[&str]) -> Ended {
    run(Command::new(bin()).args(args), COMMAND)
}

/// Reads the first line on a thread, so that the wait can be bounded, and then keeps the pipe empty.
pub fn first_line(stdout: std::process::ChildStdout) -> Receiver<String> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        if let Some(line) = lines.next() {
            // Nobody listens any more when the test has failed in the meantime.
            drop(tell.send(line));
        }
        lines.for_each(drop);
    });
    told
}

/// A path as an argument.
pub fn path_text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// `villagenet serve`, running. Dropping it ends it gracefully, or by force after 10 s.
#[derive(Debug)]
pub struct Serve {
    process: Process,
    /// Its API, with the token. It trusts the certificate that the installation made, or its file `cert.pem`.
    pub api: Api,
    setup_url: Option<String>,
    /// The fingerprint of the certificate that it told of; `None` where plain HTTP is spoken.
    pub tls_fingerprint: Option<String>,
}

impl Serve {
    /// Where the first account is made.
    pub fn setup_url(&self) -> &str {
        self.setup_url.as_deref().expect("nobody can log in yet")
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to end by SIGTERM. `None` when it was not gone within 10 s.
    pub fn stop(&mut self) -> Option<ExitStatus> {
        self.process.stop()
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Lets it stand still as a frozen machine would.
    pub fn freeze(&self) {
        self.process.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.process.signal(Signal::CONT);
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }
}
