use proptest::prelude::*;

use super::*;

const WEEK: Duration = Duration::from_secs(7 * 86_400);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).expect("a time")
}

fn wide(second: i64, value: u64) -> CounterPoint {
    CounterPoint { at: at(second), value, width: CounterWidth::Bits64, uptime: None, discontinuity_cs: None }
}

fn narrow(second: i64, value: u64) -> CounterPoint {
    CounterPoint { width: CounterWidth::Bits32, ..wide(second, value) }
}

/// At an uptime of so many hundredths of a second.
fn up(point: CounterPoint, centiseconds: u64) -> CounterPoint {
    let since_start = Duration::from_millis(centiseconds * 10);
    CounterPoint { uptime: Some(Uptime { since_start, is_32_bit_centiseconds: true }), ..point }
}

fn reset_at(point: CounterPoint, discontinuity_cs: u32) -> CounterPoint {
    CounterPoint { discontinuity_cs: Some(discontinuity_cs), ..point }
}

fn octets(speed_bps: u64) -> Limits {
    Limits { fastest_per_s: fastest_per_s(Metric::InOctets, speed_bps), longest: Duration::from_secs(180) }
}

const FAST: u64 = 100_000_000;
const WRAP: u64 = 1 << 32;

#[test]
fn golden_pairs_of_readings() {
    let limits = octets(FAST);
    let day = 8_640_000;
    let table = [
        ("grows", wide(0, 1_000), wide(60, 7_000), Ok(100.0)),
        ("stands still", wide(0, 1_000), wide(60, 1_000), Ok(0.0)),
        ("same time", wide(0, 1_000), wide(0, 7_000), Err(Gap::Clock)),
        ("clock went back an hour", wide(3_660, 1_000), wide(60, 7_000), Err(Gap::Clock)),
        ("clock went on an hour", up(wide(0, 0), day), up(wide(3_660, 7_000), day + 6_000), Err(Gap::Clock)),
        ("agent began in 1970", wide(-1_795_000_000, 0), wide(0, 7_000), Err(Gap::NoSample)),
        ("a hole", wide(0, 1_000), wide(181, 7_000), Err(Gap::NoSample)),
        ("width", narrow(0, 1_000), wide(60, 7_000), Err(Gap::WidthChanged)),
        ("64 bits went back", wide(0, 7_000), wide(60, 1_000), Err(Gap::WentBack)),
        ("64 bits that wrap at 32", wide(0, WRAP - 10), wide(60, 20), Err(Gap::WentBack)),
        ("faster than the line", wide(0, 0), wide(60, 60 * 13_125_001), Err(Gap::TooFast)),
        ("just as fast", wide(0, 0), wide(60, 60 * 12_500_000), Ok(12_500_000.0)),
        ("reboot", up(wide(0, 9_000), day), up(wide(60, 10), 3_000), Err(Gap::Reboot)),
        ("reboot, counters kept", up(wide(0, 9_000), day), up(wide(60, 9_900), 3_000), Err(Gap::Reboot)),
        ("reboot in a hole", up(wide(0, 9), 6_000), up(wide(3_600, 99), 300_000), Err(Gap::Reboot)),
        (
            "reset",
            reset_at(up(wide(0, 9), day), 0),
            reset_at(up(wide(60, 99), day + 6_000), 7),
            Err(Gap::Discontinuity),
        ),
        ("no reset", reset_at(wide(0, 0), 7), reset_at(wide(60, 600), 7), Ok(10.0)),
        ("32 bits wrap", up(narrow(0, WRAP - 10), day), up(narrow(60, 590), day + 6_000), Ok(10.0)),
        ("32 bits go back unproven", narrow(0, WRAP - 10), narrow(60, 590), Err(Gap::WentBack)),
        ("32 bits grow", narrow(0, 0), narrow(60, 600), Ok(10.0)),
        ("no 32-bit value", narrow(0, WRAP), narrow(60, WRAP + 600), Err(Gap::WidthChanged)),
    ];
    for (name, prev, next, expected) in table {
        assert_eq!(rate(&prev, &next, &limits), expected, "{name}");
    }
}

