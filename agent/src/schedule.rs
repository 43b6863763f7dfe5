//! Who is due when. Pure: times go in, turns come out; it starts nothing and reads no clock.
//!
//! Each device has phases of its own, made from its id and a seed, so that the fleet is asked evenly over the interval
//! and a device keeps its place whoever comes or goes. Turns are points on a fixed grid, so they do not drift, and a
//! late wake-up takes each turn once, with its lag, instead of making up for all those it missed.
//!
//! What a turn means for reachability is [`crate::reach`]'s business; who carries it out is [`crate::agent`]'s.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use agent_api::{Cadence, VisitDepth};
use inventory::id::DeviceId;

/// A device that was not yet asked waits this long for each other new one at most, so that a hall that was just
/// imported is on the page at once, and a whole province does not make a burst.
const FIRST_TURN_EACH: Duration = Duration::from_millis(5);

/// How many intervals lie between visits of a device that answers none, after 1, 2, 3, … failures. At the default 60 s
/// that is up to 5 min.
const BACKOFF: [u32; 4] = [1, 2, 4, 5];

/// How many intervals a full visit waits after a visit that found other ports: none at first, more for a device that
/// finds other ports again right after each full visit.
const RESTLESS: [u32; 4] = [0, 2, 4, 5];

/// Steps of a low-discrepancy sequence (1/φ₂, 1/φ₂², 1/φ₂³ as fractions of 2⁶⁴; φ₂ is the plastic number): whatever
/// consecutive ids there are, multiples of these lie evenly in the interval.
const PHASE_STEPS: [u64; 3] = [0xC13F_A9A9_02A6_328F, 0x91E1_0DA5_C79E_7B1D, 0x6E06_D72E_4AD0_C5A3];

/// What is due, or why waking is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// Ask whether it is there.
    Reach,
    /// Its reach machine waits for a pause to end.
    ReachStep,
    /// Read it.
    Visit,
}

/// One turn that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Ask whether it is there.
    Reach(DeviceId),
    /// The pause of its reach machine is over.
    ReachStep(DeviceId),
    /// Read it; then call [`Schedule::visited`].
    Visit {
        /// The device.
        device: DeviceId,
        /// How much is to be read.
        depth: VisitDepth,
        /// When it should have begun.
        planned: Duration,
    },
}

/// What came of a visit, as far as the schedule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visited {
    /// It went well.
    Well {
        /// How much was read.
        depth: VisitDepth,
        /// The ports are no longer those of the last full visit.
        has_changed: bool,
    },
    /// It failed.
    Badly,
}

/// The turns of all devices of this agent.
#[derive(Debug)]
pub struct Schedule {
    seed: u64,
    cadence: Cadence,
    /// Every turn that is planned; the same times stand in `entries`.
    due: BTreeSet<(Duration, DeviceId, Turn)>,
    entries: BTreeMap<DeviceId, Entry>,
}

#[derive(Debug)]
struct Entry {
    reach_at: Duration,
    step_at: Option<Duration>,
    /// `None` for a device that is asked only whether it is there.
    visits: Option<Visits>,
}

#[derive(Debug)]
struct Visits {
    /// `None` while a visit is under way.
    at: Option<Duration>,
    /// When the visit under way began.
    began: Duration,
    /// From here on the next visit is a full one.
    full_at: Duration,
    /// In a row.
    failures: usize,
    /// How often other ports were found since a visit last found the same ones.
    restless: usize,
    /// Another visit was wanted while one was under way.
    is_wanted_again: bool,
}

impl Schedule {
    /// No devices yet.
    pub fn new(seed: u64, cadence: Cadence) -> Self {
        Schedule { seed, cadence, due: BTreeSet::new(), entries: BTreeMap::new() }
    }

    /// Adds devices; the flag says whether they are visited too. They are asked soon, and then at their own phases.
    /// A device that is there already is left as it is.
    pub fn add(&mut self, devices: &[(DeviceId, bool)], now: Duration) {
        let spread = FIRST_TURN_EACH.saturating_mul(u32::try_from(devices.len()).unwrap_or(u32::MAX));
        for (device, is_visited) in devices {
            if self.entries.contains_key(device) {
                continue;
            }
            let reach_at = now + self.offset(*device, Turn::Reach, spread.min(self.cadence.reach));
            let visits = is_visited.then(|| Visits {
                at: Some(now + self.offset(*device, Turn::Visit, spread.min(self.cadence.visit))),
                began: now,
                full_at: now,
                failures: 0,
                restless: 0,
                is_wanted_again: false,
            });
            self.due.insert((reach_at, *device, Turn::Reach));
            if let Some(at) = visits.as_ref().and_then(|visits| visits.at) {
                self.due.insert((at, *device, Turn::Visit));
            }
            self.entries.insert(*device, Entry { reach_at, step_at: None, visits });
        }
    }

