//! Who is told: contacts, on-call schedules and escalations over HTTP, as an administrator, as a technician who takes turns,
//! and as one of another commune.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::wait::wait_until;

/// Bound against hanging.
const LIMIT: Duration = Duration::from_secs(60);
const JSON: &str = "application/json";
const HALLS: &str = "hall_code,hall_name,area_code,area_name\ndr-01,Suối Thông B1,24937,Đạ Ròn\n\
                     dd-01,Lạc Thạnh,24931,Đơn Dương\n";
const CHANNELS: &str = "[channels.phones]\nkind = \"sms\"\ngateway = \"http\"\nurl = \"http://127.0.0.1:9/{{ to }}\"\n\
                        body = \"{{ text }}\"\n[channels.mail]\nkind = \"smtp\"\nserver = \"127.0.0.1:9\"\n\
                        from = \"villagenet@example.vn\"\n[channels.ops]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\n";

async fn two_communes() -> (Installation, Serve) {
    let mut home = Installation::new().configure(CHANNELS);
    let serve = home.serve().await;
    let file = home.file("halls.csv", HALLS);
    home.command(&["inventory", "import", file.to_str().unwrap()]).expect_success();
    (home, serve)
}

async fn ask(api: &Api, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = api.send_body(method, path, JSON, body.to_string()).await.unwrap();
    let status = answer.status();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

async fn made(api: &Api, path: &str, body: Value) -> Value {
    let (status, answer) = ask(api, Method::POST, path, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{path}: {answer}");
    answer
}

/// What is wrong with it.
async fn refused(api: &Api, path: &str, body: Value) -> String {
    let (status, answer) = ask(api, Method::POST, path, &body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {answer}");
    answer["detail"].as_str().unwrap().to_owned()
}

async fn contact(api: &Api, name: &str, number: &str, user: Option<&Value>) -> Value {
    let addresses = json!([{"channel": "phones", "address": number}]);
    let body = json!({"name": name, "position": "kỹ thuật viên", "user": user, "addresses": addresses});
    made(api, "/api/v1/contacts", body).await["id"].clone()
}

/// By day from six, by night until two: nobody from two to six.
fn with_hole(name: &str, day: &Value, night: &Value) -> Value {
    json!({"name": name, "rotations": [
        {"contacts": [day], "start": "2026-11-02", "hours": {"from": "06:00", "until": "18:00"}},
        {"contacts": [night, day], "start": "2026-11-02", "days": 1, "hours": {"from": "18:00", "until": "02:00"}},
    ]})
}

#[tokio::test]
async fn contacts_schedules_and_escalations_are_kept_with_what_somebody_should_know_of_them() {
    let (_home, serve) = two_communes().await;
    let api = &serve.api;
    let (ha, an) = (contact(api, "Hà", "0901 234 567", None).await, contact(api, "An", "0912345678", None).await);
    let read = api.json(&format!("/api/v1/contacts/{ha}")).await;
    assert_eq!(read["addresses"], json!([{"channel": "phones", "address": "84901234567"}]));
    assert_eq!((&read["language"], &read["quiet_hours"]), (&json!("vi"), &Value::Null));

    let weekly = made(api, "/api/v1/schedules", with_hole("Tuần", &ha, &an)).await;
    assert_eq!(weekly["warnings"], json!(["nobody is on call 02:00–06:00 (every day)"]));
    assert_eq!(weekly["holes"], json!([{"from": "02:00", "until": "06:00"}]));
    let path = format!("/api/v1/schedules/{}", weekly["id"]);
    // 2026-11-25 from 08:00 in the halls for a day.
    let day = format!("{path}/on-call?from=2026-11-25T01:00:00Z&to=2026-11-26T01:00:00Z");
    let turns = async || {
        let turns = api.json(&day).await;
        let items = turns["items"].as_array().unwrap().clone();
        let turn = |turn: &Value| (turn["from"].as_str().unwrap()[11..16].to_owned(), turn["contact"]["name"].clone());
        items.iter().map(turn).collect::<Vec<_>>()
    };
    let at = |time: &str, name: Value| (time.to_owned(), name);
    // The night of the 25th is the 24th one, and An had the first.
    assert_eq!(turns().await, [at("01:00", json!("Hà")), at("19:00", Value::Null), at("23:00", json!("Hà"))]);
    let stand_in = json!({"contact": an, "from": "2026-11-25T18:00:00Z", "until": "2099-01-01T00:00:00Z"});
    let overrides = format!("{path}/overrides");
    assert!(refused(api, &overrides, stand_in).await.contains("more than 90 days"));
    let now = villagenet_tests::wait::now();
    let later = |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).to_string();
    let stand_in = made(api, &overrides, json!({"contact": an, "until": later(2)})).await;
    assert_eq!(api.json(&path).await["on_call"]["name"], "An", "he stands in from now on");
    let (status, _) = ask(api, Method::DELETE, &format!("{overrides}/{}", stand_in["id"]), &Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    let area = api.find("/api/v1/areas", "code", "24937").await.unwrap()["id"].clone();
    // What another program imported is noticed within a second.
    let known = async || api.status(&format!("/api/v1/areas/{area}")).await.filter(|status| *status == 200);
    wait_until("the area is known", LIMIT, known).await;
    let steps = json!([
        {"targets": [{"schedule": weekly["id"]}]},
        {"wait_s": 900, "targets": [{"contact": an, "channel": "phones"}]},
    ]);
    let body = json!({"name": "Đạ Ròn", "area": area, "least_severity": "critical", "steps": steps});
    let escalation = made(api, "/api/v1/escalations", body.clone()).await;
    let warning = "step 1: nobody is on call 02:00–06:00 (every day); step 2 is taken at once then";
    assert_eq!(escalation["warnings"], json!([warning]));
    assert_eq!(escalation["steps"][1]["targets"][0]["name"], "An");

    // What is named stays, and it is said by what.
    for (path, by) in [
        (format!("/api/v1/contacts/{ha}"), "schedule \"Tuần\""),
        (format!("/api/v1/contacts/{an}"), "escalation \"Đạ Ròn\""),
        (path.clone(), "escalation \"Đạ Ròn\""),
    ] {
        let (status, answer) = ask(api, Method::DELETE, &path, &Value::Null).await;
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(status == StatusCode::CONFLICT && detail.contains(by), "{path}: {status} {answer}");
    }
    let mut shorter = body;
    shorter["steps"] = json!([{"targets": [{"contact": ha}]}]);
    let escalation = format!("/api/v1/escalations/{}", escalation["id"]);
    let (status, answer) = ask(api, Method::PUT, &escalation, &shorter).await;
    assert_eq!((status, &answer["warnings"]), (StatusCode::OK, &json!([])));
    for path in [&path, &format!("/api/v1/contacts/{an}"), &escalation, &format!("/api/v1/contacts/{ha}")] {
        assert_eq!(ask(api, Method::DELETE, path, &Value::Null).await.0, StatusCode::NO_CONTENT, "{path}");
    }
    for list in ["contacts", "schedules", "escalations"] {
        assert!(api.items(&format!("/api/v1/{list}")).await.is_empty(), "{list}");
    }
    let log = api.items("/api/v1/audit").await;
    assert!(!log.iter().any(|entry| entry.to_string().contains("84901234567")), "no number stands in the log");
    let actions: Vec<&str> = log.iter().filter_map(|entry| entry["action"].as_str()).collect();
    assert!(["contact.create", "override.delete", "escalation.change"].iter().all(|action| actions.contains(action)));
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let (_home, serve) = two_communes().await;
    let api = &serve.api;
    let ha = contact(api, "Hà", "0901234567", None).await;
    let wrong = json!({
        "name": " ", "user": 99, "quiet_hours": {"from": "22:00", "until": "22:00"},
        "addresses": [
            {"channel": "phones", "address": "113"}, {"channel": "ops", "address": "x"},
            {"channel": "zalo", "address": "x"}, {"channel": "mail", "address": "ha@"},
        ],
    });
    let told = refused(api, "/api/v1/contacts", wrong).await;
    for what in [
        "name is missing",
        "there is no user 99",
        "quiet hours end when they begin",
        "\"113\" is no mobile number",
        "channel \"ops\" reaches programs",
        "there is no channel \"zalo\": choose one of mail, phones",
        "\"ha@\" is no mail address",
    ] {
        assert!(told.contains(what), "{what}: {told}");
    }
    let twice = json!({"name": "HÀ", "addresses": []});
    assert!(refused(api, "/api/v1/contacts", twice).await.contains("another one with the name"));
    let rotations = json!([{"contacts": [], "days": 0, "hours": {"from": "06:00", "until": "06:00"}}, {"contacts": [99], "start": "2026-11-02"}]);
    let told = refused(api, "/api/v1/schedules", json!({"name": "Tuần", "rotations": rotations})).await;
    for what in
        ["rotation 1 has no contacts", "rotation 1: start is missing", "days has to be", "hours end", "no contact 99"]
    {
        assert!(told.contains(what), "{what}: {told}");
    }
    assert!(refused(api, "/api/v1/schedules", json!({"name": "Tuần"})).await.contains("no rotation"));
    let mail = json!({"contact": ha, "channel": "mail"});
    let steps =
        json!([{"targets": []}, {"wait_s": 0, "targets": [mail]}, {"wait_s": 604_801, "targets": [{"schedule": 9}]}]);
    let told = refused(api, "/api/v1/escalations", json!({"name": "Xã", "steps": steps})).await;
    for what in [
        "step 1 has no targets",
        "step 2: wait_s",
        "step 3: wait_s",
        "there is no schedule 9",
        "step 2: Hà has no address in the channel \"mail\", nobody would be told",
    ] {
        assert!(told.contains(what), "{what}: {told}");
    }
    assert!(refused(api, "/api/v1/escalations", json!({"name": "Xã"})).await.contains("no steps"));
    // A contact keeps the address by which a step tells him.
    let by_phone = json!([{"targets": [{"contact": ha, "channel": "phones"}]}]);
    made(api, "/api/v1/escalations", json!({"name": "Xã", "steps": by_phone})).await;
    let without = json!({"name": "Hà", "addresses": [{"channel": "mail", "address": "ha@example.vn"}]});
    let (status, answer) = ask(api, Method::PUT, &format!("/api/v1/contacts/{ha}"), &without).await;
    let detail = answer["detail"].as_str().unwrap_or_default();
    assert!(status == StatusCode::BAD_REQUEST && detail.contains("escalation \"Xã\", step 1"), "{status} {answer}");
}

#[tokio::test]
async fn a_technician_looks_after_his_own_turns_and_sees_nothing_of_another_commune() {
    let (home, serve) = two_communes().await;
    let api = &serve.api;
    let log_in = async |name: &str, args: &[&str]| home.user_add(name, args).log_in(&api.anonymous()).await;
    let ha = log_in("ha", &["--role", "technician", "--area", "24937"]).await;
    let tu = log_in("tu", &["--role", "technician", "--area", "24931"]).await;
    let viewer = log_in("bi", &["--role", "viewer"]).await;
    let user = api.find("/api/v1/users", "name", "ha").await.unwrap()["id"].clone();
    let (own, other) =
        (contact(api, "Hà", "0901234567", Some(&user)).await, contact(api, "An", "0912345678", None).await);
    let body = json!({"name": "Tuần", "rotations": [{"contacts": [own, other], "start": "2026-11-02"}]});
    let weekly = made(api, "/api/v1/schedules", body.clone()).await["id"].clone();
    let area = api.find("/api/v1/areas", "code", "24937").await.unwrap()["id"].clone();
    let steps = json!([{"targets": [{"schedule": weekly}]}]);
    let near =
        made(api, "/api/v1/escalations", json!({"name": "Đạ Ròn", "area": area, "steps": steps})).await["id"].clone();
    made(api, "/api/v1/escalations", json!({"name": "Tất cả", "steps": steps})).await;

    let contact_of = async |api: &Api, id: &Value| api.json(&format!("/api/v1/contacts/{id}")).await;
    assert_eq!(contact_of(&ha, &own).await["addresses"][0]["address"], "84901234567");
    let seen = contact_of(&ha, &other).await;
    assert_eq!(
        (&seen["name"], &seen["addresses"], &seen["channels"]),
        (&json!("An"), &Value::Null, &json!(["phones"]))
    );
    let quiet = json!({"quiet_hours": {"from": "22:00", "until": "05:30"}});
    let set = async |api: &Api, id: &Value| {
        ask(api, Method::PUT, &format!("/api/v1/contacts/{id}/quiet-hours"), &quiet).await.0
    };
    assert_eq!((set(&ha, &own).await, set(&ha, &other).await), (StatusCode::OK, StatusCode::FORBIDDEN));
    assert_eq!(contact_of(api, &own).await["quiet_hours"], quiet["quiet_hours"]);
    let until = (villagenet_tests::wait::now() + jiff::SignedDuration::from_hours(2)).to_string();
    let stand_in = json!({"contact": other, "until": until});
    let overrides = format!("/api/v1/schedules/{weekly}/overrides");
    let stands = async |api: &Api| ask(api, Method::POST, &overrides, &stand_in).await.0;
    assert_eq!((stands(&ha).await, stands(&tu).await), (StatusCode::CREATED, StatusCode::FORBIDDEN));
    assert_eq!(ask(&ha, Method::PUT, &format!("/api/v1/schedules/{weekly}"), &body).await.0, StatusCode::FORBIDDEN);

    let names = async |api: &Api| {
        let all = api.items("/api/v1/escalations").await;
        all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((names(&ha).await, names(&tu).await), (vec!["Tất cả".into(), "Đạ Ròn".into()], vec!["Tất cả".into()]));
    let path = format!("/api/v1/escalations/{near}");
    assert_eq!((ha.status(&path).await, tu.status(&path).await), (Some(200), Some(404)));
    for list in ["contacts", "schedules", "escalations"] {
        assert_eq!(viewer.status(&format!("/api/v1/{list}")).await, Some(403), "{list}");
        assert_eq!(
            ask(&ha, Method::POST, &format!("/api/v1/{list}"), &json!({})).await.0,
            StatusCode::FORBIDDEN,
            "{list}"
        );
    }
}
