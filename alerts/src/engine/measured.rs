//! What is measured of devices and halls, held against the rules: [`Meter`] makes values of observations, [`Watch`] makes
//! faults of values, and here is which of them are told.

use std::collections::BTreeMap;

use inventory::device::Device;
use inventory::id::{DeviceId, HallId};
use inventory::reading::{FailureKind, Reach, Reading};
use jiff::Timestamp;

use super::Engine;
use super::reach::is_late;
use crate::alert::{Alert, AlertKey, AlertState};
use crate::decision::Reason;
use crate::health::{DeviceState, HallState, Reachability};
use crate::outage::Subject;
use crate::rule::measure::Measure;
use crate::rule::meter::Meter;
use crate::rule::setting::{Amount, Setting, Settings};
use crate::rule::watch::{Stand, Turned, Watch};
use crate::rule::{Judged, Rule, Verdict};
use crate::turn::Turn;

const DAY_S: f64 = 86_400.0;

type Place = (Subject, Measure);

/// What is known of what is measured. Rows hold the alerts that are open and what people set; the rest begins anew with a
/// restart.
#[derive(Debug, Default)]
pub(super) struct Measures {
    settings: Settings,
    meters: BTreeMap<DeviceId, Meter>,
    /// When somebody was last connected to the Wi-Fi of a hall.
    clients_seen: BTreeMap<HallId, Timestamp>,
    /// What is not sound, with the latest value.
    watches: BTreeMap<Place, (Watch, Amount)>,
    /// What came to an end in this step, and when.
    ended: BTreeMap<Place, Timestamp>,
}

impl Measures {
    /// From what people set, the open alerts, and when halls had visitors last.
    pub(super) fn restore(settings: Settings, alerts: &[Alert], clients_seen: Vec<(HallId, Timestamp)>) -> Measures {
        let firing = alerts.iter().filter_map(|alert| match (alert.key.rule, alert.state) {
            (Rule::Measured(measure), AlertState::Pending | AlertState::Firing { .. }) => {
                let value = alert.judged.map_or(Amount::whole(0), |judged| judged.value);
                Some(((alert.key.subject, measure), (Watch::firing(alert.key.since), value)))
            }
            (Rule::Measured(_) | Rule::HallDown | Rule::DeviceDown | Rule::HostKeyChanged | Rule::Unstable, _) => None,
        });
        let watches = firing.collect();
        Measures { settings, watches, clients_seen: clients_seen.into_iter().collect(), ..Measures::default() }
    }

    /// At the end of a step nothing is kept of what is over.
    pub(super) fn forget_ended(&mut self) {
        for place in std::mem::take(&mut self.ended).into_keys() {
            if self.watches.get(&place).is_some_and(|(watch, _)| watch.stand() == Stand::Sound) {
                self.watches.remove(&place);
            }
        }
    }

    /// The clock was set back.
    pub(super) fn rebase(&mut self, now: Timestamp) {
        self.meters.values_mut().for_each(|meter| meter.rebase(now));
        self.watches.values_mut().for_each(|(watch, _)| watch.rebase(now));
        self.clients_seen.values_mut().for_each(|at| *at = now.min(*at));
    }
}

impl Engine {
    /// An ask came to an end, and the device is as `reach_seen` made it.
    pub(super) fn ask_measured(&mut self, device: DeviceId, at: Timestamp, reach: &Reach, turn: &mut Turn) {
        let at = at.min(turn.now);
        let Some(meter) = self.meter(device, at, turn, |meter| &mut meter.asked) else { return };
        let loss = meter.ask(at, reach);
        self.agent_heard(device, turn);
        let Reach::Answered { rtt, .. } = reach else { return };
        let subject = Subject::Device(device);
        if let Some(loss) = loss {
            self.see(subject, Measure::PacketLoss, at, loss, turn);
        }
        self.see(subject, Measure::Latency, at, Amount::of(rtt.as_secs_f64() * 1_000.0), turn);
        self.start_measured(device, at, turn);
    }

    /// A visit came to an end.
    pub(super) fn visit_measured(
        &mut self,
        device: DeviceId,
        at: Timestamp,
        failure: Option<FailureKind>,
        turn: &mut Turn,
    ) {
        let at = at.min(turn.now);
        let Some(meter) = self.meter(device, at, turn, |meter| &mut meter.visited) else { return };
        if let Some(refused) = meter.visit(failure) {
            self.see(Subject::Device(device), Measure::SnmpAuth, at, refused, turn);
        }
    }