    /// Forgets a device. A visit of it that is under way is of no interest any more.
    pub fn remove(&mut self, device: DeviceId) {
        let Some(entry) = self.entries.remove(&device) else {
            return;
        };
        self.due.remove(&(entry.reach_at, device, Turn::Reach));
        if let Some(at) = entry.step_at {
            self.due.remove(&(at, device, Turn::ReachStep));
        }
        if let Some(at) = entry.visits.and_then(|visits| visits.at) {
            self.due.remove(&(at, device, Turn::Visit));
        }
    }

    /// Polls at another rhythm from now on.
    pub fn set_cadence(&mut self, cadence: Cadence, now: Duration) {
        if cadence == self.cadence {
            return;
        }
        self.cadence = cadence;
        let devices: Vec<DeviceId> = self.entries.keys().copied().collect();
        for device in devices {
            let reach_at = self.slot(device, Turn::Reach, now);
            let visit_at = self.slot(device, Turn::Visit, now);
            let Some(entry) = self.entries.get_mut(&device) else {
                continue;
            };
            self.due.remove(&(entry.reach_at, device, Turn::Reach));
            self.due.insert((reach_at, device, Turn::Reach));
            entry.reach_at = reach_at;
            let Some(visits) = entry.visits.as_mut() else { continue };
            let Some(at) = visits.at.as_mut() else { continue };
            self.due.remove(&(*at, device, Turn::Visit));
            self.due.insert((visit_at, device, Turn::Visit));
            *at = visit_at;
        }
    }

    /// When a device's reach machine wants to be woken, if it does.
    pub fn set_step(&mut self, device: DeviceId, at: Option<Duration>) {
        let Some(entry) = self.entries.get_mut(&device) else {
            return;
        };
        if entry.step_at == at {
            return;
        }
        if let Some(old) = entry.step_at {
            self.due.remove(&(old, device, Turn::ReachStep));
        }
        if let Some(new) = at {
            self.due.insert((new, device, Turn::ReachStep));
        }
        entry.step_at = at;
    }

    /// Wants everything of a device read at once: it came back, or what opens it has changed.
    pub fn visit_soon(&mut self, device: DeviceId, now: Duration) {
        let Some(visits) = self.entries.get_mut(&device).and_then(|entry| entry.visits.as_mut()) else {
            return;
        };
        visits.failures = 0;
        visits.full_at = visits.full_at.min(now);
        match visits.at.replace(now) {
            Some(old) => {
                self.due.remove(&(old, device, Turn::Visit));
                self.due.insert((now, device, Turn::Visit));
            }
            None => {
                visits.at = None;
                visits.is_wanted_again = true;
            }
        }
    }

    /// A visit came to an end: plans the next one.
    pub fn visited(&mut self, device: DeviceId, outcome: Visited, now: Duration) {
        let Some(visits) = self.entries.get(&device).and_then(|entry| entry.visits.as_ref()) else {
            return;
        };
        if visits.at.is_some() {
            return;
        }
        // A visit out of turn is not followed by one in turn before half an interval has passed: rates over a moment
        // say nothing.
        let regular = self.slot(device, Turn::Visit, now.max(visits.began + self.cadence.visit / 2));
        let full_at = self.grid(device, 2, self.cadence.full_visit, now + self.cadence.full_visit / 2);
        let interval = self.cadence.visit;
        let Some(visits) = self.entries.get_mut(&device).and_then(|entry| entry.visits.as_mut()) else {
            return;
        };
        let mut at = match outcome {
            Visited::Well { depth: VisitDepth::Full, .. } => {
                visits.failures = 0;
                visits.full_at = full_at;
                regular
            }
            Visited::Well { depth: VisitDepth::Counters, has_changed: false } => {
                visits.failures = 0;
                visits.restless = 0;
                regular
            }
            Visited::Well { depth: VisitDepth::Counters, has_changed: true } => {
                visits.failures = 0;
                let wait = interval * RESTLESS[visits.restless.min(RESTLESS.len() - 1)];
                visits.restless = visits.restless.saturating_add(1);
                visits.full_at = visits.full_at.min(now + wait);
                if wait.is_zero() { now } else { regular }
            }
            Visited::Badly => {
                let intervals = BACKOFF[visits.failures.min(BACKOFF.len() - 1)];
                visits.failures = visits.failures.saturating_add(1);
                regular + interval * (intervals - 1)
            }
        };
        if std::mem::take(&mut visits.is_wanted_again) {
            visits.full_at = now;
            at = now;
        }
        visits.at = Some(at);
        self.due.insert((at, device, Turn::Visit));
    }

