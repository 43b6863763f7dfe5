//! The way of one number: from a real device over SNMP through agent, link, store and API to a graph.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use villagenet_tests::api::Api;
use villagenet_tests::installation::Installation;
use villagenet_tests::snmpd::{Snmpd, USERS};
use villagenet_tests::village::Village;
use villagenet_tests::wait::{now, wait_for, wait_until};

const SOON: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_imported_device_is_polled_and_its_numbers_are_served() {
    let snmpd = Snmpd::start("hall-read");
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community());
    let serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));

    let device = device_in_state(&serve.api, "dr-01/gw", "up").await;
    let id = device["id"].as_i64().unwrap_or_else(|| panic!("no id in {device}"));
    let interfaces = wait_until("the interfaces are known", SOON, async || {
        let found = serve.api.items(&format!("/api/v1/devices/{id}/interfaces")).await;
        (!found.is_empty()).then_some(found)
    })
    .await;
    let lo = interfaces.iter().find(|interface| interface["name"] == "lo");
    let lo = lo.unwrap_or_else(|| panic!("no interface lo among {interfaces:?}"))["id"].clone();

    let rate = wait_until("lo has a rate", SOON, async || {
        known_values(&serve.api, id, &format!("metric=in_octets&interface={lo}")).await.last().copied()
    })
    .await;
    assert!(rate > 0.0, "polling itself goes over lo, and yet its rate is {rate}");
    let uptime = wait_until("the uptime is known", SOON, async || {
        known_values(&serve.api, id, "metric=uptime_centiseconds").await.last().copied()
    })
    .await;
    assert!((0.0..600.0 * 100.0).contains(&uptime), "an agent that has just started says {uptime}");

    let polls = serve.api.metric("villagenet_polls_total", &["result=\"ok\""]).await;
    assert!(polls.is_some_and(|polls| polls >= 1.0), "villagenet_polls_total is {polls:?}");
    // Gauges are set every few seconds.
    wait_for("the hall is counted as up", SOON, async || {
        serve.api.metric("villagenet_halls", &["state=\"up\""]).await == Some(1.0)
    })
    .await;
    let up = serve.api.text("/metrics/fleet").await;
    assert!(up.contains("villagenet_device_up{") && up.contains("dr-01"), "{up}");
}

#[tokio::test]
async fn devices_are_read_over_snmp_v3() {
    let snmpds = USERS.map(|_| Snmpd::start("hall-read"));
    let mut home = Installation::new().brisk();
    let mut village = Village::default().hall("dr-01", "Nhà sinh hoạt cộng đồng thôn Suối Thông B1");
    for (user, snmpd) in USERS.into_iter().zip(&snmpds) {
        home = home.snmp_v3(user.0, user);
        village = village.device(user.0, "dr-01", "router", &snmpd.address(), "", user.0);
    }
    let serve = home.serve().await;
    home.import(&village);
    for (user, ..) in USERS {
        let device = device_in_state(&serve.api, &format!("dr-01/{user}"), "up").await;
        let id = device["id"].as_i64().unwrap_or_else(|| panic!("no id in {device}"));
        wait_for("its uptime is known", SOON, async || {
            !known_values(&serve.api, id, "metric=uptime_centiseconds").await.is_empty()
        })
        .await;
        let visit = &serve.api.json(&format!("/api/v1/devices/{id}")).await["last_visit"];
        assert_eq!((&visit["protocol"], &visit["result"]), (&"snmp3".into(), &"ok".into()), "{visit}");
    }
}

#[tokio::test]
async fn a_running_serve_notices_an_import_within_a_second() {
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", "x");
    let serve = home.serve().await;
    home.import(&Village::of_one("127.0.0.9:9", "snmp-hall"));
    // Only the gauges tell what serve itself knows: the API reads the records, which the import wrote.
    // The bar is 1 s, and gauges are set every few seconds; this is the bound against hanging.
    wait_for("the hall is counted", Duration::from_secs(30), async || {
        let text = serve.api.text("/metrics").await;
        text.lines().any(|line| line.starts_with("villagenet_halls{") && line.ends_with(" 1"))
    })
    .await;
    assert!(serve.api.find("/api/v1/halls", "code", "dr-01").await.is_some());
}

/// The device named `name`, once it is in `state`.
async fn device_in_state(api: &Api, name: &str, state: &str) -> Value {
    wait_until(&format!("{name} is {state}"), SOON, async || {
        api.find("/api/v1/devices", "name", name).await.filter(|device| device["state"] == state)
    })
    .await
}

/// The known values of a series of the last ten minutes, oldest first: what is missing is left out.
async fn known_values(api: &Api, device: i64, query: &str) -> Vec<f64> {
    let from = Timestamp::from_second(now().as_second() - 600).unwrap();
    let to = Timestamp::from_second(now().as_second() + 60).unwrap();
    let series = api.json(&format!("/api/v1/devices/{device}/series?{query}&from={from}&to={to}&step=5")).await;
    let points = series["points"].as_array().unwrap_or_else(|| panic!("no points in {series}"));
    points.iter().filter_map(|point| point["avg"].as_f64()).collect()
}
