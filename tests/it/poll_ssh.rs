//! `villagenet poll --ssh` against the servers that halls really have: OpenSSH and dropbear.

#![expect(clippy::disallowed_types, reason = "servers of others are started as programs")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use villagenet_tests::installation::villagenet;
use villagenet_tests::place::free_port;
use villagenet_tests::process::Process;
use villagenet_tests::wait::wait_blocking;

const READY: Duration = Duration::from_secs(20);

fn key(path: &Path) -> String {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status().unwrap();
    assert!(made.success());
    let shown = Command::new("ssh-keygen").arg("-lf").arg(path).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    shown.split_whitespace().nth(1).unwrap().to_owned()
}

fn started(name: &'static str, command: &mut Command, dir: &TempDir, port: u16) -> Process {
    let mut process = Process::start(name, command, &dir.path().join("server.log"));
    wait_blocking("the server listens", READY, || {
        process.assert_running();
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    process
}

fn poll(port: u16, key: &Path, host_key: Option<&str>) -> (Option<i32>, Value) {
    let (user, key) = (format!("root@{port}"), key.to_str().unwrap());
    let mut args = vec!["poll", "127.0.0.1", "--ssh", &user, "--key", key, "--json"];
    args.extend(host_key.into_iter().flat_map(|key| ["--host-key", key]));
    let ended = villagenet(&args);
    (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", ended.text())))
}

#[test]
fn this_machine_is_read_through_openssh_once_its_host_key_is_given() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let at = |name: &str| dir.path().join(name);
    let (host_key, other) = (key(&at("host")), key(&at("user")));
    // sshd's own, which its service makes at start.
    std::fs::create_dir_all("/run/sshd").unwrap();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host\nAuthorizedKeysFile {0}/user.pub\nStrictModes no\n\
         PidFile none\nPermitRootLogin prohibit-password\nUsePAM no\nLogLevel DEBUG\n",
        dir.path().display()
    );
    std::fs::write(at("sshd_config"), config).unwrap();
    let mut command = Command::new("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f"]).arg(at("sshd_config"));
    let _sshd = started("sshd", &mut command, &dir, port);

    for (given, fingerprints) in [(None, 1), (Some(other.as_str()), 2)] {
        let (code, visit) = poll(port, &at("user"), given);
        assert_eq!((code, &visit["error"]["kind"]), (Some(1), &"hostkey".into()), "{visit}");
        let message = visit["error"]["message"].as_str().unwrap();
        assert!(message.contains(&host_key) && message.matches("SHA256:").count() == fingerprints, "{message}");
    }
    let log = std::fs::read_to_string(at("server.log")).unwrap();
    assert!(log.contains("kex_exchange") || log.contains("kex:") || log.contains("KEX"), "{log}");
    assert!(!log.contains("userauth-request"), "somebody tried to log in:\n{log}");

    let (code, visit) = poll(port, &at("user"), Some(&host_key));
    assert_eq!((code, &visit["protocols"]), (Some(0), &serde_json::json!(["ssh"])), "{visit}");
    assert_eq!((&visit["identity"]["platform"], &visit["error"]), (&"linux".into(), &Value::Null));
    let lo = visit["interfaces"].as_array().unwrap().iter().find(|port| port["name"] == "lo").unwrap();
    assert!(lo["in_octets"].as_u64().is_some_and(|octets| octets > 0) && lo["counter_bits"] == 64, "{lo}");
    let log = std::fs::read_to_string(at("server.log")).unwrap();
    assert!(log.contains("userauth-request"), "the log would have told of it:\n{log}");

    let (_, visit) = poll(port, &at("host"), Some(&host_key));
    assert_eq!(visit["error"]["kind"], "login", "{visit}");
}

#[test]
fn dropbears_host_key_is_shown_before_anybody_logs_in() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let (host, user) = (dir.path().join("host"), dir.path().join("user"));
    key(&user);
    let made = Command::new("dropbearkey").args(["-t", "ed25519", "-f"]).arg(&host).output().unwrap();
    let made = String::from_utf8(made.stdout).unwrap();
    let host_key = made.split_whitespace().find(|word| word.starts_with("SHA256:")).unwrap();
    let mut command = Command::new("dropbear");
    command
        .args(["-F", "-E", "-p", &format!("127.0.0.1:{port}"), "-r"])
        .arg(&host)
        .arg("-P")
        .arg(dir.path().join("pid"));
    let _dropbear = started("dropbear", &mut command, &dir, port);
    let (code, visit) = poll(port, &user, None);
    assert_eq!((code, &visit["error"]["kind"]), (Some(1), &"hostkey".into()), "{visit}");
    assert!(visit["error"]["message"].as_str().unwrap().contains(host_key), "{visit}");
    let (_, visit) = poll(port, &user, Some(host_key));
    assert_eq!(visit["error"]["kind"], "login", "the key is not root's: {visit}");
}
