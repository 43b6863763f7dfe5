//! From an observation to samples, pure. What was not seen makes no sample: absence is never a zero.

use std::collections::BTreeMap;
use std::time::Duration;

use agent_api::{Observation, Seen};
use inventory::id::{DeviceId, InterfaceId, PartId};
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::part::{part_readings, scaled};
use inventory::reading::{Count, CounterWidth, InterfaceReading, Reach, Reading};
use jiff::Timestamp;

use super::error::SeriesError;

/// What seldom changes is kept when it does, and this often all the same, so that the last word is never older than
/// what is asked for by more than this, nor lost to retention.
const KEPT_AGAIN: Duration = Duration::from_secs(3600);

/// What a part of a device tells is kept once in each such stretch of time since 1970, and at once when a state or a
/// channel changes: a temperature each minute would fill the disk with what nobody looks at. One value in each stretch
/// makes a whole line in a graph of steps as long, so that a gap in it is a gap.
pub const PART_STEP: Duration = Duration::from_secs(300);

/// The last sample kept of each quantity that is kept only when it changes. One for each process; empty after a start,
/// which costs one more sample of each.
#[derive(Debug, Default)]
pub struct Kept(BTreeMap<SeriesKey, Sample>);

impl Kept {
    /// These samples are stored now.
    pub fn note(&mut self, samples: &[(SeriesKey, Sample)]) {
        let is_looked_at =
            |key: &SeriesKey| key.part.is_some() || is_kept_on_change(key.metric) || key.metric == Metric::Reachable;
        self.0.extend(samples.iter().filter(|(key, _)| is_looked_at(key)).copied());
    }

    /// Whether it is known by the samples that a device has been silent since then.
    fn is_silent_since(&self, key: &SeriesKey, since: Timestamp) -> bool {
        self.0.get(key).is_some_and(|last| last.value == 0 && last.at >= since)
    }

    fn is_due(&self, key: &SeriesKey, sample: &Sample) -> bool {
        let stretch = |at: Timestamp| at.as_second().div_euclid(PART_STEP.as_secs().cast_signed());
        self.0.get(key).is_none_or(|last| {
            stretch(last.at) != stretch(sample.at) || (is_told_at_once(key.metric) && last.value != sample.value)
        })
    }

    fn is_news(&self, key: &SeriesKey, sample: &Sample) -> bool {
        self.0.get(key).is_none_or(|last| {
            let age = sample.at.duration_since(last.at).unsigned_abs();
            last.value != sample.value || age >= KEPT_AGAIN
        })
    }
}

fn is_kept_on_change(metric: Metric) -> bool {
    matches!(metric, Metric::SpeedBps | Metric::DiscontinuityCentiseconds)
}

fn is_told_at_once(metric: Metric) -> bool {
    matches!(metric, Metric::StateNumber | Metric::Channel)
}

/// The samples of one observation. `ports` and `parts` say which interface and which part each reading of a visit belongs
/// to, in order; readings beyond their ends are left out. Call [`Kept::note`] with the result once it is stored.
///
/// # Errors
/// When the observation makes no sense.
pub fn samples(
    observation: &Observation,
    ports: &[InterfaceId],
    parts: &[Option<PartId>],
    kept: &Kept,
) -> Result<Vec<(SeriesKey, Sample)>, SeriesError> {
    let mut found = Found { device: observation.device(), at: observation.at()?, samples: Vec::new() };
    match &observation.seen {
        Seen::Reach(reach) => found.reach(&Reach::try_from(reach.clone())?, kept),
        Seen::Visit(visit) => {
            // That a visit failed is kept with the device, not as a number.
            if let Ok(reading) = visit.as_ref().clone().outcome()? {
                found.reading(&reading, ports, kept);
                found.parts(&reading, parts, kept);
            }
        }
    }
    Ok(found.samples)
}

struct Found {
    device: DeviceId,
    at: Timestamp,
    samples: Vec<(SeriesKey, Sample)>,
}

