//! Pages and JSON as small as the browser takes them: on a hall's line that is the difference between one second and
//! five.
//!
//! Why this leaks nothing (BREACH): it needs a secret in the body that stays the same, text of the attacker's beside it,
//! and many answers. Our pages hold no secret that lasts: there is no token against forgery in them (that is done by
//! Sec-Fetch-Site and Origin), and what is shown once, such as a token, a recovery code or a link, is the answer to a
//! POST. So only answers to GET are packed, and whoever answers a GET with a secret adds [`Unpacked`].

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Smaller answers fit in one packet anyhow (bytes).
const SMALLEST: u16 = 1024;

/// On an answer: it holds a secret and is sent as it is.
#[derive(Debug, Clone, Copy)]
pub struct Unpacked;

/// Packs what is worth it with gzip, which every browser takes.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(SMALLEST).and(is_worth_it))
}

fn is_worth_it(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    // Streams of events are text too, but must come at once; files of assets are packed already.
    const TEXTS: [&str; 5] = ["text/html", "text/plain", "text/csv", "application/json", "application/x-ndjson"];
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    TEXTS.contains(&kind) && extensions.get::<Unpacked>().is_none()
}

/// Marks answers to everything but GET as [`Unpacked`].
pub(super) async fn keep_posts(request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let mut response = next.run(request).await;
    if !is_get {
        response.extensions_mut().insert(Unpacked);
    }
    response
}
