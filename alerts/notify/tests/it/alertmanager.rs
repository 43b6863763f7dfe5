//! Alertmanager: the real one of Debian, and receivers that misbehave.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use notify::alertmanager::{Alertmanager, AlertmanagerSettings};
use notify::outbound::{Outbound, TIMEOUT};
use notify::webhook::{Webhook, WebhookFormat, WebhookSettings};
use notify::{Channel, Language, Message, Notice, Notifier, Trial};
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::hardship::{assert_bears, assert_statuses, outbound, secret, send_to};
use crate::receiver::{Answer, Receiver};
use crate::sample::{firing, now, resolved};

const PROGRAM: &str = "/usr/bin/prometheus-alertmanager";

fn channel(base: &str, outbound: Outbound) -> Channel {
    let settings = AlertmanagerSettings {
        base_url: format!("{base}/"),
        login: Some(("villagenet".to_owned(), secret("S3CRET"))),
        language: Language::Vi,
    };
    Channel::Alertmanager(Alertmanager::new("am".to_owned(), settings, outbound).expect("good settings"))
}

/// A running Alertmanager, ended with its test.
struct Real {
    child: Child,
    base: String,
    _folder: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        self.child.kill().expect("it runs until now");
        self.child.wait().expect("it can be waited for");
    }
}

impl Real {
    async fn start() -> Real {
        assert!(std::path::Path::new(PROGRAM).exists(), "{PROGRAM} is missing: install prometheus-alertmanager");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("alertmanager.yml");
        std::fs::write(&file, "route: {receiver: none}\nreceivers: [{name: none}]\n").expect("a file");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
        #[expect(clippy::disallowed_types, reason = "a test against the real program has to start it")]
        let child = std::process::Command::new(PROGRAM)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={free}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let real = Real { child, base: format!("http://{free}"), _folder: folder };
        real.wait_for("/-/ready", |_| true).await;
        real
    }

    /// What it answers to a GET with success; empty otherwise.
    async fn get(&self, path: &str) -> String {
        let address = self.base.trim_start_matches("http://");
        let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else { return String::new() };
        let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
        let mut answer = Vec::new();
        if stream.write_all(request.as_bytes()).await.is_err() || stream.read_to_end(&mut answer).await.is_err() {
            return String::new();
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.contains(" 200 ") => format!("{body} "),
            Some(_) | None => String::new(),
        }
    }

