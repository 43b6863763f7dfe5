//! The headers that every answer carries, refusals and errors among them (ASVS 5.0 §3.4).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::web::CONTENT_SECURITY_POLICY;

/// Nothing from other places, nothing inline, in no frame, nothing told to other places, no device of the visitor's.
const ALWAYS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
];

/// A year without plain HTTP (RFC 6797). Not for the names below ours: they may be other people's.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// Puts them on an answer. In no cache either, but for what says itself that it may be kept.
pub(super) fn put(headers: &mut HeaderMap, is_encrypted: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // Over plain HTTP browsers have to ignore it (RFC 6797 §7.2 forbids sending it).
    if is_encrypted {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    }
}
