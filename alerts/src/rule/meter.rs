//! What one device told over time, made into the values that rules look at: shares, rates and counts need more than one
//! observation. Pure; of each quantity no more is kept than its window needs.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use inventory::condition::{Radio, SensorClass};
use inventory::metric::Metric;
use inventory::rate::{CounterPoint, Limits, fastest_per_s, rate};
use inventory::reading::{Count, FailureKind, InterfaceReading, Reach, Reading};
use jiff::{SignedDuration, Timestamp};

use super::measure::{CHANNELS_WINDOW_S, LOSS_WINDOW_S, Measure, RADAR_CHANNELS, STARTS_WINDOW_S};
use super::setting::Amount;

/// Fewer asks than these say nothing of a share.
const ASKS_MIN: usize = 10;
/// Two starts that lie closer together are two readings of one.
const SAME_START: SignedDuration = SignedDuration::from_secs(45);
/// Events of one kind that are remembered of one device at the most.
const EVENTS_MAX: usize = 64;
/// Above it channels are numbered anew (6 GHz).
const FIVE_GHZ_ENDS_MHZ: f64 = 5_925.0;

/// What is remembered of one device. It lives as long as the device is judged; a restart makes it anew.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// When the latest of each kind of observation was made.
    pub(crate) asked: Option<Timestamp>,
    pub(crate) visited: Option<Timestamp>,
    pub(crate) read: Option<Timestamp>,
    /// The latest asks: when, how many were made, how many of them were missed.
    asks: VecDeque<(Timestamp, u16, u16)>,
    start: Option<Timestamp>,
    starts: Vec<Timestamp>,
    /// Visits in a row that were refused.
    refused: u8,
    ports: BTreeMap<u32, Port>,
    /// The channel that each radio was on last.
    channels: BTreeMap<String, u32>,
    /// When radios left a channel of radar.
    left: Vec<Timestamp>,
}

#[derive(Debug, Default)]
struct Port {
    is_wan: bool,
    speed_bps: Option<u64>,
    in_octets: Option<CounterPoint>,
    out_octets: Option<CounterPoint>,
    in_errors: Option<CounterPoint>,
    out_errors: Option<CounterPoint>,
}

/// What the line to the Internet carries, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Carried {
    /// Towards the hall.
    pub(crate) down_bps: f64,
    /// From it.
    pub(crate) up_bps: f64,
}

impl Meter {
    /// An ask came to an end. The share that was missed lately, when enough was asked.
    pub(crate) fn ask(&mut self, at: Timestamp, reach: &Reach) -> Option<Amount> {
        match reach {
            Reach::Answered { missed, .. } => self.asks.push_back((at, u16::from(*missed) + 1, u16::from(*missed))),
            // What does not answer is lost, which is another fault than what loses packets.
            Reach::Silent { .. } => self.asks.clear(),
            Reach::CouldNotLook { .. } => {}
        }
        let begin = before(at, LOSS_WINDOW_S);
        while self.asks.front().is_some_and(|(at, _, _)| *at <= begin) {
            self.asks.pop_front();
        }
        if self.asks.len() < ASKS_MIN {
            return None;
        }
        let (asked, missed) = self
            .asks
            .iter()
            .fold((0, 0), |(asked, missed), (_, more, lost)| (asked + u32::from(*more), missed + u32::from(*lost)));
        Some(Amount::of(f64::from(missed) * 100.0 / f64::from(asked)))
    }

    /// It started then, as was just read at `at`. How often it did lately, when it is known since when it ran before.
    pub(crate) fn started(&mut self, start: Timestamp, at: Timestamp) -> Amount {
        let known = self.start.replace(start);
        if known.is_some_and(|known| start.duration_since(known) > SAME_START) {
            remember(&mut self.starts, start);
        }
        self.starts.retain(|start| *start > before(at, STARTS_WINDOW_S));
        count(self.starts.len())
    }

    /// A visit came to an end. How many in a row were refused, when this one says anything of that.
    pub(crate) fn visit(&mut self, failure: Option<FailureKind>) -> Option<Amount> {
        self.refused = match failure {
            None => 0,
            Some(FailureKind::Community | FailureKind::User | FailureKind::Auth | FailureKind::Privacy) => {
                self.refused.saturating_add(1)
            }
            Some(
                FailureKind::Timeout
                | FailureKind::Engine
                | FailureKind::HostKey
                | FailureKind::Algorithm
                | FailureKind::Login
                | FailureKind::Refused
                | FailureKind::Protocol,
            ) => return None,
        };
        Some(count(usize::from(self.refused)))
    }

    /// What a visit read, but for what is of the hall.
    pub(crate) fn values(&mut self, at: Timestamp, reading: &Reading, longest: Duration) -> Vec<(Measure, Amount)> {
        let condition = &reading.condition;
        let temperatures = condition.sensors.iter().filter(|sensor| sensor.class == SensorClass::Temperature);
        let hottest = temperatures.map(|sensor| sensor.value).filter(|value| value.is_finite()).reduce(f64::max);
        let radios = condition.wifi.as_ref().map_or(&[][..], |wifi| &wifi.radios);
        let percent = |value: Option<f64>| value.filter(|value| value.is_finite()).map(Amount::of);
        let values = [
            (Measure::Cpu, percent(condition.cpu_percent)),
            (Measure::Memory, percent(condition.memory_used_percent)),
            (Measure::Temperature, hottest.map(Amount::of)),
            (Measure::RadarChannel, self.radios(at, radios)),
            (Measure::InterfaceErrors, self.errors(at, reading, longest)),
        ];
        values.into_iter().filter_map(|(measure, value)| Some((measure, value?))).collect()
    }

