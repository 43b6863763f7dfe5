//! Webhooks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use inventory::secret::Secret;
use notify::outbound::{Outbound, TIMEOUT};
use notify::webhook::{self, Webhook, WebhookFormat, WebhookSettings};
use notify::{Language, Message, Notice, Notifier, Receipt, SendError};

use crate::receiver::{Answer, Receiver};
use crate::sample::{firing, now, resolved, trial};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A webhook whose URL holds a token, as those of many services do.
fn webhook(base: &str, timeout: Duration) -> Webhook {
    let settings = WebhookSettings {
        url: Secret::new(format!("{base}/hooks/T0KEN?key=K3Y")),
        secret: Some(Secret::new(SECRET.to_owned())),
        language: Language::Vi,
        format: WebhookFormat::VillageNet,
    };
    Webhook::new("ops".to_owned(), &settings, outbound(timeout)).expect("good settings")
}

/// May reach receivers on loopback.
fn outbound(timeout: Duration) -> Outbound {
    Outbound::new(vec!["127.0.0.0/8".parse().expect("a network")], timeout).expect("TLS and HTTP can be set up")
}

async fn send_to(answer: Answer, message: &Message) -> (Receiver, Result<Receipt, SendError>) {
    let receiver = Receiver::start(answer).await;
    let outcome = webhook(&receiver.base, TIMEOUT).send(message, now()).await;
    (receiver, outcome)
}

