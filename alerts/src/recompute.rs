//! What a hall was, once more, from raw observations alone: when each of its devices was asked, and whether it answered.
//! It shares nothing with the engine but the rules in the manual, and has to come to the same ledger.
//!
//! What it cannot know: devices are taken as the inventory has them today, and what was planned stands in no observation.

use std::collections::BTreeSet;

use inventory::device::{DeviceKind, Lifecycle};
use inventory::fleet::Fleet;
use inventory::id::{DeviceId, HallId};
use jiff::{SignedDuration, Timestamp};

use crate::health::HallState;
use crate::ledger::{Interval, Span, Timeline};

/// What a device is to its hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The hall is down when all of these are lost, and up in part when one is.
    Router,
    /// The same where there is no router; it is missed only when the hall is down.
    Gateway,
    /// The hall is up in part when it is lost.
    AccessPoint,
}

/// The devices of a hall that make its state, in the order of their ids.
pub fn parts(fleet: &Fleet, hall: HallId) -> Vec<(DeviceId, Part)> {
    let gateways = fleet.gateways(hall);
    let part = |device: &inventory::device::Device| match device.facts.kind {
        _ if !matches!(device.lifecycle, Lifecycle::Active | Lifecycle::Maintenance) => None,
        DeviceKind::Router => Some((device.id, Part::Router)),
        DeviceKind::AccessPoint if !gateways.contains(&device.id) => Some((device.id, Part::AccessPoint)),
        // An access point that is the gateway is a part like a router.
        DeviceKind::AccessPoint => Some((device.id, Part::Router)),
        _ if gateways.contains(&device.id) => Some((device.id, Part::Gateway)),
        DeviceKind::Switch | DeviceKind::Cpe | DeviceKind::Camera | DeviceKind::Ups | DeviceKind::Other => None,
    };
    let mut found: Vec<_> = fleet.devices_of(hall).filter_map(part).collect();
    found.sort_unstable();
    found
}

/// What is known of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nobody looked.
    Unknown,
    /// It answered.
    Up,
    /// It did not.
    Lost,
}

/// What a device was: when it was asked, in the order of time, and whether it answered. Times further apart than `gap` say
/// nothing of what lies between. It is lost from the first ask that was missed to the first of two answers in a row.
pub fn device(asks: &[(Timestamp, bool)], gap: SignedDuration, span: Span) -> Timeline<Seen> {
    let mut edges: Vec<(Timestamp, Seen)> = Vec::new();
    let (mut state, mut is_lost, mut first, mut latest) = (Seen::Unknown, false, None, None);
    for (at, answered) in asks {
        if let Some(latest) = latest.filter(|latest| at.duration_since(*latest) > gap) {
            edges.push((latest, Seen::Unknown));
            (state, first) = (Seen::Unknown, None);
        }
        latest = Some(*at);
        match (answered, state) {
            (false, Seen::Lost) => first = None,
            (false, Seen::Unknown | Seen::Up) => {
                edges.push((*at, Seen::Lost));
                (state, is_lost, first) = (Seen::Lost, true, None);
            }
            (true, Seen::Up) => {}
            (true, Seen::Unknown | Seen::Lost) if is_lost && first.is_none() => first = Some(*at),
            (true, Seen::Unknown | Seen::Lost) => {
                edges.push((first.take().unwrap_or(*at), Seen::Up));
                (state, is_lost) = (Seen::Up, false);
            }
        }
    }
    edges.extend(latest.filter(|latest| span.to.duration_since(*latest) > gap).map(|latest| (latest, Seen::Unknown)));
    let ends = edges.iter().skip(1).map(|(from, _)| *from).chain([span.to]).collect::<Vec<_>>();
    let unknown = Timeline::new(span.from, span.to, Seen::Unknown);
    edges.into_iter().zip(ends).fold(unknown, |line, ((from, seen), to)| line.paint(from, to, seen))
}

