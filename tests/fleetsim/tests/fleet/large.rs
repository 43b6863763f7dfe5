//! What a fleet costs. Figures are printed; bounds are ten times what is hoped for.

use std::time::{Duration, Instant};

use fleetsim::village::{Fault, Fleet, Options, Target};

/// 24 November 2026, 20:00 in Vietnam.
const EVENING: i64 = 1_795_525_200;

fn options(halls: usize) -> Options {
    Options { halls, ..Options::at(jiff::Timestamp::from_second(EVENING).unwrap()) }
}

/// From /proc/self/status, in MiB.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// What this process has used, in hundredths of a second (proc_pid_stat(5), fields 14 and 15).
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

async fn idle_percent() -> f64 {
    let before = ticks();
    tokio::time::sleep(Duration::from_secs(3)).await;
    (ticks() - before) as f64 / 3.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_fleet_of_37_halls_costs_next_to_nothing() {
    let before = resident_mib();
    let started = Instant::now();
    let fleet = Fleet::start(options(37)).await.unwrap();
    let (start, idle) = (started.elapsed(), idle_percent().await);
    println!(
        "37 halls: {} devices, start {start:?}, {} MiB more, {idle:.1} % of a core",
        fleet.states().len(),
        resident_mib() - before
    );
    assert!(idle < 20.0, "{idle}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 1,367 halls"]
async fn a_fleet_of_1367_halls_starts_and_breaks() {
    let before = resident_mib();
    let started = Instant::now();
    let fleet = Fleet::start(options(1367)).await.unwrap();
    let start = started.elapsed();
    let idle = idle_percent().await;
    let broken = Instant::now();
    fleet.begin(Fault::UplinkCut, Target::from("x050"), None).unwrap();
    println!(
        "1,367 halls: {} devices, start {start:?}, {} MiB more, {idle:.1} % of a core, a fault {:?}",
        fleet.states().len(),
        resident_mib() - before,
        broken.elapsed()
    );
    let lost = fleet.states().values().filter(|(is_reached, _)| !is_reached).count();
    assert!((40..80).contains(&lost), "{lost}");
    assert!(resident_mib() - before < 2000);
    assert!(idle < 20.0, "{idle}");
}
