//! The figures that README.md gives, measured. `bash tests/bench/run.sh [NAME…] [--long]` builds and runs this.
//!
//! | file | its job |
//! |---|---|
//! | `figure` | a figure, its bar, the line and the file it is written to |
//! | `cpu` | what a process has used |
//! | `poll` | what a poll costs: our agent, a bare socket, prometheus-snmp-exporter, against one responder |
//! | `agent` `ping` `responder` `exporter` | those four, each a process of its own on a core of its own |
//! | `people` | many log-ins at once, the check of a session, whether a refusal tells who exists |
//! | `visit` | what a visit to each recorded device takes, against a walk of the same with net-snmp's snmpbulkwalk |
//! | `series` | how small samples lie on the disk, how soon they are taken in and read |
//! | `demo` | how soon a demo is there, and what it takes at rest |
//!
//! A figure that compares is a ratio of CPU times out of one run, the rivals taking many short turns: the neighbours of a
//! virtual machine change its speed from one second to the next.
#![expect(clippy::unwrap_used, reason = "a figure that cannot be measured ends the run at the line that went wrong")]
#![expect(clippy::print_stdout, reason = "the figures")]
#![expect(clippy::disallowed_types, reason = "what is measured runs in processes of its own")]

mod agent;
mod cpu;
mod demo;
mod exporter;
mod figure;
mod people;
mod ping;
mod poll;
mod responder;
mod series;
mod visit;

use std::process::ExitCode;

use figure::Figure;

/// As the product has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much is measured, and what of it is wanted.
struct Wanted {
    /// All when it is empty.
    names: Vec<String>,
    is_long: bool,
}

impl Wanted {
    fn any(&self, names: &[&str]) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| names.contains(&name.as_str()))
    }
}

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    // What cargo adds of its own.
    args.retain(|arg| arg != "--bench");
    if let [child, rest @ ..] = args.as_slice()
        && let Some(role) = child.strip_prefix("--as=")
    {
        match role {
            "agent" => agent::run(rest),
            "ping" => ping::run(rest),
            "responder" => responder::run(),
            other => panic!("nobody is a {other}"),
        }
        return ExitCode::SUCCESS;
    }
    let is_long = args.iter().any(|arg| arg == "--long");
    args.retain(|arg| arg != "--long");
    let known: Vec<&str> =
        [&poll::NAMES[..], &visit::NAMES[..], &demo::NAMES[..], &people::NAMES[..], &series::NAMES[..]].concat();
    if let Some(stranger) = args.iter().find(|name| !known.contains(&name.as_str())) {
        println!("{stranger} is no figure; there are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let wanted = Wanted { names: args, is_long };
    let mut figures = Vec::new();
    let mut versions = Vec::new();
    if wanted.any(&poll::NAMES) {
        figures.extend(poll::measure(&wanted));
        versions.push(exporter::version());
    }
    if wanted.any(&visit::NAMES) {
        figures.extend(visit::measure());
        versions.push(figure::said_by("snmpbulkwalk", "-V"));
    }
    if wanted.any(&series::NAMES) {
        figures.extend(series::measure(&wanted));
        versions.push(figure::said_by("victoria-metrics", "-version"));
    }
    if wanted.any(&demo::NAMES) {
        figures.extend(demo::measure(&wanted));
    }
    if wanted.any(&people::NAMES) {
        figures.extend(people::measure(&wanted));
    }
    figures.retain(|figure| wanted.any(&[figure.name]));
    for figure in &figures {
        println!("{figure}");
    }
    figure::keep(&figures, &versions);
    if figures.iter().all(Figure::is_ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
