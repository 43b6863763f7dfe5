//! How soon a demo shows something, and what the controller takes once nobody looks.

use std::time::{Duration, Instant};

use villagenet_tests::demo::Demo;
use villagenet_tests::wait::wait_for;

use crate::Wanted;
use crate::cpu;
use crate::figure::Figure;

pub(crate) const NAMES: [&str; 4] =
    ["demo_ready_s", "demo_polled_s", "controller_rss_mib_37", "controller_cpu_percent_37"];

/// Bound against hanging.
const POLLED_MAX: Duration = Duration::from_secs(600);
/// After the last request of anybody.
const REST: Duration = Duration::from_secs(300);
/// Long enough for each device to be visited twice.
const MEASURED: Duration = Duration::from_secs(120);

pub(crate) fn measure(wanted: &Wanted) -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(show(wanted))
}

async fn show(wanted: &Wanted) -> Vec<Figure> {
    let figure = |nth: usize, value, unit, bar| Figure::new(NAMES[nth], value, unit).at_most(Some(bar));
    let began = Instant::now();
    let demo = Demo::start(&[]);
    let ready = began.elapsed();
    let began = Instant::now();
    wait_for("every device was polled", POLLED_MAX, async || {
        let devices = demo.api.items("/api/v1/devices").await;
        assert!(devices.len() > 100, "{} devices", devices.len());
        devices.iter().all(|device| !device["last_visit"].is_null())
    })
    .await;
    let mut figures =
        vec![figure(0, ready.as_secs_f64(), "s", 5.0), figure(1, began.elapsed().as_secs_f64(), "s", 60.0)];
    if wanted.any(&NAMES[2..]) {
        let (controller, simulator) = (demo.pid(), demo.simulator_pid());
        let used = || [controller, simulator].map(cpu::of);
        tokio::time::sleep(REST).await;
        let (before, began) = (used(), Instant::now());
        tokio::time::sleep(MEASURED).await;
        let (after, took) = (used(), began.elapsed());
        let [percent, beside] = [0, 1].map(|nth| 100.0 * (after[nth] - before[nth]).div_duration_f64(took));
        println!("  the simulator beside it: {:.1} MiB, {beside:.2} %", cpu::resident_mib(simulator));
        figures.push(figure(2, cpu::resident_mib(controller), "MiB", 60.0));
        figures.push(figure(3, percent, "%", 3.0));
    }
    figures
}
