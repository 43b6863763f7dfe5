//! TLS as people meet it: a certificate made here or brought along, exchanged while everything goes on; clients that
//! leave out the `s`, dawdle, or say that they come from somewhere else.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use reqwest::{Method, Version};
use sha2::{Digest as _, Sha256};
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::wait::wait_for;

/// Ten times as long as `serve` takes at most to look for a new certificate, and to give up a client that dawdles.
const LIMIT: Duration = Duration::from_secs(100);

fn address(serve: &Serve) -> SocketAddr {
    let (_, address) = serve.api.url().split_once("://").unwrap();
    address.parse().unwrap()
}

/// What a client that writes `text` and then waits gets, until the server ends the connection.
fn answer(serve: &Serve, text: &str) -> String {
    let mut stream = TcpStream::connect(address(serve)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn header<'a>(response: &'a reqwest::Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn a_certificate_is_made_at_first_start_and_its_fingerprint_is_told() {
    let mut home = Installation::new().configure("tls = \"self-signed\"");
    std::fs::create_dir(home.data()).unwrap();
    home.command(&["check"]).expect_success();
    assert!(!home.data().join("tls").exists(), "looking makes none");
    let mut serve = home.serve().await;
    let url = serve.api.url().to_owned();
    assert!(url.starts_with("https://"), "{url}");
    let response = serve.api.send(Method::GET, "/api/v1/halls", "application/json").await.expect("it is trusted");
    assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_2));
    assert_eq!(header(&response, "strict-transport-security"), "max-age=31536000");

    let told = serve.tls_fingerprint.clone().expect("told");
    let pem = std::fs::read_to_string(home.data().join("tls/self-signed.pem")).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64).unwrap();
    let hex: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(told, hex.join(":"), "as browsers show it");
    assert!(home.command(&["check"]).text().contains(&told), "{}", home.command(&["check"]).text());
    let mode = home.data().join("tls/self-signed.key").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    serve.stop();
    let serve = home.serve().await;
    assert_eq!(serve.tls_fingerprint, Some(told), "it is made once");
}

