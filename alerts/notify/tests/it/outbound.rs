//! Where requests may go: names that change their mind, redirects, addresses in disguise.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use inventory::secret::Secret;
use notify::outbound::{Lookup, Outbound, TIMEOUT};
use notify::webhook::{Webhook, WebhookFormat, WebhookSettings};
use notify::{Language, Notifier, Receipt, SendError};

use crate::receiver::{Answer, Receiver};
use crate::sample::{firing, now};

/// A name server that gives its answers in turn, the last one for ever.
struct NameServer {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl NameServer {
    fn new(answers: &[&[&str]]) -> Arc<NameServer> {
        let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(NameServer { answers: Mutex::new(answers.iter().map(parse).collect()), asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Lookup for NameServer {
    fn addresses(&self, _: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().expect("no test panics while it holds this");
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move { Ok(answer.unwrap_or_default()) })
    }
}

fn outbound(allow: &[&str], names: &Arc<NameServer>) -> Outbound {
    let allow = allow.iter().map(|text| text.parse().expect("a network")).collect();
    let names: Arc<dyn Lookup> = Arc::<NameServer>::clone(names);
    Outbound::with_lookup(allow, TIMEOUT, names).expect("TLS and HTTP can be set up")
}

fn settings(url: &str) -> WebhookSettings {
    WebhookSettings {
        url: Secret::new(url.to_owned()),
        secret: None,
        language: Language::Vi,
        format: WebhookFormat::VillageNet,
    }
}

async fn post(url: &str, outbound: &Outbound) -> Result<Receipt, SendError> {
    let webhook = Webhook::new("ops".to_owned(), &settings(url), outbound.clone()).expect("good settings");
    webhook.send(&firing(), now()).await
}

fn port(receiver: &Receiver) -> &str {
    receiver.base.rsplit_once(':').expect("it has a port").1
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_connected_to_whatever_the_name_says_next() {
    let receiver = Receiver::start(Answer::Head("200 OK\r\nConnection: close")).await;
    // Were it looked up again after the check, the connection would go to the second answer.
    let names = NameServer::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let outbound = outbound(&["127.0.0.1"], &names);
    let url = format!("http://hook.example:{}/", port(&receiver));
    assert_eq!(post(&url, &outbound).await, Ok(Receipt { reply: "HTTP 200".to_owned() }));
    assert_eq!((names.asked(), receiver.requests().len()), (1, 1));

    let error = post(&url, &outbound).await.expect_err("the name leads elsewhere by now");
    assert!(error.retryable, "it may lead back again");
    let expected = format!(
        "{} is refused: it leads to 127.0.0.2, a loopback address; if it may, write outbound_allow = [\"127.0.0.2\"] in \
         the configuration",
        url.trim_end_matches('/')
    );
    assert_eq!(error.text, expected);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn one_address_that_may_not_be_reached_spoils_the_name() {
    let receiver = Receiver::start(Answer::Head("200 OK")).await;
    for bad in ["10.0.0.5", "::1", "::ffff:10.0.0.5", "fd00::5", "100.64.0.5", "169.254.169.254", "64:ff9b::a00:5"] {
        let names = NameServer::new(&[&["127.0.0.1", bad]]);
        let outbound = outbound(&["127.0.0.1"], &names);
        let error = post(&format!("http://hook.example:{}/", port(&receiver)), &outbound).await.expect_err(bad);
        assert!(error.text.contains("is refused: it leads to"), "{bad}: {}", error.text);
    }
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn http_goes_nowhere_but_where_it_is_allowed() {
    let names = NameServer::new(&[&["1.1.1.1"]]);
    let error = post("http://hook.example/", &outbound(&[], &names)).await.expect_err("no TLS");
    assert_eq!(
        error.text,
        "http://hook.example is refused: it is http, which goes only where outbound_allow says, and it leads to 1.1.1.1: \
         use https, or write outbound_allow = [\"1.1.1.1\"] in the configuration"
    );
}

#[tokio::test]
async fn a_redirect_leads_nowhere_even_to_an_address_that_is_allowed() {
    let elsewhere = Receiver::start(Answer::Head("200 OK")).await;
    let names = NameServer::new(&[&["127.0.0.1"]]);
    let outbound = outbound(&["127.0.0.0/8"], &names);
    for location in ["http://169.254.169.254/latest/meta-data/", &elsewhere.base] {
        let head: &'static str = format!("302 Found\r\nLocation: {location}").leak();
        let receiver = Receiver::start(Answer::Head(head)).await;
        let error = post(&receiver.base, &outbound).await.expect_err("a redirect is no delivery");
        assert!(error.text.ends_with("answered HTTP 302, a redirect, which is not followed"), "{}", error.text);
        assert_eq!(receiver.requests().len(), 1);
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn an_address_that_may_not_be_reached_is_refused_before_anything_is_sent() {
    let names = NameServer::new(&[&["127.0.0.1"]]);
    let outbound = outbound(&[], &names);
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[2002:7f00:1::]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://100.64.0.1/",
        "https://169.254.169.254/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f.1/",
        "http://1.1.1.1/",
    ] {
        let error = Webhook::new("ops".to_owned(), &settings(url), outbound.clone()).err().expect(url).to_string();
        assert!(
            error.starts_with("url: is refused: ") || error.starts_with("url: has an address in"),
            "{url}: {error}"
        );
    }
    for url in ["https://localhost/", "https://hook.example./"] {
        let error = post(url, &outbound).await.expect_err(url);
        assert!(error.text.contains("is refused: it leads to 127.0.0.1, a loopback address"), "{url}: {}", error.text);
    }
}
