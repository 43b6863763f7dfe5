//! A day in 40 halls, with faults of every kind at random, and what really happened to hold the engine against: each loss
//! is told once and its end once, a cause that is claimed is the true one, and the ledger of each hall is what the raw
//! observations say. No real time passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use alerts::cause::Cause;
use alerts::effect::{Effect, NotificationKind};
use alerts::ledger::{LedgerState, Span, Sums, ledger, observed};
use alerts::outage::{Outage, Subject};
use alerts::recompute;
use alerts::{Engine, Input};
use inventory::device::{Device, DeviceKind, Power};
use inventory::fleet::Fleet;
use inventory::hall::Hall;
use inventory::id::{DeviceId, HallId};
use inventory::reading::{FailureKind, Reach, Uptime};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::rows::Rows;
use crate::village::Village;

const BEGAN: i64 = 1_767_229_200;
const DAY_S: i64 = 86_400;
/// How often a device is asked.
const ROUND_S: i64 = 20;
/// What has been well for a while is asked this often, to be done in time; the engine does not see the difference.
const QUIET_ROUND_S: i64 = 300;
/// Seconds from the first missed ask to the third.
const MISSES_S: i64 = 8;
const FAULTS: usize = 24;
/// Asks further apart say nothing of the time between.
const GAP: SignedDuration = SignedDuration::from_secs(90);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Power,
    Feeder,
    Line,
    Upstream,
    AccessPoint,
    Gateway,
    Config,
    Agent,
}

const KINDS: [Kind; 8] = [
    Kind::Power,
    Kind::Feeder,
    Kind::Line,
    Kind::Upstream,
    Kind::AccessPoint,
    Kind::Gateway,
    Kind::Config,
    Kind::Agent,
];

#[derive(Debug, Clone)]
struct Fault {
    kind: Kind,
    from: i64,
    to: i64,
    halls: BTreeSet<HallId>,
    device: Option<DeviceId>,
}

impl Fault {
    fn lasts(&self, second: i64) -> bool {
        (self.from..self.to).contains(&second)
    }

    /// Whether a device answers while it lasts, as far as it goes.
    fn spares(&self, device: &Device) -> bool {
        let is_here = self.halls.contains(&device.hall);
        match self.kind {
            // The box of the provider has no battery: with the mains the line is gone.
            Kind::Power | Kind::Feeder | Kind::Line | Kind::Upstream | Kind::Config => !is_here,
            Kind::AccessPoint => self.device != Some(device.id),
            Kind::Gateway => !is_here,
            Kind::Agent => true,
        }
    }

    /// Whether a device starts anew when it is over.
    fn restarts(&self, device: &Device) -> bool {
        let is_here = self.halls.contains(&device.hall);
        match self.kind {
            Kind::Power | Kind::Feeder => is_here && device.facts.power != Some(Power::Ups),
            Kind::AccessPoint => self.device == Some(device.id),
            Kind::Gateway => is_here && device.facts.kind == DeviceKind::Router,
            Kind::Line | Kind::Upstream | Kind::Config | Kind::Agent => false,
        }
    }

    /// What the engine may say of a hall, or of an access point, that this took.
    fn causes(&self) -> &'static [Cause] {
        match self.kind {
            Kind::Power | Kind::Feeder => &[Cause::Power],
            Kind::Line => &[Cause::Line],
            Kind::Upstream => &[Cause::Upstream],
            Kind::AccessPoint | Kind::Gateway => &[Cause::Device],
            Kind::Config => &[Cause::Config],
            Kind::Agent => &[],
        }
    }
}

struct Day {
    fleet: Arc<Fleet>,
    faults: Vec<Fault>,
    engine: Engine,
    rows: Rows,
    now: i64,
    started: BTreeMap<DeviceId, i64>,
    silent_since: BTreeMap<DeviceId, i64>,
    /// What each device was asked, and whether it answered: every round, also those that the engine does not hear of.
    asks: BTreeMap<DeviceId, Vec<(Timestamp, bool)>>,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(BEGAN + second).expect("in range")
}

fn fleet() -> Arc<Fleet> {
    let mut village = Village::default();
    for area in 1..=4 {
        for feeder in 1..=2 {
            let numbers = format!("{{{:02}..{:02}}}", feeder * 5 - 4, feeder * 5);
            let power = if feeder == 1 { "" } else { " power=ups" };
            village.add(&format!(
                "a{area}-{numbers} area={area} feeder={area}-{feeder}: gw router{power}, ap-1 access_point power=hall, \
                 ap-2 access_point power=hall"
            ));
        }
    }
    village.fleet()
}