    /// How often radios left a channel of radar lately, when it has any that tell their channel.
    fn radios(&mut self, at: Timestamp, radios: &[Radio]) -> Option<Amount> {
        let mut has_any = false;
        for radio in radios {
            let is_high = radio.frequency_mhz.is_some_and(|mhz| mhz > FIVE_GHZ_ENDS_MHZ);
            let Some(channel) = radio.channel.filter(|_| !is_high) else { continue };
            has_any = true;
            let known = self.channels.insert(radio.name.clone(), channel);
            if known.is_some_and(|known| known != channel && is_of_radar(known)) {
                remember(&mut self.left, at);
            }
        }
        self.left.retain(|left| *left > before(at, CHANNELS_WINDOW_S));
        has_any.then(|| count(self.left.len()))
    }

    /// Packets with errors per second on the port that has the most, of those that can be told.
    fn errors(&mut self, at: Timestamp, reading: &Reading, longest: Duration) -> Option<Amount> {
        let mut most: Option<f64> = None;
        for told in &reading.interfaces {
            let port = self.ports.entry(told.index).or_default();
            port.speed_bps = told.speed_bps.or(port.speed_bps);
            port.is_wan = told.is_wan.unwrap_or(port.is_wan);
            let point = |count: Option<Count>| point(at, reading, told, count);
            let speed_bps = port.speed_bps;
            let per_s = |known: &mut Option<CounterPoint>, count, metric| {
                rate_since(known, point(count), metric, speed_bps, longest)
            };
            let both = [
                per_s(&mut port.in_errors, told.in_errors, Metric::InErrors),
                per_s(&mut port.out_errors, told.out_errors, Metric::OutErrors),
            ];
            let sum = both.iter().flatten().copied().reduce(|one, other| one + other);
            most = most.into_iter().chain(sum).reduce(f64::max);
        }
        if reading.has_all_interfaces {
            self.ports.retain(|index, _| reading.interfaces.iter().any(|told| told.index == *index));
        }
        most.map(Amount::of)
    }

    /// What its ports to the Internet carry. After [`Meter::values`], which learns which those are.
    pub(crate) fn carried(&mut self, at: Timestamp, reading: &Reading, longest: Duration) -> Option<Carried> {
        let mut carried: Option<Carried> = None;
        for told in &reading.interfaces {
            let Some(port) = self.ports.get_mut(&told.index).filter(|port| port.is_wan) else { continue };
            let (into, out) = (point(at, reading, told, told.in_octets), point(at, reading, told, told.out_octets));
            let down = rate_since(&mut port.in_octets, into, Metric::InOctets, port.speed_bps, longest);
            let up = rate_since(&mut port.out_octets, out, Metric::OutOctets, port.speed_bps, longest);
            if let (Some(down), Some(up)) = (down, up) {
                let sum = carried.get_or_insert(Carried { down_bps: 0.0, up_bps: 0.0 });
                sum.down_bps += down * 8.0;
                sum.up_bps += up * 8.0;
            }
        }
        carried
    }

    /// The clock was set back: nothing was seen later than `now`.
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        for seen in [&mut self.asked, &mut self.visited, &mut self.read] {
            *seen = seen.filter(|at| *at <= now);
        }
        self.asks.retain(|(at, _, _)| *at <= now);
        self.starts.retain(|at| *at <= now);
        self.left.retain(|at| *at <= now);
        self.ports.clear();
    }
}

fn is_of_radar(channel: u32) -> bool {
    RADAR_CHANNELS.iter().any(|channels| channels.contains(&channel))
}

fn point(at: Timestamp, reading: &Reading, told: &InterfaceReading, count: Option<Count>) -> Option<CounterPoint> {
    let Count { value, width } = count?;
    Some(CounterPoint { at, value, width, uptime: reading.uptime, discontinuity_cs: told.discontinuity_cs })
}

/// The rate since the reading before, which this one takes the place of. One without the counter leaves it.
fn rate_since(
    known: &mut Option<CounterPoint>,
    next: Option<CounterPoint>,
    metric: Metric,
    speed_bps: Option<u64>,
    longest: Duration,
) -> Option<f64> {
    let next = next?;
    let prev = known.replace(next)?;
    let fastest_per_s = speed_bps.and_then(|speed| fastest_per_s(metric, speed));
    rate(&prev, &next, &Limits { fastest_per_s, longest }).ok()
}

fn remember(events: &mut Vec<Timestamp>, at: Timestamp) {
    if events.len() == EVENTS_MAX {
        events.remove(0);
    }
    events.push(at);
}

fn count(number: usize) -> Amount {
    Amount::whole(i32::try_from(number).unwrap_or(i32::MAX))
}

fn before(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}
