//! [`Figure`]: what was measured, beside its bar.

use std::fmt;
use std::process::Command;

use serde_json::{Value, json};
use villagenet_tests::place::target_dir;
use villagenet_tests::wait::now;

/// One figure. Of all so far, less is better.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// It may be at most this; `None` when it is only told.
    pub(crate) bar: Option<f64>,
}

impl Figure {
    pub(crate) fn is_ok(&self) -> bool {
        self.bar.is_none_or(|bar| self.value <= bar)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figure { name, value, unit, bar } = self;
        write!(f, "{name} {} {unit}", short(*value))?;
        match bar {
            Some(bar) => write!(f, " (bar <= {bar}) {}", if self.is_ok() { "ok" } else { "MISS" }),
            None => write!(f, " (no bar) ok"),
        }
    }
}

/// Three digits that count.
fn short(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else if value >= 1.0 {
        2
    } else {
        4
    };
    format!("{value:.decimals$}")
}

/// Puts the figures into results.json, each in the place of the one of its name.
pub(crate) fn keep(figures: &[Figure], versions: &[String]) {
    let path = target_dir().join("bench/results.json");
    std::fs::create_dir_all(path.parent().expect("the file lies in a folder")).unwrap();
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|_| "[]".to_owned());
    let mut kept: Vec<Value> = serde_json::from_str(&kept).unwrap();
    kept.retain(|old| figures.iter().all(|figure| old["name"] != figure.name));
    let (machine, at) = (machine(), now().to_string());
    let mut versions = versions.to_vec();
    versions.push(said_by("rustc", "--version"));
    versions.push(format!("villagenet {}", env!("CARGO_PKG_VERSION")));
    kept.extend(figures.iter().map(|figure| {
        json!({
            "name": figure.name, "value": figure.value, "unit": figure.unit, "op": "<=", "bar": figure.bar,
            "ok": figure.is_ok(), "machine": machine, "versions": versions, "at": at,
        })
    }));
    kept.sort_by_key(|figure| figure["name"].to_string());
    std::fs::write(&path, serde_json::to_string_pretty(&kept).unwrap()).unwrap();
    println!("machine: {machine}; {}", versions.join("; "));
    println!("kept in {}", path.display());
}

/// Cores, processor, kernel.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} x {model}, Linux {}", kernel.trim())
}

/// The first line that a program says of itself.
pub(crate) fn said_by(program: &str, flag: &str) -> String {
    let output = Command::new(program).arg(flag).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned()
}
