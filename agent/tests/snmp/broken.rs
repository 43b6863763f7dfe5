//! The recordings of real devices, served brokenly: no panic, no hang, no wrong number, and a warning that says what is
//! missing.

use std::time::Instant;

use fleetsim::snmp::{Fault, Source, Value};
use inventory::condition::Condition;

use super::recordings::{names, recorded};
use super::*;

/// How long a request to a device that loses answers is waited for before it is sent again.
const RESEND: (Duration, u8) = (Duration::from_millis(1200), 5);

/// Well above what any of these visits takes on a busy machine; a visit that hangs takes for ever.
const BOUND: Duration = Duration::from_secs(60);

/// The values of a reading that are nowhere in the clean one: invented, or shifted to another place. An octet counter
/// of another width is another counter of the same port.
fn invented(told: &Reading, clean: &Reading) -> Vec<String> {
    let mut found = Vec::new();
    for port in &told.interfaces {
        let Some(good) = clean.interfaces.iter().find(|good| good.index == port.index) else {
            found.push(format!("port {}", port.index));
            continue;
        };
        let mut same = |what: &str, is_same: bool| {
            if !is_same {
                found.push(format!("{what} of port {}: {port:?}, clean {good:?}", port.index));
            }
        };
        same("type", port.if_type.is_none() || port.if_type == good.if_type);
        same("mac", port.mac.is_none() || port.mac == good.mac);
        same("state", port.is_oper_up.is_none() || port.is_oper_up == good.is_oper_up);
        same("errors", port.in_errors.is_none() || port.in_errors == good.in_errors);
        for (one, other) in [(port.in_octets, good.in_octets), (port.out_octets, good.out_octets)] {
            if let (Some(one), Some(other)) = (one, other) {
                same("octets", one.width != other.width || one.value == other.value);
            }
        }
    }
    let (told, clean) = (&told.condition, &clean.condition);
    for sensor in &told.sensors {
        if !clean.sensors.iter().any(|good| good.class == sensor.class && good.value == sensor.value) {
            found.push(format!("{sensor:?}"));
        }
    }
    let wifi = |condition: &Condition| condition.wifi.clone().unwrap_or_default();
    let (seen, right) = (wifi(told), wifi(clean));
    let mut sum = |what: &str, told: Option<f64>, right: Option<f64>| {
        // Where one object tells whole per cents and another, which is asked when that is silent, parts of one, or the mean of another time.
        let is_near = |told: f64| right.is_some_and(|right| (told - right).abs() < 2.0);
        if told.is_some_and(|told| !is_near(told)) {
            found.push(format!("{what}: {told:?}, and right is {right:?}"));
        }
    };
    sum("CPU", told.cpu_percent, clean.cpu_percent);
    sum("memory", told.memory_used_percent, clean.memory_used_percent);
    sum("clients", seen.clients.map(f64::from), right.clients.map(f64::from));
    // Several may bear one name.
    let strange = seen.networks.iter().filter(|network| !right.networks.contains(network));
    found.extend(strange.map(|network| format!("{network:?}")));
    let radios = |wifi: &Option<inventory::condition::Wifi>| wifi.clone().map(|wifi| wifi.radios).unwrap_or_default();
    let good = radios(&clean.wifi);
    for radio in radios(&told.wifi) {
        let has = |one: Option<f64>, of: fn(&inventory::condition::Radio) -> Option<f64>| {
            one.is_none() || good.iter().any(|good| of(good) == one)
        };
        if !has(radio.frequency_mhz, |radio| radio.frequency_mhz) || !has(radio.noise_dbm, |radio| radio.noise_dbm) {
            found.push(format!("{radio:?}"));
        }
    }
    found
}

/// Visits each recording with the fault playing, and holds what was told against a visit without it.
async fn replay(fault: fn() -> Fault, (patience, retries): (Duration, u8), is_whole: bool) {
    for name in names() {
        let device = device(recorded(&name).0).await;
        let client = Client::bind().unwrap();
        let target = v2c(device.address()).within(patience, retries);
        let clean = read(&client, &target).await.unwrap();
        device.play(fault());
        let began = Instant::now();
        match tokio::time::timeout(BOUND, read(&client, &target)).await.expect("a visit ends") {
            Ok(told) => {
                assert_eq!(invented(&told, &clean), Vec::<String>::new(), "{name} {:?}", fault());
                let is_same = told.interfaces.len() == clean.interfaces.len()
                    && told.condition == clean.condition
                    && told.identity == clean.identity;
                assert!(is_same || !is_whole, "{name} {:?}: less was told: {:?}", fault(), told.warnings);
                // What is missing is said.
                let is_less = told.interfaces.len() < clean.interfaces.len();
                assert!(!is_less || !told.warnings.is_empty(), "{name} {:?}: {} ports", fault(), told.interfaces.len());
            }
            Err(failure) => assert!(!is_whole && !failure.message.is_empty(), "{name}: {failure:?}"),
        }
        assert!(began.elapsed() < BOUND, "{name}");
    }
}

