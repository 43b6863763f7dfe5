//! What nobody means well by: SQL in every text, bodies that are too large, JSON, forms, paths and queries that are none.
//! Routes and their parameters come from the OpenAPI document, so a new route is tried without a word here.

use reqwest::Method;
use serde_json::{Map, Value, json};
use villagenet_tests::api::Api;
use villagenet_tests::installation::Installation;
use villagenet_tests::postgres::Postgres;
use villagenet_tests::village::Village;

const JSON: &str = "application/json";

/// Just above the limit of a body.
const TOO_LARGE: usize = 2 * 1024 * 1024 + 1;

/// A word that nothing here has.
const UNKNOWN: &str = "zzqx";

/// What ends a text, begins a comment, adds a condition, or means something to LIKE.
const SQL: [&str; 14] = [
    "'",
    "''",
    "\"",
    "';--",
    "' OR '1'='1",
    "') OR ('1'='1",
    "' OR 1=1 --",
    "'; DROP TABLE hall; --",
    "' UNION SELECT 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19 --",
    "%' AND 1=randomblob(1000000000) --",
    "'||(SELECT pg_sleep(20))||'",
    "zzqx%' OR '%'='",
    "zzqx\\",
    "zzqx\0' OR 1=1",
];

/// A route with everything that it takes.
struct Route {
    method: Method,
    path: String,
    /// Name, where it stands, and whether it is a text.
    parameters: Vec<(String, String, bool)>,
    /// The content type and schema of its body.
    body: Option<(String, Value)>,
}

async fn routes(api: &Api) -> Vec<Route> {
    let document = api.json("/api/v1/openapi.json").await;
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let parameter = |parameter: &Value| {
                let text = |key: &str| parameter[key].as_str().unwrap().to_owned();
                (text("name"), text("in"), parameter["schema"].to_string().contains("\"string\""))
            };
            let parameters = route["parameters"].as_array().into_iter().flatten().map(parameter).collect();
            let body = route["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
            let body = body.map(|(kind, content)| (kind.clone(), resolved(&document, &content["schema"])));
            routes.push(Route { method, path: path.clone(), parameters, body });
        }
    }
    assert!(routes.len() >= 20, "the document describes the routes");
    routes
}

/// The schema that a reference leads to.
fn resolved(document: &Value, schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    }
}

impl Route {
    /// The address with one parameter set to this text; other path parameters are 1.
    fn with(&self, name: &str, text: &str) -> String {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = self.path.replace(&format!("{{{name}}}"), &encoded);
        let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        let is_query = self.parameters.iter().any(|(known, place, _)| known == name && place == "query");
        if is_query { format!("{}?{name}={encoded}", path.join("/")) } else { path.join("/") }
    }
}

/// The status, and how many items or lines came.
async fn answer(api: &Api, method: &Method, path: &str) -> (u16, usize) {
    let response = api.send(method.clone(), path, JSON).await.unwrap_or_else(|| panic!("{method} {path}: no answer"));
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    (status, json["items"].as_array().map_or_else(|| text.lines().count(), Vec::len))
}

