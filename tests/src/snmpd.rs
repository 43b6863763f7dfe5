//! A device: net-snmp's `snmpd` with a configuration, a port and a state folder of its own.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::place::free_port;
use crate::process::{Process, run};
use crate::wait::wait_blocking;

/// Bound on its start, which takes about 0.2 s.
const READY: Duration = Duration::from_secs(20);

/// sysUpTime.0, which every agent answers.
const SYS_UP_TIME: &str = "1.3.6.1.2.1.1.3.0";

/// The SNMPv3 users it knows: name, authentication, privacy.
pub const USERS: [(&str, &str, &str); 2] = [("tram", "SHA-256", "AES-128"), ("xa", "SHA-512", "AES-256")];
/// The pass phrases of all of them.
pub const AUTH_PASS: &str = "nuoc chay da mon";
/// See [`AUTH_PASS`].
pub const PRIVACY_PASS: &str = "gio dua canh truc";

/// Further lines by which it answers as an OpenWrt access point with LibreNMS's scripts and a temperature sensor
/// (LM-SENSORS-MIB).
pub const OPENWRT: &str = "\
sysDescr Linux OpenWrt hall 5.15.150
extend distro /bin/echo OpenWrt 23.05.3
extend clients-wlan0 /bin/echo 3
extend frequency-wlan0 /bin/echo 2437
extend noise-floor-wlan0 /bin/echo -95
override 1.3.6.1.4.1.2021.13.16.2.1.1.1 integer 1
override 1.3.6.1.4.1.2021.13.16.2.1.2.1 octet_str \"cpu\"
override 1.3.6.1.4.1.2021.13.16.2.1.3.1 uinteger 47500";

/// Further lines by which it answers as a RouterOS access point with a radio, two clients and its health
/// (MIKROTIK-MIB).
pub const ROUTEROS: &str = "\
sysObjectID 1.3.6.1.4.1.14988.1
sysDescr RouterOS RB951G-2HnD
override 1.3.6.1.4.1.14988.1.1.1.3.1.4.7 octet_str \"NhaVanHoa\"
override 1.3.6.1.4.1.14988.1.1.1.3.1.6.7 uinteger 2
override 1.3.6.1.4.1.14988.1.1.1.3.1.7.7 uinteger 2437
override 1.3.6.1.4.1.14988.1.1.1.3.1.9.7 integer -103
override 1.3.6.1.4.1.14988.1.1.1.2.1.3.2.0.94.0.83.1.7 integer -61
override 1.3.6.1.4.1.14988.1.1.1.2.1.3.2.0.94.0.83.2.7 integer -84
override 1.3.6.1.4.1.14988.1.1.1.2.1.8.2.0.94.0.83.1.7 uinteger 72200000
override 1.3.6.1.4.1.14988.1.1.3.8.0 integer 239
override 1.3.6.1.4.1.14988.1.1.3.10.0 integer 475";

/// A running `snmpd` on 127.0.0.1 that answers v1 and v2c, and v3 to [`USERS`].
#[derive(Debug)]
pub struct Snmpd {
    dir: TempDir,
    port: u16,
    community: String,
    /// Further lines of its configuration.
    more: String,
    /// `None` while stopped.
    process: Option<Process>,
}

impl Snmpd {
    /// Starts one on a free port and waits until it answers.
    pub fn start(community: &str) -> Self {
        Snmpd::start_with(community, "")
    }

    /// The same with further lines in its configuration.
    pub fn start_with(community: &str, more: &str) -> Self {
        let mut snmpd = Snmpd {
            dir: tempfile::tempdir().unwrap(),
            port: free_port(),
            community: community.to_owned(),
            more: more.to_owned(),
            process: None,
        };
        snmpd.start_again();
        snmpd
    }

    /// Where it answers, as `HOST:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it answers to.
    pub fn community(&self) -> &str {
        &self.community
    }

    /// Ends it: its port refuses from now on.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it on the port it had; it counts as rebooted.
    pub fn start_again(&mut self) {
        std::fs::write(self.dir.path().join("snmpd.conf"), self.config()).unwrap();
        let log = self.dir.path().join("snmpd.log");
        let mut process = Process::start("snmpd", &mut self.command(), &log);
        wait_blocking("snmpd answers", READY, || {
            process.assert_running();
            self.answers()
        });
        self.process = Some(process);
    }

    /// Lets it stand still: its port swallows what is sent, as a device without power does.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        self.process.as_ref().expect("only a running snmpd is frozen or thawed").signal(signal);
    }

    fn config(&self) -> String {
        let users = USERS.map(|(user, auth, privacy)| {
            // net-snmp knows the first of them by its older name.
            let privacy = if privacy == "AES-128" { "AES" } else { privacy };
            format!("createUser {user} {auth} \"{AUTH_PASS}\" {privacy} \"{PRIVACY_PASS}\"\nrouser {user} priv\n")
        });
        format!(
            "agentAddress udp:127.0.0.1:{}\nrocommunity {} 127.0.0.1\nsysName gw-dr-01\nsysLocation Thôn Suối Thông B1\n\
             sysContact it@example.org\nsysServices 72\n{}{}\n",
            self.port,
            self.community,
            users.concat(),
            self.more
        )
    }

    fn command(&self) -> Command {
        let mut command = Command::new("/usr/sbin/snmpd");
        // In the foreground, log to its output, this configuration and no other; no SMUX and no AgentX port.
        command.args(["-f", "-Lo", "-C", "-c"]).arg(self.dir.path().join("snmpd.conf"));
        command.args(["-I", "-smux"]).env("SNMP_PERSISTENT_DIR", self.dir.path().join("state"));
        command
    }

    /// Asked by another implementation than ours, so that a fault of ours cannot hide here.
    fn answers(&self) -> bool {
        let mut ask = Command::new("/usr/bin/snmpget");
        ask.args(["-v2c", "-t", "0.3", "-r", "0", "-c", &self.community, &self.address(), SYS_UP_TIME]);
        run(&mut ask, READY).code == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_agent_is_silent_and_answers_on_its_old_port_when_started_again() {
        let mut snmpd = Snmpd::start("word");
        let address = snmpd.address();
        snmpd.freeze();
        assert!(!snmpd.answers());
        snmpd.thaw();
        wait_blocking("it answers again", READY, || snmpd.answers());
        snmpd.stop();
        assert!(!snmpd.answers());
        snmpd.start_again();
        assert!(snmpd.answers());
        assert_eq!(snmpd.address(), address);
    }
}
