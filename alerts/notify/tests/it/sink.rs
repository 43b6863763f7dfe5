//! A mail server that takes mail and keeps it, speaks STARTTLS and TLS, and can be told to refuse or to fall silent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// How the server behaves.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// Replies by the beginning of the command they answer; others are answered as a good server would. `.` is the
    /// end of a mail; an empty reply is silence for ever.
    pub(crate) replies: BTreeMap<&'static str, &'static str>,
    /// TLS from the first byte.
    pub(crate) tls: Option<TlsAcceptor>,
    /// TLS after STARTTLS.
    pub(crate) start_tls: Option<TlsAcceptor>,
}

/// A mail, as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
    pub(crate) protected: bool,
}

#[derive(Default)]
struct Seen {
    mails: Vec<Mail>,
    commands: Vec<String>,
}

/// A running server. It lives as long as the runtime of its test.
pub(crate) struct Sink {
    pub(crate) port: u16,
    seen: Arc<Mutex<Seen>>,
    script: Arc<Mutex<Script>>,
}

impl Sink {
    pub(crate) async fn start(script: Script) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let sink = Sink { port, seen: Arc::default(), script: Arc::new(Mutex::new(script)) };
        let (seen, script) = (Arc::clone(&sink.seen), Arc::clone(&sink.script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = script.lock().expect("no test panics while it holds this").clone();
                tokio::spawn(connection(stream, script, Arc::clone(&seen)));
            }
        });
        sink
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.seen.lock().expect("no test panics while it holds this").mails.clone()
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.seen.lock().expect("no test panics while it holds this").commands.clone()
    }

    /// From the next connection on.
    pub(crate) fn reply(&self, command: &'static str, reply: Option<&'static str>) {
        let mut script = self.script.lock().expect("no test panics while it holds this");
        match reply {
            Some(reply) => script.replies.insert(command, reply),
            None => script.replies.remove(command),
        };
    }
}

async fn connection(stream: TcpStream, script: Script, seen: Arc<Mutex<Seen>>) -> std::io::Result<()> {
    if let Some(tls) = &script.tls {
        let stream = tls.accept(stream).await?;
        return converse(stream, &script, &seen, true, true).await.map(|_| ());
    }
    let Some(stream) = converse(stream, &script, &seen, true, false).await? else {
        return Ok(());
    };
    let Some(tls) = &script.start_tls else { return Ok(()) };
    let stream = tls.accept(stream).await?;
    converse(stream, &script, &seen, false, true).await.map(|_| ())
}

/// Speaks SMTP until QUIT, or until STARTTLS, when it gives the stream back.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    script: &Script,
    seen: &Mutex<Seen>,
    greet: bool,
    protected: bool,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greet {
        say(&mut stream, script, "greeting", "220 sink ESMTP").await?;
    }
    let mut mail = Mail { protected, ..Mail::default() };
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let command = line.trim_end().to_owned();
        seen.lock().expect("no test panics while it holds this").commands.push(command.clone());
        let offer = if script.start_tls.is_some() && !protected { "STARTTLS" } else { "AUTH PLAIN LOGIN" };
        let good = match command.get(..4).unwrap_or_default() {
            "EHLO" => format!("250-sink\r\n250 {offer}"),
            "STAR" => "220 go ahead".to_owned(),
            "AUTH" => "235 welcome".to_owned(),
            "DATA" => "354 end with a dot".to_owned(),
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        };
        if !say(&mut stream, script, &command, &good).await? {
            continue;
        }
        match command.split_once(':') {
            Some(("MAIL FROM", from)) => mail.from = from.to_owned(),
            Some(("RCPT TO", to)) => mail.to.push(to.to_owned()),
            _ if command == "DATA" => {
                mail.data = data(&mut stream).await?;
                let taken = std::mem::replace(&mut mail, Mail { protected, ..Mail::default() });
                if say(&mut stream, script, ".", "250 2.0.0 queued as 1A2B").await? {
                    seen.lock().expect("no test panics while it holds this").mails.push(taken);
                }
            }
            _ if command == "STARTTLS" => return Ok(Some(stream.into_inner())),
            _ if command == "QUIT" => return Ok(None),
            _ => {}
        }
    }
}

/// Answers; whether the answer was good.
async fn say<S: AsyncWrite + Unpin>(
    stream: &mut S,
    script: &Script,
    command: &str,
    good: &str,
) -> std::io::Result<bool> {
    let told = script.replies.iter().find(|(start, _)| command.starts_with(**start)).map(|(_, reply)| *reply);
    if told == Some("") {
        std::future::pending::<()>().await;
    }
    let reply = told.unwrap_or(good);
    stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    stream.flush().await?;
    Ok(reply.starts_with(['2', '3']))
}

/// The mail up to the dot, with dots unstuffed (RFC 5321 §4.5.2).
async fn data<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

impl Mail {
    /// The value of a header as a mail program shows it: unfolded, encoded words decoded.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.data.split_once("\r\n\r\n")?;
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let start = format!("{name}: ");
        let value = unfolded.lines().find_map(|line| line.strip_prefix(&start))?.to_owned();
        Some(decode_words(&value))
    }

    /// How many headers of this name there are.
    pub(crate) fn count(&self, name: &str) -> usize {
        let start = format!("{}:", name.to_ascii_lowercase());
        let head = self.data.split_once("\r\n\r\n").map_or("", |(head, _)| head);
        head.lines().filter(|line| line.to_ascii_lowercase().starts_with(&start)).count()
    }

    /// The text, decoded.
    pub(crate) fn text(&self) -> String {
        let body = self.data.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let bytes = match self.header("Content-Transfer-Encoding").as_deref() {
            Some("base64") => base64(&body.replace("\r\n", "")),
            Some("quoted-printable") => quoted_printable(body),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).expect("UTF-8")
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'=' {
            let hex = std::str::from_utf8(&tail[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(hex, 16).expect("hexadecimal"));
            rest = &tail[2..];
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

/// RFC 2047: encoded words side by side are one text.
fn decode_words(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut after_word = false;
    for part in value.split_inclusive(' ') {
        let word = part.trim().strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
        match word {
            Some(word) => {
                if after_word && bytes.last() == Some(&b' ') {
                    bytes.pop();
                }
                bytes.extend(base64(word));
                if part.ends_with(' ') {
                    bytes.push(b' ');
                }
            }
            None => bytes.extend(part.as_bytes()),
        }
        after_word = word.is_some();
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// An authority of the test's own, and a server certificate for 127.0.0.1 from it.
pub(crate) fn certificates() -> (Vec<u8>, TlsAcceptor) {
    let ca_key = rcgen::KeyPair::generate().expect("a key");
    let mut ca = rcgen::CertificateParams::new(Vec::new()).expect("no names");
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).expect("signed").pem().into_bytes();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
    let certificate = certificate.signed_by(&key, &issuer).expect("signed");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .expect("they belong together");
    (ca_pem, TlsAcceptor::from(Arc::new(config)))
}