    /// A visit read this.
    pub(super) fn reading_seen(&mut self, device: DeviceId, at: Timestamp, reading: &Reading, turn: &mut Turn) {
        let at = at.min(turn.now);
        let longest = self.measures.settings.gap().unsigned_abs();
        let Some(meter) = self.meter(device, at, turn, |meter| &mut meter.read) else { return };
        let values = meter.values(at, reading, longest);
        let carried = meter.carried(at, reading, longest);
        for (measure, value) in values {
            self.see(Subject::Device(device), measure, at, value, turn);
        }
        let Some(hall) = self.fleet.device(device).and_then(|known| self.fleet.hall(known.hall)) else { return };
        let (id, contract) = (hall.id, (hall.facts.down_mbps, hall.facts.up_mbps));
        // A hall with a second router has a second line, of which the contract says nothing.
        if let (Some(carried), Some(&gateway)) = (carried, self.topology.gateways(id).first())
            && gateway == device
        {
            let share = |bps: f64, mbps: Option<f64>| mbps.filter(|mbps| *mbps > 0.0).map(|mbps| bps / mbps / 1e4);
            let shares = share(carried.down_bps, contract.0).into_iter().chain(share(carried.up_bps, contract.1));
            if let Some(fuller) = shares.reduce(f64::max) {
                self.see(Subject::Hall(id), Measure::Bandwidth, at, Amount::of(fuller), turn);
            }
        }
        if let Some(clients) = reading.condition.wifi.as_ref().and_then(|wifi| wifi.clients) {
            self.clients_measured(id, at, clients, turn);
        }
    }

    /// Nothing was heard of an agent. It stands where the first of its devices does; the embedded one stands nowhere.
    pub(super) fn agent_measured(&mut self, agent: Option<&str>, since: Timestamp, turn: &mut Turn) {
        let Some(hall) = agent.and_then(|name| self.hall_of_agent(name)) else { return };
        let minutes = turn.now.duration_since(since).as_secs_f64() / 60.0;
        self.see(Subject::Hall(hall), Measure::AgentSilent, turn.now, Amount::of(minutes), turn);
    }

    fn hall_of_agent(&self, name: &str) -> Option<HallId> {
        let is_its = |device: &&Device| device.facts.agent.as_deref() == Some(name);
        let its = self.fleet.devices().filter(is_its).filter(|device| self.topology.is_judged(device.id));
        its.min_by_key(|device| (self.topology.path(device.id).len(), device.id)).map(|device| device.hall)
    }

    /// Something was heard of the agent of a device.
    fn agent_heard(&mut self, device: DeviceId, turn: &mut Turn) {
        // Nothing is watched that is sound, so nearly always there is nothing to look up.
        let is_silent = |((_, measure), _): (&Place, &(Watch, Amount))| *measure == Measure::AgentSilent;
        if !self.measures.watches.iter().any(is_silent) {
            return;
        }
        let agent = self.fleet.device(device).and_then(|known| known.facts.agent.clone());
        if let Some(hall) = agent.and_then(|name| self.hall_of_agent(&name)) {
            self.see(Subject::Hall(hall), Measure::AgentSilent, turn.now, Amount::whole(0), turn);
        }
    }

    /// People set rules.
    pub(super) fn settings_changed(&mut self, settings: Settings, turn: &mut Turn) {
        if self.measures.settings == settings {
            return;
        }
        self.measures.settings = settings;
        let places: Vec<Place> = self.measures.watches.keys().copied().collect();
        for (subject, measure) in places {
            if !self.setting(subject, measure).is_some_and(|setting| setting.is_enabled) {
                self.end_watch((subject, measure), turn);
            }
        }
    }

    /// The inventory changed: nothing is measured of what is not in use.
    pub(super) fn fit_measures(&mut self, turn: &mut Turn) {
        let is_judged = |subject: Subject| match subject {
            Subject::Device(device) => self.topology.is_judged(device),
            Subject::Hall(hall) => self.fleet.hall(hall).is_some_and(|hall| hall.lifecycle.is_polled()),
        };
        let gone: Vec<Place> = self.measures.watches.keys().copied().filter(|place| !is_judged(place.0)).collect();
        for place in gone {
            self.end_watch(place, turn);
        }
        let topology = &self.topology;
        self.measures.meters.retain(|device, _| topology.is_judged(*device));
        let fleet = &self.fleet;
        self.measures.clients_seen.retain(|hall, _| fleet.hall(*hall).is_some());
    }

    /// What rules say of what is measured of this.
    pub(super) fn measured_verdicts(&self, subject: Subject) -> Vec<(Rule, Verdict)> {
        let (first, last) = (Measure::ALL[0], Measure::ALL[Measure::ALL.len() - 1]);
        let watches = self.measures.watches.range((subject, first)..=(subject, last));
        let verdict = |measure: Measure, watch: &Watch| match watch.stand() {
            Stand::Sound | Stand::Pending { .. } => Verdict::Sound,
            Stand::Firing { since, .. } => self.firing_verdict(subject, measure, since, watch.last()),
        };
        watches.map(|((_, measure), (watch, _))| (Rule::Measured(*measure), verdict(*measure, watch))).collect()
    }

    /// What an alert that begins now is judged by.
    pub(super) fn judged(&self, key: &AlertKey) -> Option<Judged> {
        let Rule::Measured(measure) = key.rule else { return None };
        let (_, value) = self.measures.watches.get(&(key.subject, measure))?;
        let Setting { threshold, hold_s, severity, .. } = self.setting(key.subject, measure)?;
        Some(Judged { value: *value, threshold, hold_s, severity })
    }

    /// When what ends in this step ended.
    pub(super) fn measured_end(&self, subject: Subject, measure: Measure) -> Option<Timestamp> {
        self.measures.ended.get(&(subject, measure)).copied()
    }

