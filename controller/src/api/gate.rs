//! The gate before every route: who is asked comes before what is asked. Without a log-in every path answers 401,
//! whether it exists or not; only what carries its own proof or tells nothing is open.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::caller::Caller;
use super::problem::{Logged, Problem};
use crate::app::App;
use crate::app::principal::{Grant, Principal, Role, Who};
use crate::events::Event;
use crate::store::Scope;
use crate::web::CONTENT_SECURITY_POLICY;

/// `__Host-` binds the cookie to this host, path `/` and a secure context (RFC 6265bis §4.1.3.2); browsers count
/// loopback as one.
pub const SESSION_COOKIE: &str = "__Host-villagenet";

/// On every answer of an installation whose fleet is simulated.
const SIMULATED: HeaderName = HeaderName::from_static("villagenet-simulated");

/// Lets a request through to the routes, or answers it.
pub async fn gate(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let response = match admit(&app, peer, &request) {
        Ok(principal) => {
            if let Some(principal) = principal {
                request.extensions_mut().insert(Caller::from(principal));
            }
            next.run(request).await
        }
        Err(refusal) => *refusal,
    };
    finish(&app, response)
}

/// Who comes in; nobody where everybody may. Else the answer to who may not.
fn admit(app: &App, peer: SocketAddr, request: &Request) -> Result<Option<Principal>, Box<Response>> {
    let path = request.uri().path();
    let headers = request.headers();
    if bearer(headers).is_some_and(|token| app.access.is_token(token)) {
        return Ok(Some(everything(Role::Admin, peer)));
    }
    if session(headers).is_some_and(|id| app.access.session_use(id, app.clock.monotonic())) {
        if !is_same_origin(request) {
            return Err(Box::new(cross_site()));
        }
        return Ok(Some(everything(Role::Admin, peer)));
    }
    if is_open(path) {
        return Ok(None);
    }
    if is_metrics(path) && app.settings.is_metrics_reader(peer.ip()) {
        return Ok(Some(everything(Role::Viewer, peer)));
    }
    Err(Box::new(refuse(path, request)))
}

/// The one who has the installation's own token, and who reads metrics from an address that may: not a person.
fn everything(role: Role, peer: SocketAddr) -> Principal {
    let grants = vec![Grant { role, scope: Scope::All }];
    Principal { who: Who::System, grants, session: None, stepped_up_at: None, address: Some(peer.ip()) }
}

/// Whether everybody may ask for this, logged in or not.
pub fn is_open(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/login") || path.starts_with("/assets/")
}

fn is_metrics(path: &str) -> bool {
    matches!(path, "/metrics" | "/metrics/fleet")
}

fn refuse(path: &str, request: &Request) -> Response {
    let is_browser = accepts_html(request.headers())
        && !path.starts_with("/api/v1")
        // A page that refreshes itself has to hear that its session is over, not to get a log-in form into its middle.
        && !request.headers().contains_key("hx-request");
    if is_browser && request.method() == Method::GET {
        let back: String = request.uri().path_and_query().map(|at| percent_encode(at.as_str())).unwrap_or_default();
        return Redirect::to(&format!("/login?next={back}")).into_response();
    }
    if is_browser && path == "/logout" {
        return Redirect::to("/login").into_response();
    }
    Problem::unauthorized().into_response()
}

/// Whether a browser asks for a page.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.into_iter().any(|value| value.contains("text/html"))
}

/// Everything but unreserved characters and `/`, so that the path survives as one query value.
fn percent_encode(path: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'/');
    path.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The session id in the request's cookies.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SESSION_COOKIE)
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// A browser sends its cookie with whatever another site makes it send. What changes something must come from our own
/// pages: by Sec-Fetch-Site, else by Origin matching Host.
fn is_same_origin(request: &Request) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let headers = request.headers();
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let origin_host = origin.and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some() && host == origin_host
}

fn cross_site() -> Response {
    Problem::new(StatusCode::FORBIDDEN, "this request came from another site; open the page here and try again")
        .into_response()
}

/// On every answer: nothing from other places, nothing inline, in no frame, in no cache but for the named assets.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

fn finish(app: &App, mut response: Response) -> Response {
    if let Some(logged) = response.extensions_mut().remove::<Logged>() {
        app.events.emit(Event::RequestFailed { request: &logged.request, error: logged.error });
    }
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.settings.is_simulated {
        headers.insert(SIMULATED, HeaderValue::from_static("true"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: Method, headers: &[(&'static str, &'static str)]) -> Request {
        let mut request = Request::builder().method(method).uri("/x").body(Body::empty()).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        request
    }

    #[test]
    fn what_changes_something_must_come_from_our_own_pages() {
        assert!(is_same_origin(&request(Method::GET, &[("sec-fetch-site", "cross-site")])));
        for bad in [
            vec![],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("host", "127.0.0.1:8080"), ("origin", "http://evil.example")],
            vec![("host", "127.0.0.1:8080"), ("origin", "null")],
        ] {
            assert!(!is_same_origin(&request(Method::POST, &bad)), "{bad:?}");
        }
        for good in [vec![("sec-fetch-site", "same-origin")], vec![("host", "a:1"), ("origin", "http://a:1")]] {
            assert!(is_same_origin(&request(Method::POST, &good)), "{good:?}");
        }
    }

    #[test]
    fn cookies_and_bearer_tokens_are_found_among_others() {
        let request =
            request(Method::GET, &[("cookie", "a=b; __Host-villagenet=id; c=d"), ("authorization", "bearer  t ")]);
        assert_eq!(session(request.headers()), Some("id"));
        assert_eq!(bearer(request.headers()), Some("t"));
    }

    #[test]
    fn the_way_back_survives_as_one_query_value() {
        assert_eq!(percent_encode("/halls/dr-01?lang=en&x"), "/halls/dr-01%3Flang%3Den%26x");
    }
}
