//! The gate before every route: who is asked comes before what is asked. Without a log-in every path answers 401,
//! whether it exists or not; only what carries its own proof or tells nothing is open.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use inventory::secret::Secret;

use super::caller::{Caller, Pass};
use super::problem::{ApiError, Logged, Problem};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::principal::{Grant, Principal, Role, Who};
use crate::events::Event;
use crate::store::Scope;

/// `__Host-` binds the cookie to this host, path `/` and a secure context (RFC 6265bis §4.1.3.2); browsers count
/// loopback as one.
pub const SESSION_COOKIE: &str = "__Host-villagenet";

/// On every answer of an installation whose fleet is simulated.
const SIMULATED: HeaderName = HeaderName::from_static("villagenet-simulated");

/// On what a page asks by itself, to stay as it would be now (`live.ts`).
pub const REFRESH: HeaderName = HeaderName::from_static("villagenet-refresh");

/// Lets a request through to the routes, or answers it.
pub async fn gate(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let response = match admit(&app, peer, &parts).await {
        Ok(caller) => {
            let mut request = Request::from_parts(parts, body);
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            request.extensions_mut().insert(ClientAddress(peer.ip()));
            next.run(request).await
        }
        Err(refusal) => *refusal,
    };
    finish(&app, response)
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// Stands in a request whose sender's address is good for opening something by itself: nobody else can come by it.
#[derive(Debug, Clone, Copy)]
pub struct CertainAddress;

/// Who comes in; nobody where everybody may. Else the answer to who may not.
async fn admit(app: &App, peer: SocketAddr, request: &Parts) -> Result<Option<Caller>, Box<Response>> {
    let path = request.uri.path();
    let headers = &request.headers;
    let address = Some(peer.ip());
    let failed = |error: AppError| Box::new(ApiError::from(error).into_response());
    let is_use = !is_refresh(path, headers);
    if let Some(token) = bearer(headers)
        && let Some(caller) =
            Pass::Token(Secret::new(token.to_owned())).caller(app, address, is_use).await.map_err(failed)?
    {
        return Ok(Some(caller));
    }
    if let Some(secret) = session(headers)
        && let Some(caller) =
            Pass::Session(Secret::new(secret.to_owned())).caller(app, address, is_use).await.map_err(failed)?
    {
        if !is_same_origin(request) {
            return Err(Box::new(cross_site()));
        }
        return Ok(Some(caller));
    }
    if is_open(path) {
        // Nobody is made to log in as somebody else: what a browser sends from another site is refused here, too.
        // Programs that are no browsers say nothing of where they are.
        let is_said = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
        return if is_said && !is_same_origin(request) { Err(Box::new(cross_site())) } else { Ok(None) };
    }
    let is_certain = request.extensions.get::<CertainAddress>().is_some();
    if is_metrics(path) && is_certain && app.settings.is_metrics_reader(peer.ip()) {
        let grants = vec![Grant { role: Role::Viewer, scope: Scope::All }];
        let who = Who::System;
        return Ok(Some(Principal { who, grants, session: None, stepped_up_at: None, address }.into()));
    }
    Err(Box::new(refuse(path, request)))
}

/// Whether everybody may ask for this, logged in or not: it tells nothing, or takes a proof of its own.
pub fn is_open(path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let is_below = |room: &str| path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    matches!(path, "/healthz" | "/readyz")
        || path.starts_with("/assets/")
        || ["/login", "/setup", "/enrol", "/link"].into_iter().any(is_below)
}

/// Whether a page asks by itself, and nobody touched it: a session is not used by that. A browser puts no header of ours
/// on a request for a stream.
fn is_refresh(path: &str, headers: &HeaderMap) -> bool {
    path == "/events" || headers.contains_key(REFRESH)
}

fn is_metrics(path: &str) -> bool {
    matches!(path, "/metrics" | "/metrics/fleet")
}

fn refuse(path: &str, request: &Parts) -> Response {
    let is_browser = accepts_html(&request.headers)
        && !path.starts_with("/api/v1")
        // A page that refreshes itself has to hear that its session is over, not to get a log-in form into its middle.
        && !request.headers.contains_key("hx-request");
    if is_browser && request.method == Method::GET {
        let back: String = request.uri.path_and_query().map(|at| percent_encode(at.as_str())).unwrap_or_default();
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
fn is_same_origin(request: &Parts) -> bool {
    if matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let headers = &request.headers;
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    // HTTP/2 names the host in `:authority`; the door has seen to it that both say the same.
    let target = request.uri.authority().map(|authority| authority.as_str());
    let host = target.or_else(|| headers.get(header::HOST)?.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let origin_host = origin.and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some() && host == origin_host
}

fn cross_site() -> Response {
    Problem::new(StatusCode::FORBIDDEN, "this request came from another site; open the page here and try again")
        .into_response()
}

fn finish(app: &App, mut response: Response) -> Response {
    if let Some(logged) = response.extensions_mut().remove::<Logged>() {
        app.events.emit(Event::RequestFailed { request: &logged.request, error: logged.error });
    }
    if app.settings.is_simulated {
        response.headers_mut().insert(SIMULATED, HeaderValue::from_static("true"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: Method, headers: &[(&'static str, &'static str)]) -> Parts {
        let mut request = Request::builder().method(method).uri("/x").body(Body::empty()).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        request.into_parts().0
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
        let mut over_http_2 = request(Method::POST, &[("origin", "https://a:1")]);
        assert!(!is_same_origin(&over_http_2));
        over_http_2.uri = "https://a:1/x".parse().unwrap();
        assert!(is_same_origin(&over_http_2));
    }

    #[test]
    fn cookies_and_bearer_tokens_are_found_among_others() {
        let request =
            request(Method::GET, &[("cookie", "a=b; __Host-villagenet=id; c=d"), ("authorization", "bearer  t ")]);
        assert_eq!(session(&request.headers), Some("id"));
        assert_eq!(bearer(&request.headers), Some("t"));
    }

    #[test]
    fn what_carries_its_own_proof_is_open_and_nothing_beside_it() {
        for open in ["/login", "/login/code", "/setup/x", "/link/account/x", "/api/v1/login/enrolment", "/assets/a.css"]
        {
            assert!(is_open(open), "{open}");
        }
        for shut in ["/", "/loginx", "/links", "/setups/x", "/api/v1/users", "/api/v1/loginx", "/api/v1", "/account"] {
            assert!(!is_open(shut), "{shut}");
        }
    }

    #[test]
    fn the_way_back_survives_as_one_query_value() {
        assert_eq!(percent_encode("/halls/dr-01?lang=en&x"), "/halls/dr-01%3Flang%3Den%26x");
    }
}
