//! `villagenet demo`, running: the whole product with its simulated fleet beside it.

use std::process::{Command, ExitStatus};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::Api;
use crate::installation::first_line;
use crate::person::Person;
use crate::place::bin;
use crate::process::Process;

/// Bound on its start; its own bar is 5 s.
const READY: Duration = Duration::from_secs(50);

/// A demo, ended when dropped.
#[derive(Debug)]
pub struct Demo {
    process: Process,
    /// Its API, with the token.
    pub api: Api,
    told: Value,
    _dir: TempDir,
}

impl Demo {
    /// Starts `villagenet demo --json ARGS` on a free port and waits for its line.
    pub fn start(args: &[&str]) -> Demo {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(bin());
        command.args(["demo", "--json", "--listen", "127.0.0.1:0"]).args(args);
        // Where it makes a temporary folder of its own.
        command.env("TMPDIR", dir.path());
        let (process, out) = Process::start_piped("villagenet demo", &mut command, &dir.path().join("demo.log"));
        let line = first_line(out).recv_timeout(READY);
        let line = line.unwrap_or_else(|error| panic!("no line of JSON: {error}\n{}", process.log()));
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        let text = |key: &str| told[key].as_str().unwrap_or_else(|| panic!("no {key} in {line}")).to_owned();
        let api = Api::with_token(text("url"), &text("api_token"));
        Demo { process, api, told, _dir: dir }
    }

    /// Its first administrator, or the second.
    pub fn administrator(&self, is_second: bool) -> Person {
        let told = if is_second { &self.told["second_admin"] } else { &self.told };
        let text = |key: &str| told[key].as_str().unwrap_or_else(|| panic!("no {key} in {told}"));
        let person = Person::new(text("username"), text("password"));
        Person { totp: Some(text("totp_secret").to_owned()), ..person }
    }

    /// Where its data is.
    pub fn data(&self) -> &str {
        self.told["data"].as_str().unwrap()
    }

    /// The id of its own process, which is the controller's.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The id of its fleet's process.
    pub fn simulator_pid(&self) -> u32 {
        self.told["simulator_pid"].as_u64().unwrap().try_into().unwrap()
    }

    /// Whether the process of its fleet is there.
    pub fn has_simulator(&self) -> bool {
        let pid = self.simulator_pid();
        // One that has ended and was not waited for yet is a name without a program.
        std::fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("simulate-fleet"))
    }

    /// Breaks something for so many seconds. The number of the fault.
    pub async fn fault(&self, fault: &str, target: &str, seconds: u64) -> u64 {
        let asked = json!({"fault": fault, "target": target, "seconds": seconds});
        let control = self.told["control"].as_str().unwrap();
        let answer = reqwest::Client::new().post(format!("{control}/faults")).body(asked.to_string()).send().await;
        let answer: Value = serde_json::from_str(&answer.unwrap().text().await.unwrap()).unwrap();
        answer["id"].as_u64().unwrap_or_else(|| panic!("no fault but {answer}"))
    }

    /// Mends it.
    pub async fn mend(&self, fault: u64) {
        let control = self.told["control"].as_str().unwrap();
        let answer = reqwest::Client::new().delete(format!("{control}/faults/{fault}")).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// See [`Process::stop`].
    pub fn stop(&mut self) -> Option<ExitStatus> {
        self.process.stop()
    }

    /// See [`Process::kill`].
    pub fn kill(&mut self) {
        self.process.kill();
    }
}
