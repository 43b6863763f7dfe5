//! What every answer carries, whatever was asked: no route and no error may forget it. And for whom requests are taken.

use std::collections::BTreeSet;

use reqwest::Method;
use villagenet_tests::installation::Installation;

/// Of every answer over plain HTTP on loopback, in the order of their names.
const SNAPSHOT: [&str; 7] = [
    "content-security-policy: default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     object-src 'none'",
    "cross-origin-opener-policy: same-origin",
    "cross-origin-resource-policy: same-origin",
    "permissions-policy: camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "referrer-policy: same-origin",
    "x-content-type-options: nosniff",
    "x-frame-options: DENY",
];

/// Every route of the API from its own description, the pages, and what is refused.
async fn requests(api: &villagenet_tests::api::Api) -> BTreeSet<(String, String)> {
    let openapi = api.json("/api/v1/openapi.json").await;
    let mut all = BTreeSet::new();
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        let filled: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        for method in methods.as_object().unwrap().keys().filter(|key| key.as_str() != "parameters") {
            all.insert((method.to_uppercase(), filled.join("/")));
        }
    }
    assert!(all.len() > 20, "the description was read");
    for path in ["/", "/halls/dr-01", "/devices/1", "/login", "/api/docs", "/nowhere", "/assets/nothing.js"] {
        all.insert(("GET".to_owned(), path.to_owned()));
    }
    for (method, path) in
        [("POST", "/login"), ("POST", "/logout"), ("DELETE", "/healthz"), ("TRACE", "/"), ("OPTIONS", "/")]
    {
        all.insert((method.to_owned(), path.to_owned()));
    }
    all
}

#[tokio::test]
async fn every_route_and_every_refusal_carries_the_same_security_headers() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let watched: BTreeSet<&str> = SNAPSHOT.iter().filter_map(|line| line.split(':').next()).collect();
    let mut wrong = Vec::new();
    for (method, path) in requests(&serve.api).await {
        for (caller, host) in [(&serve.api, None), (&serve.api.anonymous(), None), (&serve.api, Some("evil.example"))] {
            let mut request = caller.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
            if let Some(host) = host {
                request = request.header("host", host);
            }
            let response = request.header("accept", "text/html").send().await.unwrap();
            let headers = response.headers();
            let lines = headers.iter().filter(|(name, _)| watched.contains(name.as_str()));
            let mut lines: Vec<String> =
                lines.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
            lines.sort();
            let is_kept = headers["cache-control"] != "no-store";
            let status = response.status().as_u16();
            if lines != SNAPSHOT || is_kept || headers.contains_key("strict-transport-security") {
                wrong.push(format!("{method} {path}: {status} {headers:?}"));
            }
            if (status == 421) != host.is_some() {
                wrong.push(format!("{method} {path} for {host:?}: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_body_that_is_too_large_and_a_request_for_nobody_carry_them_too() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let large = serve.api.request(Method::POST, "/api/v1/inventory/import").body(vec![b'x'; 3 << 20]).send().await;
    let large = large.unwrap();
    assert_eq!(large.status(), 413);
    assert!(large.headers().contains_key("content-security-policy"), "{:?}", large.headers());
    assert_eq!(large.headers()["connection"], "close", "the rest of the body is not read");
    for host in ["127.0.0.1.nip.io", "192.0.2.1", "localhost.evil.example:8080"] {
        let response = serve.api.request(Method::GET, "/healthz").header("host", host).send().await.unwrap();
        assert_eq!(response.status(), 421, "{host}");
    }
    for host in ["localhost", "127.0.0.1:1", "[::1]:8080"] {
        let response = serve.api.request(Method::GET, "/healthz").header("host", host).send().await.unwrap();
        assert_eq!(response.status(), 200, "{host}");
    }
}
