//! The pages in a real browser: log-in, fleet, hall and device, on a phone and on a desk, in both languages.

use std::time::Duration;

use serde_json::{Value, json};
use villagenet_tests::browser::Browser;
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::person::post;
use villagenet_tests::place::free_port;
use villagenet_tests::snmpd::{ROUTEROS, Snmpd};
use villagenet_tests::village::Village;
use villagenet_tests::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(120);

/// A name that runs as script, breaks an attribute or turns the line around where it is not escaped.
const HOSTILE_NAME: &str = "<img src=x onerror=alert(1)>\"'></script><script>alert(2)</script>{{7*7}}";

/// A name as long as real ones get, which must not push a phone's page sideways.
const LONG_NAME: &str = "Nhà sinh hoạt cộng đồng thôn Lạc Nghiệp và khu dân cư nông thôn mới kiểu mẫu Đạ Ròn số 1";

/// Every language on a phone and on a desk by day, and each once by night.
fn looks() -> Value {
    let look =
        |language: &str, scheme: &str, width: u32| json!({"language": language, "scheme": scheme, "width": width});
    json!([
        look("vi", "light", 360),
        look("vi", "light", 1280),
        look("en", "light", 360),
        look("en", "light", 1280),
        look("en", "dark", 1280),
        look("vi", "dark", 360),
    ])
}

async fn visit(home: &Installation, serve: &Serve, pages: &Value, looks: &Value) {
    let mut person = home.user_add("ha", &["--role", "admin"]);
    // Sets the second factor up; its recovery codes are as many as there are log-ins.
    person.log_in(&serve.api.anonymous()).await;
    let order = json!({
        "url": serve.api.url(),
        "username": person.name,
        "password": person.passphrase,
        "codes": person.recovery,
        "pages": pages,
        "looks": looks,
        "screenshots": Browser::screenshots(),
    });
    let told = Browser::ready().run("pages.mjs", &order);
    let (pages, looks) = (pages.as_array().unwrap().len(), looks.as_array().unwrap().len());
    assert_eq!(
        told["visited"],
        json!((pages + 2) * looks),
        "the two steps of the log-in and each page, in each look: {told}"
    );
    let faults: Vec<String> = told["faults"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A contact who is on call by day, and is told; all of them with long names. Gives the page of the schedule.
async fn people(serve: &Serve) -> String {
    let made = async |list: &str, body: Value| {
        let answer = post(&serve.api, &format!("/api/v1/{list}"), &body).await;
        let made: Value = answer.json().await.unwrap();
        assert!(made["id"].is_i64(), "{list}: {made}");
        made["id"].clone()
    };
    let addresses = json!([{"channel": "push", "address": "topic"}]);
    let quiet = json!({"from": "22:00", "until": "05:30"});
    let contact = json!({"name": LONG_NAME, "position": LONG_NAME, "addresses": addresses, "quiet_hours": quiet});
    let contact = made("contacts", contact).await;
    let rotation = json!({"contacts": [contact], "start": "2026-01-01", "hours": {"from": "06:00", "until": "18:00"}});
    let schedule = made("schedules", json!({"name": LONG_NAME, "rotations": [rotation]})).await;
    let steps = json!([{"targets": [{"schedule": schedule}]}, {"wait_s": 900, "targets": [{"contact": contact}]}]);
    made("escalations", json!({"name": LONG_NAME, "steps": steps})).await;
    format!("/schedules/{schedule}")
}

#[tokio::test]
async fn a_first_day_s_pages_teach_what_to_do() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let pages = json!([{"name": "fleet-empty", "path": "/", "shows": "villagenet inventory import"}]);
    visit(&home, &serve, &pages, &json!([{"language": "vi", "scheme": "light", "width": 360}])).await;
}

#[tokio::test]
async fn pages_are_whole_for_people_phones_and_screen_readers() {
    let snmpd = Snmpd::start_with("hall-read", ROUTEROS);
    let topic = "[channels.push]\nkind = \"ntfy\"";
    let mut home = Installation::new().brisk().configure(topic).snmp_v2c("snmp-hall", snmpd.community());
    let serve = home.serve().await;
    let dead = format!("127.0.0.1:{}", free_port());
    let village = Village::of_one(&snmpd.address(), "snmp-hall")
        .device("ap-1", "dr-01", "access_point", &dead, "gw", "snmp-hall")
        .hall("dr-02", LONG_NAME)
        .router("dr-02", &format!("127.0.0.2:{}", free_port()), "snmp-hall")
        .hall("dr-03", HOSTILE_NAME);
    home.import(&village);
    let hall = async |code: &str, state: &str| {
        let what = format!("{code} is {state}");
        let found = async || serve.api.find("/api/v1/halls", "code", code).await.filter(|hall| hall["state"] == state);
        wait_until(&what, LIMIT, found).await
    };
    hall("dr-01", "partial").await;
    hall("dr-02", "down").await;
    let gateway = serve.api.find("/api/v1/devices", "name", "dr-01/gw").await.expect("it was imported");
    let device = format!("/devices/{}", gateway["id"]);
    let told = format!("/api/v1/devices/{}/condition", gateway["id"]);
    let radio = wait_until("the gateway has told of its Wi-Fi", LIMIT, async || {
        serve.api.json(&told).await["wifi"]["radios"][0]["part"].as_i64()
    })
    .await;
    let schedule = people(&serve).await;
    let noise = format!("{device}?part={radio}&metric=noise_dbm");
    let pages = json!([
        {"name": "fleet", "path": "/", "shows": LONG_NAME},
        {"name": "fleet-found", "path": "/?q=suoi+thong", "shows": "Suối Thông B1"},
        {"name": "hall-partial", "path": "/halls/dr-01", "shows": "Suối Thông B1"},
        {"name": "hall-down", "path": "/halls/dr-02", "shows": LONG_NAME},
        {"name": "hall-hostile", "path": "/halls/dr-03", "shows": HOSTILE_NAME},
        {"name": "device", "path": device, "shows": "lo"},
        {"name": "device-radio", "path": noise, "shows": "NhaVanHoa"},
        {"name": "audit", "path": "/audit", "shows": "halls"},
        {"name": "account", "path": "/account", "shows": "ha"},
        {"name": "users", "path": "/users", "shows": "ha"},
        {"name": "credentials", "path": "/credentials", "shows": "SNMPv2c"},
        {"name": "contacts", "path": "/contacts", "shows": LONG_NAME},
        {"name": "schedules", "path": "/schedules", "shows": LONG_NAME},
        {"name": "schedule", "path": schedule, "shows": LONG_NAME},
        {"name": "escalations", "path": "/escalations?hall=dr-02&severity=critical", "shows": LONG_NAME},
        {"name": "step-up", "path": "/step-up?next=/users", "shows": "10"},
        {"name": "docs", "path": "/api/docs", "shows": "/api/v1/halls"},
    ]);
    visit(&home, &serve, &pages, &looks()).await;
}
