//! Zalo: the bot, and template messages with tokens that are renewed.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::outbound::{Outbound, TIMEOUT};
use notify::template::{Escape, Template};
use notify::zalo::{
    Renewal, Tokens, ZaloBot, ZaloBotSettings, ZaloTemplate, ZaloTemplateSettings, ZaloWording, check_tokens,
};
use notify::{Channel, Language, Notice, Notifier};
use serde_json::Value as Json;

use crate::hardship::{assert_bears, assert_clean, assert_statuses, outbound, secret, send_to, trial_body};
use crate::receiver::{Answer, Receiver};
use crate::sample::{at, firing, now, resolved, trial};

fn bot(base: &str, outbound: Outbound) -> Channel {
    let settings = ZaloBotSettings {
        base_url: base.to_owned(),
        token: secret("123456789:T0KEN-abc"),
        chat_id: "b115cc5a".to_owned(),
        language: Language::Vi,
    };
    Channel::ZaloBot(ZaloBot::new("zalo".to_owned(), &settings, outbound).expect("good settings"))
}

const BOT_TOOK: Answer =
    Answer::Full("200 OK", r#"{"ok":true,"result":{"message_id":"82599fa32f56d00e8941","date":1}}"#);

#[tokio::test]
async fn the_bot_writes_plain_text() {
    let (receiver, outcome) = send_to(bot, BOT_TOOK).await;
    assert_eq!(outcome.expect("taken").reply, "Zalo took it, message 82599fa32f56d00e8941");
    let request = receiver.requests().remove(0);
    assert_eq!(request.line, "POST /bot123456789:T0KEN-abc/sendMessage HTTP/1.1\r\n");
    let body: Json = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!((body["chat_id"].as_str(), body.as_object().map(serde_json::Map::len)), (Some("b115cc5a"), Some(2)));
    assert!(body["text"].as_str().is_some_and(|text| text.starts_with("■ Mất kết nối: ")), "{body}");
}

#[tokio::test]
async fn what_the_bot_is_told_counts_whatever_http_says() {
    let table = [
        (r#"{"ok":false,"error_code":401,"description":"Unauthorized: ECHO"}"#, false),
        (r#"{"ok":false,"error_code":400,"description":"chat"}"#, false),
        (r#"{"ok":false,"error_code":429,"description":"Quota exceeded"}"#, true),
        (r#"{"ok":false,"error_code":-100,"description":"?"}"#, true),
        ("<html>", true),
    ];
    for (body, retryable) in table {
        let (_, outcome) = send_to(bot, Answer::Full("200 OK", body)).await;
        let error = outcome.expect_err(body);
        assert_eq!(error.retryable, retryable, "{body}: {}", error.text);
    }
    assert_statuses(bot, "no: ECHO").await;
    assert_bears(bot, false).await;
    assert!(trial_body(bot, BOT_TOOK).await.contains("Tin thử của VillageNet: kênh ops"));
}

/// A file with a pair of tokens.
fn token_file(folder: &Path, pair: &Json) -> std::path::PathBuf {
    let file = folder.join("zalo-tokens");
    std::fs::write(&file, pair.to_string()).expect("a file");
    file
}

fn old_pair() -> Json {
    serde_json::json!({ "access_token": "T0KEN-old", "refresh_token": "S3CRET-once" })
}

fn wording(id: &str) -> ZaloWording {
    let template = |source| Template::parse(source, Escape::Plain, &BTreeSet::new()).expect("a good template");
    let data = [("hall", "{{ hall[:30] }}"), ("since", "{{ since }}"), ("cause", "{{ cause }}")];
    let data: BTreeMap<String, Template> =
        data.into_iter().map(|(name, source)| (name.to_owned(), template(source))).collect();
    ZaloWording { template_id: id.to_owned(), data }
}

/// To one number, with the tokens of a file; renewed at `oauth`, if anywhere.
fn template_message(base: &str, file: &Path, oauth: Option<&str>, outbound: Outbound) -> Channel {
    let renewal = oauth.map(|oauth| Renewal {
        url: format!("{oauth}/v4/oa/access_token"),
        app_id: "4242".to_owned(),
        app_secret: secret("K3Y-app"),
    });
    let tokens = Tokens::new(file.to_owned(), renewal, &outbound).expect("a good address");
    let settings = ZaloTemplateSettings {
        url: format!("{base}/message/template"),
        tokens: Arc::new(tokens),
        firing: wording("7895417"),
        resolved: wording("7895418"),
        to: "0901234567".parse().expect("a number"),
        language: Language::Vi,
    };
    Channel::ZaloTemplate(ZaloTemplate::new("zbs/84901234567".to_owned(), settings, outbound).expect("good settings"))
}

const TOOK: Answer =
    Answer::Full("200 OK", r#"{"error":0,"message":"Success","data":{"msg_id":"a1b2","sent_time":"1"}}"#);
const NEW_PAIR: Answer =
    Answer::Full("200 OK", r#"{"access_token":"T0KEN-new","refresh_token":"S3CRET-next","expires_in":"90000"}"#);

#[tokio::test]
async fn a_template_message_has_what_zalo_wants() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = token_file(folder.path(), &old_pair());
    let receiver = Receiver::start(TOOK).await;
    let channel = template_message(&receiver.base, &file, None, outbound(TIMEOUT));
    assert_eq!(channel.send(&firing(), now()).await.expect("taken").reply, "Zalo took it, message a1b2");
    channel.send(&firing(), now()).await.expect("taken");
    channel.send(&resolved(), now()).await.expect("taken");
    channel.deliver(&Notice::Trial(&trial()), now()).await.expect("taken");
    let mut suspected = firing();
    suspected.items[0].suspected = alerts::outage::Cause::Power;
    channel.send(&suspected, now()).await.expect("taken");
    let requests = receiver.requests();
    assert_eq!(requests[0].line, "POST /message/template HTTP/1.1\r\n");
    assert_eq!(requests[0].header("access_token"), Some("T0KEN-old"));
    let bodies: Vec<Json> =
        requests.iter().map(|request| serde_json::from_slice(&request.body).expect("JSON")).collect();
    let tracking_id = bodies[0]["tracking_id"].as_str().expect("an id").to_owned();
    assert_eq!(tracking_id.len(), 32);
    let expected = serde_json::json!({
        "phone": "84901234567",
        "template_id": "7895417",
        "template_data": {"hall": "Nhà sinh hoạt cộng đồng thôn S", "since": "04:41 25/11/2026", "cause": "chưa rõ"},
        "tracking_id": tracking_id,
    });
    assert_eq!(bodies[0], expected);
    assert_eq!((&bodies[1], &bodies[2]["template_id"]), (&expected, &"7895418".into()));
    assert_eq!(bodies[3]["template_data"]["hall"], "TIN THỬ (không có sự cố)");
    assert_eq!(bodies[4]["template_data"]["cause"], "nghi mất điện");
}

#[tokio::test]
async fn the_error_in_a_good_answer_is_what_zalo_means() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = token_file(folder.path(), &old_pair());
    // now is 04:53 in Vietnam
    let table = [
        (r#"{"error":-124,"message":"Access token invalid ECHO T0KEN-old"}"#, true, None),
        (r#"{"error":-100,"message":"Unknown"}"#, true, None),
        (r#"{"error":-115,"message":"Out of quota"}"#, true, Some(15 * 60)),
        (r#"{"error":-133,"message":"Night"}"#, true, Some(2 * 3600 + 6 * 60 + 20)),
        (r#"{"error":-144,"message":"Daily quota"}"#, true, Some(19 * 3600 + 6 * 60 + 20)),
        (r#"{"error":-147,"message":"Daily quota"}"#, true, Some(19 * 3600 + 6 * 60 + 20)),
        (r#"{"error":-108,"message":"Phone number invalid"}"#, false, None),
        (r#"{"error":-118,"message":"Zalo account not existed"}"#, false, None),
        (r#"{"error":-132,"message":"Parameter invalid"}"#, false, None),
        (r#"{"error":-101,"message":"Application invalid"}"#, false, None),
        (r#"{"message":"Success"}"#, true, None),
        ("<html>", true, None),
    ];
    for (body, retryable, wait_s) in table {
        let make = |base: &str, outbound| template_message(base, &file, None, outbound);
        let (_, outcome) = send_to(make, Answer::Full("200 OK", body)).await;
        let error = outcome.expect_err(body);
        assert_eq!(
            (error.retryable, error.retry_after),
            (retryable, wait_s.map(Duration::from_secs)),
            "{body}: {error:?}"
        );
    }
    // 07:00:10, and Zalo's clock is behind.
    let receiver = Receiver::start(Answer::Full("200 OK", r#"{"error":-133,"message":"Night"}"#)).await;
    let channel = template_message(&receiver.base, &file, None, outbound(TIMEOUT));
    let error = channel.send(&firing(), at("2026-11-25T00:00:10Z")).await.expect_err("refused");
    assert_eq!((error.retryable, error.retry_after), (true, None));
    let make = |base: &str, outbound| template_message(base, &file, None, outbound);
    assert_statuses(make, "no: ECHO T0KEN-old").await;
    assert_bears(make, false).await;
}

#[tokio::test]
async fn a_token_is_renewed_in_time_once_and_for_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pair = old_pair();
    pair["expires_at"] = "2026-11-24T21:58:00Z".into();
    let file = token_file(folder.path(), &pair);
    let (receiver, oauth) = (Receiver::start(TOOK).await, Receiver::start(NEW_PAIR).await);
    let make = || template_message(&receiver.base, &file, Some(&oauth.base), outbound(TIMEOUT));
    let channel = make();
    // Half a minute before the margin the old one does.
    channel.send(&firing(), now() - Duration::from_secs(71)).await.expect("taken");
    assert_eq!(oauth.requests().len(), 0);
    channel.send(&firing(), now()).await.expect("taken");
    channel.send(&resolved(), now()).await.expect("taken");
    // As after a restart.
    make().send(&resolved(), now()).await.expect("taken");
    let used: Vec<String> = receiver
        .requests()
        .iter()
        .map(|request| request.header("access_token").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(used, ["T0KEN-old", "T0KEN-new", "T0KEN-new", "T0KEN-new"]);
    let requests = oauth.requests();
    assert_eq!(requests.len(), 1, "the refresh token is good once");
    assert_eq!(requests[0].header("secret_key"), Some("K3Y-app"));
    assert_eq!(requests[0].body, b"refresh_token=S3CRET-once&app_id=4242&grant_type=refresh_token");

    let kept: Json = serde_json::from_str(&std::fs::read_to_string(&file).expect("the file")).expect("JSON");
    let expected = serde_json::json!({
        "access_token": "T0KEN-new", "refresh_token": "S3CRET-next", "expires_at": "2026-11-25T22:53:40Z",
    });
    assert_eq!(kept, expected);
    assert_eq!(std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    assert!(!folder.path().join("zalo-tokens.new").exists());
}

#[tokio::test]
async fn a_token_that_zalo_refuses_is_renewed_and_the_message_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = token_file(folder.path(), &old_pair());
    let receiver = Receiver::start(Answer::Full("200 OK", r#"{"error":-124,"message":"Access token invalid"}"#)).await;
    let oauth = Receiver::start(NEW_PAIR).await;
    let channel = template_message(&receiver.base, &file, Some(&oauth.base), outbound(TIMEOUT));
    // It refuses the new one as well: one renewal an attempt, no more.
    let error = channel.send(&firing(), now()).await.expect_err("refused twice");
    assert!(error.retryable, "{}", error.text);
    assert_eq!((receiver.requests().len(), oauth.requests().len()), (2, 1));
    assert_eq!(receiver.requests()[1].header("access_token"), Some("T0KEN-new"));
}

#[tokio::test]
async fn a_renewal_that_fails_loses_nothing_and_shows_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pair = old_pair();
    pair["expires_at"] = "2026-11-24T21:50:00Z".into();
    let file = token_file(folder.path(), &pair);
    let receiver = Receiver::start(TOOK).await;
    for answer in [
        Answer::Full("200 OK", r#"{"error":-14014,"error_name":"Invalid refresh token S3CRET-once ECHO"}"#),
        Answer::Full("200 OK", "<html>"),
        Answer::Head("500 Internal Server Error"),
        Answer::Garbage,
    ] {
        let oauth = Receiver::start(answer).await;
        let channel = template_message(&receiver.base, &file, Some(&oauth.base), outbound(TIMEOUT));
        let error = channel.send(&firing(), now()).await.expect_err("no token");
        assert!(error.retryable, "{}", error.text);
        assert_clean(&error.text);
        let kept: Json = serde_json::from_str(&std::fs::read_to_string(&file).expect("the file")).expect("JSON");
        assert_eq!(kept, pair);
    }
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn a_refresh_token_is_not_spent_where_the_next_cannot_be_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pair = old_pair();
    pair["expires_at"] = "2026-11-24T21:50:00Z".into();
    let file = token_file(folder.path(), &pair);
    // Where the next pair would be written stands a folder.
    std::fs::create_dir(folder.path().join("zalo-tokens.new")).expect("a folder");
    let (receiver, oauth) = (Receiver::start(TOOK).await, Receiver::start(NEW_PAIR).await);
    let channel = template_message(&receiver.base, &file, Some(&oauth.base), outbound(TIMEOUT));
    let error = channel.send(&firing(), now()).await.expect_err("no token");
    assert!(error.retryable && error.text.starts_with("token_file zalo-tokens cannot be replaced: "), "{}", error.text);
    assert_eq!((receiver.requests().len(), oauth.requests().len()), (0, 0));
}

#[tokio::test]
async fn two_processes_do_not_spend_the_same_refresh_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pair = old_pair();
    pair["expires_at"] = "2026-11-24T21:50:00Z".into();
    let file = token_file(folder.path(), &pair);
    let (receiver, slow) = (Receiver::start(TOOK).await, Receiver::start(Answer::Silence).await);
    let first = template_message(&receiver.base, &file, Some(&slow.base), outbound(Duration::from_secs(2)));
    let second = template_message(&receiver.base, &file, Some(&slow.base), outbound(TIMEOUT));
    let one = firing();
    let (_, error) = tokio::join!(first.send(&one, now()), async {
        while slow.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        second.send(&one, now()).await.expect_err("the first is at it")
    });
    assert!(error.retryable && error.text.contains("another process renews"), "{}", error.text);
    assert_eq!(slow.requests().len(), 1);
}

#[test]
fn a_token_file_is_checked_at_the_start() {
    let check = |text: &str, is_renewed| check_tokens(&secret(text), is_renewed).map_err(|error| error.to_string());
    assert_eq!(check(r#"{"access_token":"a"}"#, false), Ok(()));
    assert_eq!(check(r#"{"access_token":"a","refresh_token":"b"}"#, true), Ok(()));
    assert!(check(r#"{"access_token":"a"}"#, true).is_err_and(|error| error.contains("no refresh_token")));
    for text in ["", "T0KEN", "{}", r#"{"access_token":" "}"#] {
        assert!(check(text, false).is_err_and(|error| error.contains("holds no JSON like")), "{text}");
    }
}
