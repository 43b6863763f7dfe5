//! `villagenet poll --ssh` against the servers that halls really have: OpenSSH and dropbear.

use std::path::Path;

use serde_json::{Value, json};
use villagenet_tests::installation::{Installation, path_text, villagenet};
use villagenet_tests::machine::PASSWORD;
use villagenet_tests::ssh_server::SshServer;

/// One visit as root with the host key given.
fn poll(server: &SshServer, host_key: Option<&str>, login: &[&str]) -> (Option<i32>, Value) {
    let user = format!("root@{}", server.port());
    let mut args = vec!["poll", "127.0.0.1", "--ssh", &user, "--json"];
    args.extend(host_key.into_iter().flat_map(|key| ["--host-key", key]));
    args.extend(login);
    let ended = villagenet(&args);
    (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", ended.text())))
}

fn by_key(server: &SshServer, key: &Path) -> (Option<i32>, Value) {
    poll(server, Some(server.fingerprint()), &["--key", path_text(key)])
}

fn by_password(server: &SshServer, password: &str) -> (Option<i32>, Value) {
    let home = Installation::new();
    let file = home.secret_file("password", password);
    poll(server, Some(server.fingerprint()), &["--password-file", path_text(&file)])
}

/// A visit that told everything, and who was visited: platform, version, name.
fn assert_read((code, visit): (Option<i32>, Value), who: [Value; 3]) {
    assert_eq!((code, &visit["error"], &visit["protocols"]), (Some(0), &Value::Null, &json!(["ssh"])), "{visit}");
    let identity = &visit["identity"];
    assert_eq!(["platform", "version", "sys_name"].map(|word| identity[word].clone()), who, "{visit}");
    assert!(visit["uptime_s"].as_u64().is_some_and(|seconds| seconds > 0), "{visit}");
    assert_eq!(visit["warnings"], json!([]), "{visit}");
    let lo = visit["interfaces"].as_array().unwrap().iter().find(|port| port["name"] == "lo").unwrap();
    assert!(lo["in_octets"].as_u64().is_some_and(|octets| octets > 0) && lo["counter_bits"] == 64, "{lo}");
    assert_eq!((&lo["type"], &lo["admin_up"]), (&json!(24), &json!(true)), "{lo}");
}

fn assert_debian(visit: (Option<i32>, Value)) {
    assert_read(visit, ["linux", "Debian GNU/Linux 12 (bookworm)", "may-chu"].map(Value::from));
}

fn assert_openwrt(visit: (Option<i32>, Value)) {
    assert_eq!(visit.1["identity"]["model"], "TP-Link Archer C7 v5", "{}", visit.1);
    assert_read(visit, ["openwrt", "23.05.5", "ap-lang"].map(Value::from));
}

fn assert_login_refused((code, visit): (Option<i32>, Value), words: &str) {
    assert_eq!((code, &visit["error"]["kind"]), (Some(1), &"login".into()), "{visit}");
    assert!(visit["error"]["message"].as_str().unwrap().contains(words), "{visit}");
    assert!(!visit["error"]["hint"].as_str().unwrap().is_empty(), "{visit}");
}

/// Nobody logs in to a host key that was not given, or another one was.
fn assert_host_key_comes_first(server: &SshServer) {
    let (other, other_fingerprint) = server.user_key("other");
    for (given, fingerprints) in [(None, 1), (Some(other_fingerprint.as_str()), 2)] {
        let (code, visit) = poll(server, given, &["--key", path_text(&server.key())]);
        assert_eq!((code, &visit["error"]["kind"]), (Some(1), &"hostkey".into()), "{visit}");
        let message = visit["error"]["message"].as_str().unwrap();
        assert!(message.contains(server.fingerprint()), "{message}");
        assert_eq!(message.matches("SHA256:").count(), fingerprints, "{message}");
    }
    assert_eq!(server.machine().commands(), 0);
    assert_login_refused(by_key(server, &other), "does not take the key");
}

#[test]
fn a_machine_is_read_through_openssh_by_key_once_its_host_key_is_given() {
    let server = SshServer::openssh("");
    let (code, visit) = poll(&server, None, &["--key", path_text(&server.key())]);
    assert_eq!((code, &visit["error"]["kind"]), (Some(1), &"hostkey".into()), "{visit}");
    assert_eq!((server.host_keys_shown(), server.login_messages()), (1, 0), "{}", server.log());
    assert_host_key_comes_first(&server);
    assert_debian(by_key(&server, &server.key()));
    assert!(server.login_messages() > 0, "the log would have told of it:\n{}", server.log());
}

#[test]
fn an_access_point_is_read_through_dropbear_by_key_and_by_password_once_its_host_key_is_given() {
    let server = SshServer::dropbear();
    assert_host_key_comes_first(&server);
    assert_openwrt(by_key(&server, &server.key()));
    assert_openwrt(by_password(&server, PASSWORD));
    assert!(server.log().contains("Password auth succeeded for 'root'"), "{}", server.log());
    assert_login_refused(by_password(&server, "sai"), "does not take the password");
    assert_eq!(server.log().matches("Bad password attempt for 'root'").count(), 1, "{}", server.log());
}

#[test]
fn openssh_lets_in_by_password_and_by_dialogue_and_a_wrong_password_is_tried_once() {
    // Its configuration, and the way in that its log names.
    let ways = [
        ("PasswordAuthentication yes", "password"),
        ("UsePAM no", "password"),
        ("PasswordAuthentication no\nKbdInteractiveAuthentication yes", "keyboard-interactive/pam"),
        ("PasswordAuthentication yes\nKbdInteractiveAuthentication yes", "password"),
    ];
    for (config, way) in ways {
        let server = SshServer::openssh(config);
        assert_debian(by_password(&server, PASSWORD));
        let accepted = format!("Accepted {way} for root");
        assert!(server.log().contains(&accepted), "{config}: no {accepted:?} in\n{}", server.log());
        let refused = by_password(&server, "mật khẩu sai");
        assert!(!refused.1.to_string().contains("mật khẩu sai"), "{}", refused.1);
        assert_login_refused(refused, "does not take the password");
        // sshd calls the question which ways there are a failure too, one without a way.
        let log = server.log();
        let failures: Vec<&str> =
            log.lines().filter(|line| line.contains("Failed ") && !line.contains("Failed none ")).collect();
        let told = format!("Failed {way} for root");
        assert!(failures.len() == 1 && failures[0].contains(&told), "{config}: {failures:?}");
    }
}

#[test]
fn a_password_that_has_to_be_changed_is_not_given_as_the_new_one() {
    let server = SshServer::openssh("PasswordAuthentication no\nKbdInteractiveAuthentication yes");
    let accounts = server.machine().path("etc/shadow");
    // The day of its last change is the first of all: the user has to choose another one (shadow(5)).
    let expired = std::fs::read_to_string(&accounts).unwrap().replace(":20000:", ":0:");
    std::fs::write(&accounts, &expired).unwrap();
    assert_login_refused(
        by_password(&server, PASSWORD),
        "it asks for more than a password: You are required to change",
    );
    assert_eq!(std::fs::read_to_string(&accounts).unwrap(), expired);
    assert_eq!(server.machine().commands(), 0);
}

#[test]
fn a_server_that_takes_no_passwords_or_only_old_algorithms_is_told_from_a_wrong_password() {
    let keys_only = SshServer::openssh("PasswordAuthentication no");
    assert_login_refused(by_password(&keys_only, PASSWORD), "it takes no passwords (it takes publickey)");
    assert_debian(by_key(&keys_only, &keys_only.key()));
    let old = SshServer::openssh("KexAlgorithms diffie-hellman-group14-sha1");
    let (code, visit) = by_password(&old, PASSWORD);
    assert_eq!((code, &visit["error"]["kind"]), (Some(1), &"algorithm".into()), "{visit}");
    assert!(visit["error"]["message"].as_str().unwrap().contains("diffie-hellman-group14-sha1"), "{visit}");
}
