//! The names that this installation goes by. A request for another one is not for us: by DNS rebinding a page of anybody
//! makes a browser send such requests even to a listener on loopback.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;

use crate::config::{self, Config};
use crate::tls::Identity;

/// The names and addresses that are ours.
pub(super) struct Hosts {
    names: BTreeSet<String>,
    identity: Option<Arc<Identity>>,
}

impl Hosts {
    /// The machine's own name, `hosts`, the host of `base_url`, and what the certificate is for.
    pub(super) fn new(config: &Config, identity: Option<Arc<Identity>>) -> Hosts {
        let names = config.hosts.iter().cloned().chain(config.base_host()).chain(config::machine()).collect();
        Hosts { names, identity }
    }

    /// Whether a request that came in at `local` may ask for `host`.
    pub(super) fn has(&self, host: &str, local: IpAddr) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        let local = local.to_canonical();
        let is_here = match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical() == local || (address.is_loopback() && local.is_loopback()),
            // Browsers resolve it to loopback themselves (RFC 6761 §6.3).
            Err(_) => host == "localhost" && local.is_loopback(),
        };
        is_here || self.names.contains(&host) || self.identity.as_ref().is_some_and(|identity| identity.covers(&host))
    }
}

/// The host, without its port, that a request is for. `None` when it names none, or two that differ.
pub(super) fn host(request: &Request) -> Option<Authority> {
    let mut lines = request.headers().get_all(header::HOST).iter();
    let named = match (lines.next(), lines.next()) {
        (Some(line), None) => Some(Authority::try_from(line.as_bytes()).ok()?),
        (None, None) => None,
        (_, Some(_)) => return None,
    };
    // HTTP/2 has it in `:authority`, HTTP/1.1 to a proxy in the request line (RFC 9112 §3.2.2).
    let authority = match (request.uri().authority().cloned(), named) {
        (Some(target), Some(named)) => target.as_str().eq_ignore_ascii_case(named.as_str()).then_some(target)?,
        (target, named) => target.or(named)?,
    };
    (!authority.as_str().contains('@')).then_some(authority)
}
