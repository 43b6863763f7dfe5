//! A village, as net-snmp's commands and an HTTP client see it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fleetsim::village::{
    Asked, Cause, Control, Credential, Device, Family, Fault, Fleet, Kind, Measure, Options, Play, SNMP_V2C, SNMP_V3,
    Target, Timetable, Village,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::tools::{run, words};

/// 24 November 2026, 20:00 in Vietnam.
const EVENING: i64 = 1_795_525_200;

fn options() -> Options {
    Options::at(jiff::Timestamp::from_second(EVENING).unwrap())
}

async fn fleet() -> Arc<Fleet> {
    Fleet::start(options()).await.unwrap()
}

/// The first device that suits.
fn device(fleet: &Fleet, suits: impl Fn(&Device) -> bool) -> Device {
    fleet.village().devices().find(|(_, device)| suits(device)).unwrap().1.clone()
}

fn security(fleet: &Fleet, device: &Device) -> String {
    let profile = if device.asked == Asked::V3 { SNMP_V3 } else { SNMP_V2C };
    match &fleet.credentials()[profile] {
        Credential::SnmpV2c { community } => format!("-v2c -c {community}"),
        Credential::SnmpV3 { user, auth, auth_pass, privacy_pass, .. } => {
            format!("-v3 -l authPriv -u {user} -a {auth} -A {auth_pass} -x AES -X {privacy_pass}")
        }
        Credential::Ssh { .. } => unreachable!("no SNMP"),
    }
}

async fn ask(fleet: &Fleet, device: &Device, command: &'static str, oid: &str) -> Result<String, String> {
    let security = security(fleet, device);
    let line = format!("{security} -Oqn -t 1 -r 0 {}:{} {oid}", device.address, fleet.snmp_port());
    run(command, words(&line)).await
}

async fn get(fleet: &Fleet, device: &Device, oid: &str) -> Result<String, String> {
    let answer = ask(fleet, device, "snmpget", oid).await?;
    Ok(answer.trim().split_once(' ').map(|(_, value)| value.to_owned()).unwrap_or_default())
}

async fn number(fleet: &Fleet, device: &Device, oid: &str) -> u64 {
    get(fleet, device, oid).await.unwrap().parse().unwrap()
}

/// Ticks, with -Ot in the shape that -Oqn gives: `1:2:3:4.56`.
async fn uptime_s(fleet: &Fleet, device: &Device) -> f64 {
    let text = get(fleet, device, "1.3.6.1.2.1.1.3.0").await.unwrap();
    text.split(':').fold(0.0, |sum, part| {
        let factor = if sum == 0.0 && text.split(':').count() == 4 && text.starts_with(part) { 1.0 } else { 60.0 };
        sum * factor + part.parse::<f64>().unwrap()
    })
}

#[test]
fn the_same_seed_gives_the_same_village_and_another_one_another() {
    let (one, same, other) = (Village::draw(1, 37), Village::draw(1, 37), Village::draw(2, 37));
    assert_eq!(one, same);
    assert_ne!(one, other);
    assert_eq!(one.halls_csv(), same.halls_csv());
    assert_eq!(one.outages(EVENING - 30 * 86_400, EVENING), same.outages(EVENING - 30 * 86_400, EVENING));
}

#[test]
fn thirty_seven_halls_stand_in_three_communes_and_each_has_a_gateway_and_two_more() {
    let village = Village::draw(1, 37);
    let sizes: Vec<usize> = village.communes().iter().map(|commune| village.commune(commune).count()).collect();
    assert_eq!(sizes, [12, 13, 12]);
    assert_eq!(village.halls_csv().lines().count(), 38);
    let mut addresses = BTreeSet::new();
    for hall in &village.halls {
        assert!(hall.devices.len() >= 3, "{}", hall.code);
        assert_eq!(hall.devices.iter().filter(|device| device.kind == Kind::Router).count(), 1);
        for device in &hall.devices {
            assert!(addresses.insert(device.address), "{}", device.full_name());
            let names: Vec<String> = village.devices().map(|(_, device)| device.full_name()).collect();
            assert!(device.uplink.as_ref().is_none_or(|uplink| names.contains(uplink)));
        }
    }
    assert!((150..200).contains(&addresses.len()), "{}", addresses.len());
    let large = Village::draw(1, 1367);
    assert_eq!(large.halls.len(), 1367);
    assert_eq!(large.halls[..37], village.halls[..]);
    let addresses: BTreeSet<_> = large.devices().map(|(_, device)| device.address).collect();
    assert_eq!(addresses.len(), large.devices().count());
}

