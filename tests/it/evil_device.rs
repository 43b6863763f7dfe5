//! Devices in the wrong hands: whatever they call themselves, pages show it as text, files and messages carry it as text,
//! and nothing of it acts: not in a browser, not in a spreadsheet, not in a mail, not on the terminal that reads the log.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use fleetsim::snmp::{Agent, Fault, Options, Value as Snmp, Values};
use fleetsim::ssh;
use serde_json::{Value, json};
use villagenet_tests::browser::Browser;
use villagenet_tests::installation::{Installation, Serve, path_text};
use villagenet_tests::smtp_sink::SmtpSink;
use villagenet_tests::village::Village;
use villagenet_tests::wait::wait_until;
use villagenet_tests::webhook_sink::WebhookSink;

const COMMUNITY: &str = "hall-read";
const LIMIT: Duration = Duration::from_secs(300);

/// What devices say of themselves.
fn payloads() -> Vec<Vec<u8>> {
    let texts: [&[u8]; 38] = [
        // Markup and script.
        b"<script>alert(1)</script>",
        b"</title><script>alert(1)</script>",
        b"</textarea></select></style><script>alert(1)</script>",
        b"<img src=x onerror=alert(1)>",
        b"<svg/onload=alert(1)>",
        b"<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
        b"<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
        b"<a href=javascript:alert(1)>a</a>",
        b"<details open ontoggle=alert(1)>",
        b"<body onload=alert(1)>",
        b"<meta http-equiv=refresh content='0;url=https://evil.example/'>",
        b"<base href=https://evil.example/>",
        b"<link rel=stylesheet href=https://evil.example/x.css>",
        b"<form action=https://evil.example/><button>OK</button>",
        b"<style>*{background:url(https://evil.example/)}</style>",
        b"\" onmouseover=alert(1) x=\"",
        b"' autofocus onfocus=alert(1) x='",
        b"`${alert(1)}`",
        b"\"><script src=//evil.example/x.js></script>",
        b"<!--<script>alert(1)//-->",
        b"<![CDATA[<script>alert(1)</script>]]>",
        b"{{7*7}}${7*7}<%= 7*7 %>#{7*7}{% raw %}",
        b"&lt;script&gt;alert(1)&lt;/script&gt;&#x3c;",
        b"<x hx-get=/logout hx-trigger=load hx-on::load=alert(1)>",
        b"data-graph=\"{}\" data-live=\"all\"",
        b"\xef\xbc\x9cscript\xef\xbc\x9ealert(1)\xef\xbc\x9c/script\xef\xbc\x9e",
        // Terminals.
        b"\x1b[2J\x1b[31mred\x1b]0;owned\x07",
        b"\xc2\x9b31mred\xc2\x9d0;owned\xc2\x9c",
        b"\rroot logged in\x08\x08\x7f",
        // The direction of writing, and what cannot be seen.
        "gw\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}".as_bytes(),
        // Spreadsheets.
        b"=HYPERLINK(\"http://evil.example\",\"xem\")",
        b"+cmd|' /C calc'!A0",
        b"@SUM(1+9)*cmd|' /C calc'!A0",
        // Lines of other formats.
        b"gw\r\nBcc: evil@example.org\r\n\r\n<b>",
        b"gw\n{\"id\":1,\"action\":\"login\"}\nvillagenet_halls{state=\"up\"} 99",
        b"gw\"} 1\nevil_metric{a=\"\\",
        // Bytes that are no text.
        b"a\0b\0<script>alert(1)</script>",
        b"\xff\xfe\xc3\x28\xed\xa0\x80<script>alert(1)</script>",
    ];
    let long = b"<script>alert(1)</script>".repeat(150);
    let combining = "a\u{0301}\u{0302}\u{0303}\u{0304}".repeat(200).into_bytes();
    texts.iter().map(|text| text.to_vec()).chain([long, combining]).collect()
}

/// A device that says this everywhere. The last one says 60 KB as well.
async fn agent(payload: &[u8], is_last: bool) -> Agent {
    let text = || Snmp::Octets(payload.to_vec());
    let mut values = Values::router("gw", 3);
    for system in [1, 4, 5, 6] {
        values.set(&format!("1.3.6.1.2.1.1.{system}.0"), text());
    }
    for port in 1..=3 {
        values.set(&format!("1.3.6.1.2.1.31.1.1.1.18.{port}"), text());
    }
    values.set("1.3.6.1.2.1.2.2.1.2.2", text());
    values.set("1.3.6.1.2.1.31.1.1.1.1.2", text());
    let options = Options { community: COMMUNITY.to_owned(), ..Options::default() };
    let agent = Agent::start(values, options).await.unwrap();
    if is_last {
        agent.play(Fault::LongText(60_000));
    }
    agent
}

/// What greets with this instead of with SSH.
fn greeter(ip: IpAddr, greeting: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Whether the other one reads on is its affair.
            drop(stream.write_all(greeting));
        }
    });
    address
}

