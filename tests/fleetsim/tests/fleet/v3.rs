//! Version 3, as net-snmp's commands see it.

use std::time::Duration;

use fleetsim::snmp::v3::{Auth, Extension, Privacy, Stat, User};
use fleetsim::snmp::{Agent, Fault, Options, Values};

use crate::tools::{run, words};

const AUTHS: [(&str, Auth); 6] = [
    ("MD5", Auth::Md5),
    ("SHA", Auth::Sha1),
    ("SHA-224", Auth::Sha224),
    ("SHA-256", Auth::Sha256),
    ("SHA-384", Auth::Sha384),
    ("SHA-512", Auth::Sha512),
];
const PRIVACIES: [(&str, Privacy); 4] =
    [("DES", Privacy::Des), ("AES", Privacy::Aes128), ("AES-192", Privacy::Aes192), ("AES-256", Privacy::Aes256)];

fn user() -> User {
    User::open("mon").with_auth(Auth::Sha256, "authauth1").with_privacy(
        Privacy::Aes128,
        Extension::Blumenthal,
        "privpriv1",
    )
}

async fn agent(users: Vec<User>) -> Agent {
    Agent::start(Values::router("gw-dr-01", 4), Options { users, ..Options::default() }).await.unwrap()
}

async fn get(agent: &Agent, security: &str) -> Result<String, String> {
    let line = format!("-v3 -t 1 -r 0 -On {security} {} 1.3.6.1.2.1.1.5.0", agent.address());
    run("snmpget", words(&line)).await
}

const RIGHT: &str = "-u mon -l authPriv -a SHA-256 -A authauth1 -x AES -X privpriv1";

#[tokio::test]
async fn every_pair_of_algorithms_is_understood_by_net_snmp() {
    let mut users = vec![User::open("open")];
    let mut asked = vec!["-u open -l noAuthNoPriv".to_owned()];
    for (auth_name, auth) in AUTHS {
        let name = format!("{auth_name}-none");
        let authenticated = User::open(&name).with_auth(auth, "authauth1");
        asked.push(format!("-u {name} -l authNoPriv -a {auth_name} -A authauth1"));
        for (privacy_name, privacy) in PRIVACIES {
            let name = format!("{auth_name}-{privacy_name}");
            let user = User::open(&name).with_auth(auth, "authauth1");
            users.push(user.with_privacy(privacy, Extension::Blumenthal, "privpriv1"));
            asked.push(format!("-u {name} -l authPriv -a {auth_name} -A authauth1 -x {privacy_name} -X privpriv1"));
        }
        users.push(authenticated);
    }
    let agent = agent(users).await;
    for security in asked {
        let answer = get(&agent, &security).await;
        assert_eq!(answer.as_deref(), Ok(".1.3.6.1.2.1.1.5.0 = STRING: \"gw-dr-01\"\n"), "{security}");
    }
}

#[tokio::test]
async fn a_walk_is_the_same_as_in_version_2c() {
    let agent = agent(vec![user()]).await;
    let (address, root) = (agent.address(), "1.3.6.1.2.1.2.2.1.2");
    let private = run("snmpbulkwalk", words(&format!("-v3 -On {RIGHT} {address} {root}"))).await.unwrap();
    let plain = run("snmpbulkwalk", words(&format!("-v2c -c public -On {address} {root}"))).await.unwrap();
    assert_eq!(private, plain);
    assert_eq!(private.lines().count(), 4);
}

#[tokio::test]
async fn whoever_asks_wrongly_is_told_why() {
    let agent = agent(vec![user(), User::open("open")]).await;
    let wrong = [
        (
            "-u nobody -l authPriv -a SHA-256 -A authauth1 -x AES -X privpriv1",
            "Unknown user name",
            Stat::UnknownUserNames,
        ),
        (
            "-u mon -l authPriv -a SHA-256 -A wrongwrong -x AES -X privpriv1",
            "Authentication failure",
            Stat::WrongDigests,
        ),
        ("-u mon -l authPriv -a SHA-256 -A authauth1 -x AES -X wrongwrong", "Decryption error", Stat::DecryptionErrors),
        ("-u open -l authNoPriv -a SHA-256 -A authauth1", "Unsupported security level", Stat::UnsupportedSecLevels),
    ];
    for (security, words, stat) in wrong {
        let told = get(&agent, security).await.unwrap_err();
        assert!(told.contains(words), "{security}: {told}");
        assert!(agent.reports(stat) > 0, "{stat:?}");
    }
    agent.play(Fault::SilentOnWrongPrivacy);
    let told = get(&agent, "-u mon -l authPriv -a SHA-256 -A authauth1 -x AES -X wrongwrong").await.unwrap_err();
    assert!(told.contains("Timeout"), "{told}");
    assert!(get(&agent, RIGHT).await.is_ok());
}

#[tokio::test]
async fn whoever_has_the_wrong_time_is_told_the_right_one() {
    let agent = agent(vec![user()]).await;
    let late = || agent.reports(Stat::NotInTimeWindows);
    // Discovery tells boots and time, so nobody is late.
    assert_eq!(get(&agent, RIGHT).await.err(), None);
    assert_eq!(late(), 0);
    // With an engine id but no time net-snmp guesses, and learns from the authenticated Report.
    let guess = format!("{RIGHT} -e 0x800000000501020304");
    for change in [|_: &Agent| {}, Agent::restart, |agent: &Agent| agent.step_clock(5000), Agent::forget_boots] {
        let before = late();
        change(&agent);
        assert_eq!(get(&agent, &guess).await.err(), None);
        assert_eq!(late(), before + 1);
    }
    agent.restart();
    assert_eq!(agent.boots(), 2);
    agent.set_engine_id(vec![0x80, 0, 0, 0, 5, 9, 9, 9]);
    assert_eq!(get(&agent, RIGHT).await.err(), None);
    assert!(get(&agent, &guess).await.is_err(), "the old engine is gone");
}

#[tokio::test]
async fn answers_with_a_wrong_tag_or_none_are_not_believed() {
    let agent = agent(vec![user()]).await;
    for fault in [Fault::WrongTag, Fault::Unprotected] {
        agent.play(fault.clone());
        assert!(get(&agent, RIGHT).await.is_err(), "{fault:?}");
    }
    agent.play(Fault::Slow(Duration::from_millis(50)));
    assert!(get(&agent, RIGHT).await.is_ok());
    agent.play(Fault::Nested(4000));
    assert!(get(&agent, RIGHT).await.is_err());
    agent.play(Fault::TornVarbind);
    assert!(get(&agent, RIGHT).await.is_err());
}
