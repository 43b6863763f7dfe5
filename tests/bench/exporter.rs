//! prometheus-snmp-exporter of Debian, with a module that reads what our agent reads in a minute's visit, in the way that
//! costs it least: only those columns, each in one request, and ten rows and the one after in each answer.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio::task::JoinSet;
use villagenet_tests::api::Api;
use villagenet_tests::place::free_port;
use villagenet_tests::process::Process;
use villagenet_tests::wait::wait_for;

use crate::cpu;
use crate::figure::said_by;
use crate::responder::PORTS;

const PROGRAM: &str = "prometheus-snmp-exporter";

/// Scrapes at once: with fewer it goes to sleep after each, with more it costs no less.
const AT_ONCE: usize = 4;

/// What it says of its version.
pub(crate) fn version() -> String {
    said_by(PROGRAM, "--version")
}

/// The exporter, running on core 0.
pub(crate) struct Exporter {
    process: Process,
    api: Api,
}

impl Exporter {
    pub(crate) async fn start(dir: &Path) -> Exporter {
        let config = dir.join("snmp.yml");
        std::fs::write(&config, module()).unwrap();
        let listen = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new("taskset");
        command.args(["-c", "0", PROGRAM, "--config.file"]).arg(&config);
        command.arg(format!("--web.listen-address={listen}")).env("GOMAXPROCS", "1");
        let process = Process::start("snmp_exporter", &mut command, &dir.join("exporter.log"));
        let exporter = Exporter { process, api: Api::nobody(format!("http://{listen}")) };
        wait_for("the exporter listens", Duration::from_secs(20), async || exporter.api.status("/").await == Some(200))
            .await;
        exporter
    }

    /// Scrapes so many times, one address after the other. The CPU time that the exporter took for it.
    pub(crate) async fn scrape(&self, addresses: &[String], polls: usize) -> Duration {
        let before = cpu::of(self.process.id());
        let mut scrapes = JoinSet::new();
        for nth in 0..AT_ONCE {
            let (api, addresses) = (self.api.clone(), addresses.to_vec());
            scrapes.spawn(async move {
                for address in addresses.iter().cycle().skip(nth).step_by(AT_ONCE).take(polls / AT_ONCE) {
                    let text = api.text(&format!("/snmp?module=ports&target={address}")).await;
                    assert_eq!(text.matches("ifName=\"ether").count(), 5 * PORTS as usize, "{text}");
                    assert!(text.contains("\nsysUpTime 360000\n"), "{text}");
                }
            });
        }
        scrapes.join_all().await;
        cpu::of(self.process.id()) - before
    }
}

fn module() -> String {
    let columns = [
        ("ifOperStatus", "1.3.6.1.2.1.2.2.1.8"),
        ("ifInErrors", "1.3.6.1.2.1.2.2.1.14"),
        ("ifOutErrors", "1.3.6.1.2.1.2.2.1.20"),
        ("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6"),
        ("ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10"),
    ];
    let name = "1.3.6.1.2.1.31.1.1.1.1";
    let walked = columns.map(|(_, oid)| oid).join(", ");
    let metrics: String = columns
        .iter()
        .map(|(metric, oid)| {
            let kind = if *metric == "ifOperStatus" { "gauge" } else { "counter" };
            format!(
                "  - {{name: {metric}, oid: {oid}, type: {kind}, help: {metric}, \
                 indexes: [{{labelname: ifIndex, type: gauge}}], \
                 lookups: [{{labels: [ifIndex], labelname: ifName, oid: {name}, type: DisplayString}}]}}\n"
            )
        })
        .collect();
    format!(
        "ports:\n  version: 2\n  max_repetitions: {}\n  auth: {{community: public}}\n  get: [1.3.6.1.2.1.1.3.0]\n  \
         walk: [{name}, {walked}]\n  metrics:\n  - {{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: \
         sysUpTime}}\n{metrics}",
        PORTS + 1
    )
}
