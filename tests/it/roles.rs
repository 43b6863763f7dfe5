//! Roles over parts of the fleet, played by people who really log in: what lies elsewhere does not exist for them, what
//! they may only see they cannot change, and a merger of communes neither gives nor takes before it is confirmed.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::person::post;
use villagenet_tests::wait::{stays, wait_for};

const JSON: &str = "application/json";
const SOON: Duration = Duration::from_secs(10);

/// Two communes with a hall and a router each. What belongs to the second is called after a word that is nowhere else.
const HALLS: &str = "hall_code,hall_name,area_code,area_name\ndr-01,Suối Thông B1,24937,Đạ Ròn\n\
                     qzx-01,Qzx thôn Lạc Thạnh,24946,Qzx Tu Tra\n";
const DEVICES: &str = "device_name,hall_code,kind,address\ngw,dr-01,router,127.0.0.9\ngw,qzx-01,router,127.0.0.10\n";
const OTHER: &str = "qzx";

async fn two_communes() -> (Installation, Serve) {
    let mut home = Installation::new();
    let serve = home.serve().await;
    for (name, text) in [("halls.csv", HALLS), ("devices.csv", DEVICES)] {
        let file = home.file(name, text);
        home.command(&["inventory", "import", file.to_str().unwrap()]).expect_success();
    }
    (home, serve)
}

async fn id(api: &Api, list: &str, key: &str, value: &str) -> Value {
    api.find(list, key, value).await.unwrap_or_else(|| panic!("no {value} in {list}"))["id"].clone()
}

#[tokio::test]
async fn what_lies_in_another_commune_is_nowhere_whoever_asks() {
    let (home, serve) = two_communes().await;
    let other_device = id(&serve.api, "/api/v1/devices", "hall", "qzx-01").await;
    let other_area = id(&serve.api, "/api/v1/areas", "code", "24946").await;
    let openapi = serve.api.json("/api/v1/openapi.json").await;
    let mut paths: Vec<String> = openapi["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, methods)| methods["get"].is_object())
        .map(|(path, _)| path.replace("{id}", "1").replace("{code}", "qzx-01"))
        .collect();
    paths.extend(["/", "/audit", "/users", "/account", "/metrics/fleet", "/nowhere"].map(str::to_owned));
    paths.push(format!("/devices/{other_device}"));
    for path in ["/halls/qzx-01".to_owned(), format!("/devices/{other_device}"), format!("/areas/{other_area}")] {
        paths.push(format!("/api/v1{path}"));
        paths.push(path);
    }
    for role in ["viewer", "technician", "admin"] {
        let api = home.user_add(role, &["--role", role, "--area", "24937"]).log_in(&serve.api.anonymous()).await;
        assert_eq!(api.items("/api/v1/halls").await.len(), 1, "{role}");
        for path in &paths {
            let response = api.send(Method::GET, path, "*/*").await.unwrap();
            let status = response.status();
            // Only as long as it lasts: what follows the fleet does not end by itself.
            let text = if path == "/events" { String::new() } else { response.text().await.unwrap() };
            // What was asked for may be said again.
            let text = text.to_lowercase().replace(&path.to_lowercase(), "");
            let is_told = text.replace("qzx-01", if path.contains("qzx-01") { "" } else { "qzx-01" }).contains(OTHER);
            assert!(!is_told && !status.is_server_error(), "{role} {path}: {status} {text}");
            if path.contains("qzx-01") || path.ends_with(&format!("/devices/{other_device}")) {
                assert_eq!(status, StatusCode::NOT_FOUND, "{role} {path}");
            }
        }
        let change = json!({"lifecycle": "retired"}).to_string();
        for (device, wanted) in [("qzx-01", StatusCode::NOT_FOUND), ("dr-01", StatusCode::FORBIDDEN)] {
            let path = format!("/api/v1/devices/{}", id(&serve.api, "/api/v1/devices", "hall", device).await);
            let answer = api.send_body(Method::PATCH, &path, JSON, change.clone()).await.unwrap();
            let wanted = if role == "admin" && device == "dr-01" { StatusCode::OK } else { wanted };
            assert_eq!(answer.status(), wanted, "{role} {device}: {}", answer.text().await.unwrap());
        }
        let sees_log = api.status("/api/v1/audit").await;
        assert_eq!(sees_log, Some(if role == "admin" { 200 } else { 403 }), "{role}");
        assert_eq!(api.status("/api/v1/users").await, Some(403), "{role}");
    }
}

#[tokio::test]
async fn a_merger_gives_nothing_before_it_is_confirmed_and_takes_nothing() {
    let (home, serve) = two_communes().await;
    let admin = home.user_add("admin", &["--role", "admin"]).log_in(&serve.api.anonymous()).await;
    let mine = home.user_add("ha", &["--role", "technician", "--area", "24937"]).log_in(&serve.api.anonymous()).await;
    let old = [id(&admin, "/api/v1/areas", "code", "24937").await, id(&admin, "/api/v1/areas", "code", "24946").await];
    let ha = id(&admin, "/api/v1/users", "name", "ha").await;
    let told = async || {
        let user = admin.json(&format!("/api/v1/users/{ha}")).await;
        (user["awaits_confirmation"] == true, user["grants"][0]["area"].as_str().unwrap().to_owned())
    };
    let seen = async || {
        let halls = mine.items("/api/v1/halls").await;
        halls.iter().map(|hall| hall["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((seen().await, told().await), (vec!["dr-01".to_owned()], (false, "24937".to_owned())));
    let date = jiff::tz::Offset::constant(7).to_datetime(villagenet_tests::wait::now()).date();
    let order =
        json!({"old": old, "date": date.to_string(), "new": {"code": "24990", "name": "Đơn Dương", "kind": "xã"}});
    let merged = post(&admin, "/api/v1/areas/successions", &order).await;
    assert_eq!(merged.status(), StatusCode::OK, "{}", merged.text().await.unwrap());
    // The fleet is taken anew within a second. Until then he may see less, and never more.
    wait_for("the merger is known", SOON, async || {
        let seen = seen().await;
        assert!(!seen.contains(&"qzx-01".to_owned()));
        seen == ["dr-01"] && told().await.0
    })
    .await;
    let confirmed = post(&admin, &format!("/api/v1/users/{ha}/confirm"), &json!({})).await;
    assert_eq!(confirmed.status(), StatusCode::NO_CONTENT);
    assert_eq!((seen().await.len(), told().await), (2, (false, "24990".to_owned())), "the area that took over");
    stays("it is confirmed", Duration::from_secs(3), async || !told().await.0).await;
}