fn faults(fleet: &Fleet, random: &mut StdRng) -> Vec<Fault> {
    let halls: Vec<&Hall> = fleet.halls().collect();
    let mut faults: Vec<Fault> = Vec::new();
    while faults.len() < FAULTS {
        let kind = KINDS[random.random_range(0..KINDS.len())];
        let from = random.random_range(1_800..DAY_S - 9_000);
        let to = from + random.random_range(180..3_600);
        let hall = halls[random.random_range(0..halls.len())];
        let alike = |is_alike: &dyn Fn(&Hall) -> bool| {
            halls.iter().filter(|other| is_alike(other)).map(|other| other.id).collect::<BTreeSet<HallId>>()
        };
        let (taken, device) = match kind {
            Kind::Feeder => (alike(&|other| other.facts.power_feeder == hall.facts.power_feeder), None),
            Kind::Upstream => (alike(&|other| other.area == hall.area), None),
            Kind::AccessPoint => {
                let point = fleet.devices_of(hall.id).find(|device| device.facts.kind == DeviceKind::AccessPoint);
                ([hall.id].into(), point.map(|device| device.id))
            }
            Kind::Agent => (BTreeSet::new(), None),
            Kind::Power | Kind::Line | Kind::Gateway | Kind::Config => ([hall.id].into(), None),
        };
        // One thing at a time in a hall, with time to settle: else nobody could say what the cause is. Halls that are
        // lost within moments of each other look as if they had a cause in common.
        let is_near = |other: &&Fault| {
            let meets = from - 1_200 < other.to && other.from < to + 1_200;
            let shares = kind == Kind::Agent || other.kind == Kind::Agent || !taken.is_disjoint(&other.halls);
            (meets && shares) || (other.from - from).abs() < 200
        };
        if !faults.iter().any(|other| is_near(&other)) {
            faults.push(Fault { kind, from, to, halls: taken, device });
        }
    }
    faults
}

impl Day {
    fn new(seed: u64) -> Day {
        let fleet = fleet();
        let faults = faults(&fleet, &mut StdRng::seed_from_u64(seed));
        let (engine, effects) = Engine::restore(Rows::default().snapshot(Arc::clone(&fleet)), at(0));
        let mut rows = Rows::default();
        rows.write(&effects);
        let started = fleet.devices().map(|device| (device.id, -30 * DAY_S)).collect();
        Day { fleet, faults, engine, rows, now: 0, started, silent_since: BTreeMap::new(), asks: BTreeMap::new() }
    }

    fn step(&mut self, input: Input) {
        let effects = self.engine.step(input, at(self.now));
        // Checking the rows is dear, and nearly every step brings nothing.
        if effects.is_empty() {
            return;
        }
        self.rows.write(&effects);
        let asked = effects.into_iter().filter_map(|effect| match effect {
            Effect::Reask { devices } => Some(devices),
            _ => None,
        });
        for device in asked.flatten().collect::<Vec<_>>() {
            self.ask(device);
        }
    }

    fn answers(&self, device: &Device) -> bool {
        let is_up = |device: &Device| !self.faults.iter().any(|fault| fault.lasts(self.now) && !fault.spares(device));
        is_up(device) && self.fleet.uplink_path(device.id).iter().filter_map(|id| self.fleet.device(*id)).all(is_up)
    }

    fn ask(&mut self, id: DeviceId) {
        let fleet = Arc::clone(&self.fleet);
        let device = fleet.device(id).expect("a device of the fleet");
        let reach = if self.answers(device) {
            self.silent_since.remove(&id);
            self.asks.entry(id).or_default().push((at(self.now), true));
            let ran = u64::try_from(self.now - self.started[&id]).expect("it started before");
            let uptime = Uptime { since_start: Duration::from_secs(ran), is_32_bit_centiseconds: true };
            Reach::Answered { rtt: Duration::from_millis(9), uptime: Some(uptime), missed: 0 }
        } else {
            let since = *self.silent_since.entry(id).or_insert(self.now);
            if self.now - since < MISSES_S {
                return;
            }
            let asks = self.asks.entry(id).or_default();
            if asks.last().is_none_or(|(_, answered)| *answered) {
                asks.push((at(since), false));
            }
            asks.push((at(self.now), false));
            Reach::Silent { since: at(since), failure: FailureKind::Timeout }
        };
        self.step(Input::Reach { device: id, at: at(self.now), reach });
    }

