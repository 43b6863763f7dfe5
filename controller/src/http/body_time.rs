//! How long a body may take in all. A sender who says a byte now and then never pauses for long, and would hold its
//! connection for ever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

use crate::api::gate::is_open;

/// What everybody may send, logged in or not, is a small form or as much JSON.
pub(super) const OPEN: Duration = Duration::from_secs(30);
/// The largest body, 2 MiB, from a hall with 64 kbit/s.
pub(super) const KNOWN: Duration = Duration::from_secs(300);

/// Gives the body its time, from now on.
pub(super) async fn limit(request: Request, next: Next) -> Response {
    let most = if is_open(request.uri().path()) { OPEN } else { KNOWN };
    let limited = |body| Body::new(InTime { body, time: Box::pin(tokio::time::sleep(most)) });
    next.run(request.map(|body: Body| if body.is_end_stream() { body } else { limited(body) })).await
}

/// A body that fails when its time is over.
struct InTime {
    body: Body,
    time: Pin<Box<Sleep>>,
}

/// The body's time is over.
#[derive(Debug, thiserror::Error)]
#[error("the body took too long")]
struct TooLong;

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.time.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(axum::Error::new(TooLong))));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use axum::{Router, middleware};
    use tower::ServiceExt;

    use super::*;

    /// How long it takes until somebody is answered who sends a byte every ten seconds.
    async fn dripped(path: &str) -> (Duration, u16) {
        let drip = async_stream::stream! {
            loop {
                tokio::time::sleep(Duration::from_secs(10)).await;
                yield Ok::<_, std::io::Error>(Bytes::from_static(b"x"));
            }
        };
        let take = |_: Bytes| async {};
        let router =
            Router::new().route("/login", post(take)).route("/api/v1/setup", post(take)).route("/x", post(take));
        let router = router.layer(middleware::from_fn(limit));
        let request = Request::builder().method("POST").uri(path).body(Body::from_stream(drip)).expect("a request");
        let began = tokio::time::Instant::now();
        let response = tokio::time::timeout(2 * KNOWN, router.oneshot(request)).await.expect("it is given up");
        (began.elapsed(), response.expect("infallible").status().as_u16())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        for (path, most) in [("/login", OPEN), ("/api/v1/setup", OPEN), ("/x", KNOWN)] {
            let (took, status) = dripped(path).await;
            assert!(took <= most + Duration::from_secs(1) && status == 400, "{path}: {took:?} {status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_in_time_is_taken_whole() {
        let router =
            Router::new().route("/x", post(|body: Bytes| async move { body })).layer(middleware::from_fn(limit));
        let request = Request::builder().method("POST").uri("/x").body(Body::from("whole")).expect("a request");
        let response = router.oneshot(request).await.expect("infallible");
        assert_eq!(axum::body::to_bytes(response.into_body(), 9).await.expect("it is read"), "whole");
    }
}