impl Found {
    fn reach(&mut self, reach: &Reach, kept: &Kept) {
        match reach {
            Reach::Answered { rtt, uptime: _, missed } => {
                self.add(None, Metric::Reachable, None, 1);
                if *missed > 0 {
                    self.add(None, Metric::MissedAsks, None, i64::from(*missed));
                }
                let scaled = (rtt.as_secs_f64() * Metric::RttSeconds.scale()).round();
                // A float beyond the range becomes the nearest end of it.
                self.add(None, Metric::RttSeconds, None, scaled as i64);
            }
            Reach::Silent { since, .. } => {
                // The first ask that was missed: the ledger can be computed from it to the millisecond.
                let (device, metric) = (self.device, Metric::Reachable);
                let key = SeriesKey { device, interface: None, part: None, metric, width: None };
                if *since < self.at && !kept.is_silent_since(&key, *since) {
                    self.samples.push((key, Sample { at: *since, value: 0 }));
                }
                self.add(None, metric, None, 0);
            }
            // Nobody could look: neither 1 nor 0.
            Reach::CouldNotLook { .. } => {}
        }
    }

    fn reading(&mut self, reading: &Reading, ports: &[InterfaceId], kept: &Kept) {
        if let Some(uptime) = reading.uptime {
            // The width of the source is kept with the series: it says where the uptime wraps.
            let width = if uptime.is_32_bit_centiseconds { CounterWidth::Bits32 } else { CounterWidth::Bits64 };
            let centiseconds = i64::try_from(uptime.since_start.as_millis() / 10).unwrap_or(i64::MAX);
            self.add(None, Metric::UptimeCentiseconds, Some(width), centiseconds);
        }
        let condition = &reading.condition;
        let clients = condition.wifi.as_ref().and_then(|wifi| wifi.clients).map(f64::from);
        let device = [
            (Metric::CpuPercent, condition.cpu_percent),
            (Metric::MemoryUsedPercent, condition.memory_used_percent),
            (Metric::WifiClients, clients),
        ];
        for (metric, value) in device {
            if let Some(value) = value {
                self.add(None, metric, None, (value * metric.scale()).round() as i64);
            }
        }
        for (port, id) in reading.interfaces.iter().zip(ports) {
            self.port(port, *id, kept);
        }
    }

    fn parts(&mut self, reading: &Reading, parts: &[Option<PartId>], kept: &Kept) {
        for (part, id) in part_readings(&reading.condition).into_iter().zip(parts) {
            let Some(id) = *id else { continue };
            for (metric, value) in part.values {
                let key = SeriesKey { device: self.device, interface: None, part: Some(id), metric, width: None };
                let Some(value) = scaled(metric, value) else { continue };
                let sample = Sample { at: self.at, value };
                if kept.is_due(&key, &sample) {
                    self.samples.push((key, sample));
                }
            }
        }
    }

    fn port(&mut self, port: &InterfaceReading, id: InterfaceId, kept: &Kept) {
        let counters = [
            (Metric::InOctets, port.in_octets),
            (Metric::OutOctets, port.out_octets),
            (Metric::InErrors, port.in_errors),
            (Metric::OutErrors, port.out_errors),
            (Metric::InDiscards, port.in_discards),
            (Metric::OutDiscards, port.out_discards),
        ];
        for (metric, count) in counters {
            if let Some(Count { value, width }) = count {
                self.add(Some(id), metric, Some(width), value.cast_signed());
            }
        }
        if let Some(is_up) = port.is_oper_up {
            self.add(Some(id), Metric::OperUp, None, i64::from(is_up));
        }
        let speed = port.speed_bps.map(|speed| i64::try_from(speed).unwrap_or(i64::MAX));
        self.add_news(id, Metric::SpeedBps, speed, kept);
        self.add_news(id, Metric::DiscontinuityCentiseconds, port.discontinuity_cs.map(i64::from), kept);
    }

    fn add_news(&mut self, id: InterfaceId, metric: Metric, value: Option<i64>, kept: &Kept) {
        let Some(value) = value else { return };
        let key = SeriesKey { device: self.device, interface: Some(id), part: None, metric, width: None };
        let sample = Sample { at: self.at, value };
        if kept.is_news(&key, &sample) {
            self.samples.push((key, sample));
        }
    }