    fn run(&mut self) {
        let fleet = Arc::clone(&self.fleet);
        let mut restless = BTreeMap::<HallId, i64>::new();
        let mut by_phase: Vec<Vec<(DeviceId, HallId)>> = vec![Vec::new(); usize::try_from(ROUND_S).expect("small")];
        for (place, device) in fleet.devices().enumerate() {
            let phases = by_phase.len();
            by_phase[place % phases].push((device.id, device.hall));
        }
        let edges = |fault: &Fault| [fault.from - 120, fault.from, fault.to];
        let turns: BTreeSet<i64> = self.faults.iter().flat_map(edges).collect();
        while self.now < DAY_S {
            if self.engine.next_deadline().is_some_and(|due| due <= at(self.now)) {
                self.step(Input::Tick);
            }
            if turns.contains(&self.now) {
                self.faults_turn(&mut restless);
            }
            let is_silent = self.faults.iter().any(|fault| fault.kind == Kind::Agent && fault.lasts(self.now));
            let phase = usize::try_from(self.now % ROUND_S).expect("small");
            let is_due = |(_, hall): &&(DeviceId, HallId)| {
                let is_restless = restless.get(hall).is_some_and(|until| self.now < *until);
                is_restless || self.now % QUIET_ROUND_S < ROUND_S
            };
            let due = by_phase[phase].iter().filter(is_due).map(|(id, _)| *id);
            let missed =
                self.silent_since.iter().filter(|(_, since)| self.now - **since == MISSES_S).map(|(id, _)| *id);
            let due: BTreeSet<DeviceId> = due.chain(missed).collect();
            if !is_silent {
                for (quiet, _) in by_phase[phase].iter().filter(|(id, _)| !due.contains(id)) {
                    self.asks.entry(*quiet).or_default().push((at(self.now), true));
                }
                due.into_iter().for_each(|device| self.ask(device));
            }
            self.now += 1;
        }
    }

    fn faults_turn(&mut self, restless: &mut BTreeMap<HallId, i64>) {
        let fleet = Arc::clone(&self.fleet);
        let turned: Vec<Fault> = self
            .faults
            .iter()
            .filter(|fault| fault.from - 120 == self.now || fault.from == self.now || fault.to == self.now)
            .cloned()
            .collect();
        for fault in turned {
            // After a silence of the agent all are seen again.
            let (is_of_all, rest) = if fault.kind == Kind::Agent { (true, 60) } else { (false, 900) };
            for hall in fleet.halls().map(|hall| hall.id).filter(|hall| is_of_all || fault.halls.contains(hall)) {
                restless.insert(hall, fault.to + rest);
            }
            if fault.to == self.now {
                for device in fleet.devices().filter(|device| fault.restarts(device)) {
                    self.started.insert(device.id, self.now);
                }
            }
            if fault.kind == Kind::Config && fault.from - 120 == self.now {
                let gateway = fault.halls.first().map(|hall| fleet.gateways(*hall)[0]).expect("a hall has a gateway");
                self.step(Input::Changed { device: gateway, at: at(self.now) });
            }
            if fault.kind == Kind::Agent && fault.from == self.now {
                self.step(Input::AgentSilent { agent: None, since: at(self.now) });
            }
        }
    }

    /// The fault that took the subject of an outage.
    fn truth(&self, outage: &Outage) -> Option<&Fault> {
        let began = outage.start.as_second() - BEGAN;
        let (hall, device) = match outage.subject {
            Subject::Hall(hall) => (hall, None),
            Subject::Device(id) => (self.fleet.device(id)?.hall, Some(id)),
        };
        self.faults.iter().find(|fault| {
            let is_it = match fault.kind {
                Kind::AccessPoint => fault.device == device,
                Kind::Power
                | Kind::Feeder
                | Kind::Line
                | Kind::Upstream
                | Kind::Gateway
                | Kind::Config
                | Kind::Agent => fault.halls.contains(&hall),
            };
            is_it && (fault.from..fault.to).contains(&began)
        })
    }
}