    /// Whether the latest visit of this device failed.
    pub fn is_failing(&self, device: DeviceId) -> bool {
        let visits = self.entries.get(&device).and_then(|entry| entry.visits.as_ref());
        visits.is_some_and(|visits| visits.failures > 0)
    }

    /// When the next turn comes, and what it is.
    pub fn next_deadline(&self) -> Option<(Duration, Turn)> {
        self.due.first().map(|(at, _, turn)| (*at, *turn))
    }

    /// The next turn that has come, until there is none.
    pub fn take_due(&mut self, now: Duration) -> Option<Due> {
        if self.due.first().is_none_or(|(at, _, _)| *at > now) {
            return None;
        }
        let (at, device, turn) = self.due.pop_first()?;
        let next_reach = self.slot(device, Turn::Reach, now);
        // Every planned turn has an entry, and only devices that are visited have visits planned: `remove` takes both.
        let entry = self.entries.get_mut(&device)?;
        Some(match turn {
            Turn::Reach => {
                entry.reach_at = next_reach;
                self.due.insert((next_reach, device, Turn::Reach));
                Due::Reach(device)
            }
            Turn::ReachStep => {
                entry.step_at = None;
                Due::ReachStep(device)
            }
            Turn::Visit => {
                let visits = entry.visits.as_mut()?;
                visits.at = None;
                visits.began = now;
                let depth = if visits.full_at <= now { VisitDepth::Full } else { VisitDepth::Counters };
                Due::Visit { device, depth, planned: at }
            }
        })
    }

    /// The first of the device's own times after `after`.
    fn slot(&self, device: DeviceId, turn: Turn, after: Duration) -> Duration {
        let (which, interval) = match turn {
            Turn::Reach | Turn::ReachStep => (0, self.cadence.reach),
            Turn::Visit => (1, self.cadence.visit),
        };
        self.grid(device, which, interval, after)
    }

    fn grid(&self, device: DeviceId, which: usize, interval: Duration, after: Duration) -> Duration {
        // An interval of nothing would never let the loop rest.
        let interval = interval.max(Duration::from_millis(1));
        let phase = fraction_of(interval, self.phase(device, which));
        match after.checked_sub(phase) {
            None => phase,
            Some(past) => {
                let intervals = past.as_nanos() / interval.as_nanos() + 1;
                phase + interval * u32::try_from(intervals).unwrap_or(u32::MAX)
            }
        }
    }

    fn offset(&self, device: DeviceId, turn: Turn, spread: Duration) -> Duration {
        let which = match turn {
            Turn::Reach | Turn::ReachStep => 0,
            Turn::Visit => 1,
        };
        fraction_of(spread, self.phase(device, which))
    }

    fn phase(&self, device: DeviceId, which: usize) -> u64 {
        // The seed moves whole agents against each other; inside one agent the sequence does the spreading.
        device.0.cast_unsigned().wrapping_mul(PHASE_STEPS[which]).wrapping_add(self.seed)
    }
}

