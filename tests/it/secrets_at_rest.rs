//! Secrets of every kind are planted, everything that the product does is done with them while it logs as much as it can,
//! and then every byte that it wrote or answers is searched for them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, Serve, path_text};
use villagenet_tests::person::post;
use villagenet_tests::snmpd::{AUTH_PASS, PRIVACY_PASS, Snmpd, USERS};
use villagenet_tests::ssh_server::SshServer;
use villagenet_tests::wait::wait_until;

/// Planted of each kind.
const EACH: usize = 20;
const SOON: Duration = Duration::from_secs(120);
const JSON: &str = "application/json";

/// What was planted, by kind.
#[derive(Default)]
struct Planted(BTreeMap<&'static str, Vec<String>>);

impl Planted {
    fn put(&mut self, kind: &'static str, text: &str) {
        self.0.entry(kind).or_default().push(text.to_owned());
    }

    fn random(&mut self, kind: &'static str) -> String {
        let text = format!("{kind}-{:016x}{:016x}", rand::random::<u64>(), rand::random::<u64>());
        self.put(kind, &text);
        text
    }

    /// A key of a form that is taken, whose every line is a secret.
    fn random_key(&mut self) -> String {
        let lines: Vec<String> = (0..3).map(|_| self.random_line()).collect();
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"))
    }

    fn random_line(&mut self) -> String {
        let line = STANDARD_NO_PAD.encode(rand::random::<[u8; 32]>());
        self.put("key", &line);
        line
    }

    /// Every form in which one could be found, with what it is one of.
    fn forms(&self) -> Vec<(&'static str, String)> {
        let each = self.0.iter().flat_map(|(kind, texts)| texts.iter().map(|text| (*kind, text)));
        each.flat_map(|(kind, text)| forms(text).into_iter().map(move |form| (kind, form))).collect()
    }
}

/// As it is, in hexadecimal, and in base64 wherever in a longer text it stands.
fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned(), data_encoding::HEXLOWER.encode(text.as_bytes())];
    for shift in 0..3 {
        let bytes = [&b"xx"[..shift], text.as_bytes()].concat();
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&bytes);
            // The letters at both ends hang on what stands beside.
            let (first, last) = ([0, 2, 3][shift], encoded.len() - 1);
            forms.push(encoded[first..last].to_owned());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

#[test]
fn what_is_searched_for_would_be_found_in_every_form() {
    let secret = "mot hai ba bon";
    for around in ["", "a", "ab", "abc", "abcd"] {
        let text = format!("{around}{secret}{around}");
        for hidden in [text.clone(), STANDARD_NO_PAD.encode(&text), data_encoding::HEXLOWER.encode(text.as_bytes())] {
            assert!(forms(secret).iter().any(|form| hidden.contains(form)), "{hidden}");
        }
    }
}

/// What is searched.
struct Searched {
    forms: Vec<(&'static str, String)>,
    found: Vec<String>,
    bytes: usize,
}

impl Searched {
    fn search(&mut self, place: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.bytes += bytes.len();
        let hits = self.forms.iter().filter(|(_, form)| text.contains(form.as_str()));
        self.found.extend(hits.map(|(kind, form)| format!("{place}: a {kind}: {form}")));
    }

    fn folder(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.folder(&path);
            } else {
                self.search(&path.display().to_string(), &std::fs::read(&path).unwrap());
            }
        }
    }
}

/// Makes a profile; it has to be taken.
async fn profile(api: &Api, body: Value) {
    let made = post(api, "/api/v1/credentials", &body).await;
    assert_eq!(made.status(), StatusCode::CREATED, "{body}: {:?}", made.text().await);
}

