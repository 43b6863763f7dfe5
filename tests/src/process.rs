//! A child process that belongs to one test: ended by its id when the test ends, its log shown when the test fails.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a child may take to end by itself before it is killed. Graceful shutdown has a bar of 10 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running child.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    /// `None` once it has ended and was waited for.
    child: Option<Child>,
    /// Its standard error, and its standard output unless that is piped.
    log: PathBuf,
    /// What asks it to end.
    farewell: Signal,
}

impl Process {
    /// Starts `command` with all it prints going to `log`.
    pub fn start(name: &'static str, command: &mut Command, log: &Path) -> Self {
        let out = log_file(log);
        command.stdout(out.try_clone().unwrap());
        Self::spawn(name, command, log, out)
    }

    /// Starts `command` with its standard output left to the caller.
    pub fn start_piped(name: &'static str, command: &mut Command, log: &Path) -> (Self, ChildStdout) {
        command.stdout(Stdio::piped());
        let mut process = Self::spawn(name, command, log, log_file(log));
        let stdout = process.child.as_mut().and_then(|child| child.stdout.take());
        (process, stdout.expect("its standard output was piped two lines above"))
    }

    fn spawn(name: &'static str, command: &mut Command, log: &Path, errors: File) -> Self {
        let child = command.stdin(Stdio::null()).stderr(errors).spawn();
        let child = child.unwrap_or_else(|error| panic!("{name} ({:?}) did not start: {error}", command.get_program()));
        Process { name, child: Some(child), log: log.to_path_buf(), farewell: Signal::TERM }
    }

    /// Its id.
    ///
    /// # Panics
    /// When it has ended.
    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap_or_else(|| panic!("{} has ended", self.name)).id()
    }

    /// Asks it to end by `signal` instead of SIGTERM.
    pub fn farewell(mut self, signal: Signal) -> Self {
        self.farewell = signal;
        self
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Fails the test when the child has ended by itself.
    pub fn assert_running(&mut self) {
        let child = self.child.as_mut().unwrap_or_else(|| panic!("{} has ended", self.name));
        if let Some(status) = child.try_wait().unwrap() {
            panic!("{} ended with {status}", self.name);
        }
    }

    /// Asks it to end and waits; killed after 10 s. `None` when it had to be killed, or had ended before.
    pub fn stop(&mut self) -> Option<ExitStatus> {
        self.child.as_ref()?;
        self.signal(Signal::CONT);
        self.signal(self.farewell);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            let status = self.child.as_mut()?.try_wait().unwrap();
            if status.is_some() {
                self.child = None;
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.kill();
        None
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself in the meantime, which is as good.
            if child.kill().is_ok() {
                child.wait().unwrap();
            }
        }
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("--- log of {} ---\n{}--- end of log ---", self.name, tail(&self.log(), 16_000));
        }
    }
}

fn log_file(path: &Path) -> File {
    File::options().create(true).append(true).open(path).unwrap()
}

/// The last `bytes` of a text, from the start of a line.
fn tail(text: &str, bytes: usize) -> &str {
    let from = text.len().saturating_sub(bytes);
    match from {
        0 => text,
        _ => text.as_bytes()[from..].iter().position(|byte| *byte == b'\n').map_or("", |line| &text[from + line + 1..]),
    }
}

/// How a command that ran to its end ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; a signal is `None`.
    pub code: Option<i32>,
    /// What it printed to standard output.
    pub stdout: String,
    /// What it printed to standard error.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
}

impl Ended {
    /// Everything it printed.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Fails the test unless it exited 0.
    pub fn expect_success(self) -> Self {
        assert_eq!(self.code, Some(0), "the command failed:\n{}", self.text());
        self
    }
}

/// Runs `command` to its end without standard input, for at most `limit`.
///
/// What it prints goes through files: a pipe that nobody reads while we wait would fill up and stop it.
pub fn run(command: &mut Command, limit: Duration) -> Ended {
    let dir = tempfile::tempdir().unwrap();
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log_file(&out))
        .stderr(log_file(&err))
        .spawn()
        .unwrap_or_else(|error| panic!("{:?} did not start: {error}", command.get_program()));
    let read = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let took = started.elapsed();
            return Ended { code: status.code(), stdout: read(&out), stderr: read(&err), took };
        }
        if started.elapsed() > limit {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{command:?} still ran after {} s:\n{}{}", limit.as_secs(), read(&out), read(&err));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
