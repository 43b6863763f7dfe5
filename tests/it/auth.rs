//! Who is asked comes before what is asked.

use reqwest::Method;
use villagenet_tests::installation::Installation;

const JSON: &str = "application/json";
const HTML: &str = "text/html,application/xhtml+xml";

/// Every route of the API, from its own description, with its parameters filled in.
fn routes(openapi: &serde_json::Value) -> Vec<(Method, String)> {
    let mut routes = Vec::new();
    for (path, methods) in openapi["paths"].as_object().expect("OpenAPI has paths") {
        for method in methods.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase()) {
            if ["GET", "PUT", "POST", "DELETE", "PATCH"].contains(&method.as_str()) {
                let filled = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
                routes.push((method.parse().unwrap(), filled.collect::<Vec<_>>().join("/")));
            }
        }
    }
    routes
}

#[tokio::test]
async fn without_a_login_every_route_answers_401() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let openapi = serve.api.json("/api/v1/openapi.json").await;
    assert!(openapi["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", openapi["openapi"]);
    let mut routes = routes(&openapi);
    for resource in ["areas", "halls", "devices", "outages"] {
        assert!(routes.iter().any(|(_, path)| path == &format!("/api/v1/{resource}")), "{resource} is not described");
    }
    // What its own description leaves out, and what is nowhere.
    for path in ["/api/v1/openapi.json", "/api/docs", "/", "/halls/dr-01", "/devices/1", "/events"] {
        routes.push((Method::GET, path.to_owned()));
    }
    for path in ["/api/v1/nowhere", "/nowhere", "/api/v1/devices/not-a-number", "/..%2f..%2fetc/passwd"] {
        routes.push((Method::GET, path.to_owned()));
        routes.push((Method::POST, path.to_owned()));
    }
    let open = ["/healthz", "/readyz", "/metrics", "/metrics/fleet"];
    let callers = [serve.api.anonymous(), serve.api.as_token("wrong"), serve.api.as_token("")];
    let mut let_in = Vec::new();
    for (method, path) in routes.iter().filter(|(_, path)| !open.contains(&path.as_str())) {
        for caller in &callers {
            let response = caller.send(method.clone(), path, JSON).await.expect("serve answers");
            // What carries its own proof, as a link does, is refused for the lack of that.
            let is_refused = match path.strip_prefix("/api/v1") {
                Some(rest) if ["/login", "/setup", "/link/"].iter().any(|own| rest.starts_with(own)) => {
                    response.status().is_client_error()
                }
                Some(_) | None => response.status() == 401,
            };
            if !is_refused {
                let_in.push(format!("{method} {path}: {}", response.status()));
            }
        }
    }
    assert!(let_in.is_empty(), "{}", let_in.join("\n"));
}

#[tokio::test]
async fn a_refusal_says_what_it_is_as_a_problem_document() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let response = serve.api.anonymous().send(Method::GET, "/api/v1/halls", JSON).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert!(response.headers().contains_key("www-authenticate"), "{:?}", response.headers());
    let response = serve.api.send(Method::GET, "/api/v1/nowhere", JSON).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (404, &"application/problem+json".parse().unwrap())
    );
    let response = serve.api.send(Method::GET, "/api/v1/devices/not-a-number", JSON).await.unwrap();
    assert!(response.status().is_client_error(), "{}", response.status());
}

#[tokio::test]
async fn a_browser_without_a_login_is_sent_to_the_login_page() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    for path in ["/", "/halls/dr-01", "/devices/1", "/nowhere"] {
        let response = serve.api.anonymous().send(Method::GET, path, HTML).await.unwrap();
        assert_eq!(response.status().as_u16(), 303, "{path}");
        let place = response.headers()["location"].to_str().unwrap();
        assert!(place.starts_with("/login"), "{path} sends to {place}");
    }
    let login = serve.api.anonymous().send(Method::GET, "/login", HTML).await.unwrap();
    assert_eq!(login.status().as_u16(), 200);
    let policy =
        login.headers().get("content-security-policy").and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy:?}");
}

#[tokio::test]
async fn health_is_told_to_everybody_and_tells_nothing_else() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let nobody = serve.api.anonymous();
    assert_eq!((nobody.status("/healthz").await, nobody.status("/readyz").await), (Some(200), Some(200)));
    // From loopback, which metrics_allow holds by default.
    assert_eq!(nobody.status("/metrics").await, Some(200));
    assert!(nobody.text("/healthz").await.len() < 200);
}
