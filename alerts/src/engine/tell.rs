//! Who hears of it, and when: groups whose time has come become messages.

use std::collections::BTreeSet;

use inventory::id::{DeviceId, HallId};

use super::{Effect, Engine, Notification, NotificationKind};
use crate::alert::{Alert, AlertKey, AlertState};
use crate::decision::{Decision, Reason};
use crate::group::{Group, GroupId, Member};
use crate::health::{DeviceState, Reachability};
use crate::outage::{Outage, Subject};
use crate::turn::Turn;

impl Engine {
    /// Makes the messages that are due.
    pub(super) fn tell(&mut self, turn: &mut Turn) {
        for id in self.groups.firing(turn.now) {
            self.tell_firing(id, turn);
        }
        for id in self.groups.reminding(turn.now) {
            self.remind(id, turn);
        }
        for id in self.groups.ending(turn.now, |group| self.awaits_cut_off(group)) {
            self.tell_ends(id, turn);
        }
    }

    /// Whether halls that a message named as cut off are being asked again just now, because what cut them off is over.
    /// The recovery waits for them, so that one message names them all.
    pub(super) fn awaits_cut_off(&self, group: &Group) -> bool {
        let is_cut_off = |id: &DeviceId| self.devices.get(id).is_some_and(|row| row.reach == Reachability::CutOff);
        let named = self.halls_named(group);
        named.iter().any(|gateway| is_cut_off(gateway) && self.cut_off_by(*gateway).is_none())
    }

    /// Gateways of other halls that the message about a group named as cut off behind what now ends.
    fn halls_named(&self, group: &Group) -> Vec<DeviceId> {
        let mut named = BTreeSet::new();
        for member in group.ending() {
            let own_hall = self.hall_of(member.alert.subject);
            let is_other_gateway = |id: &DeviceId| {
                let hall = self.fleet.device(*id).map(|device| device.hall);
                hall != own_hall && hall.is_some_and(|hall| self.topology.gateways(hall).contains(id))
            };
            let behind = self.behind(member.alert.subject).into_iter();
            named.extend(behind.filter(|id| group.cut_off.contains(id) && is_other_gateway(id)));
        }
        let mut named: Vec<DeviceId> = named.into_iter().collect();
        self.topology.sort_root_first(&mut named);
        named
    }

    fn tell_firing(&mut self, id: GroupId, turn: &mut Turn) {
        let Some(group) = self.groups.find(id) else { return };
        let thread = group.thread();
        let keys: Vec<AlertKey> = group.lasting().map(|member| member.alert).collect();
        let mut alerts: Vec<Alert> = keys.iter().filter_map(|key| self.book.find(*key)).collect();
        let Some(first) = alerts.first().map(|alert| alert.key) else {
            return;
        };
        for alert in &mut alerts {
            alert.state = AlertState::Firing { at: turn.now };
            self.book.put(*alert);
            turn.effects.push(Effect::Alert(*alert));
            let reason = if alert.key == first { Reason::FirstNotification } else { Reason::GroupedInto(first) };
            turn.effects.push(Effect::Decision(Decision { alert: alert.key, at: turn.now, reason }));
        }
        alerts.sort_by_key(|alert| (alert.key.rule, alert.key.since, alert.key.subject));
        let is_cut_off = |id: &DeviceId| self.devices.get(id).is_some_and(|row| row.state == DeviceState::CutOff);
        let cut_off = self.behind_all(&alerts, is_cut_off);
        self.groups.told(id, cut_off.clone(), turn.now);
        let kind = NotificationKind::Firing;
        turn.effects.push(Effect::Notify(Notification {
            thread,
            kind,
            at: turn.now,
            outages: self.outages_of(&alerts),
            alerts,
            cut_off,
        }));
    }