#[test]
fn an_uptime_that_wraps_after_497_days_is_no_reboot() {
    let before = WRAP - 3_000;
    assert_eq!(rate(&up(wide(0, 0), before), &up(wide(60, 600), 3_000), &octets(FAST)), Ok(10.0));
    let rebooted = up(wide(60, 600), 1_000 + 6_000 * 60);
    assert_eq!(rate(&up(wide(0, 0), before), &rebooted, &octets(FAST)), Err(Gap::Reboot), "not where a wrap leads");
    let long = |point: CounterPoint| CounterPoint {
        uptime: point.uptime.map(|uptime| Uptime { is_32_bit_centiseconds: false, ..uptime }),
        ..point
    };
    let pair = (long(up(wide(0, 0), before)), long(up(wide(60, 600), 3_000)));
    assert_eq!(rate(&pair.0, &pair.1, &octets(FAST)), Err(Gap::Reboot), "a wide uptime does not wrap");
}

#[test]
fn a_narrow_counter_that_may_have_wrapped_twice_is_a_gap() {
    let day = 8_640_000;
    let pair = |value| (up(narrow(0, 4_000), day), up(narrow(60, value), day + 6_000));
    let (prev, next) = pair(5_000);
    assert_eq!(rate(&prev, &next, &octets(1_000_000_000)), Err(Gap::MaybeWrappedTwice), "1 Gbit/s wraps each 34 s");
    assert_eq!(rate(&prev, &next, &octets(500_000_000)), Ok(1_000.0 / 60.0), "500 Mbit/s does not fill it in 60 s");
    let (prev, next) = pair(3_000);
    assert!(rate(&prev, &next, &octets(600_000_000)).is_ok(), "once round, and not enough time for twice");
    assert_eq!(
        rate(&prev, &next, &octets(0)),
        Ok((WRAP - 1_000) as f64 / 60.0),
        "an unknown speed counts as 100 Mbit/s"
    );
    let packets = Limits { fastest_per_s: fastest_per_s(Metric::InErrors, 1_000_000_000), ..octets(0) };
    assert_eq!(rate(&pair(4_600).0, &pair(4_600).1, &packets), Ok(10.0), "packets are fewer than octets");
}

proptest! {
    #[test]
    fn a_rate_is_never_negative_and_never_above_the_line(
        (before, after) in (any::<u64>(), any::<u64>()),
        seconds in 1i64..100_000,
        speed in 1u64..10_000_000_000,
        (up_before, up_after) in (0u64..WRAP, 0u64..WRAP),
        is_narrow: bool,
        knows_uptime: bool,
    ) {
        let (make, mask): (fn(i64, u64) -> CounterPoint, u64) = if is_narrow { (narrow, WRAP - 1) } else { (wide, u64::MAX) };
        let (mut prev, mut next) = (make(0, before & mask), make(seconds, after & mask));
        if knows_uptime {
            (prev, next) = (up(prev, up_before), up(next, up_after));
        }
        let limits = Limits { longest: WEEK, ..octets(speed) };
        if let Ok(rate) = rate(&prev, &next, &limits) {
            prop_assert!(rate >= 0.0 && rate <= 1.05 * speed as f64 / 8.0 + 1e-6);
        }
    }

    #[test]
    fn a_counter_that_runs_on_gives_the_true_rate_or_a_gap(
        start in 0u64..WRAP,
        uptime in 0u64..(2 * WRAP),
        seconds in 1i64..180,
        (speed, per_s) in (1_000_000u64..2_000_000_000).prop_flat_map(|speed| (Just(speed), 0..=speed / 8)),
    ) {
        let grown = per_s * seconds.unsigned_abs();
        let later = uptime + seconds.unsigned_abs() * 100;
        let prev = up(narrow(0, start), uptime % WRAP);
        let next = up(narrow(seconds, (start + grown) % WRAP), later % WRAP);
        match rate(&prev, &next, &octets(speed)) {
            Ok(rate) => prop_assert_eq!(rate, grown as f64 / seconds as f64),
            Err(gap) => {
                prop_assert_eq!(gap, Gap::MaybeWrappedTwice);
                prop_assert!(speed as f64 / 8.0 * 1.05 * seconds as f64 >= WRAP as f64, "a gap where none is needed");
            }
        }
    }
}
