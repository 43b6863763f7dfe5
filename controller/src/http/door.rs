//! The door: where a request came from, whether it is for this host, and what every answer carries. Everything passes
//! here, before anybody asks who is asking.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::arrival::{Arrival, Origin};
use super::hosts::{self, Hosts};
use super::security;
use crate::api::gate::CertainAddress;
use crate::api::problem::Problem;
use crate::config::{Config, IpNetwork, Tls};
use crate::tls::Identity;

/// What the door knows. One for the whole process.
pub struct Door {
    proxies: Vec<IpNetwork>,
    hosts: Hosts,
    /// Only the proxies may come in, and they speak TLS for us.
    is_behind_proxy: bool,
}

impl Door {
    /// The door that a configuration asks for.
    pub fn new(config: &Config, identity: Option<Arc<Identity>>) -> Door {
        Door {
            proxies: config.proxies.clone(),
            hosts: Hosts::new(config, identity),
            is_behind_proxy: config.tls == Tls::Proxy,
        }
    }

    /// Whether this address is a configured proxy's.
    pub(super) fn is_proxy(&self, address: std::net::IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(address))
    }

    /// Whether a request that came in at `local` may ask for `host`.
    pub(super) fn is_ours(&self, host: &str, local: std::net::IpAddr) -> bool {
        self.hosts.has(host, local)
    }

    /// The answer to what may not come in; `None` for what may.
    fn refusal(&self, arrival: &Arrival, origin: &Origin, request: &Request) -> Option<Response> {
        let refuse = |status, text: &str| Some(Problem::new(status, text).into_response());
        let Some(host) = hosts::host(request) else {
            return refuse(StatusCode::BAD_REQUEST, "the request has to name one host, in the header Host");
        };
        if !self.is_ours(host.host(), arrival.local) {
            return refuse(
                StatusCode::MISDIRECTED_REQUEST,
                "this is not a name of this installation; its administrator adds names with base_url or hosts in the \
                 configuration",
            );
        }
        if !self.is_behind_proxy || arrival.local.to_canonical().is_loopback() && !origin.is_proxied {
            return None;
        }
        match (origin.is_proxied, origin.is_encrypted) {
            (false, _) => refuse(
                StatusCode::FORBIDDEN,
                "requests have to come through the proxy that speaks TLS: use its address",
            ),
            (true, Some(false)) if is_safe(request.method()) => Some(to_https(host.as_str(), request.uri())),
            (true, Some(false)) => refuse(StatusCode::FORBIDDEN, "this was sent in the clear: use https"),
            (true, Some(true) | None) => None,
        }
    }
}

/// The same page over TLS.
pub(super) fn to_https(host: &str, uri: &Uri) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Redirect::permanent(&format!("https://{host}{path}")).into_response()
}

/// Whether a request of this kind changes nothing, so that it may be sent again elsewhere.
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Lets a request through to the gate, or answers it.
pub(super) async fn enter(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let Some(arrival) = request.extensions().get::<Arrival>().copied() else {
        // Whoever serves the router says for each connection where it came from; a request from nowhere gets nothing.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let origin = Origin::of(&arrival, request.headers(), &door.proxies);
    // From here on the client is who the proxies say it is, for gate, throttling, audit and metrics_allow alike.
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(origin.client, arrival.peer.port())));
    if origin.is_client_certain {
        request.extensions_mut().insert(CertainAddress);
    }
    let version = request.version();
    let mut response = match door.refusal(&arrival, &origin, &request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    // What was too large was not read to its end, so the connection cannot go on; HTTP/2 ends the stream alone.
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE && version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    security::put(response.headers_mut(), origin.is_encrypted == Some(true));
    response
}
