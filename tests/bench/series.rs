//! How small samples lie on the disk and how soon they are read: our store, a plain SQLite table and victoria-metrics on
//! the same samples.
//!
//! The mix, of each device each minute, all 24 series read at one time that jitters by a fifth of a second:
//!
//! | series | how they go |
//! |---|---|
//! | 6 | octets of three busy ports, in and out: a day's curve with noise |
//! | 4 | octets of two idle ports: as they are |
//! | 1 | latency in microseconds: a line's own, noise, now and then a spike |
//! | 1 | uptime in hundredths of a second, with the jitter |
//! | 1 | CPU in hundredths of a per cent: noise |
//! | 1 | memory in hundredths of a per cent: wanders |
//! | 1 | clients of the Wi-Fi: wanders slowly by the day's curve |
//! | 1 | whether it answers: nearly always |
//! | 5 | whether a port is up: as it is |
//! | 3 | errors of the busy ports: one now and then |
//!
//! So 10 of 24 change every minute and 6 of 24 are busy octet counters. Everything on the disk counts: index, hours and
//! days, the log after a checkpoint.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use agent_api::{Batch, Observation, Position, Seen, Visit, VisitDepth};
use controller::series::{Across, RateAsk, Series, Window};
use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::reading::{Count, CounterWidth, InterfaceReading, Reading};
use jiff::Timestamp;
use sqlx::{Connection as _, SqliteConnection};

use crate::Wanted;
use crate::figure::Figure;

pub(crate) const NAMES: [&str; 7] = [
    "series_bytes_per_sample",
    "series_vs_plain_table",
    "series_vs_victoriametrics",
    "ingest_samples_per_s",
    "query_year_ms",
    "query_month_commune_ms",
    "ingest_after_a_year_vs_new",
];

const MINUTES: i64 = 1440;
const DAY_MS: i64 = MINUTES * 60_000;
const DAYS: i64 = 30;
const YEAR: i64 = 365;
/// Minutes that are packed at once.
const PACKED: i64 = 120;
/// Midnight of a Monday.
const START_MS: i64 = 1_763_942_400_000;
const LONGEST: Duration = Duration::from_secs(180);

/// Numbers from a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// One device of the mix, minute by minute.
struct Device {
    id: DeviceId,
    chance: Chance,
    octets: [i64; 10],
    errors: [i64; 3],
    memory: i64,
    clients: i64,
}

/// Series in the order in which [`Device::minute`] gives their values.
fn keys(device: DeviceId) -> Vec<SeriesKey> {
    let of = |interface: Option<i64>, metric, width| SeriesKey {
        device,
        interface: interface.map(|nth| InterfaceId(device.0 * 10 + nth)),
        part: None,
        metric,
        width,
    };
    let wide = Some(CounterWidth::Bits64);
    let mut keys = Vec::new();
    for port in 0..5 {
        keys.push(of(Some(port), Metric::InOctets, wide));
        keys.push(of(Some(port), Metric::OutOctets, wide));
    }
    keys.extend((0..3).map(|port| of(Some(port), Metric::InErrors, wide)));
    keys.extend((0..5).map(|port| of(Some(port), Metric::OperUp, None)));
    keys.push(of(None, Metric::RttSeconds, None));
    keys.push(of(None, Metric::UptimeCentiseconds, wide));
    let rest = [Metric::CpuPercent, Metric::MemoryUsedPercent, Metric::WifiClients, Metric::Reachable];
    keys.extend(rest.map(|metric| of(None, metric, None)));
    keys
}

impl Device {
    fn new(id: i64) -> Device {
        let mut chance = Chance(id.unsigned_abs() * 7919);
        let octets = std::array::from_fn(|_| (chance.next() >> 30).cast_signed());
        Device { id: DeviceId(id), chance, octets, errors: [0; 3], memory: 4_500, clients: 3 }
    }

