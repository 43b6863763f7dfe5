//! Mail.

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::secret::Secret;
use notify::message::Message;
use notify::smtp::{self, Smtp, SmtpSettings, Tls};
use notify::{Language, Notice, Notifier, Receipt, SendError};

use crate::sample::{firing, now, resolved, trial};
use crate::sink::{Mail, Script, Sink, certificates};

fn settings(sink: &Sink, to: &[&str]) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: sink.port,
        tls: Tls::None,
        ca_pem: None,
        user: None,
        password: None,
        from: "VillageNet Đơn Dương <canhbao@example.vn>".to_owned(),
        to: to.iter().map(|to| (*to).to_owned()).collect(),
        language: Language::Vi,
        timeout: smtp::TIMEOUT,
    }
}

fn channel(settings: SmtpSettings) -> Smtp {
    Smtp::new("mail".to_owned(), settings).expect("good settings")
}

async fn send(sink: &Sink, message: &Message) -> Result<Receipt, SendError> {
    channel(settings(sink, &["a@example.vn"])).send(message, now()).await
}

/// One mail, or the test fails.
fn only(sink: &Sink) -> Mail {
    let mails = sink.mails();
    let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
    mail.clone()
}

#[tokio::test]
async fn a_mail_says_what_happened_in_headers_that_programs_understand() {
    let sink = Sink::start(Script::default()).await;
    let receipt = send(&sink, &firing()).await.expect("taken");
    assert_eq!(receipt.reply, "250 2.0.0 queued as 1A2B");
    let mail = only(&sink);
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("<canhbao@example.vn>", &["<a@example.vn>".to_owned()][..]));
    let header = |name: &str| mail.header(name).unwrap_or_else(|| panic!("no {name} in\n{}", mail.data));
    assert_eq!(header("Subject"), "■ Mất kết nối: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)");
    assert_eq!(header("Date"), "Tue, 24 Nov 2026 21:53:30 +0000");
    assert_eq!(header("From").replace('"', ""), "VillageNet Đơn Dương <canhbao@example.vn>");
    assert_eq!(header("To"), "a@example.vn");
    assert_eq!(header("List-Id"), "VillageNet <villagenet.example.vn>");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("MIME-Version"), "1.0");
    assert_eq!(header("Content-Type"), "text/plain; charset=utf-8");
    let text = mail.text();
    assert!(text.starts_with("Hội trường: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)\r\n"), "{text}");
    assert!(text.contains("Chi tiết: https://mang.example.vn/halls/dr-01\r\n"), "{text}");
    assert!(mail.data.is_ascii() && mail.data.lines().all(|line| line.len() <= 998), "7-bit, RFC 5322 lines");
    assert_eq!(mail.data.matches('\n').count(), mail.data.matches("\r\n").count(), "no bare line feed");
}

#[tokio::test]
async fn a_recovery_threads_with_its_alert_and_a_repeat_is_the_same_mail() {
    let sink = Sink::start(Script::default()).await;
    for message in [firing(), resolved(), resolved()] {
        send(&sink, &message).await.expect("taken");
    }
    let mails = sink.mails();
    let [alert, recovery, repeat] = mails.as_slice() else { panic!("{} mails", mails.len()) };
    let id = alert.header("Message-ID").expect("an id");
    assert!(id.starts_with('<') && id.ends_with("@example.vn>"), "{id}");
    assert_eq!(alert.header("In-Reply-To"), None);
    assert_eq!(recovery.header("In-Reply-To"), Some(id.clone()));
    assert_eq!(recovery.header("References"), Some(id.clone()));
    assert_ne!(recovery.header("Message-ID"), Some(id));
    assert_eq!(recovery.data, repeat.data);
}

#[tokio::test]
async fn a_test_is_a_mail_that_says_so_and_hangs_on_nothing() {
    let sink = Sink::start(Script::default()).await;
    let trial = trial();
    let channel = channel(settings(&sink, &["a@example.vn"]));
    channel.deliver(&Notice::Trial(&trial), now()).await.expect("taken");
    let mail = only(&sink);
    assert_eq!(mail.header("Subject").as_deref(), Some("○ Tin thử của VillageNet: kênh ops"));
    assert!(mail.text().contains("Không có sự cố nào.") && mail.header("In-Reply-To").is_none());
}

#[tokio::test]
async fn other_threads_have_other_ids() {
    let sink = Sink::start(Script::default()).await;
    let mut other = firing();
    other.thread.push('x');
    send(&sink, &firing()).await.expect("taken");
    send(&sink, &other).await.expect("taken");
    let mails = sink.mails();
    assert_ne!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
}