impl Day {
    /// The ledger of each hall is gapless, adds up, is what the raw observations say, and calls nothing down that nobody saw.
    fn check_ledgers(&self, seed: u64) {
        let span = Span { from: at(0), to: at(DAY_S) };
        for hall in self.fleet.halls().map(|hall| hall.id) {
            let entries: Vec<_> = self.rows.ledger[&hall].iter().map(|(from, state)| (*from, *state)).collect();
            let made = ledger(&entries, &[], span);
            let intervals = made.intervals();
            assert_eq!((intervals[0].from, intervals[intervals.len() - 1].to), (span.from, span.to));
            assert!(intervals.windows(2).all(|two| two[0].to == two[1].from), "seed {seed}: {intervals:?}");
            assert_eq!(Sums::of(&made).total_ms(), DAY_S * 1_000);
            let parts: Vec<_> = recompute::parts(&self.fleet, hall)
                .into_iter()
                .map(|(id, part)| (part, recompute::device(&self.asks[&id], GAP, span)))
                .collect();
            let different = recompute::differences(&observed(&entries, span), &recompute::hall(&parts, span), GAP);
            assert!(different.is_empty(), "seed {seed}, hall {hall}: {different:?}");
            for blind in self.faults.iter().filter(|fault| fault.kind == Kind::Agent) {
                let states = (blind.from..blind.to).step_by(7).map(|second| made.at(at(second)));
                assert!(states.into_iter().all(|state| state == Some(LedgerState::Unknown)), "seed {seed}: {blind:?}");
            }
            let outages = self.rows.outages.values().filter(|outage| outage.subject == Subject::Hall(hall));
            for outage in outages {
                let down = intervals.iter().find(|interval| interval.from == outage.start);
                let is_it = down.is_some_and(|down| down.state == LedgerState::Down && Some(down.to) == outage.end);
                assert!(is_it, "seed {seed}: {outage:?} is not {down:?}");
            }
        }
    }
}

/// What a day brought, added up.
#[derive(Debug, Default)]
struct Tally {
    faults: BTreeMap<Kind, usize>,
    right: usize,
    unknown: usize,
    wrong: Vec<String>,
}

fn day(seed: u64, tally: &mut Tally) {
    let mut day = Day::new(seed);
    day.run();
    for fault in &day.faults {
        *tally.faults.entry(fault.kind).or_default() += 1;
    }
    for outage in day.rows.outages.values().filter(|outage| outage.cause != Cause::CutOff) {
        let fault = day.truth(outage).unwrap_or_else(|| panic!("seed {seed}: nothing was wrong: {outage:?}"));
        assert!(outage.end.is_some(), "seed {seed}: {outage:?} never ended, but {fault:?} did");
        let late = outage.end.expect("it ended").as_second() - BEGAN - fault.to;
        assert!((0..60).contains(&late), "seed {seed}: ended {late} s after {fault:?}: {outage:?}");
        if fault.causes().contains(&outage.cause) {
            tally.right += 1;
        } else if outage.cause == Cause::Unknown {
            tally.unknown += 1;
        } else {
            tally.wrong.push(format!("seed {seed}: {outage:?} for {fault:?}"));
        }
    }
    day.check_ledgers(seed);
    // Every hall that was lost was told, once, and so was its end; nobody heard of an agent that fell silent as a loss.
    let told = |kind| day.rows.told.iter().filter(move |told| told.kind == kind).flat_map(|told| &told.alerts);
    let firing: BTreeSet<_> = told(NotificationKind::Firing).map(|alert| alert.key).collect();
    let ended: BTreeSet<_> = told(NotificationKind::Resolved).map(|alert| alert.key).collect();
    assert_eq!(firing, ended, "seed {seed}: whoever was told is told of the end");
    let lost = day.faults.iter().filter(|fault| fault.kind != Kind::Agent).map(|fault| match fault.kind {
        Kind::AccessPoint => 1,
        _ => fault.halls.len(),
    });
    assert_eq!(firing.len(), lost.sum::<usize>(), "seed {seed}: each loss is told once");
}

fn days(seeds: std::ops::Range<u64>) {
    let mut tally = Tally::default();
    let count = seeds.clone().count();
    for seed in seeds {
        day(seed, &mut tally);
    }
    for kind in KINDS {
        assert!(
            tally.faults.get(&kind).is_some_and(|met| *met >= count),
            "{kind:?} hardly happened: {:?}",
            tally.faults
        );
    }
    let some = tally.wrong.iter().take(4).cloned().collect::<Vec<_>>().join("\n");
    assert!(tally.wrong.is_empty(), "{} wrong claims, such as\n{some}", tally.wrong.len());
    let all = tally.right + tally.unknown;
    assert!(tally.right * 100 >= all * 95, "{} of {all} causes are right, {} unknown", tally.right, tally.unknown);
}

// In parts, so that every core has its share.
#[test]
fn on_any_of_the_first_25_days_what_is_told_is_true() {
    days(0..25);
}

#[test]
fn on_any_of_the_second_25_days_what_is_told_is_true() {
    days(25..50);
}

#[test]
fn on_any_of_the_third_25_days_what_is_told_is_true() {
    days(50..75);
}

#[test]
fn on_any_of_the_fourth_25_days_what_is_told_is_true() {
    days(75..100);
}

#[test]
#[ignore = "long: 1,000 days"]
fn on_any_of_1000_days_what_is_told_is_true() {
    days(100..1_100);
}

#[test]
#[ignore = "long: 1,000 days"]
fn on_any_of_1000_other_days_what_is_told_is_true() {
    days(1_100..2_100);
}