/// What a hall was, from what its parts were over the span.
pub fn hall(parts: &[(Part, Timeline<Seen>)], span: Span) -> Timeline<HallState> {
    let intervals = parts.iter().flat_map(|(_, line)| line.intervals());
    let edges: BTreeSet<Timestamp> = intervals.map(|interval| interval.from).chain([span.from]).collect();
    let ends = edges.iter().skip(1).copied().chain([span.to]).collect::<Vec<_>>();
    let unknown = Timeline::new(span.from, span.to, HallState::Unknown);
    edges.iter().zip(ends).fold(unknown, |line, (from, to)| line.paint(*from, to, hall_at(parts, *from)))
}

fn hall_at(parts: &[(Part, Timeline<Seen>)], at: Timestamp) -> HallState {
    let seen = |line: &Timeline<Seen>| line.at(at).unwrap_or(Seen::Unknown);
    let gateways = || parts.iter().filter(|(part, _)| *part != Part::AccessPoint).map(|(_, line)| seen(line));
    if gateways().any(|gateway| gateway == Seen::Up) {
        let is_partial = parts.iter().any(|(part, line)| *part != Part::Gateway && seen(line) == Seen::Lost);
        return if is_partial { HallState::Partial } else { HallState::Up };
    }
    let is_down = gateways().next().is_some() && gateways().all(|gateway| gateway == Seen::Lost);
    if is_down { HallState::Down } else { HallState::Unknown }
}

/// A stretch of time of which the ledger and the observations say different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// What was written of it.
    pub written: HallState,
    /// What was seen.
    pub seen: HallState,
}

