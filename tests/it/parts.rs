//! The way of what a device tells beyond its ports: from a real net-snmp with the scripts of an OpenWrt access point
//! through agent, store and series to the API and the page, and across a restart.

use std::time::Duration;

use serde_json::Value;
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, Serve};
use villagenet_tests::snmpd::{OPENWRT, ROUTEROS, Snmpd};
use villagenet_tests::village::Village;
use villagenet_tests::wait::wait_until;

const SOON: Duration = Duration::from_secs(60);

/// The product with one device, which has an id by now.
async fn polling(snmpd: &Snmpd) -> (Installation, Serve, i64) {
    let mut home = Installation::new().brisk().snmp_v2c("snmp-hall", snmpd.community());
    let serve = home.serve().await;
    home.import(&Village::of_one(&snmpd.address(), "snmp-hall"));
    let id = wait_until("the device is there", SOON, async || {
        serve.api.items("/api/v1/devices").await.first().and_then(|device| device["id"].as_i64())
    })
    .await;
    (home, serve, id)
}

async fn condition(api: &Api, device: i64) -> Option<Value> {
    let told = api.json(&format!("/api/v1/devices/{device}/condition")).await;
    (!told["at"].is_null() && !told["wifi"].is_null()).then_some(told)
}

async fn means(api: &Api, device: i64, part: &Value, metric: &str) -> Vec<f64> {
    let series = api.json(&format!("/api/v1/devices/{device}/series?metric={metric}&part={part}")).await;
    assert_eq!(&series["part"], part, "{series}");
    let points = series["points"].as_array().unwrap_or_else(|| panic!("no points in {series}"));
    points.iter().map(|point| point["avg"].as_f64().unwrap()).collect()
}

#[tokio::test]
async fn what_a_device_tells_beyond_its_ports_is_kept_drawn_and_there_after_a_restart() {
    let snmpd = Snmpd::start_with("hall-read", OPENWRT);
    let (mut home, serve, id) = polling(&snmpd).await;
    let told = wait_until("it has told of its Wi-Fi", SOON, async || condition(&serve.api, id).await).await;

    let radio = &told["wifi"]["radios"][0];
    let words = [&radio["name"], &radio["clients"], &radio["frequency_mhz"], &radio["noise_dbm"]];
    assert_eq!(words, [&Value::from("wlan0"), &3.into(), &2437.0.into(), &(-95.0).into()], "{told}");
    let sensor = told["sensors"].as_array().unwrap().iter().find(|sensor| sensor["class"] == "temperature");
    let sensor = sensor.unwrap_or_else(|| panic!("no temperature in {told}"));
    assert_eq!((&sensor["name"], &sensor["value"], &sensor["unit"]), (&"cpu".into(), &47.5.into(), &"C".into()));

    assert_eq!(means(&serve.api, id, &radio["part"], "noise_dbm").await.last(), Some(&-95.0));
    assert_eq!(means(&serve.api, id, &radio["part"], "wifi_clients").await.last(), Some(&3.0));
    assert_eq!(means(&serve.api, id, &sensor["part"], sensor["metric"].as_str().unwrap()).await.last(), Some(&47.5));
    let other = format!("/api/v1/devices/{id}/series?metric=noise_dbm&part=999999");
    assert_eq!(serve.api.status(&other).await, Some(404), "a part of no device");

    let page = format!("/devices/{id}?lang=vi&part={}&metric=noise_dbm", radio["part"]);
    let shown = serve.api.text(&page).await;
    for words in
        ["Tình trạng", "wlan0", "2.437\u{a0}MHz", "95\u{a0}dBm", "Nhiệt độ", "47,5\u{a0}°C", "Nhiễu nền: wlan0"]
    {
        assert!(shown.contains(words), "{words:?} is not on\n{shown}");
    }

    // Nobody answers any more: what is shown after a restart is what was kept.
    drop(serve);
    drop(snmpd);
    let serve = home.serve().await;
    let again = condition(&serve.api, id).await.expect("it is there at once");
    assert_eq!(again["wifi"]["radios"], told["wifi"]["radios"]);
    assert!(!means(&serve.api, id, &radio["part"], "noise_dbm").await.is_empty());
}

#[tokio::test]
async fn who_is_connected_is_told_to_technicians_and_counted_for_all_others() {
    let snmpd = Snmpd::start_with("hall-read", ROUTEROS);
    let (home, serve, id) = polling(&snmpd).await;
    let (list, page) = (format!("/api/v1/devices/{id}/stations"), format!("/devices/{id}?lang=vi"));
    let stations = wait_until("two clients are known", SOON, async || {
        Some(serve.api.items(&list).await).filter(|items| items.len() == 2)
    })
    .await;
    let strong = stations.iter().find(|station| station["mac"] == "02:00:5e:00:53:01").expect("it is listed");
    assert_eq!((&strong["signal_dbm"], &strong["tx_bps"]), (&(-61.0).into(), &72_200_000.0.into()), "{strong}");
    assert_eq!(strong["hash"].as_str().map(str::len), Some(64));
    assert!(serve.api.text(&page).await.contains("02:00:5e:00:53:02"));

    let viewer = serve.api.as_token(&home.token_add(&["onlooker", "--role", "viewer"]));
    assert_eq!(viewer.status(&list).await, Some(403));
    let seen = viewer.json(&format!("/api/v1/devices/{id}/condition")).await;
    assert_eq!((&seen["wifi"]["clients"], &seen["wifi"]["visitors_30d"]), (&2.into(), &2.into()), "{seen}");
    for text in [seen.to_string(), viewer.text(&page).await] {
        assert!(!text.to_lowercase().contains("02:00:5e:00:53"), "a viewer is told who is connected: {text}");
    }
}