    fn tell_ends(&mut self, id: GroupId, turn: &mut Turn) {
        let Some(group) = self.groups.find(id) else { return };
        let thread = group.thread();
        let mut alerts: Vec<Alert> = group.ending().filter_map(ended_alert).collect();
        for alert in &alerts {
            let decision = Decision { alert: alert.key, at: turn.now, reason: Reason::Recovery };
            turn.effects.push(Effect::Decision(decision));
        }
        alerts.sort_by_key(|alert| (alert.key.rule, alert.key.since, alert.key.subject));
        let cut_off = self.halls_named(group).into_iter().filter(|gateway| !self.is_lost(*gateway)).collect();
        self.groups.ends_told(id, turn.now);
        let kind = NotificationKind::Resolved;
        turn.effects.push(Effect::Notify(Notification {
            thread,
            kind,
            at: turn.now,
            outages: self.outages_of(&alerts),
            alerts,
            cut_off,
        }));
    }

    /// The outages that these alerts are of.
    fn outages_of(&self, alerts: &[Alert]) -> Vec<Outage> {
        let of_reach = alerts.iter().filter(|alert| alert.key.rule.is_of_reach());
        let found = of_reach.filter_map(|alert| Some((alert, self.outages.unexplained(alert.key.subject)?)));
        found.filter(|(alert, outage)| outage.start == alert.key.since).map(|(_, outage)| outage).collect()
    }

    fn remind(&mut self, id: GroupId, turn: &mut Turn) {
        let Some(group) = self.groups.find(id) else { return };
        let thread = group.thread();
        let told = group.lasting().filter(|member| member.told.is_some()).map(|member| member.alert);
        let told = told.filter(|key| self.silenced_by(key.subject).is_none());
        let mut alerts: Vec<Alert> = told.filter_map(|key| self.book.find(key)).collect();
        self.groups.reminded(id, turn.now);
        if alerts.is_empty() {
            return;
        }
        alerts.sort_by_key(|alert| (alert.key.rule, alert.key.since, alert.key.subject));
        for alert in &alerts {
            turn.effects.push(Effect::Decision(Decision { alert: alert.key, at: turn.now, reason: Reason::Reminder }));
        }
        let is_cut_off = |id: &DeviceId| self.devices.get(id).is_some_and(|row| row.state == DeviceState::CutOff);
        let cut_off = self.behind_all(&alerts, is_cut_off);
        let (kind, at, outages) = (NotificationKind::Reminder, turn.now, self.outages_of(&alerts));
        turn.effects.push(Effect::Notify(Notification { thread, kind, at, outages, alerts, cut_off }));
    }

    /// Devices behind any of these alerts' subjects, those nearest the root first.
    fn behind_all(&self, alerts: &[Alert], is_wanted: impl Fn(&DeviceId) -> bool) -> Vec<DeviceId> {
        let behind =
            alerts.iter().filter(|alert| alert.key.rule.is_of_reach()).flat_map(|alert| self.behind(alert.key.subject));
        let wanted: BTreeSet<DeviceId> = behind.filter(is_wanted).collect();
        let mut wanted: Vec<DeviceId> = wanted.into_iter().collect();
        self.topology.sort_root_first(&mut wanted);
        wanted
    }

    fn behind(&self, subject: Subject) -> Vec<DeviceId> {
        match subject {
            Subject::Device(device) => self.topology.behind(device).to_vec(),
            Subject::Hall(hall) => {
                let carriers = self.topology.carriers(hall).iter();
                carriers.flat_map(|device| self.topology.behind(*device)).copied().collect()
            }
        }
    }

    pub(super) fn hall_of(&self, subject: Subject) -> Option<HallId> {
        match subject {
            Subject::Hall(hall) => Some(hall),
            Subject::Device(device) => self.fleet.device(device).map(|device| device.hall),
        }
    }
}

/// The alert of a member whose end is known.
fn ended_alert(member: &Member) -> Option<Alert> {
    let state = AlertState::Resolved { fired: member.told, at: member.resolved? };
    Some(Alert { key: member.alert, decided: member.decided, state })
}
