//! The whole, with its records on PostgreSQL.

use std::time::Duration;

use villagenet_tests::installation::Installation;
use villagenet_tests::postgres::Postgres;
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::wait_until;
use villagenet_tests::webhook_sink::WebhookSink;

const LIMIT: Duration = Duration::from_secs(300);

#[tokio::test]
async fn an_outage_is_seen_and_told_with_records_on_postgresql() {
    let postgres = Postgres::start();
    let hook = WebhookSink::start();
    let mut snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new()
        .brisk()
        .records_in(&postgres.url())
        .snmp_v2c("snmp-hall", snmpd.community())
        .webhook(&hook.url());
    let serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    let hall = async |state: &str| {
        let hall = serve.api.find("/api/v1/halls", "code", "dr-01").await;
        hall.filter(|hall| hall["state"] == state)
    };
    wait_until("the hall is up", LIMIT, async || hall("up").await).await;
    snmpd.stop();
    let firing = wait_until("the outage is told", LIMIT, async || hook.accepted().first().cloned()).await;
    assert_eq!(firing["status"], "firing");
    snmpd.start_again();
    let resolved = wait_until("the end is told", LIMIT, async || hook.accepted().get(1).cloned()).await;
    assert_eq!((&resolved["status"], &resolved["thread"]), (&"resolved".into(), &firing["thread"]));
    assert!(!home.data().join("villagenet.db").exists(), "records were kept in SQLite as well");

    let second = Installation::new().records_in(&postgres.url()).command(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, Some(1), "two controllers on one database: {}", second.text());
    assert!(second.stderr.contains("in use by another `villagenet serve`"), "{}", second.text());
    home.command(&["check"]).expect_success();
}
