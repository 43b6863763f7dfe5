//! The demo: what a stranger sees first, with a past, with faults, and with nothing left behind.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use villagenet_tests::demo::Demo;
use villagenet_tests::installation::villagenet;
use villagenet_tests::wait::{now, wait_for, wait_until};

/// Five times the bar of 60 s in which every device is asked.
const ALL_POLLED: Duration = Duration::from_secs(300);
/// Ten times the 28 s in which an outage is known.
const KNOWN: Duration = Duration::from_secs(280);
const GONE: Duration = Duration::from_secs(50);

#[tokio::test]
async fn a_demo_shows_37_halls_with_a_past_and_what_breaks_in_them() {
    let mut demo = Demo::start(&[]);
    let halls = demo.api.items("/api/v1/halls").await;
    assert_eq!(halls.len(), 37);
    let page = demo.api.text("/?lang=en").await;
    assert!(page.contains("Simulated data"), "the page does not say that it is simulated");

    let past = demo.api.items("/api/v1/outages").await;
    let (month_ago, day_ago) = (now().as_second() - 31 * 86_400, now().as_second() - 86_400);
    let start = |outage: &serde_json::Value| outage["start"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let old = past.iter().filter(|outage| start(outage).as_second() < day_ago);
    assert!(old.clone().count() > 50, "{} outages before the last day", old.count());
    assert!(past.iter().all(|outage| start(outage).as_second() > month_ago));

    wait_for("every device was read", ALL_POLLED, async || {
        let devices = demo.api.items("/api/v1/devices").await;
        assert!(devices.len() > 150, "{} devices", devices.len());
        devices.iter().all(|device| !device["last_visit"].is_null())
    })
    .await;

    // Traffic of last week, hour by hour, of a gateway.
    let device = demo.api.find("/api/v1/devices", "name", "dr-06/gw").await.expect("the sixth hall has a gateway");
    let id = device["id"].as_i64().unwrap();
    let from = jiff::Timestamp::from_second(now().as_second() - 5 * 86_400).unwrap();
    let ports = demo.api.items(&format!("/api/v1/devices/{id}/interfaces")).await;
    let mut known = 0;
    for port in &ports {
        let query = format!("metric=in_octets&interface={}&from={from}&step=7200", port["id"]);
        let series = demo.api.json(&format!("/api/v1/devices/{id}/series?{query}")).await;
        known = known.max(series["points"].as_array().unwrap().len());
    }
    assert!(known > 40, "{known} of 60 steps of two hours have traffic");
    assert_that_lines_add_up(&demo, &from.to_string()).await;

    // The timetable leaves halls with a battery alone, and this is one.
    let cut = demo.fault("line-cut", "dr-05", 600).await;
    let outage = wait_until("the hall is out, on the page too", KNOWN, async || {
        let open = demo.api.items("/api/v1/outages?open=true").await;
        let page = demo.api.text("/halls/dr-05?lang=en").await;
        open.into_iter().find(|outage| outage["hall"] == "dr-05" && page.contains("Down"))
    })
    .await;
    demo.mend(cut).await;
    wait_for("its outage has ended", KNOWN, async || {
        let ended = demo.api.json(&format!("/api/v1/outages/{}", outage["id"])).await;
        !ended["end"].is_null()
    })
    .await;
    wait_for("its cause is known", KNOWN, async || {
        let ended = demo.api.json(&format!("/api/v1/outages/{}", outage["id"])).await;
        ended["cause"] == "line" && ended["evidence"]["ran_on"].is_string()
    })
    .await;

    for is_second in [false, true] {
        let mine = demo.administrator(is_second).log_in(&demo.api.anonymous()).await;
        assert_eq!(mine.status("/api/v1/users").await, Some(200), "administrator, second: {is_second}");
    }

    let data = demo.data().to_owned();
    assert!(demo.has_simulator() && Path::new(&data).exists());
    assert!(demo.stop().is_some_and(|status| status.success()), "it did not end by itself when it was told to");
    wait_for("its fleet is gone", GONE, async || !demo.has_simulator()).await;
    assert!(!Path::new(&data).exists(), "{data} is left");
}

/// What passed over the lines of a commune is the sum of what passed over the line of each of its halls.
async fn assert_that_lines_add_up(demo: &Demo, from: &str) {
    let to = jiff::Timestamp::from_second(now().as_second() - 86_400).unwrap();
    let query = format!("metric=in_octets&from={from}&to={to}&points=40");
    let hall = demo.api.json("/api/v1/halls/dr-06").await;
    let halls = demo.api.items(&format!("/api/v1/halls?area={}", hall["area"]["id"])).await;
    let mut sums = std::collections::BTreeMap::<String, f64>::new();
    for hall in &halls {
        let line = demo.api.json(&format!("/api/v1/halls/{}/series?{query}", hall["code"].as_str().unwrap())).await;
        for point in line["points"].as_array().unwrap() {
            *sums.entry(point["at"].as_str().unwrap().to_owned()).or_default() += point["value"].as_f64().unwrap();
        }
    }
    let together = demo.api.json(&format!("/api/v1/areas/{}/series?{query}", hall["area"]["id"])).await;
    assert_eq!(together["halls"].as_u64(), Some(u64::try_from(halls.len()).unwrap()));
    let points = together["points"].as_array().unwrap();
    assert!(points.len() > 25 && points.len() <= 40 && points.len() == sums.len(), "{} steps", points.len());
    for point in points {
        let (value, sum) = (point["value"].as_f64().unwrap(), sums[point["at"].as_str().unwrap()]);
        // Members are added in another order.
        assert!((value - sum).abs() < 1e-6 * sum, "{point} beside {sum}");
    }
    let p95 = together["p95"].as_f64().unwrap();
    let above = points.iter().filter(|point| point["value"].as_f64().unwrap() > p95).count();
    assert_eq!(above, points.len() / 20, "{p95} is the 95th percentile");
    assert!(together["limit"].as_f64().unwrap() > 0.0 && together["trend"]["per_day"].is_f64(), "{together}");
}

#[tokio::test]
async fn a_fleet_does_not_outlive_a_demo_that_was_killed() {
    let mut demo = Demo::start(&["--halls", "3"]);
    assert!(demo.has_simulator());
    demo.kill();
    wait_for("its fleet is gone", GONE, async || !demo.has_simulator()).await;
}

#[tokio::test]
async fn a_demo_goes_on_in_a_folder_that_was_given() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("kept");
    let args = ["--halls", "3", "--data", data.to_str().unwrap()];
    let mut first = Demo::start(&args);
    let ids = |halls: Vec<serde_json::Value>| halls.into_iter().map(|hall| hall["code"].clone()).collect::<Vec<_>>();
    let halls = ids(first.api.items("/api/v1/halls").await);
    assert_eq!(halls.len(), 3);
    assert!(first.stop().is_some());
    let again = Demo::start(&args);
    assert_eq!(ids(again.api.items("/api/v1/halls").await), halls);
}

#[test]
fn a_demo_says_what_it_cannot_do() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let refused = villagenet(&["demo", "--listen", &address]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains(&address) && refused.stderr.contains("--listen 127.0.0.1:0"), "{}", refused.stderr);

    let refused = villagenet(&["demo", "--agents", "2", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("embedded agent"), "{}", refused.stderr);

    let real = tempfile::tempdir().unwrap();
    std::fs::write(real.path().join("villagenet.toml"), "log = \"info\"\n").unwrap();
    let refused = villagenet(&["demo", "--listen", "127.0.0.1:0", "--data", real.path().to_str().unwrap()]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("real installation"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(real.path().join("villagenet.toml")).unwrap(), "log = \"info\"\n");
}