    /// A fault that lasts, unless more is wrong with what it is of, or nobody has looked since that was.
    fn firing_verdict(&self, subject: Subject, measure: Measure, since: Timestamp, seen: Option<Timestamp>) -> Verdict {
        let (reach, is_maintained, standing, nearest) = match subject {
            Subject::Device(device) => {
                let Some(row) = self.devices.get(&device) else { return Verdict::Sound };
                (row.reach, row.state == DeviceState::Maintenance, row.since, Some(device))
            }
            Subject::Hall(hall) => {
                let Some(row) = self.halls.get(&hall) else { return Verdict::Sound };
                let gateway = self.topology.gateways(hall).first().copied();
                (self.hall_reach(hall), row.state == HallState::Maintenance, row.since, gateway)
            }
        };
        let by = nearest.and_then(|device| self.cut_off_by(device)).or(nearest);
        match (is_maintained, reach, by) {
            (true, _, _) => Verdict::Suppressed { since, reason: Reason::Maintenance },
            // It is the reason why nobody looks at the hall.
            (false, _, _) if measure == Measure::AgentSilent => Verdict::Fault { since },
            (false, Reachability::Down | Reachability::CutOff, Some(by)) => {
                Verdict::Suppressed { since, reason: Reason::InhibitedBy(by) }
            }
            (false, Reachability::Up, _) if seen.is_some_and(|seen| seen >= standing) => Verdict::Fault { since },
            (false, Reachability::Up | Reachability::Down | Reachability::CutOff | Reachability::Unknown, _) => {
                Verdict::Unclear
            }
        }
    }

    /// The meter of a judged device, for an observation that does not come too late; `latest` is that of its kind.
    fn meter(
        &mut self,
        device: DeviceId,
        at: Timestamp,
        turn: &Turn,
        latest: impl Fn(&mut Meter) -> &mut Option<Timestamp>,
    ) -> Option<&mut Meter> {
        if !self.topology.is_judged(device) {
            return None;
        }
        let meter = self.measures.meters.entry(device).or_default();
        let latest = latest(meter);
        if is_late(*latest, at, turn.now) {
            return None;
        }
        *latest = Some(at);
        Some(meter)
    }

    fn start_measured(&mut self, device: DeviceId, at: Timestamp, turn: &mut Turn) {
        let Some(start) = self.devices.get(&device).and_then(|row| row.start) else { return };
        let Some(meter) = self.measures.meters.get_mut(&device) else { return };
        let starts = meter.started(start.at, at);
        self.see(Subject::Device(device), Measure::RebootLoop, at, starts, turn);
    }

    fn clients_measured(&mut self, hall: HallId, at: Timestamp, clients: u32, turn: &mut Turn) {
        let seen = &mut self.measures.clients_seen;
        if clients > 0 {
            let latest = seen.entry(hall).or_insert(at);
            *latest = at.max(*latest);
        }
        // Where nobody was ever seen, nobody is missed.
        let Some(seen) = seen.get(&hall) else { return };
        let days = at.duration_since(*seen).as_secs_f64().max(0.0) / DAY_S;
        self.see(Subject::Hall(hall), Measure::NoWifiClients, at, Amount::of(days), turn);
    }

    /// Holds a value against its rule.
    fn see(&mut self, subject: Subject, measure: Measure, at: Timestamp, value: Amount, turn: &mut Turn) {
        let Some(setting) = self.setting(subject, measure).filter(|setting| setting.is_enabled) else { return };
        let place = (subject, measure);
        let is_watched = self.measures.watches.contains_key(&place);
        if !is_watched && value < setting.threshold {
            return;
        }
        let gap = self.measures.settings.gap();
        let (watch, latest) = self.measures.watches.entry(place).or_insert_with(|| (Watch::default(), value));
        *latest = value;
        match watch.see(at, value, &setting, gap) {
            Turned::Fired { .. } => {}
            Turned::Ended { at } => {
                self.measures.ended.insert(place, at);
            }
            Turned::Nothing => match watch.stand() {
                // What is told, or not told for a reason that may be gone.
                Stand::Firing { .. } => {}
                Stand::Pending { .. } => return,
                Stand::Sound => {
                    self.measures.watches.remove(&place);
                    return;
                }
            },
        }
        turn.measured.insert(subject);
    }

    fn end_watch(&mut self, place: Place, turn: &mut Turn) {
        if let Some((watch, _)) = self.measures.watches.get_mut(&place) {
            *watch = Watch::default();
            self.measures.ended.insert(place, turn.now);
            turn.measured.insert(place.0);
        }
    }

    /// What people set for this; `None` when it is not in the fleet.
    fn setting(&self, subject: Subject, measure: Measure) -> Option<Setting> {
        let (hall, kind) = match subject {
            Subject::Hall(hall) => (hall, None),
            Subject::Device(device) => {
                let known = self.fleet.device(device)?;
                (known.hall, Some(known.facts.kind))
            }
        };
        Some(self.measures.settings.of(measure, hall, kind))
    }
}