const GREETINGS: [&[u8]; 4] = [
    b"SSH-2.0-\x1b[2J<script>alert(1)</script>\r\n",
    b"\x1b]0;owned\x07<script>alert(1)</script>\r\nSSH-2.0-x\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n<script>alert(1)</script>",
    &[b'<'; 60_000],
];

/// The devices that are asked over SSH: address, and the fingerprint that is pinned, if any.
async fn over_ssh(payloads: &[Vec<u8>]) -> (Vec<ssh::Server>, Vec<(SocketAddr, String)>) {
    // No two devices share an address.
    let mut ips = (1..).map(|n| IpAddr::from([127, 0, 9, n]));
    let (mut servers, mut doors) = (Vec::new(), Vec::new());
    for payload in payloads.iter().step_by(6) {
        let said = payload.clone();
        let exec = Arc::new(move |_: &str| ssh::Output {
            stdout: [&said[..], b"\n"].concat(),
            stderr: said.clone(),
            ..ssh::Output::default()
        });
        let logins = vec![ssh::Login::password("root", "evil-device")];
        let listen = SocketAddr::new(ips.next().unwrap(), 0);
        let options = ssh::Options { listen, logins, ..ssh::Options::default() };
        let server = ssh::Server::start(options, exec).await.unwrap();
        doors.push((server.address(), server.fingerprint()));
        servers.push(server);
    }
    doors.extend(GREETINGS.into_iter().zip(ips).map(|(greeting, ip)| (greeter(ip, greeting), String::new())));
    (servers, doors)
}

/// As a person may have typed it into the inventory's file: that takes nothing invisible, and one line.
fn hall_name(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload);
    let text: String = text.chars().filter(|c| inventory::text::is_harmless(*c) && *c != '\n' && *c != '\t').collect();
    text.chars().take(100).collect()
}

/// Nothing that acts where text is read: no controls but line ends and tabs, nothing that turns or hides text.
fn assert_harmless(what: &str, text: &str) {
    let bad = text.chars().find(|c| !inventory::text::is_harmless(*c) && *c != '\r');
    assert_eq!(bad, None, "{what} has a character that acts");
}

