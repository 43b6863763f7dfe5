//! A mail server that keeps what it is given: enough of RFC 5321 for a real client, on loopback, without TLS.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// One mail as it arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// When its last line came.
    pub at: Instant,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: String,
}

impl Mail {
    /// The header `name`, unfolded and decoded.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A running mail server. It ends with the test's process.
#[derive(Debug)]
pub struct SmtpSink {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Default for SmtpSink {
    fn default() -> Self {
        Self::start()
    }
}

impl SmtpSink {
    /// Starts one on a free port. It runs on threads of its own, so that a test that waits does not hold it up.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                // A client that goes away in the middle has sent no mail; that is not a fault of the sink.
                std::thread::spawn(move || drop(converse(&stream, &kept)));
            }
        });
        SmtpSink { address, mails }
    }

    /// Where it listens, as `HOST:PORT`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// What has arrived so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

/// One session: replies to each command and keeps each finished mail.
fn converse(stream: &TcpStream, kept: &Mutex<Vec<Mail>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let (mut from, mut to) = (String::new(), Vec::new());
    writer.write_all(b"220 sink ESMTP\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split([' ', '\r', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "HELO" | "NOOP" | "RSET" => "250 OK",
            "MAIL" => {
                from = path_of(&line);
                to.clear();
                "250 OK"
            }
            "RCPT" => {
                to.push(path_of(&line));
                "250 OK"
            }
            "DATA" => {
                writer.write_all(b"354 go ahead\r\n")?;
                let text = data(&mut reader)?;
                keep(kept, parse(&text, std::mem::take(&mut from), std::mem::take(&mut to)));
                "250 kept"
            }
            "QUIT" => {
                return writer.write_all(b"221 bye\r\n");
            }
            _ => "502 not here",
        };
        writer.write_all(format!("{reply}\r\n").as_bytes())?;
    }
}

fn keep(kept: &Mutex<Vec<Mail>>, mail: Mail) {
    kept.lock().unwrap().push(mail);
}

/// The address between `<` and `>`.
fn path_of(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned()).unwrap_or_default()
}

/// The lines up to the lone dot, with the dots that the client doubled made single again (RFC 5321 §4.5.2).
fn data(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line);
        if line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn parse(text: &str, from: String, to: Vec<String>) -> Mail {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match (line.starts_with([' ', '\t']), headers.last_mut()) {
            (true, Some((_, value))) => value.push_str(line),
            _ => headers.extend(line.split_once(':').map(|(key, value)| (key.to_owned(), value.to_owned()))),
        }
    }
    for (_, value) in &mut headers {
        *value = words(value.trim());
    }
    let mut mail = Mail { at: Instant::now(), from, to, headers, body: String::new() };
    mail.body = match mail.header("Content-Transfer-Encoding").unwrap_or_default().to_ascii_lowercase().as_str() {
        "base64" => text_of(STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap_or_default()),
        "quoted-printable" => text_of(quoted(&body.replace("=\r\n", ""), b'=')),
        _ => body.to_owned(),
    };
    mail
}

/// A header's encoded words (RFC 2047 §2, §6.2) as text: `=?utf-8?b?…?=`, spaces between two of them dropped.
fn words(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value;
    while let Some((before, encoded, after)) = encoded_word(rest) {
        if !before.trim().is_empty() || bytes.is_empty() {
            bytes.extend_from_slice(before.as_bytes());
        }
        bytes.extend(encoded);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    text_of(bytes)
}

/// The first encoded word of a text: what stands before it, its bytes, what stands after it.
fn encoded_word(text: &str) -> Option<(&str, Vec<u8>, &str)> {
    let (before, rest) = text.split_once("=?")?;
    let (_charset, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (content, after) = rest.split_once("?=")?;
    let bytes = match encoding {
        "b" | "B" => STANDARD.decode(content).ok()?,
        _ => quoted(&content.replace('_', " "), b'='),
    };
    Some((before, bytes, after))
}

/// Bytes written as `=C3` made bytes again.
fn quoted(text: &str, mark: u8) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == mark);
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_kept_with_its_dots_its_words_and_its_body() {
        let sink = SmtpSink::start();
        let stream = TcpStream::connect(sink.address).unwrap();
        let mut replies = BufReader::new(&stream).lines();
        assert!(replies.next().unwrap().unwrap().starts_with("220"));
        let mut say = &stream;
        for (line, code) in [
            ("HELO me", "250"),
            ("MAIL FROM:<a@example.org>", "250"),
            ("RCPT TO:<b@example.org>", "250"),
            ("DATA", "354"),
        ] {
            say.write_all(format!("{line}\r\n").as_bytes()).unwrap();
            assert!(replies.next().unwrap().unwrap().starts_with(code), "{line}");
        }
        let mail = "Subject: =?utf-8?b?TeG6pXQg?=\r\n =?utf-8?q?k=E1=BA=BFt_n=E1=BB=91i?=\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\n..dot =C4=91=\r\nen\r\n.\r\nQUIT\r\n";
        say.write_all(mail.as_bytes()).unwrap();
        assert!(replies.next().unwrap().unwrap().starts_with("250"));
        let mails = sink.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(
            (mails[0].from.as_str(), mails[0].to.as_slice()),
            ("a@example.org", ["b@example.org".to_owned()].as_slice())
        );
        assert_eq!(mails[0].header("subject"), Some("Mất kết nối"));
        assert_eq!(mails[0].body, ".dot đen\r\n");
    }
}
