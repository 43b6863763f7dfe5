//! How requests reach this installation: `tls`, `proxies` and `hosts`.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::uri::Authority;

use super::general;
use super::reader::{Found, Section};
use inventory::network::IpNetwork;

/// How requests reach the address that is listened on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Plain HTTP, on loopback.
    Off,
    /// Plain HTTP from `proxies`, which speak TLS with everybody else.
    Proxy,
    /// TLS with a certificate that this installation makes for itself.
    SelfSigned,
    /// TLS with a certificate that somebody else makes and renews.
    Files {
        /// The certificate and the ones above it, PEM.
        certificate: PathBuf,
        /// Its key, PEM.
        key: PathBuf,
    },
}

impl Tls {
    /// Whether this installation speaks TLS itself.
    pub fn is_spoken(&self) -> bool {
        match self {
            Tls::Off | Tls::Proxy => false,
            Tls::SelfSigned | Tls::Files { .. } => true,
        }
    }
}

const NO_PROXIES: &str = "needs proxies = [\"ADDRESS\"]: the addresses from which your proxies connect";
const OPEN: &str = "sends pass phrases in the clear when listen is no loopback address: leave tls out for a certificate \
     made here, name your own in [tls], or write \"proxy\" when a proxy in proxies speaks TLS";

pub(super) fn tls(
    root: &mut Section<'_>,
    listen: Option<SocketAddr>,
    proxies: &[IpNetwork],
    base_url: Option<&str>,
) -> Option<Tls> {
    let is_local = listen.is_none_or(|address| address.ip().to_canonical().is_loopback());
    let tls = if root.holds_text("tls") {
        let found = root.text("tls")?;
        let words = [("off", Tls::Off), ("proxy", Tls::Proxy), ("self-signed", Tls::SelfSigned)];
        let tls = root.one_of(&found, &words.each_ref().map(|(word, tls)| (*word, tls)))?.clone();
        match tls {
            Tls::Proxy if proxies.is_empty() => root.refuse(&found, NO_PROXIES),
            Tls::Off if !is_local => root.refuse(&found, OPEN),
            Tls::Off | Tls::Proxy | Tls::SelfSigned | Tls::Files { .. } => {}
        }
        tls
    } else if root.has("tls") {
        files(root)?
    } else if is_local {
        // What `section` would have done for an absent one.
        root.section("tls").finish();
        Tls::Off
    } else {
        root.section("tls").finish();
        Tls::SelfSigned
    };
    if tls.is_spoken() && base_url.is_some_and(|url| url.starts_with("http:")) {
        let message = "begins with http: although TLS is spoken here: write https, or links in messages lead nowhere";
        root.document.fault(None, "base_url", None, message.to_owned());
    }
    Some(tls)
}

fn files(root: &mut Section<'_>) -> Option<Tls> {
    let mut section = root.section("tls");
    let base_dir = section.document.base_dir;
    let certificate = section.required("certificate", "name the PEM file of the certificate and the ones above it");
    let key = section.required("key", "name the PEM file of the certificate's key");
    section.finish();
    Some(Tls::Files { certificate: base_dir.join(certificate?.value), key: base_dir.join(key?.value) })
}

pub(super) fn proxies(root: &mut Section<'_>) -> Vec<IpNetwork> {
    let networks = general::networks(root, "proxies").unwrap_or_default();
    if networks.iter().any(|network| network.is_everything()) {
        let message = "trusts everybody on where a request came from: name the addresses of your proxies";
        root.document.fault(None, "proxies", None, message.to_owned());
    }
    networks
}

pub(super) fn hosts(root: &mut Section<'_>) -> Vec<String> {
    let items = root.list("hosts").unwrap_or_default();
    let parse = |found: Found<String>| {
        let bare = found.value.trim_matches(['[', ']']).to_ascii_lowercase();
        if bare.parse::<std::net::IpAddr>().is_ok() {
            return Some(bare);
        }
        let parsed = found.value.parse::<Authority>().ok();
        let is_host = parsed.is_some_and(|authority| authority.host().eq_ignore_ascii_case(&found.value));
        if !is_host {
            root.refuse(&found, "is no host name or address; write it without scheme, port and path");
        }
        is_host.then_some(bare)
    };
    items.into_iter().filter_map(parse).collect()
}
