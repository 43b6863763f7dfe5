//! People: how they come in, and how what was taken from them is gone at once.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;
use villagenet_tests::api::Api;
use villagenet_tests::installation::Installation;
use villagenet_tests::person::{Person, cookie, post};
use villagenet_tests::wait::wait_for;

const JSON: &str = "application/json";

/// Ten times the second in which a stream ends whose reader may no longer hear it.
const STREAM_LIMIT: Duration = Duration::from_secs(10);

/// Waits for the end of a stream that was there.
async fn ended(stream: Response) {
    assert_eq!(stream.status(), StatusCode::OK);
    timeout(STREAM_LIMIT, stream.bytes()).await.expect("it ends").expect("with its last chunk");
}

#[tokio::test]
async fn the_log_says_from_where_a_refused_log_in_came() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let eve = Person::new("eve", "không phải mật khẩu này");
    assert_eq!(eve.begin(&serve.api.anonymous()).await.status(), StatusCode::UNAUTHORIZED);
    let is_told =
        async || serve.log().lines().any(|line| line.contains("log-in refused") && line.contains("127.0.0.1"));
    wait_for("the log says it", STREAM_LIMIT, is_told).await;
}

#[tokio::test]
async fn the_first_account_is_made_by_a_link_that_is_good_once() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let nobody = serve.api.anonymous();
    let link = serve.setup_url().rsplit('/').next().unwrap().to_owned();
    let order = |passphrase: &str| json!({"link": link, "username": "ha", "password": passphrase});
    let weak = post(&nobody, "/api/v1/setup", &order("passwordpassword")).await;
    assert_eq!(weak.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let mut ha = Person::new("ha", "quạt trần kêu to mỗi trưa");
    assert_eq!(post(&nobody, "/api/v1/setup", &order(&ha.passphrase)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(post(&nobody, "/api/v1/setup", &order(&ha.passphrase)).await.status(), StatusCode::NOT_FOUND);
    let mine = ha.log_in(&nobody).await;
    assert_eq!(mine.status("/api/v1/users").await, Some(200));
    assert_eq!(ha.recovery.len(), 10);
}

#[tokio::test]
async fn a_session_ends_with_its_log_out_and_with_a_changed_pass_phrase() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let mut ha = home.user_add("ha", &["--role", "viewer"]);
    let (one, two) = (ha.log_in(&serve.api.anonymous()).await, ha.log_in(&serve.api.anonymous()).await);
    assert_ne!(one.cookie(), two.cookie());
    assert_eq!(one.items("/api/v1/sessions").await.len(), 2);
    assert_eq!(post(&one, "/api/v1/logout", &json!({})).await.status(), StatusCode::NO_CONTENT);
    assert_eq!((one.status("/api/v1/halls").await, two.status("/api/v1/halls").await), (Some(401), Some(200)));
    let order = json!({"before": ha.passphrase, "after": "bốn con trâu lội qua suối"}).to_string();
    let changed = two.send_body(Method::PUT, "/api/v1/account/passphrase", JSON, order).await.unwrap();
    assert_eq!(changed.status(), StatusCode::NO_CONTENT);
    assert_eq!(two.status("/api/v1/halls").await, Some(401));
    assert_eq!(ha.begin(&serve.api.anonymous()).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_good_once_and_a_technician_must_have_one() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let nobody = serve.api.anonymous();
    let mut ha = home.user_add("ha", &["--role", "technician"]);
    ha.log_in(&nobody).await;
    let used = ha.code();
    let begun: Value = ha.begin(&nobody).await.json().await.unwrap();
    assert_eq!(begun["status"], "second_factor");
    let order = json!({"ticket": begun["ticket"], "code": used});
    let refused = post(&nobody, "/api/v1/login/second-factor", &order).await;
    assert_eq!((refused.status(), cookie(&refused)), (StatusCode::UNAUTHORIZED, None), "the code of the set-up again");
    let order = json!({"ticket": begun["ticket"], "code": ha.recovery[0]});
    assert_eq!(post(&nobody, "/api/v1/login/second-factor", &order).await.status(), StatusCode::OK);
    let log_ins = serve.api.items("/api/v1/audit?action=login").await;
    assert_eq!(log_ins[0]["details"]["second_factor"], "recovery code", "{log_ins:?}");
    let again: Value = ha.begin(&nobody).await.json().await.unwrap();
    let order = json!({"ticket": again["ticket"], "code": ha.recovery[0]});
    let refused = post(&nobody, "/api/v1/login/second-factor", &order).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "a recovery code again");
}

/// The secret of a link that an administrator has made.
async fn reset(admin: &Api, name: &str, second_factor: bool) -> String {
    let id = admin.find("/api/v1/users", "name", name).await.unwrap()["id"].clone();
    let order = json!({ "second_factor": second_factor });
    let made: Value = post(admin, &format!("/api/v1/users/{id}/reset"), &order).await.json().await.unwrap();
    made["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_knows_only_the_old_pass_phrase_gets_nowhere_by_a_reset() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let nobody = serve.api.anonymous();
    let admin = home.user_add("admin", &["--role", "admin"]).log_in(&nobody).await;
    // A ticket that was fetched before goes no further once there is another pass phrase.
    let ha = home.user_add("ha", &["--role", "technician"]);
    let stolen: Value = ha.begin(&nobody).await.json().await.unwrap();
    let link = reset(&admin, "ha", false).await;
    let order = json!({"link": link, "password": "bốn con trâu lội qua suối"});
    assert_eq!(post(&nobody, "/api/v1/link/account", &order).await.status(), StatusCode::NO_CONTENT);
    let thief = Person { totp: Some(stolen["totp_secret"].as_str().unwrap().to_owned()), ..ha.clone() };
    let order = json!({"ticket": stolen["ticket"], "code": thief.code()});
    assert_eq!(post(&nobody, "/api/v1/login/enrolment", &order).await.status(), StatusCode::UNAUTHORIZED);
    let mut ha = Person::new("ha", "bốn con trâu lội qua suối");
    let mine = ha.log_in(&nobody).await;
    // With the second factor the pass phrase goes as well.
    let link = reset(&admin, "ha", true).await;
    assert_eq!(mine.status("/api/v1/halls").await, Some(401));
    assert_eq!(ha.begin(&nobody).await.status(), StatusCode::UNAUTHORIZED);
    let order = json!({"link": link, "password": "năm con vịt bơi ngoài ao"});
    assert_eq!(post(&nobody, "/api/v1/link/account", &order).await.status(), StatusCode::NO_CONTENT);
    let mine = Person::new("ha", "năm con vịt bơi ngoài ao").log_in(&nobody).await;
    assert_eq!(mine.status("/api/v1/halls").await, Some(200));
}

#[tokio::test]
async fn strangers_keep_nobody_from_what_he_does_inside_and_send_nothing_large() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let nobody = serve.api.anonymous();
    let mut ha = home.user_add("ha", &["--role", "admin"]);
    let mine = ha.log_in(&nobody).await;
    let mut stranger = StatusCode::UNAUTHORIZED;
    while stranger == StatusCode::UNAUTHORIZED {
        stranger = Person::new("ha", "not the pass phrase").begin(&nobody).await.status();
    }
    assert_eq!(stranger, StatusCode::TOO_MANY_REQUESTS);
    let stepped = post(&mine, "/api/v1/step-up", &json!({"code": ha.recovery.pop().unwrap()})).await;
    assert_eq!(stepped.status(), StatusCode::NO_CONTENT);
    for path in ["/api/v1/login", "/api/v1/setup", "/api/v1/link/account"] {
        let order = json!({"username": "ha", "link": "x", "password": "x".repeat(100_000)});
        assert_eq!(post(&nobody, path, &order).await.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}

#[tokio::test]
async fn who_becomes_a_technician_shows_a_second_factor_before_he_is_one() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let nobody = serve.api.anonymous();
    let admin = home.user_add("admin", &["--role", "admin"]).log_in(&nobody).await;
    let mut ha = home.user_add("ha", &["--role", "viewer"]);
    let before = ha.log_in(&nobody).await;
    assert!(ha.totp.is_none() && before.status("/api/v1/halls").await == Some(200));
    let id = admin.find("/api/v1/users", "name", "ha").await.unwrap()["id"].clone();
    let order = json!({"grants": [{"role": "technician", "area": null}]}).to_string();
    let changed = admin.send_body(Method::PATCH, &format!("/api/v1/users/{id}"), JSON, order).await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_eq!(before.status("/api/v1/halls").await, Some(401));
    assert_eq!(ha.log_in(&nobody).await.status("/api/v1/halls").await, Some(200));
    assert!(ha.totp.is_some());
}

#[tokio::test]
async fn a_token_loses_what_its_owner_loses() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let mut admin = home.user_add("admin", &["--role", "admin"]);
    let mine = admin.log_in(&serve.api.anonymous()).await;
    home.user_add("ha", &["--role", "admin"]);
    let token = home.token_add(&["script", "--role", "admin", "--user", "ha"]);
    let script = serve.api.as_token(&token);
    assert_eq!(script.status("/api/v1/users").await, Some(200));
    let ha = mine.find("/api/v1/users", "name", "ha").await.unwrap();
    let change = async |body: Value| {
        let path = format!("/api/v1/users/{}", ha["id"]);
        mine.send_body(Method::PATCH, &path, JSON, body.to_string()).await.unwrap().status()
    };
    let events = async || script.send(Method::GET, "/events", "text/event-stream").await.unwrap();
    let listening = events().await;
    assert_eq!(change(json!({"grants": [{"role": "viewer", "area": null}]})).await, StatusCode::OK);
    ended(listening).await;
    let listening = events().await;
    assert_eq!((script.status("/api/v1/users").await, script.status("/api/v1/halls").await), (Some(403), Some(200)));
    assert_eq!(change(json!({"is_disabled": true})).await, StatusCode::OK);
    ended(listening).await;
    assert_eq!(script.status("/api/v1/halls").await, Some(401));
    // A token cannot show a second factor, whatever its role.
    let order = json!({"name": "eve", "grants": []}).to_string();
    let refused = serve.api.send_body(Method::POST, "/api/v1/users", JSON, order).await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_another_site_sends_is_refused_on_every_unsafe_route() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let mut ha = home.user_add("ha", &["--role", "admin"]);
    let mine = ha.log_in(&serve.api.anonymous()).await;
    let openapi = mine.json("/api/v1/openapi.json").await;
    let mut asked = 0;
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        for method in ["post", "put", "patch", "delete"].into_iter().filter(|method| methods[method].is_object()) {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let path = path.join("/");
            for (name, value) in [
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
                ("origin", "https://evil.example"),
                ("origin", "null"),
            ] {
                let request = serve.api.anonymous().request(method.clone(), &path).header("cookie", mine.cookie());
                let response =
                    request.header(name, value).header("content-type", JSON).body("{}").send().await.unwrap();
                assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path} {name}: {value}");
                asked += 1;
            }
            let request = serve.api.anonymous().request(method.clone(), &path).header("cookie", mine.cookie());
            let response = request.header("content-type", JSON).body("{}").send().await.unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path} with nothing said");
        }
    }
    assert!(asked > 60, "{asked}");
    assert_eq!(mine.status("/api/v1/halls").await, Some(200), "the session is still there");
}

#[tokio::test]
async fn a_thousand_guesses_are_throttled_and_a_stranger_is_told_the_same() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let nobody = serve.api.anonymous();
    home.user_add("ha", &["--role", "viewer"]);
    let told = async |name: &str| {
        let response = Person::new(name, "not the pass phrase").begin(&nobody).await;
        (response.status(), response.text().await.unwrap())
    };
    let (known, unknown) = (told("ha").await, told("nobody-of-this-name").await);
    assert_eq!((known.0, &known), (StatusCode::UNAUTHORIZED, &unknown));
    let mut verified = 0;
    for _ in 0..1_000 {
        let response = Person::new("ha", "not the pass phrase").begin(&nobody).await;
        match response.status() {
            StatusCode::UNAUTHORIZED => verified += 1,
            StatusCode::TOO_MANY_REQUESTS => assert!(response.headers().contains_key("retry-after")),
            other => panic!("{other}"),
        }
    }
    assert!((1..=20).contains(&verified), "{verified} were verified");
}