    /// The time of a visit, and every value.
    fn minute(&mut self, minute: i64) -> (i64, Vec<i64>) {
        let chance = &mut self.chance;
        let jitter = (chance.share() * 400.0) as i64 - 200;
        let at = START_MS + minute * 60_000 + 30_000 + jitter;
        // Quiet at night, busy in the evening.
        let hour = (minute % MINUTES) as f64 / 60.0;
        let busy = 0.08 + 0.92 * (-((hour - 20.0) / 3.5).powi(2)).exp();
        for (nth, octets) in self.octets.iter_mut().take(6).enumerate() {
            let most = if nth % 2 == 0 { 60e6 } else { 9e6 };
            *octets += (most * busy * (0.4 + 1.2 * chance.share())) as i64;
        }
        let port = (chance.next() % 3) as usize;
        self.errors[port] += i64::from(chance.share() < 0.002);
        self.memory += (chance.share() * 21.0) as i64 - 10;
        self.clients =
            (self.clients + i64::from(chance.share() < 0.15 * busy) - i64::from(chance.share() < 0.1)).max(0);
        let spike = if chance.share() < 0.01 { 40_000.0 * chance.share() } else { 0.0 };
        let rtt = 8_000.0 + 400.0 * (chance.share() + chance.share() - 1.0) + spike;
        let cpu = 300.0 + 2_500.0 * busy + 600.0 * chance.share();
        let is_there = i64::from(chance.share() >= 0.0005);
        let uptime = (minute + 5_000) * 6_000 + jitter / 10;
        let mut values = self.octets.to_vec();
        values.extend(self.errors);
        values.extend([1, 1, 1, 0, 0, rtt as i64, uptime, cpu as i64, self.memory, self.clients, is_there]);
        (at, values)
    }

    fn minutes(&mut self, minutes: std::ops::Range<i64>) -> Vec<(SeriesKey, Sample)> {
        let keys = keys(self.id);
        let mut samples = Vec::with_capacity(keys.len() * (minutes.end - minutes.start) as usize);
        for minute in minutes {
            let (at, values) = self.minute(minute);
            let at = time(at);
            samples.extend(keys.iter().zip(values).map(|(key, value)| (*key, Sample { at, value })));
        }
        samples
    }

    fn day(&mut self, day: i64) -> Vec<(SeriesKey, Sample)> {
        self.minutes(day * MINUTES..(day + 1) * MINUTES)
    }
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

/// Everything that a folder holds, in bytes.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let one = |entry: std::fs::DirEntry| {
        let about = entry.metadata().unwrap();
        if about.is_dir() { size(&entry.path()) } else { about.len() }
    };
    entries.map(one).sum()
}

pub(crate) fn measure(wanted: &Wanted) -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut figures = Vec::new();
        if wanted.any(&[NAMES[0], NAMES[1], NAMES[2], NAMES[5]]) {
            figures.extend(size_of_a_month(wanted).await);
        }
        if wanted.any(&[NAMES[3], NAMES[4], NAMES[6]]) {
            figures.extend(year_and_ingest(wanted).await);
        }
        figures
    })
}

fn most(nth: usize, value: f64, unit: &'static str, bar: f64) -> Figure {
    Figure::new(NAMES[nth], value, unit).at_most(Some(bar))
}

/// 30 days of the mix in all three.
async fn size_of_a_month(wanted: &Wanted) -> Vec<Figure> {
    let devices = if wanted.is_long { 200 } else { 20 };
    let folder = tempfile::tempdir().unwrap();
    let places = ["ours", "plain", "victoria"].map(|name| folder.path().join(name));
    places.iter().for_each(|place| std::fs::create_dir(place).unwrap());
    let [ours, plain, victoria] = &places;
    let (series, _) = Series::open(&ours.join("series.db"), time(START_MS)).await.unwrap();
    let mut table = match wanted.any(&[NAMES[1]]) {
        true => Some(Plain::open(&plain.join("plain.db")).await),
        false => None,
    };
    let peer = wanted.any(&[NAMES[2]]).then(|| Victoria::start(victoria));
    let mut all: Vec<Device> = (1..=devices).map(Device::new).collect();
    let mut count = 0_u64;
    for nth in 0..DAYS * MINUTES / PACKED {
        let minutes = nth * PACKED..(nth + 1) * PACKED;
        for device in &mut all {
            let samples = device.minutes(minutes.clone());
            count += samples.len() as u64;
            series.backfill(&samples).await.unwrap();
            if let Some(table) = &mut table {
                table.insert(&samples).await;
            }
            if let Some(peer) = &peer {
                peer.import(&samples).await;
            }
        }
        // As the controller does, a quarter of an hour after each two hours.
        series.seal(time(START_MS + (minutes.end + 15) * 60_000)).await.unwrap();
        series.roll(LONGEST, u32::MAX).await.unwrap();
    }
    let month = month_of_a_commune(&series).await;
    series.close().await;
    let per_sample = |folder: &Path| size(folder) as f64 / count as f64;
    let ours = per_sample(ours);
    println!("{count} samples of {devices} devices in {DAYS} days: ours {ours:.3} bytes a sample");
    let mut figures = vec![most(0, ours, "bytes", 1.5), most(5, month, "ms", 50.0)];
    if let Some(table) = table {
        table.close().await;
        let plain = per_sample(plain);
        println!("a plain table {plain:.1} bytes a sample");
        figures.push(most(1, ours / plain, "x", 1.0 / 15.0));
    }
    if let Some(peer) = peer {
        peer.finish().await;
        let theirs = per_sample(victoria);
        println!("victoria-metrics {theirs:.3} bytes a sample");
        figures.push(most(2, ours / theirs, "x", 1.2));
    }
    figures
}

