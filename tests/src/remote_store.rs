//! A store that samples are sent on to: Debian's `victoria-metrics` or `prometheus`, on a free loopback port, with a folder
//! of its own that outlives it, so that it can be away for a while.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::api::Api;
use crate::place::free_port;
use crate::process::Process;
use crate::wait::wait_blocking;

/// Bound on its start, which takes about a second.
const READY: Duration = Duration::from_secs(60);

/// Which program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// VictoriaMetrics, one node.
    VictoriaMetrics,
    /// Prometheus, with its receiver switched on. It refuses a whole request for one sample that is out of order.
    Prometheus,
}

/// One series as the store has it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its labels, `__name__` among them.
    pub labels: BTreeMap<String, String>,
    /// Its samples, by milliseconds since 1970. What was sent twice is here once.
    pub samples: BTreeMap<i64, f64>,
}

/// A store, running or stopped.
#[derive(Debug)]
pub struct RemoteStore {
    kind: Kind,
    port: u16,
    process: Option<Process>,
    dir: TempDir,
}

impl RemoteStore {
    /// Starts one and waits until it is ready.
    pub fn start(kind: Kind) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut store = RemoteStore { kind, port: free_port(), process: None, dir };
        store.start_again();
        store
    }

    /// Ends it. What it has stays.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    /// Starts it again, at the same address.
    pub fn start_again(&mut self) {
        let (data, config) = (self.dir.path().join("data"), self.dir.path().join("config.yml"));
        let address = format!("127.0.0.1:{}", self.port);
        let (name, mut command, ready) = match self.kind {
            Kind::VictoriaMetrics => {
                let mut command = Command::new("victoria-metrics");
                command.arg(format!("-storageDataPath={}", data.display())).arg(format!("-httpListenAddr={address}"));
                ("victoria-metrics", command, "/health")
            }
            Kind::Prometheus => {
                std::fs::write(&config, "global: {}\n").unwrap();
                let mut command = Command::new("prometheus");
                command.arg(format!("--config.file={}", config.display()));
                command.arg(format!("--storage.tsdb.path={}", data.display()));
                command.arg(format!("--web.listen-address={address}")).arg("--web.enable-remote-write-receiver");
                ("prometheus", command, "/-/ready")
            }
        };
        let mut process = Process::start(name, &mut command, &self.dir.path().join("log"));
        wait_blocking(&format!("{name} is ready"), READY, || {
            process.assert_running();
            is_ready(self.port, ready)
        });
        self.process = Some(process);
    }

    /// Where samples are written to.
    pub fn write_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/v1/write", self.port)
    }

    /// The series that match a selector, such as `villagenet_oper_up{hall="dr-01"}`, with their samples of the last hour.
    pub async fn kept(&self, selector: &str) -> Vec<Kept> {
        let query: String = format!("{selector}[1h]").bytes().map(|byte| format!("%{byte:02X}")).collect();
        let api = Api::nobody(format!("http://127.0.0.1:{}", self.port));
        let answer = api.json(&format!("/api/v1/query?query={query}")).await;
        let found = answer["data"]["result"].as_array().unwrap_or_else(|| panic!("no result in {answer}"));
        found.iter().map(kept).collect()
    }
}

fn kept(series: &Value) -> Kept {
    let labels = series["metric"].as_object().unwrap().iter();
    let labels = labels.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
    let sample = |pair: &Value| {
        let at_ms = (pair[0].as_f64().unwrap() * 1000.0).round() as i64;
        (at_ms, pair[1].as_str().unwrap().parse().unwrap())
    };
    Kept { labels, samples: series["values"].as_array().unwrap().iter().map(sample).collect() }
}

/// Whether a GET of `path` is answered with 200, asked without a runtime.
fn is_ready(port: u16, path: &str) -> bool {
    use std::io::{Read as _, Write as _};
    let ask = || -> std::io::Result<String> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.split(' ').nth(1) == Some("200"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn both_start_answer_queries_and_come_back() {
        for kind in [Kind::VictoriaMetrics, Kind::Prometheus] {
            let mut store = RemoteStore::start(kind);
            assert_eq!(store.kept("up").await.len(), 0);
            store.stop();
            store.start_again();
            assert_eq!(store.kept("up").await.len(), 0);
        }
    }
}
