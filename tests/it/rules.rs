//! A rule beside reachability: tried on the past, set by an administrator, told by a message when what is measured is over
//! the threshold, and told of the end when it is not any more.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use villagenet_tests::installation::Installation;
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::wait_until;
use villagenet_tests::webhook_sink::WebhookSink;

const LIMIT: Duration = Duration::from_secs(500);

#[tokio::test]
async fn what_is_over_its_threshold_is_told_and_so_is_its_end() {
    let hook = WebhookSink::start();
    let snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community()).webhook(&hook.url());
    let serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    let up = async || serve.api.find("/api/v1/halls", "code", "dr-01").await.filter(|hall| hall["state"] == "up");
    wait_until("the hall is up", LIMIT, up).await;

    let send = async |method: Method, path: &str, body: &str| {
        let answer = serve.api.send_body(method, path, "application/json", body.to_owned()).await.expect("it answers");
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };
    let path = "/api/v1/rules/memory";
    let (status, wrong) = send(Method::PUT, path, r#"{"threshold":-1,"hold_s":1814400,"keep_firing_s":-5}"#).await;
    let said = wrong["detail"].as_str().unwrap_or_default().to_owned();
    assert_eq!(status, 400, "{wrong}");
    for fault in ["threshold=-1", "hold_s=1814400 is longer than two days", "keep_firing_s=-5"] {
        assert!(said.contains(fault), "{fault} is not said: {said}");
    }
    assert_eq!(send(Method::PUT, "/api/v1/rules/nothing", r#"{"threshold":1}"#).await.0, 404);

    // A machine that runs tests has more than 1 % of its memory in use.
    let strict = r#"{"threshold":1,"hold_s":0,"keep_firing_s":0,"severity":"critical"}"#;
    let tried = async || {
        let (status, preview) = send(Method::POST, "/api/v1/rules/memory/preview", strict).await;
        assert_eq!(status, 200, "{preview}");
        (preview["times"] == 1).then_some(preview)
    };
    let preview = wait_until("the past has a reading", LIMIT, tried).await;
    assert_eq!(preview["halls"], serde_json::json!([{ "hall": "dr-01", "times": 1 }]));
    assert!(hook.requests().is_empty(), "trying tells nobody");

    assert_eq!(send(Method::PUT, path, strict).await.0, 200);
    let message = async |number: usize| hook.requests().get(number).map(|request| request.json());
    let told = wait_until("it is told", LIMIT, async || message(0).await).await;
    let item = &told["items"][0];
    assert_eq!(
        (&told["status"], &item["rule"], &item["severity"]),
        (&"firing".into(), &"memory".into(), &"critical".into())
    );
    assert_eq!((&item["threshold"], &item["unit"]), (&1.0.into(), &"percent".into()), "{told}");
    assert!(item["value"].as_f64().is_some_and(|value| value >= 1.0), "{told}");
    assert!(told["title"].as_str().is_some_and(|title| title.contains("(threshold 1 %)")), "{told}");
    let open = serve.api.items("/api/v1/alerts?open=true").await;
    assert_eq!((open.len(), &open[0]["rule"], &open[0]["threshold"]), (1, &"memory".into(), &1.0.into()));
    let outages = serve.api.items("/api/v1/outages").await;
    assert!(outages.is_empty(), "no outage comes of it: {outages:?}");

    assert_eq!(send(Method::PUT, path, r#"{"threshold":100,"hold_s":0,"keep_firing_s":0}"#).await.0, 200);
    let over = wait_until("its end is told", LIMIT, async || message(1).await).await;
    assert_eq!((&over["status"], &over["thread"]), (&"resolved".into(), &told["thread"]), "{over}");
    assert_eq!(over["items"][0]["severity"], "critical", "what it fired with");

    let rule = serve.api.json(path).await;
    assert_eq!((&rule["settings"][0]["threshold"], &rule["default"]["threshold"]), (&100.0.into(), &90.0.into()));
    assert_eq!(send(Method::DELETE, path, "").await.0, 204);
    assert_eq!(send(Method::DELETE, path, "").await.0, 404, "it was taken back");
    let audit = serve.api.items("/api/v1/audit").await;
    let done: Vec<&Value> = audit.iter().map(|entry| &entry["action"]).collect();
    assert!(done.contains(&&"rule.set".into()) && done.contains(&&"rule.unset".into()), "{done:?}");
}