/// The bandwidth of 60 ports together over the month, by the hour. The best of three: the first fills the cache.
async fn month_of_a_commune(series: &Series) -> f64 {
    let ports = (1..=20).flat_map(|device| (0..3).map(move |port| (DeviceId(device), InterfaceId(device * 10 + port))));
    let ports = ports.collect();
    let window = Window::new(time(START_MS), time(START_MS + DAYS * DAY_MS), Duration::from_secs(3600)).unwrap();
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let began = Instant::now();
        let line = series.rates_together(&ports, Metric::InOctets, window, LONGEST, Across::Sum).await.unwrap();
        best = best.min(began.elapsed().as_secs_f64() * 1000.0);
        assert!(line.len() > 700 && line.iter().all(|step| step.members == 60), "{} steps", line.len());
    }
    best
}

/// A store with a year of one device, and one without a past.
async fn year_and_ingest(wanted: &Wanted) -> Vec<Figure> {
    let folder = tempfile::tempdir().unwrap();
    let open = async |name| Series::open(&folder.path().join(name), time(START_MS)).await.unwrap().0;
    let (old, new) = (open("old.db").await, open("new.db").await);
    let mut figures = Vec::new();
    if wanted.any(&[NAMES[4], NAMES[6]]) {
        let mut device = Device::new(1);
        for day in 0..YEAR {
            old.backfill(&device.day(day)).await.unwrap();
            old.seal(time(START_MS + (day + 1) * DAY_MS + 3_600_000)).await.unwrap();
            old.roll(LONGEST, u32::MAX).await.unwrap();
        }
    }
    if wanted.any(&[NAMES[4]]) {
        figures.push(most(4, year(&old).await, "ms", 20.0));
    }
    if wanted.any(&[NAMES[3], NAMES[6]]) {
        let rate = ingest(&new, 0).await;
        figures.push(Figure::new(NAMES[3], rate, "/s").at_least(500_000.0));
        if wanted.any(&[NAMES[6]]) {
            figures.push(Figure::new(NAMES[6], ingest(&old, YEAR * MINUTES).await / rate, "x").at_least(0.8));
        }
    }
    old.close().await;
    new.close().await;
    figures
}

/// Batches of a minute of 200 devices, with what their agent told besides, each on the disk before the next; what they
/// mean is judged at once. Samples a second.
async fn ingest(series: &Series, first_minute: i64) -> f64 {
    const MOST: Duration = Duration::from_secs(10);
    let mut all: Vec<Device> = (1..=200).map(Device::new).collect();
    let all_keys: Vec<Vec<SeriesKey>> = all.iter().map(|device| keys(device.id)).collect();
    let (mut count, mut taken) = (0, Duration::ZERO);
    for minute in 0.. {
        let (mut samples, mut observations) = (Vec::new(), Vec::new());
        for (device, keys) in all.iter_mut().zip(&all_keys) {
            let (at, values) = device.minute(first_minute + minute);
            observations.push(observation(device.id, at, &values));
            samples.extend(keys.iter().zip(values).map(|(key, value)| (*key, Sample { at: time(at), value })));
        }
        let position = Position { epoch: 1, seq: minute.unsigned_abs() + 1 };
        let batch = Batch { position, observations: observations.into() };
        let began = Instant::now();
        series.append("bench", &batch, &samples, time(START_MS)).await.unwrap();
        series.forget_judged("bench", position).await.unwrap();
        taken += began.elapsed();
        // The first makes the series.
        if minute == 0 {
            taken = Duration::ZERO;
        } else {
            count += samples.len();
        }
        if taken >= MOST {
            break;
        }
    }
    count as f64 / taken.as_secs_f64()
}