async fn sql_in_texts_is_text(mut home: Installation) {
    let serve = home.serve().await;
    home.import(&Village::of_one("127.0.0.1:9", "snmp-hall").hall("dr-02", "Hội trường thôn 2"));
    let (mut asked, mut faults) = (0, Vec::new());
    for route in routes(&serve.api).await.iter().filter(|route| route.method == Method::GET) {
        for (name, ..) in route.parameters.iter().filter(|(_, _, is_text)| *is_text) {
            let unknown = answer(&serve.api, &route.method, &route.with(name, UNKNOWN)).await;
            for text in SQL {
                let path = route.with(name, text);
                let found = answer(&serve.api, &route.method, &path).await;
                asked += 1;
                // What cannot be a code at all is refused otherwise than a code that nothing has.
                let is_refused = |(status, _): (u16, usize)| matches!(status, 400 | 404);
                // The log grows by an entry with each file of it that is taken away.
                let is_growing = route.path.starts_with("/api/v1/audit.") && found.0 == 200 && unknown.0 == 200;
                if found != unknown && !(is_refused(found) && is_refused(unknown)) && !is_growing {
                    faults.push(format!("{} {name}={text:?}: {found:?}, not {unknown:?}", route.path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} of {asked}:\n{}", faults.len(), faults.join("\n"));
    assert!(asked >= 14 * 20, "only {asked} were asked");
    assert_eq!(serve.api.items("/api/v1/halls").await.len(), 2, "the halls are still there");
    home.command(&["check"]).expect_success();
}

#[tokio::test]
async fn sql_in_every_text_of_every_route_is_a_word_like_any_other() {
    sql_in_texts_is_text(Installation::new().snmp_v2c("snmp-hall", "hall-read")).await;
}

#[tokio::test]
async fn sql_in_every_text_of_every_route_is_a_word_like_any_other_on_postgresql() {
    let postgres = Postgres::start();
    sql_in_texts_is_text(Installation::new().snmp_v2c("snmp-hall", "hall-read").records_in(&postgres.url())).await;
}

#[tokio::test]
async fn sql_in_every_text_of_every_body_breaks_nothing() {
    let postgres = Postgres::start();
    let mut home = Installation::new().snmp_v2c("snmp-hall", "hall-read").records_in(&postgres.url());
    let serve = home.serve().await;
    home.import(&Village::of_one("127.0.0.1:9", "snmp-hall"));
    let mut faults = Vec::new();
    for route in routes(&serve.api).await {
        let Some((kind, schema)) = route.body.as_ref().filter(|(kind, _)| kind == JSON) else { continue };
        for text in SQL {
            let path = route.with("", "");
            let body = filled(schema, text).to_string();
            let response = serve.api.send_body(route.method.clone(), &path, kind, body).await.unwrap();
            if response.status().is_server_error() {
                faults.push(format!("{} {path} {text:?}: {}", route.method, response.status()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(serve.api.items("/api/v1/halls").await.len(), 1, "the hall is still there");
}

/// A body whose every text is this one.
fn filled(schema: &Value, text: &str) -> Value {
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    let is = |kind: &str| kinds.iter().any(|found| found == kind);
    if is("string") {
        json!(text)
    } else if is("integer") || is("number") {
        json!(1)
    } else if is("boolean") {
        json!(true)
    } else if is("array") {
        json!([filled(&schema["items"], text)])
    } else {
        let fields = schema["properties"].as_object().cloned().unwrap_or_default();
        Value::Object(fields.iter().map(|(name, field)| (name.clone(), filled(field, text))).collect::<Map<_, _>>())
    }
}

async fn assert_problem(api: &Api, method: Method, path: &str, kind: &str, body: String, statuses: &[u16]) {
    let what = format!("{method} {path} as {kind}");
    let response = api.send_body(method, path, kind, body).await.unwrap_or_else(|| panic!("{what}: no answer"));
    let (status, found) = (response.status().as_u16(), response.headers().get("content-type").cloned());
    let text = response.text().await.unwrap();
    assert!(statuses.contains(&status), "{what}: {status} {text}");
    assert_eq!(
        found.as_ref().map(|kind| kind.as_bytes()),
        Some(b"application/problem+json".as_slice()),
        "{what}: {text}"
    );
    let problem: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error} in {text}"));
    assert!(problem["status"] == status && problem["title"].is_string(), "{what}: {text}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{what}: {text}");
}

#[tokio::test]
async fn bodies_that_are_too_large_or_make_no_sense_are_problems_on_every_route() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let mut taken = 0;
    for route in routes(&serve.api).await {
        let Some((kind, _)) = &route.body else { continue };
        taken += 1;
        let path = route.with("", "");
        let send = async |kind: &str, body: String, statuses: &[u16]| {
            assert_problem(&serve.api, route.method.clone(), &path, kind, body, statuses).await;
        };
        let large =
            if kind == JSON { json!({ "x": "x".repeat(TOO_LARGE) }).to_string() } else { "x".repeat(TOO_LARGE) };
        send(kind, large, &[413]).await;
        if kind == JSON {
            for broken in ["", "{", "[[]]", "{\"a\":", "nul", "{\"\\ud800\":1}"] {
                send(kind, broken.to_owned(), &[400, 422]).await;
            }
            send("text/plain", "{}".to_owned(), &[415]).await;
        }
    }
    assert!(taken >= 5, "only {taken} routes take a body");
    // Forms of pages.
    for path in ["/login", "/devices/1/host-key"] {
        let form = "application/x-www-form-urlencoded";
        assert_problem(&serve.api, Method::POST, path, form, "x=".to_owned() + &"x".repeat(TOO_LARGE), &[413]).await;
        assert_problem(&serve.api, Method::POST, path, JSON, "{}".to_owned(), &[415]).await;
    }
    for path in ["/api/v1/halls?limit=many", "/api/v1/halls?limit=%FF", "/api/v1/outages?open=2", "/?q=%FF&q=1"] {
        let response = serve.api.send(Method::GET, path, JSON).await.unwrap();
        assert_eq!(response.status(), 400, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
    }
}
