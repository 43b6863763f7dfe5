//! What a poll costs, beside what it costs others. Pollers run on core 0 one after the other, whom they ask on core 1.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fleetsim::snmp::{Agent, Options, Values};
use villagenet_tests::installation::first_line;
use villagenet_tests::process::{Process, run};

use crate::Wanted;
use crate::exporter::Exporter;
use crate::figure::Figure;
use crate::responder::{DEVICES, PORTS, address};

pub(crate) const NAMES: [&str; 3] = ["poll_cpu_vs_snmp_exporter", "poll_cpu_vs_udp", "poll_v3_vs_v2c"];

/// Turns that everybody takes. Each is short, so that those that are compared ran in the same second or two.
const TURNS: usize = 9;

/// A turn ends within this time, or something hangs.
const TURN_MAX: Duration = Duration::from_secs(600);

/// Microseconds of CPU time a poll took, turn by turn.
#[derive(Default)]
struct Costs(Vec<f64>);

impl Costs {
    fn add(&mut self, time: Duration, polls: usize) {
        self.0.push(time.as_secs_f64() * 1e6 / polls as f64);
    }

    /// How many times the costs of `other` in the same turn: the middle one of all turns.
    fn over(&self, other: &Costs) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) fn measure(wanted: &Wanted) -> Vec<Figure> {
    // This process serves the simulated devices of version 3 and asks the exporter, so it belongs beside the responder.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(compare(wanted))
}

async fn compare(wanted: &Wanted) -> Vec<Figure> {
    let polls = if wanted.is_long { 16_000 } else { 1_600 };
    let dir = tempfile::tempdir().unwrap();
    let (_responder, port) = responder(dir.path());
    let addresses: Vec<String> = (0..DEVICES).map(|device| address(device, port)).collect();
    let (_guarded, guarded_addresses) = guarded().await;
    let exporter = Exporter::start(dir.path()).await;
    exporter.scrape(&addresses, DEVICES).await;
    let [mut v2c, mut v3, mut calm, mut udp, mut other] = [(); 5].map(|()| Costs::default());
    for _ in 0..TURNS {
        take_turn(&mut v2c, "agent", &["v2c", "busy", &polls.to_string()], &addresses).await;
        take_turn(&mut udp, "ping", &[&polls.to_string()], &addresses).await;
        take_turn(&mut v3, "agent", &["v3", "busy", &polls.to_string()], &guarded_addresses).await;
        take_turn(&mut calm, "agent", &["v2c", "calm", &polls.to_string()], &addresses).await;
        other.add(exporter.scrape(&addresses, polls).await, polls);
    }
    let all = [
        ("agent v2c", &v2c),
        ("agent v3", &v3),
        ("agent v2c at 1000/s", &calm),
        ("bare UDP", &udp),
        ("snmp_exporter", &other),
    ];
    for (name, costs) in all {
        println!("  {name}: {:.1} us of CPU a poll", median(costs.0.iter().copied()));
    }
    let figure = |nth: usize, value, bar| Figure::new(NAMES[nth], value, "x").at_most(bar);
    vec![figure(0, v2c.over(&other), Some(0.05)), figure(1, v2c.over(&udp), Some(3.0)), figure(2, v3.over(&v2c), None)]
}

fn responder(dir: &Path) -> (Process, u16) {
    let (process, stdout) = Process::start_piped("responder", &mut pinned(1, "responder"), &dir.join("responder.log"));
    let port = first_line(stdout).recv_timeout(Duration::from_secs(20));
    let port = port.unwrap_or_else(|error| panic!("the responder told no port: {error}"));
    (process, port.parse().unwrap())
}

/// Devices that want version 3; its proofs and ciphers are too much for the light responder.
async fn guarded() -> (Vec<Agent>, Vec<String>) {
    let user = crate::agent::user();
    let mut agents = Vec::new();
    for _ in 0..DEVICES {
        let options = Options { users: vec![user.clone()], ..Options::default() };
        agents.push(Agent::start(Values::router("gw", PORTS), options).await.unwrap());
    }
    let addresses = agents.iter().map(|agent| agent.address().to_string()).collect();
    (agents, addresses)
}

async fn take_turn(costs: &mut Costs, role: &'static str, args: &[&str], addresses: &[String]) {
    let mut command = pinned(0, role);
    command.args(args).args(addresses);
    let ended = tokio::task::spawn_blocking(move || run(&mut command, TURN_MAX).expect_success()).await.unwrap();
    let (nanoseconds, polls) = ended.stdout.trim().split_once(' ').unwrap();
    costs.add(Duration::from_nanos(nanoseconds.parse().unwrap()), polls.parse().unwrap());
}

/// This program in another role on a core of its own.
fn pinned(core: u8, role: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(std::env::current_exe().unwrap()).arg(format!("--as={role}"));
    command
}