/// A visit as an agent tells of it.
fn observation(device: DeviceId, at_ms: i64, values: &[i64]) -> Observation {
    let count = |nth: usize| Some(Count { value: values[nth].unsigned_abs(), width: CounterWidth::Bits64 });
    let port = |nth: usize| InterfaceReading {
        index: nth as u32 + 1,
        name: format!("ether{}", nth + 1),
        speed_bps: Some(1_000_000_000),
        is_oper_up: Some(values[13 + nth] == 1),
        in_octets: count(2 * nth),
        out_octets: count(2 * nth + 1),
        ..InterfaceReading::default()
    };
    let reading = Reading { interfaces: (0..5).map(port).collect(), ..Reading::default() };
    let visit = Visit::read("snmp2c", VisitDepth::Counters, Duration::ZERO, Duration::ZERO, reading);
    Observation { device: device.0, at_ms, seen: Seen::Visit(Box::new(visit)) }
}

/// A year of one port at 1,000 points. The best of three, in milliseconds.
async fn year(series: &Series) -> f64 {
    let step = Duration::from_millis((YEAR * DAY_MS / 1000).unsigned_abs());
    let window = Window::new(time(START_MS), time(START_MS + YEAR * DAY_MS), step).unwrap();
    let ask =
        RateAsk { device: DeviceId(1), interface: InterfaceId(10), metric: Metric::InOctets, window, longest: LONGEST };
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let began = Instant::now();
        let line = series.rates(&ask).await.unwrap();
        best = best.min(began.elapsed().as_secs_f64() * 1000.0);
        assert!(line.points.len() >= 1000, "{} points", line.points.len());
    }
    best
}

/// `(series, ts, value)` with the index that makes it readable.
struct Plain {
    on: SqliteConnection,
    keys: std::collections::BTreeMap<SeriesKey, i64>,
}

impl Plain {
    async fn open(path: &Path) -> Plain {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
        let mut on = SqliteConnection::connect_with(&options).await.unwrap();
        for text in [
            "CREATE TABLE sample (series INTEGER, ts INTEGER, value INTEGER)",
            "CREATE INDEX sample_of ON sample (series, ts)",
        ] {
            sqlx::query(text).execute(&mut on).await.unwrap();
        }
        Plain { on, keys: Default::default() }
    }

    async fn insert(&mut self, samples: &[(SeriesKey, Sample)]) {
        let rows: Vec<(i64, i64, i64)> = samples
            .iter()
            .map(|(key, sample)| {
                let next = self.keys.len() as i64;
                (*self.keys.entry(*key).or_insert(next), sample.at.as_millisecond(), sample.value)
            })
            .collect();
        let rows = serde_json::to_string(&rows).unwrap();
        let text = "INSERT INTO sample SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1)";
        sqlx::query(text).bind(rows).execute(&mut self.on).await.unwrap();
    }

    async fn close(mut self) {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.on).await.unwrap();
        self.on.close().await.unwrap();
    }
}

/// Debian's victoria-metrics on a free port.
struct Victoria {
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Victoria {
    fn start(folder: &Path) -> Victoria {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("victoria-metrics")
            .args([format!("-storageDataPath={}", folder.display()), format!("-httpListenAddr=127.0.0.1:{port}")])
            .arg("-retentionPeriod=10y")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Victoria { process, url: format!("http://127.0.0.1:{port}"), client }
    }

    async fn post(&self, path: &str, body: Vec<u8>) {
        for _ in 0..100 {
            let sent = self.client.post(format!("{}{path}", self.url)).body(body.clone()).send().await;
            match sent {
                Ok(response) => {
                    assert!(response.status().is_success(), "{}", response.status());
                    return;
                }
                // It is starting.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("victoria-metrics does not answer at {}", self.url);
    }

    async fn import(&self, samples: &[(SeriesKey, Sample)]) {
        let mut by_key: std::collections::BTreeMap<SeriesKey, (Vec<f64>, Vec<i64>)> = Default::default();
        for (key, sample) in samples {
            let (values, times) = by_key.entry(*key).or_default();
            values.push(sample.value as f64 / key.metric.scale());
            times.push(sample.at.as_millisecond());
        }
        let mut body = Vec::new();
        for (key, (values, timestamps)) in by_key {
            let interface = key.interface.map_or(String::new(), |id| id.0.to_string());
            let metric = serde_json::json!({
                "__name__": key.metric.as_str(), "device": key.device.0.to_string(), "interface": interface,
            });
            let line = serde_json::json!({ "metric": metric, "values": values, "timestamps": timestamps });
            writeln!(body, "{line}").unwrap();
        }
        self.post("/api/v1/import", body).await;
    }

    /// Everything on the disk, merged as it is after a while.
    async fn finish(mut self) {
        self.post("/internal/force_flush", Vec::new()).await;
        self.post("/internal/force_merge", Vec::new()).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap();
    }
}
