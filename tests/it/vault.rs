//! The vault from outside: credentials made on the running system, taken over from the configuration once, a start without
//! the key, and keys that are rotated while everything runs and while somebody pulls the plug.

use std::sync::Arc;
use std::time::{Duration, Instant};

use controller::app::keys::Keys;
use controller::store::{AuditAction, AuditEntry, AuditPlace, Db};
use controller::vault::KeyFiles;
use inventory::credential::Credential;
use inventory::secret::Secret;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use villagenet_tests::api::Api;
use villagenet_tests::draw::{Draw, seed};
use villagenet_tests::installation::{Installation, Serve, path_text};
use villagenet_tests::person::post;
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{now, wait_for, wait_until};

const SOON: Duration = Duration::from_secs(60);
const JSON: &str = "application/json";

async fn gateway(api: &Api) -> Option<Value> {
    api.find("/api/v1/devices", "name", "dr-01/gw").await
}

/// Waits until the gateway has been read, or has failed like this.
async fn wait_visit(api: &Api, result: &str) -> Value {
    wait_until(&format!("a visit ends with {result}"), SOON, async || {
        let id = gateway(api).await?["id"].as_i64()?;
        let device = api.json(&format!("/api/v1/devices/{id}")).await;
        (device["last_visit"]["result"] == result).then_some(device)
    })
    .await
}

async fn admin(home: &Installation, serve: &Serve) -> (villagenet_tests::person::Person, Api) {
    let mut admin = home.user_add("admin", &["--role", "admin"]);
    let api = admin.log_in(&serve.api.anonymous()).await;
    (admin, api)
}