/// Profiles with planted secrets, none of which opens anything, and one of each that does.
async fn profiles(api: &Api, planted: &mut Planted, snmpd: &Snmpd, server: &SshServer) {
    let (user, auth, privacy) = USERS[0];
    for n in 0..EACH {
        let community = planted.random("community");
        profile(api, json!({"name": format!("v2c-{n}"), "kind": "snmp-v2c", "secrets": {"community": community}}))
            .await;
        let (auth_pass, privacy_pass) = (planted.random("auth"), planted.random("privacy"));
        let secrets = json!({"auth": auth_pass, "privacy": privacy_pass});
        profile(api, json!({"name": format!("v3-{n}"), "kind": "snmp-v3", "user": user, "auth": auth, "privacy": privacy, "secrets": secrets})).await;
        let password = planted.random("password");
        let ssh = |name: &str, secrets: Value| json!({"name": format!("{name}-{n}"), "kind": "ssh", "user": "root", "port": server.port(), "secrets": secrets});
        profile(api, ssh("password", json!({"password": password}))).await;
        let (key, passphrase) = (planted.random_key(), planted.random("passphrase"));
        profile(api, ssh("key", json!({"key": key, "passphrase": passphrase}))).await;
    }
    planted.put("community", snmpd.community());
    planted.put("auth", AUTH_PASS);
    planted.put("privacy", PRIVACY_PASS);
    let pem = std::fs::read_to_string(server.key()).unwrap();
    for line in pem.lines().filter(|line| !line.starts_with('-') && line.len() > 20) {
        planted.put("key", line);
    }
    profile(api, json!({"name": "v2c", "kind": "snmp-v2c", "secrets": {"community": snmpd.community()}})).await;
    profile(api, json!({"name": "v3", "kind": "snmp-v3", "user": user, "auth": auth, "privacy": privacy, "secrets": {"auth": AUTH_PASS, "privacy": PRIVACY_PASS}})).await;
    profile(api, json!({"name": "ssh", "kind": "ssh", "user": "root", "port": server.port(), "secrets": {"key": pem}}))
        .await;
}

/// Devices that are read with the right secrets, and such as are asked with each of the wrong ones.
fn devices(home: &Installation, snmpd: &Snmpd, server: &SshServer) {
    home.command(&[
        "inventory",
        "import",
        path_text(&home.file("halls.csv", "hall_code,hall_name,area_code,area_name\ndr-01,Suối Thông,24937,Đạ Ròn\n")),
    ])
    .expect_success();
    let mut rows = "device_name,hall_code,kind,address,agent,poll,snmp,ssh,host_key\n".to_owned();
    let mut row = |name: &str, address: &str, poll: &str, snmp: &str, ssh: &str| {
        // One address may be polled once only; names of loopback are all the same machine.
        let key = if ssh.is_empty() { "" } else { server.fingerprint() };
        rows += &format!("{name},dr-01,switch,{address},,{poll},{snmp},{ssh},{key}\n");
    };
    let port = snmpd.address();
    let port = port.rsplit_once(':').unwrap().1;
    row("right-v2c", &format!("127.0.0.1:{port}"), "snmp", "v2c", "");
    row("right-v3", &format!("localhost:{port}"), "snmp", "v3", "");
    row("right-ssh", "127.0.0.1", "ssh", "", "ssh");
    for n in 0..EACH {
        let address = format!("127.0.1.{}", n + 1);
        row(&format!("v2c-{n}"), &format!("{address}:{port}"), "snmp", &format!("v2c-{n}"), "");
        row(&format!("v3-{n}"), &format!("127.0.2.{}:{port}", n + 1), "snmp", &format!("v3-{n}"), "");
    }
    // The server counts failures; a few are enough to meet every path.
    for n in 0..2 {
        row(&format!("password-{n}"), &format!("127.0.3.{}", n + 1), "ssh", "", &format!("password-{n}"));
        row(&format!("key-{n}"), &format!("127.0.4.{}", n + 1), "ssh", "", &format!("key-{n}"));
    }
    home.command(&["inventory", "import", path_text(&home.file("devices.csv", &rows))]).expect_success();
}

