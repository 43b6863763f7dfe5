//! A receiver of webhooks that keeps what it is given: enough of HTTP/1.1 for a real client, on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// When it was complete.
    pub at: Instant,
    /// Its method and path, such as `POST /hook`.
    pub line: String,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The status it was answered with.
    pub answered: u16,
}

impl Request {
    /// The header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in the webhook's body {:?}", self.body))
    }
}

/// A running receiver. It ends with the test's process.
#[derive(Debug)]
pub struct WebhookSink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    answer: AtomicU16,
}

impl Shared {
    fn keep(&self, request: Request) {
        self.requests.lock().unwrap().push(request);
    }
}

impl Default for WebhookSink {
    fn default() -> Self {
        Self::start()
    }
}

impl WebhookSink {
    /// Starts one on a free port, answering 204. It runs on threads of its own, so that a test that waits does not
    /// hold it up.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { requests: Mutex::default(), answer: AtomicU16::new(204) });
        let kept = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                // A client that goes away in the middle has sent nothing; that is not a fault of the sink.
                std::thread::spawn(move || drop(serve(&stream, &kept)));
            }
        });
        WebhookSink { address, shared }
    }

    /// Where to post.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers with `status` from now on.
    pub fn answer(&self, status: u16) {
        self.shared.answer.store(status, Ordering::SeqCst);
    }

    /// What has arrived so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// What has arrived and was answered with 2xx, as JSON.
    pub fn accepted(&self) -> Vec<Value> {
        self.requests().iter().filter(|request| request.answered / 100 == 2).map(Request::json).collect()
    }
}

/// One connection: reads a request, keeps it, answers it, and so on until the client closes.
fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let headers = headers(&mut reader)?;
        let length = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let answered = shared.answer.load(Ordering::SeqCst);
        let line = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let body = String::from_utf8_lossy(&body).into_owned();
        shared.keep(Request { at: Instant::now(), line, headers, body, answered });
        writer.write_all(format!("HTTP/1.1 {answered} as told\r\ncontent-length: 0\r\n\r\n").as_bytes())?;
    }
}

fn headers(reader: &mut impl BufRead) -> std::io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((key, value)) => headers.push((key.to_owned(), value.trim().to_owned())),
            None => return Ok(headers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Api;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_is_kept_and_answered_as_told() {
        let sink = WebhookSink::start();
        sink.answer(503);
        let client = Api::nobody(sink.url().trim_end_matches("/hook").to_owned());
        assert_eq!(client.status("/hook").await, Some(503));
        sink.answer(204);
        assert_eq!(client.status("/hook?x=1").await, Some(204));
        let lines: Vec<_> = sink.requests().into_iter().map(|request| (request.line, request.answered)).collect();
        assert_eq!(lines, [("GET /hook".to_owned(), 503), ("GET /hook?x=1".to_owned(), 204)]);
    }
}
