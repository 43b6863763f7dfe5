//! Samples are sent on to the stores that Debian has, and nothing is missing there after an outage or a power cut.

use std::collections::BTreeMap;
use std::time::Duration;

use fleetsim::snmp::{Agent, Options, Values};
use jiff::Timestamp;
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::remote_store::{Kind, RemoteStore};
use villagenet_tests::village::Village;
use villagenet_tests::wait::{now, stays, wait_for, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

const SOON: Duration = Duration::from_secs(120);
/// The steps in which both sides are compared, in seconds.
const STEP: i64 = 5;

/// An installation that asks one device each second and sends on to `url`.
fn home(url: &str, more: &str) -> Installation {
    let home = Installation::new().brisk().snmp_v2c("hall", "public");
    home.configure(&format!("[remote_write]\nurl = {url:?}\nlabels = {{ site = \"Lâm Hà\" }}\n{more}"))
}

async fn device(serve: &Serve) -> i64 {
    let found = wait_until("the device is known", SOON, async || {
        serve.api.find("/api/v1/devices", "name", "dr-01/gw").await.and_then(|device| device["id"].as_i64())
    });
    found.await
}

/// How many values the product has of a metric of the device, and their mean, by steps.
async fn ours(api: &Api, device: i64, metric: &str, from: i64, to: i64) -> BTreeMap<i64, (u64, f64)> {
    let [from, to] = [from, to].map(|second| Timestamp::from_second(second).unwrap());
    let path = format!("/api/v1/devices/{device}/series?metric={metric}&from={from}&to={to}&step={STEP}");
    let series = api.json(&path).await;
    let point = |point: &serde_json::Value| {
        let at: Timestamp = point["at"].as_str().unwrap().parse().unwrap();
        (at.as_second(), (point["count"].as_u64().unwrap(), point["avg"].as_f64().unwrap()))
    };
    series["points"].as_array().unwrap_or_else(|| panic!("no points in {series}")).iter().map(point).collect()
}

/// The same of the other store.
async fn theirs(store: &RemoteStore, selector: &str, from: i64, to: i64) -> BTreeMap<i64, (u64, f64)> {
    let mut steps: BTreeMap<i64, (u64, f64)> = BTreeMap::new();
    for series in store.kept(selector).await {
        for (at_ms, value) in series.samples {
            if (from * 1000..to * 1000).contains(&at_ms) {
                let step = steps.entry(at_ms.div_euclid(1000 * STEP) * STEP).or_default();
                *step = (step.0 + 1, step.1 + value);
            }
        }
    }
    steps.into_iter().map(|(at, (count, sum))| (at, (count, sum / count as f64))).collect()
}

fn is_same(ours: &BTreeMap<i64, (u64, f64)>, theirs: &BTreeMap<i64, (u64, f64)>, unit: f64) -> bool {
    let close = |a: f64, b: f64| (a * unit - b).abs() <= 1e-9 * b.abs().max(1.0);
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|((at, (count, mean)), (their_at, (their_count, their_mean)))| {
            at == their_at && count == their_count && close(*mean, *their_mean)
        })
}

