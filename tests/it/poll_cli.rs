//! `villagenet poll`: one visit at the bench, and what it says when there is nothing to visit.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::Value;
use villagenet_tests::installation::{Installation, villagenet};
use villagenet_tests::process::Ended;
use villagenet_tests::snmpd::{AUTH_PASS, PRIVACY_PASS, Snmpd, USERS};

/// A person waits in front of it.
const PATIENCE: Duration = Duration::from_secs(15);

fn poll(args: &[&str]) -> Ended {
    let args: Vec<&str> = ["poll"].iter().chain(args).copied().collect();
    villagenet(&args)
}

fn told(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", ended.text()))
}

#[test]
fn a_visit_over_v1_and_v2c_has_the_promised_shape() {
    let snmpd = Snmpd::start("bench");
    for (version, protocol) in [("1", "snmp1"), ("2c", "snmp2c")] {
        let ended = poll(&[&snmpd.address(), "--snmp", version, "--community", "bench", "--json"]).expect_success();
        let visit = told(&ended);
        assert_eq!(visit["address"], snmpd.address().as_str());
        assert_eq!(visit["reachable"], true);
        assert!(visit["protocols"].as_array().unwrap().contains(&protocol.into()), "{visit}");
        assert!(visit["uptime_s"].as_u64().is_some_and(|seconds| seconds < 600), "{visit}");
        assert_eq!(visit["identity"]["sys_name"], "gw-dr-01");
        assert_eq!(visit["identity"]["sys_location"], "Thôn Suối Thông B1");
        assert_eq!(visit["identity"]["sys_object_id"], "1.3.6.1.4.1.8072.3.2.10", "no leading dot");
        assert_eq!(visit["error"], Value::Null);
        assert!(visit["warnings"].is_array(), "{visit}");
        let interfaces = visit["interfaces"].as_array().unwrap();
        let lo = interfaces.iter().find(|interface| interface["name"] == "lo").unwrap_or_else(|| panic!("{visit}"));
        assert_eq!((&lo["type"], &lo["oper_up"], &lo["admin_up"]), (&24.into(), &true.into(), &true.into()));
        assert!(lo["index"].is_u64() && lo["in_octets"].is_u64() && lo["out_errors"].is_u64(), "{lo}");
        // Counter64 does not exist in SNMPv1 (RFC 3584 §4.2.2.1).
        assert_eq!(lo["counter_bits"], if version == "1" { 32 } else { 64 });
        // A computer without sensors does not have sensors at zero.
        assert!(visit["wifi"].is_null() || visit["wifi"]["clients"].is_null(), "{visit}");
    }
}

#[test]
fn a_visit_over_v3_reads_what_v2c_reads_and_wrong_words_are_told_apart() {
    let snmpd = Snmpd::start("bench");
    for (user, auth, privacy) in USERS {
        let poll_with = |user: &str, auth_pass: &str, privacy_pass: &str| {
            let (auth, privacy) = (format!("{auth}:{auth_pass}"), format!("{privacy}:{privacy_pass}"));
            let address = snmpd.address();
            poll(&[&address, "--snmp", "3", "--user", user, "--auth", &auth, "--priv", &privacy, "--json"])
        };
        let visit = told(&poll_with(user, AUTH_PASS, PRIVACY_PASS).expect_success());
        assert!(visit["protocols"].as_array().unwrap().contains(&"snmp3".into()), "{visit}");
        assert_eq!(visit["identity"]["sys_name"], "gw-dr-01");
        assert!(visit["interfaces"].as_array().is_some_and(|found| !found.is_empty()), "{visit}");
        for (kind, ended) in [
            ("user", poll_with("nobody", AUTH_PASS, PRIVACY_PASS)),
            ("auth", poll_with(user, "not the words", PRIVACY_PASS)),
            ("privacy", poll_with(user, AUTH_PASS, "not the words")),
        ] {
            assert_eq!((ended.code, &told(&ended)["error"]["kind"]), (Some(1), &kind.into()), "{}", ended.text());
        }
    }
}

