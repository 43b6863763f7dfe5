//! SMS: eSMS, and gateways that templates describe.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use notify::outbound::{Outbound, TIMEOUT};
use notify::sms::{EsmsSettings, GatewaySettings, HttpMethod, HttpSettings, Sms, Success};
use notify::template::{Escape, Template};
use notify::{Channel, Language, Notifier};
use serde_json::Value as Json;

use crate::hardship::{assert_bears, assert_clean, assert_statuses, outbound, secret, send_to, trial_body};
use crate::receiver::{Answer, Receiver};
use crate::sample::{firing, now, resolved};

fn sms(name: &str, settings: GatewaySettings, to: &str, outbound: Outbound) -> Channel {
    let to = to.parse().expect("a number");
    Channel::Sms(Sms::new(name.to_owned(), &settings, to, Language::Vi, outbound).expect("good settings"))
}

fn esms(base: &str, outbound: Outbound) -> Channel {
    esms_to(base, "0901234567", outbound)
}

fn esms_to(base: &str, to: &str, outbound: Outbound) -> Channel {
    let settings = EsmsSettings {
        url: secret(&format!("{base}/SendMultipleMessage_V4_post_json/")),
        api_key: secret("K3Y-1234"),
        secret_key: secret("S3CRET-5678"),
        brandname: "VILLAGENET".to_owned(),
        is_sandbox: false,
    };
    sms("sms/84901234567", GatewaySettings::Esms(settings), to, outbound)
}