/// Where two accounts of the same span differ. Up, partial and down have to agree to the millisecond. That nobody looked
/// is known from what is missing, so where one of them says so they may differ by up to `gap` at a time. What was planned
/// is not compared.
pub fn differences(written: &Timeline<HallState>, seen: &Timeline<HallState>, gap: SignedDuration) -> Vec<Difference> {
    let edges =
        |line: &Timeline<HallState>| line.intervals().into_iter().map(|interval| interval.from).collect::<Vec<_>>();
    let edges: BTreeSet<Timestamp> = edges(written).into_iter().chain(edges(seen)).collect();
    let both = |at: Timestamp| Some((written.at(at)?, seen.at(at)?));
    let ends = edges.iter().skip(1).copied().chain([written.to().min(seen.to())]).collect::<Vec<_>>();
    let mut found: Vec<Interval<(HallState, HallState)>> = Vec::new();
    for (from, to) in edges.iter().copied().zip(ends) {
        let Some(state) = both(from).filter(|(written, seen)| written != seen && *written != HallState::Maintenance)
        else {
            continue;
        };
        match found.last_mut() {
            Some(last) if last.state == state && last.to == from => last.to = to,
            _ => found.push(Interval { from, to, state }),
        }
    }
    let is_told = |interval: &Interval<(HallState, HallState)>| {
        let (written, seen) = interval.state;
        let is_blind = written == HallState::Unknown || seen == HallState::Unknown;
        !is_blind || interval.length_ms() > i64::try_from(gap.as_millis()).unwrap_or(i64::MAX)
    };
    let difference = |interval: Interval<(HallState, HallState)>| {
        let (written, seen) = interval.state;
        Difference { from: interval.from, to: interval.to, written, seen }
    };
    found.into_iter().filter(is_told).map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: SignedDuration = SignedDuration::from_secs(90);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_793_466_000 + second).unwrap()
    }

    fn span() -> Span {
        Span { from: at(0), to: at(1_000) }
    }

    /// Asked every 20 s; `.` answers, `x` does not, ` ` was not asked.
    fn asked(row: &str) -> Timeline<Seen> {
        let asks: Vec<_> = row.bytes().enumerate().filter(|(_, mark)| *mark != b' ').collect();
        let asks: Vec<_> =
            asks.into_iter().map(|(place, mark)| (at(20 * i64::try_from(place).unwrap()), mark == b'.')).collect();
        device(&asks, GAP, Span { from: at(0), to: at(20 * i64::try_from(row.len()).unwrap()) })
    }

    fn told<S: Copy + Eq>(line: &Timeline<S>) -> Vec<(i64, S)> {
        line.intervals().into_iter().map(|i| ((i.from.duration_since(at(0))).as_secs(), i.state)).collect()
    }

    #[test]
    fn a_device_is_lost_from_the_first_missed_ask_to_the_first_of_two_answers() {
        use Seen::{Lost, Unknown, Up};
        assert_eq!(told(&asked(" ..xx.x...")), [(0, Unknown), (20, Up), (60, Lost), (140, Up)]);
        assert_eq!(told(&asked("...   ..")), [(0, Up)], "a short silence of ours says nothing");
        assert_eq!(told(&asked("..      ..")), [(0, Up), (20, Unknown), (160, Up)]);
        assert_eq!(told(&asked(".x.     ..")), [(0, Up), (20, Lost), (40, Unknown), (160, Up)], "not two in a row");
        let unseen = [(0, Up), (20, Unknown), (160, Lost), (180, Up)];
        assert_eq!(told(&asked(".x      x..")), unseen, "what nobody saw the end of is unknown");
        assert_eq!(told(&asked("..      ")), [(0, Up), (20, Unknown)], "also at the end");
    }

    #[test]
    fn a_hall_is_what_its_gateways_and_parts_are() {
        let line = |edges: &[(i64, Seen)]| {
            edges.iter().fold(Timeline::new(at(0), at(1_000), Seen::Unknown), |line, (from, seen)| {
                line.paint(at(*from), at(1_000), *seen)
            })
        };
        let gateway = line(&[(10, Seen::Up), (100, Seen::Lost), (200, Seen::Up), (500, Seen::Unknown)]);
        let point = line(&[(12, Seen::Up), (103, Seen::Lost), (230, Seen::Up), (300, Seen::Lost)]);
        let found = hall(&[(Part::Router, gateway.clone()), (Part::AccessPoint, point)], span());
        let expected = [
            (0, HallState::Unknown),
            (10, HallState::Up),
            (100, HallState::Down),
            (200, HallState::Partial),
            (230, HallState::Up),
            (300, HallState::Partial),
            (500, HallState::Unknown),
        ];
        assert_eq!(told(&found), expected);
        let second = line(&[(0, Seen::Up), (150, Seen::Lost)]);
        let found = hall(&[(Part::Router, gateway), (Part::Router, second)], span());
        let expected = [
            (0, HallState::Up),
            (100, HallState::Partial),
            (150, HallState::Down),
            (200, HallState::Partial),
            (500, HallState::Unknown),
        ];
        assert_eq!(told(&found), expected, "a second router that is lost is a part that is missing");
        assert_eq!(told(&hall(&[], span())), [(0, HallState::Unknown)], "a hall without a gateway");
    }

    #[test]
    fn what_was_seen_has_to_agree_to_the_millisecond_and_what_nobody_saw_to_a_gap() {
        let line = |edges: &[(i64, HallState)]| {
            edges.iter().fold(Timeline::new(at(0), at(1_000), HallState::Unknown), |line, (from, state)| {
                line.paint(at(*from), at(1_000), *state)
            })
        };
        let written =
            line(&[(0, HallState::Up), (100, HallState::Unknown), (400, HallState::Up), (600, HallState::Down)]);
        let seen = line(&[(0, HallState::Up), (90, HallState::Unknown), (490, HallState::Up), (600, HallState::Down)]);
        assert_eq!(differences(&written, &seen, GAP), []);
        let seen = seen.paint(at(490), at(491), HallState::Unknown);
        let late = Difference { from: at(400), to: at(491), written: HallState::Up, seen: HallState::Unknown };
        assert_eq!(differences(&written, &seen, GAP), [late]);
        let seen = line(&[(0, HallState::Up), (100, HallState::Unknown), (400, HallState::Up), (599, HallState::Down)]);
        let early = Difference { from: at(599), to: at(600), written: HallState::Up, seen: HallState::Down };
        assert_eq!(differences(&written, &seen, GAP), [early]);
        assert_eq!(differences(&written.paint(at(590), at(600), HallState::Maintenance), &seen, GAP), []);
    }
}
