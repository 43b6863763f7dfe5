//! An HTTP receiver of 100 lines, so that it can also misbehave.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a request it has read.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This status line and these headers, no body.
    Head(&'static str),
    /// This status line with headers, and this body; `ECHO` in it stands for the line and the body of the request.
    Full(&'static str, &'static str),
    /// 200 and a body that never ends.
    Endless,
    /// One byte of a status line, then one more each 50 ms, for ever.
    Dribble,
    /// Nothing.
    Silence,
    /// Something that is no HTTP.
    Garbage,
}

/// A request, as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header, by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A running receiver. It lives as long as the runtime of its test.
pub(crate) struct Receiver {
    pub(crate) base: String,
    pub(crate) written: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    pub(crate) async fn start(answer: Answer) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let receiver = Receiver { base, written: Arc::default(), requests: Arc::default() };
        let (requests, written) = (Arc::clone(&receiver.requests), Arc::clone(&receiver.written));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer.clone(), Arc::clone(&requests), Arc::clone(&written)));
            }
        });
        receiver
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics while it holds this").clone()
    }
}

async fn serve(
    stream: TcpStream,
    answer: Answer,
    requests: Arc<Mutex<Vec<Request>>>,
    written: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        let echo = format!("{}{}", request.line.trim_end(), String::from_utf8_lossy(&request.body));
        requests.lock().expect("no test panics while it holds this").push(request);
        let out = stream.get_mut();
        match &answer {
            Answer::Head(head) => {
                out.write_all(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await?;
            }
            Answer::Full(head, body) => {
                let body = body.replace("ECHO", &echo.replace(['"', '\\'], "'"));
                out.write_all(format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes())
                    .await?;
            }
            Answer::Endless => {
                out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n").await?;
                loop {
                    out.write_all(&[b'x'; 4096]).await?;
                    written.fetch_add(4096, Ordering::SeqCst);
                }
            }
            Answer::Dribble => {
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'x')) {
                    out.write_all(&[*byte]).await?;
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
            Answer::Silence => std::future::pending().await,
            Answer::Garbage => return out.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await,
        }
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut request = Request::default();
    if stream.read_line(&mut request.line).await? == 0 {
        return Ok(None);
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).await?;
    Ok(Some(request))
}