#[tokio::test]
async fn a_name_cannot_add_a_header_a_receiver_or_an_end() {
    let sink = Sink::start(Script::default()).await;
    let mut message = firing();
    message.items[0].hall.name = "Thôn\r\nBcc: evil@example.vn\r\n\r\n.\r\nMAIL FROM:<x@y.vn>".to_owned();
    message.items[0].hall.area = ".\r\n.\r\n".to_owned();
    message.id = "n\r\nBcc: evil@example.vn".to_owned();
    message.thread = "t>\r\nBcc: evil@example.vn".to_owned();
    send(&sink, &message).await.expect("taken");
    let mail = only(&sink);
    assert_eq!(mail.to, ["<a@example.vn>"]);
    assert_eq!((mail.count("Bcc"), mail.count("Subject"), mail.count("From")), (0, 1, 1));
    assert_eq!(
        mail.header("Subject").expect("a subject"),
        "■ Mất kết nối: Thôn Bcc: evil@example.vn . MAIL FROM:<x@y.vn> (dr-01)"
    );
    assert!(sink.commands().iter().all(|command| !command.contains("x@y.vn")));
}

#[tokio::test]
async fn replies_of_the_server_decide_whether_to_try_again() {
    let table: [(&'static str, &'static str, bool, &str); 8] = [
        ("greeting", "421 busy", true, "cannot be reached: 421 busy"),
        ("greeting", "554 go away", false, "cannot be reached: 554 go away"),
        ("MAIL", "451 later", true, "refused the sender: 451 later"),
        ("MAIL", "550 not you", false, "refused the sender: 550 not you"),
        ("RCPT", "450 greylisted", true, "took no receiver: a@example.vn: 450 greylisted"),
        ("RCPT", "550 no such user", false, "refused every receiver: a@example.vn: 550 no such user"),
        (".", "452 disk full", true, "refused the mail: 452 disk full"),
        (".", "554 spam", false, "refused the mail: 554 spam"),
    ];
    for (command, reply, retryable, text) in table {
        let sink = Sink::start(Script { replies: BTreeMap::from([(command, reply)]), ..Script::default() }).await;
        let error = send(&sink, &firing()).await.expect_err(reply);
        assert_eq!(error.text, format!("127.0.0.1:{} {text}", sink.port));
        assert_eq!(error.retryable, retryable, "{reply}");
        assert_eq!(sink.mails().len(), 0);
    }
}

