//! Devices that misbehave on purpose, beside one that does not: they are cut off and named, and disturb nobody.

use std::time::Duration;

use fleetsim::snmp::{Agent, Fault, Options, Values};
use serde_json::Value;
use villagenet_tests::installation::{Installation, villagenet};
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{now, wait_for, wait_until};

const COMMUNITY: &str = "hall-read";

const LIMIT: Duration = Duration::from_secs(300);

/// How long the good device is watched.
const WATCHED_S: i64 = 30;

/// One step of the series that is looked at, in which a device asked every second is asked five times.
const STEP_S: i64 = 5;

/// What a device can do to whoever polls it, and its name here.
fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("garbage", Fault::Garbage),
        ("endless", Fault::EndlessWalk),
        ("standing", Fault::StandingWalk),
        ("long-text", Fault::LongText(60_000)),
        ("nested", Fault::Nested(4000)),
        ("torn", Fault::TornVarbind),
        ("many", Fault::ManyVarbinds(2000)),
        ("forged", Fault::Forged(9)),
        ("slow", Fault::Slow(Duration::from_secs(20))),
        ("silent", Fault::Silent),
    ]
}

async fn agent(fault: Fault) -> Agent {
    let options = Options { community: COMMUNITY.to_owned(), ..Options::default() };
    let agent = Agent::start(Values::router("bad", 4), options).await.unwrap();
    agent.play(fault);
    agent
}

/// What is forged or was not asked for is thrown away, and nothing is wrong with what remains.
fn is_harmless(name: &str) -> bool {
    name == "forged" || name == "many"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_that_misbehave_are_named_and_the_others_are_polled_on_time() {
    let snmpd = Snmpd::start(COMMUNITY);
    let mut village = Village::of_one(&snmpd.address(), "snmp-hall");
    let mut agents = Vec::new();
    for (name, fault) in faults() {
        let agent = agent(fault).await;
        let hall = format!("bad-{name}");
        village = village.hall(&hall, name).router(&hall, &agent.address().to_string(), "snmp-hall");
        agents.push(agent);
    }
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", COMMUNITY);
    let serve = home.serve().await;
    home.import(&village);

    for (name, _) in faults() {
        let device = wait_until(&format!("bad-{name}/gw has been visited"), LIMIT, async || {
            let device = serve.api.find("/api/v1/devices", "name", &format!("bad-{name}/gw")).await?;
            (!device["last_visit"].is_null()).then_some(device)
        })
        .await;
        let visit = &device["last_visit"];
        let is_clean = visit["result"] == "ok" && visit["warnings"].as_array().is_none_or(Vec::is_empty);
        assert_eq!(is_clean, is_harmless(name), "{name}: {visit}");
    }
    let good = wait_until("the good one is up", LIMIT, async || {
        serve.api.find("/api/v1/devices", "name", "dr-01/gw").await.filter(|device| device["state"] == "up")
    })
    .await;

    let id = good["id"].as_i64().unwrap();
    let from = now().as_second();
    // A second more, for the last answers to be stored.
    let end = from + WATCHED_S + 1;
    wait_for("the time to watch is over", LIMIT, async || now().as_second() > end).await;
    let steps = reachable(&serve.api, id, from, from + WATCHED_S).await;
    let full = steps.iter().filter(|step| step["count"].as_i64().is_some_and(|asks| asks >= STEP_S - 1));
    let wanted = usize::try_from(WATCHED_S / STEP_S).unwrap();
    assert!(full.count() >= wanted, "asks of the good device came late: {steps:?}");
    assert!(steps.iter().all(|step| step["min"] == 1.0), "the good device was called silent: {steps:?}");
    drop(agents);
}

/// How often the device was asked and answered, for each whole step between two times.
async fn reachable(api: &villagenet_tests::api::Api, device: i64, from: i64, to: i64) -> Vec<Value> {
    let aligned = |time: i64| jiff::Timestamp::from_second(time.div_euclid(STEP_S) * STEP_S).unwrap();
    let (from, to) = (aligned(from), aligned(to + STEP_S - 1));
    let path = format!("/api/v1/devices/{device}/series?metric=reachable&from={from}&to={to}&step={STEP_S}");
    let series = api.json(&path).await;
    series["points"].as_array().unwrap_or_else(|| panic!("no points in {series}")).clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poll_says_what_a_misbehaving_device_does_and_ends_in_time() {
    for (name, fault) in faults() {
        let agent = agent(fault).await;
        let address = agent.address().to_string();
        let ended = tokio::task::spawn_blocking(move || {
            villagenet(&["poll", &address, "--community", COMMUNITY, "--timeout", "10", "--json"])
        });
        let ended = ended.await.unwrap();
        assert!(ended.took < Duration::from_secs(15), "{name} took {:?}", ended.took);
        let visit: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{name}: {}", ended.text()));
        assert_eq!(ended.code == Some(0), visit["error"].is_null(), "{name}: {visit}");
        let is_clean = visit["error"].is_null() && visit["warnings"].as_array().unwrap().is_empty();
        assert_eq!(is_clean, is_harmless(name), "{name}: {visit}");
        assert!(ended.stdout.len() < 1_000_000, "{name}: {} bytes are passed on", ended.stdout.len());
    }
}
