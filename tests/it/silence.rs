//! A person wants nobody to be told: nothing is told while that lasts, nothing is lost, and what is still wrong afterwards
//! is told then, across a restart too.

use std::time::Duration;

use reqwest::Method;
use villagenet_tests::installation::Installation;
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{now, stays, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

const LIMIT: Duration = Duration::from_secs(500);
/// Longer than a message would have waited for others.
const NOTHING: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_silenced_hall_is_told_of_when_the_silence_ends_and_not_before() {
    let hook = WebhookSink::start();
    let mut snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community()).webhook(&hook.url());
    let serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    let up = async || serve.api.find("/api/v1/halls", "code", "dr-01").await.filter(|hall| hall["state"] == "up");
    wait_until("the hall is up", LIMIT, up).await;

    let post = async |body: String| {
        let answer = serve.api.send_body(Method::POST, "/api/v1/silences", "application/json", body).await;
        answer.expect("it answers").status().as_u16()
    };
    let until = jiff::Timestamp::from_second(now().as_second() + 3_600).unwrap();
    assert_eq!(post(format!(r#"{{"hall":"dr-01","until":"{until}"}}"#)).await, 400, "without a reason");
    assert_eq!(post(format!(r#"{{"hall":"dr-99","until":"{until}","reason":"x"}}"#)).await, 404);
    assert_eq!(post(format!(r#"{{"hall":"dr-01","until":"{}","reason":"x"}}"#, now())).await, 400, "over at once");
    assert_eq!(post(format!(r#"{{"hall":"dr-01","until":"{until}","reason":"the line is moved"}}"#)).await, 201);

    snmpd.stop();
    let open = async || serve.api.items("/api/v1/outages?open=true&of=halls").await.into_iter().next();
    wait_until("the outage is there all the same", LIMIT, open).await;
    stays("nobody is told", NOTHING, async || hook.requests().is_empty()).await;
    assert!(serve.api.items("/api/v1/incidents").await.is_empty());

    let silences = serve.api.items("/api/v1/silences").await;
    assert_eq!((silences.len(), &silences[0]["state"], &silences[0]["hall"]), (1, &"active".into(), &"dr-01".into()));
    let path = format!("/api/v1/silences/{}", silences[0]["id"]);
    let end =
        async || serve.api.send(Method::DELETE, &path, "application/json").await.map(|answer| answer.status().as_u16());
    assert_eq!(end().await, Some(204));
    assert_eq!(end().await, Some(409), "it is over");
    let told =
        wait_until("it is told now", LIMIT, async || hook.requests().first().map(|request| request.json())).await;
    assert_eq!((&told["status"], &told["items"][0]["hall"]["code"]), (&"firing".into(), &"dr-01".into()), "{told}");
}