#[tokio::test]
async fn answers_that_come_twice_change_nothing() {
    replay(|| Fault::Twice, (PATIENCE, 1), true).await;
}

#[tokio::test]
async fn answers_from_elsewhere_change_nothing() {
    replay(|| Fault::Forged(3), (PATIENCE, 1), true).await;
}

#[tokio::test]
async fn answers_that_break_off_or_cannot_be_decoded_invent_nothing() {
    replay(|| Fault::TornVarbind, (PATIENCE, 1), false).await;
    replay(|| Fault::EmptyInteger, (PATIENCE, 1), false).await;
}

#[tokio::test]
async fn a_device_that_can_tell_little_at_once_tells_all_the_same() {
    replay(|| Fault::TooBigAbove(7), (PATIENCE, 1), true).await;
}

#[tokio::test]
async fn walks_that_stand_or_answer_about_something_else_end_and_invent_nothing() {
    replay(|| Fault::StandingWalk, (PATIENCE, 1), false).await;
    replay(|| Fault::WrongName, (HASTE, 0), false).await;
}

#[tokio::test]
async fn rows_out_of_order_are_all_read() {
    replay(|| Fault::Unordered, (PATIENCE, 1), false).await;
}

/// Visits each recording with the fault playing, all at once: each spends its time waiting.
async fn replay_at_once(fault: Fault, (patience, retries): (Duration, u8)) {
    let mut visits = tokio::task::JoinSet::new();
    for name in names() {
        let fault = fault.clone();
        visits.spawn(async move {
            let device = device(recorded(&name).0).await;
            let client = Client::bind().unwrap();
            let target = v2c(device.address()).within(patience, retries);
            let clean = read(&client, &target).await.unwrap();
            device.play(fault);
            let told = read(&client, &target).await.unwrap();
            assert_eq!(told.condition, clean.condition, "{name}: {:?}", told.warnings);
            assert_eq!(told.interfaces.len(), clean.interfaces.len(), "{name}: {:?}", told.warnings);
            assert_eq!(invented(&told, &clean), Vec::<String>::new(), "{name}");
        });
    }
    while let Some(visit) = visits.join_next().await {
        visit.unwrap();
    }
}

#[tokio::test]
async fn a_device_that_answers_after_two_seconds_tells_all_the_same() {
    replay_at_once(Fault::Slow(Duration::from_secs(2)), (PATIENCE, 1)).await;
}

#[tokio::test]
async fn every_third_answer_lost_is_only_slower() {
    let (patience, retries) = RESEND;
    replay_at_once(Fault::Lossy { lost: 1, of: 3 }, (patience * u32::from(retries), retries)).await;
}

/// Each value of another type: numbers as text, text as a number, counters as names.
fn swapped(value: &Value, nth: usize) -> Value {
    match (value, nth % 3) {
        (Value::Octets(_), 0) => Value::Integer(i64::MAX),
        (Value::Integer(_), 0) => Value::Octets(vec![0xff, 0x00, 0x1b]),
        (Value::Integer(number), 1) => Value::text(&format!("{number} °")),
        (Value::Counter32(_) | Value::Counter64(_) | Value::Gauge32(_), 0) => Value::IpAddress([1, 2, 3, 4]),
        (Value::Oid(_), _) => Value::Null,
        (same, _) => same.clone(),
    }
}

#[tokio::test]
async fn values_of_other_types_than_the_mib_says_are_left_out() {
    for name in names() {
        let values = recorded(&name).0;
        let client = Client::bind().unwrap();
        let good = device(values.clone()).await;
        let clean = read(&client, &v2c(good.address())).await.unwrap();
        for turn in 0..3 {
            let mut values = values.clone();
            values.change_each(|nth, source| {
                if let Source::Fixed(value) = source {
                    *source = swapped(value, nth + turn).into();
                }
            });
            let bad = device(values).await;
            if let Ok(told) = read(&client, &v2c(bad.address())).await {
                // Which family it is may no longer be known, and then other tables are read: only its ports compare. A
                // number under another type may still be one: what is left of the others is of the clean visit.
                let platform = |reading: &Reading| reading.identity.clone().and_then(|identity| identity.platform);
                let ports = |reading: &Reading| Reading { condition: Default::default(), ..reading.clone() };
                let is_known = platform(&told) == platform(&clean);
                let (told, clean) = if is_known { (told, clean.clone()) } else { (ports(&told), ports(&clean)) };
                assert_eq!(invented(&told, &clean), Vec::<String>::new(), "{name} turn {turn}");
            }
        }
    }
}