#[test]
fn the_past_is_plausible() {
    let village = Village::draw(1, 37);
    let (from, to) = (EVENING - 30 * 86_400, EVENING);
    let outages = village.outages(from, to);
    for cause in [Cause::Power, Cause::Line, Cause::Device, Cause::Upstream] {
        let of_cause = outages.iter().filter(|outage| outage.cause == cause).count();
        assert!((5..250).contains(&of_cause), "{cause:?}: {of_cause}");
    }
    // Halls are up for about 99 % of the time.
    let lost: i64 = outages.iter().filter(|outage| outage.device.is_none()).map(|o| o.end - o.start).sum();
    assert!((0.001..0.02).contains(&(lost as f64 / (37.0 * 30.0 * 86_400.0))), "{lost}");
    let hall = village.halls.iter().find(|hall| outages.iter().any(|o| o.hall == hall.code)).unwrap();
    let gateway = hall.devices.iter().find(|device| device.kind == Kind::Router).unwrap();
    let history = village.history(hall, gateway, &outages, (from, to), 3600);
    let (measure, series) = &history[0];
    assert!(matches!(measure, Measure::InBps(_) | Measure::OutBps(_)));
    assert_eq!(series.len(), 720);
    let is_lost = |time: i64| {
        outages.iter().any(|o| o.hall == hall.code && o.device.is_none() && (o.start..o.end).contains(&time))
    };
    assert!(series.iter().all(|(time, value)| value.is_none() == is_lost(*time)));
}

#[tokio::test]
async fn devices_are_walked_in_versions_2c_and_3() {
    let fleet = fleet().await;
    for family in [Family::RouterOs, Family::EdgeOs, Family::UniFi, Family::JetStream, Family::AirOs, Family::Ups] {
        for asked in [Asked::V2c, Asked::V3] {
            let found = fleet.village().devices().find(|(_, device)| device.family == family && device.asked == asked);
            let Some((hall, device)) = found else { continue };
            let walk = ask(&fleet, device, "snmpbulkwalk", "1.3.6.1.2.1").await.unwrap();
            assert!(walk.lines().count() > 20, "{family:?} {walk}");
            assert!(walk.contains(&format!("\"{}\"", hall.name)) || walk.contains("1.1.6.0"), "{walk}");
            ask(&fleet, device, "snmpbulkwalk", "1.3.6.1.4.1").await.unwrap();
        }
    }
}

#[tokio::test]
async fn counters_move_and_go_on_after_a_new_start() {
    const OCTETS: &str = "1.3.6.1.2.1.31.1.1.1.6.1";
    let first = fleet().await;
    let router = device(&first, |device| device.family == Family::RouterOs && device.kind == Kind::Router);
    let before = number(&first, &router, OCTETS).await;
    drop(first);
    let later = Options { now: jiff::Timestamp::from_second(EVENING + 60).unwrap(), ..options() };
    let second = Fleet::start(later).await.unwrap();
    let after = number(&second, &router, OCTETS).await;
    let rate_bps = (after - before) as f64 * 8.0 / 60.0;
    assert!((1e6..100e6).contains(&rate_bps), "{rate_bps}");
}

#[tokio::test]
async fn a_power_cut_silences_a_hall_and_its_devices_boot_afterwards() {
    let fleet = fleet().await;
    let in_hall = |name: &str| device(&fleet, |device| device.full_name() == name);
    let (cut, other, with_ups) = (in_hall("dr-03/gw"), in_hall("dr-04/gw"), in_hall("dr-05/gw"));
    let before = uptime_s(&fleet, &cut).await;
    let id = fleet.begin(Fault::PowerCut, Target::from("dr-03"), None).unwrap();
    assert!(get(&fleet, &cut, "1.3.6.1.2.1.1.3.0").await.unwrap_err().contains("Timeout"));
    assert!(get(&fleet, &other, "1.3.6.1.2.1.1.3.0").await.is_ok());
    assert!(fleet.end(id));
    assert!(!fleet.end(id));
    assert!(uptime_s(&fleet, &cut).await < 60.0 && before > 60.0, "{before}");
    // A battery carries the gateway through, and says so.
    fleet.begin(Fault::PowerCut, Target::from("dr-05"), None).unwrap();
    assert!(uptime_s(&fleet, &with_ups).await > 60.0);
    let source = number(&fleet, &in_hall("dr-05/ups"), "1.3.6.1.2.1.33.1.4.1.0").await;
    assert_eq!(source, 5);
}

