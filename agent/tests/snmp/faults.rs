//! Devices that misbehave: the right value or a named error or warning, nobody else delayed, and healthy again at the
//! next request.

use std::time::Instant;

use agent::snmp::{FullReason, Limits, Oid, Value, ask_uptime, minute};
use fleetsim::snmp::Fault;
use inventory::reading::FailureKind;

use super::*;

const IF_DESCR: &str = "1.3.6.1.2.1.2.2.1.2";

/// The neighbour is answered within 5 ms on an idle machine.
const NEIGHBOURS_PATIENCE: Duration = Duration::from_secs(3);

/// What a full visit found while the fault played.
struct Outcome {
    visit: Result<Reading, Failure>,
    counts: agent::snmp::SnmpCounts,
    took: Duration,
}

impl Outcome {
    fn reading(&self) -> &Reading {
        self.visit.as_ref().expect("the visit found something")
    }

    fn has_warning(&self, words: &str) -> bool {
        self.reading().warnings.iter().any(|warning| warning.contains(words))
    }
}

/// Plays a fault against a full visit, while a neighbour on the same client must be answered as if nothing were; then
/// heals the device, which must read as it did before.
async fn play(fault: Fault) -> Outcome {
    play_within(PATIENCE, fault).await
}

/// As [`play`], waiting no longer than this for each request to the device that misbehaves.
async fn play_within(patience: Duration, fault: Fault) -> Outcome {
    let (faulty, neighbour) = (router().await, router().await);
    let client = Client::bind().unwrap();
    let target = v2c(faulty.address());
    let impatient = target.clone().within(patience, 1);
    let healthy = read(&client, &target).await.unwrap();
    faulty.play(fault);
    let before = client.counts();
    let neighbour_target = v2c(neighbour.address()).within(NEIGHBOURS_PATIENCE, 0);
    let neighbour_is_asked = async {
        loop {
            ask_uptime(&client, &neighbour_target).await.expect("the neighbour is answered at once");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let began = Instant::now();
    let visit = tokio::select! {
        visit = read(&client, &impatient) => visit,
        never = neighbour_is_asked => never,
    };
    let (took, after) = (began.elapsed(), client.counts());
    assert_eq!(after.unsent, 0);
    faulty.heal();
    let healed = read(&client, &target).await.expect("it is healthy again");
    assert_eq!(names(&healed), names(&healthy));
    assert_eq!(healed.warnings, Vec::<String>::new());
    let counts = agent::snmp::SnmpCounts {
        forged: after.forged - before.forged,
        duplicate: after.duplicate - before.duplicate,
        malformed: after.malformed - before.malformed,
        cut: after.cut - before.cut,
        ..after
    };
    Outcome { visit, counts, took }
}

fn names(reading: &Reading) -> Vec<(u32, &str)> {
    reading.interfaces.iter().map(|port| (port.index, port.name.as_str())).collect()
}

const ALL: [(u32, &str); 4] = [(1, "ether1"), (2, "ether2"), (3, "ether3"), (4, "ether4")];

#[tokio::test]
async fn loss_is_made_good_by_repetition() {
    let outcome = play_within(HASTE, Fault::Lossy { lost: 1, of: 2 }).await;
    assert_eq!(names(outcome.reading()), ALL);
    assert!(outcome.counts.repeated > 0);
}

#[tokio::test]
async fn answers_that_come_twice_count_once() {
    let outcome = play(Fault::Twice).await;
    assert_eq!(names(outcome.reading()), ALL);
    assert!(outcome.counts.duplicate >= 3, "{:?}", outcome.counts);
}

#[tokio::test]
async fn nine_forged_answers_before_the_true_one_are_counted_and_ignored() {
    let device = router().await;
    device.play(Fault::Forged(9));
    let client = Client::bind().unwrap();
    let name: Oid = "1.3.6.1.2.1.1.5.0".parse().unwrap();
    let got = client.get(&v2c(device.address()), std::slice::from_ref(&name)).await.unwrap();
    assert_eq!(got.values, [Value::Octets { bytes: b"gw".to_vec(), is_cut: false }]);
    assert_eq!((client.counts().forged, client.counts().repeated), (9, 0));
    let outcome = play(Fault::Forged(9)).await;
    assert_eq!(names(outcome.reading()), ALL);
    assert_eq!(outcome.counts.forged % 9, 0);
}

#[tokio::test]
async fn a_late_answer_is_counted_and_never_answers_the_next_request() {
    let device = router().await;
    let client = Client::bind().unwrap();
    let target = v2c(device.address());
    device.play(Fault::Slow(Duration::from_secs(1)));
    let name = |last: u32| format!("1.3.6.1.2.1.1.{last}.0").parse::<Oid>().unwrap();
    let impatient = target.clone().within(Duration::from_millis(100), 0);
    client.get(&impatient, &[name(5)]).await.expect_err("it answers too late");
    device.heal();
    for _ in 0..7 {
        let got = client.get(&target, &[name(6)]).await.expect("the next ones are healthy");
        assert_eq!(got.values, [Value::Octets { bytes: "Nhà sinh hoạt cộng đồng".into(), is_cut: false }]);
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    // the request and its repetition after the probe were both answered late
    while client.counts().late < 1 {
        assert!(Instant::now() < deadline, "the late answer came: {:?}", client.counts());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn garbage_is_named() {
    let outcome = play_within(HASTE, Fault::Garbage).await;
    assert_eq!(outcome.visit.unwrap_err().kind, FailureKind::Protocol);
    assert!(outcome.counts.malformed > 0);
}

#[tokio::test]
async fn four_thousand_nested_sequences_are_garbage() {
    let outcome = play_within(HASTE, Fault::Nested(4000)).await;
    assert_eq!(outcome.visit.unwrap_err().kind, FailureKind::Protocol);
    assert!(outcome.took < HASTE * 3);
}

#[tokio::test]
async fn an_endless_table_is_cut_off_and_flagged() {
    let outcome = play(Fault::EndlessWalk).await;
    assert!(outcome.has_warning("cut short: it has more than 2048 rows"), "{:?}", outcome.reading().warnings);
    assert!(!outcome.reading().has_all_interfaces);
    assert_eq!(&names(outcome.reading())[..4], ALL, "the true ports are among what was read");
}

#[tokio::test]
async fn an_endless_walk_ends_at_its_limits() {
    let device = router().await;
    device.play(Fault::EndlessWalk);
    let client = Client::bind().unwrap();
    let root: Oid = IF_DESCR.parse().unwrap();
    let limits = Limits::default();
    let walk = client.walk(&v2c(device.address()), &root, limits).await.unwrap();
    assert_eq!((walk.varbinds.len(), walk.is_complete), (20_000, false));
    assert!(walk.warnings[0].contains("more than 20000 rows"), "{:?}", walk.warnings);
    let limits = Limits { time: Duration::from_millis(50), ..limits };
    let walk = client.walk(&v2c(device.address()), &root, limits).await.unwrap();
    assert!(walk.warnings[0].contains("takes longer"), "{:?}", walk.warnings);
}

#[tokio::test]
async fn a_walk_that_stands_still_is_cut_off_and_flagged() {
    let outcome = play(Fault::StandingWalk).await;
    assert!(outcome.has_warning("walk of ifName cut short: the device answers"), "{:?}", outcome.reading().warnings);
    assert!(!outcome.reading().has_all_interfaces);
    assert_eq!(names(outcome.reading()), ALL[..1]);
}

#[tokio::test]
async fn a_text_of_sixty_kilobytes_is_cut_and_flagged() {
    let device = router().await;
    device.play(Fault::LongText(60_000));
    let client = Client::bind().unwrap();
    let name: Oid = "1.3.6.1.2.1.1.1.0".parse().unwrap();
    let got = client.get(&v2c(device.address()), &[name]).await.unwrap();
    assert_eq!(got.values, [Value::Octets { bytes: vec![b'A'; 4096], is_cut: true }]);
    let outcome = play(Fault::LongText(60_000)).await;
    let reading = outcome.reading();
    assert!(outcome.has_warning("sysDescr is longer than 4 KiB and was cut"), "{:?}", reading.warnings);
    assert_eq!(reading.identity.as_ref().unwrap().sys_descr.as_ref().map(String::len), Some(4096));
}

#[tokio::test]
async fn torn_answers_give_what_came_before_the_break() {
    let outcome = play(Fault::TornVarbind).await;
    assert!(outcome.has_warning("broke off") || outcome.has_warning("break off"), "{:?}", outcome.reading().warnings);
    assert!(outcome.counts.cut > 0);
    assert!(outcome.reading().uptime.is_some());
}

#[tokio::test]
async fn an_integer_of_no_bytes_costs_that_value_only() {
    let outcome = play(Fault::EmptyInteger).await;
    let reading = outcome.reading();
    assert_eq!(names(reading), ALL);
    assert!(reading.interfaces.iter().all(|port| port.out_octets.is_some() && port.mac.is_some()));
}

#[tokio::test]
async fn a_flood_of_varbinds_is_cut() {
    let outcome = play(Fault::ManyVarbinds(2000)).await;
    assert!(outcome.counts.cut > 0);
    assert!(outcome.visit.is_ok());
}

#[tokio::test]
async fn an_answer_about_another_name_is_never_taken() {
    let device = router().await;
    device.play(Fault::WrongName);
    let client = Client::bind().unwrap();
    let name: Oid = "1.3.6.1.2.1.1.5.0".parse().unwrap();
    let error = client.get(&v2c(device.address()), &[name]).await.unwrap_err();
    assert_eq!(Failure::from(&error).kind, FailureKind::Protocol);
    assert!(error.to_string().contains("1.3.6.1.2.1.1.4.0, which was not asked for"), "{error}");
    let outcome = play(Fault::WrongName).await;
    let reading = outcome.reading();
    assert_eq!((reading.uptime, reading.interfaces.len(), reading.has_all_interfaces), (None, 0, false));
    assert!(outcome.has_warning("sysName could not be read"), "{:?}", reading.warnings);
}

#[tokio::test]
async fn too_big_is_asked_smaller_until_it_fits() {
    for most in [20, 3, 1] {
        let outcome = play(Fault::TooBigAbove(most)).await;
        assert_eq!(names(outcome.reading()), ALL, "at most {most}");
        assert!(outcome.reading().has_all_interfaces);
    }
}

#[tokio::test]
async fn a_device_that_answers_only_errors_is_there_and_tells_nothing() {
    let outcome = play(Fault::GeneralError).await;
    let reading = outcome.reading();
    assert_eq!((reading.uptime, reading.interfaces.len(), reading.has_all_interfaces), (None, 0, false));
    assert!(!reading.warnings.is_empty());
}

#[tokio::test]
async fn a_device_that_takes_one_name_at_a_time_is_asked_one_name_at_a_time() {
    let device = router().await;
    device.play(Fault::SilentAbove(1));
    let client = Client::bind().unwrap();
    let target = hasty(device.address());
    let mut memory = DeviceMemory::default();
    let reading = full(&client, &target, &mut memory).await.unwrap();
    assert_eq!((names(&reading), reading.has_all_interfaces), (ALL.to_vec(), true), "{:?}", reading.warnings);
    assert_eq!(reading.identity.as_ref().unwrap().sys_name.as_deref(), Some("gw"));
    let repeated = client.counts().repeated;
    let minute = minute(&client, &v2c(device.address()), &mut memory).await.unwrap();
    assert_eq!((names(&minute.reading), minute.needs_full), (ALL.to_vec(), None));
    assert!(minute.reading.uptime.is_some());
    assert_eq!(client.counts().repeated, repeated, "what it can take is remembered");
}

#[tokio::test]
async fn a_device_without_64_bit_counters_is_read_by_its_32_bit_ones() {
    let outcome = play(Fault::no_high_capacity()).await;
    let ports = &outcome.reading().interfaces;
    assert!(ports.iter().all(|port| port.in_octets.is_some_and(|count| count.width.bits() == 32)));
}

#[tokio::test]
async fn a_device_that_falls_silent_in_the_middle_keeps_what_it_told() {
    let device = router().await;
    let client = Client::bind().unwrap();
    let target = hasty(device.address());
    // sysUpTime, the system group and the first table are served
    device.play(Fault::SilentAfter(device.served() + 3));
    let mut memory = DeviceMemory::default();
    let reading = full(&client, &target, &mut memory).await.unwrap();
    assert_eq!(names(&reading), ALL);
    assert!(!reading.has_all_interfaces);
    assert!(reading.warnings.iter().any(|w| w.contains("interface table could not be read")), "{:?}", reading.warnings);
    device.heal();
    let next = minute(&client, &target, &mut memory).await.unwrap();
    assert_eq!(next.needs_full, Some(FullReason::NeverRead), "which counters its ports have is not known");
}

#[tokio::test]
async fn requests_to_one_device_are_at_most_two_at_a_time() {
    let device = router().await;
    device.play(Fault::Slow(Duration::from_millis(100)));
    let client = Client::bind().unwrap();
    let target = v2c(device.address()).within(Duration::from_secs(5), 0);
    let began = Instant::now();
    let asks: Vec<_> = (0..6)
        .map(|_| {
            let (client, target) = (client.clone(), target.clone());
            tokio::spawn(async move { ask_uptime(&client, &target).await })
        })
        .collect();
    for ask in asks {
        ask.await.unwrap().unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(300), "six answers of 100 ms, two at a time");
}
