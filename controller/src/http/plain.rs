//! Plain HTTP at the port where TLS is spoken: somebody left out the `s`. They are told, instead of being met by
//! silence; nothing else is answered without TLS.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::arrival::Arrival;
use super::door::{self, Door};
use super::{hosts, security};

/// The first byte of a TLS connection: a handshake record (RFC 8446 §5.1).
const HANDSHAKE: u8 = 0x16;

/// Whether what comes first is no TLS. Looks, and leaves it where it is.
pub(super) async fn is_plain(stream: &TcpStream) -> std::io::Result<bool> {
    let mut first = [0];
    let count = stream.peek(&mut first).await?;
    // Requests begin with a method in capital letters; anything else is left to the handshake, which refuses it.
    Ok(count == 1 && first[0] != HANDSHAKE && first[0].is_ascii_alphabetic())
}

/// Answers one request and ends the connection.
pub(super) async fn answer(stream: TcpStream, arrival: Arrival, door: Arc<Door>, patience: Duration) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let response = say(&door, &arrival, &request.map(Body::new));
        async move { Ok::<_, Infallible>(response) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience).keep_alive(false);
    let served = tokio::time::timeout(patience, builder.serve_connection(TokioIo::new(stream), service));
    if let Ok(Err(error)) = served.await {
        tracing::debug!(%error, "plain connection ended");
    }
}

fn say(door: &Door, arrival: &Arrival, request: &axum::extract::Request) -> Response {
    let ours = hosts::host(request).filter(|host| door.is_ours(host.host(), arrival.local));
    let mut response = match ours {
        Some(host) if door::is_safe(request.method()) => door::to_https(host.as_str(), request.uri()),
        Some(_) | None => (StatusCode::BAD_REQUEST, "TLS is spoken here: use https\n").into_response(),
    };
    security::put(response.headers_mut(), false);
    response
}