async fn send(api: &Api, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let response = api.send_body(method, path, JSON, body.to_string()).await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_profile_made_on_the_running_system_opens_devices_and_is_never_told() {
    let snmpd = Snmpd::start("bí-mật-của-xã");
    let mut home = Installation::new().brisk();
    let serve = home.serve().await;
    let (_, api) = admin(&home, &serve).await;
    let order = json!({"name": "halls", "kind": "snmp-v2c", "secrets": {"community": "sai"}});
    // A program has no second factor, whatever its role.
    let (status, _) = send(&serve.api, Method::POST, "/api/v1/credentials", &order).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, made) = send(&api, Method::POST, "/api/v1/credentials", &order).await;
    assert_eq!((status, &made["secrets"], &made["devices"]), (StatusCode::CREATED, &json!(["community"]), &json!(0)));
    assert_eq!(send(&api, Method::POST, "/api/v1/credentials", &order).await.0, StatusCode::CONFLICT);

    // The name can be given by an import at once: by a command, and by the API within a second.
    home.import(&Village::of_one(&snmpd.address(), "halls"));
    let uses = async |count: usize| {
        wait_until("the audit log has the use", SOON, async || {
            let entries = api.items("/api/v1/audit?action=credential.use").await;
            (entries.len() == count).then_some(entries)
        })
        .await
    };
    uses(1).await;
    let right = json!({"secrets": {"community": snmpd.community()}});
    let (status, told) = send(&api, Method::PATCH, "/api/v1/credentials/halls", &right).await;
    assert_eq!((status, &told["devices"]), (StatusCode::OK, &json!(1)), "{told}");
    wait_visit(&serve.api, "ok").await;

    let (status, refused) = send(&api, Method::DELETE, "/api/v1/credentials/halls", &Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(refused["detail"].as_str().unwrap().contains("dr-01/gw"), "{refused}");
    for (body, words) in [
        (json!({"port": 22}), "port is not for a credential of kind snmp-v2c"),
        (json!({"secrets": {"community": ""}}), "community is empty"),
        (json!({"secrets": {"community": null}}), "community is missing"),
        (json!({"secrets": {"word": "x"}}), "is none of community"),
    ] {
        let (status, refused) = send(&api, Method::PATCH, "/api/v1/credentials/halls", &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(refused["detail"].as_str().unwrap().contains(words), "{refused}");
    }
    let used = uses(2).await;
    assert_eq!(used[0]["actor"], "agent embedded", "{used:?}");
    assert_eq!(
        (&used[0]["object"], &used[0]["details"]["devices"]),
        (&json!("credential halls"), &json!(["dr-01/gw"]))
    );
    for path in ["/api/v1/credentials", "/api/v1/credentials/halls", "/credentials", "/api/v1/audit", "/account"] {
        let text = api.text(path).await;
        assert!(!text.contains(snmpd.community()) && (path == "/account" || text.contains("halls")), "{path}");
    }
}

#[tokio::test]
async fn a_section_of_the_configuration_is_taken_over_once_and_not_needed_any_more() {
    let snmpd = Snmpd::start("taken-over");
    let mut home = Installation::new().brisk().snmp_v2c("halls", snmpd.community());
    home.import(&Village::of_one(&snmpd.address(), "halls"));
    let mut serve = home.serve().await;
    wait_visit(&serve.api, "ok").await;
    assert!(serve.log().contains("was taken over from the configuration"), "{}", serve.log());
    serve.stop();
    home.secret_file("halls.community", "another");
    let mut serve = home.serve().await;
    assert!(serve.log().contains("differs from the vault and is ignored"), "{}", serve.log());
    assert!(home.command(&["check"]).text().contains("is not read any more"));
    let since = now();
    wait_until("it is read after the restart", SOON, async || {
        let device = wait_visit(&serve.api, "ok").await;
        let at: jiff::Timestamp = device["last_visit"]["at"].as_str()?.parse().ok()?;
        (at > since).then_some(())
    })
    .await;
    serve.stop();
    // Without the section and its file.
    let config = std::fs::read_to_string(home.config_file()).unwrap();
    let bare = config.split("[credentials.").next().unwrap();
    let bare = home.file("bare.toml", bare);
    let data = home.data();
    let ended = villagenet_tests::installation::villagenet(&[
        "check",
        "--config",
        path_text(&bare),
        "--data",
        path_text(&data),
    ]);
    assert!(ended.text().contains("the vault opens: 1 secrets"), "{}", ended.text());
}

#[tokio::test]
async fn without_its_key_it_starts_locked_says_so_and_goes_on_when_the_key_is_back() {
    let snmpd = Snmpd::start("locked-away");
    let mut home = Installation::new().brisk().snmp_v2c("halls", snmpd.community());
    home.import(&Village::of_one(&snmpd.address(), "halls"));
    let mut serve = home.serve().await;
    let (mut person, _) = admin(&home, &serve).await;
    wait_visit(&serve.api, "ok").await;
    serve.stop();
    let (key, aside) = (home.data().join("key"), home.data().join("aside"));
    std::fs::rename(&key, &aside).unwrap();
    let check = home.command(&["check"]);
    assert!(check.code == Some(1) && check.text().contains("the vault is locked: the master key"), "{}", check.text());
    assert!(home.command(&["keys", "rotate"]).text().contains("the vault is locked"));

    let serve = home.serve().await;
    assert!(serve.log().contains("the vault is locked") && !key.exists(), "{}", serve.log());
    assert_eq!(serve.api.metric("villagenet_vault_locked", &[]).await, Some(1.0));
    // Every page is there, with a notice.
    for path in ["/", "/halls/dr-01", "/credentials"] {
        assert!(serve.api.text(path).await.contains("villagenet check"), "{path}");
    }
    let is = async |state: &str| gateway(&serve.api).await.is_some_and(|device| device["state"] == state);
    wait_for("nobody claims to know it", SOON, async || is("unknown").await).await;
    // A code of the app cannot be checked, which is said; a recovery code is the way in.
    let nobody = serve.api.anonymous();
    let begun: Value = person.begin(&nobody).await.json().await.unwrap();
    let order = json!({"ticket": begun["ticket"], "code": person.code_after(Duration::from_secs(30))});
    let refused = post(&nobody, "/api/v1/login/second-factor", &order).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let refused: Value = refused.json().await.unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("the vault is locked"), "{refused}");
    let api = person.log_in(&nobody).await;
    let order = json!({"name": "other", "kind": "snmp-v2c", "secrets": {"community": "x"}});
    assert_eq!(send(&api, Method::POST, "/api/v1/credentials", &order).await.0, StatusCode::SERVICE_UNAVAILABLE);

    std::fs::rename(&aside, &key).unwrap();
    wait_for("it goes on", SOON, async || gateway(&serve.api).await.is_some_and(|device| device["state"] == "up"))
        .await;
    assert_eq!(serve.api.metric("villagenet_vault_locked", &[]).await, Some(0.0));
    assert_eq!(send(&api, Method::POST, "/api/v1/credentials", &order).await.0, StatusCode::CREATED);
    assert!(serve.log().contains("the vault is open again"), "{}", serve.log());
}

#[tokio::test]
async fn keys_are_rotated_while_it_serves() {
    let snmpd = Snmpd::start("rotated");
    let mut home = Installation::new().brisk().snmp_v2c("halls", snmpd.community());
    home.import(&Village::of_one(&snmpd.address(), "halls"));
    let serve = home.serve().await;
    let (mut person, api) = admin(&home, &serve).await;
    wait_visit(&serve.api, "ok").await;
    let old = std::fs::read(home.data().join("key")).unwrap();
    for args in [vec!["keys", "rotate"], vec!["keys", "rotate", "--data-key"], vec!["keys", "rotate", "--master"]] {
        let told = home.command(&args).expect_success().stdout;
        assert_eq!(told.contains("new data key"), !args.contains(&"--master"), "{told}");
        assert_eq!(told.contains("new master key"), !args.contains(&"--data-key"), "{told}");
        // At once, before anybody has looked whether the keys were changed.
        let order = json!({"secrets": {"community": snmpd.community()}});
        assert_eq!(send(&api, Method::PATCH, "/api/v1/credentials/halls", &order).await.0, StatusCode::OK);
    }
    assert_ne!(std::fs::read(home.data().join("key")).unwrap(), old);
    person.recovery.clear();
    let since = now();
    wait_until("it is read with what was sealed anew", SOON, async || {
        let device = wait_visit(&serve.api, "ok").await;
        let at: jiff::Timestamp = device["last_visit"]["at"].as_str()?.parse().ok()?;
        (at > since).then_some(())
    })
    .await;
    let rotations = api.items("/api/v1/audit?action=keys.rotate").await;
    assert_eq!(rotations.len(), 4, "{rotations:?}");
    assert!(home.command(&["check"]).text().contains("the vault opens: 2 secrets"));
    // The key of before is of no use any more.
    let now = std::fs::read(home.data().join("key")).unwrap();
    std::fs::write(home.data().join("key"), old).unwrap();
    assert!(home.command(&["check"]).text().contains("is not the master key"));
    std::fs::write(home.data().join("key"), now).unwrap();
}

/// Secrets of the big installation.
const SECRETS: usize = 10_000;
/// The bar of a rotation of all of them.
const BAR: Duration = Duration::from_secs(60);

async fn open(home: &Installation) -> (Db, Keys) {
    let db = Db::open_sqlite(&home.data().join("villagenet.db")).await.unwrap();
    let keys = Keys::open(db.clone(), KeyFiles::new(&home.data(), None)).await.unwrap();
    (db, keys)
}

/// What opens profile `n`.
fn community(n: usize) -> Credential {
    Credential::SnmpV2c { community: Secret::new(format!("community {n}")) }
}

async fn fill(db: &Db, keys: &Keys) {
    let ring = keys.ring().await.unwrap();
    let entry = AuditEntry {
        at: now(),
        actor: "system",
        address: None,
        action: AuditAction::CredentialCreate,
        object: "credentials".to_owned(),
        place: AuditPlace::default(),
        details: json!({}),
        is_ok: true,
    };
    for n in 0..SECRETS {
        let name = format!("c{n:05}").parse().unwrap();
        db.credential_create(&ring, &name, &community(n), &entry).await.unwrap();
    }
}

async fn assert_all_open(db: &Db, keys: &Keys) {
    let (_, opened) = keys.with_ring(|ring: Arc<_>| async move { db.credential_open_all(&ring).await }).await.unwrap();
    assert_eq!(opened.len(), SECRETS);
    let mut opened: Vec<_> = opened.into_iter().collect();
    opened.sort_by(|one, other| one.record.name.cmp(&other.record.name));
    for (n, opened) in opened.into_iter().enumerate() {
        let credential = opened.credential.unwrap_or_else(|error| panic!("{n}: {error}"));
        assert!(credential.is_same(&community(n)), "{n}");
    }
}

/// The real command with ten thousand secrets, killed again and again at any moment; a `serve`'s keys, open all the time,
/// and the keys of who opens the vault afterwards read everything each time.
#[tokio::test]
async fn a_rotation_that_is_killed_at_any_moment_leaves_everything_readable() {
    let home = Installation::new();
    std::fs::create_dir_all(home.data()).unwrap();
    let db = Db::open_sqlite(&home.data().join("villagenet.db")).await.unwrap();
    db.migrate().await.unwrap();
    let running = Keys::open(db.clone(), KeyFiles::new(&home.data(), None)).await.unwrap();
    fill(&db, &running).await;
    let begun = Instant::now();
    home.command(&["keys", "rotate"]).expect_success();
    let whole = begun.elapsed();
    #[expect(clippy::print_stdout, reason = "a figure for who runs it")]
    {
        println!("rotating {SECRETS} secrets: {:.1} s", whole.as_secs_f64());
    }
    assert!(whole < BAR * 10, "{whole:?}");

    let mut draw = Draw::new(seed());
    let most = u64::try_from(whole.as_millis()).unwrap();
    let mut unfinished = 0;
    for _ in 0..8 {
        let mut rotation = home.start("villagenet keys rotate", &["keys", "rotate"]);
        tokio::time::sleep(Duration::from_millis(draw.below(most))).await;
        rotation.kill();
        assert_all_open(&db, &running).await;
        let (other, keys) = open(&home).await;
        assert_all_open(&other, &keys).await;
        unfinished += usize::from(db.vault_load().await.unwrap().keys.len() > 1);
        other.close().await;
    }
    assert!(unfinished >= 1, "none was killed in the middle of a data key");
    let old = std::fs::read(home.data().join("key")).unwrap();
    home.command(&["keys", "rotate"]).expect_success();
    assert_all_open(&db, &running).await;
    let keys = db.vault_load().await.unwrap().keys;
    assert_eq!(keys.len(), 1);
    std::fs::write(home.data().join("key"), old).unwrap();
    let (other, with_old) = open(&home).await;
    assert!(with_old.locked().is_some(), "the old master key opens nothing");
    other.close().await;
    db.close().await;
}