#[tokio::test]
async fn nobody_there_and_nonsense_are_tried_again() {
    let sink = Sink::start(Script { replies: BTreeMap::from([("greeting", "SSH-2.0")]), ..Script::default() }).await;
    assert!(send(&sink, &firing()).await.expect_err("no SMTP").retryable);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut dead = settings(&sink, &["a@example.vn"]);
    dead.port = listener.local_addr().expect("bound").port();
    drop(listener);
    let error = channel(dead).send(&firing(), now()).await.expect_err("nobody listens");
    assert!(error.retryable && error.text.contains("cannot be reached: "), "{}", error.text);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left_in_time() {
    for command in ["greeting", "EHLO", "RCPT", "DATA", "."] {
        let sink = Sink::start(Script { replies: BTreeMap::from([(command, "")]), ..Script::default() }).await;
        let mut settings = settings(&sink, &["a@example.vn"]);
        settings.timeout = Duration::from_millis(400);
        let channel = channel(settings);
        let message = firing();
        let attempt = channel.send(&message, now());
        let outcome = tokio::time::timeout(Duration::from_secs(4), attempt).await.expect("left in time");
        let error = outcome.expect_err("no answer is no delivery");
        assert_eq!((error.retryable, error.text), (true, format!("127.0.0.1:{} did not answer in time", sink.port)));
    }
}

#[tokio::test]
async fn a_server_that_is_silent_after_taking_the_mail_has_taken_it() {
    let sink = Sink::start(Script { replies: BTreeMap::from([("QUIT", "")]), ..Script::default() }).await;
    let message = firing();
    let attempt = send(&sink, &message);
    let outcome = tokio::time::timeout(Duration::from_secs(10), attempt).await.expect("left in time");
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn one_bad_address_does_not_keep_the_mail_from_the_others() {
    let sink =
        Sink::start(Script { replies: BTreeMap::from([("RCPT TO:<gone@", "550 no such user")]), ..Script::default() })
            .await;
    let channel = channel(settings(&sink, &["a@example.vn", "gone@example.vn", "b@example.vn"]));
    let receipt = channel.send(&firing(), now()).await.expect("taken for the others");
    assert_eq!(receipt.reply, "250 2.0.0 queued as 1A2B; refused for good: gone@example.vn: 550 no such user");
    assert_eq!(only(&sink).to, ["<a@example.vn>", "<b@example.vn>"]);
}

#[tokio::test]
async fn a_receiver_who_has_to_wait_gets_it_later_and_the_others_only_once() {
    let sink =
        Sink::start(Script { replies: BTreeMap::from([("RCPT TO:<full@", "452 mailbox full")]), ..Script::default() })
            .await;
    let channel = channel(settings(&sink, &["a@example.vn", "full@example.vn"]));
    let error = channel.send(&firing(), now()).await.expect_err("not for all");
    assert!(error.retryable && error.text.contains("full@example.vn: 452 mailbox full"), "{}", error.text);
    let error = channel.send(&firing(), now()).await.expect_err("still full");
    assert!(error.retryable, "{}", error.text);
    sink.reply("RCPT TO:<full@", None);
    channel.send(&firing(), now()).await.expect("there is room now");
    let to: Vec<_> = sink.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, [["<a@example.vn>"], ["<full@example.vn>"]]);
    // Another message starts with everybody.
    channel.send(&resolved(), now()).await.expect("taken");
    assert_eq!(sink.mails()[2].to.len(), 2);
}

#[tokio::test]
async fn a_login_is_made_and_a_refused_one_shows_no_password() {
    for refusal in [None, Some("535 5.7.8 no: AUTH PLAIN AGNhbmhiYW8AcGE1NQ==")] {
        let sink = Sink::start(Script::default()).await;
        sink.reply("AUTH", refusal);
        let mut settings = settings(&sink, &["a@example.vn"]);
        settings.user = Some("canhbao".to_owned());
        settings.password = Some(Secret::new("pa55".to_owned()));
        let outcome = channel(settings).send(&firing(), now()).await;
        // base64 of "\0canhbao\0pa55"
        assert!(sink.commands().contains(&"AUTH PLAIN AGNhbmhiYW8AcGE1NQ==".to_owned()), "{:?}", sink.commands());
        match (refusal, outcome) {
            (None, outcome) => assert!(outcome.is_ok(), "{outcome:?}"),
            (Some(_), outcome) => {
                let error = outcome.expect_err("refused");
                assert!(!error.retryable && error.text.contains("refused the login (535)"), "{}", error.text);
                assert!(!error.text.contains("AGNh") && !error.text.contains("pa55"), "{}", error.text);
            }
        }
    }
}

#[tokio::test]
async fn mail_travels_protected_with_an_authority_of_ones_own() {
    let (ca_pem, acceptor) = certificates();
    let scripts = [
        (Tls::Tls, Script { tls: Some(acceptor.clone()), ..Script::default() }),
        (Tls::StartTls, Script { start_tls: Some(acceptor), ..Script::default() }),
    ];
    for (tls, script) in scripts {
        let sink = Sink::start(script).await;
        let mut trusting = settings(&sink, &["a@example.vn"]);
        (trusting.tls, trusting.ca_pem) = (tls, Some(ca_pem.clone()));
        trusting.user = Some("canhbao".to_owned());
        trusting.password = Some(Secret::new("pa55".to_owned()));
        channel(trusting).send(&firing(), now()).await.expect("taken");
        assert!(only(&sink).protected);

        let mut wary = settings(&sink, &["a@example.vn"]);
        wary.tls = tls;
        let error = channel(wary).send(&firing(), now()).await.expect_err("nobody vouches for it");
        assert!(error.retryable && error.text.contains("UnknownIssuer"), "{}", error.text);
        assert_eq!(sink.mails().len(), 1);
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_mail_nor_password() {
    let sink = Sink::start(Script::default()).await;
    let mut settings = settings(&sink, &["a@example.vn"]);
    settings.tls = Tls::StartTls;
    settings.user = Some("canhbao".to_owned());
    settings.password = Some(Secret::new("pa55".to_owned()));
    let error = channel(settings).send(&firing(), now()).await.expect_err("not protected");
    assert!(error.retryable && error.text.contains("gave no STARTTLS"), "{}", error.text);
    let commands = sink.commands();
    assert!(commands.iter().all(|command| command.starts_with("EHLO") || command == "QUIT"), "{commands:?}");
    assert_eq!(sink.mails().len(), 0);
}