const ACCEPTED: Answer = Answer::Full("200 OK", r#"{"CodeResult":"100","CountRegenerate":0,"SMSID":"b1e8-42"}"#);

/// A gateway described by templates.
struct Described {
    url: &'static str,
    method: HttpMethod,
    body: Option<(&'static str, &'static str)>,
    success: Option<(&'static str, &'static str)>,
}

impl Described {
    fn settings(&self, base: &str) -> HttpSettings {
        let names = BTreeSet::from(["token".to_owned()]);
        let template = |source: &str, escape| Template::parse(source, escape, &names).expect("a good template");
        let header = "Bearer {{ secret.token }}";
        HttpSettings {
            url: template(&format!("{base}{}", self.url), Escape::Url),
            method: self.method,
            headers: vec![("authorization".parse().expect("a name"), template(header, Escape::Plain))],
            body: self.body.map(|(kind, body)| (kind.to_owned(), template(body, Escape::for_content_type(kind)))),
            success: self
                .success
                .map(|(pointer, value)| Success { pointer: pointer.to_owned(), value: value.to_owned() }),
            secrets: BTreeMap::from([("token".to_owned(), secret("T0KEN/+="))]),
        }
    }

    fn channel(&self, base: &str, outbound: Outbound) -> Channel {
        sms("sms/84901234567", GatewaySettings::Http(self.settings(base)), "+84901234567", outbound)
    }
}

const JSON: Described = Described {
    url: "/send",
    method: HttpMethod::Post,
    body: Some(("application/json", r#"{"to":"{{ to }}","text":{{ text | tojson }},"id":"{{ id }}"}"#)),
    success: Some(("/status/code", "0")),
};
const FORM: Described = Described {
    url: "/send",
    method: HttpMethod::Post,
    body: Some(("application/x-www-form-urlencoded", "to={{ to_local }}&text={{ text }}&hall={{ hall }}")),
    success: None,
};
const QUERY: Described =
    Described { url: "/send?k={{ secret.token }}&m={{ text }}", method: HttpMethod::Get, body: None, success: None };

fn json_of(receiver: &Receiver) -> Json {
    serde_json::from_slice(&receiver.requests()[0].body).expect("JSON")
}

#[tokio::test]
async fn esms_gets_one_unaccented_part_that_begins_with_what_happened_and_where() {
    let (receiver, outcome) = send_to(esms, ACCEPTED).await;
    assert_eq!(outcome.expect("accepted").reply, "eSMS 100, message b1e8-42");
    let body = json_of(&receiver);
    let text = body["Content"].as_str().expect("a text");
    assert!(text.starts_with("MAT KET NOI dr-01 "), "{text}");
    assert!(text.contains(" tu 04:41.") && text.is_ascii() && text.len() <= 160, "{text}");
    let field = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        [field("ApiKey"), field("SecretKey"), field("Phone"), field("Brandname")],
        ["K3Y-1234", "S3CRET-5678", "0901234567", "VILLAGENET"]
    );
    assert_eq!([field("SmsType"), field("IsUnicode"), field("Sandbox")], ["2", "0", "0"]);
    assert_eq!(receiver.requests()[0].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn hall_time_and_suspected_cause_come_before_all_else() {
    let receiver = Receiver::start(ACCEPTED).await;
    let mut message = firing();
    message.items[0].suspected = alerts::outage::Cause::Power;
    esms(&receiver.base, outbound(TIMEOUT)).send(&message, now()).await.expect("accepted");
    let text = json_of(&receiver)["Content"].as_str().expect("a text").to_owned();
    assert!(text.starts_with("MAT KET NOI dr-01 ") && text.contains(" tu 04:41. Nghi mat dien."), "{text}");
    assert!(text.is_ascii() && text.len() <= 160, "{text}");
}

#[tokio::test]
async fn the_request_id_is_the_same_for_a_repeat_and_another_for_anything_else() {
    let receiver = Receiver::start(ACCEPTED).await;
    let channel = esms(&receiver.base, outbound(TIMEOUT));
    for message in [firing(), firing(), resolved()] {
        channel.send(&message, now()).await.expect("accepted");
    }
    let other = esms_to(&receiver.base, "0901234568", outbound(TIMEOUT));
    other.send(&firing(), now()).await.expect("accepted");
    let ids: Vec<String> = receiver
        .requests()
        .iter()
        .map(|request| serde_json::from_slice::<Json>(&request.body).expect("JSON")["RequestId"].to_string())
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(BTreeSet::from_iter(&ids).len(), 3, "{ids:?}");
}

#[tokio::test]
async fn the_code_in_the_body_is_what_esms_means() {
    // code, whether it is a delivery, whether it is tried again
    let table = [
        (r#"{"CodeResult":"100","SMSID":"x"}"#, true, false),
        (r#"{"CodeResult":100}"#, true, false),
        (r#"{"CodeResult":"124","ErrorMessage":"Duplicate RequestId"}"#, true, false),
        (r#"{"CodeResult":"101","ErrorMessage":"Authorize Failed: ECHO"}"#, false, false),
        (r#"{"CodeResult":"103","ErrorMessage":"Balance not enough"}"#, false, true),
        (r#"{"CodeResult":"99","ErrorMessage":"Unknown"}"#, false, true),
        (r#"{"CodeResult":"104","ErrorMessage":"Brandname not exist"}"#, false, false),
        (r#"{"CodeResult":"146","ErrorMessage":"Template"}"#, false, false),
        ("<html>Vui lòng đăng nhập</html>", false, true),
        ("", false, true),
    ];
    for (body, is_sent, retryable) in table {
        let (_, outcome) = send_to(esms, Answer::Full("200 OK", body)).await;
        match outcome {
            Ok(_) => assert!(is_sent, "{body}"),
            Err(error) => assert_eq!((is_sent, error.retryable), (false, retryable), "{body}: {}", error.text),
        }
    }
}

#[tokio::test]
async fn gateways_are_borne_with() {
    for make in [esms as fn(&str, Outbound) -> Channel, |base, outbound| JSON.channel(base, outbound)] {
        assert_statuses(make, "no: ECHO").await;
        assert_bears(make, false).await;
    }
    assert_statuses(|base, outbound| QUERY.channel(base, outbound), "no: ECHO").await;
    assert_bears(|base, outbound| FORM.channel(base, outbound), true).await;
}

#[tokio::test]
async fn a_described_gateway_gets_what_its_template_says() {
    let make = |base: &str, outbound| JSON.channel(base, outbound);
    let (receiver, outcome) = send_to(make, Answer::Full("200 OK", r#"{"status":{"code":0}}"#)).await;
    assert_eq!(outcome.expect("accepted").reply, "HTTP 200, /status/code is 0");
    let (request, body) = (receiver.requests().remove(0), json_of(&receiver));
    assert_eq!(
        (request.line.as_str(), request.header("authorization")),
        ("POST /send HTTP/1.1\r\n", Some("Bearer T0KEN/+="))
    );
    assert_eq!((body["to"].as_str(), body["id"].as_str().map(str::len)), (Some("84901234567"), Some(32)));
    assert!(body["text"].as_str().is_some_and(|text| text.starts_with("MAT KET NOI dr-01")), "{body}");

    let (receiver, outcome) =
        send_to(|base, outbound| FORM.channel(base, outbound), Answer::Head("202 Accepted")).await;
    assert_eq!(outcome.expect("accepted").reply, "HTTP 202");
    let body = String::from_utf8(receiver.requests()[0].body.clone()).expect("UTF-8");
    assert!(body.starts_with("to=0901234567&text=MAT%20KET%20NOI%20dr-01"), "{body}");
    assert!(body.ends_with("&hall=Nh%C3%A0%20sinh%20ho%E1%BA%A1t%20c%E1%BB%99ng%20%C4%91%E1%BB%93ng%20th%C3%B4n%20Su%E1%BB%91i%20Th%C3%B4ng%20B1"));
    assert_eq!(receiver.requests()[0].header("content-type"), Some("application/x-www-form-urlencoded"));

    let (receiver, outcome) = send_to(|base, outbound| QUERY.channel(base, outbound), Answer::Head("200 OK")).await;
    assert!(outcome.is_ok());
    let line = receiver.requests()[0].line.clone();
    assert!(line.starts_with("GET /send?k=T0KEN%2F%2B%3D&m=MAT%20KET%20NOI%20dr-01"), "{line}");
}

#[tokio::test]
async fn a_name_cannot_add_to_a_request() {
    let mut message = firing();
    message.items[0].hall.name = "\",\"to\":\"84900000000\"}&to=0900000000#{{ secret.token }}".to_owned();
    let receiver = Receiver::start(Answer::Head("200 OK")).await;
    FORM.channel(&receiver.base, outbound(TIMEOUT)).send(&message, now()).await.expect("accepted");
    let body = String::from_utf8(receiver.requests()[0].body.clone()).expect("UTF-8");
    assert_eq!((body.matches("to=").count(), body.matches('&').count()), (1, 2), "{body}");
    assert!(!body.contains("T0KEN"), "{body}");
}

#[tokio::test]
async fn a_refusal_in_a_good_answer_is_none() {
    let make = |base: &str, outbound| JSON.channel(base, outbound);
    let (_, outcome) = send_to(make, Answer::Full("200 OK", r#"{"status":{"code":7,"why":"ECHO"}}"#)).await;
    let error = outcome.expect_err("refused");
    assert!(!error.retryable && error.text.contains("/status/code is not 0"), "{}", error.text);
    let (_, outcome) = send_to(make, Answer::Full("200 OK", "<html>portal</html>")).await;
    assert!(outcome.expect_err("not the gateway").retryable);
}

#[tokio::test]
async fn a_test_says_that_it_is_one() {
    let body = trial_body(esms, ACCEPTED).await;
    assert!(body.contains("TIN THU cua VillageNet, kenh ops, luc 04:53. Khong co su co nao."), "{body}");
}

#[test]
fn a_gateway_whose_host_is_filled_in_is_refused() {
    for url in ["http://{{ to }}.example.vn/", "http://127.0.0.{{ code }}/", "{{ secret.token }}"] {
        let names = BTreeSet::from(["token".to_owned()]);
        let mut settings = QUERY.settings("http://127.0.0.1");
        settings.url = Template::parse(url, Escape::Url, &names).expect("a good template");
        let made = Sms::new(
            "sms".to_owned(),
            &GatewaySettings::Http(settings),
            "0901234567".parse().expect("a number"),
            Language::Vi,
            outbound(Duration::from_secs(1)),
        );
        let error = made.err().expect(url).to_string();
        assert!(error.starts_with("url: "), "{url}: {error}");
        assert_clean(&error);
    }
}
