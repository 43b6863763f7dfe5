//! Programs of others, started and read.

use std::process::{Command, Output, Stdio};

/// Runs a program to its end on a thread of its own and gives its standard output, or else what went wrong.
pub(crate) async fn run(program: &'static str, arguments: Vec<String>) -> Result<String, String> {
    let output = tokio::task::spawn_blocking(move || {
        Command::new(program).args(arguments).env("MIBS", "").stdin(Stdio::null()).output().unwrap()
    });
    let Output { status, stdout, stderr } = output.await.unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.success() { Ok(stdout.into_owned()) } else { Err(format!("{status}: {stdout}{stderr}")) }
}

/// Splits a line of arguments at its blanks.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