    async fn wait_for(&self, path: &str, is_there: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let body = self.get(path).await;
            if !body.is_empty() && is_there(&body) {
                return body;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{path} has not come to it: {body}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn alerts(&self) -> Vec<Json> {
        let body = self.wait_for("/api/v2/alerts", |_| true).await;
        serde_json::from_str(&body).expect("JSON")
    }
}

/// The sample, as if it happened just now: Alertmanager has a clock of its own.
fn recent(message: Message, now: Timestamp) -> Message {
    let mut message = message;
    message.made_at = now;
    for item in &mut message.items {
        item.since = now - Duration::from_secs(600);
        item.ended = item.ended.map(|_| now - Duration::from_secs(1));
    }
    message
}

#[expect(clippy::disallowed_methods, reason = "Alertmanager compares with the clock of this machine")]
fn clock() -> Timestamp {
    Timestamp::now()
}

#[tokio::test]
async fn the_real_alertmanager_has_an_alert_from_its_beginning_to_its_end() {
    let real = Real::start().await;
    let channel = channel(&real.base, outbound(TIMEOUT));
    let alert = recent(firing(), clock());
    assert_eq!(channel.send(&alert, clock()).await.expect("taken").reply, "HTTP 200");
    // A repeat is the same alert.
    channel.send(&alert, clock()).await.expect("taken");
    real.wait_for("/api/v2/alerts", |body| body.contains("HallDown")).await;
    let alerts = real.alerts().await;
    let [there] = alerts.as_slice() else { panic!("{alerts:?}") };
    let labels = serde_json::json!({
        "alertname": "HallDown", "severity": "critical", "hall": "dr-01", "source": "villagenet",
    });
    assert_eq!((&there["labels"], &there["status"]["state"]), (&labels, &"active".into()));
    assert_eq!(there["annotations"]["summary"], "■ Mất kết nối: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)");
    assert_eq!(there["annotations"]["area"], "Đạ Ròn");
    assert_eq!(there["generatorURL"], "https://mang.example.vn/halls/dr-01");
    let time = |name: &str| there[name].as_str().expect("a time").parse::<Timestamp>().expect("a time");
    assert_eq!(time("startsAt").as_second(), alert.items[0].since.as_second());
    assert!(time("endsAt") > clock() + Duration::from_secs(86_400), "it does not run out by itself");

    // A webhook in Alertmanager's words calls it by the same fingerprint.
    let receiver = Receiver::start(Answer::Head("200 OK")).await;
    webhook(&receiver).send(&alert, clock()).await.expect("taken");
    let body: Json = serde_json::from_slice(&receiver.requests()[0].body).expect("JSON");
    assert_eq!(body["alerts"][0]["fingerprint"], there["fingerprint"]);

    channel.send(&recent(resolved(), clock()), clock()).await.expect("taken");
    real.wait_for("/api/v2/alerts", |body| !body.contains("HallDown")).await;

    // Down again: the end of the first time is no end of the second.
    channel.send(&recent_again(), clock()).await.expect("taken");
    real.wait_for("/api/v2/alerts", |body| body.contains("HallDown")).await;
}

fn recent_again() -> Message {
    let mut message = recent(firing(), clock());
    message.items[0].since = clock();
    message
}

#[tokio::test]
async fn the_real_alertmanager_shows_a_test_as_one() {
    let real = Real::start().await;
    let trial = Trial { id: "test-1".to_owned(), channel: "am".to_owned(), made_at: clock(), base_url: None };
    channel(&real.base, outbound(TIMEOUT)).deliver(&Notice::Trial(&trial), clock()).await.expect("taken");
    let body = real.wait_for("/api/v2/alerts", |body| body.contains("VillageNetTest")).await;
    assert!(body.contains("Không có sự cố nào."), "{body}");
}

#[tokio::test]
async fn what_is_posted_is_documented_and_logged_in() {
    let (receiver, outcome) = send_to(channel, Answer::Head("200 OK")).await;
    assert!(outcome.is_ok());
    let request = receiver.requests().remove(0);
    assert_eq!(request.line, "POST /api/v2/alerts HTTP/1.1\r\n");
    // villagenet:S3CRET
    assert_eq!(request.header("authorization"), Some("Basic dmlsbGFnZW5ldDpTM0NSRVQ="));
    let body: Json = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!(
        (&body[0]["startsAt"], &body[0]["endsAt"]),
        (&"2026-11-24T21:41:25Z".into(), &"2026-12-24T21:53:40Z".into())
    );
}

#[tokio::test]
async fn alertmanagers_are_borne_with() {
    assert_statuses(channel, r#"{"code":602,"message":"no: ECHO"}"#).await;
    assert_bears(channel, true).await;
    let (_, outcome) = send_to(channel, Answer::Full("200 OK", "<html>Vui lòng đăng nhập</html>")).await;
    assert!(outcome.expect_err("a portal").retryable);
}

fn webhook(receiver: &Receiver) -> Channel {
    let settings = WebhookSettings {
        url: secret(&receiver.base),
        secret: None,
        language: Language::Vi,
        format: WebhookFormat::Alertmanager,
    };
    Channel::Webhook(Webhook::new("ops".to_owned(), &settings, outbound(TIMEOUT)).expect("good settings"))
}

#[tokio::test]
async fn a_webhook_can_speak_alertmanagers_words() {
    let receiver = Receiver::start(Answer::Head("200 OK")).await;
    let channel = webhook(&receiver);
    let mut two = firing();
    two.items.push(two.items[0].clone());
    two.items[1].hall.code = "dr-02".to_owned();
    for message in [two, resolved()] {
        channel.send(&message, now()).await.expect("taken");
    }
    let requests = receiver.requests();
    assert_eq!(requests[0].header("webhook-id"), Some("n-1"));
    let bodies: Vec<Json> =
        requests.iter().map(|request| serde_json::from_slice(&request.body).expect("JSON")).collect();
    let body = &bodies[0];
    assert_eq!(
        [&body["version"], &body["status"], &body["receiver"], &body["externalURL"]],
        ["4", "firing", "ops", "https://mang.example.vn"]
    );
    assert_eq!((&body["truncatedAlerts"], &body["groupLabels"]), (&0.into(), &serde_json::json!({})));
    let common = serde_json::json!({"alertname": "HallDown", "severity": "critical", "source": "villagenet"});
    assert_eq!(body["commonLabels"], common);
    assert_eq!(body["groupKey"], bodies[1]["groupKey"], "a recovery belongs to its alert");
    let (alert, over) = (&body["alerts"][1], &bodies[1]["alerts"][0]);
    assert_eq!((&alert["status"], &alert["endsAt"]), (&"firing".into(), &"0001-01-01T00:00:00Z".into()));
    assert_eq!((&over["status"], &over["endsAt"]), (&"resolved".into(), &"2026-11-24T21:55:40Z".into()));
    assert_eq!(body["alerts"][0]["fingerprint"], over["fingerprint"]);
    assert_ne!(alert["fingerprint"], over["fingerprint"]);
}
