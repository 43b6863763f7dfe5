//! What every channel over HTTP has to bear: receivers that are slow, silent, mad or closed, redirects, addresses that
//! nobody allowed. Each channel gives a way to make itself and the secrets that must never be shown.

use std::time::Duration;

use inventory::secret::Secret;
use notify::outbound::{Outbound, TIMEOUT};
use notify::{Channel, Notice, Notifier, Receipt, SendError};

use crate::receiver::{Answer, Receiver};
use crate::sample::{firing, now, trial};

/// What must never stand in an error or a receipt.
pub(crate) const SECRETS: [&str; 3] = ["S3CRET", "K3Y", "T0KEN"];

/// May reach receivers on loopback.
pub(crate) fn outbound(timeout: Duration) -> Outbound {
    Outbound::new(vec!["127.0.0.0/8".parse().expect("a network")], timeout).expect("TLS and HTTP can be set up")
}

/// A secret of this text.
pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// One attempt at a receiver that answers like this.
pub(crate) async fn send_to(
    make: impl Fn(&str, Outbound) -> Channel,
    answer: Answer,
) -> (Receiver, Result<Receipt, SendError>) {
    let receiver = Receiver::start(answer).await;
    let outcome = make(&receiver.base, outbound(TIMEOUT)).send(&firing(), now()).await;
    match &outcome {
        Ok(receipt) => assert_clean(&receipt.reply),
        Err(error) => assert_clean(&error.text),
    }
    (receiver, outcome)
}

/// One line that shows no secret.
pub(crate) fn assert_clean(text: &str) {
    assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
    assert!(text.lines().count() == 1 && text.chars().count() < 500, "{text}");
}

/// Each status, with whether it is tried again and the seconds asked for.
pub(crate) async fn assert_statuses(make: impl Fn(&str, Outbound) -> Channel, body: &'static str) {
    let table = [
        ("429 Too Many Requests\r\nRetry-After: 120", true, Some(120)),
        ("503 Service Unavailable", true, None),
        ("500 Internal Server Error", true, None),
        ("408 Request Timeout", true, None),
        ("400 Bad Request", false, None),
        ("401 Unauthorized", false, None),
        ("403 Forbidden", false, None),
        ("404 Not Found", false, None),
    ];
    for (head, retryable, retry_after) in table {
        let (receiver, outcome) = send_to(&make, Answer::Full(head, body)).await;
        let error = outcome.expect_err(head);
        assert_eq!(
            (error.retryable, error.retry_after),
            (retryable, retry_after.map(Duration::from_secs)),
            "{error:?}"
        );
        assert_eq!(receiver.requests().len(), 1, "one attempt is one request");
    }
}

/// Whatever is no proper answer is tried again, in time, and nothing is sent where it may not go.
pub(crate) async fn assert_bears(make: impl Fn(&str, Outbound) -> Channel, is_endless_success: bool) {
    for answer in [Answer::Silence, Answer::Dribble] {
        let receiver = Receiver::start(answer).await;
        let channel = make(&receiver.base, outbound(Duration::from_millis(300)));
        let outcome = tokio::time::timeout(Duration::from_secs(4), channel.send(&firing(), now())).await;
        let error = outcome.expect("left in time").expect_err("no answer is no delivery");
        assert!(error.retryable && error.text.contains("did not answer in time"), "{}", error.text);
        assert_clean(&error.text);
    }
    for answer in [Answer::Garbage, Answer::Full("302 Found\r\nLocation: http://169.254.169.254/", "")] {
        let (_, outcome) = send_to(&make, answer).await;
        assert!(outcome.expect_err("no delivery").retryable);
    }
    let (_, outcome) = send_to(&make, Answer::Endless).await;
    match outcome {
        Ok(_) => assert!(is_endless_success),
        Err(error) => assert!(error.retryable && !is_endless_success, "{}", error.text),
    }

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let error = make(&base, outbound(TIMEOUT)).send(&firing(), now()).await.expect_err("nobody listens");
    assert!(error.retryable && error.text.contains("cannot be reached"), "{}", error.text);
    assert_clean(&error.text);

    // A name is looked up when something is sent, and leads where nobody allowed.
    let nowhere = Outbound::new(Vec::new(), TIMEOUT).expect("TLS and HTTP can be set up");
    let error = make("https://localhost", nowhere).send(&firing(), now()).await.expect_err("not allowed");
    assert!(error.text.contains("is refused: it leads to 127.0.0.1, a loopback address"), "{}", error.text);
}

/// What a test message looks like on the wire: the body of the only request.
pub(crate) async fn trial_body(make: impl Fn(&str, Outbound) -> Channel, answer: Answer) -> String {
    let receiver = Receiver::start(answer).await;
    let trial = trial();
    let outcome = make(&receiver.base, outbound(TIMEOUT)).deliver(&Notice::Trial(&trial), now()).await;
    outcome.expect("taken");
    String::from_utf8(receiver.requests()[0].body.clone()).expect("UTF-8")
}