async fn nothing_is_missing_after_an_outage_and_a_power_cut(kind: Kind) {
    let agent = Agent::start(Values::router("gw", 3), Options::default()).await.unwrap();
    let mut store = RemoteStore::start(kind);
    let mut home = home(&store.write_url(), "");
    let mut serve = home.serve().await;
    home.import(&Village::of_one(&agent.address().to_string(), "hall"));
    let from = now().as_second() / STEP * STEP;
    let gw = device(&serve).await;

    let ports = wait_until("the ports arrive", SOON, async || {
        Some(store.kept("villagenet_speed_bits_per_second").await).filter(|found| found.len() == 3)
    })
    .await;
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut seen: Vec<_> = ports.iter().map(|port| port.labels.clone()).collect();
    seen.sort();
    for (port, labels) in ["ether1", "ether2", "ether3"].into_iter().zip(seen) {
        let expected = BTreeMap::from([
            label("__name__", "villagenet_speed_bits_per_second"),
            label("area", "24937"),
            label("device", "gw"),
            label("hall", "dr-01"),
            label("interface", port),
            label("site", "Lâm Hà"),
        ]);
        assert_eq!(labels, expected);
    }
    for port in &ports {
        assert!(port.samples.values().all(|speed| *speed == 100e6), "{port:?}");
    }

    store.stop();
    let known = async |serve: &Serve, from: i64| -> u64 {
        let to = now().as_second() + 60;
        ours(&serve.api, gw, "rtt_seconds", from, to).await.values().map(|(count, _)| count).sum()
    };
    let stopped = now().as_second() / STEP * STEP;
    wait_for("samples come in while the receiver is away", SOON, async || known(&serve, stopped).await >= 10).await;
    wait_for("what waits is told", SOON, async || {
        serve.api.metric("villagenet_remote_write_waiting_bytes", &[]).await.is_some_and(|bytes| bytes > 0.0)
    })
    .await;
    serve.kill();
    let mut serve = home.serve().await;
    let killed = now().as_second() / STEP * STEP;
    wait_for("samples come in after the power cut", SOON, async || known(&serve, killed).await >= 8).await;
    store.start_again();
    // Killed while it catches up, or shortly after it has.
    serve.kill();
    serve = home.serve().await;
    let again = (now().as_second() / STEP + 1) * STEP;
    wait_for("samples come in once more", SOON, async || known(&serve, again).await >= 8).await;
    let to = now().as_second() / STEP * STEP;
    for (metric, selector, unit) in [
        ("rtt_seconds", "villagenet_rtt_seconds", 1.0),
        ("reachable", "villagenet_reachable", 1.0),
        ("uptime_centiseconds", "villagenet_uptime_seconds", 0.01),
    ] {
        wait_for(&format!("all of {metric} has arrived"), SOON, async || {
            let mine = ours(&serve.api, gw, metric, from, to).await;
            let there = theirs(&store, selector, from, to).await;
            assert!(!mine.is_empty());
            is_same(&mine, &there, unit)
        })
        .await;
    }
    let octets = store.kept("villagenet_in_octets_total{interface=\"ether2\"}").await;
    let visits = store.kept("villagenet_oper_up{interface=\"ether2\"}").await;
    assert_eq!((octets.len(), visits.len()), (1, 1));
    let times = |series: &[villagenet_tests::remote_store::Kept]| series[0].samples.keys().copied().collect::<Vec<_>>();
    assert_eq!(times(&octets), times(&visits), "each visit read both");
    let counts: Vec<f64> = octets[0].samples.values().copied().collect();
    assert!(counts[0] >= 2000.0 && counts.is_sorted_by(|a, b| a < b), "a counter is sent as it was read: {counts:?}");
    assert_eq!(serve.api.metric("villagenet_remote_write_samples_total", &["result=\"dropped\""]).await, Some(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn victoria_metrics_has_all_after_an_outage_and_a_power_cut() {
    nothing_is_missing_after_an_outage_and_a_power_cut(Kind::VictoriaMetrics).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_has_all_after_an_outage_and_a_power_cut() {
    nothing_is_missing_after_an_outage_and_a_power_cut(Kind::Prometheus).await;
}

async fn samples(serve: &Serve, result: &str) -> f64 {
    let label = format!("result={result:?}");
    serve.api.metric("villagenet_remote_write_samples_total", &[&label]).await.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_refuses_holds_nothing_up_and_one_that_is_broken_loses_nothing() {
    let agent = Agent::start(Values::router("gw", 1), Options::default()).await.unwrap();
    let sink = WebhookSink::start();
    sink.answer(400);
    let file = "t0ken-of-the-receiver";
    let mut home = home(&sink.url(), "bearer_token_file = \"token\"");
    home.secret_file("token", file);
    let serve = home.serve().await;
    home.import(&Village::of_one(&agent.address().to_string(), "hall"));
    wait_for("samples are refused", SOON, async || samples(&serve, "refused").await >= 10.0).await;
    let request = sink.requests()[0].clone();
    assert_eq!(request.line, "POST /hook");
    for (name, value) in [
        ("content-encoding", "snappy"),
        ("content-type", "application/x-protobuf"),
        ("x-prometheus-remote-write-version", "0.1.0"),
        ("authorization", "Bearer t0ken-of-the-receiver"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("VillageNet/")));
    assert_eq!(samples(&serve, "sent").await, 0.0);

    sink.answer(503);
    wait_for("its trouble is logged", SOON, async || serve.log().contains("takes no samples")).await;
    let refused = samples(&serve, "refused").await;
    stays("nothing is given up", Duration::from_secs(5), async || samples(&serve, "refused").await == refused).await;
    sink.answer(204);
    wait_for("samples are taken", SOON, async || samples(&serve, "sent").await >= 10.0).await;
    wait_for("nothing waits for long", SOON, async || {
        serve.api.metric("villagenet_remote_write_lag_seconds", &[]).await.is_some_and(|age| age < 3.0)
    })
    .await;
    assert!(serve.log().contains("HTTP 400") && !serve.log().contains(file), "{}", serve.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_said_before_anything_starts() {
    let home = Installation::new().configure("[remote_write]\nurl = \"ftp://example.vn/\"\nlabels = { hall = \"x\" }");
    let ended = home.command(&["check"]);
    assert_eq!(ended.code, Some(64), "{}", ended.text());
    assert!(
        ended.text().contains("remote_write.url") && ended.text().contains("remote_write.labels.hall"),
        "{}",
        ended.text()
    );
}
