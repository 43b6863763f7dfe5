//! The simulated fleet: `villagenet simulate-fleet` as a child process, and this side's hold on it. The child ends when
//! its standard input closes, so it does not outlive its parent however that ends.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use fleetsim::village::{self, Options, Play};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
#[expect(clippy::disallowed_types, reason = "the simulated fleet is this program itself, in a process of its own")]
use tokio::process::{Child, ChildStdin, Command};

use crate::Failed;
use crate::cli::SimulateArgs;

/// Every socket of the fleet listens well before that.
const START: Duration = Duration::from_secs(60);

/// `villagenet simulate-fleet`.
pub(crate) async fn simulate(args: SimulateArgs) -> Result<(), Failed> {
    let options = Options { halls: args.halls, seed: args.seed, ..Options::at(Timestamp::from_second(args.started)?) };
    let (end, input) = tokio::io::duplex(1);
    std::thread::spawn(move || {
        // Nothing is ever written to it; however reading ends, the parent is gone.
        drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
        drop(end);
    });
    Ok(village::run(options, Play::Demo, 0, input, std::io::stdout()).await?)
}

/// The line that the child prints once everything listens.
#[derive(Deserialize)]
pub(super) struct Ready {
    /// Where faults are asked for.
    pub(super) control: String,
    /// The inventory, with the host keys of what is asked over SSH.
    pub(super) halls_csv: String,
    pub(super) devices_csv: String,
    /// What opens its devices, by the name of the profile.
    pub(super) credentials: BTreeMap<String, Credential>,
}

/// What opens a device that does not exist: these are no secrets.
#[derive(Deserialize)]
#[serde(tag = "kind")]
pub(super) enum Credential {
    #[serde(rename = "snmp-v2c")]
    SnmpV2c { community: String },
    #[serde(rename = "snmp-v3")]
    SnmpV3 { user: String, auth: String, auth_pass: String, privacy: String, privacy_pass: String },
    #[serde(rename = "ssh")]
    Ssh { user: String, port: u16, password: Option<String>, key: Option<String> },
}

/// The child, and what it told.
pub(super) struct Simulator {
    child: Child,
    /// Held as long as the child is to live.
    _life: ChildStdin,
    pid: u32,
    pub(super) ready: Ready,
}

impl Simulator {
    /// Starts it and waits for its line.
    pub(super) async fn start(halls: u16, seed: u64, started: Timestamp) -> Result<Simulator, Failed> {
        let failed = |error| Failed::new(format!("the simulated fleet did not start: {error}"));
        #[expect(clippy::disallowed_types, reason = "as above")]
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.arg("simulate-fleet").args(["--halls", &halls.to_string(), "--seed", &seed.to_string()]);
        command.args(["--started", &started.as_second().to_string()]);
        // A group of its own: Ctrl-C at the terminal is for the parent, which ends the child.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).kill_on_drop(true);
        let mut child = command.spawn().map_err(failed)?;
        let pid = child.id().expect("it was not waited for yet");
        let life = child.stdin.take().expect("it is piped");
        let out = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        let mut read = BufReader::new(out);
        let told = tokio::time::timeout(START, read.read_line(&mut line)).await;
        match told {
            Ok(Ok(_)) if !line.is_empty() => {}
            Ok(_) => {
                return Err(Failed::new("the simulated fleet ended before it was ready; what it said stands above"));
            }
            Err(_) => {
                return Err(Failed::new(format!("the simulated fleet was not ready within {} s", START.as_secs())));
            }
        }
        let ready = serde_json::from_str(&line)?;
        Ok(Simulator { child, _life: life, pid, ready })
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it ends, which it must not by itself.
    pub(super) async fn ended(&mut self) -> Failed {
        let how = match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Failed::new(format!("the simulated fleet (process {}) ended by itself: {how}; start the demo again", self.pid))
    }
}