fn assert_no_secret(text: &str) {
    for secret in ["T0KEN", "K3Y", "hooks", "MfKQ9"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn a_message_arrives_as_documented_and_signed() {
    let (receiver, outcome) = send_to(Answer::Head("204 No Content"), &firing()).await;
    assert_eq!(outcome, Ok(Receipt { reply: "HTTP 204".to_owned() }));
    let requests = receiver.requests();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!(request.line, "POST /hooks/T0KEN?key=K3Y HTTP/1.1\r\n");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("webhook-id"), Some("n-1"));
    assert_eq!(request.header("webhook-timestamp"), Some(now().as_second().to_string().as_str()));
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("VillageNet/")));
    let key = webhook::sign::SigningKey::parse(&Secret::new(SECRET.to_owned())).expect("a good secret");
    let signature = key.signature("n-1", now().as_second(), &request.body);
    assert_eq!(request.header("webhook-signature"), Some(signature.as_str()));

    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    let text = body["body"].as_str().expect("a text").to_owned();
    assert!(text.starts_with("Hội trường: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)\n"), "{text}");
    let expected = serde_json::json!({
        "id": "n-1",
        "thread": "hall-1@2026-11-24T21:41:25Z",
        "status": "firing",
        "at": "2026-11-24T21:53:30Z",
        "title": "■ Mất kết nối: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)",
        "body": text,
        "link": "https://mang.example.vn/",
        "items": [{
            "rule": "hall_down",
            "severity": "critical",
            "status": "firing",
            "hall": {"code": "dr-01", "name": "Nhà sinh hoạt cộng đồng thôn Suối Thông B1", "area": "Đạ Ròn"},
            "device": {"name": "gw", "kind": "router", "address": "10.20.1.1"},
            "since": "2026-11-24T21:41:25Z",
            "ended": null,
            "cause": "unknown", "suspected": "unknown", "value": null, "threshold": null, "unit": null,
            "link": "https://mang.example.vn/halls/dr-01",
        }],
        "cut_off": [],
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_recovery_has_the_thread_of_its_alert_and_an_id_of_its_own() {
    let (receiver, outcome) = send_to(Answer::Head("200 OK"), &resolved()).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    let body: serde_json::Value = serde_json::from_slice(&receiver.requests()[0].body).expect("JSON");
    assert_eq!((&body["status"], &body["id"]), (&"resolved".into(), &"n-2".into()));
    assert_eq!(body["thread"], firing().thread);
    assert_eq!(
        (&body["items"][0]["status"], &body["items"][0]["ended"]),
        (&"resolved".into(), &"2026-11-24T21:55:40Z".into())
    );
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let receiver = Receiver::start(Answer::Head("200 OK")).await;
    let settings = WebhookSettings {
        url: Secret::new(receiver.base.clone()),
        secret: None,
        language: Language::En,
        format: WebhookFormat::VillageNet,
    };
    let webhook = Webhook::new("ops".to_owned(), &settings, outbound(TIMEOUT)).expect("good settings");
    assert!(webhook.send(&firing(), now()).await.is_ok());
    let requests = receiver.requests();
    assert_eq!((requests[0].header("webhook-signature"), requests[0].header("webhook-id")), (None, Some("n-1")));
    assert!(String::from_utf8_lossy(&requests[0].body).contains("Down: Nhà sinh hoạt"));
}

#[tokio::test]
async fn each_status_has_its_meaning() {
    // answer, retryable, seconds asked for
    let table = [
        ("429 Too Many Requests\r\nRetry-After: 120", true, Some(120)),
        ("503 Service Unavailable\r\nRetry-After: Tue, 24 Nov 2026 21:54:40 GMT", true, Some(60)),
        ("503 Service Unavailable\r\nRetry-After: soon", true, None),
        ("500 Internal Server Error", true, None),
        ("502 Bad Gateway", true, None),
        ("408 Request Timeout", true, None),
        ("425 Too Early", true, None),
        ("400 Bad Request", false, None),
        ("401 Unauthorized", false, None),
        ("404 Not Found\r\nRetry-After: 120", false, None),
        ("410 Gone", false, None),
        ("413 Content Too Large", false, None),
        ("301 Moved Permanently", false, None),
        ("302 Found", true, None),
        ("600 Odd", true, None),
    ];
    for (answer, retryable, retry_after) in table {
        let (receiver, outcome) = send_to(Answer::Head(answer), &firing()).await;
        let error = outcome.expect_err(answer);
        assert_eq!((error.retryable, error.retry_after), (retryable, retry_after.map(Duration::from_secs)), "{answer}");
        assert!(error.text.starts_with(&format!("{} answered HTTP {}", receiver.base, &answer[..3])), "{}", error.text);
        assert_no_secret(&error.text);
        assert_eq!(receiver.requests().len(), 1, "one attempt is one request");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = Receiver::start(Answer::Head("200 OK")).await;
    let head = format!("307 Temporary Redirect\r\nLocation: {}/T0KEN", inside.base);
    let (_, outcome) = send_to(Answer::Head(head.leak()), &firing()).await;
    let error = outcome.expect_err("a redirect is no delivery");
    assert!(error.text.contains("redirect") && error.retryable, "{}", error.text);
    assert_no_secret(&error.text);
    assert_eq!(inside.requests().len(), 0);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_and_still_confirms() {
    let (receiver, outcome) = send_to(Answer::Endless, &firing()).await;
    assert_eq!(outcome, Ok(Receipt { reply: "HTTP 200".to_owned() }));
    // What the receiver got rid of beyond 64 KiB sits in the buffers of the two sockets.
    let written = receiver.written.load(Ordering::SeqCst);
    assert!(written < 16 * 1024 * 1024, "{written} bytes taken");
}

#[tokio::test]
async fn receivers_that_never_finish_are_left_in_time_and_tried_again() {
    for answer in [Answer::Dribble, Answer::Silence] {
        let receiver = Receiver::start(answer.clone()).await;
        let attempt = async { webhook(&receiver.base, Duration::from_millis(400)).send(&firing(), now()).await };
        let outcome = tokio::time::timeout(Duration::from_secs(4), attempt).await.expect("left in time");
        let error = outcome.expect_err("no answer is no delivery");
        assert_eq!(error.text, format!("{} did not answer in time", receiver.base));
        assert!(error.retryable, "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_or_not_there_is_named_and_tried_again() {
    let (_, outcome) = send_to(Answer::Garbage, &firing()).await;
    let error = outcome.expect_err("no HTTP");
    assert!(error.retryable && error.text.contains("gave no proper answer"), "{}", error.text);
    assert_no_secret(&error.text);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let error = webhook(&base, TIMEOUT).send(&firing(), now()).await.expect_err("nobody listens");
    assert!(error.retryable && error.text.starts_with(&format!("{base} cannot be reached: ")), "{}", error.text);
    assert_no_secret(&error.text);

    let receiver = Receiver::start(Answer::Head("200 OK")).await;
    let base = receiver.base.replace("http:", "https:");
    let error = webhook(&base, TIMEOUT).send(&firing(), now()).await.expect_err("no TLS there");
    assert!(error.retryable, "{}", error.text);
    assert_no_secret(&error.text);
}

#[tokio::test]
async fn an_id_that_no_header_can_hold_is_refused_for_good() {
    let mut message = firing();
    message.id = "n-1\r\nX-Evil: 1".to_owned();
    let (receiver, outcome) = send_to(Answer::Head("200 OK"), &message).await;
    assert!(!outcome.expect_err("refused").retryable);
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn a_test_says_that_it_is_one() {
    let receiver = Receiver::start(Answer::Head("200 OK")).await;
    let trial = trial();
    let outcome = webhook(&receiver.base, TIMEOUT).deliver(&Notice::Trial(&trial), now()).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    let body: serde_json::Value = serde_json::from_slice(&receiver.requests()[0].body).expect("JSON");
    assert_eq!(
        (&body["status"], &body["items"], &body["id"]),
        (&"test".into(), &serde_json::json!([]), &"test-1".into())
    );
    assert_eq!(body["title"], "○ Tin thử của VillageNet: kênh ops");
}

#[test]
fn bad_settings_are_named_without_their_secrets() {
    let outbound = outbound(TIMEOUT);
    let new = |url: &str, secret: &str| {
        let (url, secret) = (Secret::new(url.to_owned()), Some(Secret::new(secret.to_owned())));
        let settings = WebhookSettings { url, secret, language: Language::Vi, format: WebhookFormat::VillageNet };
        Webhook::new("ops".to_owned(), &settings, outbound.clone()).err().expect("bad settings").to_string()
    };
    assert_eq!(new("gopher://T0KEN", SECRET), "url: must begin with https:// or http://");
    let error = new("https://example.vn/T0KEN", "K3Y!");
    assert!(error.starts_with("secret: must be whsec_ and base64"), "{error}");
    assert_no_secret(&error);
}
