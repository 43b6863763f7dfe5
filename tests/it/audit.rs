//! The audit log from outside: what was done stands in it, in its files and in the program's log, and who edits it in
//! the database is found out.

use reqwest::Method;
use serde_json::{Value, json};
use villagenet_tests::installation::{Installation, path_text};
use villagenet_tests::person::Person;
use villagenet_tests::postgres::Postgres;
use villagenet_tests::village::Village;

const JSON: &str = "application/json";

/// Two imports by the command line and one change over the API.
async fn done(home: &mut Installation) -> villagenet_tests::installation::Serve {
    let serve = home.serve().await;
    // One that takes no credentials: being given some is an entry of its own.
    let halls = Village::default().hall("dr-01", "Suối Thông B1").halls_csv();
    let devices = "device_name,hall_code,kind,address\ngw,dr-01,router,127.0.0.1:9\n";
    for (name, text) in [("halls.csv", halls.as_str()), ("devices.csv", devices)] {
        home.command(&["inventory", "import", path_text(&home.file(name, text))]).expect_success();
    }
    let body = json!({ "lifecycle": "maintenance" }).to_string();
    let changed = serve.api.send_body(Method::PATCH, "/api/v1/halls/dr-01", JSON, body).await.unwrap();
    assert_eq!(changed.status(), 200);
    serve
}

fn words(entries: &[Value], key: &str) -> Vec<String> {
    entries.iter().map(|entry| entry[key].as_str().unwrap_or_default().to_owned()).collect()
}

async fn what_was_done_is_told(mut home: Installation) {
    let mut serve = done(&mut home).await;
    let viewer = home.user_add("viewer", &["--role", "viewer"]);
    let stranger = Person::new("viewer", "not the pass phrase");
    assert_eq!(serve.api.log_in(&stranger).await, Some(401));
    assert_eq!(serve.api.log_in(&viewer).await, Some(303));
    let log_ins = serve.api.items("/api/v1/audit?action=login").await;
    let is_ok: Vec<&Value> = log_ins.iter().map(|entry| &entry["ok"]).collect();
    assert_eq!(is_ok, [true, false], "the latest first: {log_ins:?}");
    let whole = home.command(&["audit", "verify"]).expect_success();
    assert!(whole.stdout.contains("the audit log is whole: 8 entries"), "{}", whole.text());

    let mut entries = serve.api.items("/api/v1/audit?limit=2").await;
    // Above what is asked about here stand the account and its log-ins; below, the token of this test and its account.
    entries.drain(..3);
    assert_eq!(words(&entries[3..], "action"), ["token.create", "user.create"]);
    entries.truncate(3);
    assert_eq!(words(&entries, "action"), ["hall.change", "inventory.import", "inventory.import"]);
    assert_eq!(words(&entries, "object"), ["hall dr-01", "devices", "halls"]);
    assert_eq!(entries[0]["details"], json!({ "from": "active", "to": "maintenance" }));
    assert_eq!(entries[0]["address"], "127.0.0.1");
    assert_eq!((&entries[2]["actor"], &entries[2]["address"]), (&"system".into(), &Value::Null));
    assert_eq!(entries[2]["details"], json!({ "created": 1, "updated": 0, "unchanged": 0 }));

    let only = serve.api.items("/api/v1/audit?action=inventory.import&object=HALL").await;
    assert_eq!(words(&only, "object"), ["halls"]);
    let before = serve.api.items(&format!("/api/v1/audit?to={}", entries[0]["at"].as_str().unwrap())).await;
    assert_eq!(before.len(), 4);
    assert_eq!(serve.api.status("/api/v1/audit?action=nonsense").await, Some(400));
    assert_eq!(serve.api.status("/api/v1/audit?from=yesterday").await, Some(400));

    // Each file is itself an entry, which stands above what it holds.
    let lines = serve.api.text("/api/v1/audit.jsonl").await;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["action"].as_str(), &lines[4..7]), (Some("audit.export"), entries.as_slice()));
    let csv = serve.api.text("/api/v1/audit.csv?action=hall.change").await;
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!((rows.len(), rows[0]), (2, "id,at,actor,address,action,object,ok,details,hash"));
    assert!(rows[1].contains(",127.0.0.1,hall.change,hall dr-01,yes,"), "{csv}");

    let page = serve.api.text("/audit?lang=vi&action=hall.change").await;
    assert!(page.contains("Đổi trạng thái sử dụng hội trường</b> hội trường dr-01"), "{page}");
    let log = serve.log();
    let told = log.lines().filter(|line| line.contains("\"action\":\"hall.change\"")).count();
    assert_eq!(told, 1, "one line of the log for one entry:\n{log}");
    assert!(home.command(&["check"]).stdout.contains("ok       the audit log is whole: 10 entries"));
    serve.stop();
}

#[tokio::test]
async fn what_was_done_is_told_by_pages_files_and_the_log() {
    what_was_done_is_told(Installation::new()).await;
}

#[tokio::test]
async fn what_was_done_is_told_with_records_on_postgresql() {
    let postgres = Postgres::start();
    what_was_done_is_told(Installation::new().records_in(&postgres.url())).await;
}

#[tokio::test]
async fn an_entry_that_was_edited_in_the_file_is_named_and_an_earlier_check_remembered() {
    let mut home = Installation::new();
    let mut serve = done(&mut home).await;
    serve.stop();
    let told = home.command(&["audit", "verify"]).expect_success().stdout;
    let seal = told.split("--since ").nth(1).unwrap().trim().to_owned();
    home.command(&["audit", "verify", "--since", &seal]).expect_success();
    let other = format!("5:{}", "0".repeat(64));
    let ended = home.command(&["audit", "verify", "--since", &other]);
    assert_eq!(ended.code, Some(1), "{}", ended.text());
    assert!(ended.stderr.contains("entry 5 is not the one that was there"), "{}", ended.text());

    // As somebody does it who has the disk: SQLite keeps texts as they are.
    let path = home.data().join("villagenet.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let (old, new) = (br#""to":"maintenance""#, br#""to":"maintenancE""#);
    let at = bytes.windows(old.len()).position(|window| window == old).expect("the entry is in the file");
    bytes[at..at + old.len()].copy_from_slice(new);
    std::fs::write(&path, bytes).unwrap();
    for command in [&["audit", "verify"] as &[&str], &["check"]] {
        let ended = home.command(command);
        assert_eq!(ended.code, Some(1), "{}", ended.text());
        assert!(ended.text().contains("entry 5 was edited"), "{}", ended.text());
    }
}
