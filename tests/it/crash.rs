//! kill -9 at any moment: what was acknowledged is stored, once, and the controller is ready again at once.
#![expect(clippy::disallowed_types, reason = "the keeper is started as a program")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use agent_api::Position;
use controller::link::EMBEDDED;
use controller::series::{Opening, Series, Window};
use controller::store::Db;
use fleetsim::snmp::{Agent, Options, Values};
use inventory::clock::{Clock as _, SystemClock};
use inventory::id::DeviceId;
use inventory::metric::{Metric, SeriesKey};
use jiff::Timestamp;
use villagenet_tests::draw::{Draw, seed};
use villagenet_tests::installation::Installation;
use villagenet_tests::packed;
use villagenet_tests::process::Process;
use villagenet_tests::village::Village;
use villagenet_tests::wait::wait_until;

/// Ten times the bar of 3 s.
const READY: Duration = Duration::from_secs(30);
const LIMIT: Duration = Duration::from_secs(100);

/// Epochs of following lives lie so far apart, in milliseconds: more than the batches that one life can send.
const APART: u64 = 100_000;

/// A keeper that runs, and what it prints.
struct Keeper {
    process: Process,
    lines: Receiver<String>,
    started: Instant,
}

impl Keeper {
    fn start(home: &Installation, epoch: Option<u64>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keeper"));
        command.arg(home.config_file()).arg(home.data()).args(epoch.map(|epoch| epoch.to_string()));
        Keeper::of(&mut command, &home.data().with_file_name("keeper.log"))
    }

    fn of(command: &mut Command, log: &Path) -> Self {
        let started = Instant::now();
        let (process, stdout) = Process::start_piped("keeper", command, log);
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)));
        });
        Keeper { process, lines, started }
    }

    fn wait_ready(&self) -> Duration {
        let line = self.lines.recv_timeout(READY).expect("the keeper is ready in time");
        assert!(line.starts_with("ready"), "{line}");
        self.started.elapsed()
    }

    /// Kills it and gives the last batch that it acknowledged.
    fn kill(mut self) -> u64 {
        self.process.kill();
        let lines = self.lines.iter();
        lines.filter_map(|line| line.strip_prefix("acked ").map(|seq| seq.parse().unwrap())).last().unwrap_or(0)
    }
}

/// The two stores of an installation, opened while nothing runs.
struct Stores {
    db: Db,
    series: Series,
}

impl Stores {
    async fn open(home: &Installation) -> Self {
        let db = Db::open_sqlite(&home.data().join("villagenet.db")).await.unwrap();
        let (series, _) = Series::open(&home.data().join("series.db"), Timestamp::UNIX_EPOCH).await.unwrap();
        Stores { db, series }
    }

    /// How many samples each device has of the batches of an epoch: one for each batch, if each was stored once.
    async fn count(&self, devices: &[DeviceId], epoch: u64) -> Vec<u64> {
        let at = |ms: u64| Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap();
        let window = Window::new(at(epoch), at(epoch + APART), Duration::from_secs(10)).unwrap();
        let key = |device: &DeviceId| SeriesKey {
            device: *device,
            interface: None,
            part: None,
            metric: Metric::RttSeconds,
            width: None,
        };
        let keys: Vec<SeriesKey> = devices.iter().map(key).collect();
        let lines = self.series.range(&keys, &window).await.unwrap();
        lines.iter().map(|line| line.points.iter().map(|point| point.count).sum()).collect()
    }

    async fn close(self) {
        self.series.close().await;
        self.db.close().await;
    }
}

/// A hall with five devices that nobody asks: the keeper's agent tells of them.
async fn home_of_five() -> (Installation, Vec<DeviceId>) {
    let home = Installation::new().snmp_v2c("hall", "public");
    let mut village = Village::of_one("127.0.0.1:1", "hall");
    for (port, name) in [(2, "ap1"), (3, "ap2"), (4, "sw"), (5, "cam")] {
        village = village.device(name, "dr-01", "access_point", &format!("127.0.0.1:{port}"), "gw", "hall");
    }
    home.import(&village);
    let db = Db::open_sqlite(&home.data().join("villagenet.db")).await.unwrap();
    let devices = db.fleet_load().await.unwrap().fleet.devices().map(|device| device.id).collect();
    db.close().await;
    (home, devices)
}