#[test]
fn snmp_v3_is_asked_in_a_users_name_and_what_is_impossible_is_refused_at_once() {
    let snmpd = Snmpd::start("bench");
    let base = [&snmpd.address(), "--snmp", "3", "--user", "nobody", "--json"];
    let poll_with = |more: &[&str]| poll(&[&base[..], more].concat());
    let ended = poll_with(&["--auth", "SHA-256:auth pass phrase", "--priv", "AES-128:privacy pass phrase"]);
    assert_eq!((ended.code, &told(&ended)["error"]["kind"]), (Some(1), &"user".into()), "{}", ended.text());
    let ended = poll_with(&["--auth", "SHA-256:short", "--priv", "AES-128:"]);
    assert_eq!(ended.code, Some(2), "{}", ended.text());
    let ended = poll_with(&["--auth", "SHA-256:short", "--priv", "AES-128:short"]);
    assert_eq!(ended.code, Some(2), "{}", ended.text());
    assert!(ended.stderr.contains("for authentication has 5 bytes"), "{}", ended.text());
    assert!(ended.stderr.contains("for privacy has 5 bytes"), "all faults at once: {}", ended.text());
}

#[test]
fn a_visit_for_people_names_the_device_and_its_ports() {
    let snmpd = Snmpd::start("bench");
    let ended = poll(&[&snmpd.address(), "--community", "bench"]).expect_success();
    assert!(ended.stdout.contains("gw-dr-01") && ended.stdout.contains("lo"), "{}", ended.stdout);
}

#[test]
fn the_community_can_come_from_a_file() {
    let snmpd = Snmpd::start("bench");
    let home = Installation::new();
    let file = home.secret_file("community", "bench");
    let file = file.to_str().unwrap();
    poll(&[&snmpd.address(), "--community-file", file, "--json"]).expect_success();
}

#[test]
fn each_way_to_fail_has_its_own_message() {
    let snmpd = Snmpd::start("bench");
    // Bound and never read: what is sent there gets no answer and no refusal.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let dead = silent.local_addr().unwrap().to_string();
    let refused = format!("127.0.0.1:{}", villagenet_tests::place::free_port());
    let mut messages = Vec::new();
    for (address, community, kind) in
        [(dead, "bench", "timeout"), (refused, "bench", "refused"), (snmpd.address(), "wrong", "community")]
    {
        let ended = poll(&[&address, "--snmp", "2c", "--community", community, "--json"]);
        let visit = told(&ended);
        assert_eq!((ended.code, &visit["error"]["kind"]), (Some(1), &kind.into()), "{visit}");
        assert_eq!((&visit["reachable"], &visit["address"]), (&false.into(), &address.as_str().into()), "{visit}");
        assert!(ended.took < PATIENCE, "{kind} took {:?}", ended.took);
        for word in ["message", "hint"] {
            assert!(visit["error"][word].as_str().is_some_and(|text| !text.is_empty()), "no {word}: {visit}");
        }
        assert!(!ended.text().contains("wrong") || community != "wrong", "the community is shown: {}", ended.text());
        messages.push(visit["error"]["message"].clone());

        let ended = poll(&[&address, "--snmp", "2c", "--community", community]);
        assert_eq!(ended.code, Some(1));
        let message = visit["error"]["message"].as_str().unwrap();
        assert!(ended.text().contains(message), "people are not told {message:?} but {}", ended.text());
    }
    assert!(messages[0] != messages[1] && messages[1] != messages[2] && messages[0] != messages[2], "{messages:?}");
}

#[test]
fn an_unusable_command_line_is_a_usage_error() {
    for args in [["--snmp", "9", "127.0.0.1"].as_slice(), &[], &["127.0.0.1", "--nonsense"]] {
        assert_eq!(poll(args).code, Some(2), "{args:?}");
    }
}
