//! Telegram.

use std::time::Duration;

use notify::outbound::{Outbound, TIMEOUT};
use notify::telegram::{Telegram, TelegramSettings};
use notify::{Channel, Language, Notifier};
use serde_json::Value as Json;

use crate::hardship::{assert_bears, assert_statuses, outbound, secret, send_to, trial_body};
use crate::receiver::{Answer, Receiver};
use crate::sample::{firing, now, resolved};

fn telegram(base: &str, outbound: Outbound) -> Channel {
    let settings = TelegramSettings {
        base_url: base.to_owned(),
        token: secret("123456789:T0KEN-abc"),
        chat_id: "-1001234".to_owned(),
        language: Language::Vi,
    };
    Channel::Telegram(Telegram::new("tg".to_owned(), &settings, outbound).expect("good settings"))
}

const TAKEN: Answer = Answer::Full("200 OK", r#"{"ok":true,"result":{"message_id":42,"text":"ECHO"}}"#);

#[tokio::test]
async fn a_chat_gets_subject_and_body_as_plain_text() {
    let (receiver, outcome) = send_to(telegram, TAKEN).await;
    assert_eq!(outcome.expect("taken").reply, "Telegram took it, message 42");
    let request = receiver.requests().remove(0);
    assert_eq!(request.line, "POST /bot123456789:T0KEN-abc/sendMessage HTTP/1.1\r\n");
    let body: Json = serde_json::from_slice(&request.body).expect("JSON");
    let text = body["text"].as_str().expect("a text");
    assert!(
        text.starts_with("■ Mất kết nối: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)\n\nHội trường: "),
        "{text}"
    );
    assert_eq!((body["chat_id"].as_str(), body.get("parse_mode")), (Some("-1001234"), None));
    assert_eq!(body["link_preview_options"]["is_disabled"], true);
}

#[tokio::test]
async fn a_text_is_no_longer_than_telegram_takes() {
    let receiver = Receiver::start(TAKEN).await;
    let mut message = firing();
    for place in 0..60 {
        let mut item = message.items[0].clone();
        item.hall.code = format!("lx-{place:02}");
        item.hall.name = "Nhà sinh hoạt cộng đồng ".repeat(4);
        message.items.push(item);
    }
    telegram(&receiver.base, outbound(TIMEOUT)).send(&message, now()).await.expect("taken");
    let body: Json = serde_json::from_slice(&receiver.requests()[0].body).expect("JSON");
    let text = body["text"].as_str().expect("a text");
    assert!(text.encode_utf16().count() <= 4096 && text.ends_with('…'), "{}", text.len());
}

#[tokio::test]
async fn what_telegram_says_counts_whatever_http_says() {
    // answer, retryable, seconds asked for, a part of the text
    let table = [
        (
            "429 Too Many Requests",
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#,
            true,
            Some(35),
            "retry after 35",
        ),
        (
            "429 Too Many Requests\r\nRetry-After: 7",
            r#"{"ok":false,"error_code":429,"description":"Slow down"}"#,
            true,
            Some(7),
            "Slow down",
        ),
        (
            "200 OK",
            r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
            false,
            None,
            "check chat_id",
        ),
        (
            "401 Unauthorized",
            r#"{"ok":false,"error_code":401,"description":"Unauthorized ECHO"}"#,
            false,
            None,
            "token_file",
        ),
        (
            "403 Forbidden",
            r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked"}"#,
            false,
            None,
            "add it again",
        ),
        (
            "400 Bad Request",
            r#"{"ok":false,"error_code":400,"description":"upgraded","parameters":{"migrate_to_chat_id":-100999}}"#,
            false,
            None,
            "write chat_id = \"-100999\"",
        ),
        ("502 Bad Gateway", r#"{"ok":false,"error_code":502,"description":"Bad Gateway"}"#, true, None, "502"),
        ("200 OK", r#"{"ok":true"#, true, None, "not the answer of Telegram"),
        ("200 OK", "<html>", true, None, "not the answer of Telegram"),
    ];
    for (head, body, retryable, retry_after, part) in table {
        let (_, outcome) = send_to(telegram, Answer::Full(head, body)).await;
        let error = outcome.expect_err(body);
        assert_eq!((error.retryable, error.retry_after), (retryable, retry_after.map(Duration::from_secs)), "{body}");
        assert!(error.text.contains(part), "{}", error.text);
    }
}

#[tokio::test]
async fn a_second_message_waits_a_second_and_as_long_as_telegram_asked() {
    let receiver = Receiver::start(TAKEN).await;
    let channel = telegram(&receiver.base, outbound(TIMEOUT));
    channel.send(&firing(), now()).await.expect("taken");
    let error = channel.send(&resolved(), now()).await.expect_err("too soon");
    assert_eq!((error.retryable, error.retry_after), (true, Some(Duration::from_secs(1))));
    assert_eq!(receiver.requests().len(), 1, "nothing was sent");
    channel.send(&resolved(), now() + Duration::from_secs(1)).await.expect("taken");

    let body = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#;
    let receiver = Receiver::start(Answer::Full("429 Too Many Requests", body)).await;
    let channel = telegram(&receiver.base, outbound(TIMEOUT));
    assert!(channel.send(&firing(), now()).await.is_err());
    let error = channel.send(&resolved(), now() + Duration::from_secs(30)).await.expect_err("not yet");
    assert_eq!((error.retry_after, receiver.requests().len()), (Some(Duration::from_secs(5)), 1));
}

#[tokio::test]
async fn a_recovery_answers_its_alert_once() {
    let receiver = Receiver::start(TAKEN).await;
    let channel = telegram(&receiver.base, outbound(TIMEOUT));
    let mut other = resolved();
    other.thread.push('x');
    for (place, message) in [firing(), other, resolved(), resolved()].iter().enumerate() {
        let at = now() + Duration::from_secs(5 * place as u64);
        channel.send(message, at).await.expect("taken");
    }
    let answered: Vec<Json> = receiver
        .requests()
        .iter()
        .map(|request| serde_json::from_slice::<Json>(&request.body).expect("JSON")["reply_parameters"].take())
        .collect();
    let reply = serde_json::json!({ "message_id": 42, "allow_sending_without_reply": true });
    assert_eq!(answered, [Json::Null, Json::Null, reply, Json::Null]);
}

#[tokio::test]
async fn telegram_is_borne_with() {
    assert_statuses(telegram, "no: ECHO").await;
    assert_bears(telegram, false).await;
}

#[tokio::test]
async fn a_test_says_that_it_is_one() {
    let body = trial_body(telegram, TAKEN).await;
    assert!(body.contains("Tin thử của VillageNet: kênh ops") && body.contains("Không có sự cố nào."), "{body}");
}