#[tokio::test]
async fn who_leaves_out_the_s_is_told() {
    let mut home = Installation::new().configure("tls = \"self-signed\"");
    let serve = home.serve().await;
    let host = address(&serve);
    let moved = answer(&serve, &format!("GET /halls/dr-01?lang=en HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert!(moved.starts_with("HTTP/1.1 308 "), "{moved}");
    assert!(moved.contains(&format!("location: https://{host}/halls/dr-01?lang=en\r\n")), "{moved}");
    for refused in [
        format!("POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
    ] {
        let told = answer(&serve, &refused);
        assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("use https"), "{refused}: {told}");
        assert!(!told.contains("evil.example"), "{told}");
    }
}

fn put_pair(home: &Installation, certificate: &str, key: &str) {
    // As certbot does it: whole files in place of whole files.
    home.file("cert.new", certificate);
    home.secret_file("key.new", key);
    let dir = home.config_file().parent().unwrap().to_owned();
    std::fs::rename(dir.join("key.new"), dir.join("key.pem")).unwrap();
    std::fs::rename(dir.join("cert.new"), dir.join("cert.pem")).unwrap();
}

fn pair() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["127.0.0.1".to_owned(), "villagenet.example".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_new_certificate_is_served_without_a_restart_and_a_broken_one_is_not() {
    let mut home = Installation::new().configure("[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"");
    let (old, new) = (pair(), pair());
    put_pair(&home, &old.0, &old.1);
    let serve = home.serve().await;
    let good = async || serve.api.metric("villagenet_tls_certificate_good", &["files"]).await;
    assert_eq!(good().await, Some(1.0));
    let at = address(&serve);
    let by_name = reqwest::Client::builder().resolve("villagenet.example", at);
    let by_name = by_name.tls_certs_only([reqwest::Certificate::from_pem(old.0.as_bytes()).unwrap()]).build().unwrap();
    let response = by_name.get(format!("https://villagenet.example:{}/readyz", at.port())).send().await.unwrap();
    assert_eq!(response.status(), 200, "the names of the certificate are ours");

    put_pair(&home, &new.0, &old.1);
    wait_for("the broken pair is told of", LIMIT, async || good().await == Some(0.0)).await;
    assert!(serve.log().contains("the old one goes on"), "{}", serve.log());
    let check = home.command(&["check"]);
    assert!(check.code != Some(0) && check.text().contains("were both files replaced"), "{}", check.text());

    put_pair(&home, &new.0, &new.1);
    let renewed = serve.api.clone().trusting(new.0.as_bytes());
    wait_for("the new one is served", LIMIT, async || renewed.status("/readyz").await == Some(200)).await;
    let stranger = serve.api.clone().trusting(old.0.as_bytes());
    assert_eq!(stranger.status("/readyz").await, None, "and to nobody the old one");
    assert_eq!(renewed.metric("villagenet_tls_certificate_good", &["files"]).await, Some(1.0));
}

#[tokio::test]
async fn a_certificate_that_is_not_there_is_a_fault_of_the_configuration() {
    let home = Installation::new().configure("[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"");
    let ended = home.command(&["serve"]);
    assert_eq!(ended.code, Some(64), "{}", ended.text());
    assert!(ended.text().contains("cert.pem cannot be read"), "{}", ended.text());
}

/// Clients that begin and do not go on: with the handshake, and with the head of a request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_dawdle_are_given_up_and_nobody_else_waits_for_them() {
    for (tls, beginning) in [("self-signed", &b"\x16\x03\x01"[..]), ("off", b"GET / HTTP/1.1\r\nHo")] {
        let mut home = Installation::new().configure(&format!("tls = {tls:?}"));
        let serve = home.serve().await;
        let begun = |_| {
            let mut stream = TcpStream::connect(address(&serve)).unwrap();
            stream.set_read_timeout(Some(LIMIT)).unwrap();
            stream.write_all(beginning).unwrap();
            stream
        };
        let dawdlers: Vec<TcpStream> = (0..300).map(begun).collect();
        let asked = Instant::now();
        assert_eq!(serve.api.status("/readyz").await, Some(200));
        assert!(asked.elapsed() < Duration::from_secs(5), "{tls}: the others waited {:?}", asked.elapsed());
        for mut stream in dawdlers {
            // Closed, by the end of the stream or by a reset; a timeout is another error.
            let mut rest = Vec::new();
            if let Err(error) = stream.read_to_end(&mut rest) {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{tls}");
            }
        }
    }
}

/// A body that never ends, of somebody who did not log in: he says a byte now and then for as long as he may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_whose_body_drips_is_given_up() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let (mut stream, begun) = (TcpStream::connect(address(&serve)).unwrap(), Instant::now());
    let host = serve.api.url().trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 10000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The first write after the end of the other side is answered by a reset, the second one fails.
    while stream.write_all(b"x").is_ok() {
        assert!(begun.elapsed() < LIMIT, "it is still listened to");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(serve.api.status("/readyz").await, Some(200));
}

#[tokio::test]
async fn a_proxy_that_does_not_say_for_whom_it_asks_opens_no_metrics() {
    let mut home = Installation::new().configure("proxies = [\"127.0.0.1\"]");
    let serve = home.serve().await;
    for path in ["/metrics", "/metrics/fleet"] {
        assert_eq!(serve.api.anonymous().status(path).await, Some(401), "{path}: it says nothing");
        for said in ["", "unknown", "127.0.0.1", "127.0.0.2", "::1", "203.0.113.7, unknown"] {
            let request = serve.api.anonymous().request(Method::GET, path).header("x-forwarded-for", said);
            assert_eq!(request.send().await.unwrap().status(), 401, "{path} {said:?}");
        }
        assert_eq!(serve.api.status(path).await, Some(200), "{path}: a token opens it");
    }
}

#[tokio::test]
async fn only_configured_proxies_say_where_a_request_came_from() {
    let asked = async |home: &mut Installation, forwarded: &[&str]| {
        let serve = home.serve().await;
        let mut seen = Vec::new();
        for value in forwarded {
            let request = serve.api.anonymous().request(Method::GET, "/metrics").header("x-forwarded-for", *value);
            let response = request.header("x-forwarded-proto", "https").send().await.unwrap();
            let is_strict = response.headers().contains_key("strict-transport-security");
            seen.push((response.status().as_u16(), is_strict));
        }
        seen
    };
    let forwarded = ["203.0.113.7", "203.0.113.7, 198.51.100.1", "198.51.100.1"];
    let mut direct = Installation::new().configure("metrics_allow = [\"203.0.113.0/24\"]");
    assert_eq!(asked(&mut direct, &forwarded).await, [(401, false); 3], "nobody is a proxy");
    let lines = "metrics_allow = [\"203.0.113.0/24\"]\nproxies = [\"127.0.0.1\"]";
    let mut proxied = Installation::new().configure(lines);
    assert_eq!(asked(&mut proxied, &forwarded).await, [(200, true), (401, true), (401, true)]);
}

#[tokio::test]
async fn requests_under_way_are_finished_when_serve_ends() {
    let mut home = Installation::new().configure("tls = \"self-signed\"");
    let mut serve = home.serve().await;
    let events = serve.api.send(Method::GET, "/events", "text/event-stream").await.unwrap();
    assert_eq!(events.status(), 200);
    let ended = serve.stop().expect("gone in time, although somebody listens");
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn pages_are_packed_and_what_may_hold_a_secret_is_not() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let packed = async |method: Method, path: &str| {
        let request = serve.api.request(method, path).header("accept-encoding", "gzip, br");
        let response = request.header("accept", "text/html").send().await.unwrap();
        let encoding = header(&response, "content-encoding").to_owned();
        (encoding, response.bytes().await.unwrap().to_vec())
    };
    let (encoding, bytes) = packed(Method::GET, "/").await;
    assert_eq!((encoding.as_str(), &bytes[..2]), ("gzip", &[0x1f, 0x8b][..]), "the magic of RFC 1952");
    let whole = serve.api.request(Method::GET, "/").header("accept", "text/html").send().await.unwrap();
    assert_eq!(header(&whole, "content-encoding"), "");
    assert!(header(&whole, "vary").contains("accept-encoding"), "{:?}", whole.headers());
    assert!(whole.bytes().await.unwrap().len() > 2 * bytes.len());
    assert_eq!(packed(Method::GET, "/api/v1/openapi.json").await.0, "gzip");
    assert_eq!(packed(Method::POST, "/login").await.0, "", "answers to a POST may show something once");
    let events = serve.api.request(Method::GET, "/events").header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(header(&events, "content-encoding"), "", "events come at once");
}
