//! The controller ends, by request or by power cut, and begins again: what was known is known, and nobody is told twice.

use std::time::{Duration, Instant};

use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{stays, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

const LIMIT: Duration = Duration::from_secs(300);

/// Longer than the grouping's quiet time: a repeated message would have come.
const AND_NO_MORE: Duration = Duration::from_secs(30);

async fn hall_is(serve: &Serve, state: &str) {
    wait_until(&format!("the hall is {state}"), LIMIT, async || {
        serve.api.find("/api/v1/halls", "code", "dr-01").await.filter(|hall| hall["state"] == state)
    })
    .await;
}

#[tokio::test]
async fn an_outage_stays_open_over_a_power_cut_and_is_not_told_again() {
    let hook = WebhookSink::start();
    let mut snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community()).webhook(&hook.url());
    let mut serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    hall_is(&serve, "up").await;
    snmpd.stop();
    wait_until("the outage is told", LIMIT, async || hook.accepted().first().cloned()).await;
    let before = serve.api.items("/api/v1/outages").await;

    serve.kill();
    let dead = Instant::now();
    let serve = home.serve().await;
    assert!(dead.elapsed() < Duration::from_secs(30), "ready only after {:?}", dead.elapsed());
    hall_is(&serve, "down").await;
    stays("no second message", AND_NO_MORE, async || hook.requests().len() == 1).await;
    let after = serve.api.items("/api/v1/outages").await;
    let key = |outages: &[serde_json::Value]| -> Vec<String> {
        outages.iter().map(|outage| format!("{} {} {}", outage["id"], outage["start"], outage["end"])).collect()
    };
    assert_eq!(key(&after), key(&before), "the outage is another one after the restart");

    snmpd.start_again();
    let end = wait_until("the end is told", LIMIT, async || hook.accepted().get(1).cloned()).await;
    assert_eq!(end["status"], "resolved");
}

#[tokio::test]
async fn asked_to_end_it_ends_within_10_seconds_and_begins_again_with_what_it_knew() {
    let snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community());
    let mut serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    hall_is(&serve, "up").await;
    // A page that is open holds a stream open, which must not hold the end up.
    let events = serve.api.send(reqwest::Method::GET, "/events", "text/event-stream").await;
    assert!(events.is_some_and(|events| events.status() == 200));
    let status = serve.stop().expect("ends within 10 s of SIGTERM");
    assert_eq!(status.code(), Some(0), "{}", serve.log());

    let again = home.serve().await;
    assert!(again.api.find("/api/v1/halls", "code", "dr-01").await.is_some());
}

#[tokio::test]
async fn an_installation_in_order_is_called_so_by_check() {
    let snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community());
    let serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    hall_is(&serve, "up").await;
    let ended = home.command(&["check"]).expect_success();
    assert!(ended.stdout.to_lowercase().contains("ok"), "{}", ended.stdout);
}
