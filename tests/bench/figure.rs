//! [`Figure`]: what was measured, beside its bar.

use std::fmt;
use std::process::Command;

use serde_json::{Value, json};
use villagenet_tests::place::target_dir;
use villagenet_tests::wait::now;

/// One figure.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    value: f64,
    unit: &'static str,
    bar: Bar,
}

/// What it may be.
#[derive(Debug, Clone, Copy)]
enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// It is only told.
    None,
}

impl Figure {
    /// A figure that is only told.
    pub(crate) fn new(name: &'static str, value: f64, unit: &'static str) -> Figure {
        Figure { name, value, unit, bar: Bar::None }
    }

    /// Less is better.
    pub(crate) fn at_most(self, bar: Option<f64>) -> Figure {
        Figure { bar: bar.map_or(Bar::None, Bar::AtMost), ..self }
    }

    /// More is better.
    pub(crate) fn at_least(self, bar: f64) -> Figure {
        Figure { bar: Bar::AtLeast(bar), ..self }
    }

    pub(crate) fn is_ok(&self) -> bool {
        match self.bar {
            Bar::AtMost(bar) => self.value <= bar,
            Bar::AtLeast(bar) => self.value >= bar,
            Bar::None => true,
        }
    }

    /// How it is compared, and with what.
    fn bar(&self) -> (&'static str, Option<f64>) {
        match self.bar {
            Bar::AtMost(bar) => ("<=", Some(bar)),
            Bar::AtLeast(bar) => (">=", Some(bar)),
            Bar::None => ("<=", None),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, short(self.value), self.unit)?;
        match self.bar() {
            (op, Some(bar)) => write!(f, " (bar {op} {}) {}", short(bar), if self.is_ok() { "ok" } else { "MISS" }),
            (_, None) => write!(f, " (no bar) ok"),
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
            "name": figure.name, "value": figure.value, "unit": figure.unit, "op": figure.bar().0, "bar": figure.bar().1,
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