/// People who come in by every way there is. Gives one who administers, in a session.
async fn people(home: &Installation, serve: &Serve, planted: &mut Planted) -> Api {
    let nobody = serve.api.anonymous();
    let mut sessions = Vec::new();
    for n in 0..EACH {
        let name = format!("person-{n}");
        let mut person = home.user_add(&name, &["--role", "admin"]);
        planted.put("pass phrase", &person.passphrase);
        let api = person.log_in(&nobody).await;
        planted.put("session", api.cookie().split_once('=').unwrap().1);
        planted.put("TOTP secret", person.totp.as_ref().unwrap());
        for code in &person.recovery {
            planted.put("recovery code", code);
            planted.put("recovery code", &code.replace('-', ""));
        }
        let made = post(&api, "/api/v1/tokens", &json!({"name": format!("token-{n}"), "role": "viewer"})).await;
        let token: Value = made.json().await.unwrap();
        let token = token["token"].as_str().unwrap();
        planted.put("token", token);
        assert_eq!(serve.api.as_token(token).status("/api/v1/halls").await, Some(200));
        let link = post(
            &api,
            "/api/v1/users",
            &json!({"name": format!("guest-{n}"), "grants": [{"role": "viewer", "area": null}]}),
        )
        .await;
        let link: Value = link.json().await.unwrap();
        let path = link["path"].as_str().or(link["url"].as_str()).unwrap_or_else(|| panic!("{link}"));
        planted.put("link", path.rsplit('/').next().unwrap());
        // A wrong pass phrase, and a wrong code.
        let wrong = planted.random("wrong pass phrase");
        drop(post(&nobody, "/api/v1/login", &json!({"username": "nobody-of-this-name", "password": wrong})).await);
        sessions.push(api);
    }
    planted.put("token", home.token());
    sessions.swap_remove(0)
}

async fn wait_result(api: &Api, name: &str, result: &str) {
    wait_until(&format!("{name} is {result}"), SOON, async || {
        let id = api.find("/api/v1/devices", "name", &format!("dr-01/{name}")).await?["id"].as_i64()?;
        let device = api.json(&format!("/api/v1/devices/{id}")).await;
        (device["last_visit"]["result"] == result).then_some(())
    })
    .await;
}

/// Every path that can be asked for, with the names and numbers that there are.
async fn paths(api: &Api) -> Vec<String> {
    let openapi = api.json("/api/v1/openapi.json").await;
    let mut paths: Vec<String> =
        ["/", "/credentials", "/users", "/account", "/audit", "/api/docs", "/halls/dr-01", "/login"]
            .iter()
            .flat_map(|path| [format!("{path}?lang=vi"), format!("{path}?lang=en")])
            .collect();
    let listed = async |list: &str, key: &str| -> Vec<String> {
        let items = api.items(list).await;
        items.iter().map(|item| item[key].to_string().trim_matches('"').to_owned()).collect()
    };
    let parts = [
        ("/api/v1/credentials/{name}", listed("/api/v1/credentials", "name").await),
        ("/api/v1/users/{id}", listed("/api/v1/users", "id").await),
        ("/api/v1/devices/{id}", listed("/api/v1/devices", "id").await),
        ("/api/v1/devices/{id}/interfaces", listed("/api/v1/devices", "id").await),
        ("/devices/{id}", listed("/api/v1/devices", "id").await),
        ("/api/v1/halls/{code}", vec!["dr-01".to_owned()]),
    ];
    for (path, names) in parts {
        let at = path.find('{').unwrap();
        let end = path.find('}').unwrap();
        paths.extend(names.iter().map(|name| format!("{}{name}{}", &path[..at], &path[end + 1..])));
    }
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        if methods["get"].is_object() && !path.contains('{') {
            paths.push(path.clone());
        }
    }
    paths
}

