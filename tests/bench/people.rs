//! What it costs to know who asks: many who log in at once beside those who work, the check of a session in a province,
//! and whether the time of a refusal tells if an account exists.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Client, StatusCode};
use serde_json::json;
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::person::Person;

use crate::Wanted;
use crate::cpu;
use crate::figure::Figure;

pub(crate) const NAMES: [&str; 5] =
    ["login_others_p99_ms", "login_rss_over_mib", "login_rss_kept_mib", "session_check_ms", "login_unknown_gap_ms"];

/// Who log in at once. Each fifth has an account; for the others the same work is done.
const CROWD: u8 = 200;
/// Log-ins from one address: more would be throttled.
const FROM_ONE: u8 = 8;
/// Villages of the province.
const HALLS: usize = 1_367;
const COMMUNES: usize = 124;
/// Requests per kind for a median.
const ASKED: usize = 2_000;
/// Accounts, and names that nobody has, for the medians; each is tried as often as nobody is throttled.
const TRIED: u8 = 34;
const TRIES: u8 = 3;
/// Memory is back after that.
const BACK: Duration = Duration::from_secs(60);

pub(crate) fn measure(wanted: &Wanted) -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut home = Installation::new();
        let serve = home.serve().await;
        let mut figures = Vec::new();
        if wanted.any(&NAMES[..3]) {
            figures.extend(crowd(&home, &serve).await);
        }
        if wanted.any(&NAMES[3..4]) {
            figures.push(figure(3, session_check(&home, &serve).await, "ms", Some(1.0)));
        }
        if wanted.any(&NAMES[4..]) {
            figures.push(figure(4, unknown_gap(&home, &serve).await, "ms", Some(5.0)));
        }
        figures
    })
}

fn figure(nth: usize, value: f64, unit: &'static str, bar: Option<f64>) -> Figure {
    Figure::new(NAMES[nth], value, unit).at_most(bar)
}

/// A browser at another address of this machine.
fn client_at(last: u8) -> Client {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 1, last));
    Client::builder().local_address(address).timeout(Duration::from_secs(300)).build().unwrap()
}

async fn log_in(client: &Client, url: &str, name: &str, passphrase: &str) -> StatusCode {
    let order = json!({"username": name, "password": passphrase}).to_string();
    let request = client.post(format!("{url}/api/v1/login")).header(CONTENT_TYPE, "application/json").body(order);
    request.send().await.unwrap().status()
}

async fn crowd(home: &Installation, serve: &Serve) -> [Figure; 3] {
    let people: Vec<Person> = (0..CROWD)
        .map(|n| match n % 5 {
            0 => home.user_add(&format!("viewer{n}"), &["--role", "viewer"]),
            _ => Person::new(&format!("nobody{n}"), "not a pass phrase of anybody"),
        })
        .collect();
    let (url, pid) = (serve.api.url().to_owned(), serve.pid());
    let before = cpu::resident_mib(pid);
    let began = Instant::now();
    let log_ins: Vec<_> = people
        .into_iter()
        .zip(0..CROWD)
        .map(|(person, n)| {
            let url = url.clone();
            tokio::spawn(
                async move { log_in(&client_at(1 + n / FROM_ONE), &url, &person.name, &person.passphrase).await },
            )
        })
        .collect();
    let (mut took, mut peak) = (Vec::new(), before);
    while log_ins.iter().any(|log_in| !log_in.is_finished()) {
        let asked = Instant::now();
        assert_eq!(serve.api.status("/api/v1/halls").await, Some(200));
        took.push(asked.elapsed());
        peak = peak.max(cpu::resident_mib(pid));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let took_in_all = began.elapsed();
    let mut let_in = 0;
    for log_in in log_ins {
        match log_in.await.unwrap() {
            StatusCode::OK => let_in += 1,
            StatusCode::UNAUTHORIZED => {}
            other => panic!("{other}: the throttle is not what is measured"),
        }
    }
    assert_eq!(let_in, CROWD / 5, "who has an account gets in");
    println!("  {CROWD} log-ins took {:.1} s, {} requests beside them", took_in_all.as_secs_f64(), took.len());
    tokio::time::sleep(BACK).await;
    let kept = cpu::resident_mib(pid) - before;
    [
        figure(0, milliseconds(at(&mut took, 0.99)), "ms", Some(500.0)),
        figure(1, peak - before, "MiB", Some(160.0)),
        figure(2, kept, "MiB", Some(16.0)),
    ]
}

/// The same path as somebody of one commune and as nobody: what lies between is the check.
async fn session_check(home: &Installation, serve: &Serve) -> f64 {
    let mut halls = "hall_code,hall_name,area_code,area_name\n".to_owned();
    for n in 0..HALLS {
        let commune = n % COMMUNES;
        halls.push_str(&format!("h-{n:04},Nhà sinh hoạt cộng đồng thôn {n},{},Xã {commune}\n", 20_000 + commune));
    }
    let file = home.file("province.csv", &halls);
    home.command(&["inventory", "import", file.to_str().unwrap()]).expect_success();
    let mut person = home.user_add("commune", &["--role", "viewer", "--area", "20007"]);
    let mine = person.log_in(&serve.api.anonymous()).await;
    assert_eq!(mine.items("/api/v1/halls").await.len(), HALLS / COMMUNES, "and no other's");
    let client = client_at(1);
    let address = format!("{}/api/v1/nowhere", serve.api.url());
    let (mut known, mut nobody) = (Vec::new(), Vec::new());
    for _ in 0..ASKED {
        for (took, cookie, status) in [(&mut known, mine.cookie(), 404), (&mut nobody, "a=b", 401)] {
            let request = client.get(&address).header(COOKIE, cookie);
            let began = Instant::now();
            let response = request.send().await.unwrap();
            took.push(began.elapsed());
            assert_eq!(response.status(), status);
        }
    }
    milliseconds(at(&mut known, 0.5)) - milliseconds(at(&mut nobody, 0.5))
}

/// The distance of the medians.
async fn unknown_gap(home: &Installation, serve: &Serve) -> f64 {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..TRIED {
        let name = format!("gap{n}");
        home.user_add(&name, &["--role", "viewer"]);
        let client = client_at(100 + n);
        for _ in 0..TRIES {
            for (took, name) in [(&mut known, name.as_str()), (&mut unknown, &format!("none{n}"))] {
                let began = Instant::now();
                assert_eq!(log_in(&client, serve.api.url(), name, "not the pass phrase").await, 401);
                took.push(began.elapsed());
            }
        }
    }
    let (known, unknown) = (milliseconds(at(&mut known, 0.5)), milliseconds(at(&mut unknown, 0.5)));
    println!("  refused after {known:.1} ms where there is an account, {unknown:.1} ms where there is none");
    (known - unknown).abs()
}

fn at(took: &mut [Duration], part: f64) -> Duration {
    took.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a length")]
    let nth = (took.len() as f64 * part) as usize;
    took[nth.min(took.len() - 1)]
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
