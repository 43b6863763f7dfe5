//! The disk fills up under a running controller: nothing breaks, alerts go on while there is any room, and when there is
//! room again all goes on without a restart.

use std::time::Duration;

use controller::series::{Series, Window};
use fleetsim::snmp::{Agent, Options, Values};
use inventory::clock::{Clock as _, SystemClock};
use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Metric, SeriesKey};
use jiff::Timestamp;
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::small_disk::SmallDisk;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{wait_for, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

const LIMIT: Duration = Duration::from_secs(300);
const DISK_MIB: u64 = 48;

struct Rig {
    home: Installation,
    disk: SmallDisk,
    serve: Serve,
    agents: Vec<Agent>,
}

/// Two halls with a router each, on an installation whose data folder is a disk of its own.
async fn rig(hook: &WebhookSink) -> Rig {
    let mut home = Installation::new().brisk().snmp_v2c("hall", "public").webhook(&hook.url());
    let disk = SmallDisk::mount(&home.data(), DISK_MIB);
    let mut village = Village::default();
    let mut agents = Vec::new();
    for code in ["dr-01", "dr-02"] {
        let agent = Agent::start(Values::router(code, 4), Options::default()).await.unwrap();
        village = village.hall(code, "Nhà văn hoá").router(code, &agent.address().to_string(), "hall");
        agents.push(agent);
    }
    let serve = home.serve().await;
    home.import(&village);
    wait_for("both halls are up and were visited", LIMIT, async || {
        let halls = serve.api.items("/api/v1/halls").await;
        halls.iter().filter(|hall| hall["state"] == "up").count() == 2 && visits(&serve).await >= 2.0
    })
    .await;
    Rig { home, disk, serve, agents }
}

async fn visits(serve: &Serve) -> f64 {
    serve.api.metric("villagenet_polls_total", &["result=\"ok\""]).await.unwrap_or(0.0)
}

async fn page(serve: &Serve) -> String {
    serve.api.text("/?lang=vi").await
}

/// How many samples of a quantity of the first device lie in each step of a stretch of time.
async fn counts(home: &Installation, key: SeriesKey, from: Timestamp, to: Timestamp, step: Duration) -> Vec<u64> {
    let (series, _) = Series::open(&home.data().join("series.db"), Timestamp::UNIX_EPOCH).await.unwrap();
    let window = Window::new(from, to, step).unwrap();
    let lines = series.range(&[key], &window).await.unwrap();
    series.close().await;
    lines[0].points.iter().map(|point| point.count).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_disk_that_is_nearly_full_samples_wait_alerts_go_on_and_nothing_is_missing_afterwards() {
    let hook = WebhookSink::start();
    let Rig { home, disk, mut serve, mut agents } = rig(&hook).await;
    disk.fill_but(DISK_MIB * 1024 * 1024 * 7 / 100);
    let says_so = async || page(&serve).await.contains("Ổ đĩa của máy chủ đã dùng 9");
    wait_for("pages say that the disk is nearly full", LIMIT, says_so).await;
    let login = serve.api.anonymous().text("/login?lang=vi").await;
    assert!(!login.contains("Ổ đĩa của máy chủ"), "strangers are told of the disk");
    let held_from = SystemClock.now();
    let free = serve.api.metric("villagenet_disk_free_bytes", &[]).await.unwrap();
    let size = serve.api.metric("villagenet_disk_size_bytes", &[]).await.unwrap();
    assert!(free < size * 0.1 && size > 40e6, "{free} of {size}");
    let check = home.command(&["check"]);
    assert!(check.code == Some(1) && check.stdout.contains("the disk is 9"), "{}", check.text());
    // What was under way when the agent was told.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = visits(&serve).await;

    drop(agents.pop());
    let told = wait_until("an outage is told all the same", LIMIT, async || hook.accepted().first().cloned()).await;
    assert!(told["status"] == "firing" && told.to_string().contains("dr-02"), "{told}");
    // Readings of the device that answers were kept back; the one that does not answer is failed to be read.
    assert_eq!(visits(&serve).await, before, "readings were stored on a disk that is nearly full");
    let held_to = SystemClock.now();
    // Ports are numbered as devices are visited, whichever comes first.
    let port = serve.api.items("/api/v1/devices/1/interfaces").await[0]["id"].as_i64().unwrap();

    disk.free();
    wait_for("what was kept back arrives", LIMIT, async || visits(&serve).await >= before + 3.0).await;
    wait_for("pages say nothing any more", LIMIT, async || !page(&serve).await.contains("Ổ đĩa của máy chủ")).await;
    assert!(serve.stop().is_some_and(|status| status.success()), "{}", serve.log());
    let port = SeriesKey {
        device: DeviceId(1),
        interface: Some(InterfaceId(port)),
        part: None,
        metric: Metric::OperUp,
        width: None,
    };
    // A reading every 5 s, less what is drawn by lot; on a busy machine some come late.
    let kept = counts(&home, port, held_from, held_to, Duration::from_secs(5)).await;
    let seconds = held_to.duration_since(held_from).as_secs();
    let readings: u64 = kept.iter().sum();
    assert!(readings * 10 >= u64::try_from(seconds).unwrap(), "{readings} readings in {seconds} s were kept back");
    home.command(&["check"]).expect_success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_at_ten_points_breaks_nothing_and_all_goes_on_without_a_restart() {
    let hook = WebhookSink::start();
    let Rig { home, disk, mut serve, agents } = rig(&hook).await;
    let viewer = home.user_add("viewer", &["--role", "viewer"]);
    let began = SystemClock.now();
    let said_full = |serve: &Serve| serve.log().matches("is full").count();
    for pages in [0, 1, 2, 3, 4, 5, 6, 8, 10, 12] {
        let before = said_full(&serve);
        disk.fill_but(pages * 4096);
        wait_for("the log says what is full", LIMIT, async || said_full(&serve) > before).await;
        assert_eq!(serve.api.status("/").await, Some(200), "with {pages} pages left");
        assert_eq!(serve.api.items("/api/v1/halls").await.len(), 2);
        // A log-in is written down; where there is no room for that it says so and nobody comes in unseen.
        let status = serve.api.anonymous().log_in(&viewer).await;
        assert!(matches!(status, Some(303 | 507)), "{status:?} with {pages} pages left");
        let stored = serve.api.metric("villagenet_samples_total", &[]).await.unwrap();
        disk.free();
        wait_for("samples are stored again", LIMIT, async || {
            serve.api.metric("villagenet_samples_total", &[]).await > Some(stored + 4.0)
                && serve.api.anonymous().status("/readyz").await == Some(200)
        })
        .await;
    }
    let ended = SystemClock.now();
    assert!(serve.log().contains("free some space"), "nobody is told what to do: {}", serve.log());
    assert!(serve.stop().is_some_and(|status| status.success()), "{}", serve.log());
    drop(agents);
    home.command(&["check"]).expect_success();
    let reachable =
        SeriesKey { device: DeviceId(1), interface: None, part: None, metric: Metric::Reachable, width: None };
    let step = Duration::from_secs(10);
    let kept = counts(&home, reachable, began, ended, step).await;
    let steps = Window::new(began, ended, step).unwrap();
    let whole = steps.to().duration_since(steps.from()).as_secs() / 10;
    assert_eq!(i64::try_from(kept.len()).unwrap(), whole, "a step of 10 s is without an answer: {kept:?}");
}