    fn add(&mut self, interface: Option<InterfaceId>, metric: Metric, width: Option<CounterWidth>, value: i64) {
        let key = SeriesKey { device: self.device, interface, part: None, metric, width };
        self.samples.push((key, Sample { at: self.at, value }));
    }
}

#[cfg(test)]
mod tests {
    use agent_api::{Visit, VisitDepth};
    use inventory::condition::{Condition, SensorClass, SensorReading, Wifi};
    use inventory::reading::{Failure, FailureKind, Uptime};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn seen(second: i64, seen: Seen) -> Observation {
        Observation { device: 7, at_ms: at(second).as_millisecond(), seen }
    }

    fn visit(second: i64, reading: Reading) -> Observation {
        let visit = Visit::read("snmp2c", VisitDepth::Counters, Duration::ZERO, Duration::ZERO, reading);
        seen(second, Seen::Visit(Box::new(visit)))
    }

    fn port() -> InterfaceReading {
        let count = |value| Some(Count { value, width: CounterWidth::Bits64 });
        InterfaceReading {
            index: 1,
            name: "ether1".into(),
            speed_bps: Some(1_000_000_000),
            is_oper_up: Some(true),
            in_octets: count(u64::MAX),
            out_octets: Some(Count { value: 5, width: CounterWidth::Bits32 }),
            discontinuity_cs: Some(40),
            ..InterfaceReading::default()
        }
    }

    fn values(found: &[(SeriesKey, Sample)]) -> Vec<(Metric, Option<i64>, Option<u8>, i64)> {
        let row = |(key, sample): &(SeriesKey, Sample)| {
            (key.metric, key.interface.map(|id| id.0), key.width.map(CounterWidth::bits), sample.value)
        };
        found.iter().map(row).collect()
    }

    #[test]
    fn an_answer_is_one_a_silence_is_zero_and_not_having_looked_is_nothing() {
        let kept = Kept::default();
        let rtt = Reach::Answered { rtt: Duration::from_micros(1_234), uptime: None, missed: 0 };
        let found = samples(&seen(1, Seen::Reach(rtt.into())), &[], &[], &kept).expect("good");
        assert_eq!(values(&found), [(Metric::Reachable, None, None, 1), (Metric::RttSeconds, None, None, 1_234)]);
        let late = Reach::Answered { rtt: Duration::from_micros(1_234), uptime: None, missed: 2 };
        let found = samples(&seen(1, Seen::Reach(late.into())), &[], &[], &kept).expect("good");
        assert_eq!(values(&found)[1], (Metric::MissedAsks, None, None, 2));
        let silent = |second| {
            let reach = Reach::Silent { since: at(0), failure: FailureKind::Timeout };
            seen(second, Seen::Reach(reach.into()))
        };
        let mut known = Kept::default();
        let found = samples(&silent(8), &[], &[], &known).expect("good");
        let times: Vec<_> = found.iter().map(|(key, sample)| (key.metric, sample.at, sample.value)).collect();
        assert_eq!(times, [(Metric::Reachable, at(0), 0), (Metric::Reachable, at(8), 0)], "with the first ask missed");
        known.note(&found);
        let found = samples(&silent(28), &[], &[], &known).expect("good");
        assert_eq!(values(&found), [(Metric::Reachable, None, None, 0)], "which is told once");
        let blind = Reach::CouldNotLook { since: at(0) };
        assert_eq!(samples(&seen(1, Seen::Reach(blind.into())), &[], &[], &kept).expect("good"), []);
    }

