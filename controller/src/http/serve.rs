//! Takes connections and serves them: TLS, how long anything may take, and the end of all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::arrival::Arrival;
use super::body_time;
use super::door::Door;
use super::limits::{Seat, Seats};
use super::plain;
use crate::events::{Event, Events};
use crate::live::ConnectionEnd;

/// A client has so long for its TLS handshake, and so long for the head of each request.
const PATIENCE: Duration = Duration::from_secs(10);
/// A client that takes nothing of what it is sent for so long is gone.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);
/// After so long a connection takes no further request; what is under way is finished. It frees the seats of
/// clients that hold connections and ask nothing, which HTTP/2 would let them do for ever.
const LIFE: Duration = Duration::from_secs(600);
/// What is under way after that gets so long: as much as the longest body, and an answer for who reads slowly.
const LAST: Duration = Duration::from_secs(2 * body_time::KNOWN.as_secs());
/// Requests under way get so long when the program ends.
const DRAIN: Duration = Duration::from_secs(5);
/// Before the next try when the operating system gives no socket (too many open files, no memory).
const NO_SOCKET: Duration = Duration::from_secs(1);
/// Requests at once on one HTTP/2 connection: a browser with a page and its stream of events needs a dozen.
const STREAMS: u32 = 64;

/// What is needed to serve connections.
pub struct Front {
    /// Routes behind the door.
    pub router: Router,
    /// For TLS; `None` where plain HTTP is spoken.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Knows the proxies.
    pub door: Arc<Door>,
    /// Counts what was refused.
    pub events: Arc<Events>,
}

/// Serves until told to stop; requests under way are finished.
pub async fn serve(listener: TcpListener, front: Front, stop: CancellationToken) {
    let (front, seats, tracker) = (Arc::new(front), Seats::new(), TaskTracker::new());
    loop {
        let accepted = async {
            // The seat first: connections that find none wait in the operating system's queue.
            let free = seats.free().await;
            (free, listener.accept().await)
        };
        let (free, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // The client's own doing: it went away before it was taken.
            Err(error) if is_clients(&error) => continue,
            Err(error) => {
                front.events.emit(Event::ConnectionRefused { reason: "socket", peer: None, error: error.to_string() });
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(NO_SOCKET) => continue,
                }
            }
        };
        let address = peer.ip().to_canonical();
        let Some(seat) = seats.take(free, address, front.door.is_proxy(address)) else {
            let error = "too many connections of one address".to_owned();
            front.events.emit(Event::ConnectionRefused { reason: "share", peer: Some(peer), error });
            continue;
        };
        tracker.spawn(connection(stream, peer, Arc::clone(&front), seat, stop.clone()));
    }
    drop(listener);
    tracker.close();
    if tokio::time::timeout(DRAIN, tracker.wait()).await.is_err() {
        tracing::warn!(connections = tracker.len(), "requests under way were cut off");
    }
}

fn is_clients(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// One connection, to its end.
async fn connection(stream: TcpStream, peer: SocketAddr, front: Arc<Front>, seat: Seat, stop: CancellationToken) {
    let refused = |reason, error: String| {
        front.events.emit(Event::ConnectionRefused { reason, peer: Some(peer), error });
    };
    let Ok(local) = stream.local_addr() else { return };
    tune(&stream);
    let arrival = Arrival { peer, local: local.ip(), is_tls: front.tls.is_some() };
    let served = match &front.tls {
        None => exchange(TokioIo::new(stream), arrival, &front.router, stop).await,
        Some(tls) => {
            let accepted = tokio::time::timeout(PATIENCE, async {
                if plain::is_plain(&stream).await? {
                    return Ok(Greeting::Plain(stream));
                }
                TlsAcceptor::from(Arc::clone(tls)).accept(stream).await.map(|stream| Greeting::Tls(Box::new(stream)))
            });
            match accepted.await {
                Ok(Ok(Greeting::Tls(stream))) => exchange(TokioIo::new(stream), arrival, &front.router, stop).await,
                Ok(Ok(Greeting::Plain(stream))) => {
                    refused("plain", "plain HTTP where TLS is spoken".to_owned());
                    plain::answer(stream, arrival, Arc::clone(&front.door), PATIENCE).await;
                    Ok(())
                }
                Ok(Err(error)) => return refused("handshake", error.to_string()),
                Err(_) => return refused("handshake", "no TLS handshake in time".to_owned()),
            }
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "connection ended");
    }
    drop(seat);
}

/// What a client says first.
enum Greeting {
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
    Plain(TcpStream),
}

/// Requests and answers, until the client goes, the connection has lived its time or the program ends.
async fn exchange<I>(
    io: I,
    arrival: Arrival,
    router: &Router,
    stop: CancellationToken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let ending = stop.child_token();
    let end = ConnectionEnd(ending.clone());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(arrival);
        request.extensions_mut().insert(end.clone());
        router.clone().oneshot(request)
    });
    let builder = builder();
    let serving = builder.serve_connection_with_upgrades(io, service);
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(LIFE) => ending.cancel(),
    }
    serving.as_mut().graceful_shutdown();
    tokio::time::timeout(LAST, serving).await.unwrap_or_else(|_| Err("what was under way took too long".into()))
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(UNACKNOWLEDGED)
        .keep_alive_timeout(PATIENCE);
    builder
}

/// Small answers leave at once, and who stopped reading is noticed. Without either everything works, only worse.
fn tune(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may wait for the client's acknowledgement");
    }
    let unacknowledged = u32::try_from(UNACKNOWLEDGED.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, unacknowledged) {
        tracing::debug!(%error, "a client that reads nothing is kept for longer");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_ends_although_what_is_under_way_does_not() {
        let (mut client, server) = tokio::io::duplex(1024);
        let router = Router::new().route("/", get(std::future::pending::<()>));
        let arrival = Arrival { peer: ([192, 0, 2, 1], 4000).into(), local: [192, 0, 2, 2].into(), is_tls: false };
        client.write_all(b"GET / HTTP/1.1\r\nhost: a.lan\r\n\r\n").await.expect("there is room");
        let serving = exchange(TokioIo::new(server), arrival, &router, CancellationToken::new());
        let ended = tokio::time::timeout(2 * (LIFE + LAST), serving).await.expect("it ends");
        assert!(ended.is_err_and(|error| error.to_string().contains("too long")));
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn what_lasts_hears_that_its_connection_has_lived_its_time() {
        let (mut client, server) = tokio::io::duplex(1024);
        let until = |end: axum::Extension<ConnectionEnd>| async move { end.0.0.cancelled().await };
        let router = Router::new().route("/", get(until));
        let arrival = Arrival { peer: ([192, 0, 2, 1], 4000).into(), local: [192, 0, 2, 2].into(), is_tls: false };
        client.write_all(b"GET / HTTP/1.1\r\nhost: a.lan\r\n\r\n").await.expect("there is room");
        let serving = exchange(TokioIo::new(server), arrival, &router, CancellationToken::new());
        let ended = tokio::time::timeout(LIFE + Duration::from_secs(1), serving).await.expect("in time");
        ended.expect("everything was answered");
        drop(client);
    }
}
