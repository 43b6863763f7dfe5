//! Backups from outside: made while everything runs, brought back elsewhere, with and without the master key, encrypted,
//! and from one kind of database into the other.

#![expect(clippy::disallowed_types, reason = "age and tar are Debian's own")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, path_text};
use villagenet_tests::postgres::Postgres;
use villagenet_tests::process::run;
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{now, wait_until};

const SOON: Duration = Duration::from_secs(120);

/// The gateway once it has been read well.
async fn read_device(api: &Api) -> Value {
    wait_until("the gateway is read", SOON, async || {
        let id = api.find("/api/v1/devices", "name", "dr-01/gw").await?["id"].as_i64()?;
        let device = api.json(&format!("/api/v1/devices/{id}")).await;
        (device["last_visit"]["result"] == "ok").then_some(device)
    })
    .await
}

/// How many steps of a minute have an answer before a moment.
async fn answers(api: &Api, before: jiff::Timestamp) -> usize {
    let device = api.find("/api/v1/devices", "name", "dr-01/gw").await.expect("it is in the inventory");
    let from = before.saturating_sub(jiff::SignedDuration::from_mins(10)).expect("a time");
    let path = format!("/api/v1/devices/{}/series?metric=reachable&from={from}&to={before}&step=1", device["id"]);
    api.json(&path).await["points"].as_array().map_or(0, Vec::len)
}

/// A pair of keys by Debian's own age: the file with the secret one, and the public one.
fn age_keys(home: &Installation) -> (PathBuf, String) {
    let made = run(&mut Command::new("age-keygen"), SOON).expect_success();
    let public = made.stdout.lines().find_map(|line| line.strip_prefix("# public key: ")).expect("it is told");
    (home.secret_file("age-key", &made.stdout), public.to_owned())
}

fn one_hall(snmpd: &Snmpd) -> Installation {
    Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community())
}

/// Another machine: nothing but the backup.
fn elsewhere() -> Installation {
    Installation::new().brisk()
}

#[tokio::test]
async fn an_installation_comes_back_elsewhere_as_it_was() {
    let snmpd = Snmpd::start("hall-read");
    let mut home = one_hall(&snmpd);
    let mut serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    read_device(&serve.api).await;
    let person = home.user_add("ha", &["--role", "admin"]);
    let (key, public) = age_keys(&home);
    wait_until("some samples are there", SOON, async || (answers(&serve.api, now()).await >= 3).then_some(())).await;
    let (file, made_at) = (home.data().join("../all.backup"), now());
    let made = home.command(&["backup", path_text(&file), "--recipient", &public]).expect_success();
    assert!(made.stdout.contains("encrypted") && made.stdout.contains("master key"), "{}", made.text());
    let twice = home.command(&["backup", path_text(&file)]);
    assert_eq!(twice.code, Some(1), "{}", twice.text());
    let (before, exported) = (answers(&serve.api, made_at).await, home.export());
    serve.kill();

    // Debian's own tools read it.
    let tar = format!("age -d -i {} {} | tar -tz", path_text(&key), path_text(&file));
    let listed = run(Command::new("bash").args(["-o", "pipefail", "-c", &tar]), SOON).expect_success();
    assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), ["manifest.json", "records.db", "series.db"]);

    let mut other = elsewhere();
    let sealed = other.command(&["restore", path_text(&file)]);
    assert!(sealed.code == Some(1) && sealed.stderr.contains("--identity"), "{}", sealed.text());
    let restore = ["restore", path_text(&file), "--identity", path_text(&key)];
    let restored = other.command(&restore).expect_success();
    for words in ["1 halls, 1 devices", "the vault is locked", "log in again"] {
        assert!(restored.stdout.contains(words), "{words}: {}", restored.text());
    }
    let again = other.command(&restore);
    assert!(again.code == Some(1) && again.stderr.contains("--replace"), "{}", again.text());
    assert_eq!(other.command(&["check"]).code, Some(1), "the vault is locked");
    other.follow(&home);
    other.command(&["check"]).expect_success();
    assert_eq!(other.export(), exported);
    let serve = other.serve().await;
    read_device(&serve.api).await;
    let after = answers(&serve.api, made_at).await;
    assert!(after > 0 && after <= before, "{before} answers were there until then, {after} are");
    assert_eq!(serve.api.anonymous().log_in(&person).await, Some(200), "people are there");
    let told = serve.api.items("/api/v1/audit?action=backup.restore").await;
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn records_come_back_into_either_database() {
    let (snmpd, first, second) = (Snmpd::start("hall-read"), Postgres::start(), Postgres::start());
    let mut home = one_hall(&snmpd).records_in(&first.url());
    let mut serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    read_device(&serve.api).await;
    let (file, exported) = (home.data().join("../all.backup"), home.export());
    home.command(&["backup", path_text(&file)]).expect_success();
    let refused = elsewhere().records_in(&first.url()).command(&["restore", path_text(&file)]);
    assert!(refused.code == Some(1) && refused.stderr.contains("empty one"), "{}", refused.text());
    serve.stop();

    let mut into_file = elsewhere();
    into_file.command(&["restore", path_text(&file)]).expect_success();
    into_file.follow(&home);
    let mut serve = into_file.serve().await;
    read_device(&serve.api).await;
    let back = into_file.data().join("../back.backup");
    into_file.command(&["backup", path_text(&back)]).expect_success();
    serve.stop();

    let mut into_server = elsewhere().records_in(&second.url());
    into_server.command(&["restore", path_text(&back)]).expect_success();
    into_server.follow(&home);
    let serve = into_server.serve().await;
    read_device(&serve.api).await;
    assert_eq!(into_server.export(), exported);
    into_server.command(&["audit", "verify"]).expect_success();
}

/// Overwrites the middle of a file.
fn spoil(path: &Path) {
    let mut bytes = std::fs::read(path).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xA5);
    std::fs::write(path, bytes).expect("it is written");
}

#[tokio::test]
async fn there_is_one_way_out_of_damaged_records() {
    let snmpd = Snmpd::start("hall-read");
    let mut home = one_hall(&snmpd);
    let mut serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    read_device(&serve.api).await;
    let file = home.data().join("../all.backup");
    home.command(&["backup", path_text(&file)]).expect_success();
    serve.stop();
    spoil(&home.data().join("villagenet.db"));
    let refused = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("villagenet restore"), "{}", refused.text());
    let spoilt = home.data().join("../spoilt.backup");
    std::fs::copy(&file, &spoilt).expect("it is there");
    spoil(&spoilt);
    let damaged = home.command(&["restore", path_text(&spoilt), "--replace"]);
    assert!(damaged.code == Some(1) && damaged.stderr.contains("damaged"), "{}", damaged.text());
    let restored = home.command(&["restore", path_text(&file), "--replace"]).expect_success();
    assert!(restored.stdout.contains("before-restore-"), "{}", restored.text());
    let serve = home.serve().await;
    read_device(&serve.api).await;
}
