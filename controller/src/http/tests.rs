//! Which hosts are ours, and who comes in through a proxy.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::routing::any;
use axum::{Router, middleware};
use tower::ServiceExt;

use super::hosts::{self, Hosts};
use super::{Arrival, Door};
use crate::config::{Config, Overrides, parse};

fn config(toml: &str) -> Config {
    let overrides = Overrides { data: Some("d".into()), ..Overrides::default() };
    parse(toml, Path::new("/etc"), &overrides).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn only_names_of_this_installation_are_answered_to() {
    let hosts = Hosts::new(&config("base_url = \"https://Fleet.example\"\nhosts = [\"10.0.0.9\", \"a.lan\"]\n"), None);
    for ours in ["fleet.example", "FLEET.example.", "a.lan", "10.0.0.9", "localhost", "127.0.0.1", "127.9.9.9", "[::1]"]
    {
        assert!(hosts.has(ours, ip("127.0.0.1")), "{ours}");
    }
    for other in ["evil.example", "fleet.example.evil.vn", "192.0.2.1", "", "localhost.evil.vn", "127.0.0.1.nip.io"] {
        assert!(!hosts.has(other, ip("127.0.0.1")), "{other}");
    }
    assert!(hosts.has("192.0.2.1", ip("::ffff:192.0.2.1")), "the address that was connected to");
    assert!(!hosts.has("localhost", ip("192.0.2.1")) && !hosts.has("127.0.0.1", ip("192.0.2.1")));
}

#[test]
fn a_request_names_one_host_or_none() {
    let host = |uri: &str, lines: &[&str]| {
        let mut request = Request::builder().uri(uri);
        for line in lines {
            request = request.header("host", *line);
        }
        hosts::host(&request.body(Body::empty()).expect("a request")).map(|host| host.as_str().to_owned())
    };
    assert_eq!(host("/x", &["a.lan:8443"]).as_deref(), Some("a.lan:8443"));
    assert_eq!(host("https://a.lan/x", &[]).as_deref(), Some("a.lan"), "as HTTP/2 has it");
    assert_eq!(host("http://a.lan/x", &["A.lan"]).as_deref(), Some("a.lan"));
    for (uri, lines) in [
        ("/x", &[][..]),
        ("/x", &["a.lan", "b.lan"]),
        ("http://a.lan/x", &["b.lan"]),
        ("/x", &["user@a.lan"]),
        ("/x", &["a lan"]),
        ("/x", &[""]),
    ] {
        assert_eq!(host(uri, lines), None, "{uri} {lines:?}");
    }
}

/// The status and the place it sends to, of a request through a door that proxies stand before.
async fn through_proxy_door(peer: &str, method: &str, lines: &[(&str, &str)]) -> (u16, String) {
    let config = config("listen = \"10.0.0.9:80\"\ntls = \"proxy\"\nproxies = [\"10.0.0.5\"]\nhosts = [\"a.lan\"]\n");
    let door = Arc::new(Door::new(&config, None));
    let routes = Router::new().route("/x", any(|| async { "in" }));
    let router = routes.layer(middleware::from_fn_with_state(door, super::door::enter));
    let arrival = Arrival { peer: (ip(peer), 4000).into(), local: ip("10.0.0.9"), is_tls: false };
    let mut request = Request::builder().method(method).uri("/x").extension(arrival).header("host", "a.lan");
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    let response = router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible");
    let place = response.headers().get("location").map(|place| place.to_str().expect("text").to_owned());
    (response.status().as_u16(), place.unwrap_or_default())
}

#[tokio::test]
async fn a_listener_behind_a_proxy_takes_only_what_the_proxy_got_over_tls() {
    let (https, http) = ("x-forwarded-proto", "http");
    assert_eq!(through_proxy_door("10.0.0.5", "POST", &[(https, "https")]).await.0, 200);
    assert_eq!(through_proxy_door("10.0.0.5", "GET", &[]).await.0, 200, "a proxy that only speaks TLS need not say so");
    assert_eq!(through_proxy_door("10.0.0.5", "GET", &[(https, http)]).await, (308, "https://a.lan/x".into()));
    assert_eq!(through_proxy_door("10.0.0.5", "POST", &[(https, http)]).await.0, 403);
    assert_eq!(through_proxy_door("10.0.0.6", "GET", &[(https, "https")]).await.0, 403, "somebody else's word");
}

#[tokio::test]
async fn a_request_from_nowhere_gets_nothing() {
    let door = Arc::new(Door::new(&config(""), None));
    let router: Router = Router::new().route("/x", any(|| async { "in" }));
    let router = router.layer(middleware::from_fn_with_state(door, super::door::enter));
    let request = Request::builder().uri("/x").header("host", "localhost").body(Body::empty()).expect("a request");
    assert_eq!(router.oneshot(request).await.expect("infallible").status(), 500);
}
