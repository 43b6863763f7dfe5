//! ntfy.

use std::time::Duration;

use notify::ntfy::{Ntfy, NtfySettings};
use notify::outbound::{Outbound, TIMEOUT};
use notify::{Channel, Language, Notifier};
use serde_json::Value as Json;

use crate::hardship::{assert_bears, assert_statuses, outbound, secret, send_to, trial_body};
use crate::receiver::{Answer, Receiver};
use crate::sample::{firing, now, resolved};

fn ntfy(base: &str, outbound: Outbound) -> Channel {
    let settings = NtfySettings {
        base_url: format!("{base}/"),
        topic: "hoi-truong-S3CRET".to_owned(),
        token: Some(secret("tk_T0KEN")),
        language: Language::Vi,
    };
    Channel::Ntfy(Ntfy::new("push".to_owned(), settings, outbound).expect("good settings"))
}

const TAKEN: Answer = Answer::Full("200 OK", r#"{"id":"xE73Iyuabi","event":"message","topic":"ECHO"}"#);

#[tokio::test]
async fn a_topic_gets_title_text_priority_and_a_button() {
    let (receiver, outcome) = send_to(ntfy, TAKEN).await;
    assert_eq!(outcome.expect("taken").reply, "ntfy took it, message xE73Iyuabi");
    let request = receiver.requests().remove(0);
    assert_eq!(
        (request.line.as_str(), request.header("authorization")),
        ("POST / HTTP/1.1\r\n", Some("Bearer tk_T0KEN"))
    );
    let mut body: Json = serde_json::from_slice(&request.body).expect("JSON");
    let text = body["message"].take();
    assert!(text.as_str().is_some_and(|text| text.starts_with("Hội trường: ")), "{text}");
    let expected = serde_json::json!({
        "topic": "hoi-truong-S3CRET",
        "title": "■ Mất kết nối: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)",
        "message": null,
        "priority": 5,
        "tags": ["rotating_light"],
        "click": "https://mang.example.vn/halls/dr-01",
        "actions": [{"action": "view", "label": "Xem chi tiết", "url": "https://mang.example.vn/halls/dr-01"}],
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn good_news_wakes_nobody() {
    let receiver = Receiver::start(TAKEN).await;
    let channel = ntfy(&receiver.base, outbound(TIMEOUT));
    channel.send(&resolved(), now()).await.expect("taken");
    let mut message = firing();
    message.items[0].rule = alerts::rule::Rule::DeviceDown;
    message.base_url = None;
    channel.send(&message, now()).await.expect("taken");
    let bodies: Vec<Json> =
        receiver.requests().iter().map(|request| serde_json::from_slice(&request.body).expect("JSON")).collect();
    assert_eq!((&bodies[0]["priority"], &bodies[0]["tags"][0]), (&3.into(), &"white_check_mark".into()));
    assert_eq!((&bodies[1]["priority"], bodies[1].get("click")), (&4.into(), None));
}

#[tokio::test]
async fn what_ntfy_refuses_is_told_without_the_topic() {
    let body = r#"{"code":42901,"http":429,"error":"limit reached: too many requests for ECHO"}"#;
    let receiver = Receiver::start(Answer::Full("429 Too Many Requests\r\nRetry-After: 60", body)).await;
    let channel = ntfy(&receiver.base, outbound(TIMEOUT));
    let error = channel.send(&firing(), now()).await.expect_err("refused");
    assert_eq!((error.retryable, error.retry_after), (true, Some(Duration::from_secs(60))));
    let error = channel.send(&resolved(), now() + Duration::from_secs(20)).await.expect_err("too soon");
    assert_eq!((error.retry_after, receiver.requests().len()), (Some(Duration::from_secs(40)), 1));

    for (body, retryable) in
        [(r#"{"error":"no: ECHO"}"#, false), ("{}", true), ("<html>portal</html>", true), ("", true)]
    {
        let (_, outcome) = send_to(ntfy, Answer::Full("200 OK", body)).await;
        let error = outcome.expect_err(body);
        assert_eq!(error.retryable, retryable, "{body}: {}", error.text);
    }
}

#[tokio::test]
async fn ntfy_is_borne_with() {
    assert_statuses(ntfy, r#"{"error":"no: ECHO"}"#).await;
    assert_bears(ntfy, false).await;
}

#[tokio::test]
async fn a_test_says_that_it_is_one() {
    let body: Json = serde_json::from_str(&trial_body(ntfy, TAKEN).await).expect("JSON");
    assert_eq!((&body["title"], &body["priority"]), (&"○ Tin thử của VillageNet: kênh ops".into(), &3.into()));
}
