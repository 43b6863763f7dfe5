//! The records database, played by maps: effects are folded into rows, and rows make a snapshot. On the way it checks
//! what must hold after every step, whatever happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use alerts::alert::{Alert, AlertKey, AlertState};
use alerts::decision::{Decision, Reason};
use alerts::effect::{Effect, Notification, NotificationKind};
use alerts::engine::Snapshot;
use alerts::group::Group;
use alerts::health::{DeviceHealth, HallHealth, HallState, Reachability};
use alerts::host_key::OfferedKey;
use alerts::ledger::Entry;
use alerts::outage::{Outage, Subject};
use alerts::people::Receiver;
use inventory::fleet::Fleet;
use inventory::id::{DeviceId, HallId};
use jiff::Timestamp;

/// What the controller would have written.
#[derive(Debug, Default, Clone)]
pub(crate) struct Rows {
    pub(crate) devices: BTreeMap<DeviceId, DeviceHealth>,
    pub(crate) halls: BTreeMap<HallId, HallHealth>,
    /// Per hall what its ledger is made of.
    pub(crate) ledger: BTreeMap<HallId, BTreeMap<Timestamp, HallState>>,
    /// What came too late to be judged.
    pub(crate) late: Vec<alerts::late::Late>,
    pub(crate) host_keys: BTreeMap<DeviceId, OfferedKey>,
    pub(crate) outages: BTreeMap<(Subject, Timestamp), Outage>,
    pub(crate) alerts: BTreeMap<AlertKey, Alert>,
    pub(crate) groups: BTreeMap<(Timestamp, AlertKey), Group>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) told: Vec<Notification>,
    pub(crate) silences: Vec<alerts::silence::Silence>,
    pub(crate) people: Arc<alerts::people::People>,
    pub(crate) settings: alerts::rule::setting::Settings,
    /// The clock was set on the way: times of different outages cannot be compared.
    pub(crate) is_clock_set: bool,
}

