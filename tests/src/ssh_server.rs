//! A device that is read over SSH: OpenSSH's `sshd` or dropbear on a machine and a port of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use crate::machine::{Machine, System, children};
use crate::place::free_port;
use crate::process::{Process, run};
use crate::wait::wait_blocking;

/// Bound on its start, which takes about 0.1 s, and on making a key.
const READY: Duration = Duration::from_secs(20);

/// Who listens.
#[derive(Debug)]
enum Program {
    OpenSsh,
    Dropbear,
}

/// A running server on 127.0.0.1 that lets root in by [`crate::machine::PASSWORD`] and by a key of its own.
#[derive(Debug)]
pub struct SshServer {
    machine: Machine,
    program: Program,
    port: u16,
    fingerprint: String,
    starts: usize,
    /// `None` while stopped.
    process: Option<Process>,
}

impl SshServer {
    /// A Debian machine, `may-chu`, with OpenSSH. `config` is what differs from Debian's own configuration.
    pub fn openssh(config: &str) -> Self {
        let (machine, port) = (Machine::new(System::Debian, "may-chu"), free_port());
        // The first line that says something counts.
        let config = format!(
            "{config}\nPort {port}\nListenAddress 127.0.0.1\nHostKey /run/host\nPidFile none\nPermitRootLogin yes\n\
             UsePAM yes\nKbdInteractiveAuthentication no\nLogLevel DEBUG3\n"
        );
        machine.add("sshd_config", &config);
        Self::start(machine, Program::OpenSsh, port)
    }

    /// An OpenWrt access point, `ap-lang`, with dropbear.
    pub fn dropbear() -> Self {
        Self::start(Machine::new(System::OpenWrt, "ap-lang"), Program::Dropbear, free_port())
    }

    fn start(machine: Machine, program: Program, port: u16) -> Self {
        let mut server = SshServer { machine, program, port, fingerprint: String::new(), starts: 0, process: None };
        server.user_key("user");
        let path = |name: &str| server.machine.path(name);
        std::fs::copy(path("user.pub"), path("home/.ssh/authorized_keys")).unwrap();
        server.fingerprint = server.new_host_key();
        server.start_again();
        server
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The fingerprint of its host key.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The machine that it runs on.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The file of the private key that lets root in.
    pub fn key(&self) -> PathBuf {
        self.machine.path("user")
    }

    /// Makes another key; nobody is let in by it. Its file, and its fingerprint.
    pub fn user_key(&self, name: &str) -> (PathBuf, String) {
        let path = self.machine.path(name);
        run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&path), READY)
            .expect_success();
        let shown = run(Command::new("ssh-keygen").arg("-lf").arg(&path), READY).expect_success();
        (path, fingerprint(&shown.stdout))
    }

    fn new_host_key(&self) -> String {
        match self.program {
            Program::OpenSsh => self.user_key("host").1,
            Program::Dropbear => {
                let file = self.machine.path("host");
                let made = run(Command::new("dropbearkey").args(["-t", "ed25519", "-f"]).arg(file), READY);
                fingerprint(&made.expect_success().stdout)
            }
        }
    }

    /// Ends it and all its sessions.
    pub fn stop(&mut self) {
        let sessions = self.sessions();
        self.process = None;
        signal(&sessions, Signal::KILL);
    }

    /// Starts it on the port it had, with an empty log.
    pub fn start_again(&mut self) {
        self.starts += 1;
        let log = self.machine.path(&format!("server-{}.log", self.starts));
        let mut process = Process::start("the SSH server", &mut self.command(), &log);
        wait_blocking("the SSH server listens", READY, || {
            process.assert_running();
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
        self.process = Some(process);
    }

    /// Another device stands where it stood: it has another host key, and an empty log.
    pub fn swap(&mut self) {
        self.stop();
        std::fs::remove_file(self.machine.path("host")).unwrap();
        self.fingerprint = self.new_host_key();
        self.start_again();
    }

    fn command(&self) -> Command {
        match self.program {
            Program::OpenSsh => {
                let mut command = self.machine.command("/usr/sbin/sshd");
                command.args(["-D", "-e", "-f", "/run/sshd_config"]);
                command
            }
            Program::Dropbear => {
                let mut command = self.machine.command("/usr/sbin/dropbear");
                command.args(["-F", "-E", "-r", "/run/host", "-P", "/run/pid", "-p"]);
                command.arg(format!("127.0.0.1:{}", self.port));
                command
            }
        }
    }

    /// The processes that each serve one connection.
    pub fn sessions(&self) -> Vec<u32> {
        self.process.as_ref().map_or_else(Vec::new, |process| children(process.id()))
    }

    /// Sends a signal to each of them.
    pub fn signal_sessions(&self, with: Signal) {
        signal(&self.sessions(), with);
    }

    /// What it has logged since its last start.
    pub fn log(&self) -> String {
        self.process.as_ref().expect("only a running server has a log").log()
    }

    /// How many SSH_MSG_USERAUTH_REQUEST (50, RFC 4252 §6) have come in since the last start of an OpenSSH server.
    pub fn login_messages(&self) -> usize {
        self.received(50)
    }

    /// How many SSH_MSG_KEX_ECDH_INIT (30, RFC 5656 §7.1): as many clients were shown the host key.
    pub fn host_keys_shown(&self) -> usize {
        self.received(30)
    }

    fn received(&self, message: u8) -> usize {
        assert!(matches!(self.program, Program::OpenSsh), "dropbear does not log its messages");
        let line = format!("receive packet: type {message} ");
        self.log().lines().filter(|told| format!("{told} ").contains(&line)).count()
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn fingerprint(text: &str) -> String {
    let found = text.split_whitespace().find(|word| word.starts_with("SHA256:"));
    found.unwrap_or_else(|| panic!("no fingerprint in {text:?}")).to_owned()
}

fn signal(processes: &[u32], with: Signal) {
    for id in processes {
        let id = Pid::from_raw(i32::try_from(*id).unwrap()).unwrap();
        match kill_process(id, with) {
            // It may have ended by itself in the meantime.
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