#[expect(clippy::print_stdout, reason = "how soon it is ready again is a figure people ask for")]
async fn nothing_acknowledged_is_lost(kills: u64) {
    let mut draw = Draw::new(seed());
    let (home, devices) = home_of_five().await;
    // Whole tens of seconds, so that steps of windows do not mix epochs.
    let now_s = u64::try_from(SystemClock.now().as_second()).unwrap();
    let first = (now_s / 10 * 10 - kills * APART / 1000 - 100) * 1000;
    let (mut stored, mut acknowledged, mut slowest) = (BTreeMap::new(), 0, Duration::ZERO);
    for life in 0..kills {
        let epoch = first + life * APART;
        let keeper = Keeper::start(&home, Some(epoch));
        // One in four is killed while it starts, on what the one before it left.
        if draw.percent(75) {
            slowest = slowest.max(keeper.wait_ready());
            tokio::time::sleep(Duration::from_millis(draw.below(700))).await;
        } else {
            tokio::time::sleep(Duration::from_millis(draw.below(120))).await;
        }
        let acked = keeper.kill();
        acknowledged += acked;
        let stores = Stores::open(&home).await;
        assert_eq!(stores.db.check().await.unwrap(), None, "records, life {life}");
        assert_eq!(stores.series.check().await.unwrap(), None, "samples, life {life}");
        let watermark = stores.series.watermark(EMBEDDED).await.unwrap();
        if let Some(Position { epoch, seq }) = watermark {
            stored.insert(epoch, seq);
        }
        let here = stored.get(&epoch).copied().unwrap_or(0);
        assert!(here >= acked, "life {life}: {acked} batches were acknowledged and {here} are stored");
        for (epoch, batches) in &stored {
            let counts = stores.count(&devices, *epoch).await;
            assert!(counts.iter().all(|count| count == batches), "epoch {epoch}: {counts:?} of {batches} batches");
        }
        let judged = stores.db.judged().await.unwrap().get(EMBEDDED).copied();
        assert!(judged <= watermark, "judged {judged:?} before it was stored: {watermark:?}");
        stores.close().await;
    }
    println!("kills {kills}, batches acknowledged {acknowledged}, stored {}", stored.values().sum::<u64>());
    println!("ready_after_kill_s {:.2}", slowest.as_secs_f64());
    assert!(acknowledged > kills, "only {acknowledged} batches were acknowledged: that was no load");

    let keeper = Keeper::start(&home, None);
    keeper.wait_ready();
    let stores = Stores::open(&home).await;
    let watermark = stores.series.watermark(EMBEDDED).await.unwrap();
    wait_until("all that is stored is judged", LIMIT, async || {
        let judged = stores.db.judged().await.unwrap().get(EMBEDDED).copied();
        let is_kept = stores.series.unjudged_agents().await.unwrap().contains(&EMBEDDED.to_owned());
        (judged == watermark && !is_kept).then_some(())
    })
    .await;
    stores.close().await;
    keeper.kill();
}

#[tokio::test]
async fn after_20_kills_under_load_nothing_acknowledged_is_lost_or_doubled() {
    nothing_acknowledged_is_lost(20).await;
}

#[tokio::test]
#[ignore = "long: 50 kills"]
async fn after_50_kills_under_load_nothing_acknowledged_is_lost_or_doubled() {
    nothing_acknowledged_is_lost(50).await;
}

/// What comes in is packed at once, over and over.
#[expect(clippy::print_stdout, reason = "how much was under way is a figure people ask for")]
async fn nothing_packed_is_lost(kills: u64) {
    let mut draw = Draw::new(seed());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("series.db");
    let mut acknowledged = 0;
    for life in 0..kills {
        let mut command = Command::new(env!("CARGO_BIN_EXE_packer"));
        let keeper = Keeper::of(command.arg(&file), &dir.path().join("packer.log"));
        if draw.percent(75) {
            keeper.wait_ready();
        }
        tokio::time::sleep(Duration::from_millis(draw.below(700))).await;
        acknowledged = keeper.kill().max(acknowledged);
        let (series, opening) = Series::open(&file, Timestamp::UNIX_EPOCH).await.unwrap();
        assert!(!matches!(opening, Opening::MovedAside { .. }), "life {life}: {opening:?}");
        assert_eq!(series.check().await.unwrap(), None, "life {life}");
        let stored = series.watermark(packed::AGENT).await.unwrap().map_or(0, |position| position.seq);
        assert!(stored >= acknowledged, "life {life}: {acknowledged} were acknowledged and {stored} are stored");
        packed::assert_holds(&series, stored).await;
        series.close().await;
    }
    println!("kills while packing {kills}, batches acknowledged {acknowledged}");
    assert!(acknowledged > kills, "only {acknowledged} batches were acknowledged: that was no load");
}

#[tokio::test]
async fn after_10_kills_while_samples_are_packed_none_is_lost_or_doubled() {
    nothing_packed_is_lost(10).await;
}

#[tokio::test]
#[ignore = "long: 150 kills"]
async fn after_150_kills_while_samples_are_packed_none_is_lost_or_doubled() {
    nothing_packed_is_lost(150).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "how soon it is ready again is a figure people ask for")]
async fn killed_while_it_polls_a_fleet_it_serves_pages_again_at_once() {
    let mut draw = Draw::new(seed());
    let mut agents = Vec::new();
    let mut home = Installation::new()
        .configure("[polling]\nreach_interval_s = 1\nvisit_interval_s = 5")
        .snmp_v2c("hall", "public");
    let mut village = Village::default();
    for hall in 1..=30 {
        let agent = Agent::start(Values::router(&format!("gw-{hall}"), 8), Options::default()).await.unwrap();
        let code = format!("dr-{hall:02}");
        village = village.hall(&code, "Nhà văn hoá").router(&code, &agent.address().to_string(), "hall");
        agents.push(agent);
    }
    let mut serve = home.serve().await;
    home.import(&village);
    let all_up = async |serve: &villagenet_tests::installation::Serve| {
        wait_until("all halls are up", LIMIT, async || {
            let halls = serve.api.items("/api/v1/halls").await;
            (halls.len() == 30 && halls.iter().all(|hall| hall["state"] == "up")).then_some(())
        })
        .await;
    };
    all_up(&serve).await;
    let mut slowest = Duration::ZERO;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(500 + draw.below(3000))).await;
        serve.kill();
        let began = Instant::now();
        serve = home.serve().await;
        slowest = slowest.max(began.elapsed());
        assert_eq!(serve.api.status("/").await, Some(200));
        assert_eq!(serve.api.items("/api/v1/halls").await.len(), 30);
    }
    println!("ready_after_kill_serve_s {:.2}", slowest.as_secs_f64());
    all_up(&serve).await;
    assert!(serve.stop().is_some_and(|status| status.success()), "{}", serve.log());
    home.command(&["check"]).expect_success();
}