    #[test]
    fn a_visit_tells_what_it_read_and_nothing_for_what_it_did_not() {
        let uptime = Uptime { since_start: Duration::from_millis(12_340), is_32_bit_centiseconds: true };
        let wifi = Some(Wifi { clients: Some(0), ..Wifi::default() });
        let condition = Condition { cpu_percent: Some(7.254), wifi, ..Condition::default() };
        let reading = Reading { uptime: Some(uptime), interfaces: vec![port()], condition, ..Reading::default() };
        let found = samples(&visit(60, reading), &[InterfaceId(3)], &[], &Kept::default()).expect("good");
        assert_eq!(
            values(&found),
            [
                (Metric::UptimeCentiseconds, None, Some(32), 1_234),
                (Metric::CpuPercent, None, None, 725),
                (Metric::WifiClients, None, None, 0),
                (Metric::InOctets, Some(3), Some(64), -1),
                (Metric::OutOctets, Some(3), Some(32), 5),
                (Metric::OperUp, Some(3), None, 1),
                (Metric::SpeedBps, Some(3), None, 1_000_000_000),
                (Metric::DiscontinuityCentiseconds, Some(3), None, 40),
            ]
        );
        assert!(found.iter().all(|(key, sample)| key.device == DeviceId(7) && sample.at == at(60)));
    }

    #[test]
    fn speed_and_discontinuity_are_kept_when_they_change_and_once_an_hour() {
        let mut kept = Kept::default();
        let mut slow = |second: i64, discontinuity| {
            let port = InterfaceReading { discontinuity_cs: Some(discontinuity), ..port() };
            let reading = Reading { interfaces: vec![port], ..Reading::default() };
            let found = samples(&visit(second, reading), &[InterfaceId(3)], &[], &kept).expect("good");
            kept.note(&found);
            found.iter().filter(|(key, _)| is_kept_on_change(key.metric)).count()
        };
        assert_eq!(slow(0, 40), 2, "first");
        assert_eq!(slow(60, 40), 0, "the same");
        assert_eq!(slow(120, 41), 1, "one changed");
        assert_eq!(slow(3_600, 41), 1, "an hour after the speed was kept");
        assert_eq!(slow(3_720, 41), 1, "an hour after the discontinuity was kept");
    }

    #[test]
    fn what_a_part_tells_is_kept_once_in_five_minutes_and_a_state_when_it_changes() {
        let sensor = |class, value| SensorReading { class, name: "psu".into(), value, state: None };
        let reading = |degrees, state| Reading {
            condition: Condition {
                sensors: vec![sensor(SensorClass::Temperature, degrees), sensor(SensorClass::State, state)],
                ..Condition::default()
            },
            ..Reading::default()
        };
        let (degrees, state) = (PartId(5), PartId(6));
        let mut kept = Kept::default();
        let mut told = |second, reading| {
            let found = samples(&visit(second, reading), &[], &[Some(degrees), Some(state)], &kept).expect("good");
            kept.note(&found);
            found.iter().map(|(key, sample)| (key.part, sample.value)).collect::<Vec<_>>()
        };
        assert_eq!(told(0, reading(-3.5, 1.0)), [(Some(degrees), -350), (Some(state), 1)]);
        assert_eq!(told(60, reading(41.0, 1.0)), [], "a temperature waits");
        assert_eq!(told(120, reading(41.0, 2.0)), [(Some(state), 2)], "a state does not");
        assert_eq!(told(299, reading(41.0, 2.0)), []);
        assert_eq!(told(300, reading(41.25, 2.0)), [(Some(degrees), 4125), (Some(state), 2)]);
        assert_eq!(told(700, reading(f64::NAN, 2.0)), [(Some(state), 2)], "what is no number is no sample");
        let no_room =
            samples(&visit(1000, reading(1.0, 1.0)), &[], &[None, Some(state)], &Kept::default()).expect("good");
        assert_eq!(no_room.len(), 1, "what there is no room for is left out");
    }

    #[test]
    fn a_failed_visit_makes_no_sample() {
        let failure = Failure { kind: FailureKind::Timeout, message: String::new(), hint: String::new() };
        let visit = Visit::failed("snmp2c", VisitDepth::Full, Duration::ZERO, Duration::ZERO, failure);
        assert_eq!(samples(&seen(1, Seen::Visit(Box::new(visit))), &[], &[], &Kept::default()).expect("good"), []);
    }
}
