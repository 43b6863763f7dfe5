//! The promise people pay for: a hall goes down and somebody is told once, soon; it is back and they are told once.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use villagenet_tests::api::Api;
use villagenet_tests::installation::Installation;
use villagenet_tests::smtp_sink::{Mail, SmtpSink};
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{stays, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

/// From the fault to the message, at the default cadence.
const BAR: Duration = Duration::from_secs(50);

/// Bound against hanging.
const LIMIT: Duration = Duration::from_secs(500);

/// Longer than the grouping's quiet time: a second message would have come.
const AND_NO_MORE: Duration = Duration::from_secs(25);

/// Both receivers, and how much each has taken.
struct Receivers {
    hook: WebhookSink,
    mail: SmtpSink,
}

impl Receivers {
    /// The message number `number` (from 1) by both ways, and when the later of the two came.
    async fn message(&self, number: usize, what: &str) -> (Value, Mail, Instant) {
        wait_until(what, LIMIT, async || {
            let (hooks, mails) = (self.hook.requests(), self.mail.mails());
            let (hook, mail) = (hooks.get(number - 1)?, mails.get(number - 1)?);
            Some((hook.json(), mail.clone(), hook.at.max(mail.at)))
        })
        .await
    }

    async fn nothing_after(&self, number: usize) {
        stays("no further message", AND_NO_MORE, async || self.counts() == (number, number)).await;
    }

    fn counts(&self) -> (usize, usize) {
        (self.hook.requests().len(), self.mail.mails().len())
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the seconds from fault to message are a figure people ask for")]
async fn an_outage_is_told_once_within_50_seconds_and_its_end_once() {
    let receivers = Receivers { hook: WebhookSink::start(), mail: SmtpSink::start() };
    let mut snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new()
        .snmp_v2c("snmp-hall", snmpd.community())
        .webhook(&receivers.hook.url())
        .mail(&receivers.mail.address());
    let serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    let up = async || serve.api.find("/api/v1/halls", "code", "dr-01").await.filter(|hall| hall["state"] == "up");
    wait_until("the hall is up", LIMIT, up).await;

    let fault = Instant::now();
    snmpd.stop();
    let (firing, alarm, told) = receivers.message(1, "the outage is told by webhook and by mail").await;
    let took = told.duration_since(fault);
    println!("detect_to_message_s {:.1}", took.as_secs_f64());
    assert_eq!((&firing["status"], alarm.header("Auto-Submitted")), (&"firing".into(), Some("auto-generated")));
    for text in [firing.to_string(), alarm.header("Subject").unwrap_or_default().to_owned()] {
        assert!(text.contains("dr-01"), "does not name the hall: {text}");
    }
    assert!(alarm.body.contains("Suối Thông B1"), "does not say which hall: {}", alarm.body);
    assert_eq!(alarm.to, ["it@example.org"]);
    receivers.nothing_after(1).await;
    let open = serve.api.items("/api/v1/outages").await;
    assert!(open.iter().all(|outage| outage["end"].is_null()) && !open.is_empty(), "{open:?}");

    take_it_in_two_taps(&serve.api, &alarm.body).await;

    snmpd.start_again();
    let (resolved, relief, _) = receivers.message(2, "the end is told by webhook and by mail").await;
    assert_eq!((&resolved["status"], &resolved["thread"]), (&"resolved".into(), &firing["thread"]));
    assert_ne!(resolved["id"], firing["id"]);
    let thread = alarm.header("Message-ID").expect("a mail has a Message-ID");
    assert_eq!(relief.header("In-Reply-To"), Some(thread), "the end is told in another thread");
    receivers.nothing_after(2).await;
    let over = serve.api.items("/api/v1/outages").await;
    assert!(over.iter().all(|outage| outage["end"].is_string()), "{over:?}");
    // The agent on the device has just started, which is what a device does whose mains are back.
    for outage in &over {
        assert_eq!(outage["cause"], "power", "{outage}");
        assert!(outage["evidence"]["started"].as_str() > outage["start"].as_str(), "{outage}");
    }
    assert!(relief.body.contains("mất điện"), "does not say why: {}", relief.body);

    let ended = serve.api.items("/api/v1/incidents").await;
    assert_eq!((ended.len(), &ended[0]["state"], &ended[0]["owner"]), (1, &"ended".into(), &"Hà".into()), "{ended:?}");
    assert!(!relief.body.contains("/link/incident/"), "there is nothing to take any more: {}", relief.body);
    assert!(took <= BAR, "told after {took:?}, and the bar is {BAR:?}");
}

/// The link in a message shows the incident and changes nothing; the second tap takes it, once.
async fn take_it_in_two_taps(api: &Api, body: &str) {
    let link = body.split("/link/incident/").nth(1).expect("the message has a link to take it");
    let link = format!("/link/incident/{}", link.split_whitespace().next().expect("it has a secret"));
    let stranger = api.anonymous();
    let page = stranger.text(&format!("{link}?lang=en")).await;
    assert!(page.contains("Suối Thông B1") && page.contains("Take it"), "{page}");
    let open = api.items("/api/v1/incidents?open=true").await;
    assert!(open.len() == 1 && open[0]["owner"].is_null(), "looking changes nothing: {open:?}");
    let id = &open[0]["id"];

    let post = async |path: &str, form: &str| {
        let answer = stranger.send_body(Method::POST, path, "application/x-www-form-urlencoded", form.to_owned()).await;
        answer.map(|answer| answer.status().as_u16())
    };
    let going = "act=going&minutes=30&name=H%C3%A0";
    assert_eq!(post(&link, going).await, Some(303));
    let taken = api.json(&format!("/api/v1/incidents/{id}")).await;
    assert!(
        taken["owner"] == "Hà" && taken["arrives_at"].is_string() && taken["acknowledged_at"].is_string(),
        "{taken}"
    );
    assert_eq!(post(&link, going).await, Some(404), "a link does one thing once");
    assert_eq!(post("/link/incident/none", going).await, Some(404));
    assert_eq!(post(&link, "act=comment&text=x").await, Some(400), "a link is for taking it alone");
    let kinds: Vec<&str> =
        taken["events"].as_array().expect("events").iter().filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(kinds, ["firing", "going"]);
}