impl Rows {
    /// Writes what a step brought, and checks it.
    pub(crate) fn write(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Reask { devices } => assert!(!devices.is_empty()),
                Effect::DeviceHealth(row) => drop(self.devices.insert(row.device, row.clone())),
                Effect::HallHealth(row) => drop(self.halls.insert(row.hall, *row)),
                Effect::Late(late) => self.late.push(*late),
                Effect::Ledger(entry) => self.entry(*entry),
                Effect::HostKey(row) => drop(self.host_keys.insert(row.device, row.clone())),
                Effect::Outage(row) => self.outage(*row),
                Effect::Alert(row) => drop(self.alerts.insert(row.key, *row)),
                Effect::Group(row) => drop(self.groups.insert((row.opened, row.members[0].alert), row.clone())),
                Effect::GroupDone(row) => drop(self.groups.remove(&(row.opened, row.members[0].alert))),
                Effect::Decision(decision) => self.decisions.push(*decision),
                Effect::Notify(notification) => {
                    self.told.push(notification.clone());
                    self.check_told(notification);
                }
            }
        }
        self.check_outages();
        self.check_alerts();
    }

    /// What the engine is restored from.
    pub(crate) fn snapshot(&self, fleet: Arc<Fleet>) -> Snapshot {
        let is_open = |alert: &&Alert| !matches!(alert.state, AlertState::Resolved { .. });
        Snapshot {
            fleet,
            devices: self.devices.values().cloned().collect(),
            halls: self.halls.values().copied().collect(),
            host_keys: self.host_keys.values().cloned().collect(),
            outages: self.outages.values().copied().collect(),
            alerts: self.alerts.values().filter(is_open).copied().collect(),
            groups: self.groups.values().cloned().collect(),
            changes: Vec::new(),
            silences: self.silences.clone(),
            people: Arc::clone(&self.people),
            settings: self.settings.clone(),
            clients_seen: Vec::new(),
        }
    }

    /// As the records keep it.
    fn entry(&mut self, entry: Entry) {
        let said = self.ledger.entry(entry.hall).or_default();
        said.retain(|from, _| *from < entry.from);
        said.insert(entry.from, entry.state);
    }

    fn outage(&mut self, row: Outage) {
        let before = self.outages.insert((row.subject, row.start), row);
        let is_fact = before.is_none_or(|before| before.end.is_none() || before.end == row.end);
        assert!(is_fact, "only why it happened comes out after its end: {before:?} -> {row:?}");
    }

    fn check_told(&self, notification: &Notification) {
        assert!(!notification.alerts.is_empty(), "a message about nothing");
        assert!(!notification.to.is_empty(), "a message to nobody");
        for receiver in &notification.to {
            let his: Vec<&Notification> = self.told.iter().filter(|told| told.to.contains(receiver)).collect();
            for alert in &notification.alerts {
                check_told_to(receiver, alert, notification, &his);
            }
            let ids = his.iter().filter(|told| told.id() == notification.id()).count();
            assert_eq!(ids, 1, "ids are unique: {}", notification.id());
        }
        let of_thread = self.told.iter().filter(|told| told.thread == notification.thread);
        let begins = of_thread
            .filter(|told| told.kind == NotificationKind::Firing && told.to.contains(&Receiver::Everybody))
            .count();
        assert!(begins <= 1, "one thread, one group");
    }

    fn check_outages(&self) {
        let mut latest: BTreeMap<Subject, Outage> = BTreeMap::new();
        let mut open: BTreeMap<Subject, Outage> = BTreeMap::new();
        for outage in self.outages.values() {
            assert!(outage.end.is_none_or(|end| end > outage.start), "{outage:?}");
            if outage.end.is_none() {
                assert_eq!(open.insert(outage.subject, *outage), None, "two open outages");
            }
            if let Some(before) = latest.insert(outage.subject, *outage) {
                let is_after = before.end.is_some_and(|end| end <= outage.start) || self.is_clock_set;
                assert!(is_after, "{before:?} overlaps {outage:?}");
            }
        }
        for row in self.devices.values() {
            let is_open = open.contains_key(&Subject::Device(row.device));
            match row.reach {
                Reachability::Up => assert!(!is_open, "{row:?}"),
                Reachability::Down | Reachability::CutOff => assert!(is_open, "{row:?}"),
                Reachability::Unknown => {}
            }
        }
    }

    fn check_alerts(&self) {
        let mut open: BTreeMap<(alerts::rule::Rule, Subject), AlertKey> = BTreeMap::new();
        for alert in self.alerts.values() {
            let told = self.told.iter().any(|told| told.alerts.iter().any(|other| other.key == alert.key));
            // Where no channel hears of everything, what fires may be held back, or concern nobody.
            let is_all_told = self.people.has_everybody;
            match alert.state {
                AlertState::Pending => assert!(!told, "{alert:?}"),
                AlertState::Firing { .. } => assert!(told || !is_all_told, "{alert:?}"),
                AlertState::Resolved { fired: Some(_), .. } => assert!(told || !is_all_told, "{alert:?}"),
                AlertState::Resolved { fired: None, .. } => assert!(!told, "{alert:?}"),
            }
            if !matches!(alert.state, AlertState::Resolved { .. }) {
                let twin = open.insert((alert.key.rule, alert.key.subject), alert.key);
                assert!(twin.is_none(), "two open alerts for one subject: {twin:?} and {alert:?}");
                let is_measured = matches!(alert.key.rule, alerts::rule::Rule::Measured(_));
                assert_eq!(alert.judged.is_some(), is_measured, "{alert:?}");
                let outage = self.outages.get(&(alert.key.subject, alert.key.since));
                let is_there = outage.is_some_and(|outage| outage.end.is_none()) || !alert.key.rule.is_of_reach();
                assert!(is_there, "an open alert has an open outage: {alert:?}");
                let members = self.groups.values().flat_map(|group| &group.members);
                let places = members.filter(|member| member.alert == alert.key && member.over.is_none()).count();
                assert_eq!(places, 1, "an open alert is in one group: {alert:?}");
            }
            let of_all = self.decisions.iter().filter(|decision| decision.contact.is_none());
            let reasons = of_all.filter(|decision| decision.alert == alert.key).map(|d| d.reason);
            let firsts = reasons.clone().filter(|reason| *reason == Reason::FirstNotification).count();
            let ends = reasons.filter(|reason| *reason == Reason::Recovery).count();
            assert!(firsts <= 1 && ends <= 1, "{alert:?}");
        }
    }
}

/// What one receiver heard of one alert: that it began, once; that it ended, once, and nothing after that.
fn check_told_to(receiver: &Receiver, alert: &Alert, notification: &Notification, his: &[&Notification]) {
    let about = || his.iter().filter(|told| told.alerts.iter().any(|other| other.key == alert.key));
    let of = |kind: NotificationKind| about().filter(|told| told.kind == kind).count();
    assert!(of(NotificationKind::Firing) <= 1, "told once that it fires: {receiver:?} {alert:?}");
    let is_over = matches!(alert.state, AlertState::Resolved { .. });
    match notification.kind {
        NotificationKind::Resolved => {
            assert!(
                of(NotificationKind::Resolved) == 1 && is_over,
                "told once that it is over: {receiver:?} {alert:?}"
            );
            let first = about().next().expect("this message");
            assert_ne!(
                first.kind,
                NotificationKind::Resolved,
                "told of the end of what he knows: {receiver:?} {alert:?}"
            );
        }
        NotificationKind::Digest => {
            assert_eq!(about().count(), 1, "held back, so not told before: {receiver:?} {alert:?}")
        }
        NotificationKind::Firing
        | NotificationKind::Reminder
        | NotificationKind::Growth
        | NotificationKind::Escalation => {
            assert!(
                of(NotificationKind::Resolved) == 0 && !is_over,
                "told of nothing that is over: {receiver:?} {alert:?}"
            );
        }
    }
    let threads = about().filter(|told| told.kind != NotificationKind::Digest);
    let thread = his.iter().find(|told| told.kind != NotificationKind::Digest).map(|_| &notification.thread);
    let is_one =
        notification.kind == NotificationKind::Digest || threads.into_iter().all(|told| Some(&told.thread) == thread);
    assert!(is_one, "one thread for {alert:?}");
}