#[tokio::test]
async fn a_line_cut_boots_nothing_and_a_mast_takes_its_commune_with_it() {
    let fleet = fleet().await;
    let reached = |prefix: &str| {
        let states = fleet.states();
        states.iter().filter(|(name, (is_reached, _))| name.starts_with(prefix) && *is_reached).count()
    };
    let all = [reached("dr"), reached("lx"), reached("tt")];
    let id = fleet.begin(Fault::LineCut, Target::from("dr-01"), None).unwrap();
    let gateway = device(&fleet, |device| device.full_name() == "dr-01/gw");
    assert!(get(&fleet, &gateway, "1.3.6.1.2.1.1.3.0").await.is_err());
    assert_eq!(reached("dr-01"), 1, "the mast stands in the hall and is not behind its line");
    fleet.end(id);
    assert!(uptime_s(&fleet, &gateway).await > 60.0);
    // Named by one of its parts, the uplink is the commune's.
    let id = fleet.begin(Fault::UplinkCut, Target::from("lx-07"), None).unwrap();
    assert_eq!([reached("dr"), reached("lx"), reached("tt")], [all[0], 0, all[2]]);
    fleet.end(id);
    assert_eq!([reached("dr"), reached("lx"), reached("tt")], all);
    let booted = |name: &str| device(&fleet, |device| device.full_name() == name);
    assert!(uptime_s(&fleet, &booted("lx-01/pop")).await < 60.0);
    assert!(uptime_s(&fleet, &booted("lx-07/gw")).await > 60.0);
    // What is behind a dead gateway is not reached either.
    fleet.begin(Fault::Death, Target::from("dr-02/gw"), None).unwrap();
    assert_eq!(reached("dr-02"), 0);
}