#[tokio::test]
async fn no_planted_secret_is_in_any_file_log_page_or_answer() {
    let mut planted = Planted::default();
    let community = planted.random("community");
    let (snmpd, server) = (Snmpd::start(&community), SshServer::openssh(""));
    let mut home = Installation::new().log_level("trace").brisk();
    let mut serve = home.serve().await;
    let api = people(&home, &serve, &mut planted).await;
    profiles(&api, &mut planted, &snmpd, &server).await;
    devices(&home, &snmpd, &server);
    for name in ["right-v2c", "right-v3", "right-ssh"] {
        wait_result(&serve.api, name, "ok").await;
    }
    let change = async |name: &str, secrets: Value| {
        let (path, order) = (format!("/api/v1/credentials/{name}"), json!({"secrets": secrets}).to_string());
        let changed = api.send_body(Method::PATCH, &path, JSON, order).await.unwrap();
        assert_eq!(changed.status(), StatusCode::OK, "{name}");
    };
    // What devices say of a wrong secret may have it in it.
    change("v3", json!({"auth": planted.random("auth")})).await;
    change("ssh", json!({"key": null, "password": planted.random("password")})).await;
    wait_result(&serve.api, "right-v3", "auth").await;
    wait_result(&serve.api, "right-ssh", "login").await;
    // What was replaced or deleted is gone as well.
    for n in 0..EACH {
        change(&format!("v2c-{n}"), json!({"community": planted.random("community")})).await;
    }
    let refused = json!({"name": "x", "kind": "snmp-v2c", "secrets": {"community": planted.random("community"), "password": planted.random("password")}});
    assert_eq!(post(&api, "/api/v1/credentials", &refused).await.status(), StatusCode::BAD_REQUEST);
    let broken = format!("{{\"name\": \"x\", \"secrets\": {{\"community\": \"{}\"", planted.random("community"));
    let broken = api.send_body(Method::POST, "/api/v1/credentials", JSON, broken).await.unwrap();
    assert_eq!(broken.status(), StatusCode::BAD_REQUEST);
    let form = format!("name=y&kind=snmp-v2c&community={}", planted.random("community"));
    let made = api.send_body(Method::POST, "/credentials", "application/x-www-form-urlencoded", form).await.unwrap();
    assert_eq!(made.status(), StatusCode::SEE_OTHER);
    let mut told = String::new();
    for args in [
        vec!["keys", "rotate"],
        vec!["check"],
        vec!["audit", "verify"],
        vec!["inventory", "export", "--table", "devices"],
    ] {
        told += &home.command(&args).text();
    }

    let count: BTreeMap<_, _> = planted.0.iter().map(|(kind, texts)| (*kind, texts.len())).collect();
    assert!(count.values().all(|count| *count >= EACH) && count.len() == 13, "{count:?}");
    let mut searched = Searched { forms: planted.forms(), found: Vec::new(), bytes: 0 };
    searched.search("commands", told.as_bytes());
    for path in paths(&api).await {
        let response = api.send(Method::GET, &path, "*/*").await.unwrap();
        let (status, headers) = (response.status(), format!("{:?}", response.headers()));
        let body = response.bytes().await.unwrap();
        assert!(status.is_success() || status.is_redirection(), "{path}: {status}");
        searched.search(&path, headers.as_bytes());
        searched.search(&path, &body);
    }
    // While it runs, with what stands in SQLite's log, and again when everything is written back.
    searched.folder(&home.data());
    serve.stop();
    searched.folder(&home.data());
    searched.search("the log", serve.log().as_bytes());
    let mebibytes = searched.bytes >> 20;
    #[expect(clippy::print_stdout, reason = "a figure for who runs it")]
    {
        println!("{count:?}: {} forms searched for in {mebibytes} MiB", searched.forms.len());
    }
    assert!(mebibytes >= 1, "there is hardly anything to search");
    searched.found.dedup();
    searched.found.truncate(40);
    assert!(searched.found.is_empty(), "{}", searched.found.join("\n"));
}