async fn visited(serve: &Serve, name: &str) -> Value {
    wait_until(&format!("{name} has been visited"), LIMIT, async || {
        let device = serve.api.find("/api/v1/devices", "name", name).await?;
        (!device["last_visit"].is_null()).then_some(device)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_devices_say_acts_nowhere() {
    let payloads = payloads();
    assert_eq!(payloads.len(), 40);
    let (hook, mail) = (WebhookSink::start(), SmtpSink::start());
    let (_servers, doors) = over_ssh(&payloads).await;
    let mut home = Installation::new().log_level("trace,hyper=info,hyper_util=info,sqlx=info,russh=debug");
    home = home.brisk().snmp_v2c("snmp-hall", COMMUNITY).webhook(&hook.url()).mail(&mail.address());
    let password = home.secret_file("ssh.password", "evil-device");
    let mut ssh_rows = "device_name,hall_code,kind,address,poll,ssh,host_key\n".to_owned();
    for (n, (address, key)) in doors.iter().enumerate() {
        home = home.configure(&format!(
            "[credentials.ssh-{n}]\nkind = \"ssh\"\nuser = \"root\"\nport = {}\npassword_file = {password:?}",
            address.port()
        ));
        ssh_rows.push_str(&format!("ssh-{n},ev-00,other,{},ssh,ssh-{n},{key}\n", address.ip()));
    }
    let (mut village, mut agents) = (Village::default(), Vec::new());
    for (n, payload) in payloads.iter().enumerate() {
        let agent = agent(payload, n == payloads.len() - 1).await;
        let code = format!("ev-{n:02}");
        village = village.hall(&code, &hall_name(payload)).router(&code, &agent.address().to_string(), "snmp-hall");
        agents.push(agent);
    }
    let serve = home.serve().await;
    home.import(&village);
    let csv = home.file("ssh-devices.csv", &ssh_rows);
    home.command(&["inventory", "import", path_text(&csv)]).expect_success();

    let names = (0..payloads.len()).map(|n| format!("ev-{n:02}/gw"));
    let names: Vec<String> = names.chain((0..doors.len()).map(|n| format!("ev-00/ssh-{n}"))).collect();
    let mut pages = vec![
        json!({"name": "fleet", "path": "/", "shows": "<script>alert(1)</script>"}),
        json!({"name": "found", "path": "/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "shows": "<script>alert(1)</script>"}),
        json!({"name": "audit", "path": "/audit?actor=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "shows": "audit verify"}),
    ];
    let mut texts = Vec::new();
    for name in &names {
        let device = visited(&serve, name).await;
        let id = &device["id"];
        pages.push(
            json!({"name": name.replace('/', "-"), "path": format!("/devices/{id}"), "shows": name.rsplit('/').next()}),
        );
        texts.extend([
            format!("/devices/{id}"),
            format!("/api/v1/devices/{id}"),
            format!("/api/v1/devices/{id}/interfaces"),
        ]);
    }
    for n in (0..payloads.len()).step_by(5) {
        let shows = hall_name(&payloads[n]).split_whitespace().next().unwrap_or_default().to_owned();
        pages.push(json!({"name": format!("hall-{n:02}"), "path": format!("/halls/ev-{n:02}"), "shows": shows}));
    }
    let first = serve.api.find("/api/v1/devices", "name", "ev-00/gw").await.unwrap();
    let ports = serve.api.items(&format!("/api/v1/devices/{}/interfaces", first["id"])).await;
    let aliases: Vec<&str> = ports.iter().filter_map(|port| port["alias"].as_str()).collect();
    assert!(aliases.contains(&"<script>alert(1)</script>"), "the fixture reaches the records: {ports:?}");

    in_a_browser(&home, &serve, &pages).await;
    texts.extend(["/", "/audit", "/api/v1/halls?limit=500", "/api/v1/outages", "/api/v1/alerts"].map(str::to_owned));
    in_texts_and_files(&serve, &texts).await;
    in_messages(agents, &hook, &mail).await;
    assert_harmless("the log", &serve.log());
}

/// On a phone, in Vietnamese: no script runs, nothing is asked of anybody else, and no policy had to stop anything.
async fn in_a_browser(home: &Installation, serve: &Serve, pages: &[Value]) {
    let looks = json!([{"language": "vi", "scheme": "light", "width": 360}]);
    let mut person = home.user_add("ha", &["--role", "admin"]);
    person.log_in(&serve.api.anonymous()).await;
    let order = json!({
        "url": serve.api.url(), "username": person.name, "password": person.passphrase, "codes": person.recovery, "pages": pages, "looks": looks,
        "screenshots": Browser::screenshots(), "brief": true,
    });
    let told = Browser::ready().run("pages.mjs", &order);
    assert_eq!(told["visited"], json!(pages.len() + 2), "the two steps of the log-in and each page: {told}");
    let faults: Vec<String> = told["faults"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

async fn in_texts_and_files(serve: &Serve, texts: &[String]) {
    for path in texts {
        let text = serve.api.text(path).await;
        assert_harmless(path, &text);
        if !path.starts_with("/api/") {
            for markup in ["<script>", "<img", "<iframe", "<svg/", "<base", "<x hx-get"] {
                assert!(!text.contains(markup), "{path} has {markup} of somebody else");
            }
        }
    }
    for path in ["/api/v1/inventory/export?table=halls", "/api/v1/audit.csv"] {
        let text = serve.api.text(path).await;
        assert_harmless(path, &text);
        for begin in ["=HYPERLINK", "+cmd", "@SUM"] {
            for separator in [",", ",\"", "\n", "\n\""] {
                assert!(!text.contains(&format!("{separator}{begin}")), "{path} has a formula: {begin}");
            }
        }
    }
    let halls = serve.api.text("/api/v1/inventory/export?table=halls").await;
    assert!(halls.contains("'=HYPERLINK") && halls.contains("'+cmd") && halls.contains("'@SUM"), "{halls}");
    for path in ["/metrics", "/metrics/fleet"] {
        let text = serve.api.text(path).await;
        assert_harmless(path, &text);
        let is_ours = |line: &&str| ["#", "villagenet_", "process_"].iter().any(|begin| line.starts_with(begin));
        let strange: Vec<&str> = text.lines().filter(|line| !is_ours(line)).collect();
        assert!(strange.is_empty(), "{path}: {strange:?}");
        let halls_up = text.lines().filter(|line| line.starts_with("villagenet_halls{state=\"up\"}")).count();
        assert!(halls_up <= 1, "{path}: a device added a line");
    }
    for line in serve.api.text("/api/v1/audit.jsonl").await.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

/// All of them fall silent, and people are told of it.
async fn in_messages(agents: Vec<Agent>, hook: &WebhookSink, mail: &SmtpSink) {
    drop(agents);
    let posted = wait_until("somebody is told by webhook", LIMIT, async || hook.requests().into_iter().next()).await;
    let told = posted.json();
    let said = format!("{} {}", told["title"], told["body"]);
    assert!(said.contains("ev-0"), "it names halls: {said}");
    let mails =
        wait_until("somebody is told by mail", LIMIT, async || Some(mail.mails()).filter(|mails| !mails.is_empty()));
    for mail in mails.await {
        assert_harmless("a mail's subject", mail.header("subject").unwrap_or_default());
        assert_eq!(mail.header("bcc"), None, "a name added a header");
        assert_harmless("a mail", &mail.body);
    }
    for request in hook.requests() {
        for text in strings(&request.json()) {
            assert_harmless("a message", &text);
        }
    }
}

/// Every text in a JSON document.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