#[tokio::test]
async fn faults_end_by_themselves() {
    let fleet = fleet().await;
    fleet.begin(Fault::Death, Target::from("dr-02/ap-1"), Some(Duration::from_millis(50))).unwrap();
    assert!(!fleet.states()["dr-02/ap-1"].0);
    tokio::time::timeout(Duration::from_secs(10), async {
        while !fleet.states()["dr-02/ap-1"].0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    assert!(fleet.begin(Fault::Death, Target::from("dr-77"), None).is_err());
}

#[tokio::test]
async fn counters_wrap_when_they_are_told_to() {
    let fleet = fleet().await;
    let router = device(&fleet, |device| device.family == Family::RouterOs && device.kind == Kind::Router);
    let target = || Target::from(router.full_name().as_str());
    let (low, high) = ("1.3.6.1.2.1.2.2.1.10.1", "1.3.6.1.2.1.31.1.1.1.6.1");
    // In an hour the evening's gateway loads less than the 4 GiB from the wrap.
    fleet.begin(Fault::Wrap32(20), target(), None).unwrap();
    assert!(number(&fleet, &router, low).await > u64::from(u32::MAX / 2));
    assert!(number(&fleet, &router, high).await > u64::from(u32::MAX));
    fleet.begin(Fault::Wrap32(0), target(), None).unwrap();
    assert!(number(&fleet, &router, low).await < u64::from(u32::MAX / 2));
    fleet.begin(Fault::Wrap64(20), target(), None).unwrap();
    assert!(number(&fleet, &router, high).await > u64::MAX / 2);
    fleet.begin(Fault::Wrap64(0), target(), None).unwrap();
    assert!(number(&fleet, &router, high).await < u64::MAX / 2);
    fleet.begin(Fault::WrapUptime(600), target(), None).unwrap();
    assert!(uptime_s(&fleet, &router).await > 497.0 * 86_400.0);
    fleet.begin(Fault::WrapUptime(0), target(), None).unwrap();
    assert!(uptime_s(&fleet, &router).await < 60.0);
}

#[tokio::test]
async fn ports_are_renumbered_texts_attack_and_clocks_jump() {
    let fleet = fleet().await;
    let router = device(&fleet, |device| device.family == Family::RouterOs && device.asked == Asked::V3);
    let target = || Target::from(router.full_name().as_str());
    let name = |index: u32| format!("1.3.6.1.2.1.31.1.1.1.1.{index}");
    assert_eq!(get(&fleet, &router, &name(1)).await.unwrap(), "\"ether1\"");
    let id = fleet.begin(Fault::Renumber, target(), None).unwrap();
    assert_eq!(get(&fleet, &router, &name(101)).await.unwrap(), "\"ether1\"");
    assert!(get(&fleet, &router, &name(1)).await.unwrap().contains("No Such"));
    fleet.end(id);
    let id = fleet.begin(Fault::Evil, target(), None).unwrap();
    assert!(get(&fleet, &router, "1.3.6.1.2.1.1.5.0").await.unwrap().contains("onerror"));
    fleet.end(id);
    assert!(!get(&fleet, &router, "1.3.6.1.2.1.1.5.0").await.unwrap().contains("onerror"));
    let clock = || async { get(&fleet, &router, "1.3.6.1.2.1.25.1.2.0").await.unwrap() };
    assert!(clock().await.contains("07 EA 0B 18 0D"), "{}", clock().await);
    fleet.begin(Fault::Clock(86_400), target(), None).unwrap();
    assert!(clock().await.contains("07 EA 0B 19 0D"), "{}", clock().await);
    // net-snmp believes no answer to another request. The second forgery comes from another port with the right keys, and
    // now and then net-snmp takes it.
    fleet.begin(Fault::Forged(1), target(), None).unwrap();
    assert_eq!(get(&fleet, &router, &name(1)).await.unwrap(), "\"ether1\"");
}

#[tokio::test]
async fn answers_come_late_or_not_at_all() {
    let fleet = fleet().await;
    let router = device(&fleet, |device| device.full_name() == "dr-04/gw");
    let target = || Target::from("dr-04/gw");
    let mut lost = 0;
    let id = fleet.begin(Fault::Loss(50), target(), None).unwrap();
    let security = security(&fleet, &router);
    for _ in 0..40 {
        let line = format!("{security} -t 0.2 -r 0 {}:{} 1.3.6.1.2.1.1.3.0", router.address, fleet.snmp_port());
        lost += usize::from(run("snmpget", words(&line)).await.is_err());
    }
    assert!((8..=32).contains(&lost), "{lost}");
    fleet.end(id);
    let id = fleet.begin(Fault::Slow(3000), target(), None).unwrap();
    assert!(get(&fleet, &router, "1.3.6.1.2.1.1.3.0").await.is_err());
    fleet.end(id);
    fleet.begin(Fault::Late(3000), target(), None).unwrap();
    let (one, two) = (get(&fleet, &router, "1.3.6.1.2.1.1.5.0").await, get(&fleet, &router, "1.3.6.1.2.1.1.5.0").await);
    assert!(one.is_ok() != two.is_ok(), "every other one: {one:?} {two:?}");
}

async fn http(url: &str, request: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("{request} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_control_port_tells_of_the_fleet_and_breaks_it() {
    let fleet = fleet().await;
    let control = Control::open(fleet.clone(), Timetable::demo(fleet.village()), 0).await.unwrap();
    let url = control.url();
    let (status, told) = http(&url, "GET /fleet", "").await;
    assert_eq!((status, told["halls"].as_array().unwrap().len()), (200, 37));
    let wish = r#"{"fault":"uplink-cut","target":"tt","seconds":60}"#;
    let (status, begun) = http(&url, "POST /faults", wish).await;
    assert_eq!(status, 201);
    assert_eq!(http(&url, "GET /faults", "").await.1["items"][0]["fault"], "uplink-cut");
    assert!(!fleet.states()["tt-09/gw"].0);
    assert_eq!(http(&url, &format!("DELETE /faults/{}", begun["id"]), "").await.0, 200);
    assert!(fleet.states()["tt-09/gw"].0);
    assert_eq!(http(&url, "POST /faults", r#"{"fault":"power-cut","target":"zz-01"}"#).await.0, 422);
    assert_eq!(http(&url, "POST /faults", r#"{"fault":"flood","target":"dr"}"#).await.0, 422);
    assert_eq!(http(&url, "POST /faults", "{").await.0, 400);
    assert_eq!(http(&url, "GET /elsewhere", "").await.0, 404);
    assert_eq!(http(&url, "GET /timetable", "").await.0, 200);
}

#[tokio::test]
async fn a_fleet_says_how_it_is_reached_and_ends_with_its_input() {
    let (parent, input) = tokio::io::duplex(1);
    let (output, mut printed) = std::io::pipe().map(|(reader, writer)| (writer, reader)).unwrap();
    let process = tokio::spawn(fleetsim::village::run(options(), Play::Demo, 0, input, output));
    let line = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(&mut printed), &mut line).unwrap();
        line
    });
    let ready: Value = serde_json::from_str(&line.await.unwrap()).unwrap();
    assert_eq!(ready["halls_csv"].as_str().unwrap().lines().count(), 38);
    assert_eq!(ready["credentials"]["snmp-v2c"]["kind"], "snmp-v2c");
    assert_eq!(ready["credentials"]["snmp-v3"]["auth"], "SHA-256");
    assert_eq!(http(ready["control"].as_str().unwrap(), "GET /fleet", "").await.0, 200);
    drop(parent);
    tokio::time::timeout(Duration::from_secs(10), process).await.unwrap().unwrap().unwrap();
}