/// `phase` / 2⁶⁴ of an interval.
fn fraction_of(interval: Duration, phase: u64) -> Duration {
    let nanos = (interval.as_nanos() * u128::from(phase)) >> 64;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn schedule(devices: std::ops::RangeInclusive<i64>) -> Schedule {
        let mut schedule = Schedule::new(7, Cadence::default());
        let devices: Vec<(DeviceId, bool)> = devices.map(|id| (DeviceId(id), true)).collect();
        schedule.add(&devices, Duration::ZERO);
        schedule
    }

    fn all_due(schedule: &mut Schedule, now: Duration) -> Vec<Due> {
        std::iter::from_fn(|| schedule.take_due(now)).collect()
    }

    /// Runs to `until`, waking exactly when wanted; each visit ends as `outcome` says, at once.
    fn run(
        schedule: &mut Schedule,
        until: Duration,
        outcome: impl Fn(DeviceId, VisitDepth) -> Visited,
    ) -> Vec<(Duration, Due)> {
        let mut log = Vec::new();
        while let Some((now, _)) = schedule.next_deadline().filter(|(at, _)| *at <= until) {
            for due in all_due(schedule, now) {
                log.push((now, due));
                if let Due::Visit { device, depth, .. } = due {
                    schedule.visited(device, outcome(device, depth), now);
                }
            }
        }
        log
    }

    fn well(_: DeviceId, depth: VisitDepth) -> Visited {
        Visited::Well { depth, has_changed: false }
    }

    fn reach_times(log: &[(Duration, Due)], id: i64) -> Vec<Duration> {
        log.iter().filter(|(_, due)| *due == Due::Reach(DeviceId(id))).map(|(at, _)| *at).collect()
    }

    fn visits(log: &[(Duration, Due)], id: i64) -> Vec<(Duration, VisitDepth)> {
        let visit = |(at, due): &(Duration, Due)| match due {
            Due::Visit { device, depth, .. } if device.0 == id => Some((*at, *depth)),
            Due::Visit { .. } | Due::Reach(_) | Due::ReachStep(_) => None,
        };
        log.iter().filter_map(visit).collect()
    }

    #[test]
    fn a_fleet_is_asked_evenly_over_the_interval() {
        let mut schedule = schedule(1..=6800);
        let log = run(&mut schedule, 100 * SECOND, well);
        let mut in_second = [0; 20];
        for (at, due) in &log {
            if matches!(due, Due::Reach(_)) && (60..80).contains(&at.as_secs()) {
                in_second[usize::try_from(at.as_secs()).unwrap() - 60] += 1;
            }
        }
        assert!(in_second.iter().all(|asks| (330..=350).contains(asks)), "340 a second wanted: {in_second:?}");
    }

    #[test]
    fn turns_do_not_drift_and_come_once_each_interval() {
        let mut schedule = schedule(1..=3);
        let log = run(&mut schedule, 36_000 * SECOND, well);
        let times = reach_times(&log, 2);
        assert!(times.windows(2).skip(1).all(|pair| pair[1] - pair[0] == 20 * SECOND), "the grid is exact");
        let visits = visits(&log, 2);
        assert!(visits.windows(2).skip(1).all(|pair| pair[1].0 - pair[0].0 == 60 * SECOND));
        assert!(visits[1].0 - visits[0].0 >= 30 * SECOND, "the first two visits are half an interval apart");
    }

    #[test]
    fn one_new_device_is_asked_and_read_at_once_and_many_are_spread() {
        let mut one = schedule(5..=5);
        assert_eq!(all_due(&mut one, Duration::from_millis(5)).len(), 2);
        let mut many = schedule(1..=1000);
        let first = all_due(&mut many, SECOND).len();
        assert!((380..=420).contains(&first), "200 of 1,000 asks and 200 visits in the first of 5 s: {first}");
    }

    #[test]
    fn coming_and_going_moves_nobody_else() {
        let mut alone = schedule(1..=10);
        let log = run(&mut alone, 100 * SECOND, well);
        let mut crowded = schedule(1..=10);
        run(&mut crowded, 30 * SECOND, well);
        crowded.add(&[(DeviceId(11), true), (DeviceId(12), false)], 30 * SECOND);
        crowded.remove(DeviceId(4));
        let later = run(&mut crowded, 100 * SECOND, well);
        let expected: Vec<Duration> = reach_times(&log, 7).into_iter().filter(|at| *at > 30 * SECOND).collect();
        assert_eq!(reach_times(&later, 7), expected);
        assert_eq!(reach_times(&later, 4), []);
        assert_eq!(visits(&later, 12), [], "a device that is only pinged is never visited");
    }

    #[test]
    fn a_late_wake_up_takes_each_turn_once() {
        let mut schedule = schedule(1..=100);
        run(&mut schedule, 100 * SECOND, well);
        let due = all_due(&mut schedule, 1_000 * SECOND);
        assert_eq!(due.iter().filter(|due| matches!(due, Due::Reach(_))).count(), 100);
        let planned: Vec<Duration> = due
            .iter()
            .filter_map(|due| match due {
                Due::Visit { planned, .. } => Some(*planned),
                Due::Reach(_) | Due::ReachStep(_) => None,
            })
            .collect();
        assert_eq!(planned.len(), 100);
        assert!(planned.iter().all(|at| *at < 161 * SECOND), "the lag can be told from when it was planned");
        assert!(schedule.next_deadline().is_some_and(|(at, _)| at > 1_000 * SECOND));
    }

    #[test]
    fn everything_is_read_at_first_and_then_once_an_hour() {
        let mut schedule = schedule(1..=50);
        let log = run(&mut schedule, 6 * 3600 * SECOND, well);
        for id in 1..=50 {
            let full: Vec<Duration> =
                visits(&log, id).iter().filter(|(_, depth)| *depth == VisitDepth::Full).map(|(at, _)| *at).collect();
            assert!(full[0] < SECOND);
            let gap = full[1] - full[0];
            assert!((1800..=5460).contains(&gap.as_secs()), "the first hour is where phases spread: {gap:?}");
            assert!(full.windows(2).skip(1).all(|pair| pair[1] - pair[0] == 3600 * SECOND), "{full:?}");
        }
    }

    #[test]
    fn changed_ports_are_read_at_once() {
        let mut schedule = schedule(1..=1);
        run(&mut schedule, 10 * SECOND, well);
        let changed = |_, depth| Visited::Well { depth, has_changed: depth == VisitDepth::Counters };
        let log = visits(&run(&mut schedule, 100 * SECOND, changed), 1);
        assert_eq!(log[0].1, VisitDepth::Counters);
        assert_eq!(log[1], (log[0].0, VisitDepth::Full));
    }

    #[test]
    fn a_device_that_never_has_the_same_ports_does_not_cost_two_visits_each_minute() {
        let mut schedule = schedule(1..=1);
        let changed = |_, depth| Visited::Well { depth, has_changed: depth == VisitDepth::Counters };
        let log = visits(&run(&mut schedule, 3_000 * SECOND, changed), 1);
        assert!(log.len() <= 52, "{}", log.len());
        let full = log.iter().filter(|(_, depth)| *depth == VisitDepth::Full).count();
        assert!((8..=13).contains(&full), "{full}");
    }

    #[test]
    fn a_device_that_answers_no_visit_is_visited_less_and_less_but_asked_as_before() {
        let mut schedule = schedule(1..=1);
        let log = run(&mut schedule, 1_800 * SECOND, |_, _| Visited::Badly);
        let times: Vec<Duration> = visits(&log, 1).iter().map(|(at, _)| *at).collect();
        let gaps: Vec<u64> = times.windows(2).skip(1).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
        assert_eq!(gaps[..4], [120, 240, 300, 300]);
        assert!(visits(&log, 1).iter().all(|(_, depth)| *depth == VisitDepth::Full), "a full visit is still owed");
        assert!(schedule.is_failing(DeviceId(1)));
        assert!(reach_times(&log, 1).len() >= 90);
        schedule.visit_soon(DeviceId(1), 1_801 * SECOND);
        assert_eq!(visits(&run(&mut schedule, 1_801 * SECOND, well), 1), [(1_801 * SECOND, VisitDepth::Full)]);
        assert!(!schedule.is_failing(DeviceId(1)));
    }

    #[test]
    fn a_device_is_never_visited_twice_at_once() {
        let mut schedule = schedule(1..=1);
        let is_visit = |due: &Due| matches!(due, Due::Visit { .. });
        assert_eq!(all_due(&mut schedule, SECOND).iter().filter(|due| is_visit(due)).count(), 1);
        schedule.visit_soon(DeviceId(1), 2 * SECOND);
        assert!(!all_due(&mut schedule, 500 * SECOND).iter().any(is_visit), "the first is still under way");
        schedule.visited(DeviceId(1), Visited::Badly, 500 * SECOND);
        assert!(all_due(&mut schedule, 500 * SECOND).iter().any(is_visit), "and what was wanted meanwhile comes then");
    }

    #[test]
    fn a_new_rhythm_holds_from_now_on() {
        let mut schedule = schedule(1..=1);
        run(&mut schedule, 30 * SECOND, well);
        let cadence = Cadence { reach: SECOND, visit: 3 * SECOND, ..Cadence::default() };
        schedule.set_cadence(cadence, 30 * SECOND);
        let log = run(&mut schedule, 60 * SECOND, well);
        assert_eq!(reach_times(&log, 1).len(), 30);
        assert_eq!(visits(&log, 1).len(), 10);
    }

    #[test]
    fn the_pause_of_a_machine_is_a_turn_like_others() {
        let mut schedule = schedule(1..=1);
        all_due(&mut schedule, SECOND);
        schedule.set_step(DeviceId(1), Some(Duration::from_millis(1_200)));
        assert_eq!(schedule.next_deadline(), Some((Duration::from_millis(1_200), Turn::ReachStep)));
        assert_eq!(schedule.take_due(Duration::from_millis(1_200)), Some(Due::ReachStep(DeviceId(1))));
        schedule.set_step(DeviceId(1), Some(2 * SECOND));
        schedule.set_step(DeviceId(1), None);
        assert_ne!(schedule.next_deadline().map(|(_, turn)| turn), Some(Turn::ReachStep));
    }
}
